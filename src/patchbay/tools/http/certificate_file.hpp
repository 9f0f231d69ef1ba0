// CertificateFile: what a certificate in a file says: whom it is for, and how long.
#pragma once

#include <openssl/x509.h>

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "patchbay/base/result.hpp"
#include "patchbay/tools/record.hpp"

namespace patchbay {

class CertificateFile {
 public:
  // The first one in a PEM file; its issuers are not looked at. May block for as long as a disk
  // does. Faults: storage and integrity.
  static Result<CertificateFile> read(const std::string& path);

  // As clients see it: in the subjectAltName, whole or by a wildcard for one label (RFC 6125
  // section 6.4). `name` is a certified_name().
  bool is_for(const std::string& name) const;
  // Of the subjectAltName, as they stand there; not escaped.
  std::vector<std::string> names() const;
  WallTime valid_from() const;
  WallTime valid_until() const;
  // Of its lifetime this much at the end is for having it renewed: a third, 14 days at most.
  Duration renewal_time() const;

 private:
  using Native = std::unique_ptr<X509, decltype(&X509_free)>;
  explicit CertificateFile(Native native) : native_(std::move(native)) {}

  Native native_;
};

// The host of a URL as a certificate names it: in lower case, without a final dot and without the
// brackets of an IPv6 address.
std::string certified_name(std::string_view host);

}  // namespace patchbay
