#include "patchbay/tools/echo/services.hpp"

#include <gtest/gtest.h>

#include <algorithm>

namespace patchbay {
namespace {

using namespace std::chrono;
using namespace std::string_view_literals;

system_clock::time_point at(year_month_day day, seconds time) { return sys_days(day) + time; }

TEST(Services, CharactersAreThoseOfRfc864) {
  const std::string_view pattern = chargen_pattern();
  const auto line = [&](std::size_t index) { return pattern.substr(index * 74, 74); };
  EXPECT_EQ(line(0), R"( !"#$%&'()*+,-./0123456789:;<=>?@ABCDEFGHIJKLMNOPQRSTUVWXYZ[\]^_`abcdefg)"
                     "\r\n");
  EXPECT_EQ(line(1).substr(0, 3), "!\"#"sv);
  EXPECT_EQ(line(24).substr(68), "|}~ \r\n"sv) << "after the last character comes the first";
  EXPECT_TRUE(std::ranges::all_of(
      pattern, [](char c) { return (c >= ' ' && c <= '~') || c == '\r' || c == '\n'; }));
}

TEST(Services, TheCharactersRepeatSeamlessly) {
  const std::string_view pattern = chargen_pattern();
  constexpr std::size_t round = 95 * 74;
  ASSERT_EQ(pattern.size() % round, 0U);
  EXPECT_EQ(pattern.substr(0, round), pattern.substr(pattern.size() - round));
}

TEST(Services, ADatagramOfCharactersHasUpTo512) {
  EXPECT_EQ(chargen_datagram(0).size(), 0U);
  EXPECT_EQ(chargen_datagram(512).size(), 512U);
  EXPECT_EQ(chargen_datagram(513).size(), 0U);
  EXPECT_LE(chargen_datagram(~std::uint64_t{0}).size(), 512U);
}

TEST(Services, DaytimeIsOneLine) {
  EXPECT_EQ(daytime_line(at(2022y / 2 / 22, 17h + 37min + 43s)),
            "Tuesday, February 22, 2022 17:37:43-UTC\r\n");
}

TEST(Services, TimeCountsFrom1900AsTheExamplesOfRfc868) {
  const auto number = [](system_clock::time_point now) {
    std::uint32_t value = 0;
    for (const std::byte byte : time_number(now))
      value = value << 8 | std::to_integer<std::uint32_t>(byte);
    return value;
  };
  EXPECT_EQ(number(at(1970y / 1 / 1, 0s)), 2'208'988'800U);
  EXPECT_EQ(number(at(1976y / 1 / 1, 0s)), 2'398'291'200U);
  EXPECT_EQ(number(at(1980y / 1 / 1, 0s)), 2'524'521'600U);
  EXPECT_EQ(number(at(1983y / 5 / 1, 0s)), 2'629'584'000U);
  EXPECT_EQ(number(at(2036y / 2 / 7, 6h + 28min + 16s)), 0U) << "it wraps around";
}

}  // namespace
}  // namespace patchbay
