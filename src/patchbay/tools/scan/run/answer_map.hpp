// AnswerMap: whether each target has answered, and how.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "patchbay/tools/scan/run/block_pool.hpp"
#include "patchbay/tools/scan/scan_plan.hpp"

namespace patchbay {

// `shut`: it answered that it is not open, which means closed, or unfiltered to an ACK.
enum class AnswerKind : std::uint8_t { none, open, shut, filtered };

// The ports of a host mostly say the same, if they say anything. So targets stand here host by
// host, in chunks of 512, and a chunk takes as much as its answers differ: 4 bytes where nobody has
// answered, or all have and alike; a bit a target more where those that have answered are alike;
// else two bits.
class AnswerMap {
 public:
  AnswerMap(std::uint64_t hosts, std::uint64_t ports);

  AnswerKind at(ScanTarget target) const { return at_place(place_of(target)); }
  AnswerKind at(std::uint64_t host, std::uint64_t port) const {
    return at_place(host * ports_ + port);
  }
  void put(std::uint64_t host, std::uint64_t port, AnswerKind kind) {
    put_at(host * ports_ + port, kind);
  }
  // How many ports of the host have answered so; not of `none`.
  std::uint64_t count(std::uint64_t host, AnswerKind kind) const;

  // For a file, two bits a target: 32 of them a word, the first in the lowest bits, in the order of
  // hosts, and of ports within a host.
  static constexpr std::uint64_t words_for(std::uint64_t targets) { return (targets + 31) / 32; }
  void read_words(std::uint64_t first, std::span<std::uint64_t> words) const;
  std::vector<std::uint64_t> words() const;
  // In place of all that is there. `words` are words_for() all targets.
  void restore(std::span<const std::uint64_t> words);

  std::size_t bytes() const;  // of memory

 private:
  static constexpr std::uint64_t k_chunk = 512;  // targets, whose bits are a line of the cache
  static constexpr std::size_t k_chunk_words = k_chunk / 64;

  enum class Shape : std::uint8_t {
    alike,  // all of its targets are of its kind
    some,   // those whose bit is set are; the others have not answered
    mixed,  // two bits a target: each word of lower bits has the one of higher bits behind it
  };
  struct Chunk {
    Shape shape : 2 = Shape::alike;
    AnswerKind kind : 2 = AnswerKind::none;
    std::uint32_t block : 28 = 0;  // of bits_ or of pairs_
  };
  static_assert(sizeof(Chunk) == 4);

  // By a multiplication, as divisions by a number that is not known beforehand take long: the
  // quotient, or one less.
  std::uint64_t place_of(ScanTarget target) const {
    __extension__ typedef unsigned __int128 Wide;
    auto port = static_cast<std::uint64_t>(Wide{target} * hosts_share_ >> 64);
    std::uint64_t host = target - port * hosts_;
    if (host >= hosts_) ++port, host -= hosts_;
    return host * ports_ + port;
  }
  AnswerKind at_place(std::uint64_t place) const {
    const Chunk chunk = chunks_[place / k_chunk];
    if (chunk.shape == Shape::alike) return chunk.kind;
    const std::size_t word = place / 64 % k_chunk_words;
    const auto bit_of = [place](std::uint64_t bits) { return bits >> place % 64 & 1; };
    if (chunk.shape == Shape::some) {
      return bit_of(bits_[chunk.block][word]) != 0 ? chunk.kind : AnswerKind::none;
    }
    const auto& pairs = pairs_[chunk.block];
    return static_cast<AnswerKind>(bit_of(pairs[2 * word]) | bit_of(pairs[2 * word + 1]) << 1);
  }
  void put_at(std::uint64_t place, AnswerKind kind);
  void put_some(Chunk& chunk, std::uint64_t place, bool has_answered);
  void mix(Chunk& chunk);
  std::uint64_t word_at(std::uint64_t index) const;

  std::uint64_t hosts_;
  std::uint64_t hosts_share_;  // one by their number, in parts of 2^64
  std::uint64_t ports_;
  std::vector<Chunk> chunks_;
  BlockPool<k_chunk_words> bits_;
  BlockPool<2 * k_chunk_words> pairs_;
};

}  // namespace patchbay
