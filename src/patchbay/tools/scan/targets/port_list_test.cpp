#include "patchbay/tools/scan/targets/port_list.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <set>
#include <span>

#include "patchbay/tools/scan/targets/port_names.hpp"

namespace patchbay {
namespace {

std::string told(const std::expected<PortList, Failure>& list) {
  if (!list) return list.error().what + " / " + list.error().why + " / " + list.error().remedy;
  std::string text;
  for (std::size_t i = 0; i < list->ports.size(); ++i) {
    if (i == list->likely) text += "| ";
    const ScanPort& port = list->ports[i];
    text += (port.protocol == ScanProtocol::udp ? "u" : "") + std::to_string(port.number) + " ";
  }
  return text;
}

std::string ports(const char* text, PortListOptions options = {}) {
  options.ports = text;
  return told(make_port_list(options));
}

TEST(PortList, LikelyOnesComeFirstInTheirOrder) {
  EXPECT_EQ(ports("22,80,443"), "443 80 22 ");
  EXPECT_EQ(ports("20-25"), "22 25 21 23 | 20 24 ");
  EXPECT_EQ(ports("4,2-3,2"), "| 2 3 4 ");
  EXPECT_EQ(ports(" 80 , 22 "), "80 22 ");
  EXPECT_EQ(ports("79-81,1000-1002"), "80 79 81 | 1000 1001 1002 ");
}

TEST(PortList, EndsMayBeLeftOut) {
  EXPECT_EQ(ports("-3"), "| 1 2 3 ");
  EXPECT_EQ(ports("65533-"), "| 65533 65534 65535 ");
  const auto all = make_port_list({.ports = "-"});
  ASSERT_TRUE(all);
  EXPECT_EQ(all->ports.size(), 65'535U);
  EXPECT_EQ(all->likely, common_ports(ScanProtocol::tcp).size());
  EXPECT_EQ(std::set(all->ports.begin(), all->ports.end()).size(), 65'535U);
  EXPECT_TRUE(std::is_sorted(all->ports.begin() + static_cast<std::ptrdiff_t>(all->likely),
                             all->ports.end()));
}

TEST(PortList, ProtocolsAreNamedOrTheScans) {
  EXPECT_EQ(ports("T:80,U:53"), "u53 80 ");
  EXPECT_EQ(ports("u:53,161,T:22,8"), "u53 u161 22 | 8 ");
  EXPECT_EQ(ports("80,U:7"), "80 | u7 ");
  EXPECT_EQ(ports("53", {.tcp = false, .udp = true}), "u53 ");
  EXPECT_EQ(ports("53", {.udp = true}), "u53 53 ");
  EXPECT_EQ(ports("T:53", {.tcp = false, .udp = true}), "53 ");
}

TEST(PortList, NamesStandForTheirPorts) {
  EXPECT_EQ(ports("http,ssh"), "80 22 ");
  EXPECT_EQ(ports("dns", {.udp = true}), "u53 53 ");
  EXPECT_EQ(ports("U:snmp,T:ms-wbt-server"), "u161 3389 ");
  EXPECT_EQ(ports("6a44", {.udp = true}), "| u1027 ");
}

TEST(PortList, RefusesWithTheFix) {
  EXPECT_EQ(ports("0"),
            "cannot use the port 0 / nothing can be reached at port 0 / write 1 to 65535");
  EXPECT_EQ(ports("22,0-100"),
            "cannot use the port 0-100 / nothing can be reached at port 0 / write 1-100");
  EXPECT_EQ(ports("65536"),
            "cannot use the port 65536 / the last port is 65535 / write 1 to 65535");
  EXPECT_EQ(ports("60000-70000"),
            "cannot use the port 60000-70000 / the last port is 65535 / write 60000-65535");
  EXPECT_EQ(ports("99999999999999999999"),
            "cannot use the port 99999999999999999999 / the last port is 65535 / write 1 to 65535");
  EXPECT_EQ(ports("100-20"),
            "cannot use the port 100-20 / the range ends before it begins / write 20-100");
  EXPECT_EQ(ports("1-2-3"),
            "cannot use the port 1-2-3 / a range has one dash / write it as 1000-2000");
  EXPECT_EQ(ports("htps"),
            "cannot use the port htps / no service of that name is known / write https");
  EXPECT_EQ(
      ports("qqqqqqqqqqqq"),
      "cannot use the port qqqqqqqqqqqq / no service of that name is known / give its number, "
      "as in -p 22,80,1000-2000");
  EXPECT_EQ(
      ports("tftp"),
      "cannot use the port tftp / it is 69/udp, and UDP is not asked for / write U:69, or add "
      "-sU");
  EXPECT_EQ(ports("U:ssh"),
            "cannot use the port ssh / it is 22/tcp, and TCP is not asked for / write T:22");
  for (const char* text :
       {"", ",", "22,", "T:", "X:80", "80;81", "+80", "0x50", "8 0", "\x1b[31m"}) {
    EXPECT_TRUE(ports(text).starts_with("cannot use the port ")) << text << ": " << ports(text);
  }
}

TEST(PortList, WithoutAnyTheCommonOnes) {
  const auto tcp = make_port_list({});
  ASSERT_TRUE(tcp);
  EXPECT_EQ(tcp->ports, common_ports(ScanProtocol::tcp));
  EXPECT_EQ(tcp->likely, tcp->ports.size());
  const auto both = make_port_list({.udp = true});
  ASSERT_TRUE(both);
  EXPECT_EQ(both->ports.size(), 160U);
  EXPECT_EQ(both->ports[0], common_ports(ScanProtocol::tcp)[0]);
  EXPECT_EQ(both->ports[1], common_ports(ScanProtocol::udp)[0]);
}

TEST(PortList, FastIsAHundred) {
  const auto tcp = make_port_list({.fast = true});
  ASSERT_TRUE(tcp);
  EXPECT_EQ(tcp->ports.size(), 100U);
  EXPECT_TRUE(
      std::ranges::equal(tcp->ports, std::span(common_ports(ScanProtocol::tcp)).first(100)));
  EXPECT_EQ(make_port_list({.tcp = false, .udp = true, .fast = true})->ports.size(), 40U);
}

TEST(PortList, TopGoesOnBehindTheCommonOnes) {
  EXPECT_EQ(told(make_port_list({.top = 3})), "443 80 22 ");
  const auto many = make_port_list({.top = 1'000});
  ASSERT_TRUE(many);
  EXPECT_EQ(many->ports.size(), 1'000U);
  EXPECT_EQ(many->likely, 120U);
  for (const ScanPort& port : known_ports(ScanProtocol::tcp)) {
    EXPECT_NE(std::ranges::find(many->ports, port), many->ports.end()) << port.number;
  }
  EXPECT_EQ(make_port_list({.top = 70'000})->ports.size(), 65'535U);
  EXPECT_EQ(told(make_port_list({.top = 0})),
            "cannot scan: no port is left / none is asked for / -p 22,80,443");
}

TEST(PortList, ExcludedOnesAreNotAsked) {
  EXPECT_EQ(ports("20-25", {.exclude = {"22-24", "20"}}), "25 21 ");
  EXPECT_EQ(ports("53,T:80", {.udp = true, .exclude = {"U:53,161", "http"}}), "53 ");
  EXPECT_EQ(ports("53", {.udp = true, .exclude = {"53"}}),
            "cannot scan: no port is left / all that are named are excluded / name other ports, or "
            "exclude less");
  EXPECT_EQ(ports("80", {.exclude = {"0"}}),
            "cannot use the port 0 / nothing can be reached at port 0 / write 1 to 65535");
}

}  // namespace
}  // namespace patchbay
