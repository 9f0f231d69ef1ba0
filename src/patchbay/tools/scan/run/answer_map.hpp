// AnswerMap: two bits a target, whether it has answered and how.
#pragma once

#include <cstdint>
#include <vector>

namespace patchbay {

// `shut`: it answered that it is not open, which means closed, or unfiltered to an ACK.
enum class AnswerKind : std::uint8_t { none, open, shut, filtered };

class AnswerMap {
 public:
  static constexpr std::uint64_t words_for(std::uint64_t targets) { return (targets + 31) / 32; }
  explicit AnswerMap(std::uint64_t targets) : words_(words_for(targets)) {}

  AnswerKind at(std::uint64_t target) const {
    return static_cast<AnswerKind>((words_[target / 32] >> shift(target)) & 3);
  }
  void put(std::uint64_t target, AnswerKind kind) {
    std::uint64_t& word = words_[target / 32];
    word &= ~(std::uint64_t{3} << shift(target));
    word |= static_cast<std::uint64_t>(kind) << shift(target);
  }

  // 32 targets each, the first in the lowest bits.
  const std::vector<std::uint64_t>& words() const { return words_; }
  std::vector<std::uint64_t>& words() { return words_; }

 private:
  static unsigned shift(std::uint64_t target) { return 2 * static_cast<unsigned>(target % 32); }

  std::vector<std::uint64_t> words_;
};

}  // namespace patchbay
