// For tests: a certificate of web1.lab, and servers' contexts with it.
#pragma once

#include <gtest/gtest.h>

#include <cstdio>
#include <filesystem>
#include <string>
#include <vector>

#include "patchbay/net/conformance/tls_fixture.hpp"

namespace patchbay {

class Papers {
 public:
  Papers() {
    std::string name = testing::TempDir() + "patchbay-scan-tls-XXXXXX";
    EXPECT_NE(::mkdtemp(name.data()), nullptr);
    folder_ = name;
    const Identity made = make_identity({.common_name = "web1.lab",
                                         .alternatives = "DNS:web1.lab,IP:10.0.0.1",
                                         .first_day = -8000,
                                         .last_day = 8000});
    FILE* const file = std::fopen(path().c_str(), "w");
    PEM_write_X509(file, made.certificate.get());
    PEM_write_PrivateKey(file, made.key.get(), nullptr, nullptr, 0, nullptr, nullptr);
    std::fclose(file);
  }
  ~Papers() { std::filesystem::remove_all(folder_); }
  Papers(const Papers&) = delete;
  Papers& operator=(const Papers&) = delete;

  TlsContext context(std::vector<std::string> alpn = {}) const {
    auto made = TlsContext::server({.certificate_file = path(), .key_file = path(), .alpn = alpn});
    if (!made) ADD_FAILURE() << made.error().describe();
    return std::move(*made);
  }

 private:
  std::string path() const { return folder_ / "server.pem"; }
  std::filesystem::path folder_;
};

inline const Papers& papers() {
  static const Papers made;
  return made;
}

}  // namespace patchbay
