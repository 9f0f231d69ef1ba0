// For tests: a certificate of its own for a server of HttpWorld.
#pragma once

#include <openssl/pem.h>

#include <cstdio>
#include <optional>
#include <string>
#include <utility>

#include "patchbay/http/http_server.hpp"
#include "patchbay/http/temporary_folder_fixture.hpp"
#include "patchbay/net/conformance/tls_fixture.hpp"

namespace patchbay {

class OwnCertificate final : public HttpTls {
 public:
  OwnCertificate() {
    const Identity identity = make_identity({});
    FILE* const file = std::fopen(path().c_str(), "w");
    PEM_write_X509(file, identity.certificate.get());
    PEM_write_PrivateKey(file, identity.key.get(), nullptr, nullptr, 0, nullptr, nullptr);
    std::fclose(file);
  }
  // For a server that chooses this of what clients offer (ALPN); empty: nothing.
  TlsServerOptions options(const std::string& alpn) const {
    TlsServerOptions all{.certificate_file = path(), .key_file = path()};
    if (!alpn.empty()) all.alpn = {alpn};
    return all;
  }
  // Made where it is used first: on the loop of its host.
  const TlsContext& context() override {
    if (!context_) {
      auto made = TlsContext::server({.certificate_file = path(), .key_file = path()});
      EXPECT_TRUE(made) << made.error().describe();
      context_.emplace(std::move(*made));
    }
    return *context_;
  }

 private:
  std::string path() const { return folder_.path("server.pem").string(); }

  TemporaryFolder folder_;
  std::optional<TlsContext> context_;
};

}  // namespace patchbay
