#include "patchbay/tools/scan/targets/scan_safety.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <string>
#include <string_view>

#include "patchbay/net/special_network.hpp"
#include "patchbay/tools/scan/count_text.hpp"

namespace patchbay {

namespace {

// A special network, and what of it no longer prefix says something else of.
struct Special {
  SpecialNetwork about;
  IpNetwork network;
  IpSet own;
};

std::vector<Special> read_specials() {
  std::vector<Special> specials;
  std::vector<IpRange> longer;  // all so far: longer prefixes come first
  for (const SpecialNetwork& about : special_networks()) {
    const auto network = IpNetwork::parse(about.network);
    if (!network) continue;
    const std::vector<IpRange> whole = {network->range()};
    specials.push_back({about, *network, IpSet(whole, longer)});
    longer.push_back(network->range());
  }
  return specials;
}

const std::vector<Special>& specials() {
  static const std::vector<Special> all = read_specials();
  return all;
}

// Documentation is the one purpose of addresses without hosts for which laboratories have hosts.
bool is_forbidden(const SpecialNetwork& about) {
  if (about.reach == Reach::group) return true;
  return about.reach == Reach::none && !about.purpose.starts_with("documentation");
}

IpNumber count_of(const IpSet& hosts, const Special& special) {
  IpNumber count = 0;
  for (const IpRange& range : special.own.ranges()) count += hosts.count_in(range);
  return count;
}

struct Forbidden {
  const Special* special;
  IpNumber count;
};

std::vector<Forbidden> forbidden_in(const IpSet& hosts) {
  std::vector<Forbidden> found;
  for (const Special& special : specials()) {
    if (!is_forbidden(special.about)) continue;
    const IpNumber count = count_of(hosts, special);
    if (count > 0) found.push_back({&special, count});
  }
  return found;
}

// Those that no other of them is around, in the order of addresses.
std::vector<const Special*> outermost(const std::vector<Forbidden>& found) {
  std::vector<const Special*> outer;
  for (const Forbidden& one : found) {
    const bool is_inside = std::ranges::any_of(found, [&one](const Forbidden& other) {
      const IpNetwork& around = other.special->network;
      const IpNetwork& inner = one.special->network;
      return around.prefix_length() < inner.prefix_length() && around.contains(inner.first());
    });
    if (!is_inside) outer.push_back(one.special);
  }
  std::ranges::sort(outer, {}, [](const Special* special) { return special->network.first(); });
  return outer;
}

Failure refuse_networks(const IpSet& hosts, const std::vector<Forbidden>& found) {
  std::string networks;
  std::string purposes;
  for (const Special* const special : outermost(found)) {
    networks += (networks.empty() ? "" : ",") + std::string(special->about.network);
    purposes += fmt::format("{}{} ({}, {})", purposes.empty() ? "" : "; ", special->about.purpose,
                            special->about.network, special->about.source);
  }
  IpNumber count = 0;
  for (const Forbidden& one : found) count += one.count;
  const std::string what =
      hosts.size() == 1 ? hosts.at(0).to_string() : counted(count, "address") + " of the targets";
  return {fmt::format("cannot scan {}", what),
          fmt::format("no host has {} as its own: {}",
                      count == 1 ? "such an address" : "such addresses", purposes),
          hosts.size() == count ? "name hosts" : fmt::format("--exclude {}", networks)};
}

std::uint64_t saturated(IpNumber number) {
  return static_cast<std::uint64_t>(std::min<IpNumber>(number, UINT64_MAX));
}

IpNumber probes_to(IpNumber hosts, std::size_t ports) {
  if (ports != 0 && hosts > ~IpNumber{0} / ports) return ~IpNumber{0};
  return hosts * ports;
}

}  // namespace

// The set has its addresses in order, so those of a network have indices in a row.
PublicHosts::PublicHosts(const IpSet& hosts) {
  IpSet public_space(std::vector{IpNetwork(IpAddress::any(Family::v4), 0).range(),
                                 IpNetwork(IpAddress::any(Family::v6), 0).range()});
  for (const Special& special : specials()) {
    if (special.about.reach != Reach::global) public_space = public_space.without(special.own);
  }
  for (const IpRange& range : public_space.ranges()) {
    const IpNumber count = hosts.count_in(range);
    if (count == 0) continue;
    const std::uint64_t first = saturated(hosts.index_of(range.first));
    spans_.emplace_back(first, saturated(IpNumber{first} + saturated(count)));
    count_ = saturated(IpNumber{count_} + saturated(count));
  }
}

bool PublicHosts::contains(std::uint64_t host) const {
  const auto behind =
      std::ranges::upper_bound(spans_, host, {}, &std::pair<std::uint64_t, std::uint64_t>::first);
  return behind != spans_.begin() && host < std::prev(behind)->second;
}

std::expected<void, Failure> check_scan(const ScanPlan& plan, bool confirmed) {
  const auto found = forbidden_in(plan.hosts);
  if (!found.empty()) return std::unexpected(refuse_networks(plan.hosts, found));

  const IpNumber targets = probes_to(plan.hosts.size(), plan.ports.size());
  if (targets > ScanPlan::k_most_targets) {
    return std::unexpected(
        Failure(fmt::format("cannot scan {}", counted(plan.hosts.size(), "address")),
                fmt::format("with {} each they are {}, and the most is {}",
                            counted(plan.ports.size(), "port"), counted(targets, "target"),
                            grouped(ScanPlan::k_most_targets)),
                "name fewer hosts or fewer ports"));
  }

  const std::uint64_t hosts = PublicHosts(plan.hosts).count();
  const IpNumber probes = probes_to(hosts, plan.ports.size());
  if (confirmed || probes <= k_public_probes_unasked) return {};
  return std::unexpected(
      Failure(fmt::format("cannot send {} to the internet unasked", counted(probes, "probe")),
              fmt::format("{} of {} are public, with {} each; more than {} have to be meant",
                          grouped(hosts), counted(plan.hosts.size(), "host"),
                          counted(plan.ports.size(), "port"), grouped(k_public_probes_unasked)),
              "--yes, if you may scan them; --dry-run tells what it would cost"));
}

std::expected<void, Failure> check_links(const IpSet& hosts, bool names_interface) {
  const IpRange links = IpNetwork::parse("fe80::/10")->range();
  const IpNumber count = hosts.count_in(links);
  if (names_interface || count == 0) return {};
  const std::string first = hosts.at(hosts.index_of(links.first)).to_string();
  const std::string more = count == 1 ? "" : fmt::format(" and {} more", grouped(count - 1));
  return std::unexpected(
      Failure(fmt::format("cannot scan {}{}: on which link?", first, more),
              "each link has link-local addresses of its own, and no interface is named",
              "-e NAME, of the interface to that link"));
}

}  // namespace patchbay
