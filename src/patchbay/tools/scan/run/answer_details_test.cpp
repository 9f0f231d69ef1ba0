#include "patchbay/tools/scan/run/answer_details.hpp"

#include <gtest/gtest.h>

#include "patchbay/tools/scan/run/scan_run_fixture.hpp"

namespace patchbay {
namespace {

const IpAddress k_router = IpAddress::parse("192.0.2.1").value();
const IpAddress k_other = IpAddress::parse("192.0.2.2").value();

ScanAnswer rejection(AnswerReason reason, const IpAddress& by) {
  return {.state = PortState::filtered,
          .reason = reason,
          .by = by,
          .hop_limit = 63,
          .round_trip = 250us};
}

ScanAnswer told(const AnswerDetails& details, std::uint64_t host, std::size_t port) {
  ScanAnswer answer{.state = PortState::filtered, .reason = AnswerReason::other_unreachable};
  details.tell(answer, host, port, details.of(host));
  return answer;
}

// So many that no further one is kept where its host's record says as much.
void fill(AnswerDetails& details, std::uint64_t host) {
  for (std::size_t port = 0; port < AnswerDetails::k_most_repeated; ++port) {
    details.keep(host, port, {.state = PortState::open}, true);
  }
}

TEST(AnswerDetails, AHostIsToldOfByItsRecord) {
  AnswerDetails details(3, 70'000);
  fill(details, 0);
  const std::size_t before = details.of(0).size();
  for (std::size_t port = 0; port < 1'000; ++port) {
    details.keep(1, port, rejection(AnswerReason::admin_prohibited, k_router), true);
  }
  details.keep(1, 1'000, rejection(AnswerReason::host_unreachable, k_router), true);
  details.keep(1, 1'001, rejection(AnswerReason::admin_prohibited, k_other), true);
  EXPECT_EQ(before, AnswerDetails::k_most_repeated);
  EXPECT_EQ(details.of(1).size(), 2U) << "only those that differ";
  EXPECT_EQ(told(details, 1, 500).reason, AnswerReason::admin_prohibited);
  EXPECT_EQ(told(details, 1, 500).by, k_router);
  EXPECT_FALSE(told(details, 1, 500).round_trip);
  EXPECT_EQ(told(details, 1, 1'000).reason, AnswerReason::host_unreachable);
  EXPECT_EQ(told(details, 1, 1'000).round_trip, 250us);
  EXPECT_EQ(told(details, 1, 1'001).by, k_other);
  EXPECT_EQ(told(details, 2, 0).reason, AnswerReason::other_unreachable) << "nobody has spoken";
}

TEST(AnswerDetails, OfFewAllIsKept) {
  AnswerDetails details(2, 100);
  for (std::size_t port = 0; port < 50; ++port) {
    details.keep(1, port, rejection(AnswerReason::admin_prohibited, k_router), true);
  }
  EXPECT_EQ(details.of(1).size(), 50U);
  EXPECT_EQ(told(details, 1, 49).round_trip, 250us);
  EXPECT_EQ(told(details, 1, 49).hop_limit, 63);
  EXPECT_TRUE(details.of(0).empty());
}

// A port that a router rejected first, and whose host answered after all.
TEST(AnswerDetails, WhatATargetSaysLaterIsKeptInPlaceOfIt) {
  AnswerDetails details(2, 70'000);
  fill(details, 0);
  const ScanAnswer opens{.state = PortState::open, .reason = AnswerReason::syn_ack, .attempt = 2};
  details.keep(1, 7, rejection(AnswerReason::admin_prohibited, k_router), true);
  details.keep(1, 8, rejection(AnswerReason::host_unreachable, k_router), true);
  ASSERT_EQ(details.of(1).size(), 1U);
  details.keep(1, 7, opens, false);
  details.keep(1, 8, opens, false);
  ASSERT_EQ(details.of(1).size(), 2U);
  for (const AnswerDetails::Detail& detail : details.of(1)) EXPECT_EQ(detail.attempt, 2U);
}

// Whoever sends another word for each port fills the room, and blames nobody by it.
TEST(AnswerDetails, WhatHasNoRoomIsNobodysWord) {
  AnswerDetails details(2, 70'000);
  details.keep(1, 0, rejection(AnswerReason::admin_prohibited, k_router), true);
  AnswerDetails::Saved full = details.saved();
  full.details.resize(AnswerDetails::k_most, full.details.front());
  details.restore(full);
  details.keep(1, 1, rejection(AnswerReason::admin_prohibited, k_router), true);
  EXPECT_EQ(told(details, 1, 1).by, k_router);
  details.keep(1, 2, rejection(AnswerReason::admin_prohibited, k_other), true);
  EXPECT_EQ(told(details, 1, 2).reason, AnswerReason::other_unreachable);
  EXPECT_FALSE(told(details, 1, 2).by);
}

TEST(AnswerDetails, AreRestoredAsTheyWere) {
  AnswerDetails details(3, 70'000);
  fill(details, 0);
  for (std::size_t port = 0; port < 20; ++port) {
    details.keep(2, port, rejection(AnswerReason::admin_prohibited, k_router), true);
  }
  details.keep(2, 20, rejection(AnswerReason::port_unreachable, k_other), true);
  const AnswerDetails::Saved saved = details.saved();
  ASSERT_EQ(saved.rejections.size(), 1U);
  EXPECT_TRUE(AnswerDetails::fits(saved, 3, 70'000));
  AnswerDetails again(3, 70'000);
  again.restore(saved);
  EXPECT_EQ(told(again, 2, 19).reason, AnswerReason::admin_prohibited);
  EXPECT_EQ(told(again, 2, 19).by, k_router);
  EXPECT_EQ(told(again, 2, 20).by, k_other);
  EXPECT_EQ(told(again, 1, 0).reason, AnswerReason::other_unreachable);
}

TEST(AnswerDetails, WhatIsOutOfRangeDoesNotFit) {
  AnswerDetails details(3, 10);
  details.keep(2, 9, rejection(AnswerReason::admin_prohibited, k_router), true);
  const AnswerDetails::Saved saved = details.saved();
  EXPECT_TRUE(AnswerDetails::fits(saved, 3, 10));
  EXPECT_FALSE(AnswerDetails::fits(saved, 2, 10)) << "a host too many";
  EXPECT_FALSE(AnswerDetails::fits(saved, AnswerDetails::k_most_hosts + 1, 10)) << "no records";
  const auto changed = [&](auto change) {
    AnswerDetails::Saved other = saved;
    change(other);
    return AnswerDetails::fits(other, 3, 10);
  };
  EXPECT_FALSE(changed([](auto& other) { other.details[0].place = 30; }));
  EXPECT_FALSE(changed([](auto& other) { other.details[0].by = 2; }));
  EXPECT_FALSE(changed([](auto& other) { other.details[0].reason = 200; }));
  EXPECT_FALSE(changed([](auto& other) { other.rejections[0].host = 3; }));
  EXPECT_FALSE(changed([](auto& other) { other.rejections[0].by = 2; }));
  EXPECT_FALSE(changed([](auto& other) { other.rejections[0].reason = 200; }));
  EXPECT_FALSE(changed([](auto& other) { other.speakers.resize(2'000); }));
}

}  // namespace
}  // namespace patchbay
