// LifeSigns: whether those who have answered still do. When a round is over some of them are asked
// once more: where none says anything, the silence of the others says nothing either.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "patchbay/tools/scan/run/answer_map.hpp"
#include "patchbay/tools/scan/scan_plan.hpp"

namespace patchbay {

class LifeSigns {
 public:
  static constexpr std::size_t k_most = 8;  // that are asked at a time

  // A first answer: `open` or `shut`, of a port that nobody minds being asked again.
  void heard(ScanTarget target, AnswerKind kind);

  // A round is over. So many are to be asked, at most; nobody where nobody has answered. Only those
  // of which may_ask(target).
  template <class MayAsk>
  void begin(std::size_t wanted, MayAsk may_ask);
  // None of them has answered, and each is asked once more.
  void again();
  // The next to be asked.
  std::optional<ScanTarget> next();

  // Whether it is one that was asked and has not answered since. `is_late`: no other try is waited
  // for so long.
  bool answered(ScanTarget target, bool is_late);

  // Nobody has to be waited for: one has answered, or none was asked.
  bool are_settled() const { return asked_.empty() || has_answer_; }
  // One has answered only when nobody would have waited any more, and none before.
  bool are_late() const { return has_answer_ && !has_timely_answer_; }
  // How many questions nobody has answered, before those of the last time.
  std::size_t in_vain() const { return in_vain_; }

 private:
  // The latest of one kind.
  struct Lately {
    std::array<ScanTarget, k_most> targets = {};
    std::size_t count = 0;  // of all there were

    void add(ScanTarget target) { targets[count++ % k_most] = target; }
    bool has(std::size_t back) const { return back < k_most && back < count; }
    ScanTarget at(std::size_t back) const { return targets[(count - 1 - back) % k_most]; }
  };

  Lately open_;
  Lately shut_;
  std::vector<ScanTarget> asked_;    // for this round
  std::size_t next_ = 0;             // of those
  std::vector<ScanTarget> waiting_;  // that have not answered yet
  std::size_t in_vain_ = 0;
  bool has_answer_ = false;
  bool has_timely_answer_ = false;
};

// Of both kinds: a host may hold its resets back, and a firewall may begin to drop what is new.
template <class MayAsk>
void LifeSigns::begin(std::size_t wanted, MayAsk may_ask) {
  asked_.clear();
  for (std::size_t back = 0; back < k_most; ++back) {
    for (const Lately* const lately : {&open_, &shut_}) {
      if (asked_.size() >= wanted || !lately->has(back)) continue;
      if (may_ask(lately->at(back))) asked_.push_back(lately->at(back));
    }
  }
  next_ = in_vain_ = 0;
  waiting_.clear();
  has_answer_ = has_timely_answer_ = false;
}

}  // namespace patchbay
