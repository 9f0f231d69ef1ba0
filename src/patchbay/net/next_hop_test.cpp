#include "patchbay/net/next_hop.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>

#include "patchbay/net/namespace_fixture.hpp"

namespace patchbay {
namespace {

IpAddress ip(std::string_view text) { return *IpAddress::parse(text); }
IpRange range(std::string_view text) { return *IpRange::parse(text); }
IpNetwork network(std::string_view text) { return *IpNetwork::parse(text); }

std::vector<std::string> cut(std::vector<IpRange> ranges, std::vector<IpNetwork> networks,
                             std::size_t most = 100) {
  const auto pieces = cut_ranges(ranges, networks, most);
  if (!pieces) return {"too many"};
  std::vector<std::string> texts;
  for (const IpRange& piece : *pieces) texts.push_back(piece.to_string());
  return texts;
}

using Texts = std::vector<std::string>;

TEST(CutRanges, CutsWhereANetworkBeginsAndBehindItsEnd) {
  EXPECT_EQ(cut({range("10.0.0.0-10.0.0.255")}, {network("10.0.0.64/26")}),
            (Texts{"10.0.0.0-10.0.0.63", "10.0.0.64-10.0.0.127", "10.0.0.128-10.0.0.255"}));
  // One inside the other, and the same one twice.
  EXPECT_EQ(cut({range("10.0.0.0-10.0.0.15")},
                {network("10.0.0.8/29"), network("10.0.0.8/30"), network("10.0.0.8/29")}),
            (Texts{"10.0.0.0-10.0.0.7", "10.0.0.8-10.0.0.11", "10.0.0.12-10.0.0.15"}));
}

TEST(CutRanges, LeavesAloneWhatNoEndLiesIn) {
  EXPECT_EQ(cut({range("10.0.0.5-10.0.0.9")}, {network("10.0.0.0/24"), network("0.0.0.0/0")}),
            (Texts{"10.0.0.5-10.0.0.9"}));
  EXPECT_EQ(cut({range("10.0.0.0-10.0.0.255")}, {network("10.0.0.0/24"), network("fd00::/8")}),
            (Texts{"10.0.0.0-10.0.0.255"}));
  EXPECT_EQ(cut({range("10.0.0.4")}, {network("10.0.0.4/32")}), (Texts{"10.0.0.4"}));
  EXPECT_EQ(cut({}, {network("10.0.0.0/24")}), Texts{});
}

TEST(CutRanges, TheLastAddressesHaveNothingBehindThem) {
  EXPECT_EQ(cut({range("255.255.255.0-255.255.255.255")}, {network("255.255.255.255/32")}),
            (Texts{"255.255.255.0-255.255.255.254", "255.255.255.255"}));
  EXPECT_EQ(cut({range("ffff::-ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff")}, {network("ff00::/8")}),
            (Texts{"ffff::-ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff"}));
}

TEST(CutRanges, BothFamiliesInOneGo) {
  EXPECT_EQ(cut({range("10.0.0.0-10.0.0.3"), range("fd00::-fd00::3")},
                {network("10.0.0.2/31"), network("fd00::2/127")}),
            (Texts{"10.0.0.0-10.0.0.1", "10.0.0.2-10.0.0.3", "fd00::-fd00::1", "fd00::2-fd00::3"}));
}

TEST(CutRanges, GivesUpBeyondItsLimit) {
  const std::vector<IpNetwork> networks = {network("10.0.0.2/31"), network("10.0.0.8/31")};
  EXPECT_EQ(cut({range("10.0.0.0-10.0.0.15")}, networks, 5).size(), 5U);
  EXPECT_EQ(cut({range("10.0.0.0-10.0.0.15")}, networks, 4), (Texts{"too many"}));
}

TEST(HopMap, JoinsPiecesThatGoTheSameWay) {
  const NextHop by_gateway{.kind = NextHop::Kind::gateway,
                           .interface = 2,
                           .source = ip("10.0.0.1"),
                           .gateway = ip("10.0.0.254")};
  const NextHop by_link{.interface = 2, .source = ip("10.0.0.1")};
  HopMap map;
  map.add(range("10.0.0.0-10.0.0.255"), by_link);
  map.add(range("10.1.0.0-10.1.0.255"), by_gateway);
  map.add(range("10.1.1.0-10.1.1.255"), by_gateway);
  map.add(range("10.2.0.0-10.2.0.255"), Error::from_errno(ENETUNREACH, "find a route to"));
  map.add(range("10.3.0.0-10.3.0.255"), by_link);
  map.add(range("fd00::-fd00::ff"), by_link);
  EXPECT_EQ(map.size(), 3U);
  EXPECT_EQ(map.find(ip("10.0.0.7")), map.find(ip("10.3.0.255")));
  EXPECT_EQ(map.find(ip("10.0.0.7")), map.find(ip("fd00::7")));
  EXPECT_EQ(*map[*map.find(ip("10.1.1.255"))], by_gateway);
  EXPECT_EQ(map[*map.find(ip("10.2.0.1"))].error().code(), ENETUNREACH);
  EXPECT_FALSE(map.find(ip("9.255.255.255")));
  EXPECT_FALSE(map.find(ip("10.4.0.0")));
  EXPECT_FALSE(map.find(ip("fd00::100")));
}

// --- the kernel's --------------------------------------------------------------------------------

class KernelHops : public InNamespace {};

IpSet set_of(std::vector<IpRange> ranges) { return IpSet(ranges); }

Result<HopMap> hops_to(const IpSet& targets, const HopOptions& options = {}) {
  KernelHopFinder finder;
  return finder.hops_to(targets, options);
}

// Nothing but the end of it fails the test that the map has none for this address.
NextHop hop(const Result<HopMap>& map, std::string_view address) {
  if (!map) {
    ADD_FAILURE() << map.error().describe();
    return {};
  }
  const auto number = map->find(ip(address));
  if (number && (*map)[*number]) return *(*map)[*number];
  ADD_FAILURE() << address << ": no hop";
  return {};
}

int code(const Result<HopMap>& map, std::string_view address) {
  const auto number = map ? map->find(ip(address)) : std::nullopt;
  if (number && !(*map)[*number]) return (*map)[*number].error().code();
  ADD_FAILURE() << address << ": no error";
  return 0;
}

Task<> links_and_gateways() {
  CO_ASSERT(std::system("ip route add 10.50.0.0/16 via 192.0.2.254 && "
                        "ip route add 10.50.7.0/24 via 192.0.2.253 && "
                        "ip route add unreachable 10.50.9.0/24 && "
                        "ip route add prohibit 10.50.10.0/24 && "
                        "ip -6 route add fd00:50::/32 via fd00:2::fe") == 0);
  const std::uint32_t v0 = ::if_nametoindex("v0");
  const auto map = hops_to(
      set_of({range("192.0.2.0-192.0.2.255"), range("10.50.0.0-10.51.0.0"), range("127.0.0.1"),
              range("fd00:2::-fd00:2::ff"), range("fd00:50::-fd00:50::ff")}));
  const NextHop link = hop(map, "192.0.2.9");
  EXPECT_EQ(link.kind, NextHop::Kind::link);
  EXPECT_EQ(link.interface, v0);
  EXPECT_EQ(link.source, ip("192.0.2.1"));
  EXPECT_EQ(hop(map, "192.0.2.1").kind, NextHop::Kind::here);
  EXPECT_EQ(hop(map, "127.0.0.1").kind, NextHop::Kind::here);
  const NextHop behind = hop(map, "10.50.8.1");
  EXPECT_EQ(behind.kind, NextHop::Kind::gateway);
  EXPECT_EQ(behind.gateway, ip("192.0.2.254"));
  EXPECT_EQ(hop(map, "10.50.7.255").gateway, ip("192.0.2.253"));
  EXPECT_EQ(hop(map, "10.50.11.0").gateway, ip("192.0.2.254"));
  EXPECT_EQ(code(map, "10.50.9.9"), EHOSTUNREACH);
  EXPECT_EQ(code(map, "10.50.10.9"), EACCES);
  EXPECT_EQ(code(map, "10.51.0.0"), ENETUNREACH);
  const auto everybody = map->find(ip("192.0.2.255"));
  EXPECT_EQ((*map)[*everybody].error().why(), "it is the address of everybody on a link");
  EXPECT_EQ(hop(map, "fd00:2::7").source, ip("fd00:2::1"));
  EXPECT_EQ(hop(map, "fd00:2::7").kind, NextHop::Kind::link);
  EXPECT_EQ(hop(map, "fd00:50::7").gateway, ip("fd00:2::fe"));
  EXPECT_EQ(hop(map, "fd00:2::1").kind, NextHop::Kind::here);
}
TEST_F(KernelHops, KnowsLinksGatewaysAndWhereThereIsNoWay) { run(links_and_gateways); }

// Policies are the kernel's to apply: by destination, and by the source that is asked with.
Task<> policies() {
  CO_ASSERT(std::system("ip route add 10.50.0.0/16 via 192.0.2.254 && "
                        "ip route add 10.50.0.0/16 via 192.0.2.253 table 7 && "
                        "ip address add 192.0.2.77/24 dev v0 && "
                        "ip rule add to 10.50.4.0/24 table 7 && "
                        "ip rule add from 192.0.2.77 table 7") == 0);
  const IpSet targets = set_of({range("10.50.0.0-10.50.7.255")});
  const auto usual = hops_to(targets);
  EXPECT_EQ(hop(usual, "10.50.3.1").gateway, ip("192.0.2.254"));
  EXPECT_EQ(hop(usual, "10.50.4.1").gateway, ip("192.0.2.253"));
  EXPECT_EQ(hop(usual, "10.50.5.1").gateway, ip("192.0.2.254"));
  EXPECT_EQ(usual->size(), 2U);
  const auto from = hops_to(targets, {.source_v4 = ip("192.0.2.77")});
  EXPECT_EQ(hop(from, "10.50.3.1").gateway, ip("192.0.2.253"));
  EXPECT_EQ(hop(from, "10.50.3.1").source, ip("192.0.2.77"));
  // A source that is nobody's here goes the usual way.
  const auto foreign = hops_to(targets, {.source_v4 = ip("198.51.100.7")});
  EXPECT_EQ(hop(foreign, "10.50.3.1").gateway, ip("192.0.2.254"));
  EXPECT_EQ(hop(foreign, "10.50.3.1").source, ip("198.51.100.7"));
}
TEST_F(KernelHops, HonoursPolicies) { run(policies); }

Task<> devices_and_neighbours() {
  CO_ASSERT(std::system("ip neighbour add 192.0.2.9 lladdr 02:00:00:00:00:09 dev v0 && "
                        "ip neighbour add fd00:2::9 lladdr 02:00:00:00:00:0a dev v0 nud stale && "
                        "ip tuntap add tap7 mode tun") == 0);
  KernelHopFinder finder;
  const auto devices = finder.devices();
  CO_ASSERT(devices);
  const auto named = [&](const char* name) {
    const auto found = std::ranges::find(*devices, name, &LinkDevice::name);
    return found == devices->end() ? LinkDevice() : *found;
  };
  EXPECT_TRUE(named("v0").is_ethernet() && named("v0").up && !named("v0").loopback);
  EXPECT_TRUE(named("v0").asks);
  EXPECT_EQ(named("v0").mtu_bytes, 1500);
  EXPECT_EQ(named("v0").index, ::if_nametoindex("v0"));
  EXPECT_NE(named("v0").address, (std::array<std::uint8_t, 6>{}));
  EXPECT_TRUE(named("lo").loopback && !named("lo").is_ethernet());
  EXPECT_TRUE(named("tap7").index != 0 && !named("tap7").is_ethernet() && !named("tap7").up);
  const auto neighbours = finder.neighbours();
  CO_ASSERT(neighbours);
  const auto known = [&](std::string_view address) {
    const auto found = std::ranges::find(*neighbours, ip(address), &KnownNeighbour::address);
    return found == neighbours->end() ? KnownNeighbour() : *found;
  };
  EXPECT_TRUE(known("192.0.2.9").confirmed);
  EXPECT_EQ(known("192.0.2.9").link[5], 9);
  EXPECT_EQ(known("192.0.2.9").interface, ::if_nametoindex("v0"));
  EXPECT_FALSE(known("fd00:2::9").confirmed);
  EXPECT_EQ(known("fd00:2::9").link[5], 10);
}
TEST_F(KernelHops, KnowsDevicesAndNeighbours) { run(devices_and_neighbours); }

Task<> by_interface() {
  CO_ASSERT(std::system("ip address add 198.51.100.1/24 dev v1 && "
                        "ip route add default via 192.0.2.254") == 0);
  const IpSet targets = set_of({range("203.0.113.0-203.0.113.255")});
  EXPECT_EQ(hop(hops_to(targets), "203.0.113.7").interface, ::if_nametoindex("v0"));
  const auto named = hops_to(targets, {.interface = ::if_nametoindex("v1")});
  EXPECT_EQ(hop(named, "203.0.113.7").interface, ::if_nametoindex("v1"));
  const auto few = hops_to(set_of({range("192.0.2.0-192.0.2.255")}), {.most_pieces = 2});
  EXPECT_EQ(few.error().fault(), Fault::limit);
}
TEST_F(KernelHops, GoesByTheNamedInterface) { run(by_interface); }

}  // namespace
}  // namespace patchbay
