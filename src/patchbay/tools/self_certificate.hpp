// SelfCertificate: a certificate made on the spot, for a server that has none.
#pragma once

#include <string>
#include <vector>

#include "patchbay/base/result.hpp"
#include "patchbay/tools/output.hpp"

namespace patchbay {

// An EC key (P-256) and a certificate that it has signed itself, valid for 30 days. Both are in
// memory; the paths lead there for as long as this stands.
class SelfCertificate {
 public:
  // `names`: host names and IP addresses it is made out to; at least one.
  static Result<SelfCertificate> make(const std::vector<std::string>& names);
  SelfCertificate(SelfCertificate&& other) noexcept;
  SelfCertificate& operator=(SelfCertificate&&) = delete;
  ~SelfCertificate();

  std::string certificate_path() const;
  std::string key_path() const;
  // SHA-256 of the certificate, as browsers show it: "AB:CD:…".
  const std::string& fingerprint() const { return fingerprint_; }

 private:
  SelfCertificate() = default;

  int certificate_ = -1, key_ = -1;  // memfd_create(2)
  std::string fingerprint_;
};

// Shows its fingerprint, so that it can be compared.
void tell_own_certificate(const SelfCertificate& certificate, Output& out);

// The names under which this host can be reached: "localhost", its own name, and these addresses;
// for the address of all, those of its interfaces.
std::vector<std::string> names_of_this_host(const std::vector<std::string>& addresses);

}  // namespace patchbay
