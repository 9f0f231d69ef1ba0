// Whether a host holds its answers back, by how many of them came to which try.
#pragma once

#include <cstdint>

namespace patchbay {

enum class HoldsBack : std::uint8_t {
  no,
  seemingly,  // so its silence is no word that nobody is there
  surely,     // so asking it further at this pace is in vain
};

// Of one host, over all of its ports that were asked.
struct AnswersByTry {
  std::uint64_t first = 0;
  std::uint64_t second = 0;
  std::uint64_t later = 0;  // all of the third and those behind it together
  std::uint64_t silent = 0;
};

// A host with a limit answers as many in each round, whatever it is asked; loss leaves fewer to
// each. `rounds` are those that have ended: what two or three tell is no reason to stop, as there
// may be nothing but bad luck behind it.
HoldsBack holds_back(const AnswersByTry& answers, unsigned rounds);

// The same, round after round, where these do not take the same time: a host that counts by the
// second has saved more answers for a round that came late, and then as many are not to be expected
// of the next. So a round is compared with the one before where it came as late, or later.
class PairedRounds {
 public:
  // `answers` came to the try of a round, which was sent so long after that of the round before.
  void add(std::uint32_t answers, bool came_as_late);
  HoldsBack holds_back(std::uint64_t silent) const;

 private:
  std::uint32_t last_ = 0;
  std::uint32_t pairs_ = 0;
  std::uint32_t before_ = 0;  // answers to the first round of each pair
  std::uint32_t after_ = 0;   // … to the second, no more than to its first
};

}  // namespace patchbay
