#include "patchbay/net/destination_order.hpp"

#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <bit>
#include <cstdint>
#include <iterator>

namespace patchbay {

namespace {

using Bytes = std::array<std::uint8_t, 16>;

// IPv4 addresses take part as IPv4-mapped ones (section 2).
Bytes as_v6(const IpAddress& address) {
  Bytes bytes{};
  if (address.is_v4()) bytes[10] = bytes[11] = 0xff;
  std::ranges::copy_backward(address.bytes(), bytes.end());
  return bytes;
}

int common_prefix_bits(const Bytes& a, const Bytes& b) {
  for (std::size_t i = 0; i < a.size(); ++i) {
    const auto differing = static_cast<std::uint8_t>(a[i] ^ b[i]);
    if (differing != 0) return static_cast<int>(i) * 8 + std::countl_zero(differing);
  }
  return 128;
}

struct Policy {
  Bytes prefix;
  int prefix_bits;
  int precedence;
  int label;
};

// The default table of section 2.1, longest prefix first.
constexpr std::array<Policy, 9> k_policies = {{
    {{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1}, 128, 50, 0},  // ::1
    {{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff}, 96, 35, 4},         // IPv4
    {{}, 96, 1, 3},                                                  // ::/96
    {{0x20, 0x01}, 32, 5, 5},                                        // Teredo
    {{0x20, 0x02}, 16, 30, 2},                                       // 6to4
    {{0x3f, 0xfe}, 16, 1, 12},                                       // 6bone
    {{0xfe, 0xc0}, 10, 1, 11},                                       // site-local
    {{0xfc}, 7, 3, 13},                                              // unique local
    {{}, 0, 40, 1},                                                  // everything else
}};

const Policy& policy_of(const IpAddress& address) {
  const Bytes bytes = as_v6(address);
  return *std::ranges::find_if(k_policies, [&](const Policy& policy) {
    return common_prefix_bits(bytes, policy.prefix) >= policy.prefix_bits;
  });
}

// Sections 3.1 and 3.2: 2 link-local, 5 site-local, 14 global; a multicast address says it itself.
int scope_of(const IpAddress& address) {
  constexpr int link_local = 2;
  constexpr int site_local = 5;
  constexpr int global = 14;
  if (address.is_v6() && address.is_multicast()) return address.bytes()[1] & 0x0f;
  if (address.is_loopback() || address.is_link_local()) return link_local;
  const auto bytes = address.bytes();
  const bool is_site_local = address.is_v6() && bytes[0] == 0xfe && (bytes[1] & 0xc0) == 0xc0;
  return is_site_local ? site_local : global;
}

// Positive: a is better; negative: b is; zero: the rules do not say.
int compare(const Destination& a, const Destination& b) {
  const auto yes = [](bool x, bool y) { return static_cast<int>(x) - static_cast<int>(y); };
  if (const int rule_1 = yes(a.source.has_value(), b.source.has_value())) return rule_1;
  const int scope_a = scope_of(a.address);
  const int scope_b = scope_of(b.address);
  const Policy& policy_a = policy_of(a.address);
  const Policy& policy_b = policy_of(b.address);
  if (a.source && b.source) {
    const int rule_2 = yes(scope_a == scope_of(*a.source), scope_b == scope_of(*b.source));
    if (rule_2 != 0) return rule_2;
    const int rule_5 = yes(policy_a.label == policy_of(*a.source).label,
                           policy_b.label == policy_of(*b.source).label);
    if (rule_5 != 0) return rule_5;
  }
  if (policy_a.precedence != policy_b.precedence) return policy_a.precedence - policy_b.precedence;
  if (scope_a != scope_b) return scope_b - scope_a;  // rule 8: the smaller scope
  if (!a.source || !b.source || !a.address.is_v6() || !b.address.is_v6()) return 0;
  // Rule 9. What follows the first 64 bits names a host and says nothing of how far it is.
  const auto common = [](const Destination& d) {
    return std::min(common_prefix_bits(as_v6(d.address), as_v6(*d.source)), 64);
  };
  return common(a) - common(b);
}

// Connecting a datagram socket sends nothing: the kernel looks for the route and picks the source.
std::optional<IpAddress> source_for(const IpAddress& destination) {
  Endpoint endpoint(destination, 9);
  const int type = SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC;
  const int probe = ::socket(endpoint.native()->sa_family, type, 0);
  if (probe < 0) return std::nullopt;
  std::optional<IpAddress> source;
  Endpoint local;
  socklen_t size = Endpoint::k_native_capacity;
  if (::connect(probe, endpoint.native(), endpoint.native_size()) == 0 &&
      ::getsockname(probe, local.native(), &size) == 0) {
    source = local.address();
  }
  ::close(probe);
  return source;
}

}  // namespace

// By insertion: a host has few addresses, and the order of equals has to stay.
void order_destinations(std::vector<Destination>& destinations) {
  const auto better = [](const Destination& a, const Destination& b) { return compare(a, b) > 0; };
  for (auto next = destinations.begin(); next != destinations.end(); ++next) {
    const auto place = std::upper_bound(destinations.begin(), next, *next, better);
    std::rotate(place, next, std::next(next));
  }
}

void sort_destinations(std::vector<IpAddress>& addresses) {
  std::vector<Destination> destinations;
  destinations.reserve(addresses.size());
  for (const IpAddress& address : addresses) {
    destinations.push_back({address, source_for(address)});
  }
  order_destinations(destinations);
  std::ranges::transform(destinations, addresses.begin(), &Destination::address);
}

}  // namespace patchbay
