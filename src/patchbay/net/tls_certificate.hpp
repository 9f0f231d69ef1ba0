// Reading certificates, and saying in words why one is not to be trusted.
#pragma once

#include <openssl/x509.h>

#include <string_view>

#include "patchbay/net/tls.hpp"

namespace patchbay {

TlsPin pin_of(const X509& certificate);
TlsCertificate describe_certificate(const X509& certificate);

// The host names of its subjectAltName, as they stand there: "web.lab", "*.lab".
std::vector<std::string> host_names_of(const X509& certificate);

// Why a check failed, by OpenSSL's code (X509_V_ERR_…). A static string.
const char* trust_reason(int code);

// `peer` is whom the certificate was shown for; `certificate` (may be null) is the one at fault.
Error trust_error(int code, std::string_view peer, const X509* certificate);

}  // namespace patchbay
