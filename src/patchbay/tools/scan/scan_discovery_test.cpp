#include "patchbay/tools/scan/scan_discovery.hpp"

#include <gtest/gtest.h>

#include <string>

namespace patchbay {
namespace {

ScanPlan plan_of(TcpMethod method) {
  const IpRange range = IpRange::parse("10.0.0.0/29").value();
  return {.hosts = IpSet(std::span(&range, 1)),
          .ports = {{ScanProtocol::tcp, 8080}},
          .names = {{"10.0.0.1", "web1.lab"}},
          .tcp = method};
}

// "syn: ping/0 tcp/22, 1 first"
std::string text_of(const ScanPlan& plan) {
  std::string text = std::string(name_of(plan.tcp)) + ":";
  for (const ScanPort& port : plan.ports) {
    text += " " + std::string(name_of(port.protocol)) + "/" + std::to_string(port.number);
  }
  return text + ", " + std::to_string(plan.likely_ports) + " first";
}

std::vector<std::string> by_packets(const DiscoveryKinds& kinds) {
  std::vector<std::string> texts;
  for (const ScanPlan& plan : discovery_by_packets(plan_of(TcpMethod::syn), kinds)) {
    EXPECT_TRUE(plan.one_answer_is_enough);
    EXPECT_EQ(plan.host_count(), 8U);
    EXPECT_EQ(plan.names.size(), 1U);
    texts.push_back(text_of(plan));
  }
  return texts;
}

using Texts = std::vector<std::string>;

TEST(ScanDiscovery, UsuallyAsksInSeveralWaysAtOnce) {
  EXPECT_EQ(by_packets({}),
            Texts{"syn: neighbour/0 ping/0 tcp/443 tcp/80 tcp/22 tcp/445, 2 first"});
  EXPECT_EQ(text_of(discovery_by_connections(plan_of(TcpMethod::connect), {})),
            "connect: tcp/443 tcp/80 tcp/22 tcp/445, 1 first");
}

TEST(ScanDiscovery, AsksInNoOtherWayThanTheNamedOnes) {
  EXPECT_EQ(by_packets({.echo = true}), Texts{"syn: ping/0, 1 first"});
  EXPECT_EQ(by_packets({.neighbour = true}), Texts{"syn: neighbour/0, 1 first"});
  EXPECT_EQ(by_packets({.syn = {25, 26}}), Texts{"syn: tcp/25 tcp/26, 1 first"});
  EXPECT_EQ(by_packets({.ack = {80}}), Texts{"ack: tcp/80, 1 first"});
  EXPECT_EQ(by_packets({.udp = {33'434}}), Texts{"syn: udp/33434, 1 first"});
}

// A SYN and an ACK to the same port are two questions.
TEST(ScanDiscovery, KindsCanBeCombined) {
  EXPECT_EQ(by_packets({.echo = true, .syn = {80}, .ack = {80}, .udp = {53}}),
            (Texts{"syn: ping/0 tcp/80 udp/53, 1 first", "ack: tcp/80, 1 first"}));
}

std::string by_connections(const DiscoveryKinds& kinds) {
  return text_of(discovery_by_connections(plan_of(TcpMethod::syn), kinds));
}

TEST(ScanDiscovery, BySocketsOnlyPortsCanBeAsked) {
  for (const DiscoveryKinds& kinds :
       {DiscoveryKinds{.syn = {80}}, DiscoveryKinds{.udp = {53}}, DiscoveryKinds{}}) {
    EXPECT_FALSE(kinds.need_packets());
  }
  for (const DiscoveryKinds& kinds :
       {DiscoveryKinds{.echo = true}, DiscoveryKinds{.neighbour = true},
        DiscoveryKinds{.ack = {1}}}) {
    EXPECT_TRUE(kinds.need_packets());
    EXPECT_EQ(by_connections(kinds), by_connections({}));
  }
  EXPECT_EQ(by_connections({.echo = true, .syn = {7}}), "connect: tcp/7, 1 first");
  EXPECT_EQ(by_connections({.syn = {7}, .udp = {53}}), "connect: tcp/7 udp/53, 1 first");
  EXPECT_EQ(by_connections({.udp = {53, 54}}), "connect: udp/53 udp/54, 1 first");
  EXPECT_EQ(by_connections({.echo = true, .udp = {53}}),
            "connect: tcp/443 tcp/80 tcp/22 tcp/445 udp/53, 1 first");
}

}  // namespace
}  // namespace patchbay
