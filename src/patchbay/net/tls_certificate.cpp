#include "patchbay/net/tls_certificate.hpp"

#include <fmt/format.h>
#include <openssl/evp.h>
#include <openssl/x509v3.h>

#include <algorithm>
#include <ctime>
#include <memory>
#include <string>

#include "patchbay/base/text.hpp"

namespace patchbay {

namespace {

using std::chrono::system_clock;

struct Trust {
  int code;
  const char* why;
  const char* remedy;
};

constexpr const char* k_know_issuer =
    "if you trust the issuer, name its certificate as the authority; or pin the peer's key";
constexpr const char* k_self_signed = "pin the key of the certificate, or name it as the authority";
constexpr const char* k_other_name = "connect by a name it is made out to, or pin the peer's key";

constexpr Trust k_trust[] = {
    {X509_V_ERR_CERT_HAS_EXPIRED, "the certificate has expired",
     "have the peer's certificate renewed; if it is not past its end, set this machine's clock"},
    {X509_V_ERR_CERT_NOT_YET_VALID, "the certificate is not valid yet",
     "check this machine's clock, and the peer's when it made the certificate"},
    {X509_V_ERR_HOSTNAME_MISMATCH, "the certificate is made out to another name", k_other_name},
    {X509_V_ERR_IP_ADDRESS_MISMATCH, "the certificate is not made out to this address",
     k_other_name},
    {X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT,
     "the certificate is signed by its own key and by nobody this machine trusts", k_self_signed},
    {X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN,
     "the certificate comes from an authority this machine does not trust", k_know_issuer},
    {X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY,
     "the issuer of the certificate is unknown here, or the peer did not send the whole chain",
     k_know_issuer},
    {X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT,
     "the issuer of an authority in the certificate's chain is unknown here", k_know_issuer},
    {X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE,
     "the issuer of the certificate is unknown here, and the peer sent no chain", k_know_issuer},
    {X509_V_ERR_APPLICATION_VERIFICATION, "the peer's key is not the one that was pinned",
     "if the key was changed on purpose, get its new pin by a way you trust"},
    {X509_V_ERR_INVALID_PURPOSE, "the certificate was issued for another purpose", nullptr},
    {X509_V_ERR_CERT_REVOKED, "the certificate was revoked", nullptr},
    {X509_V_ERR_CERT_SIGNATURE_FAILURE, "the signature on the certificate is not its issuer's",
     nullptr},
    {X509_V_ERR_EE_KEY_TOO_SMALL, "the certificate's key is too short to be safe", nullptr},
    {X509_V_ERR_CA_KEY_TOO_SMALL, "the key of the certificate's issuer is too short to be safe",
     nullptr},
    {X509_V_ERR_CA_MD_TOO_WEAK, "the certificate is signed with a method that can be forged",
     nullptr},
};

const Trust* find_trust(int code) {
  const auto* const found = std::ranges::find(k_trust, code, &Trust::code);
  return found == std::end(k_trust) ? nullptr : found;
}

std::string name_text(const X509_NAME* name) {
  const std::unique_ptr<BIO, decltype(&BIO_free)> memory(BIO_new(BIO_s_mem()), BIO_free);
  if (!memory) return {};
  X509_NAME_print_ex(memory.get(), name, 0, XN_FLAG_RFC2253 & ~ASN1_STRFLGS_ESC_MSB);
  char* text = nullptr;
  const long size = BIO_get_mem_data(memory.get(), &text);
  return size > 0 ? std::string(text, static_cast<std::size_t>(size)) : std::string();
}

system_clock::time_point time_of(const ASN1_TIME* time) {
  std::tm calendar{};
  if (ASN1_TIME_to_tm(time, &calendar) != 1) return {};
  return system_clock::from_time_t(::timegm(&calendar));
}

std::string day_of(const ASN1_TIME* time) {
  std::tm calendar{};
  if (ASN1_TIME_to_tm(time, &calendar) != 1) return "a day it does not say";
  return fmt::format("{:04}-{:02}-{:02}", calendar.tm_year + 1900, calendar.tm_mon + 1,
                     calendar.tm_mday);
}

std::string text_of(const ASN1_STRING* string) {
  return {reinterpret_cast<const char*>(ASN1_STRING_get0_data(string)),
          static_cast<std::size_t>(ASN1_STRING_length(string))};
}

std::string address_text(const ASN1_OCTET_STRING* bytes) {
  const unsigned char* const data = ASN1_STRING_get0_data(bytes);
  if (ASN1_STRING_length(bytes) == 4) {
    in_addr address{};
    std::copy_n(data, 4, reinterpret_cast<unsigned char*>(&address));
    return IpAddress(address).to_string();
  }
  if (ASN1_STRING_length(bytes) != 16) return {};
  in6_addr address{};
  std::copy_n(data, 16, reinterpret_cast<unsigned char*>(&address));
  return IpAddress(address).to_string();
}

using AlternativeNames = std::unique_ptr<GENERAL_NAMES, decltype(&GENERAL_NAMES_free)>;

AlternativeNames alternative_names(const X509& certificate) {
  return {static_cast<GENERAL_NAMES*>(
              X509_get_ext_d2i(&certificate, NID_subject_alt_name, nullptr, nullptr)),
          GENERAL_NAMES_free};
}

// Of the subjectAltName extension. The common name counts only where there is none (RFC 6125
// 6.4.4).
std::vector<std::string> names_of(const X509& certificate) {
  std::vector<std::string> names;
  const AlternativeNames alternatives = alternative_names(certificate);
  for (int i = 0; i < sk_GENERAL_NAME_num(alternatives.get()); ++i) {
    const GENERAL_NAME* const name = sk_GENERAL_NAME_value(alternatives.get(), i);
    if (name->type == GEN_DNS) names.push_back(text_of(name->d.dNSName));
    if (name->type == GEN_IPADD) names.push_back(address_text(name->d.iPAddress));
  }
  if (!names.empty()) return names;
  const X509_NAME* const subject = X509_get_subject_name(&certificate);
  const int index = X509_NAME_get_index_by_NID(subject, NID_commonName, -1);
  if (index >= 0) {
    names.push_back(text_of(X509_NAME_ENTRY_get_data(X509_NAME_get_entry(subject, index))));
  }
  return names;
}

// What can be said of this certificate and no other: it goes with the subject of the error.
std::string detail(int code, const X509& certificate) {
  switch (code) {
    case X509_V_ERR_CERT_HAS_EXPIRED: return "expired " + day_of(X509_get0_notAfter(&certificate));
    case X509_V_ERR_CERT_NOT_YET_VALID:
      return "valid from " + day_of(X509_get0_notBefore(&certificate));
    case X509_V_ERR_HOSTNAME_MISMATCH:
    case X509_V_ERR_IP_ADDRESS_MISMATCH: {
      const auto names = names_of(certificate);
      if (names.empty()) return "for no name";
      if (names.size() == 1) return "for " + names.front();
      return fmt::format("for {} and {} more", names.front(), names.size() - 1);
    }
    default: return {};
  }
}

}  // namespace

TlsPin pin_of(const X509& certificate) {
  TlsPin pin;
  unsigned char* encoded = nullptr;
  const int size = i2d_X509_PUBKEY(X509_get_X509_PUBKEY(&certificate), &encoded);
  if (size <= 0) return pin;
  EVP_Digest(encoded, static_cast<std::size_t>(size), pin.digest.data(), nullptr, EVP_sha256(),
             nullptr);
  OPENSSL_free(encoded);
  return pin;
}

TlsCertificate describe_certificate(const X509& certificate) {
  return {.subject = name_text(X509_get_subject_name(&certificate)),
          .issuer = name_text(X509_get_issuer_name(&certificate)),
          .names = names_of(certificate),
          .valid_from = time_of(X509_get0_notBefore(&certificate)),
          .valid_until = time_of(X509_get0_notAfter(&certificate)),
          .pin = pin_of(certificate)};
}

std::vector<std::string> host_names_of(const X509& certificate) {
  std::vector<std::string> names;
  const AlternativeNames alternatives = alternative_names(certificate);
  for (int i = 0; i < sk_GENERAL_NAME_num(alternatives.get()); ++i) {
    const GENERAL_NAME* const name = sk_GENERAL_NAME_value(alternatives.get(), i);
    if (name->type == GEN_DNS) names.push_back(text_of(name->d.dNSName));
  }
  return names;
}

const char* trust_reason(int code) {
  const Trust* const known = find_trust(code);
  return known != nullptr ? known->why : X509_verify_cert_error_string(code);
}

Error trust_error(int code, std::string_view peer, const X509* certificate) {
  const Trust* const known = find_trust(code);
  std::string subject(peer);
  const std::string more = certificate == nullptr ? "" : detail(code, *certificate);
  if (!more.empty()) {
    // The subject of an error is short: rather the end of the peer's name is lost than this.
    constexpr std::size_t k_room_bytes = 50;
    const std::size_t left = k_room_bytes - std::min(k_room_bytes, more.size());
    subject = fmt::format("{} ({})", utf8_prefix(peer, std::max<std::size_t>(left, 12)), more);
  }
  return Error(Fault::permission, "trust the certificate of", trust_reason(code),
               known != nullptr ? known->remedy : nullptr)
      .about(subject);
}

}  // namespace patchbay
