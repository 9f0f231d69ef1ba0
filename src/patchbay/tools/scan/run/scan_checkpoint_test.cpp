#include "patchbay/tools/scan/run/scan_checkpoint.hpp"

#include <gtest/gtest.h>

#include "patchbay/tools/scan/run/scan_checkpoint_fixture.hpp"
#include "patchbay/tools/scan/run/scan_run_fixture.hpp"
#include "patchbay/tools/scan/scan_part.hpp"

namespace patchbay {
namespace {

ScanCheckpoint sample() {
  ScanPlan plan = model_plan(3, 40, 5);
  plan.names["10.0.0.1"] = "web1.lab";
  plan.ports.push_back({ScanProtocol::udp, 53});
  plan.tcp = TcpMethod::ack;
  CountingListener listener;
  ScanRun run(plan, {}, listener, 77, {.index = 1, .count = 3});
  run.next(Instant(1s));
  run.answered(5, {.state = PortState::open, .reason = AnswerReason::syn_ack, .round_trip = 3ms},
               Instant(1s));
  run.answered(6,
               {.state = PortState::filtered,
                .reason = AnswerReason::admin_prohibited,
                .by = IpAddress::parse("2001:db8::1").value()},
               Instant(1s));
  return checkpoint_of(run, {.seed = 77, .shard = {.index = 1, .count = 3}});
}

TEST(ScanCheckpoint, IsReadAsItWasWritten) {
  ScanCheckpoint before = sample();
  before.is_undiscovered = true;
  const auto after = ScanCheckpoint::parse(text_of(before));
  ASSERT_TRUE(after);
  EXPECT_EQ(after->plan.hosts.ranges(), before.plan.hosts.ranges());
  EXPECT_EQ(after->plan.ports, before.plan.ports);
  EXPECT_EQ(after->plan.likely_ports, 5U);
  EXPECT_EQ(after->plan.names, before.plan.names);
  EXPECT_EQ(after->plan.tcp, TcpMethod::ack);
  EXPECT_EQ(after->seed, 77U);
  EXPECT_EQ(after->shard.count, 3U);
  EXPECT_EQ(after->position.likely_steps, before.position.likely_steps);
  EXPECT_EQ(after->position.losses.all.counts(), (std::vector<std::uint64_t>{0, 0, 1}));
  EXPECT_EQ(after->position.losses.open.counts(), (std::vector<std::uint64_t>{0, 0, 1}));
  EXPECT_EQ(after->answers, before.answers);
  ASSERT_EQ(after->details.details.size(), 2U);
  EXPECT_EQ(after->details.details[0].round_trip_us, 3000U);
  ASSERT_EQ(after->details.rejections.size(), 1U);
  EXPECT_EQ(after->details.rejections[0].host, before.details.rejections[0].host);
  EXPECT_EQ(after->details.rejections[0].by, 1U);
  EXPECT_EQ(after->details.speakers, before.details.speakers);
  EXPECT_TRUE(after->is_undiscovered);
}

// A router that rejects most of what is asked: its word is there after the file too.
TEST(ScanCheckpoint, KeepsWhoRejectedWhat) {
  const ScanPlan plan = model_plan(2, 70'000 / 2);
  CountingListener listener;
  ScanRun run(plan, {}, listener, 77);
  run.next(Instant(1s));
  for (ScanTarget target = 0; target < plan.targets(); ++target) {
    run.answered(target,
                 {.state = PortState::filtered,
                  .reason = AnswerReason::admin_prohibited,
                  .by = IpAddress::parse("192.0.2.1").value()},
                 Instant(1s));
  }
  const auto file = ScanCheckpoint::parse(checkpoint_text(run, {.seed = 77}));
  ASSERT_TRUE(file);
  ScanPart part(*file, {}, listener);
  const ScanRun& second = part.run();
  for (std::uint64_t host = 0; host < 2; ++host) {
    const HostReport report = second.report(host);
    ASSERT_EQ(report.rest.size(), 1U);
    EXPECT_EQ(report.rest[0].reason, AnswerReason::admin_prohibited);
    EXPECT_EQ(report.rest[0].count, 35'000U);
  }
  EXPECT_TRUE(part.run().finished(Instant(2s)));
}

// Of a network that is mostly silent the file is small, and what it claims to hold is not believed
// before it is counted.
TEST(ScanCheckpoint, ASilentNetworkTakesLittle) {
  const ScanPlan plan = model_plan(1 << 20, 4);
  CountingListener listener;
  ScanRun run(plan, {}, listener, 77);
  for (ScanTarget target = 5; target < plan.targets(); target += 4'000) {
    run.answered(target, {.reason = AnswerReason::reset}, Instant(1s));
  }
  const std::string text = checkpoint_text(run, {.seed = 77});
  EXPECT_LT(text.size(), 10'000U) << "a megabyte without runs";
  const auto file = ScanCheckpoint::parse(text);
  ASSERT_TRUE(file);
  EXPECT_EQ(file->words(), run.findings().map().words());
}

// The other way round: however much there is, it is never held in one piece.
TEST(ScanCheckpoint, ALargeOneComesInPieces) {
  const ScanPlan plan = model_plan(1'000, 500);
  CountingListener listener;
  ScanRun run(plan, {}, listener, 77);
  for (ScanTarget target = 0; target < plan.targets(); ++target) {
    // No two in a row are alike.
    const bool opens = target * 0x9e37'79b9'7f4a'7c15 >> 63 == 0;
    run.answered(target,
                 {.state = opens ? PortState::open : PortState::closed,
                  .reason = opens ? AnswerReason::syn_ack : AnswerReason::reset},
                 Instant(1s));
  }
  std::size_t largest = 0;
  std::string text;
  write_checkpoint(run, {.seed = 77}, [&](std::string_view piece) {
    largest = std::max(largest, piece.size());
    text += piece;
  });
  EXPECT_GT(text.size(), 4'000'000U);
  EXPECT_LE(largest, 128U * 1024);
  const auto file = ScanCheckpoint::parse(text);
  ASSERT_TRUE(file);
  EXPECT_EQ(file->words(), run.findings().map().words());
  EXPECT_EQ(file->details.details.size(), run.findings().details().details().size());
  EXPECT_EQ(text_of(*file), text);
}

TEST(ScanCheckpoint, AnotherLineIsNone) {
  EXPECT_FALSE(ScanCheckpoint::parse("{\"type\":\"start\"}"));
  EXPECT_FALSE(ScanCheckpoint::parse(""));
  EXPECT_FALSE(ScanCheckpoint::parse("[[[["));
}

// Whatever is cut off or changed: it is refused, or it is a checkpoint that holds together.
TEST(ScanCheckpoint, BrokenOnesAreRefused) {
  const std::string whole = text_of(sample());
  for (std::size_t size = 0; size + 2 < whole.size(); ++size) {
    EXPECT_FALSE(ScanCheckpoint::parse(whole.substr(0, size))) << size;
  }
  const auto replaced = [&](std::string_view from, std::string_view to) {
    std::string text = whole;
    const auto at = text.find(from);
    EXPECT_NE(at, std::string::npos) << from;
    text.replace(at, from.size(), to);
    return ScanCheckpoint::parse(text);
  };
  EXPECT_FALSE(replaced("\"type\":\"part\"", "\"type\":\"whole\""));
  EXPECT_FALSE(replaced("\"shard\":[1,3]", "\"shard\":[3,3]"));
  EXPECT_FALSE(replaced("\"likely_ports\":5", "\"likely_ports\":500"));
  EXPECT_FALSE(replaced("\"method\":2", "\"method\":9"));
  EXPECT_FALSE(replaced("\"method\":2", "\"method\":-1"));
  EXPECT_FALSE(replaced("\"seed\":77", "\"seed\":106685822346546052436"));
  EXPECT_FALSE(replaced("\"seed\":77", "\"seed\":7.5"));
  EXPECT_FALSE(replaced("\"is_undiscovered\":false", "\"is_undiscovered\":7"));
  EXPECT_FALSE(replaced("\"is_whole\":false", "\"is_whole\":7"));
  EXPECT_FALSE(replaced("\"wasted\":0", "\"wasted\":1"));
  EXPECT_FALSE(replaced("\"losses\":[0,0,1]", "\"losses\":[]"));
  EXPECT_FALSE(replaced("\"losses\":[0,0,1]", "\"losses\":7"));
  EXPECT_FALSE(replaced("\"open_losses\":[0,0,1]", "\"open_losses\":[0,1]"));
  EXPECT_FALSE(replaced("10.0.0.0-10.0.0.2", "10.0.0.0-10.0.200.2"));
  EXPECT_FALSE(replaced("10.0.0.0-10.0.0.2", "0.0.0.0-255.255.255.255"));
}

}  // namespace
}  // namespace patchbay
