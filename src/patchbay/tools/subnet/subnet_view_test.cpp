#include "patchbay/tools/subnet/subnet_view.hpp"

#include <gtest/gtest.h>

namespace patchbay {
namespace {

IpNetwork network(std::string_view text) { return IpNetwork::parse(text).value(); }

TEST(SubnetView, ACardTellsWhatThereIsToKnow) {
  EXPECT_EQ(network_card(network("192.168.10.77/24"), "192.168.10.0/24"),
            "192.168.10.0/24\n"
            "  netmask    255.255.255.0  (wildcard 0.0.0.255)\n"
            "  hosts      192.168.10.1-192.168.10.254  (254 hosts)\n"
            "  broadcast  192.168.10.255\n"
            "  reverse    10.168.192.in-addr.arpa\n"
            "  purpose    private use (192.168.0.0/16, RFC 1918)");
  EXPECT_EQ(network_card(network("2a00::/48"), "2a00::/48"),
            "2a00::/48\n"
            "  hosts      2a00::-2a00::ffff:ffff:ffff:ffff:ffff  (2^80 hosts)\n"
            "  reverse    0.0.0.0.0.0.0.0.0.0.a.2.ip6.arpa");
}

TEST(SubnetView, CountsHosts) {
  EXPECT_EQ(host_count_to_string(network("10.0.0.0/32")), "1 host");
  EXPECT_EQ(host_count_to_string(network("10.0.0.0/31")), "2 hosts");
  EXPECT_EQ(host_count_to_string(network("0.0.0.0/0")), "4294967294 hosts");
  EXPECT_EQ(host_count_to_string(network("::/96")), "4294967296 hosts");
  EXPECT_EQ(host_count_to_string(network("::/0")), "2^128 hosts");
}

TEST(SubnetView, AReverseZoneEndsAtALabel) {
  EXPECT_EQ(reverse_zone(network("10.0.0.0/8")), "10.in-addr.arpa");
  EXPECT_EQ(reverse_zone(network("10.1.2.3/32")), "3.2.1.10.in-addr.arpa");
  EXPECT_EQ(reverse_zone(network("10.1.2.0/23")), "");
  EXPECT_EQ(reverse_zone(network("0.0.0.0/0")), "in-addr.arpa");
  EXPECT_EQ(reverse_zone(network("2001:db8::/32")), "8.b.d.0.1.0.0.2.ip6.arpa");
  EXPECT_EQ(reverse_zone(network("2001:db8::/33")), "");
}

TEST(SubnetView, ARecordHasNoNumberThatDoesNotFit) {
  EXPECT_EQ(network_record(network("192.0.2.0/25")).json(),
            R"({"type":"network","network":"192.0.2.0/25","family":"ipv4","prefix":25,)"
            R"("netmask":"255.255.255.128","first":"192.0.2.0","last":"192.0.2.127",)"
            R"("addresses":128,"first_host":"192.0.2.1","last_host":"192.0.2.126","hosts":126,)"
            R"("broadcast":"192.0.2.127","reverse_zone":null,)"
            R"x("purpose":"documentation (TEST-NET-1)"})x");
  EXPECT_EQ(network_record(network("2a00::/64")).json(),
            R"({"type":"network","network":"2a00::/64","family":"ipv6","prefix":64,)"
            R"("netmask":"ffff:ffff:ffff:ffff::","first":"2a00::",)"
            R"("last":"2a00::ffff:ffff:ffff:ffff","addresses":null,"first_host":"2a00::",)"
            R"("last_host":"2a00::ffff:ffff:ffff:ffff","hosts":null,"broadcast":null,)"
            R"("reverse_zone":"0.0.0.0.0.0.0.0.0.0.0.0.0.0.a.2.ip6.arpa","purpose":null})");
}

}  // namespace
}  // namespace patchbay
