#include "patchbay/tools/self_certificate.hpp"

#include <fmt/format.h>
#include <ifaddrs.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/x509v3.h>
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <memory>
#include <utility>

#include "patchbay/net/address.hpp"

namespace patchbay {

namespace {

constexpr long k_valid_seconds = 30L * 24 * 3600;
constexpr long k_clock_skew_seconds = 3600;  // of whoever looks at it

using Key = std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)>;
using Certificate = std::unique_ptr<X509, decltype(&X509_free)>;

bool add_extension(X509* certificate, int kind, const std::string& value) {
  const std::unique_ptr<X509_EXTENSION, decltype(&X509_EXTENSION_free)> extension(
      X509V3_EXT_conf_nid(nullptr, nullptr, kind, value.c_str()), X509_EXTENSION_free);
  return extension && X509_add_ext(certificate, extension.get(), -1) == 1;
}

std::string alternative_names(const std::vector<std::string>& names) {
  std::string list;
  for (const std::string& name : names) {
    if (!list.empty()) list += ',';
    list += (IpAddress::parse(name) ? "IP:" : "DNS:") + name;
  }
  return list;
}

bool fill(X509* certificate, EVP_PKEY* key, const std::vector<std::string>& names) {
  X509_set_version(certificate, X509_VERSION_3);
  // Browsers refuse two certificates of one issuer with the same number.
  const std::unique_ptr<BIGNUM, decltype(&BN_free)> number(BN_new(), BN_free);
  if (!number || BN_rand(number.get(), 127, BN_RAND_TOP_ANY, BN_RAND_BOTTOM_ANY) != 1) return false;
  BN_to_ASN1_INTEGER(number.get(), X509_get_serialNumber(certificate));
  X509_gmtime_adj(X509_getm_notBefore(certificate), -k_clock_skew_seconds);
  X509_gmtime_adj(X509_getm_notAfter(certificate), k_valid_seconds);
  X509_set_pubkey(certificate, key);
  X509_NAME* const subject = X509_get_subject_name(certificate);
  const auto* const common = reinterpret_cast<const unsigned char*>(names.front().c_str());
  X509_NAME_add_entry_by_txt(subject, "CN", MBSTRING_UTF8, common, -1, -1, 0);
  X509_set_issuer_name(certificate, subject);
  return add_extension(certificate, NID_basic_constraints, "critical,CA:FALSE") &&
         add_extension(certificate, NID_key_usage, "critical,digitalSignature") &&
         add_extension(certificate, NID_ext_key_usage, "serverAuth") &&
         add_extension(certificate, NID_subject_alt_name, alternative_names(names)) &&
         X509_sign(certificate, key, EVP_sha256()) > 0;
}

template <class Write>
int to_memory(const char* name, Write write) {
  const int descriptor = ::memfd_create(name, MFD_CLOEXEC);
  if (descriptor < 0) return -1;
  BIO* const bio = BIO_new_fd(descriptor, BIO_NOCLOSE);
  const bool written = bio != nullptr && write(bio) == 1;
  BIO_free(bio);
  if (written) return descriptor;
  ::close(descriptor);
  return -1;
}

std::string path_of(int descriptor) { return fmt::format("/proc/self/fd/{}", descriptor); }

}  // namespace

Result<SelfCertificate> SelfCertificate::make(const std::vector<std::string>& names) {
  const Error failed(Fault::system, "make a certificate", "OpenSSL refused");
  const Key key(EVP_EC_gen("P-256"), EVP_PKEY_free);
  const Certificate certificate(X509_new(), X509_free);
  if (!key || !certificate || !fill(certificate.get(), key.get(), names)) return failed;
  SelfCertificate made;
  made.certificate_ = to_memory(
      "certificate", [&](BIO* bio) { return PEM_write_bio_X509(bio, certificate.get()); });
  made.key_ = to_memory("key", [&](BIO* bio) {
    return PEM_write_bio_PrivateKey(bio, key.get(), nullptr, nullptr, 0, nullptr, nullptr);
  });
  if (made.certificate_ < 0 || made.key_ < 0) return failed;
  unsigned char digest[EVP_MAX_MD_SIZE];
  unsigned size = 0;
  if (X509_digest(certificate.get(), EVP_sha256(), digest, &size) != 1) return failed;
  for (unsigned i = 0; i < size; ++i) {
    made.fingerprint_ += fmt::format("{}{:02X}", i == 0 ? "" : ":", digest[i]);
  }
  return made;
}

SelfCertificate::SelfCertificate(SelfCertificate&& other) noexcept
    : certificate_(std::exchange(other.certificate_, -1)),
      key_(std::exchange(other.key_, -1)),
      fingerprint_(std::move(other.fingerprint_)) {}

SelfCertificate::~SelfCertificate() {
  if (certificate_ >= 0) ::close(certificate_);
  if (key_ >= 0) ::close(key_);
}

std::string SelfCertificate::certificate_path() const { return path_of(certificate_); }
std::string SelfCertificate::key_path() const { return path_of(key_); }

std::vector<std::string> names_of_this_host(const std::vector<std::string>& addresses) {
  std::vector<std::string> names = {"localhost"};
  const auto add = [&names](const std::string& name) {
    if (std::ranges::find(names, name) == names.end()) names.push_back(name);
  };
  char own[256] = {};
  const auto is_plain = [](char c) {
    const char letter = static_cast<char>(c | 32);
    return (letter >= 'a' && letter <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '.';
  };
  if (::gethostname(own, sizeof(own) - 1) == 0 && own[0] != 0 &&
      std::ranges::all_of(std::string_view(own), is_plain)) {
    add(own);
  }
  const auto is_any = [](const std::string& text) {
    const auto address = IpAddress::parse(text);
    return address && address->is_any();
  };
  for (const std::string& address : addresses) {
    if (!is_any(address)) add(address);
  }
  ifaddrs* all = nullptr;
  if (!std::ranges::any_of(addresses, is_any) || ::getifaddrs(&all) != 0) return names;
  for (const ifaddrs* each = all; each != nullptr; each = each->ifa_next) {
    if (each->ifa_addr == nullptr) continue;
    const int family = each->ifa_addr->sa_family;
    if (family != AF_INET && family != AF_INET6) continue;
    const IpAddress address = Endpoint(each->ifa_addr).address();
    if (!address.is_link_local()) add(address.to_string());
  }
  ::freeifaddrs(all);
  return names;
}

void tell_own_certificate(const SelfCertificate& certificate, Output& out) {
  out.emit(Record("certificate").text("sha256", certificate.fingerprint()));
  if (out.json()) return;
  out.note("[*] A certificate of its own, valid for 30 days. SHA-256 fingerprint:\n    " +
           certificate.fingerprint());
}

}  // namespace patchbay
