#include "patchbay/wire/http_range.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <limits>
#include <random>

namespace patchbay {
namespace {

constexpr std::uint64_t k_size = 10'000;  // as the examples of RFC 9110 section 14.1.2 have it
constexpr std::size_t k_limit = 16;

using Ranges = std::vector<ByteRange>;

RangeAnswer read(std::string_view field, std::uint64_t size = k_size) {
  return read_ranges(field, size, k_limit);
}

void expect_ranges(std::string_view field, const Ranges& expected) {
  const RangeAnswer answer = read(field);
  EXPECT_EQ(answer.verdict, RangeVerdict::partial) << field;
  EXPECT_EQ(answer.ranges, expected) << field;
}

void expect_verdict(std::string_view field, RangeVerdict expected, std::uint64_t size = k_size) {
  const RangeAnswer answer = read(field, size);
  EXPECT_EQ(answer.verdict, expected) << field;
  EXPECT_TRUE(answer.ranges.empty()) << field;
}

TEST(HttpRange, ReadsTheExamplesOfTheRfc) {
  expect_ranges("bytes=0-499", {{0, 500}});
  expect_ranges("bytes=500-999", {{500, 500}});
  expect_ranges("bytes=-500", {{9500, 500}});
  expect_ranges("bytes=9500-", {{9500, 500}});
  expect_ranges("bytes=0-0,-1", {{0, 1}, {9999, 1}});
  expect_ranges("bytes= 0-999, 4500-5499, -1000", {{0, 1000}, {4500, 1000}, {9000, 1000}});
  expect_ranges("bytes=500-600,601-999", {{500, 500}});
  expect_ranges("bytes=500-700,601-999", {{500, 500}});
}

TEST(HttpRange, CutsAtTheEnd) {
  expect_ranges("bytes=0-", {{0, 10'000}});
  expect_ranges("bytes=0-9999", {{0, 10'000}});
  expect_ranges("bytes=0-10000", {{0, 10'000}});
  expect_ranges("bytes=9999-9999", {{9999, 1}});
  expect_ranges("bytes=-10000", {{0, 10'000}});
  expect_ranges("bytes=-10001", {{0, 10'000}});
}

TEST(HttpRange, CountsBeyondSixtyFourBitsWithoutTurningRound) {
  expect_ranges("bytes=0-18446744073709551615", {{0, 10'000}});
  expect_ranges("bytes=0-18446744073709551616", {{0, 10'000}});
  expect_ranges("bytes=1-99999999999999999999999999999999", {{1, 9'999}});
  expect_ranges("bytes=-99999999999999999999999999999999", {{0, 10'000}});
  expect_verdict("bytes=18446744073709551616-", RangeVerdict::unsatisfiable);
  expect_verdict("bytes=99999999999999999999-99999999999999999999", RangeVerdict::unsatisfiable);
  const std::uint64_t most = std::numeric_limits<std::uint64_t>::max();
  EXPECT_EQ(read("bytes=1-", most).ranges, (Ranges{{1, most - 1}}));
}

TEST(HttpRange, IsUnsatisfiableBehindTheEnd) {
  expect_verdict("bytes=10000-", RangeVerdict::unsatisfiable);
  expect_verdict("bytes=10000-10001,20000-", RangeVerdict::unsatisfiable);
  expect_verdict("bytes=-0", RangeVerdict::unsatisfiable);
  expect_verdict("bytes=-00", RangeVerdict::unsatisfiable);
  expect_ranges("bytes=10000-,5-6,-0", {{5, 2}});
}

TEST(HttpRange, HasNoPartOfNothing) {
  expect_verdict("bytes=0-", RangeVerdict::unsatisfiable, 0);
  expect_verdict("bytes=0-0", RangeVerdict::unsatisfiable, 0);
  expect_verdict("bytes=-0", RangeVerdict::unsatisfiable, 0);
  expect_verdict("bytes=-5", RangeVerdict::whole, 0);
}

TEST(HttpRange, IgnoresWhatItCannotRead) {
  for (const std::string_view field : {"",
                                       "bytes",
                                       "bytes=",
                                       "bytes=,",
                                       "bytes=-",
                                       "bytes=--1",
                                       "bytes=1",
                                       "bytes=a-b",
                                       "bytes=5-4",
                                       "bytes=0-1,5-4",
                                       "bytes=0-1,x",
                                       "bytes=+1-2",
                                       "bytes=1-+2",
                                       "bytes=1 -2",
                                       "bytes=1- 2",
                                       "bytes =0-1",
                                       "bytes:0-1",
                                       "bytes 0-1",
                                       "=0-1",
                                       "bytes=0x1-2",
                                       "bytes=1-2-3",
                                       "bytes=0-1;2-3",
                                       "bytes=0-1, bytes=2-3",
                                       "bytes=1.5-2",
                                       "bytes=\"0-1\""}) {
    expect_verdict(field, RangeVerdict::whole);
  }
}

TEST(HttpRange, IgnoresOtherUnits) {
  expect_verdict("lines=0-1", RangeVerdict::whole);
  expect_verdict("byte=0-1", RangeVerdict::whole);
  expect_ranges("Bytes=0-1", {{0, 2}});
}

TEST(HttpRange, PassesOverEmptyElements) { expect_ranges("bytes=,0-1, ,\t5-6,", {{0, 2}, {5, 2}}); }

TEST(HttpRange, KeepsTheOrderInWhichItWasAsked) {
  expect_ranges("bytes=100-199,0-49", {{100, 100}, {0, 50}});
  expect_ranges("bytes=-10,0-9,500-509", {{9990, 10}, {0, 10}, {500, 10}});
}

TEST(HttpRange, JoinsWhatTouchesAtThePlaceOfTheFirst) {
  expect_ranges("bytes=100-199,0-49,50-99", {{0, 200}});
  expect_ranges("bytes=50-99,500-599,0-49", {{0, 100}, {500, 100}});
  expect_ranges("bytes=500-599,50-99,0-49", {{500, 100}, {0, 100}});
  expect_ranges("bytes=0-9,11-20", {{0, 10}, {11, 10}});
  expect_ranges("bytes=0-99,10-20", {{0, 100}});
}

TEST(HttpRange, HonoursTwoOverlapsAndNoMore) {
  expect_ranges("bytes=0-9,5-14,10-19", {{0, 20}});
  expect_verdict("bytes=0-9,5-14,10-19,15-24", RangeVerdict::whole);
  expect_verdict("bytes=0-,0-,0-,0-", RangeVerdict::whole);
  expect_ranges("bytes=0-9,10-19,20-29,30-39,40-49", {{0, 50}});  // these only touch
}

TEST(HttpRange, HonoursTheLimitAndNoMore) {
  std::string field = "bytes=0-0";
  for (std::size_t i = 1; i < k_limit; ++i) {
    const std::string place = std::to_string(i * 10);
    field += ',' + place + '-' + place;
  }
  EXPECT_EQ(read(field).ranges.size(), k_limit);
  expect_verdict(field + ",9000-9001", RangeVerdict::whole);
  EXPECT_EQ(read_ranges("bytes=0-1", k_size, 0).verdict, RangeVerdict::whole);
}

// What stands behind the limit is not even looked at: a set that is unreadable there is ignored for
// its length, as a readable one is.
TEST(HttpRange, ReadsNothingBehindTheLimit) {
  std::string many = "bytes=";
  for (int i = 0; i < 10'000; ++i) many += "0-0,";
  expect_verdict(many, RangeVerdict::whole);
  expect_verdict("bytes=" + std::string(10'000, ','), RangeVerdict::whole);
}

// Byte by byte against the plain meaning of the set.
TEST(HttpRange, AsksForTheSameBytesAsTheSet) {
  constexpr std::uint64_t size = 40;
  std::mt19937 random(14);
  std::uniform_int_distribution<std::uint64_t> position(0, size + 4);
  int partial = 0;
  for (int round = 0; round < 5'000; ++round) {
    std::string field = "bytes=";
    std::vector<bool> wanted(size);
    for (int left = 1 + round % 4; left > 0; --left) {
      const auto [first, last] = std::minmax({position(random), position(random)});
      field += std::to_string(first) + '-' + std::to_string(last) + (left > 1 ? "," : "");
      for (std::uint64_t at = first; at <= std::min(last, size - 1); ++at) wanted[at] = true;
    }
    const RangeAnswer answer = read(field, size);
    if (answer.verdict != RangeVerdict::partial) continue;
    ++partial;
    std::vector<bool> given(size);
    for (const ByteRange& range : answer.ranges) {
      ASSERT_GT(range.length, 0U) << field;
      ASSERT_LE(range.first + range.length, size) << field;
      for (std::uint64_t at = range.first; at < range.first + range.length; ++at) {
        ASSERT_FALSE(given[at]) << field << " gives byte " << at << " twice";
        given[at] = true;
      }
    }
    ASSERT_EQ(given, wanted) << field;
  }
  EXPECT_GT(partial, 1'000);
}

TEST(HttpRange, WritesContentRange) {
  EXPECT_EQ(content_range({.first = 0, .length = 500}, 1234), "bytes 0-499/1234");
  EXPECT_EQ(content_range({.first = 734, .length = 500}, 1234), "bytes 734-1233/1234");
  EXPECT_EQ(unsatisfied_content_range(47022), "bytes */47022");
  EXPECT_EQ(unsatisfied_content_range(0), "bytes */0");
}

}  // namespace
}  // namespace patchbay
