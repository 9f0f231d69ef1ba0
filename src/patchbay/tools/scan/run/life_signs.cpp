#include "patchbay/tools/scan/run/life_signs.hpp"

namespace patchbay {

void LifeSigns::heard(ScanTarget target, AnswerKind kind) {
  (kind == AnswerKind::open ? open_ : shut_).add(target);
}

void LifeSigns::again() {
  in_vain_ += asked_.size();
  next_ = 0;
  waiting_.clear();
}

std::optional<ScanTarget> LifeSigns::next() {
  if (next_ == asked_.size()) return std::nullopt;
  waiting_.push_back(asked_[next_]);
  return asked_[next_++];
}

bool LifeSigns::answered(ScanTarget target, bool is_late) {
  if (std::erase(waiting_, target) == 0) return false;
  has_answer_ = true;
  if (!is_late) has_timely_answer_ = true;
  return true;
}

}  // namespace patchbay
