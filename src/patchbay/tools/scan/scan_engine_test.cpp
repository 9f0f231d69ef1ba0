#include "patchbay/tools/scan/scan_engine.hpp"

#include <gtest/gtest.h>

#include <vector>

namespace patchbay {
namespace {

IpSet set_of(std::initializer_list<const char*> texts) {
  std::vector<IpRange> ranges;
  for (const char* text : texts) ranges.push_back(*IpRange::parse(text));
  return IpSet(ranges);
}

const HostSplit k_both{.here = set_of({"127.0.0.1"}), .elsewhere = set_of({"192.0.2.1"})};
const HostSplit k_here{.here = set_of({"127.0.0.1"}), .elsewhere = {}};
const HostSplit k_elsewhere{.here = {}, .elsewhere = set_of({"192.0.2.1"})};

TEST(ScanEngine, WithoutAWishPacketsAskWhomTheyMay) {
  const EngineChoice may = engines_for(std::nullopt, k_both, true);
  EXPECT_EQ(may.elsewhere, TcpMethod::syn);
  EXPECT_EQ(may.here, TcpMethod::connect);
  const EngineChoice may_not = engines_for(std::nullopt, k_both, false);
  EXPECT_EQ(may_not.elsewhere, TcpMethod::connect);
  EXPECT_EQ(may_not.here, TcpMethod::connect);
  EXPECT_FALSE(may_not.takes_right);
}

TEST(ScanEngine, WhatTheKernelAsksForNobodyIsAskedByPacketsOfThisHostToo) {
  for (const TcpMethod method :
       {TcpMethod::ack, TcpMethod::fin, TcpMethod::null, TcpMethod::xmas}) {
    const EngineChoice choice = engines_for(method, k_both, true);
    EXPECT_EQ(choice.here, method);
    EXPECT_EQ(choice.elsewhere, method);
    EXPECT_TRUE(engines_for(method, k_here, false).takes_right);
  }
}

TEST(ScanEngine, ARightIsTakenOnlyForWhomPacketsAreSentTo) {
  EXPECT_FALSE(engines_for(TcpMethod::syn, k_here, false).takes_right);
  EXPECT_TRUE(engines_for(TcpMethod::syn, k_both, false).takes_right);
  EXPECT_TRUE(engines_for(TcpMethod::syn, k_elsewhere, false).takes_right);
  EXPECT_FALSE(engines_for(TcpMethod::connect, k_both, true).takes_right);
}

ScanPlan plan_for(std::optional<TcpMethod> wanted, const HostSplit& hosts, bool may_send = true) {
  ScanPlan plan;
  std::vector<IpRange> all = hosts.here.ranges();
  for (const IpRange& range : hosts.elsewhere.ranges()) all.push_back(range);
  plan.hosts = IpSet(all);
  note_engines(engines_for(wanted, hosts, may_send), hosts, plan);
  return plan;
}

TEST(ScanEngine, ThePlanSaysWhoIsAskedHow) {
  const ScanPlan mixed = plan_for(std::nullopt, k_both);
  EXPECT_EQ(mixed.method_for(*IpAddress::parse("127.0.0.1")), TcpMethod::connect);
  EXPECT_EQ(mixed.method_for(*IpAddress::parse("192.0.2.1")), TcpMethod::syn);
  EXPECT_EQ(engines_to_string(mixed),
            "packet (syn), and connect for 127.0.0.1: this host reaches itself by sockets");
  EXPECT_EQ(engines_to_string(plan_for(std::nullopt, k_here)),
            "connect: this host reaches itself by sockets");
  EXPECT_EQ(engines_to_string(plan_for(TcpMethod::ack, k_both)), "packet (ack)");
  const HostSplit more{.here = set_of({"127.0.0.1-127.0.0.3"}), .elsewhere = k_both.elsewhere};
  EXPECT_EQ(engines_to_string(plan_for(TcpMethod::syn, more)),
            "packet (syn), and connect for 3 addresses of this host: this host reaches itself by "
            "sockets");
}

TEST(ScanEngine, ThePlanSaysWhyConnectionsAsk) {
  const auto why = [](std::optional<TcpMethod> wanted, const HostSplit& hosts, bool may_send) {
    return plan_for(wanted, hosts, may_send).connects_why;
  };
  EXPECT_EQ(why(std::nullopt, k_elsewhere, false), "packets take the capability CAP_NET_RAW");
  EXPECT_EQ(why(std::nullopt, k_both, false), "packets take the capability CAP_NET_RAW");
  EXPECT_EQ(why(std::nullopt, k_here, false), "this host reaches itself by sockets");
  EXPECT_EQ(why(TcpMethod::syn, k_here, true), "this host reaches itself by sockets");
  EXPECT_EQ(why(TcpMethod::syn, k_both, true), "this host reaches itself by sockets");
  // Nobody is, or it is what was wanted.
  EXPECT_EQ(why(std::nullopt, k_elsewhere, true), "");
  EXPECT_EQ(why(TcpMethod::ack, k_both, true), "");
  EXPECT_EQ(why(TcpMethod::connect, k_both, true), "");
  EXPECT_EQ(why(TcpMethod::connect, k_here, false), "");
  EXPECT_EQ(why(std::nullopt, {}, true), "");
}

TEST(ScanEngine, EachHasAPlanOfItsOwn) {
  ScanPlan mixed = plan_for(std::nullopt, k_both);
  mixed.ports = {{ScanProtocol::tcp, 80}};
  const std::vector<ScanPlan> plans = plans_by_engine(mixed, k_both);
  ASSERT_EQ(plans.size(), 2U);
  EXPECT_EQ(plans[0].hosts.ranges(), k_both.here.ranges());
  EXPECT_EQ(plans[0].tcp, TcpMethod::connect);
  EXPECT_EQ(plans[1].hosts.ranges(), k_both.elsewhere.ranges());
  EXPECT_EQ(plans[1].tcp, TcpMethod::syn);
  for (const ScanPlan& plan : plans) {
    EXPECT_TRUE(plan.by_sockets.empty());
    EXPECT_EQ(plan.ports, mixed.ports);
  }
  EXPECT_EQ(plans_by_engine(plan_for(TcpMethod::ack, k_both), k_both).size(), 1U);
}

}  // namespace
}  // namespace patchbay
