#include "patchbay/tools/scan/probe/probe_cookie.hpp"

#include <sodium.h>

#include <algorithm>
#include <cstring>

namespace patchbay {
namespace {

constexpr std::uint64_t k_unit_bits = 10;  // 1.024 us, in ns
constexpr std::uint64_t k_tick_bits = 11;  // 2.1 ms, in units
constexpr std::uint64_t k_lap_bits = 8;    // 537 ms, in ticks
constexpr std::uint64_t k_tick_mask = (1 << k_lap_bits) - 1;
constexpr std::uint64_t k_laps_of_short_words = 2;

static_assert(crypto_shorthash_KEYBYTES == std::tuple_size_v<ProbeCookies::Key>);
static_assert(ProbeCookies::k_tick.count() == 1 << (k_unit_bits + k_tick_bits));

std::uint64_t units_since(Instant start, Instant now) {
  return static_cast<std::uint64_t>(std::max(now - start, Duration::zero()).count()) >> k_unit_bits;
}

// SipHash-2-4. Its input is 16 bytes in IPv4, of which it takes 8 at a time.
std::uint64_t hash(const ProbeCookies::Key& key, const ProbeEnds& ends, std::uint64_t tick) {
  std::array<unsigned char, 40> input;
  const std::uint32_t head = static_cast<std::uint32_t>(ends.protocol) << 24 |
                             static_cast<std::uint32_t>(tick & 0xffffff);  // of ten hours
  const std::size_t address_bytes = std::min<std::size_t>(ends.source.size(), 16);
  std::memcpy(input.data(), &head, 4);
  std::memcpy(input.data() + 4, &ends.source_port, 2);
  std::memcpy(input.data() + 6, &ends.destination_port, 2);
  std::memcpy(input.data() + 8, ends.source.data(), address_bytes);
  std::memcpy(input.data() + 8 + address_bytes, ends.destination.data(), address_bytes);
  std::uint64_t output;
  ::crypto_shorthash(reinterpret_cast<unsigned char*>(&output), input.data(), 8 + 2 * address_bytes,
                     key.data());
  return output;
}

}  // namespace

ProbeCookies::ProbeCookies(const Key& key, Instant start, Duration longest)
    : key_(key),
      start_(start),
      longest_ticks_(static_cast<std::uint64_t>(std::max(longest, k_tick) / k_tick)) {}

ProbeCookie ProbeCookies::at(const ProbeEnds& ends, std::uint64_t time) const {
  const std::uint64_t tick = time >> k_tick_bits;
  const std::uint64_t hashed = hash(key_, ends, tick);
  const std::uint64_t word = hashed >> 40 << k_lap_bits | (tick & k_tick_mask);
  return {.word = static_cast<std::uint32_t>(word),
          .clock = static_cast<std::uint32_t>(hashed + time),
          .time = start_ + Duration(static_cast<Duration::rep>(time << k_unit_bits))};
}

ProbeCookie ProbeCookies::make(const ProbeEnds& ends, Instant now) const {
  return at(ends, units_since(start_, now));
}

std::optional<ProbeCookie> ProbeCookies::find(const ProbeEnds& ends, std::uint32_t word,
                                              unsigned bits, Instant now) const {
  const std::uint32_t mask = bits >= 32 ? 0xffffffff : (1U << bits) - 1;
  const std::uint64_t back =
      bits >= 32 ? longest_ticks_ : std::min(longest_ticks_, k_laps_of_short_words << k_lap_bits);
  // One more than the clock says: it may have been read before that of the probe.
  const std::uint64_t newest = (units_since(start_, now) >> k_tick_bits) + 1;
  std::uint64_t age = (newest - word) & k_tick_mask;
  for (; age <= newest && age <= back + 1; age += k_tick_mask + 1) {
    const ProbeCookie cookie = at(ends, (newest - age) << k_tick_bits);
    if (((cookie.word ^ word) & mask) == 0) return cookie;
  }
  return std::nullopt;
}

Instant ProbeCookies::sent_at(const ProbeCookie& found, std::optional<std::uint32_t> echoed_clock) {
  if (!echoed_clock) return found.time;
  const std::uint32_t later = *echoed_clock - found.clock;
  if (later >> k_tick_bits != 0) return found.time;
  return found.time + Duration(Duration::rep{later} << k_unit_bits);
}

}  // namespace patchbay
