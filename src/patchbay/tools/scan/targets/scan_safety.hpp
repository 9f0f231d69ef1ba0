// What a scan may not ask, and what it may ask only when the user means it.
#pragma once

#include <cstdint>
#include <expected>
#include <utility>
#include <vector>

#include "patchbay/net/ip_set.hpp"
#include "patchbay/tools/outcome.hpp"
#include "patchbay/tools/scan/scan_plan.hpp"

namespace patchbay {

// More probes than this go to hosts in the internet only with --yes.
inline constexpr std::uint64_t k_public_probes_unasked = 1'048'576;
// No public host is asked more often, unless the user says how often: ScanPace::host_per_second for
// those of them that PublicHosts::contains().
inline constexpr double k_public_host_per_second = 1'000;

// Which hosts of a set are in the internet and not in a private network, on the link or in this
// host: by reach_of(), for millions of them at once.
class PublicHosts {
 public:
  explicit PublicHosts(const IpSet& hosts);

  std::uint64_t count() const { return count_; }  // saturates
  // By the index in the set, as in ScanPlan. A few comparisons.
  bool contains(std::uint64_t host) const;

 private:
  std::vector<std::pair<std::uint64_t, std::uint64_t>> spans_;  // of indices; the end is excluded
  std::uint64_t count_ = 0;
};

// Refuses, with exact numbers and the way out:
//
// - Addresses that no host has, or that many have at once: multicast, broadcast, 0.0.0.0/8,
//   240.0.0.0/4, and what else IANA keeps for something other than hosts. Networks of documentation
//   (192.0.2.0/24, 2001:db8::/32 and so on) are not refused: laboratories use them just because
//   nobody else does, and routers of the internet drop what is for them.
// - More targets than ScanPlan::k_most_targets.
// - More than k_public_probes_unasked first probes to public hosts, unless that is `confirmed`. The
//   whole internet of IPv4 (0.0.0.0/0) is refused by the first rule, and without its special
//   networks by this one.
std::expected<void, Failure> check_scan(const ScanPlan& plan, bool confirmed);

// Refuses link-local addresses of IPv6 (RFC 4291 section 2.5.6) where no interface is named: each
// link has its own, so nobody knows which host is meant.
std::expected<void, Failure> check_links(const IpSet& hosts, bool names_interface);

}  // namespace patchbay
