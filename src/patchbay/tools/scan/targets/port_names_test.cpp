#include "patchbay/tools/scan/targets/port_names.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <set>

#include "patchbay/tools/scan/ports_table.hpp"

namespace patchbay {
namespace {

constexpr ScanPort tcp(std::uint16_t number) { return {ScanProtocol::tcp, number}; }
constexpr ScanPort udp(std::uint16_t number) { return {ScanProtocol::udp, number}; }

TEST(PortNames, EveryRowIsFound) {
  std::size_t found = 0;
  for (const auto& row : tables::k_ports) {
    const auto slash = row.port.find('/');
    const int number = std::stoi(std::string(row.port.substr(0, slash)));
    ASSERT_TRUE(number >= 1 && number <= 65'535) << row.port;
    const ScanPort port{row.port.substr(slash + 1) == "udp" ? ScanProtocol::udp : ScanProtocol::tcp,
                        static_cast<std::uint16_t>(number)};
    EXPECT_EQ(service_name(port), row.name);
    const auto named = ports_named(row.name);
    EXPECT_NE(std::ranges::find(named, port), named.end()) << row.port;
    EXPECT_EQ(care_of(port) == PortCare::printer, row.care == "printer");
    EXPECT_EQ(care_of(port) == PortCare::industrial, row.care == "industrial");
    ++found;
  }
  EXPECT_GE(found, 900U);
  EXPECT_EQ(known_ports(ScanProtocol::tcp).size() + known_ports(ScanProtocol::udp).size(), found);
}

TEST(PortNames, OursComesBeforeIana) {
  EXPECT_EQ(service_name(tcp(22)), "ssh");
  EXPECT_EQ(service_name(tcp(443)), "https");
  EXPECT_EQ(service_name(udp(53)), "domain");
  EXPECT_EQ(service_name(tcp(6379)), "redis");
  EXPECT_EQ(service_name(tcp(9200)), "elasticsearch");
  EXPECT_EQ(service_name(tcp(6443)), "kube-api");
  EXPECT_EQ(service_name(udp(51820)), "wireguard");
  EXPECT_EQ(service_name(tcp(65'535)), "");
  EXPECT_EQ(service_name({ScanProtocol::ping, 0}), "");
}

TEST(PortNames, ANameMayHaveManyPorts) {
  EXPECT_EQ(ports_named("ssh"), std::vector{tcp(22)});
  EXPECT_EQ(ports_named("Domain"), (std::vector{tcp(53), udp(53)}));
  const auto alternatives = ports_named("http-alt");
  EXPECT_GT(alternatives.size(), 3U);
  EXPECT_TRUE(std::ranges::is_sorted(alternatives));
  EXPECT_TRUE(ports_named("no-such-service").empty());
  EXPECT_TRUE(ports_named("").empty());
}

TEST(PortNames, WhatPeopleSayIsKnownToo) {
  EXPECT_EQ(ports_named("dns"), (std::vector{tcp(53), udp(53)}));
  EXPECT_EQ(ports_named("RDP"), (std::vector{tcp(3389), udp(3389)}));
  for (const char* name :
       {"smb",       "postgres", "modbus", "s7",          "dnp3",    "bacnet-ip",  "ethernet-ip",
        "mssql",     "oracle",   "vnc",    "rpcbind",     "smtps",   "kubernetes", "jetdirect",
        "memcached", "ike",      "upnp",   "winrm-https", "dns-tls", "s7"}) {
    EXPECT_FALSE(ports_named(name).empty()) << name;
  }
}

TEST(PortNames, NearNamesAreOffered) {
  EXPECT_EQ(nearest_port_name("htps"), "https");
  EXPECT_EQ(nearest_port_name("postgress"), "postgres");
  EXPECT_EQ(nearest_port_name("zzzzzzzz"), "");
}

// What must not be spoken to unasked.
TEST(PortNames, PrintersAndMachinesAreMarked) {
  for (std::uint16_t number = 9100; number <= 9107; ++number) {
    EXPECT_EQ(care_of(tcp(number)), PortCare::printer) << number;
  }
  using Numbers = std::vector<std::uint16_t>;
  for (const auto number : Numbers{102, 502, 789, 802, 1911, 1962, 2404, 4840, 4911, 5007, 5094,
                                   9600, 11740, 18245, 20000, 20547, 34964, 44818, 48898}) {
    EXPECT_EQ(care_of(tcp(number)), PortCare::industrial) << number;
  }
  for (const auto number : Numbers{2222, 5006, 9600, 20000, 28784, 34964, 44818, 47808}) {
    EXPECT_EQ(care_of(udp(number)), PortCare::industrial) << number;
  }
  for (const auto number : Numbers{22, 80, 443, 515, 631, 2222, 9099, 9108}) {
    EXPECT_EQ(care_of(tcp(number)), PortCare::none) << number;
  }
}

TEST(PortNames, CommonOnesHaveAnOrderWithoutGaps) {
  for (const auto& [protocol, size] :
       {std::pair{ScanProtocol::tcp, 120U}, std::pair{ScanProtocol::udp, 40U}}) {
    const auto& common = common_ports(protocol);
    EXPECT_EQ(common.size(), size);
    std::set<std::string> ranks;
    for (const auto& row : tables::k_ports) {
      if (row.port.ends_with(name_of(protocol)) && row.rank != "-") ranks.emplace(row.rank);
    }
    ASSERT_EQ(ranks.size(), size);
    for (unsigned rank = 1; rank <= size; ++rank) EXPECT_TRUE(ranks.contains(std::to_string(rank)));
    EXPECT_EQ(std::set(common.begin(), common.end()).size(), size);
  }
  EXPECT_EQ(common_ports(ScanProtocol::tcp).front(), tcp(443));
  EXPECT_EQ(common_ports(ScanProtocol::udp).front(), udp(53));
  EXPECT_TRUE(common_ports(ScanProtocol::ping).empty());
}

}  // namespace
}  // namespace patchbay
