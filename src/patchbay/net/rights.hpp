// Rights: what a process may do beyond an ordinary one (capabilities(7)), and how it gives them up.
#pragma once

#include <cstdint>
#include <initializer_list>

#include "patchbay/base/result.hpp"

namespace patchbay {

// A set of capabilities by the kernel's numbers (linux/capability.h): Rights{CAP_NET_RAW}.
class Rights {
 public:
  constexpr Rights() = default;
  constexpr Rights(std::initializer_list<int> numbers) {
    for (const int number : numbers) bits_ |= std::uint64_t{1} << number;
  }
  static constexpr Rights of_bits(std::uint64_t bits) {
    Rights rights;
    rights.bits_ = bits;
    return rights;
  }

  constexpr std::uint64_t bits() const { return bits_; }
  constexpr bool empty() const { return bits_ == 0; }
  constexpr Rights operator|(Rights other) const { return of_bits(bits_ | other.bits_); }
  constexpr Rights operator&(Rights other) const { return of_bits(bits_ & other.bits_); }
  constexpr bool operator==(const Rights&) const = default;

 private:
  std::uint64_t bits_ = 0;
};

struct HeldRights {
  Rights in_force;  // the kernel looks at these
  Rights at_hand;   // may be taken up
};

// Of the calling thread. Faults: system.
Result<HeldRights> held_rights();

// Keeps of its rights these, and gives up the others for good: neither this thread nor a program
// that it starts gets them back, not even one of root's. Those that are kept are laid aside as
// well, until RaisedRights takes them up.
//
// Rights are a thread's, and a thread begins with those of the one that starts it: call this while
// there are no others, or on each of them. Faults: system.
Result<> keep_rights(Rights kept);

// Takes rights up for as long as it lives, on one thread. One that is not at hand it does not: then
// whatever needs that fails, and says why.
class RaisedRights {
 public:
  explicit RaisedRights(Rights wanted);
  ~RaisedRights();
  RaisedRights(const RaisedRights&) = delete;
  RaisedRights& operator=(const RaisedRights&) = delete;

 private:
  Rights laid_aside_;  // before it, and afterwards again
};

}  // namespace patchbay
