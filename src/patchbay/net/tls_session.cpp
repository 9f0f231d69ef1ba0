#include "patchbay/net/tls_session.hpp"

#include <openssl/err.h>
#include <openssl/x509v3.h>

#include <algorithm>
#include <cerrno>
#include <utility>

#include "patchbay/net/loop.hpp"
#include "patchbay/net/tls_bio.hpp"
#include "patchbay/net/tls_certificate.hpp"

namespace patchbay {

namespace {

Error out_of_memory() { return Error::from_errno(ENOMEM, "begin a TLS session"); }

}  // namespace

Result<Stream> TlsSession::connect(Stream lower, const TlsContext& context,
                                   std::string server_name) {
  if (!context.setup_->is_server) return begin(std::move(lower), context, std::move(server_name));
  return Error(Fault::protocol, "begin TLS as a client", "the context is one for servers");
}

Result<Stream> TlsSession::accept(Stream lower, const TlsContext& context) {
  if (context.setup_->is_server) return begin(std::move(lower), context, {});
  return Error(Fault::protocol, "begin TLS as a server", "the context is one for clients");
}

Result<Stream> TlsSession::begin(Stream lower, const TlsContext& context, std::string server_name) {
  const int handle = lower.handle();
  auto* const session = new TlsSession(std::move(lower), context.setup_, std::move(server_name));
  Stream stream(*session, handle);
  const auto done = session->set_up();
  if (!done) return done.error();
  return stream;
}

TlsSession::TlsSession(Stream lower, std::shared_ptr<const TlsSetup> setup, std::string server_name)
    : loop_(Loop::current()),
      lower_(std::move(lower)),
      lower_port_(lower_.port()),
      lower_handle_(lower_.handle()),
      setup_(std::move(setup)),
      server_name_(std::move(server_name)),
      verdict_(X509_V_OK) {}
Result<> TlsSession::set_up() {
  ERR_clear_error();
  ssl_.reset(SSL_new(setup_->native.get()));
  BIO* const bio = ssl_ ? make_tls_bio(*this) : nullptr;
  if (bio == nullptr) return out_of_memory();
  SSL_set_bio(ssl_.get(), bio, bio);
  SSL_set_app_data(ssl_.get(), this);
  X509_VERIFY_PARAM_set_time(SSL_get0_param(ssl_.get()),
                             std::chrono::system_clock::to_time_t(loop_.wall_clock()));
  if (setup_->is_server) {
    SSL_set_accept_state(ssl_.get());
    return ok();
  }
  SSL_set_connect_state(ssl_.get());
  return expect_name();
}

Result<> TlsSession::expect_name() {
  const TlsClientOptions& options = setup_->client;
  if (server_name_.empty()) {
    if (!options.verify || !options.pins.empty()) return ok();
    return Error(Fault::permission, "check the peer's certificate",
                 "no name was given to compare it with", "say whom it must be made out to");
  }
  if (const auto address = IpAddress::parse(server_name_)) {
    const auto bytes = address->bytes();
    const int set =
        X509_VERIFY_PARAM_set1_ip(SSL_get0_param(ssl_.get()), bytes.data(), bytes.size());
    return set == 1 ? ok() : Result<>(out_of_memory());
  }
  std::string name = server_name_;
  if (name.ends_with('.'))
    name.pop_back();  // as a name server has it, but no certificate (RFC 6066)
  SSL_set_hostflags(ssl_.get(), X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);
  const bool set = SSL_set1_host(ssl_.get(), name.c_str()) == 1 &&
                   SSL_set_tlsext_host_name(ssl_.get(), name.c_str()) == 1;
  if (set) return ok();
  return Error(Fault::resolve, "ask by TLS for", "it is no host name", "check the spelling")
      .about(server_name_);
}

// --- the stream below ----------------------------------------------------------------------------

int TlsSession::read_lower(char* data, int size) {
  const std::span memory(reinterpret_cast<std::byte*>(data), static_cast<std::size_t>(size));
  Op op(OpKind::read, &lower_port_, lower_handle_, {}, memory);
  lower_blocked_ = !lower_port_.attempt(op);
  if (lower_blocked_) {
    read_waits_to_read_ = !op.blocked_on_other_side;
    return -1;
  }
  if (op.outcome != Outcome::ok) {
    read_error_ = op.outcome == Outcome::failed ? op.error : ECONNABORTED;
    return -1;
  }
  return static_cast<int>(op.done);
}

int TlsSession::write_lower(const char* data, int size) {
  std::span bytes(reinterpret_cast<const std::byte*>(data), static_cast<std::size_t>(size));
  if (unsent_.empty() && !collecting_) bytes = bytes.subspan(send(bytes));
  if (write_error_ == 0) unsent_.insert(unsent_.end(), bytes.begin(), bytes.end());
  return size;
}

// How much the stream below took.
std::size_t TlsSession::send(std::span<const std::byte> bytes) {
  std::size_t sent = 0;
  while (sent < bytes.size() && write_error_ == 0) {
    Op op(OpKind::write, &lower_port_, lower_handle_, {});
    op.data = const_cast<std::byte*>(bytes.data() + sent);  // only read from, as every write
    op.size = bytes.size() - sent;
    if (!lower_port_.attempt(op)) {
      write_waits_to_read_ = op.blocked_on_other_side;
      break;
    }
    if (op.outcome == Outcome::ok) {
      sent += op.done;
    } else {
      write_error_ = op.outcome == Outcome::failed ? op.error : ECONNABORTED;
    }
  }
  return sent;
}

// True when nothing is left to send, or nothing can be sent any more.
bool TlsSession::flush() {
  if (unsent_.empty()) return true;
  unsent_begin_ += send(std::span(unsent_).subspan(unsent_begin_));
  if (unsent_begin_ < unsent_.size() && write_error_ == 0) return false;
  unsent_ = {};  // an idle session holds no buffer
  unsent_begin_ = 0;
  return true;
}

// --- the rest of a port --------------------------------------------------------------------------

void TlsSession::park(Op& op) { lower_port_.park(op); }

void TlsSession::withdraw(Op& op) { lower_port_.withdraw(op); }

void TlsSession::close(int) {
  lower_.close();  // ends what is parked there
  ssl_.reset();
  // Operations that are ready have yet to be tried, here, in this turn of the loop or in the next.
  loop_.post([self = std::unique_ptr<TlsSession>(this)]() mutable {
    Loop& loop = self->loop_;
    loop.post([kept = std::move(self)] {});
  });
}

Result<Endpoint> TlsSession::local(int) const { return lower_.local(); }
Result<Endpoint> TlsSession::peer(int) const { return lower_.peer(); }

Result<> TlsSession::set_option(int handle, int level, int name, const void* value, unsigned size) {
  return lower_port_.set_option(handle, level, name, value, size);
}

Result<> TlsSession::get_option(int handle, int level, int name, void* value,
                                unsigned& size) const {
  return lower_port_.get_option(handle, level, name, value, size);
}

std::string TlsSession::peer_text() const {
  if (!setup_->is_server && !server_name_.empty()) return server_name_;
  const auto endpoint = peer(lower_handle_);
  return endpoint ? endpoint->to_string() : "the peer";
}

Error TlsSession::explain(const Op& op) const {
  if (failure_) return *failure_;
  const Error closed = Error(Fault::closed, operation_name(op.kind)).about(peer_text());
  if (op.error == k_half_written) {
    return closed.because("an earlier write ended in the middle of a message");
  }
  if (op.error != k_truncated || read_error_ != 0) return lower_port_.explain(op);
  if (op.kind == OpKind::handshake) {
    return closed.because("it ended the connection before the two had agreed")
        .advising("look at its log: it may refuse this address, or expect something else there");
  }
  return closed.because("it ended without saying goodbye: the data may be cut short")
      .advising("treat what came as incomplete, unless its length is known otherwise");
}

bool TlsSession::verify(X509_STORE_CTX& chain) {
  const auto& pins = setup_->client.pins;
  if (setup_->is_server || pins.empty()) {
    const bool trusted = X509_verify_cert(&chain) == 1;
    verdict_ = X509_STORE_CTX_get_error(&chain);
    const X509* const at_fault = X509_STORE_CTX_get_current_cert(&chain);
    if (!trusted) distrust_ = trust_error(verdict_, peer_text(), at_fault);
    return trusted;
  }
  const X509* const shown = X509_STORE_CTX_get0_cert(&chain);
  const bool known = shown != nullptr && std::ranges::count(pins, pin_of(*shown)) > 0;
  verdict_ = known ? X509_V_OK : X509_V_ERR_APPLICATION_VERIFICATION;
  X509_STORE_CTX_set_error(&chain, verdict_);
  if (!known) distrust_ = trust_error(verdict_, peer_text(), shown);
  return known;
}

TlsInfo TlsSession::info() const {
  TlsInfo info;
  info.version = SSL_get_version(ssl_.get());
  info.cipher = SSL_get_cipher_name(ssl_.get());
  const unsigned char* alpn = nullptr;
  unsigned size = 0;
  SSL_get0_alpn_selected(ssl_.get(), &alpn, &size);
  info.alpn.assign(reinterpret_cast<const char*>(alpn), size);
  const char* const name = SSL_get_servername(ssl_.get(), TLSEXT_NAMETYPE_host_name);
  if (name != nullptr) info.server_name = name;
  info.resumed = SSL_session_reused(ssl_.get()) == 1;
  const std::unique_ptr<X509, decltype(&X509_free)> shown(SSL_get1_peer_certificate(ssl_.get()),
                                                          X509_free);
  if (!shown) {
    info.verification = "the peer showed no certificate";
    return info;
  }
  info.peer = describe_certificate(*shown);
  info.verification = verdict_ == X509_V_OK ? "ok" : trust_reason(verdict_);
  info.verified = verdict_ == X509_V_OK;
  return info;
}

}  // namespace patchbay
