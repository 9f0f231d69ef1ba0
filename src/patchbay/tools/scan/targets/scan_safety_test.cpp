#include "patchbay/tools/scan/targets/scan_safety.hpp"

#include <gtest/gtest.h>

#include <initializer_list>

#include "patchbay/net/special_network.hpp"

namespace patchbay {
namespace {

ScanPlan plan(std::initializer_list<const char*> texts, std::size_t ports = 1) {
  std::vector<IpRange> ranges;
  for (const char* text : texts) ranges.push_back(IpRange::parse(text).value());
  ScanPlan made{.hosts = IpSet(ranges), .ports = {}};
  for (std::size_t i = 0; i < ports; ++i) {
    made.ports.push_back({ScanProtocol::tcp, static_cast<std::uint16_t>(i + 1)});
  }
  return made;
}

std::string check(const ScanPlan& plan, bool confirmed = false) {
  const auto done = check_scan(plan, confirmed);
  if (done) return "";
  return done.error().what + " / " + done.error().why + " / " + done.error().remedy;
}

TEST(ScanSafety, OrdinaryHostsAreFine) {
  EXPECT_EQ(check(plan({"127.0.0.1", "::1", "10.0.0.0/8", "192.168.0.0/16", "169.254.7.7",
                        "100.64.0.0/10", "1.1.1.1", "2a00::1", "fd00::/108", "fe80::1"})),
            "");
}

TEST(ScanSafety, LaboratoriesUseTheNetworksOfDocumentation) {
  EXPECT_EQ(check(plan({"192.0.2.0/24", "198.51.100.0/24", "203.0.113.0/24", "2001:db8::/120",
                        "3fff::1", "198.18.0.0/15"})),
            "");
}

TEST(ScanSafety, WhatNoHostHasIsRefused) {
  for (const char* text :
       {"224.0.0.1", "239.255.255.250", "255.255.255.255", "240.0.0.1", "0.0.0.0", "0.1.2.3",
        "ff02::1", "::", "::ffff:10.0.0.1", "100::1", "192.0.0.8", "2001:20::1"}) {
    EXPECT_TRUE(check(plan({text}), true)
                    .starts_with(std::string("cannot scan ") + IpAddress::parse(text)->to_string() +
                                 " / no host has such an address"))
        << text << ": " << check(plan({text}), true);
  }
  EXPECT_EQ(check(plan({"239.1.1.1"})),
            "cannot scan 239.1.1.1 / no host has such an address as its own: multicast "
            "(224.0.0.0/4, RFC 5771) / name hosts");
  EXPECT_EQ(check(plan({"255.255.255.255"})),
            "cannot scan 255.255.255.255 / no host has such an address as its own: broadcast on "
            "this link (255.255.255.255/32, RFC 919) / name hosts");
}

TEST(ScanSafety, ARefusalSaysWhatToExclude) {
  EXPECT_EQ(check(plan({"223.255.255.0-224.0.0.255"})),
            "cannot scan 256 addresses of the targets / no host has such addresses as its own: "
            "multicast (224.0.0.0/4, RFC 5771) / --exclude 224.0.0.0/4");
}

TEST(ScanSafety, TheWholeInternetIsRefusedTwice) {
  const std::string refused = check(plan({"0.0.0.0/0"}), true);
  const std::string exclude = "0.0.0.0/8,192.0.0.0/24,192.88.99.0/24,224.0.0.0/4,240.0.0.0/4";
  EXPECT_TRUE(refused.starts_with("cannot scan 553,648,640 addresses of the targets / "))
      << refused;
  EXPECT_TRUE(refused.ends_with(" / --exclude " + exclude)) << refused;

  std::vector<IpRange> holes;
  for (std::string_view rest = exclude; !rest.empty();) {
    const std::size_t comma = std::min(rest.find(','), rest.size());
    holes.push_back(IpRange::parse(rest.substr(0, comma)).value());
    rest.remove_prefix(std::min(comma + 1, rest.size()));
  }
  ScanPlan without = plan({"0.0.0.0/0"});
  without.hosts = IpSet(without.hosts.ranges(), holes);
  const std::string unasked = check(without);
  EXPECT_TRUE(unasked.starts_with("cannot send 3,")) << unasked;
  EXPECT_EQ(check(without, true), "");
}

TEST(ScanSafety, ManyProbesToTheInternetAreConfirmed) {
  EXPECT_EQ(check(plan({"8.0.0.0/12", "10.0.0.0/12"}, 1)), "");  // 2^20 exactly
  EXPECT_EQ(
      check(plan({"8.0.0.0/12", "9.0.0.0", "10.0.0.0/12"}, 1)),
      "cannot send 1,048,577 probes to the internet unasked / 1,048,577 of 2,097,153 hosts "
      "are public, with 1 port each; more than 1,048,576 have to be meant / --yes, if you may "
      "scan them; --dry-run tells what it would cost");
  EXPECT_EQ(check(plan({"8.0.0.0/12", "9.0.0.0"}, 1), true), "");
  EXPECT_EQ(check(plan({"8.8.8.8-23"}, 65'535)), "");
  EXPECT_NE(check(plan({"8.8.8.8-24"}, 65'535)), "");
  EXPECT_EQ(check(plan({"10.0.0.0/8"}, 1'000)), "");
}

TEST(ScanSafety, TooManyTargetsAreRefusedEvenWhenMeant) {
  EXPECT_EQ(check(plan({"fd00::/64"}), true),
            "cannot scan 18,446,744,073,709,551,616 addresses / with 1 port each they are "
            "18,446,744,073,709,551,616 targets, and the most is 1,099,511,627,776 / name fewer "
            "hosts or fewer ports");
  EXPECT_NE(check(plan({"fc00::/7", "2a00::/12"}, 65'535), true), "");
  EXPECT_EQ(check(plan({"fd00::/88"}), true), "");
  EXPECT_NE(check(plan({"fd00::/88"}, 2), true), "");
}

// One by one, as reach_of() has it.
TEST(PublicHosts, AreThoseWhosePacketsLeaveTheSite) {
  const ScanPlan mixed =
      plan({"9.255.255.250-10.0.0.5", "11.0.0.0", "100.63.255.255", "100.64.0.0", "172.15.255.255",
            "172.16.0.0", "192.31.195.255-192.31.196.1", "192.168.1.1", "203.0.113.1", "2001:0::5",
            "2001:2::5", "2001:1:ffff::5", "2002::1", "fc00::1", "::1", "2a00::/126", "64:ff9b::1",
            "fe80::1"});
  const PublicHosts hosts(mixed.hosts);
  std::uint64_t count = 0;
  for (std::uint64_t i = 0; i < mixed.host_count(); ++i) {
    const bool is_public = reach_of(mixed.hosts.at(i)) == Reach::global;
    EXPECT_EQ(hosts.contains(i), is_public) << mixed.hosts.at(i).to_string();
    count += is_public ? 1 : 0;
  }
  EXPECT_EQ(hosts.count(), count);
  EXPECT_GT(count, 10U);
  EXPECT_LT(count, mixed.host_count());
  EXPECT_FALSE(hosts.contains(mixed.host_count()));
}

TEST(PublicHosts, CountSaturates) {
  EXPECT_EQ(PublicHosts(plan({"::/0", "0.0.0.0/0"}).hosts).count(), UINT64_MAX);
  EXPECT_EQ(PublicHosts(IpSet()).count(), 0U);
}

TEST(ScanSafety, ALinkLocalAddressNeedsItsLink) {
  const auto check = [](std::initializer_list<const char*> texts, bool names_interface) {
    const auto done = check_links(plan(texts).hosts, names_interface);
    return done ? std::string() : done.error().what + " / " + done.error().remedy;
  };
  EXPECT_EQ(check({"fe80::1"}, false),
            "cannot scan fe80::1: on which link? / -e NAME, of the interface to that link");
  EXPECT_EQ(check({"10.0.0.0/8", "fd00::1", "fe80::5-fe80::7", "febf::1"}, false),
            "cannot scan fe80::5 and 3 more: on which link? / -e NAME, of the interface to that "
            "link");
  EXPECT_EQ(check({"fe80::1"}, true), "");
  EXPECT_EQ(check({"fec0::1", "fe7f::1", "169.254.0.1", "::1"}, false), "");
}

}  // namespace
}  // namespace patchbay
