#include "patchbay/tools/scan/probe_cookie.hpp"

#include <gtest/gtest.h>

#include <random>

#include "patchbay/wire/hex_fixture.hpp"

namespace patchbay {
namespace {

const auto k_source = from_hex("c0000201");
const auto k_target = from_hex("c6336409");
constexpr ProbeCookies::Key k_key = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16};
constexpr Instant k_start{12'345'678'901ns};

ProbeEnds ends() {
  return {.source = k_source,
          .destination = k_target,
          .protocol = ScanProtocol::tcp,
          .source_port = 20'001,
          .destination_port = 443};
}

TEST(ProbeCookies, AreKnownAgainForAsLongAsAnAnswerMayTake) {
  const ProbeCookies cookies(k_key, k_start, 10s);
  for (const Duration made : {Duration(0), Duration(3ms), Duration(536ms), Duration(77s)}) {
    const Instant sent = k_start + made;
    const ProbeCookie cookie = cookies.make(ends(), sent);
    for (const Duration late : {Duration(0), Duration(1us), Duration(250us), Duration(2ms),
                                Duration(100ms), Duration(537ms), Duration(3s), Duration(10s)}) {
      const auto found = cookies.find(ends(), cookie.word, 32, sent + late);
      ASSERT_TRUE(found) << made.count() << " " << late.count();
      EXPECT_EQ(found->word, cookie.word);
      // The tick began at most so long before the probe was made, and not after.
      EXPECT_LE(found->time, sent);
      EXPECT_GT(found->time + ProbeCookies::k_tick, sent);
      const Instant exact = ProbeCookies::sent_at(*found, cookie.clock);
      EXPECT_LE(exact, sent);
      EXPECT_GT(exact + 1024ns, sent);
    }
    EXPECT_FALSE(cookies.find(ends(), cookie.word, 32, sent + 10s + 2 * ProbeCookies::k_lap));
  }
}

TEST(ProbeCookies, AreFoundByAClockThatWasReadALittleBefore) {
  const ProbeCookies cookies(k_key, k_start);
  const ProbeCookie cookie = cookies.make(ends(), k_start + 1s);
  EXPECT_TRUE(cookies.find(ends(), cookie.word, 32, k_start + 1s - ProbeCookies::k_tick));
  EXPECT_FALSE(cookies.find(ends(), cookie.word, 32, k_start + 1s - 3 * ProbeCookies::k_tick));
}

TEST(ProbeCookies, AreNobodyElses) {
  const ProbeCookies cookies(k_key, k_start);
  const Instant now = k_start + 5ms;
  const std::uint32_t word = cookies.make(ends(), now).word;
  ASSERT_TRUE(cookies.find(ends(), word, 32, now));

  const auto other = from_hex("c633640a");
  ProbeEnds others = ends();
  others.source = other;
  EXPECT_FALSE(cookies.find(others, word, 32, now));
  others = ends();
  others.destination = other;
  EXPECT_FALSE(cookies.find(others, word, 32, now));
  others = ends();
  others.protocol = ScanProtocol::udp;
  EXPECT_FALSE(cookies.find(others, word, 32, now));
  others = ends();
  others.source_port += 1;
  EXPECT_FALSE(cookies.find(others, word, 32, now));
  others = ends();
  others.destination_port += 1;
  EXPECT_FALSE(cookies.find(others, word, 32, now));
  for (int bit = 0; bit < 32; ++bit) {
    EXPECT_FALSE(cookies.find(ends(), word ^ 1U << bit, 32, now)) << bit;
  }

  ProbeCookies::Key key = k_key;
  key[15] += 1;
  EXPECT_FALSE(ProbeCookies(key, k_start).find(ends(), word, 32, now));
}

TEST(ProbeCookies, TheLapIsNotSeenButMatters) {
  const ProbeCookies cookies(k_key, k_start);
  const ProbeCookie first = cookies.make(ends(), k_start + 1ms);
  const ProbeCookie second = cookies.make(ends(), k_start + 1ms + ProbeCookies::k_lap);
  EXPECT_EQ(first.word & 0xff, second.word & 0xff);
  EXPECT_NE(first.word >> 8, second.word >> 8);
}

TEST(ProbeCookies, OfIpv6HaveAllBytesOfTheirAddresses) {
  const ProbeCookies cookies(k_key, k_start);
  const auto source = from_hex("20010db8000000000000000000000001");
  auto target = from_hex("20010db80000000000000000000000ff");
  const ProbeEnds six{.source = source, .destination = target, .source_port = 1};
  const std::uint32_t word = cookies.make(six, k_start).word;
  for (std::byte& byte : target) {
    byte ^= std::byte{0x80};
    EXPECT_FALSE(cookies.find(six, word, 32, k_start));
    byte ^= std::byte{0x80};
  }
  EXPECT_TRUE(cookies.find(six, word, 32, k_start));
}

TEST(ProbeCookies, OfSixteenBitsTellTheTimeForTwoLaps) {
  const ProbeCookies cookies(k_key, k_start);
  const Instant sent = k_start + 5s;
  const ProbeCookie cookie = cookies.make(ends(), sent);
  const std::uint32_t part = cookie.word & 0xffff;
  const auto found = cookies.find(ends(), part, 16, sent + 700ms);
  ASSERT_TRUE(found);
  EXPECT_EQ(found->word, cookie.word);
  EXPECT_LE(found->time, sent);
  EXPECT_FALSE(cookies.find(ends(), part, 32, sent));
  int found_late = 0;
  for (std::uint16_t port = 1; port <= 500; ++port) {
    ProbeEnds to = ends();
    to.destination_port = port;
    const std::uint32_t word = cookies.make(to, sent).word & 0xffff;
    const auto late = cookies.find(to, word, 16, sent + 5s);
    if (late) ++found_late;  // by chance: another lap has the same 8 bits
  }
  EXPECT_LT(found_late, 500 / 30);
}

TEST(ProbeCookies, AreGuessedAsSeldomAsTheHeaderSays) {
  const ProbeCookies cookies(k_key, k_start, 10s);
  std::mt19937 chance(1);
  int right = 0;
  for (int i = 0; i < 1 << 18; ++i) {
    if (cookies.find(ends(), static_cast<std::uint32_t>(chance()), 32, k_start + 60s)) ++right;
  }
  EXPECT_LE(right, 4);  // 2^18 / 2^19.6 are expected
}

TEST(ProbeCookies, AClockThatDoesNotFitIsNotBelieved) {
  const ProbeCookies cookies(k_key, k_start);
  const Instant sent = k_start + 1'000'700us;
  const auto found = cookies.find(ends(), cookies.make(ends(), sent).word, 32, sent + 1ms);
  ASSERT_TRUE(found);
  EXPECT_EQ(ProbeCookies::sent_at(*found, std::nullopt), found->time);
  EXPECT_EQ(ProbeCookies::sent_at(*found, found->clock - 1), found->time);
  EXPECT_EQ(ProbeCookies::sent_at(*found, found->clock + 2048), found->time);
  EXPECT_EQ(ProbeCookies::sent_at(*found, found->clock + 2047), found->time + 2047 * 1024ns);
}

}  // namespace
}  // namespace patchbay
