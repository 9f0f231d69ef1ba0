#include "patchbay/tools/scan/run/scan_run.hpp"

#include <algorithm>

namespace patchbay {

namespace {

// Of a round that is nearly all answered, next() looks at so many targets at a time.
constexpr int k_most_looked_at = 65'536;
constexpr Duration k_stopping = 300ms;
constexpr Duration k_longest_limit = 1s;  // that a host counts its answers by
// Whoever is asked so often and waited for with all patience each time has gone.
constexpr unsigned k_most_looks_in_vain = 4;

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
      watches_path_(may_watch_path(plan, pace)),
      samples_(plan, findings_) {
  if (pace.host_timeout) timer_.emplace(*pace.host_timeout, plan.host_count());
  if (pace.host_spacing > Duration(0)) spacing_.emplace(pace.host_spacing, plan.host_count());
  sign_patience_ = throttle_.patience(true);
  if (shard.count > 1) findings_.restrict_to(walk_.all());
}

bool ScanRun::is_done(ScanTarget target) const {
  if (findings_.at(target) != AnswerKind::none) return true;
  if (plan_.one_answer_is_enough && findings_.has_answered(plan_.host_of(target))) return true;
  return findings_.any_skipped() && findings_.is_skipped(plan_.host_of(target));
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
    if (auto canary = next_canary(now)) return canary;
    if (auto probe = next_of_round(now)) return probe;
  }
  if (phase_ == Phase::signing && !holds_any()) {
    if (auto probe = next_sign()) return probe;
  }
  if (phase_ == Phase::sampling) {
    if (auto probe = next_sample()) return probe;
  }
  const bool is_waited_for = !holds_any() && now >= waited_until();
  if (phase_ == Phase::sampled && (samples_.all_answered() || is_waited_for)) end_samples();
  if (phase_ == Phase::signing || phase_ == Phase::waiting || phase_ == Phase::sampled) {
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
    if (sent_in_round_++ == 0) first_sent_ = now;
    meter_.asked(now);
    const unsigned attempt = std::min(round_, pace_.most_tries);
    return ScanProbe{.target = *due, .attempt = static_cast<std::uint8_t>(attempt)};
  }
  // Whoever is silent is asked this often in any case, so there is nothing to wait for; but not
  // before he has been asked at all.
  if (has_held_ || !is_followed_in_any_case()) {
    look_for_signs(now);
    return std::nullopt;
  }
  evidence_.end_round(round_, round_sent());
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
  sign_patience_ = throttle_.patience(true);
  sent_in_round_ = 0;
  answers_in_round_ = 0;
  has_held_ = false;
  is_cut_ = false;
}

// --- when it is enough ---------------------------------------------------------------------------

Instant ScanRun::waited_until() const {
  const Duration tail = throttle_.tail();
  if (signs_.are_settled()) return last_sent_ + tail;
  return last_sent_ + std::max(tail, std::min(pace_.timeout, pace_.tail));
}

void ScanRun::end_round(Instant now) {
  if (!signs_.are_settled() && ++looks_in_vain_ < k_most_looks_in_vain) {
    signs_.again();
    phase_ = Phase::signing;
    return;
  }
  looks_in_vain_ = 0;
  if (has_stood_still()) {
    stood_still_ = true;
    if (!is_cut_) evidence_.waste(++wasted_);
  }
  if (!signs_.are_settled()) return lose_sight();
  evidence_.end_round(round_, round_sent());
  // A round without an answer tells that nobody holds any back, or not for us; but some count by
  // the second, and give nothing more in one that has been used up.
  const bool was_asked = evidence_.tries(round_) >= pace_.most_tries;
  const bool is_used_up = evidence_.is_held_back() && now - last_answer_ < k_longest_limit;
  const bool is_in_vain = !is_cut_ && answers_in_round_ == 0 && was_asked && !is_used_up;
  if (!evidence_.is_enough(round_) && !is_in_vain && (is_cut_ || sent_in_round_ > 0)) {
    const bool has_tries = round_ < pace_.most_tries || evidence_.is_held_back();
    if (stood_still_ && !has_tries) return lose_sight();
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
  canaries_since_ = now;
  walk_.rewind();
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
  if (is_of_canary(answer, now) && (heard_sample(target) || heard_sign(target, answer, now))) {
    ++duplicates_;
    return false;
  }
  const AnswerKind kind = kind_of(answer.state);
  const AnswerKind before = findings_.at(target);
  if (before != AnswerKind::none && heard_canary(target, answer)) {
    throttle_.answered_again(answer, now);
  }
  const bool opens = kind == AnswerKind::open && before != AnswerKind::open;
  if (before != AnswerKind::none && !opens) {
    ++duplicates_;
    return false;
  }
  if (before == AnswerKind::none) {
    throttle_.answered(answer, now);
    // Nobody minds being asked again by a SYN, and what says no is a kernel.
    if (watches_path_ && kind == AnswerKind::shut &&
        plan_.port_of(target).protocol == ScanProtocol::tcp) {
      throttle_.path().answered(target);
    }
    ++answers_in_round_;
    last_answer_ = now;
    meter_.answered();
    evidence_.answered(target, answer, latest_try());
    if (plan_.port_of(target).protocol == ScanProtocol::tcp && kind != AnswerKind::filtered) {
      signs_.heard(target, kind);
    }
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
  // Of a target that has answered this host says nothing new.
  if (probe.canary) {
    throttle_.path().take_back(probe.target);
    samples_.answered(probe.target);
    return;
  }
  findings_.record(probe.target, answer);
}

void ScanRun::unsent(const ScanProbe& probe, Instant now) {
  ++shortages_;
  --sent_;
  throttle_.shortage(now);
  // There will be another canary; a sample is due again.
  if (probe.canary && throttle_.path().take_back(probe.target)) return;
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

// --- results -------------------------------------------------------------------------------------

HostReport ScanRun::report(std::uint64_t host) const {
  HostReport report = evidence_.report(host, round_, phase_ == Phase::ended);
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
                    .residual = evidence_.residual(round_),
                    .went_silent = evidence_.has_lost_sight()};
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
          // Those who were given up or lost sight of may be asked once more.
          .is_whole = phase_ == Phase::ended && given_up_.empty() && !evidence_.has_lost_sight(),
          .likely_steps = likely,
          .other_steps = others,
          .losses = evidence_.losses()};
}

void ScanRun::resume(const Position& position, std::span<const std::uint64_t> answers,
                     AnswerDetails::Saved details) {
  findings_.restore(answers, std::move(details));
  round_ = position.round;
  // What was on its way then nobody has waited for.
  const bool has_begun = round_ > 1 || position.likely_steps + position.other_steps > 0;
  is_cut_ = has_begun && !position.is_whole;
  wasted_ = position.wasted + (is_cut_ ? 1 : 0);
  evidence_.waste(wasted_);
  if (has_begun) evidence_.forget_tries();
  evidence_.restore(position.losses);
  if (position.is_whole) phase_ = Phase::ended;
  walk_.go_to({.likely = position.likely_steps, .others = position.other_steps});
  meter_.begin(walk_.passed());
}

}  // namespace patchbay
