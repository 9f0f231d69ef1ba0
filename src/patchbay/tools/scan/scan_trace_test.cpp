#include "patchbay/tools/scan/scan_trace.hpp"

#include <gtest/gtest.h>

#include <vector>

namespace patchbay {
namespace {

ScanPlan plan() {
  const IpRange ranges[] = {IpRange::parse("10.0.0.7").value(), IpRange::parse("fd00::7").value()};
  return {.hosts = IpSet(ranges), .ports = {{ScanProtocol::tcp, 22}, {ScanProtocol::ping, 0}}};
}

TEST(ScanTrace, HasALineForEachProbeAndEachAnswer) {
  const ScanPlan asked = plan();
  std::vector<std::string> lines;
  ScanTrace trace([&](const std::string& line) { lines.push_back(line); });
  const Instant start{5s};
  trace.sent(asked, {.target = asked.target_of(0, 0)}, start);
  trace.sent(asked, {.target = asked.target_of(1, 0), .attempt = 2}, start + 12'300us);
  trace.sent(asked, {.target = asked.target_of(1, 1)}, start + 1s);
  trace.answered(asked, asked.target_of(0, 0),
                 {.state = PortState::open,
                  .reason = AnswerReason::syn_ack,
                  .hop_limit = 64,
                  .round_trip = 210us},
                 start + 2s);
  trace.answered(asked, asked.target_of(1, 0),
                 {.state = PortState::filtered,
                  .reason = AnswerReason::admin_prohibited,
                  .by = IpAddress::parse("fd00::1").value(),
                  .attempt = 0},
                 start + 1234s);
  EXPECT_EQ(lines, (std::vector<std::string>{
                       "   0.0000 s  sent  tcp 10.0.0.7:22 by syn, try 1",
                       "   0.0123 s  sent  tcp [fd00::7]:22 by syn, try 2",
                       "   1.0000 s  sent  ping fd00::7, try 1",
                       "   2.0000 s  got   tcp 10.0.0.7:22 open: syn-ack, try 1, ttl 64, 210 µs",
                       "1234.0000 s  got   tcp [fd00::7]:22 filtered: admin-prohib from fd00::1",
                   }));
}

}  // namespace
}  // namespace patchbay
