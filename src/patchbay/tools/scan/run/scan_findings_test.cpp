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
