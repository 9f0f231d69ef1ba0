// Whether a host holds its answers back, by how many of them came to which try.
#pragma once

#include <cstdint>

namespace patchbay {

// Of one host, over all of its ports that were asked.
struct AnswersByTry {
  std::uint64_t first = 0;
  std::uint64_t second = 0;
  std::uint64_t later = 0;  // all of the third and those behind it together
  std::uint64_t silent = 0;
};

enum class HoldsBack : std::uint8_t {
  no,
  seemingly,  // so its silence is no word that nobody is there
  surely,     // so asking it further at this pace is in vain
};

// A host with a limit answers as many in each round, whatever it is asked; loss leaves fewer to
// each. `rounds` are those that have ended: what two or three tell is no reason to stop, as there
// may be nothing but bad luck behind it.
HoldsBack holds_back(const AnswersByTry& answers, unsigned rounds);

}  // namespace patchbay
