#include "patchbay/tools/http/serve_plan.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "patchbay/base/text.hpp"
#include "patchbay/http/http_layers.hpp"
#include "patchbay/net/loop.hpp"

namespace patchbay {

namespace {

const HostPort k_listen_defaults = {"127.0.0.1", 8080};

// Of a socket of systemd's: as the unit that opens ports 80 and 443 would call them. By itself a
// socket has the name of its unit.
bool is_plain_name(std::string_view name) {
  constexpr std::string_view unit = ".socket";
  if (name.ends_with(unit)) name.remove_suffix(unit.size());
  name.remove_prefix(name.rfind('-') + 1);  // npos + 1 is 0
  return name == "http" || name == "plain";
}

bool has_tls(const HttpServePlan& plan) { return plan.tls || plan.tls_self; }

}  // namespace

HttpServePlan plan_of(const ServeOptions& options) {
  HttpServePlan plan;
  plan.limits.connections = options.max_clients;
  plan.limits.connections_per_address = options.per_address;
  plan.limits.idle = options.idle;
  plan.limits.head_time = options.head_time;
  plan.limits.least_rate = std::max<std::uint64_t>(options.least_rate / 8, 1);
  plan.limits.reader_grace = options.reader_grace;
  plan.grace = options.grace;
  plan.log = options.log;
  plan.threads = options.threads;
  plan.backlog = options.backlog;
  plan.tls_self = options.tls_self;
  plan.redirects_to_tls = options.redirect_to_tls;
  return plan;
}

std::expected<std::vector<ServeAddress>, Failure> addresses_of(
    const std::vector<std::string>& texts, LookUp look_up) {
  std::vector<ServeAddress> all;
  for (const std::string& text : texts) {
    const auto where = parse_listen(text, k_listen_defaults);
    if (!where) return std::unexpected(where.error());
    const auto endpoints = look_up(*where);
    if (!endpoints) return std::unexpected(Failure(endpoints.error()));
    for (const Endpoint& endpoint : *endpoints) all.push_back({.asked = endpoint});
  }
  return all;
}

std::expected<std::vector<ServeAddress>, Failure> addresses_of(
    const std::vector<std::string>& texts, const std::vector<InheritedSocket>& inherited,
    LookUp look_up) {
  if (!texts.empty()) return addresses_of(texts, look_up);
  std::vector<ServeAddress> all;
  for (const auto& [descriptor, name] : inherited) {
    all.push_back({.inherited = descriptor, .plain = is_plain_name(name)});
  }
  if (all.empty()) all.push_back({.asked = Endpoint(IpAddress::loopback(Family::v4), 8080)});
  return all;
}

std::expected<void, Failure> add_plain_addresses(const std::vector<std::string>& texts,
                                                 HttpServePlan& plan, LookUp look_up) {
  auto all = addresses_of(texts, look_up);
  if (!all) return std::unexpected(all.error());
  for (ServeAddress& address : *all) {
    address.plain = true;
    plan.addresses.push_back(address);
  }
  return {};
}

// Who can reach an inherited socket is the parent's secret: whoever can.
bool is_local(const HttpServePlan& plan) {
  return std::ranges::all_of(plan.addresses, [](const ServeAddress& address) {
    return address.inherited < 0 && address.asked.address().is_loopback();
  });
}

std::expected<void, Failure> check_plain_addresses(const HttpServePlan& plan) {
  const auto is_plain = [](const ServeAddress& address) {
    return address.plain && address.inherited < 0;
  };
  const bool speaks_tls =
      std::ranges::any_of(plan.addresses, [](const auto& address) { return !address.plain; });
  if (has_tls(plan) && !plan.addresses.empty() && !speaks_tls) {
    return std::unexpected(Failure("no address speaks TLS although there is a certificate",
                                   "the names of all sockets that were handed over say http",
                                   "name one of them https, or leave the certificate out"));
  }
  if (std::ranges::none_of(plan.addresses, is_plain)) return {};
  if (!has_tls(plan)) {
    return std::unexpected(Failure("listen-plain stands beside no address that speaks TLS",
                                   "there is no certificate: all addresses are in the clear",
                                   "call it listen, or give the server a certificate"));
  }
  for (const ServeAddress& plain : plan.addresses) {
    if (!is_plain(plain) || plain.asked.port() == 0) continue;
    if (std::ranges::count(plan.addresses, plain) == 1) continue;
    return std::unexpected(Failure(fmt::format("{} is named twice", plain.asked.to_string()),
                                   "an address speaks TLS or is in the clear",
                                   "leave it out of listen or of listen-plain"));
  }
  return {};
}

std::expected<void, Failure> check_redirect(const HttpServePlan& plan) {
  const bool any_plain =
      std::ranges::any_of(plan.addresses, [](const auto& address) { return address.plain; });
  if (!plan.redirects_to_tls || (has_tls(plan) && any_plain)) return {};
  return std::unexpected(Failure("redirect-to-tls has nobody to redirect",
                                 "no address is in the clear while others speak TLS",
                                 "name one by listen-plain"));
}

std::expected<void, Failure> check_hosts(const std::vector<SiteOptions>& sites) {
  const auto fail = [](const SiteOptions& site, std::string what, std::string why) {
    const std::string at = site.origin.empty() ? std::string() : site.origin + ": ";
    return std::unexpected(Failure(at + what, std::move(why), "leave one of them out"));
  };
  const SiteOptions* for_others = nullptr;
  std::map<std::string, const SiteOptions*> owners;
  for (const SiteOptions& site : sites) {
    if (site.hosts.empty() && std::exchange(for_others, &site) != nullptr) {
      return fail(site, "two sites have no hosts", "only one can be for all other hosts");
    }
    for (const std::string& host : site.hosts) {
      const auto [owner, is_new] = owners.try_emplace(host_name_of(host), &site);
      if (is_new) continue;
      return fail(site, fmt::format("the host {} is named twice", escape_terminal(host)),
                  owner->second->origin.empty() || owner->second == &site
                      ? std::string("it can have one site only")
                      : fmt::format("it is one of the site at {}", owner->second->origin));
    }
  }
  return {};
}

std::expected<TlsContext, std::vector<ServeFault>> make_tls(const TlsServerOptions& options) {
  auto whole = TlsContext::server(options);
  if (whole) return std::move(*whole);
  std::vector<ServeFault> faults;
  const auto add = [&](const Error& error) {
    faults.push_back({Failure(error), exit_code_of(error)});
  };
  const auto try_alone = [&](const std::string& certificate, const std::string& key) {
    const auto made = TlsContext::server({.certificate_file = certificate, .key_file = key});
    if (!made) add(made.error());
  };
  try_alone(options.certificate_file, options.key_file);
  for (const TlsIdentity& named : options.named) try_alone(named.certificate_file, named.key_file);
  if (faults.empty()) add(whole.error());
  return std::unexpected(std::move(faults));
}

std::vector<ServeFault> try_plan(const HttpServePlan& plan) {
  std::vector<ServeFault> faults;
  const auto loop = Loop::make();
  if (!loop) return {{Failure(loop.error())}};
  const LoopGuard guard(**loop);
  if (plan.tls) {
    if (const auto tls = make_tls(*plan.tls); !tls) faults = tls.error();
  }
  const auto sites = make_sites(plan.sites);
  if (sites) return faults;
  for (const Failure& failure : sites.error()) faults.push_back({failure});
  return faults;
}

}  // namespace patchbay
