#include "patchbay/tools/scan/run/scan_findings.hpp"

#include <gtest/gtest.h>

#include "patchbay/tools/scan/run/scan_run_fixture.hpp"

namespace patchbay {
namespace {

ScanTarget target_of(const ScanPlan& plan, std::uint64_t host, std::uint16_t port) {
  return plan.target_of(host, port - 1U);
}

TEST(ScanFindings, TellsOpenPortsEachAndTheOthersTogether) {
  const ScanPlan plan = model_plan(2, 100);
  ScanFindings findings(plan);
  for (std::uint16_t port = 1; port <= 60; ++port) {
    findings.record(target_of(plan, 1, port),
                    {.state = PortState::closed, .reason = AnswerReason::reset});
  }
  findings.record(target_of(plan, 1, 80), {.state = PortState::open,
                                           .reason = AnswerReason::syn_ack,
                                           .hop_limit = 63,
                                           .attempt = 2,
                                           .round_trip = 250us,
                                           .zero_window = true});
  findings.record(target_of(plan, 1, 81), {.state = PortState::filtered,
                                           .reason = AnswerReason::admin_prohibited,
                                           .by = IpAddress::parse("192.0.2.1").value()});
  const HostReport report = findings.report(1);
  EXPECT_TRUE(report.answered);
  EXPECT_EQ(report.address.to_string(), "10.0.0.1");
  EXPECT_EQ(report.reason, AnswerReason::reset);
  EXPECT_EQ(report.round_trip, 250us);
  ASSERT_EQ(report.ports.size(), 2U);
  EXPECT_EQ(report.ports[0].port.number, 80);
  EXPECT_EQ(report.ports[0].answer.attempt, 2);
  EXPECT_EQ(report.ports[0].answer.hop_limit, 63);
  EXPECT_TRUE(report.ports[0].answer.zero_window);
  EXPECT_EQ(report.ports[1].answer.reason, AnswerReason::admin_prohibited);
  EXPECT_EQ(report.ports[1].answer.by->to_string(), "192.0.2.1");
  ASSERT_EQ(report.rest.size(), 2U);
  EXPECT_EQ(ranges_to_string(report.rest[0].ports), "1-60");
  EXPECT_EQ(report.rest[1].reason, AnswerReason::no_response);
  EXPECT_EQ(ranges_to_string(report.rest[1].ports), "61-79,82-100");
  EXPECT_FALSE(findings.report(0).answered);
}

TEST(ScanFindings, TheLastAnswerOfATargetHolds) {
  const ScanPlan plan = model_plan(1, 4);
  ScanFindings findings(plan);
  findings.record(2, {.state = PortState::filtered, .reason = AnswerReason::host_unreachable});
  EXPECT_EQ(findings.report(0).ports[2].answer.reason, AnswerReason::host_unreachable);
  findings.record(2, {.state = PortState::open, .reason = AnswerReason::syn_ack});
  EXPECT_EQ(findings.count(AnswerKind::filtered), 0U);
  EXPECT_EQ(findings.count(AnswerKind::open), 1U);
  EXPECT_EQ(findings.report(0).ports[2].answer.reason, AnswerReason::syn_ack);
}

TEST(ScanFindings, SilenceMeansWhatTheProbeMakesOfIt) {
  for (const auto& [method, state] : {std::pair(TcpMethod::syn, PortState::filtered),
                                      std::pair(TcpMethod::ack, PortState::filtered),
                                      std::pair(TcpMethod::fin, PortState::open_or_filtered)}) {
    ScanPlan plan = model_plan(1, 3);
    plan.tcp = method;
    plan.ports[2] = {ScanProtocol::udp, 53};
    ScanFindings findings(plan);
    findings.record(0,
                    {.state = method == TcpMethod::ack ? PortState::unfiltered : PortState::closed,
                     .reason = AnswerReason::reset});
    ScanTotals totals;
    findings.count_states(totals);
    EXPECT_EQ(totals.of(PortState::closed) + totals.of(PortState::unfiltered), 1U);
    EXPECT_EQ(totals.of(PortState::unfiltered), method == TcpMethod::ack ? 1U : 0U);
    const HostReport report = findings.report(0);
    EXPECT_EQ(report.ports[1].answer.state, state) << name_of(method);
    EXPECT_EQ(report.ports[2].answer.state, PortState::open_or_filtered);
  }
}

// The goal: 32 MB for a whole scan of a /16 and 1,000 ports, a quarter each of which is
// open, closed, silent and rejected; 19 of them are the program's, its libraries' and the ring's.
// Every eighth port of each has answered, which is when it takes the most.
TEST(ScanFindings, AQuarterOfEachKindTakesLittleMemory) {
  const ScanPlan plan = model_plan(65'536, 1'000);
  ScanFindings findings(plan);
  const ScanAnswer rejected{.state = PortState::filtered,
                            .reason = AnswerReason::admin_prohibited,
                            .by = IpAddress::parse("192.0.2.1").value(),
                            .round_trip = 250us};
  const ScanAnswer closed{.reason = AnswerReason::reset, .round_trip = 250us};
  const ScanAnswer opens{.state = PortState::open, .reason = AnswerReason::syn_ack};
  for (std::size_t port = 0; port < 1'000; port += 8) {
    for (std::uint64_t host = 0; host < 65'536; host += 4) {
      findings.record(plan.target_of(host, port), port < 16 ? opens : closed);
      findings.record(plan.target_of(host + 1, port), closed);
      findings.record(plan.target_of(host + 3, port), rejected);
    }
  }
  EXPECT_LE(findings.details().bytes(), 3'000'000U);
  EXPECT_LE(findings.bytes(), 12'500'000U);
  const HostReport last = findings.report(65'535);
  ASSERT_EQ(last.rest.size(), 2U);
  EXPECT_EQ(last.rest[1].reason, AnswerReason::admin_prohibited);
  EXPECT_EQ(last.rest[1].count, 125U);
  EXPECT_FALSE(last.answered) << "a router's word is not the host's";
  EXPECT_EQ(findings.open_ports(65'532), 2U);
}

// Whatever order the ports of a plan have, they are told in that of their numbers.
TEST(ScanFindings, TellsPortsInOrder) {
  ScanPlan plan = model_plan(1, 0);
  for (const int number : {443, 22, 8080, 7, 9, 8}) {
    plan.ports.push_back({ScanProtocol::tcp, static_cast<std::uint16_t>(number)});
  }
  plan.ports.push_back({ScanProtocol::udp, 1});
  plan.likely_ports = 3;
  const ScanFindings findings(plan);
  std::vector<int> numbers;
  for (const PortFinding& port : findings.report(0).ports) numbers.push_back(port.port.number);
  EXPECT_EQ(numbers, (std::vector<int>{7, 8, 9, 22, 443, 8080, 1}));
}

TEST(ScanFindings, WhatWasNotAskedIsNotToldOf) {
  const ScanPlan plan = model_plan(3, 20);
  ScanFindings findings(plan);
  findings.record(target_of(plan, 0, 1), {.reason = AnswerReason::reset});
  EXPECT_TRUE(findings.is_told_of(2));
  std::vector<bool> asked(plan.targets());
  for (std::uint16_t port = 1; port <= 3; ++port) asked[target_of(plan, 0, port)] = true;
  asked[target_of(plan, 1, 20)] = true;
  findings.restrict_to(asked);
  EXPECT_EQ(findings.targets(), 4U);
  EXPECT_EQ(findings.answered(), 1U);
  EXPECT_EQ(findings.report(0).ports.size(), 3U);
  EXPECT_TRUE(findings.is_told_of(1));
  EXPECT_FALSE(findings.is_told_of(2));
  ScanTotals totals;
  findings.count_states(totals);
  EXPECT_EQ(totals.of(PortState::closed), 1U);
  EXPECT_EQ(totals.of(PortState::filtered), 3U);
}

TEST(ScanFindings, AreRestoredAsTheyWere) {
  ScanPlan plan = model_plan(70, 40);
  plan.ports.push_back({ScanProtocol::udp, 53});
  ScanFindings first(plan);
  constexpr std::uint64_t seed = 5;
  std::mt19937_64 chance(seed);
  const IpAddress router = IpAddress::parse("192.0.2.1").value();
  for (ScanTarget target = 0; target < plan.targets(); ++target) {
    const std::uint64_t dice = chance() % 6;
    if (dice == 0)
      first.record(target, {.state = PortState::open, .reason = AnswerReason::syn_ack});
    if (dice == 1) first.record(target, {.reason = AnswerReason::reset});
    if (dice > 3) continue;
    if (dice == 2) {
      first.record(
          target,
          {.state = PortState::filtered, .reason = AnswerReason::host_unreachable, .by = router});
    }
    if (dice == 3) {
      first.record(target,
                   {.state = PortState::filtered, .reason = AnswerReason::admin_prohibited});
    }
  }
  ScanFindings second(plan);
  second.restore(first.map().words(), first.details().saved());
  EXPECT_EQ(second.answered(), first.answered());
  EXPECT_EQ(second.hosts_up(), first.hosts_up());
  ScanTotals before;
  ScanTotals after;
  first.count_states(before);
  second.count_states(after);
  EXPECT_EQ(after.states, before.states);
  for (std::uint64_t host = 0; host < plan.host_count(); ++host) {
    EXPECT_EQ(second.tally(host).answers, first.tally(host).answers) << host;
    const HostReport one = first.report(host);
    const HostReport other = second.report(host);
    EXPECT_EQ(other.answered, one.answered);
    ASSERT_EQ(other.ports.size(), one.ports.size());
    for (std::size_t i = 0; i < one.ports.size(); ++i) {
      EXPECT_EQ(other.ports[i].answer.state, one.ports[i].answer.state);
      EXPECT_EQ(other.ports[i].answer.reason, one.ports[i].answer.reason);
      EXPECT_EQ(other.ports[i].answer.by, one.ports[i].answer.by);
    }
  }
}

TEST(ScanFindings, OfManySpeakersNotAllAreKept) {
  const ScanPlan plan = model_plan(1, 3000);
  ScanFindings findings(plan);
  const IpNumber first = number_of(*IpAddress::parse("172.16.0.0"));
  for (ScanTarget target = 0; target < 3000; ++target) {
    findings.record(target, {.state = PortState::filtered,
                             .reason = AnswerReason::port_unreachable,
                             .by = address_of(first + target, Family::v4)});
  }
  EXPECT_EQ(findings.speakers().size(), 1024U);
  EXPECT_EQ(findings.report(0).rest.front().count, 3000U);
}

}  // namespace
}  // namespace patchbay
