// ProbeCookies: what a probe carries so that its answer is known again with nothing kept about it.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

#include "patchbay/base/time.hpp"
#include "patchbay/tools/scan/scan_port.hpp"

namespace patchbay {

// From where to where a probe goes. Ping: the identifier and 0.
struct ProbeEnds {
  std::span<const std::byte> source = {};       // 4 or 16 bytes
  std::span<const std::byte> destination = {};  // as many
  ScanProtocol protocol = ScanProtocol::tcp;
  std::uint16_t source_port = 0;
  std::uint16_t destination_port = 0;
};

struct ProbeCookie {
  // What is echoed: the 24 higher bits are a keyed hash, the 8 lower ones the tick. Where less than
  // 32 bits have room, the lower ones go.
  std::uint32_t word = 0;
  // The time in units of 1.024 us, disguised by the hash: TCP's timestamp, which a SYN-ACK echoes.
  std::uint32_t clock = 0;
  Instant time{};  // what `clock` says
};

// Time is counted in ticks of 2^21 ns, about 2.1 ms, and 256 of them (537 ms) are a lap. The tick
// within its lap stands in the word; the whole tick goes into the hash, so that a word with one
// more or less in it is nobody's. Whoever reads a word tries the lap of the clock and those before
// it, as far back as an answer may be late: a near answer costs one hash, and a late one is neither
// lost nor taken for a near one.
//
// What that means for a stranger who guesses words: one in 2^24 is right for each lap that is
// tried, which makes one in 2^19.6 with 10 s, and one in 2^23 in the first half second of a scan.
class ProbeCookies {
 public:
  using Key = std::array<std::uint8_t, 16>;

  static constexpr Duration k_tick = Duration(1 << 21);
  static constexpr Duration k_lap = 256 * k_tick;

  // `key` is new in each run and as random as a session's; `start` not after any probe. An answer
  // that comes later than `longest` after its probe is not known again.
  ProbeCookies(const Key& key, Instant start, Duration longest = 10s);

  // `now` may be that of the batch; it is on the clock of `start`.
  ProbeCookie make(const ProbeEnds& ends, Instant now) const;

  // The cookie of which `word` is the lower `bits` (16 to 32), if it was made between `longest` ago
  // and now; its time is when its tick began. With fewer than 32 bits only the last two laps are
  // tried: a guess at 16 bits is right once in 128 times, so those tell a time and prove little.
  std::optional<ProbeCookie> find(const ProbeEnds& ends, std::uint32_t word, unsigned bits,
                                  Instant now) const;

  // When the probe was made, to 1.024 us, by the clock that its answer echoes. Where that does not
  // fit to the word, as behind somebody who rewrites timestamps, the beginning of the tick: a round
  // trip by that is at most a tick too long, and never too short.
  static Instant sent_at(const ProbeCookie& found, std::optional<std::uint32_t> echoed_clock);

 private:
  ProbeCookie at(const ProbeEnds& ends, std::uint64_t time) const;  // units of clock since start_

  Key key_;
  Instant start_;
  std::uint64_t longest_ticks_;
};

}  // namespace patchbay
