// What a user types as a network or a range: an error, or a value that its own text gives back, and
// that its networks are again.
#include <cstdint>
#include <string_view>

#include "check.hpp"
#include "patchbay/net/ip_set.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace patchbay;
  const std::string_view text(reinterpret_cast<const char*>(data), size);

  if (const auto network = IpNetwork::parse(text)) {
    const auto again = IpNetwork::parse(network->to_string());
    FUZZ_CHECK(again && *again == *network);
    FUZZ_CHECK(networks_of(network->range()) == std::vector{*network});
  }
  if (const auto range = IpRange::parse(text)) {
    const auto again = IpRange::parse(range->to_string());
    FUZZ_CHECK(again && *again == *range);
    const IpSet set(std::vector{*range});
    FUZZ_CHECK(set.contains(range->first) && set.contains(range->last));
    FUZZ_CHECK(set.at(0) == range->first);
    const auto networks = set.networks();
    FUZZ_CHECK(!networks.empty() && networks.size() <= 254);
    FUZZ_CHECK(networks.front().first() == range->first && networks.back().last() == range->last);
    std::vector<IpRange> parts;
    for (const IpNetwork& network : networks) parts.push_back(network.range());
    FUZZ_CHECK(IpSet(parts).ranges() == std::vector{*range});
    FUZZ_CHECK(IpSet(std::vector{*range}, parts).empty());
  }
  return 0;
}
