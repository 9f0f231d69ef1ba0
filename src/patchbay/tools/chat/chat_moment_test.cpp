#include "patchbay/tools/chat/chat_moment.hpp"

#include <gtest/gtest.h>

namespace patchbay {
namespace {

constexpr WallTime k_now{std::chrono::microseconds(1'772'368'200'000'000)};  // 2026-03-01T12:30Z

std::string read(std::string_view text) {
  const auto moment = parse_moment(text, k_now);
  return moment ? rfc3339(*moment) : "";
}

TEST(ChatMoment, IsADurationBeforeNow) {
  EXPECT_EQ(read("0"), rfc3339(k_now));
  EXPECT_EQ(read("1h"), "2026-03-01T11:30:00.000000Z");
  EXPECT_EQ(read("2d"), "2026-02-27T12:30:00.000000Z");
}

TEST(ChatMoment, IsADateInSeveralForms) {
  EXPECT_EQ(read("2026-03-01"), "2026-03-01T00:00:00.000000Z");
  EXPECT_EQ(read("2026-03-01 14:30"), "2026-03-01T14:30:00.000000Z");
  EXPECT_EQ(read("2026-03-01T14:30:05"), "2026-03-01T14:30:05.000000Z");
  EXPECT_EQ(read("2026-03-01T14:30:05.25Z"), "2026-03-01T14:30:05.250000Z");
  EXPECT_EQ(read("2026-03-01T14:30:05.1234567Z"), "2026-03-01T14:30:05.123456Z");
  EXPECT_EQ(read("2026-03-01T14:30+02:00"), "2026-03-01T12:30:00.000000Z");
  EXPECT_EQ(read("2026-03-01T14:30:00-03:30"), "2026-03-01T18:00:00.000000Z");
}

TEST(ChatMoment, IsNothingElse) {
  for (const char* text :
       {"", "soon", "2026", "2026-3-1", "2026-02-30", "2026-13-01", "1969-12-31", "2026-03-01T",
        "2026-03-01T25:00", "2026-03-01T14:30:", "2026-03-01T14:30:05.", "2026-03-01T14:30X",
        "2026-03-01T14:30Z ", "2026-03-01T14:30+2", "-1h", "1"}) {
    EXPECT_EQ(read(text), "") << text;
  }
}

}  // namespace
}  // namespace patchbay
