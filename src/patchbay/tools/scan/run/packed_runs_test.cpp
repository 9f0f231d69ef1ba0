#include "patchbay/tools/scan/run/packed_runs.hpp"

#include <gtest/gtest.h>

#include <random>
#include <span>
#include <string>

namespace patchbay {
namespace {

std::string unpacked(std::string_view packed) {
  std::string bytes(unpacked_size(packed).value(), '?');
  unpack_runs(packed, std::as_writable_bytes(std::span(bytes)));
  return bytes;
}

TEST(PackedRuns, AreWhatTheyWereMadeOf) {
  for (const std::string& bytes :
       {std::string(), std::string("a"), std::string("aaa"), std::string("abcabc"),
        std::string(1'000'000, '\0'),
        std::string("ab") + std::string(300, 'c') + "ddddddddd" + "ee"}) {
    EXPECT_EQ(unpacked(pack_runs(bytes)), bytes);
  }
  EXPECT_EQ(pack_runs(std::string(1'000'000, '\0')).size(), 4U);
  EXPECT_EQ(pack_runs("abc"), "\6abc");
}

TEST(PackedRuns, OfChanceTakeHardlyMoreThanItDoes) {
  constexpr std::uint64_t seed = 1;
  std::mt19937_64 chance(seed);
  for (const int alike : {0, 1, 50, 95}) {  // of a hundred
    std::string bytes;
    for (int i = 0; i < 100'000; ++i) {
      const bool is_alike = chance() % 100 < static_cast<unsigned>(alike);
      bytes += is_alike ? '\0' : static_cast<char>(chance());
    }
    const std::string packed = pack_runs(bytes);
    EXPECT_EQ(unpacked(packed), bytes);
    EXPECT_LE(packed.size(), bytes.size() + 4);
  }
}

TEST(PackedRuns, WhatIsNoneIsRefused) {
  const std::string packed = pack_runs("abc" + std::string(500, 'd'));
  for (std::size_t size = 1; size < packed.size(); ++size) {
    EXPECT_TRUE(size == 4 || !unpacked_size(packed.substr(0, size))) << size;
  }
  using namespace std::string_view_literals;
  EXPECT_FALSE(unpacked_size("\0"sv));   // a piece of nothing
  EXPECT_FALSE(unpacked_size("\1a"sv));  // a run of nothing
  EXPECT_FALSE(unpacked_size("\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff"sv));
  // Five of them are more than a number holds.
  const std::string large =
      "\xff\xff\xff\xff\xff\xff\xff\xff\x7f"
      "a";
  EXPECT_TRUE(unpacked_size(large + large));
  EXPECT_FALSE(unpacked_size(large + large + large + large + large));
}

}  // namespace
}  // namespace patchbay
