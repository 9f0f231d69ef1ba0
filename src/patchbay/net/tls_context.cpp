#include "patchbay/net/tls_context.hpp"

#include <fcntl.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <utility>

#include "patchbay/base/text.hpp"
#include "patchbay/net/tls_error.hpp"
#include "patchbay/net/tls_session.hpp"
#include "patchbay/net/tls_setup.hpp"
#include "patchbay/net/tls_ticket_keys.hpp"
#include "patchbay/net/tls_tickets.hpp"

namespace patchbay {

namespace {

// Records that are read from the stream below at once. The memory is held only while bytes are in
// it.
constexpr std::size_t k_read_ahead_bytes = 64 * 1024;

// Of TLS 1.2: a key of its own for each session (ECDHE), encryption that authenticates (AEAD).
constexpr const char* k_server_ciphers = "ECDHE+AESGCM:ECDHE+CHACHA20";

constexpr unsigned char k_session_context[] = "patchbay";

int native_version(TlsVersion version) {
  return version == TlsVersion::v1_2 ? TLS1_2_VERSION : TLS1_3_VERSION;
}

// OpenSSL's errors do not say which file it was, nor why it could not be opened.
Result<> check_readable(const std::string& path, const char* operation) {
  const int descriptor = ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  if (descriptor < 0) return Error::from_errno(errno, operation).about(path);
  ::close(descriptor);
  return ok();
}

// Without one, OpenSSL would ask on the terminal.
int no_passphrase(char*, int, int, void*) { return -1; }

Error key_error(const std::string& path) {
  const unsigned long code = ERR_peek_last_error();
  const Error error(Fault::integrity, "use the private key in");
  if (ERR_GET_LIB(code) == ERR_LIB_X509 && ERR_GET_REASON(code) == X509_R_KEY_VALUES_MISMATCH) {
    return error.about(path)
        .because("it does not belong to the certificate")
        .advising("give the key that the certificate was made with");
  }
  for (unsigned long each = ERR_get_error(); each != 0; each = ERR_get_error()) {
    if (ERR_GET_LIB(each) != ERR_LIB_PEM) continue;
    if (ERR_GET_REASON(each) != PEM_R_BAD_PASSWORD_READ) continue;
    return error.about(path)
        .because("it is protected by a passphrase, and there is nobody to ask for it")
        .advising("write it without: `openssl pkey -in KEY -out PLAIN`");
  }
  return error.about(path)
      .because("it holds no private key in PEM form")
      .advising("look for a line `-----BEGIN PRIVATE KEY-----` in it");
}

Result<> load_identity(SSL_CTX* context, const std::string& certificate, const std::string& key) {
  const auto certificate_there = check_readable(certificate, "read the certificate in");
  if (!certificate_there) return certificate_there;
  const auto key_there = check_readable(key, "read the private key in");
  if (!key_there) return key_there;
  SSL_CTX_set_default_passwd_cb(context, no_passphrase);
  if (SSL_CTX_use_certificate_chain_file(context, certificate.c_str()) != 1) {
    return Error(Fault::integrity, "use the certificate in", "it holds no certificate in PEM form",
                 "look for a line `-----BEGIN CERTIFICATE-----` in it")
        .about(certificate);
  }
  ERR_clear_error();
  if (SSL_CTX_use_PrivateKey_file(context, key.c_str(), SSL_FILETYPE_PEM) != 1 ||
      SSL_CTX_check_private_key(context) != 1) {
    return key_error(key);
  }
  return ok();
}

Result<> load_authorities(SSL_CTX* context, const std::string& path) {
  if (path.empty()) {
    SSL_CTX_set_default_verify_paths(context);  // an empty store shows as an unknown issuer
    return ok();
  }
  const auto there = check_readable(path, "read the authorities in");
  if (!there) return there;
  if (SSL_CTX_load_verify_file(context, path.c_str()) == 1) return ok();
  return Error(Fault::integrity, "use the authorities in", "it holds no certificate in PEM form",
               "look for a line `-----BEGIN CERTIFICATE-----` in it")
      .about(path);
}

Result<std::vector<unsigned char>> encode_alpn(const std::vector<std::string>& names) {
  std::vector<unsigned char> encoded;
  for (const std::string& name : names) {
    if (name.empty() || name.size() > 255) {
      return Error(Fault::protocol, "offer the application protocol",
                   "its name must have 1 to 255 bytes (RFC 7301)")
          .about(name);
    }
    encoded.push_back(static_cast<unsigned char>(name.size()));
    encoded.insert(encoded.end(), name.begin(), name.end());
  }
  return encoded;
}

// What this side likes best of what the client offers; RFC 7301 section 3.2 has no other way out
// than to refuse.
int select_alpn(SSL* ssl, const unsigned char** chosen, unsigned char* chosen_size,
                const unsigned char* offered, unsigned offered_size, void*) {
  const auto& spoken = TlsSession::of(ssl).setup().alpn;
  unsigned char* found = nullptr;
  const int result =
      SSL_select_next_proto(&found, chosen_size, spoken.data(),
                            static_cast<unsigned>(spoken.size()), offered, offered_size);
  *chosen = found;
  return result == OPENSSL_NPN_NEGOTIATED ? SSL_TLSEXT_ERR_OK : SSL_TLSEXT_ERR_ALERT_FATAL;
}

// By the name the client asks for (SNI). One that fits none is not refused: the first certificate
// may do, and if not, the client says so better.
int select_certificate(SSL* ssl, int*, void*) {
  const char* const name = SSL_get_servername(ssl, TLSEXT_NAMETYPE_host_name);
  if (name == nullptr) return SSL_TLSEXT_ERR_NOACK;
  SSL_CTX* const chosen = TlsSession::of(ssl).setup().names.find(name);
  if (chosen == nullptr) return SSL_TLSEXT_ERR_NOACK;
  if (chosen != SSL_get_SSL_CTX(ssl)) SSL_set_SSL_CTX(ssl, chosen);
  return SSL_TLSEXT_ERR_OK;
}

int verify_chain(X509_STORE_CTX* chain, void*) {
  auto* const ssl =
      static_cast<SSL*>(X509_STORE_CTX_get_ex_data(chain, SSL_get_ex_data_X509_STORE_CTX_idx()));
  return TlsSession::of(ssl).verify(*chain) ? 1 : 0;
}

Result<TlsNative> make_native(bool is_server, TlsVersion minimum, TlsVersion maximum) {
  ERR_clear_error();
  TlsNative made(SSL_CTX_new(is_server ? TLS_server_method() : TLS_client_method()), SSL_CTX_free);
  SSL_CTX* const context = made.get();
  if (context == nullptr) return Error::from_errno(ENOMEM, "prepare TLS");
  SSL_CTX_set_min_proto_version(context, native_version(minimum));
  SSL_CTX_set_max_proto_version(context, native_version(maximum));
  SSL_CTX_set_options(context, SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION);
  SSL_CTX_set_mode(context, SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER |
                                SSL_MODE_RELEASE_BUFFERS);
  SSL_CTX_set_read_ahead(context, 1);
  SSL_CTX_set_default_read_buffer_len(context, k_read_ahead_bytes);
  SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);  // tickets need none
  SSL_CTX_set_session_id_context(context, k_session_context, sizeof k_session_context - 1);
  SSL_CTX_set_cert_verify_callback(context, verify_chain, nullptr);
  return made;
}

Result<std::shared_ptr<const TlsSetup>> build(TlsClientOptions options) {
  const auto setup = std::make_shared<TlsSetup>();
  auto made = make_native(false, options.minimum_version, options.maximum_version);
  if (!made) return made.error();
  setup->native = std::move(*made);
  SSL_CTX* const context = setup->native.get();
  auto alpn = encode_alpn(options.alpn);
  if (!alpn) return alpn.error();
  setup->alpn = std::move(*alpn);
  const bool demanding = options.verify || !options.pins.empty();
  SSL_CTX_set_verify(context, demanding ? SSL_VERIFY_PEER : SSL_VERIFY_NONE, nullptr);
  if (options.pins.empty()) {
    const auto loaded = load_authorities(context, options.ca_file);
    if (!loaded) return loaded.error();
  }
  if (!options.certificate_file.empty()) {
    const auto loaded = load_identity(context, options.certificate_file, options.key_file);
    if (!loaded) return loaded.error();
  }
  if (!setup->alpn.empty()) {
    SSL_CTX_set_alpn_protos(context, setup->alpn.data(), static_cast<unsigned>(setup->alpn.size()));
  }
  setup->client = std::move(options);
  return setup;
}

// A session that began under other authorities must not go on under these: a ticket would stand in
// for the certificate that they ask for.
void bind_sessions_to_authorities(SSL_CTX* context) {
  std::array<unsigned char, SSL_MAX_SID_CTX_LENGTH> bound{};
  STACK_OF(X509)* const all = X509_STORE_get1_all_certs(SSL_CTX_get_cert_store(context));
  for (int i = 0; i < sk_X509_num(all); ++i) {
    std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
    if (X509_digest(sk_X509_value(all, i), EVP_sha256(), digest.data(), nullptr) != 1) continue;
    for (std::size_t at = 0; at < bound.size(); ++at) bound[at] ^= digest[at];  // in any order
  }
  sk_X509_pop_free(all, X509_free);
  SSL_CTX_set_session_id_context(context, bound.data(), static_cast<unsigned>(bound.size()));
}

Result<> ask_for_certificates(SSL_CTX* context, const std::string& authorities) {
  SSL_CTX_set_verify(context, SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, nullptr);
  const auto loaded = load_authorities(context, authorities);
  if (!loaded) return loaded;
  // So that clients with several certificates know which one to show.
  SSL_CTX_set_client_CA_list(context, SSL_load_client_CA_file(authorities.c_str()));
  bind_sessions_to_authorities(context);
  return ok();
}

// Each certificate has a whole context: what a session is switched to decides about its application
// protocol and about the client's certificate, too.
Result<TlsNative> make_server(const TlsServerOptions& options, const std::string& certificate,
                              const std::string& key) {
  auto made = make_native(true, options.minimum_version, options.maximum_version);
  if (!made) return made;
  SSL_CTX* const context = made->get();
  SSL_CTX_set_cipher_list(context, k_server_ciphers);
  const auto identity = load_identity(context, certificate, key);
  if (!identity) return identity.error();
  if (!options.client_ca_file.empty()) {
    const auto asking = ask_for_certificates(context, options.client_ca_file);
    if (!asking) return asking.error();
  }
  if (!options.alpn.empty()) SSL_CTX_set_alpn_select_cb(context, select_alpn, nullptr);
  SSL_CTX_set_tlsext_servername_callback(context, select_certificate);
  use_ticket_keys(context);
  // One is enough for a client that comes back; making a second would be a tenth of the handshake.
  SSL_CTX_set_num_tickets(context, 1);
  return made;
}

Result<> add_named(TlsSetup& setup, const TlsServerOptions& options) {
  setup.names.add(setup.native.get());
  for (const TlsIdentity& identity : options.named) {
    auto made = make_server(options, identity.certificate_file, identity.key_file);
    if (!made) return made.error();
    if (!setup.names.add(made->get())) {
      return Error(Fault::integrity, "choose by name the certificate in",
                   "it is made out to no host name, so no client could ask for it",
                   "have it made with a subjectAltName, or give it first")
          .about(identity.certificate_file);
    }
    setup.named.push_back(std::move(*made));
  }
  return ok();
}

Result<std::shared_ptr<const TlsSetup>> build(TlsServerOptions options) {
  const auto setup = std::make_shared<TlsSetup>();
  setup->is_server = true;
  auto alpn = encode_alpn(options.alpn);
  if (!alpn) return alpn.error();
  setup->alpn = std::move(*alpn);
  auto made = make_server(options, options.certificate_file, options.key_file);
  if (!made) return made.error();
  setup->native = std::move(*made);
  const auto named = add_named(*setup, options);
  if (!named) return named.error();
  if (!options.ticket_keys) options.ticket_keys = std::make_shared<TlsTicketKeys>();
  setup->server = std::move(options);
  return setup;
}

}  // namespace

Result<TlsContext> TlsContext::client(TlsClientOptions options) {
  auto setup = build(std::move(options));
  if (!setup) return setup.error();
  return TlsContext(std::move(*setup));
}

Result<TlsContext> TlsContext::server(TlsServerOptions options) {
  auto setup = build(std::move(options));
  if (!setup) return setup.error();
  return TlsContext(std::move(*setup));
}

Result<> TlsContext::reload() {
  auto fresh = setup_->is_server ? build(setup_->server) : build(setup_->client);
  if (!fresh) return fresh.error();
  setup_ = std::move(*fresh);
  return ok();
}

}  // namespace patchbay
