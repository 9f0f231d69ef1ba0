#include "patchbay/net/timer_wheel.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <deque>
#include <random>
#include <vector>

namespace patchbay {
namespace {

constexpr Duration k_tick{1024};

Instant at(Duration since_start) { return Instant(since_start); }

std::vector<Timer*> fired(TimerWheel& wheel, Instant now) {
  std::vector<Timer*> order;
  wheel.advance(now, [&](Timer& timer) { order.push_back(&timer); });
  return order;
}

TEST(TimerWheel, FiresWhenDueAndNeverEarly) {
  TimerWheel wheel;
  Timer timer;
  wheel.arm(timer, at(5ms));
  EXPECT_TRUE(fired(wheel, at(5ms - 1ns)).empty());
  EXPECT_EQ(fired(wheel, at(5ms + k_tick)), std::vector{&timer});
  EXPECT_FALSE(timer.armed);
}

TEST(TimerWheel, FiresInOrderOfTimeThenOfArming) {
  TimerWheel wheel;
  Timer late, early, same_as_early;
  wheel.arm(late, at(2s));
  wheel.arm(early, at(1s));
  wheel.arm(same_as_early, at(1s));
  const std::vector expected{&early, &same_as_early, &late};
  EXPECT_EQ(fired(wheel, at(3s)), expected);
}

TEST(TimerWheel, CancelledTimerStaysSilent) {
  TimerWheel wheel;
  Timer timer;
  wheel.arm(timer, at(1s));
  wheel.cancel(timer);
  wheel.cancel(timer);  // twice is fine
  EXPECT_EQ(wheel.next(), Instant::max());
  EXPECT_TRUE(fired(wheel, at(1h)).empty());
}

TEST(TimerWheel, DeadlineInThePastFiresAtTheNextTick) {
  TimerWheel wheel(at(10s));
  Timer timer;
  wheel.arm(timer, at(1s));
  EXPECT_LE(wheel.next(), at(10s + 2 * k_tick));
  EXPECT_EQ(fired(wheel, at(10s + 2 * k_tick)).size(), 1U);
}

TEST(TimerWheel, KeepsTheFarthestDeadlines) {
  TimerWheel wheel;
  Timer years, forever;
  wheel.arm(years, at(std::chrono::hours(24 * 365 * 8)));
  wheel.arm(forever, Instant::max());
  EXPECT_TRUE(fired(wheel, at(std::chrono::hours(24 * 365 * 7))).empty());
  EXPECT_EQ(fired(wheel, at(std::chrono::hours(24 * 365 * 8) + k_tick)), std::vector{&years});
  EXPECT_TRUE(forever.armed);
}

TEST(TimerWheel, FiringMayCancelAndArmOthers) {
  TimerWheel wheel;
  Timer first, doomed, rearmed;
  wheel.arm(first, at(1ms));
  wheel.arm(doomed, at(1ms));
  wheel.arm(rearmed, at(5ms));
  std::vector<Timer*> order;
  wheel.advance(at(20ms), [&](Timer& timer) {
    order.push_back(&timer);
    if (&timer != &first) return;
    wheel.cancel(doomed);
    wheel.cancel(rearmed);
    wheel.arm(rearmed, at(10ms));
  });
  const std::vector expected{&first, &rearmed};
  EXPECT_EQ(order, expected);
}

// Against the obvious implementation: a list that is searched. Steps and deadlines are of all
// sizes, so that every level and every cascade is met.
TEST(TimerWheel, AgreesWithASortedListOverRandomUse) {
  std::mt19937_64 generator(20261122);
  const auto any_span = [&] {
    const auto bits = std::uniform_int_distribution<int>(0, 44)(generator);
    return Duration(
        std::uniform_int_distribution<std::int64_t>(1, std::int64_t{1} << bits)(generator));
  };
  Instant now = at(123456789ns);
  TimerWheel wheel(now);
  std::deque<Timer> timers(300);
  for (int step = 0; step < 20'000; ++step) {
    Timer& timer = timers[generator() % timers.size()];
    if (timer.armed) {
      wheel.cancel(timer);
    } else {
      wheel.arm(timer, now + any_span());
    }
    if (generator() % 4 != 0) continue;
    Instant earliest = Instant::max() - 2 * k_tick;
    for (const Timer& each : timers) {
      if (each.armed) earliest = std::min(earliest, each.when);
    }
    const bool idle = std::ranges::none_of(timers, &Timer::armed);
    ASSERT_TRUE(idle || wheel.next() <= std::max(earliest, now) + 2 * k_tick) << "slept through";
    now += any_span();
    Instant previous{};
    wheel.advance(now, [&](Timer& due) {
      EXPECT_LE(due.when, now);
      EXPECT_LE(previous, due.when + k_tick);
      previous = due.when;
    });
    for (const Timer& each : timers) {
      ASSERT_FALSE(each.armed && each.when + k_tick < now) << "a timer was missed";
    }
  }
}

}  // namespace
}  // namespace patchbay
