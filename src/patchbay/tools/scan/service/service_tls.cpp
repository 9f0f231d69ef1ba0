#include "patchbay/tools/scan/service/service_tls.hpp"

#include <algorithm>
#include <chrono>
#include <utility>
#include <vector>

namespace patchbay {

namespace {

constexpr std::size_t k_most_names = 50;
constexpr std::size_t k_most_text_bytes = 256;

std::vector<std::string> offered(ServiceAlpn alpn) {
  switch (alpn) {
    case ServiceAlpn::web: return {"h2", "http/1.1"};
    case ServiceAlpn::http1: return {"http/1.1"};
    case ServiceAlpn::none: break;
  }
  return {};
}

std::string cut(const std::string& text) { return text.substr(0, k_most_text_bytes); }

}  // namespace

Result<const TlsContext*> ServiceTls::context(ServiceAlpn alpn) {
  auto& kept = contexts_[static_cast<std::size_t>(alpn)];
  if (!kept) {
    auto made = TlsContext::client({.verify = false, .alpn = offered(alpn)});
    if (!made) return made.error();
    kept.emplace(std::move(*made));
  }
  return &*kept;
}

Task<Result<TlsStream>> ServiceTls::connect(Stream stream, std::string name, ServiceAlpn alpn,
                                            Deadline deadline) {
  const auto chosen = context(alpn);
  if (!chosen) co_return chosen.error();
  // An address is nothing to ask for by SNI (RFC 6066 section 3), nor to compare with here.
  if (IpAddress::parse(name)) name.clear();
  co_return co_await tls_connect(std::move(stream), **chosen, std::move(name), deadline);
}

std::optional<ServiceFinding::Certificate> certificate_of(const TlsInfo& info) {
  if (!info.peer) return std::nullopt;
  ServiceFinding::Certificate certificate{
      .subject = cut(info.peer->subject),
      .issuer = cut(info.peer->issuer),
      .names = {},
      .not_after = std::chrono::floor<std::chrono::seconds>(info.peer->valid_until),
      .tls_version = info.version,
      .alpn = info.alpn,
  };
  for (const std::string& name : info.peer->names) {
    if (certificate.names.size() == k_most_names) break;
    certificate.names.push_back(cut(name));
  }
  return certificate;
}

}  // namespace patchbay
