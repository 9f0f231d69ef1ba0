// Agenda: the virtual clock, and what is to happen when. Between two things that happen no time is
// spent: the clock jumps from one to the next, and stands still while something happens.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "patchbay/base/time.hpp"

namespace patchbay::sim {

// Something that happens at an instant: a packet arrives, a host has its turn, an alarm rings.
// Whoever adds it to the agenda keeps it alive until it has happened; nothing is ever taken out.
class Pending {
 public:
  virtual void happen() = 0;

 protected:
  ~Pending() = default;
};

class Agenda {
 public:
  Instant now() const { return now_; }

  // What is added for an instant that has passed happens now, after all that was added before it.
  void add(Pending& pending, Instant when);

  // When the next thing happens; Instant::max() when nothing ever will.
  Instant next_at() const;
  bool empty() const { return soon_.size() == soon_begin_ && later_.empty(); }

  // Moves the clock to the next thing and lets it happen. Not on an empty agenda.
  void step();
  // Moves the clock only, for somebody who goes on then: that counts as something that happens.
  // Nothing may be due before `to`.
  void skip(Instant to) {
    ++events_;
    now_ = to;
  }

  // How many things have happened.
  std::uint64_t events() const { return events_; }

 private:
  struct Entry {
    Instant when;
    std::uint64_t order;  // of those at one instant
    Pending* pending;

    bool before(const Entry& other) const {
      return when != other.when ? when < other.when : order < other.order;
    }
  };

  Pending& take_first();

  Instant now_{Duration(1s)};  // not zero, so that an instant nobody has set is long past
  std::uint64_t events_ = 0;
  std::uint64_t added_ = 0;
  std::vector<Entry> later_;  // a heap with four children a node: half as deep as one with two
  // What happens at this very instant, first come first served. Whatever else is due now stands in
  // the heap since an earlier instant and goes first.
  std::vector<Pending*> soon_;
  std::size_t soon_begin_ = 0;
};

}  // namespace patchbay::sim
