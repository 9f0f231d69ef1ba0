#include "patchbay/tools/scan/run/scan_run.hpp"

#include <algorithm>

namespace patchbay {

namespace {

// Of a round that is nearly all answered, next() looks at so many targets at a time.
constexpr int k_most_looked_at = 65'536;
constexpr Duration k_stopping = 300ms;

}  // namespace

ScanRun::ScanRun(const ScanPlan& plan, const ScanPace& pace, ScanListener& listener,
                 std::uint64_t seed, const ScanShard& shard)
    : plan_(plan),
      pace_(pace),
      listener_(listener),
      findings_(plan),
      evidence_(plan, pace_, findings_),
      walk_(plan, seed, shard),
      positions_(walk_.size()),
      throttle_(pace_, plan.host_count()),
      samples_(plan, findings_) {
  if (pace.host_timeout) timer_.emplace(*pace.host_timeout, plan.host_count());
  if (pace.host_spacing > Duration(0)) spacing_.emplace(pace.host_spacing, plan.host_count());
  if (shard.count > 1) findings_.restrict_to(walk_.all());
}

bool ScanRun::is_done(ScanTarget target) const {
  if (findings_.at(target) != AnswerKind::none) return true;
  if (plan_.one_answer_is_enough && findings_.has_answered(plan_.host_of(target))) return true;
  return findings_.is_skipped(plan_.host_of(target));
}

// --- what is next --------------------------------------------------------------------------------

std::optional<ScanProbe> ScanRun::next(Instant now) {
  if (!began_) began_ = round_began_ = now;
  wake_at_ = Instant::max();
  const auto later = throttle_.not_before(now);
  if (phase_ == Phase::ended || stopped_) return std::nullopt;
  if (later) {
    wake_at_ = *later;
    return std::nullopt;
  }
  auto probe = next_due(now);
  if (!probe) return std::nullopt;
  if (timer_) timer_->begin(plan_.host_of(probe->target), now);
  if (spacing_) spacing_->sent(plan_.host_of(probe->target), now);
  throttle_.sent(now);
  last_sent_ = now;
  wake_at_ = now;  // there may be another one
  ++sent_;
  return probe;
}

// What is due and is not too soon for its host.
std::optional<ScanProbe> ScanRun::next_due(Instant now) {
  if (!spacing_) return next_wanted(now);
  while (const auto probe = spacing_->take(now)) {
    if (is_still_due(*probe, now)) return probe;
    if (round_ == 1 && given_up_.contains(plan_.host_of(probe->target))) {
      dropped_unasked_.push_back(probe->target);
    }
  }
  while (spacing_->has_room()) {
    const auto probe = next_wanted(now);
    if (!probe) break;
    const std::uint64_t host = plan_.host_of(probe->target);
    if (spacing_->is_free(host, now)) return probe;
    spacing_->put_off(*probe, host, now);
    has_held_ = true;
  }
  wake_at_ = std::min(wake_at_, spacing_->next_turn());
  return std::nullopt;
}

std::optional<ScanProbe> ScanRun::next_wanted(Instant now) {
  while (!put_off_.empty()) {
    const ScanProbe probe = put_off_.front();
    put_off_.pop_front();
    if (is_still_due(probe, now)) return probe;
  }
  if (phase_ == Phase::waiting && !holds_any() && now >= waited_until()) end_round(now);
  if (phase_ == Phase::asking) {
    if (auto probe = next_of_round(now)) return probe;
  }
  if (phase_ == Phase::sampling) {
    if (auto probe = next_sample()) return probe;
  }
  const bool is_waited_for = !holds_any() && now >= waited_until();
  if (phase_ == Phase::sampled && (samples_.all_answered() || is_waited_for)) end_samples();
  if (phase_ == Phase::waiting || phase_ == Phase::sampled) {
    wake_at_ = holds_any() ? Instant::max() : waited_until();
  }
  return std::nullopt;
}

std::optional<ScanProbe> ScanRun::next_of_round(Instant now) {
  for (int looked = 0;; ++looked) {
    const auto due = walk_.due();
    if (!due) break;
    if (is_done(*due)) {
      walk_.pass();
      if (looked < k_most_looked_at) continue;
      wake_at_ = now;  // there is more to look at
      return std::nullopt;
    }
    if (round_ > 1) {
      const Instant due_at = last_round_.sent_by(walk_.position()) + throttle_.usual_patience();
      if (now < due_at) {
        wake_at_ = due_at;
        return std::nullopt;
      }
    }
    if (give_up_if_late(*due, now)) continue;
    walk_.pass();
    this_round_.note(walk_.position(), now);
    ++sent_in_round_;
    meter_.asked(now);
    const unsigned attempt = std::min(round_, pace_.most_tries);
    return ScanProbe{.target = *due, .attempt = static_cast<std::uint8_t>(attempt)};
  }
  phase_ = Phase::waiting;
  // Whoever is silent is asked this often in any case, so there is nothing to wait for; but not
  // before he has been asked at all.
  const unsigned in_any_case = std::min(pace_.least_tries, pace_.most_tries);
  if (has_held_ || evidence_.tries(round_) >= in_any_case) return std::nullopt;
  begin_round(now);
  return next_of_round(now);
}

void ScanRun::begin_round(Instant now) {
  ++round_;
  phase_ = Phase::asking;
  last_pace_ = meter_.read({.now = last_sent_, .passed = positions_});
  meter_.begin(0);
  walk_.rewind();
  std::swap(this_round_, last_round_);
  this_round_.clear();
  round_began_ = now;
  sent_in_round_ = 0;
  answers_in_round_ = 0;
  has_held_ = false;
  is_cut_ = false;
}

// --- when it is enough ---------------------------------------------------------------------------

void ScanRun::end_round(Instant now) {
  evidence_.look_for_limits(round_);
  // A round without an answer tells that nobody holds any back, or not for us.
  const bool was_asked = evidence_.tries(round_) >= pace_.most_tries;
  const bool is_in_vain = !is_cut_ && answers_in_round_ == 0 && was_asked;
  if (!evidence_.is_enough(round_) && !is_in_vain && (is_cut_ || sent_in_round_ > 0)) {
    // A path that lost much of this round may have been asked too fast.
    const double lasted = std::chrono::duration<double>(now - round_began_).count();
    if (evidence_.is_held_back() && lasted > 0) {
      throttle_.follow(std::max(50.0, 2 * static_cast<double>(answers_in_round_) / lasted));
    } else if (evidence_.loss(round_) > 0.1 && lasted > 0 && sent_in_round_ > 1000) {
      throttle_.slow_down(std::max(500.0, static_cast<double>(sent_in_round_) / lasted / 2));
    }
    return begin_round(now);
  }
  if (pace_.most_tries > 1 || findings_.answered() == 0) {
    phase_ = Phase::ended;
    return;
  }
  // One try alone tells nothing of losses: some that answered are asked again.
  phase_ = Phase::sampling;
  walk_.rewind();
}

std::optional<ScanProbe> ScanRun::next_sample() {
  if (const auto target = samples_.next(walk_)) {
    return ScanProbe{.target = *target,
                     .attempt = static_cast<std::uint8_t>(pace_.most_tries + 1),
                     .canary = true};
  }
  if (samples_.has_all()) {
    phase_ = Phase::sampled;
  } else {
    wake_at_ = last_sent_;
  }
  return std::nullopt;
}

void ScanRun::end_samples() {
  for (std::size_t lost = samples_.give_up(); lost != 0; --lost) evidence_.sampled(false);
  phase_ = Phase::ended;
}

bool ScanRun::finished(Instant now) {
  if (stopped_) return throttle_.waiting() == 0 || now >= ends_at_;
  if (evidence_.knows_all()) phase_ = Phase::ended;
  return phase_ == Phase::ended;
}

Instant ScanRun::wake_at(Instant now) const {
  if (phase_ == Phase::ended) return now;
  if (stopped_) return ends_at_;
  return std::max(wake_at_, now);
}

void ScanRun::stop(Instant now) {
  if (stopped_) return;
  stopped_ = true;
  ends_at_ = now + std::min(k_stopping, throttle_.usual_patience());
}

// --- answers -------------------------------------------------------------------------------------

bool ScanRun::answered(ScanTarget target, const ScanAnswer& answer, Instant now) {
  // A target may repeat its first answer, which says nothing of the sample.
  const bool may_be_sample = answer.attempt == 0 || answer.attempt > pace_.most_tries;
  if (may_be_sample && samples_.answered(target)) {
    evidence_.sampled(true);
    ++duplicates_;
    return false;
  }
  const AnswerKind kind = kind_of(answer.state);
  const AnswerKind before = findings_.at(target);
  const bool opens = kind == AnswerKind::open && before != AnswerKind::open;
  if (before != AnswerKind::none && !opens) {
    ++duplicates_;
    return false;
  }
  if (before == AnswerKind::none) {
    throttle_.answered(answer, now);
    ++answers_in_round_;
    meter_.answered();
    evidence_.answered(target, answer, latest_try());
  }
  findings_.record(target, answer);
  if (opens)
    listener_.found(plan_.address_of(target), {.port = plan_.port_of(target), .answer = answer});
  return true;
}

// Until a round has asked somebody, answers are to the one before.
unsigned ScanRun::latest_try() const {
  const unsigned latest = round_ > 1 && sent_in_round_ == 0 ? round_ - 1 : round_;
  return std::min(latest, pace_.most_tries);
}

void ScanRun::hold(const ScanProbe& probe, Instant now) {
  if (spacing_) spacing_->hold(plan_.host_of(probe.target));
  throttle_.hold(now);
  ++held_;
  has_held_ = true;
}

void ScanRun::let_go(const ScanProbe& probe, Instant now) {
  if (spacing_) spacing_->sent(plan_.host_of(probe.target), now);
  throttle_.let_go(now);
  last_sent_ = now;
  --held_;
}

void ScanRun::settle(const ScanProbe& probe, const ScanAnswer& answer, Instant now) {
  --sent_;
  throttle_.take_back(now);
  findings_.record(probe.target, answer);
}

void ScanRun::unsent(const ScanProbe& probe, Instant now) {
  ++shortages_;
  --sent_;
  throttle_.shortage(now);
  put_off_.push_back(probe);
}

void ScanRun::dropped(std::uint64_t count) {
  dropped_ += count;
  evidence_.dropped(round_);
  throttle_.dropped();
}

// What was measured before says nothing of what comes.
void ScanRun::set_ceiling(double silent_per_second) {
  throttle_.set_ceiling(silent_per_second);
  meter_.begin(walk_.passed());
  last_pace_ = {};
}

// --- hosts that are given up ---------------------------------------------------------------------

// Of the first round: after it all have been.
std::uint64_t ScanRun::positions_asked() const {
  return round_ > 1 || phase_ != Phase::asking ? positions_ : walk_.passed();
}

void ScanRun::forget_unasked() {
  std::vector<ScanProbe> waiting;  // for their first turn
  if (round_ == 1 && spacing_) waiting = spacing_->waiting();
  if (round_ == 1) waiting.insert(waiting.end(), put_off_.begin(), put_off_.end());
  if (positions_asked() == positions_ && given_up_.empty() && waiting.empty()) return;
  std::vector<bool> targets(plan_.targets());
  walk_.for_each(positions_asked(), [&](std::uint64_t position, ScanTarget target) {
    const auto given_up = given_up_.find(plan_.host_of(target));
    targets[target] = given_up == given_up_.end() || position < given_up->second.positions;
  });
  for (const ScanTarget target : dropped_unasked_) targets[target] = false;
  for (const ScanProbe& probe : waiting) {
    if (!probe.canary) targets[probe.target] = false;
  }
  findings_.restrict_to(std::move(targets));
}

void ScanRun::give_up(std::uint64_t host, bool is_late) {
  findings_.skip(host);
  given_up_.try_emplace(host, GivenUp{.is_late = is_late, .positions = positions_asked()});
}

// When it is to be asked again, and not before: whoever has answered all of it by then is in time.
bool ScanRun::give_up_if_late(ScanTarget target, Instant now) {
  if (!timer_ || !timer_->is_over(plan_.host_of(target), now)) return false;
  give_up(plan_.host_of(target), true);
  return true;
}

// Of one that had to wait.
bool ScanRun::is_still_due(const ScanProbe& probe, Instant now) {
  if (probe.canary) return true;
  return !is_done(probe.target) && !give_up_if_late(probe.target, now);
}

// --- results -------------------------------------------------------------------------------------

HostReport ScanRun::report(std::uint64_t host) const {
  HostReport report = evidence_.report(host, round_);
  const auto given_up = given_up_.find(host);
  report.timed_out = given_up != given_up_.end() && given_up->second.is_late;
  report.skipped = report.skipped && !report.timed_out;
  return report;
}

ScanTotals ScanRun::totals(Instant now) const {
  ScanTotals totals{.hosts = plan_.host_count(),
                    .hosts_up = findings_.hosts_up(),
                    .targets = findings_.targets(),
                    .sent = sent_,
                    .matched = findings_.answered(),
                    .duplicates = duplicates_,
                    .foreign = foreign_,
                    .corrupt = corrupt_,
                    .dropped = dropped_,
                    .shortages = shortages_,
                    .loss = evidence_.seen_loss(),
                    .residual = evidence_.residual(round_)};
  if (began_) totals.elapsed = now - *began_;
  findings_.count_states(totals);
  totals.complete = phase_ == Phase::ended && !stopped_ && !findings_.any_skipped() &&
                    evidence_.is_certain(round_);
  return totals;
}

ScanRun::Position ScanRun::position() const {
  const auto [likely, others] = walk_.steps();
  return {.round = round_,
          .wasted = wasted_ - (is_cut_ ? 1 : 0),  // this one is counted when it goes on
          .is_whole = phase_ == Phase::ended,
          .likely_steps = likely,
          .other_steps = others};
}

void ScanRun::resume(const Position& position, std::vector<std::uint64_t> answers,
                     AnswerDetails::Saved details) {
  findings_.restore(std::move(answers), std::move(details));
  round_ = position.round;
  // What was on its way then nobody has waited for.
  const bool has_begun = round_ > 1 || position.likely_steps + position.other_steps > 0;
  is_cut_ = has_begun && !position.is_whole;
  wasted_ = position.wasted + (is_cut_ ? 1 : 0);
  evidence_.waste(wasted_);
  walk_.go_to({.likely = position.likely_steps, .others = position.other_steps});
  meter_.begin(walk_.passed());
}

}  // namespace patchbay
