// Parting a network: into equal parts, or into parts for so many hosts each.
#pragma once

#include <expected>
#include <string>
#include <string_view>
#include <vector>

#include "patchbay/net/ip_network.hpp"
#include "patchbay/tools/outcome.hpp"

namespace patchbay {

// More lines than this are nobody's plan.
inline constexpr unsigned k_most_parts = 65'536;

// How long the prefixes of the parts are: "4" parts or more, or "/26". A failure where the network
// has not so many parts, or they are more than k_most_parts.
std::expected<unsigned, Failure> parse_split(std::string_view text, const IpNetwork& whole);

// All networks of that length within `whole`, which has them, in order.
std::vector<IpNetwork> split_network(const IpNetwork& whole, unsigned prefix_length);

struct SubnetNeed {
  std::string name;  // may be empty
  std::uint64_t hosts = 0;
};

// "60,20,10" or "office=60,lab=20".
std::expected<std::vector<SubnetNeed>, Failure> parse_needs(std::string_view text);

struct SubnetPart {
  SubnetNeed need;
  IpNetwork network;
};

struct SubnetPlan {
  std::vector<SubnetPart> parts;  // by address
  std::vector<IpNetwork> unused;  // what is left, in the fewest networks
};

// A network for each need, as small as it may be, the largest first (VLSM). One of IPv6 gets a /64,
// since hosts that configure themselves need no less (RFC 4862 section 5.5.3), unless `whole` is
// smaller itself. A failure where they do not fit.
std::expected<SubnetPlan, Failure> plan_subnets(const IpNetwork& whole,
                                                std::vector<SubnetNeed> needs);

}  // namespace patchbay
