#include "patchbay/tools/scan/service/service_meter.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <cstdio>
#include <functional>
#include <queue>
#include <utility>

namespace patchbay {
namespace {

constexpr Duration k_budget = 10s;

// Numbers that look like chance, the same each time.
class Numbers {
 public:
  explicit Numbers(std::uint64_t seed) : state_(seed) {}
  double fraction() {
    state_ += 0x9e37'79b9'7f4a'7c15;
    std::uint64_t bits = state_;
    bits = (bits ^ bits >> 30) * 0xbf58'476d'1ce4'e5b9;
    bits = (bits ^ bits >> 27) * 0x94d0'49bb'1331'11eb;
    return static_cast<double>((bits ^ bits >> 31) >> 11) / static_cast<double>(1ULL << 53);
  }
  double between(double least, double most) { return least + (most - least) * fraction(); }

 private:
  std::uint64_t state_;
};

// Ports of a network: greetings, what has to be asked, and what says nothing to the end.
std::vector<Duration> some_ports(Numbers& numbers) {
  const auto count = static_cast<std::size_t>(std::exp(numbers.between(0, std::log(3'000))));
  const double quick = numbers.fraction();
  const double silent = (1 - quick) * numbers.fraction() * numbers.fraction();
  std::vector<Duration> ports;
  for (std::size_t i = 0; i < count; ++i) {
    const double kind = numbers.fraction();
    double time = numbers.between(0.5, 4);
    if (kind < quick) time = numbers.between(0.01, 0.3);
    if (kind > 1 - silent) time = numbers.between(9, 10);
    ports.push_back(std::chrono::duration_cast<Duration>(std::chrono::duration<double>(time)));
  }
  return ports;
}

struct Look {
  Duration at;
  std::optional<Duration> left;
};

// Asks the ports in their order, `at_once` at a time, and looks every so often. How long it took,
// and what was said.
std::pair<Duration, std::vector<Look>> ask(const std::vector<Duration>& ports, std::size_t at_once,
                                           Duration pause) {
  ServiceMeter meter(ports.size(), at_once, k_budget);
  using End = std::pair<Duration, std::size_t>;
  std::priority_queue<End, std::vector<End>, std::greater<>> ends;
  std::size_t next = 0;
  Duration now{};
  Duration look = pause;
  std::vector<Look> looks;
  const Instant start(1h);
  const auto begin_some = [&] {
    for (; next < ports.size() && ends.size() < at_once; ++next) {
      meter.began(next, start + now);
      ends.emplace(now + ports[next], next);
    }
  };
  for (begin_some(); !ends.empty(); begin_some()) {
    for (; look < ends.top().first; look += pause) {
      looks.push_back({look, meter.left(start + look)});
    }
    now = ends.top().first;
    meter.ended(ends.top().second, start + now);
    ends.pop();
  }
  EXPECT_EQ(meter.done(), ports.size());
  EXPECT_EQ(meter.left(start + now), Duration(0));
  return {now, looks};
}

// Whatever the ports are like: when a quarter of the time is over, what is foretold is right to a
// quarter of the whole, or to a second, in 94 of 100 looks.
TEST(ServiceMeter, ForetellsTheEnd) {
  std::size_t looks = 0;
  std::size_t wrong = 0;
  for (std::uint64_t seed = 1; seed <= 100; ++seed) {
    Numbers numbers(seed);
    const std::vector<Duration> ports = some_ports(numbers);
    const auto [took, seen] = ask(ports, 64, 200ms);
    for (const Look& look : seen) {
      if (look.at < took / 4 || !look.left) continue;
      const Duration apart =
          *look.left > took - look.at ? *look.left - (took - look.at) : took - look.at - *look.left;
      ++looks;
      if (apart > std::max<Duration>(took / 4, 1s)) ++wrong;
    }
  }
  std::printf("%zu of %zu looks are wrong by more than that\n", wrong, looks);
  EXPECT_GT(looks, 5'000U);
  EXPECT_LT(wrong, looks * 7 / 100);
}

TEST(ServiceMeter, SaysNothingBeforeAnyPortHasEnded) {
  ServiceMeter meter(3, 64, k_budget);
  meter.began(0, Instant(1s));
  meter.began(1, Instant(1s));
  EXPECT_FALSE(meter.left(Instant(5s)));
  meter.ended(1, Instant(5s));
  EXPECT_TRUE(meter.left(Instant(5s)));
  EXPECT_EQ(meter.done(), 1U);
}

TEST(ServiceMeter, EqualPortsTakeTheirTurns) {
  for (const std::size_t count : {64U, 65U, 640U}) {
    const std::vector<Duration> ports(count, 1s);
    const auto [took, looks] = ask(ports, 64, 350ms);
    for (const Look& look : looks) {
      if (!look.left) continue;
      EXPECT_NEAR(std::chrono::duration<double>(*look.left).count(),
                  std::chrono::duration<double>(took - look.at).count(), 1.0)
          << count;
    }
  }
}

// The one that goes on is the end, and it ends when its time is over.
TEST(ServiceMeter, ALastPortIsWaitedForNoLongerThanItsBudget) {
  ServiceMeter meter(2, 64, k_budget);
  meter.began(0, Instant(1s));
  meter.began(1, Instant(1s));
  meter.ended(0, Instant(1200ms));
  const auto left_at = [&](Duration at) { return *meter.left(Instant(at)); };
  EXPECT_LE(left_at(10s), 1s + 100ms);
  EXPECT_GE(left_at(10s), 900ms);
  EXPECT_LE(left_at(11s), 100ms);
  EXPECT_LE(left_at(60s), 100ms);
}

}  // namespace
}  // namespace patchbay
