#include "patchbay/net/tls_error.hpp"

#include <openssl/err.h>
#include <openssl/ssl.h>

#include <algorithm>
#include <iterator>

namespace patchbay {

namespace {

struct Cause {
  int reason;  // SSL_R_…
  Fault fault;
  const char* why;
  const char* remedy;
};

constexpr const char* k_no_tls = "the peer does not speak TLS";
constexpr const char* k_no_tls_remedy = "try without TLS, or another port";
constexpr const char* k_version = "the two sides have no version of TLS in common";
constexpr const char* k_version_remedy =
    "allow TLS 1.2 on both sides; older versions are broken and not offered";
constexpr const char* k_cipher = "the two sides have no cipher in common";
constexpr const char* k_cipher_remedy = "compare what both sides allow: versions, ciphers, curves";
constexpr const char* k_alpn = "the two sides have no application protocol in common (ALPN)";
constexpr const char* k_our_certificate = "the peer does not accept our certificate";
constexpr const char* k_our_certificate_remedy =
    "check its dates, its issuer, and whom the peer trusts";
constexpr const char* k_damaged = "what arrived was changed on the way, or made up";

constexpr Cause k_causes[] = {
    {SSL_R_WRONG_VERSION_NUMBER, Fault::protocol, k_no_tls, k_no_tls_remedy},
    {SSL_R_HTTP_REQUEST, Fault::protocol, "the peer speaks plain HTTP and not TLS",
     "the client must use https://"},
    {SSL_R_HTTPS_PROXY_REQUEST, Fault::protocol,
     "the peer takes this for a proxy and speaks plain HTTP", k_no_tls_remedy},
    {SSL_R_BAD_PROTOCOL_VERSION_NUMBER, Fault::protocol, k_no_tls, k_no_tls_remedy},
    {SSL_R_BAD_RECORD_TYPE, Fault::protocol, k_no_tls, k_no_tls_remedy},
    {SSL_R_UNSUPPORTED_PROTOCOL, Fault::protocol, k_version, k_version_remedy},
    {SSL_R_UNSUPPORTED_SSL_VERSION, Fault::protocol, k_version, k_version_remedy},
    {SSL_R_WRONG_SSL_VERSION, Fault::protocol, k_version, k_version_remedy},
    {SSL_R_VERSION_TOO_LOW, Fault::protocol, k_version, k_version_remedy},
    {SSL_R_TLSV1_ALERT_PROTOCOL_VERSION, Fault::protocol, k_version, k_version_remedy},
    {SSL_R_NO_SHARED_CIPHER, Fault::protocol, k_cipher, k_cipher_remedy},
    {SSL_R_NO_SHARED_GROUPS, Fault::protocol, k_cipher, k_cipher_remedy},
    {SSL_R_NO_SHARED_SIGNATURE_ALGORITHMS, Fault::protocol, k_cipher, k_cipher_remedy},
    {SSL_R_SSLV3_ALERT_HANDSHAKE_FAILURE, Fault::protocol,
     "the peer refused what was offered: most often no cipher in common, or a name it lacks",
     k_cipher_remedy},
    {SSL_R_NO_APPLICATION_PROTOCOL, Fault::protocol, k_alpn, nullptr},
    {SSL_R_TLSV1_ALERT_NO_APPLICATION_PROTOCOL, Fault::protocol, k_alpn, nullptr},
    {SSL_R_TLSV1_UNRECOGNIZED_NAME, Fault::protocol, "the peer does not serve that name",
     "check the name that is asked for"},
    {SSL_R_PEER_DID_NOT_RETURN_A_CERTIFICATE, Fault::permission,
     "the peer showed no certificate, and one is asked for", nullptr},
    {SSL_R_TLSV13_ALERT_CERTIFICATE_REQUIRED, Fault::permission,
     "the peer asks for a certificate of ours", "give a certificate and its key"},
    {SSL_R_TLSV1_ALERT_UNKNOWN_CA, Fault::permission,
     "the peer does not know the issuer of our certificate", k_our_certificate_remedy},
    {SSL_R_SSLV3_ALERT_BAD_CERTIFICATE, Fault::permission, k_our_certificate,
     k_our_certificate_remedy},
    {SSL_R_SSLV3_ALERT_UNSUPPORTED_CERTIFICATE, Fault::permission, k_our_certificate,
     k_our_certificate_remedy},
    {SSL_R_SSLV3_ALERT_CERTIFICATE_UNKNOWN, Fault::permission, k_our_certificate,
     k_our_certificate_remedy},
    {SSL_R_SSLV3_ALERT_CERTIFICATE_REVOKED, Fault::permission,
     "the peer says our certificate was revoked", nullptr},
    {SSL_R_SSLV3_ALERT_CERTIFICATE_EXPIRED, Fault::permission,
     "the peer says our certificate has expired", k_our_certificate_remedy},
    {SSL_R_TLSV1_ALERT_ACCESS_DENIED, Fault::permission, "the peer does not let us in", nullptr},
    {SSL_R_DECRYPTION_FAILED_OR_BAD_RECORD_MAC, Fault::integrity, k_damaged, nullptr},
    {SSL_R_SSLV3_ALERT_BAD_RECORD_MAC, Fault::integrity,
     "the peer says that what arrived there was changed on the way", nullptr},
    {SSL_R_TLSV1_ALERT_INTERNAL_ERROR, Fault::protocol, "the peer reports a failure of its own",
     "look at the peer's log"},
};

}  // namespace

Error tls_error(unsigned long code, const char* operation, bool greeted) {
  const int reason = ERR_GET_REASON(code);
  if (ERR_GET_LIB(code) == ERR_LIB_SSL) {
    const auto* const cause = std::ranges::find(k_causes, reason, &Cause::reason);
    if (cause != std::end(k_causes)) {
      return Error(cause->fault, operation, cause->why, cause->remedy);
    }
    const bool is_alert = reason >= SSL_AD_REASON_OFFSET;  // which the peer sent, in TLS
    if (!greeted && !is_alert) return Error(Fault::protocol, operation, k_no_tls, k_no_tls_remedy);
  }
  // OpenSSL's own words, from a table that lives as long as the program.
  return Error(Fault::protocol, operation, ERR_reason_error_string(code));
}

}  // namespace patchbay
