// For tests of TLS: an authority of one's own, and the certificates it issues, as PEM files in a
// folder that goes away with the fixture.
#pragma once

#include <gtest/gtest.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <memory>
#include <optional>
#include <sstream>
#include <string>
#include <utility>

#include "patchbay/net/conformance/engine_test.hpp"
#include "patchbay/net/tls.hpp"

namespace patchbay {

struct Identity {
  std::shared_ptr<X509> certificate;
  std::shared_ptr<EVP_PKEY> key;
};

struct CertificateSpec {
  const char* common_name = "server";
  const char* alternatives = nullptr;  // "DNS:web.lab,IP:127.0.0.1"
  bool authority = false;
  int first_day = -1;  // from today
  int last_day = 30;
};

// Signed by `issuer`, or by itself.
inline Identity make_identity(const CertificateSpec& spec, const Identity* issuer = nullptr) {
  static long serial = 1;
  Identity made{{X509_new(), X509_free}, {EVP_EC_gen("P-256"), EVP_PKEY_free}};
  X509* const certificate = made.certificate.get();
  X509_set_version(certificate, X509_VERSION_3);
  ASN1_INTEGER_set(X509_get_serialNumber(certificate), serial++);
  X509_gmtime_adj(X509_getm_notBefore(certificate), spec.first_day * 86400L);
  X509_gmtime_adj(X509_getm_notAfter(certificate), spec.last_day * 86400L);
  X509_set_pubkey(certificate, made.key.get());
  X509_NAME_add_entry_by_txt(X509_get_subject_name(certificate), "CN", MBSTRING_UTF8,
                             reinterpret_cast<const unsigned char*>(spec.common_name), -1, -1, 0);
  const Identity& signer = issuer == nullptr ? made : *issuer;
  X509_set_issuer_name(certificate, X509_get_subject_name(signer.certificate.get()));
  const auto extend = [&](int nid, const char* value) {
    X509_EXTENSION* const extension = X509V3_EXT_conf_nid(nullptr, nullptr, nid, value);
    ASSERT_NE(extension, nullptr) << value;
    X509_add_ext(certificate, extension, -1);
    X509_EXTENSION_free(extension);
  };
  if (spec.authority) extend(NID_basic_constraints, "critical,CA:TRUE");
  if (spec.alternatives != nullptr) extend(NID_subject_alt_name, spec.alternatives);
  EXPECT_GT(X509_sign(certificate, signer.key.get(), EVP_sha256()), 0);
  return made;
}

class TlsTest : public EngineTest {
 protected:
  TlsTest() {
    std::string name = (std::filesystem::temp_directory_path() / "patchbay-tls-XXXXXX").string();
    EXPECT_NE(::mkdtemp(name.data()), nullptr);
    folder_ = name;
    save("ca", authority_);
    save("server", make_identity({.alternatives = "DNS:web.lab,DNS:*.wild.lab,IP:127.0.0.1,IP:::1"},
                                 &authority_));
  }
  ~TlsTest() override { std::filesystem::remove_all(folder_); }

  std::string path(const std::string& name) const { return folder_ / name; }

  // As NAME.pem and NAME.key.
  void save(const std::string& name, const Identity& identity) const {
    FILE* const certificate = std::fopen(path(name + ".pem").c_str(), "w");
    PEM_write_X509(certificate, identity.certificate.get());
    std::fclose(certificate);
    FILE* const key = std::fopen(path(name + ".key").c_str(), "w");
    PEM_write_PrivateKey(key, identity.key.get(), nullptr, nullptr, 0, nullptr, nullptr);
    std::fclose(key);
  }
  void save_text(const std::string& name, std::string_view text) const {
    std::ofstream(path(name)) << text;
  }
  std::string load_text(const std::string& name) const {
    std::stringstream text;
    text << std::ifstream(path(name)).rdbuf();
    return text.str();
  }

  TlsServerOptions server_options(const std::string& name = "server") const {
    return {.certificate_file = path(name + ".pem"), .key_file = path(name + ".key")};
  }
  TlsClientOptions client_options() const { return {.ca_file = path("ca.pem")}; }

  TlsContext server_context() const { return server_context(server_options()); }
  static TlsContext server_context(TlsServerOptions options) {
    auto made = TlsContext::server(std::move(options));
    EXPECT_TRUE(made) << made.error().describe();
    return std::move(*made);
  }
  TlsContext client_context() const { return client_context(client_options()); }
  static TlsContext client_context(TlsClientOptions options) {
    auto made = TlsContext::client(std::move(options));
    EXPECT_TRUE(made) << made.error().describe();
    return std::move(*made);
  }

  Identity authority_ = make_identity({.common_name = "Lab Authority", .authority = true});
  std::filesystem::path folder_;
};

// What came of both sides of one handshake.
struct Handshakes {
  Result<TlsStream> client;
  Result<TlsStream> server;
};

inline Task<Result<>> tls_leg(Task<Result<TlsStream>> handshake,
                              std::optional<Result<TlsStream>>& into) {
  into.emplace(co_await handshake);
  co_return ok();
}

inline Task<Handshakes> shake_hands(Stream client, Stream server, const TlsContext& client_context,
                                    const TlsContext& server_context, std::string name) {
  std::optional<Result<TlsStream>> ours;
  std::optional<Result<TlsStream>> theirs;
  const auto both_ended =
      co_await both(tls_leg(tls_connect(std::move(client), client_context, std::move(name)), ours),
                    tls_leg(tls_accept(std::move(server), server_context), theirs));
  EXPECT_TRUE(both_ended);
  co_return Handshakes{std::move(*ours), std::move(*theirs)};
}

inline Task<Handshakes> shake_hands(const TlsContext& client_context,
                                    const TlsContext& server_context,
                                    std::string name = "web.lab") {
  auto pair = co_await connect_pair();
  if (!pair) co_return Handshakes{pair.error(), pair.error()};
  co_return co_await shake_hands(std::move(pair->client), std::move(pair->server), client_context,
                                 server_context, std::move(name));
}

}  // namespace patchbay
