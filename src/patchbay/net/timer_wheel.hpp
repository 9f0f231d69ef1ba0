// TimerWheel: deadlines in a hierarchy of wheels. Nearly every operation arms a deadline and nearly
// none fires, so arming and cancelling are O(1) and touch nothing but two list links and a bit.
#pragma once

#include <array>
#include <cstdint>

#include "patchbay/base/time.hpp"

namespace patchbay {

// A timer as its owner holds it. The wheel links it, never copies it, and owns nothing.
struct Timer {
  Timer* previous = nullptr;
  Timer* next = nullptr;
  Instant when = Instant::max();
  std::uint16_t slot = 0;
  bool armed = false;
};

// Resolution is one tick of 1,024 ns: a timer never fires early and at most a tick late, beyond
// what the loop itself is late. Reach is 2^48 ticks (9 years); later deadlines fire then.
class TimerWheel {
 public:
  explicit TimerWheel(Instant now = {});
  TimerWheel(const TimerWheel&) = delete;
  TimerWheel& operator=(const TimerWheel&) = delete;

  // `timer` must not be armed and must stay where it is until it fires or is cancelled.
  void arm(Timer& timer, Instant when);
  void cancel(Timer& timer);  // fine on a timer that is not armed

  // Moves time forward and calls fire(Timer&) for each timer that is due, disarmed already,
  // earliest first and in the order of arming within a tick. `fire` may arm and cancel any timer.
  template <class Fire>
  void advance(Instant now, Fire fire) {
    const std::uint64_t target = tick_of(now);
    for (;;) {
      const Position due = earliest();
      if (due.tick > target) break;
      tick_ = due.tick;
      if (due.level > 0) {
        cascade(due.slot);
        continue;
      }
      // `fire` may cancel its neighbours, so look at the list afresh each time.
      Timer& list = slots_[due.slot];
      Timer& first = *list.next;
      cancel(first);
      fire(first);
    }
    if (target > tick_) tick_ = target;
  }

  // When advance() next has something to do: never later than the earliest timer, and possibly
  // earlier, when far timers have to be sorted into nearer wheels. Instant::max() when empty.
  Instant next() const;

 private:
  static constexpr int k_tick_bits = 10;  // 1,024 ns
  static constexpr int k_slot_bits = 6;   // 64 slots a level
  static constexpr int k_slots = 1 << k_slot_bits;
  static constexpr int k_levels = 8;

  struct Position {
    std::uint64_t tick;
    std::size_t slot;
    int level;
  };

  static std::uint64_t tick_of(Instant instant);
  std::uint64_t due_tick(Instant when) const;
  void link(Timer& timer, std::uint64_t tick);
  void cascade(std::size_t slot);
  Position earliest() const;

  std::uint64_t tick_;
  std::array<std::uint64_t, k_levels> occupied_{};  // a bit for each slot with timers in it
  std::array<Timer, k_levels * k_slots> slots_;     // list heads, each a ring of its own
};

}  // namespace patchbay
