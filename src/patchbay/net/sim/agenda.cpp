#include "patchbay/net/sim/agenda.hpp"

#include <algorithm>

namespace patchbay::sim {

namespace {
constexpr std::size_t k_children = 4;
}

void Agenda::add(Pending& pending, Instant when) {
  if (when <= now_) {
    soon_.push_back(&pending);
    return;
  }
  const Entry entry{when, added_++, &pending};
  std::size_t at = later_.size();
  later_.push_back(entry);
  while (at > 0) {
    const std::size_t parent = (at - 1) / k_children;
    if (!entry.before(later_[parent])) break;
    later_[at] = later_[parent];
    at = parent;
  }
  later_[at] = entry;
}

Instant Agenda::next_at() const {
  if (soon_begin_ < soon_.size()) return now_;
  return later_.empty() ? Instant::max() : later_.front().when;
}

Pending& Agenda::take_first() {
  Pending& first = *later_.front().pending;
  const Entry last = later_.back();
  later_.pop_back();
  const std::size_t size = later_.size();
  for (std::size_t at = 0; at < size;) {
    std::size_t least = at * k_children + 1;
    if (least >= size) {
      later_[at] = last;
      break;
    }
    const std::size_t end = std::min(least + k_children, size);
    for (std::size_t child = least + 1; child < end; ++child) {
      if (later_[child].before(later_[least])) least = child;
    }
    if (!later_[least].before(last)) {
      later_[at] = last;
      break;
    }
    later_[at] = later_[least];
    at = least;
  }
  return first;
}

void Agenda::step() {
  ++events_;
  const bool is_soon = soon_begin_ < soon_.size();
  if (!later_.empty() && (!is_soon || later_.front().when <= now_)) {
    now_ = std::max(now_, later_.front().when);
    take_first().happen();
    return;
  }
  Pending& first = *soon_[soon_begin_++];
  if (soon_begin_ == soon_.size()) {
    soon_.clear();
    soon_begin_ = 0;
  }
  first.happen();
}

}  // namespace patchbay::sim
