#include "patchbay/tools/scan/run/answer_map.hpp"

#include <algorithm>

namespace patchbay {

namespace {

// Each bit of the lower half to every other place (a Morton code).
std::uint64_t spread(std::uint64_t bits) {
  bits &= 0xffff'ffff;
  bits = (bits | bits << 16) & 0x0000'ffff'0000'ffff;
  bits = (bits | bits << 8) & 0x00ff'00ff'00ff'00ff;
  bits = (bits | bits << 4) & 0x0f0f'0f0f'0f0f'0f0f;
  bits = (bits | bits << 2) & 0x3333'3333'3333'3333;
  return (bits | bits << 1) & 0x5555'5555'5555'5555;
}

void set_bit(std::uint64_t& word, std::uint64_t place, bool is_set) {
  const std::uint64_t bit = std::uint64_t{1} << place % 64;
  word = is_set ? word | bit : word & ~bit;
}

}  // namespace

AnswerMap::AnswerMap(std::uint64_t hosts, std::uint64_t ports)
    : hosts_(std::max<std::uint64_t>(hosts, 1)),
      hosts_share_(UINT64_MAX / hosts_),
      ports_(ports),
      chunks_((hosts_ * ports + k_chunk - 1) / k_chunk) {}

void AnswerMap::put_at(std::uint64_t place, AnswerKind kind) {
  Chunk& chunk = chunks_[place / k_chunk];
  if (chunk.shape == Shape::alike) {
    if (chunk.kind == kind) return;
    if (chunk.kind == AnswerKind::none) {
      chunk = {.shape = Shape::some, .kind = kind, .block = bits_.take()};
    }
  }
  const bool fits = kind == AnswerKind::none || kind == chunk.kind;
  if (chunk.shape == Shape::some && fits) return put_some(chunk, place, kind != AnswerKind::none);
  if (chunk.shape != Shape::mixed) mix(chunk);
  auto& pairs = pairs_[chunk.block];
  const std::size_t word = place / 64 % k_chunk_words;
  const auto code = static_cast<std::uint8_t>(kind);
  set_bit(pairs[2 * word], place, (code & 1) != 0);
  set_bit(pairs[2 * word + 1], place, (code & 2) != 0);
}

// The last chunk is never full where it has fewer targets.
void AnswerMap::put_some(Chunk& chunk, std::uint64_t place, bool has_answered) {
  auto& bits = bits_[chunk.block];
  std::uint64_t& word = bits[place / 64 % k_chunk_words];
  set_bit(word, place, has_answered);
  const auto is_full = [](std::uint64_t some) { return some == UINT64_MAX; };
  if (!is_full(word) || !std::ranges::all_of(bits, is_full)) return;
  bits_.give_back(chunk.block);
  chunk = {.shape = Shape::alike, .kind = chunk.kind};
}

void AnswerMap::mix(Chunk& chunk) {
  const std::uint32_t mixed = pairs_.take();
  const auto code = static_cast<std::uint8_t>(chunk.kind);
  for (std::size_t word = 0; word < k_chunk_words; ++word) {
    const bool are_some = chunk.shape == Shape::some;
    const std::uint64_t bits = are_some ? bits_[chunk.block][word] : UINT64_MAX;
    pairs_[mixed][2 * word] = (code & 1) != 0 ? bits : 0;
    pairs_[mixed][2 * word + 1] = (code & 2) != 0 ? bits : 0;
  }
  if (chunk.shape == Shape::some) bits_.give_back(chunk.block);
  chunk = {.shape = Shape::mixed, .kind = AnswerKind::none, .block = mixed};
}

std::uint64_t AnswerMap::count(std::uint64_t host, AnswerKind kind) const {
  std::uint64_t count = 0;
  const std::uint64_t end = (host + 1) * ports_;
  for (std::uint64_t place = host * ports_; place < end;) {
    const Chunk chunk = chunks_[place / k_chunk];
    const std::uint64_t next = std::min(end, (place / k_chunk + 1) * k_chunk);
    if (chunk.shape == Shape::mixed || chunk.kind == kind) {
      for (; place < next; ++place) count += at_place(place) == kind ? 1 : 0;
    }
    place = next;
  }
  return count;
}

// --- for a file ----------------------------------------------------------------------------------

std::uint64_t AnswerMap::word_at(std::uint64_t index) const {
  const std::uint64_t place = 32 * index;
  const Chunk chunk = chunks_[place / k_chunk];
  const auto code = static_cast<std::uint64_t>(chunk.kind);
  if (chunk.shape == Shape::alike) return code * spread(UINT64_MAX);
  const std::size_t word = place / 64 % k_chunk_words;
  const auto half = [place](std::uint64_t bits) { return spread(bits >> place % 64); };
  if (chunk.shape == Shape::some) return code * half(bits_[chunk.block][word]);
  const auto& pairs = pairs_[chunk.block];
  return half(pairs[2 * word]) | half(pairs[2 * word + 1]) << 1;
}

void AnswerMap::read_words(std::uint64_t first, std::span<std::uint64_t> words) const {
  for (std::uint64_t& word : words) word = word_at(first++);
}

std::vector<std::uint64_t> AnswerMap::words() const {
  std::vector<std::uint64_t> words(words_for(hosts_ * ports_));
  read_words(0, words);
  return words;
}

void AnswerMap::restore(std::span<const std::uint64_t> words) {
  *this = AnswerMap(hosts_, ports_);
  const std::uint64_t targets = hosts_ * ports_;
  for (std::uint64_t i = 0; i < words.size(); ++i) {
    std::uint64_t rest = words[i];  // whoever wrote the file may have set more than there are
    for (std::uint64_t place = 32 * i; rest != 0 && place < targets; ++place, rest >>= 2) {
      const auto kind = static_cast<AnswerKind>(rest & 3);
      if (kind != AnswerKind::none) put_at(place, kind);
    }
  }
}

std::size_t AnswerMap::bytes() const {
  return chunks_.capacity() * sizeof(Chunk) + bits_.bytes() + pairs_.bytes();
}

}  // namespace patchbay
