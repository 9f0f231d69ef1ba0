// ServiceTls: how -sV agrees on TLS with whoever is there, trusting nobody and learning of all.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>

#include "patchbay/net/tls.hpp"
#include "patchbay/tools/scan/scan_report.hpp"

namespace patchbay {

// What is offered as the application protocol (RFC 7301).
enum class ServiceAlpn : std::uint8_t { web, http1, none };  // h2 and http/1.1; that alone; nothing

// The contexts of one scan, made when the first port speaks TLS.
class ServiceTls {
 public:
  // As tls_connect(): `name` is sent where it is a name. `stream` belongs to the session then.
  Task<Result<TlsStream>> connect(Stream stream, std::string name, ServiceAlpn alpn,
                                  Deadline deadline);

 private:
  Result<const TlsContext*> context(ServiceAlpn alpn);

  std::array<std::optional<TlsContext>, 3> contexts_;
};

// As a report has it: with at most 50 names, of 256 bytes at most each. Nothing: the peer showed no
// certificate.
std::optional<ServiceFinding::Certificate> certificate_of(const TlsInfo& info);

}  // namespace patchbay
