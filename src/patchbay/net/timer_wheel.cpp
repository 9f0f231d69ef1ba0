#include "patchbay/net/timer_wheel.hpp"

#include <algorithm>
#include <bit>
#include <limits>

namespace patchbay {

namespace {
constexpr std::uint64_t k_never = std::numeric_limits<std::uint64_t>::max();
}

TimerWheel::TimerWheel(Instant now) : tick_(tick_of(now)) {
  for (Timer& head : slots_) head.previous = head.next = &head;
}

std::uint64_t TimerWheel::tick_of(Instant instant) {
  return static_cast<std::uint64_t>(
             std::max<std::int64_t>(0, instant.time_since_epoch().count())) >>
         k_tick_bits;
}

void TimerWheel::arm(Timer& timer, Instant when) {
  timer.when = when;
  timer.armed = true;
  link(timer, std::max(due_tick(when), tick_ + 1));
}

// Rounded up, so that a timer is never early; what lies beyond the reach is due at its end.
std::uint64_t TimerWheel::due_tick(Instant when) const {
  constexpr std::uint64_t reach = (std::uint64_t{1} << (k_levels * k_slot_bits)) - 1;
  return std::min(tick_of(when - Duration(1)) + 1, tick_ | reach);
}

// The level is that of the highest digit (base 64) in which the timer's tick differs from now, so
// all timers of a slot share every higher digit with now, and each lies ahead of it.
void TimerWheel::link(Timer& timer, std::uint64_t tick) {
  const int level = (63 - std::countl_zero((tick ^ tick_) | 1)) / k_slot_bits;
  const auto digit = static_cast<std::size_t>((tick >> (level * k_slot_bits)) & (k_slots - 1));
  const std::size_t slot = static_cast<std::size_t>(level) * k_slots + digit;
  Timer& head = slots_[slot];
  timer.slot = static_cast<std::uint16_t>(slot);
  timer.previous = head.previous;
  timer.next = &head;
  head.previous->next = &timer;
  head.previous = &timer;
  occupied_[static_cast<std::size_t>(level)] |= std::uint64_t{1} << digit;
}

void TimerWheel::cancel(Timer& timer) {
  if (!timer.armed) return;
  timer.armed = false;
  timer.previous->next = timer.next;
  timer.next->previous = timer.previous;
  if (timer.previous == timer.next) {  // only the head is left
    occupied_[timer.slot / k_slots] &= ~(std::uint64_t{1} << (timer.slot % k_slots));
  }
}

void TimerWheel::cascade(std::size_t slot) {
  Timer& head = slots_[slot];
  Timer* timer = head.next;
  head.previous = head.next = &head;
  occupied_[slot / k_slots] &= ~(std::uint64_t{1} << (slot % k_slots));
  while (timer != &head) {
    Timer* const next = timer->next;
    link(*timer, std::max(due_tick(timer->when), tick_));
    timer = next;
  }
}

TimerWheel::Position TimerWheel::earliest() const {
  for (int level = 0; level < k_levels; ++level) {
    const std::uint64_t occupied = occupied_[static_cast<std::size_t>(level)];
    if (occupied == 0) continue;
    const auto digit = static_cast<std::uint64_t>(std::countr_zero(occupied));
    const int shift = level * k_slot_bits;
    const std::uint64_t above = tick_ >> (shift + k_slot_bits) << (shift + k_slot_bits);
    return {above | (digit << shift), static_cast<std::size_t>(level) * k_slots + digit, level};
  }
  return {k_never, 0, 0};
}

Instant TimerWheel::next() const {
  const Position due = earliest();
  if (due.tick == k_never) return Instant::max();
  constexpr std::uint64_t last = std::numeric_limits<std::int64_t>::max() >> k_tick_bits;
  return Instant(Duration(static_cast<std::int64_t>(std::min(due.tick, last) << k_tick_bits)));
}

}  // namespace patchbay
