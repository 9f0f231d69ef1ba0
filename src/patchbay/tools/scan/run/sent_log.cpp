#include "patchbay/tools/scan/run/sent_log.hpp"

#include <algorithm>

namespace patchbay {

void SentLog::note(std::uint64_t position, Instant now) {
  last_ = now;
  if (!entries_.empty() && now - entries_.back().from < width_) return;
  if (entries_.size() == k_most_entries) {
    std::size_t kept = 0;
    for (std::size_t i = 0; i < entries_.size(); i += 2) entries_[kept++] = entries_[i];
    entries_.resize(kept);
    width_ *= 2;
  }
  entries_.push_back({position, now});
}

Instant SentLog::sent_by(std::uint64_t position) {
  while (cursor_ + 1 < entries_.size() && entries_[cursor_ + 1].position <= position) ++cursor_;
  if (entries_.empty()) return last_;
  const bool is_last = cursor_ + 1 == entries_.size();
  return is_last ? last_ : std::min(entries_[cursor_ + 1].from, last_);
}

void SentLog::clear() {
  entries_.clear();
  width_ = 2ms;
  cursor_ = 0;
}

}  // namespace patchbay
