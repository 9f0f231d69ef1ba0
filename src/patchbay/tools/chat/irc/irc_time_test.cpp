#include "patchbay/tools/chat/irc/irc_time.hpp"

#include <gtest/gtest.h>

namespace patchbay {
namespace {

using std::chrono::microseconds;
using std::chrono::sys_days;

// 2026-03-01, noon.
constexpr WallTime k_noon = sys_days(std::chrono::year(2026) / 3 / 1) + 12h;

std::string written(WallTime time) {
  std::string out = "at ";
  append_irc_time(out, time);
  return out;
}

TEST(IrcTime, IsWrittenInMilliseconds) {
  EXPECT_EQ(written(k_noon), "at 2026-03-01T12:00:00.000Z");
  EXPECT_EQ(written(k_noon + microseconds(123'999)), "at 2026-03-01T12:00:00.123Z");
  EXPECT_EQ(written(WallTime{}), "at 1970-01-01T00:00:00.000Z");
  EXPECT_EQ(written(WallTime{} - microseconds(1)), "at 1969-12-31T23:59:59.999Z");
}

TEST(IrcTime, IsReadAgain) {
  EXPECT_EQ(parse_irc_time("2026-03-01T12:00:00.123Z"), k_noon + microseconds(123'000));
  EXPECT_EQ(parse_irc_time("2026-03-01T12:00:00Z"), k_noon);
  EXPECT_EQ(parse_irc_time("2026-03-01T12:00:00.5Z"), k_noon + microseconds(500'000));
  EXPECT_EQ(parse_irc_time("2026-03-01T12:00:00.000001999Z"), k_noon + microseconds(1));
  EXPECT_EQ(parse_irc_time("2026-03-01T11:59:60Z"), k_noon - 1s);
  EXPECT_EQ(parse_irc_time("2024-02-29T00:00:00.000Z"), sys_days(std::chrono::year(2024) / 2 / 29));
}

TEST(IrcTime, OtherTextIsNone) {
  for (const std::string_view text : {"",
                                      "*",
                                      "2026",
                                      "2026-03-01",
                                      "2026-03-01T12:00:00",
                                      "2026-03-01T12:00:00.",
                                      "2026-03-01T12:00:00.Z",
                                      "2026-03-01T12:00:00.123",
                                      "2026-03-01T12:00:00.123z",
                                      "2026-03-01T12:00:00.12x4Z",
                                      "2026-03-01T12:00:00.1234567890Z",
                                      "2026-03-01T12:00:00ZZ",
                                      "2026-03-01 12:00:00Z",
                                      "2026-02-29T00:00:00Z",
                                      "2026-13-01T00:00:00Z",
                                      "2026-00-01T00:00:00Z",
                                      "2026-03-01T24:00:00Z",
                                      "2026-03-01T12:60:00Z",
                                      "2026-03-01T12:00:61Z",
                                      "-026-03-01T12:00:00Z",
                                      "2026-03-01T12:00:+1Z"}) {
    EXPECT_FALSE(parse_irc_time(text)) << text;
  }
}

}  // namespace
}  // namespace patchbay
