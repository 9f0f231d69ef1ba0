#include "patchbay/tools/http/own_certificate.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "patchbay/http/http_layers.hpp"
#include "patchbay/tools/http/certificate_file.hpp"

namespace patchbay {

namespace {

// Clients read a certificate of 100 KiB and no more; this many of the longest names fit.
constexpr std::size_t k_most_names = 200;
constexpr Duration k_renewal_time = 14 * 24h;

std::vector<std::string> names_of(const HttpServePlan& plan) {
  std::vector<std::string> addresses;
  for (const ServeAddress& address : plan.addresses) {
    if (!address.plain) addresses.push_back(address.asked.address().to_string());
  }
  std::vector<std::string> names = names_of_this_host(addresses);
  for (const SiteOptions& site : plan.sites) {
    for (const std::string& host : site.hosts) {
      std::string name = certified_name(host);
      if (std::ranges::find(names, name) == names.end()) names.push_back(std::move(name));
    }
  }
  return names;
}

bool still_does(const SelfCertificate& certificate, const std::vector<std::string>& names,
                WallTime now) {
  const auto read = CertificateFile::read(certificate.certificate_path());
  return read && read->valid_until() - now >= k_renewal_time &&
         std::ranges::all_of(names, [&](const std::string& name) { return read->is_for(name); });
}

}  // namespace

std::expected<void, Failure> provide_own_certificate(
    HttpServePlan& plan, const std::shared_ptr<const SelfCertificate>& former, WallTime now) {
  if (!plan.tls_self) return {};
  const std::vector<std::string> names = names_of(plan);
  if (names.size() > k_most_names) {
    return std::unexpected(
        Failure(fmt::format("cannot make one certificate for {} hosts", names.size()),
                fmt::format("clients would not read it: there may be {}", k_most_names),
                "give the sites certificates of their own, or serve fewer of them"));
  }
  plan.own_certificate = former;
  if (!former || !still_does(*former, names, now)) {
    auto made = SelfCertificate::make(names);
    if (!made) return std::unexpected(Failure(made.error()));
    plan.own_certificate = std::make_shared<const SelfCertificate>(std::move(*made));
  }
  plan.tls = TlsServerOptions{.certificate_file = plan.own_certificate->certificate_path(),
                              .key_file = plan.own_certificate->key_path(),
                              .alpn = {"h2", "http/1.1"}};
  return {};
}

}  // namespace patchbay
