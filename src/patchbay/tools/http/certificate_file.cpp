#include "patchbay/tools/http/certificate_file.hpp"

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include <algorithm>

#include "patchbay/http/http_layers.hpp"
#include "patchbay/net/address.hpp"
#include "patchbay/net/tls_certificate.hpp"

namespace patchbay {

namespace {

// Without one, OpenSSL would ask on the terminal.
int no_passphrase(char*, int, int, void*) { return -1; }

WallTime wall_time(std::chrono::system_clock::time_point time) {
  return std::chrono::time_point_cast<WallTime::duration>(time);
}

}  // namespace

Result<CertificateFile> CertificateFile::read(const std::string& path) {
  const std::unique_ptr<BIO, decltype(&BIO_free)> file(BIO_new_file(path.c_str(), "r"), BIO_free);
  Native native(file ? PEM_read_bio_X509_AUX(file.get(), nullptr, no_passphrase, nullptr) : nullptr,
                X509_free);
  ERR_clear_error();
  if (native) return CertificateFile(std::move(native));
  return Error(file ? Fault::integrity : Fault::storage, "read the certificate in").about(path);
}

bool CertificateFile::is_for(const std::string& name) const {
  if (IpAddress::parse(name)) return X509_check_ip_asc(native_.get(), name.c_str(), 0) == 1;
  constexpr unsigned flags =
      X509_CHECK_FLAG_NEVER_CHECK_SUBJECT | X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS;
  return X509_check_host(native_.get(), name.data(), name.size(), flags, nullptr) == 1;
}

// The other names, those of the subject, are of no use to a client.
std::vector<std::string> CertificateFile::names() const {
  if (X509_get_ext_by_NID(native_.get(), NID_subject_alt_name, -1) < 0) return {};
  return describe_certificate(*native_).names;
}

WallTime CertificateFile::valid_from() const {
  return wall_time(describe_certificate(*native_).valid_from);
}

WallTime CertificateFile::valid_until() const {
  return wall_time(describe_certificate(*native_).valid_until);
}

// Who makes them for a few days renews them then, and must not be warned all the time.
Duration CertificateFile::renewal_time() const {
  constexpr Duration most = 14 * 24h;
  return std::min<Duration>(most, (valid_until() - valid_from()) / 3);
}

std::string certified_name(std::string_view host) {
  std::string name = host_name_of(host);
  if (name.size() > 2 && name.front() == '[' && name.back() == ']') {
    name = name.substr(1, name.size() - 2);
  }
  return name;
}

}  // namespace patchbay
