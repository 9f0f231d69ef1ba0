#include "patchbay/tools/scan/run/answer_map.hpp"

#include <gtest/gtest.h>

#include <random>

namespace patchbay {
namespace {

constexpr std::uint64_t k_seed = 3;

// A map, and the same in the plainest way.
struct Twice {
  std::uint64_t hosts;
  std::uint64_t ports;
  AnswerMap map{hosts, ports};
  std::vector<AnswerKind> plain = std::vector<AnswerKind>(hosts * ports);

  void put(ScanTarget target, AnswerKind kind) {
    map.put(target % hosts, target / hosts, kind);
    plain[target] = kind;
  }
  void expect_alike() const {
    for (std::uint64_t host = 0; host < hosts; ++host) {
      std::uint64_t open = 0;
      for (std::uint64_t port = 0; port < ports; ++port) {
        const ScanTarget target = port * hosts + host;
        ASSERT_EQ(map.at(target), plain[target]) << host << ", " << port;
        ASSERT_EQ(map.at(host, port), plain[target]) << host << ", " << port;
        open += plain[target] == AnswerKind::open ? 1 : 0;
      }
      ASSERT_EQ(map.count(host, AnswerKind::open), open) << host;
    }
  }
};

// Chunks begin and end within hosts, hold several, or are a part of one; and answers change.
TEST(AnswerMap, HasWhatWasPutThere) {
  std::mt19937_64 chance(k_seed);
  for (const auto& [hosts, ports] : std::initializer_list<std::pair<std::uint64_t, std::uint64_t>>{
           {1, 1}, {1, 512}, {3, 1'000}, {40, 13}, {2'000, 1}, {7, 300}}) {
    for (const std::uint64_t kinds : {1U, 2U, 4U}) {
      Twice both{.hosts = hosts, .ports = ports};
      for (std::uint64_t i = 0; i < 3 * hosts * ports; ++i) {
        both.put(chance() % (hosts * ports), static_cast<AnswerKind>(3 - chance() % kinds));
      }
      both.expect_alike();
    }
  }
}

// Every shape of a chunk becomes every other that it can.
TEST(AnswerMap, AnswersMayChange) {
  for (const AnswerKind first : {AnswerKind::open, AnswerKind::shut, AnswerKind::filtered}) {
    for (const AnswerKind then : {AnswerKind::none, AnswerKind::open, AnswerKind::shut}) {
      for (const ScanTarget most : {0U, 1U, 511U, 512U, 513U, 1'024U}) {
        Twice both{.hosts = 2, .ports = 512};
        for (ScanTarget target = 0; target < most; ++target) both.put(target, first);
        both.put(700, then);
        both.put(0, then);
        both.expect_alike();
        both.put(0, first);
        both.put(1, AnswerKind::none);
        both.expect_alike();
      }
    }
  }
}

TEST(AnswerMap, IsRestoredFromWords) {
  std::mt19937_64 chance(k_seed);
  Twice both{.hosts = 9, .ports = 333};
  for (std::uint64_t host = 0; host < 9; ++host) {
    for (std::uint64_t port = 0; port < 333; ++port) {
      const std::uint64_t kind = host < 3 ? host : host < 6 ? 3 * (chance() % 2) : chance() % 4;
      both.put(port * 9 + host, static_cast<AnswerKind>(kind));
    }
  }
  std::vector<std::uint64_t> words = both.map.words();
  ASSERT_EQ(words.size(), AnswerMap::words_for(9 * 333));
  EXPECT_EQ(words[0], 0U);
  EXPECT_EQ(words[12], 0x5555'5555'5555'5555U) << "the second host's ports are all open";
  words.back() |= std::uint64_t{3} << 62;  // of no target
  both.map.put(5, 0, AnswerKind::open);
  both.map.restore(words);
  both.expect_alike();
  words.back() &= ~(std::uint64_t{3} << 62);
  EXPECT_EQ(both.map.words(), words);
}

TEST(AnswerMap, TakesAsMuchAsItsAnswersDiffer) {
  constexpr std::uint64_t hosts = 1'024;
  constexpr std::uint64_t ports = 1'000;
  AnswerMap map(hosts, ports);
  const std::size_t before = map.bytes();
  EXPECT_LE(before, hosts * ports / 100);
  for (ScanTarget target = 1; target < hosts * ports / 2; target += 2) {
    map.put(target % hosts, target / hosts, AnswerKind::shut);
  }
  EXPECT_GT(map.bytes(), before + hosts * ports / 20);
  EXPECT_LE(map.bytes(), hosts * ports / 7) << "a bit a target";
}

// Blocks are given back when all are alike, so one after the other takes the same ones.
TEST(AnswerMap, WhereAllAreAlikeTakesNothing) {
  constexpr std::uint64_t hosts = 1'024;
  constexpr std::uint64_t ports = 1'024;
  AnswerMap map(hosts, ports);
  const std::size_t before = map.bytes();
  for (std::uint64_t host = 0; host < hosts; ++host) {
    for (std::uint64_t port = 0; port < ports; ++port) {
      map.put(host, port, host % 3 == 0 ? AnswerKind::filtered : AnswerKind::shut);
    }
  }
  EXPECT_LE(map.bytes(), before + 20'000);
}

}  // namespace
}  // namespace patchbay
