#include "patchbay/tools/scan/run/scan_run.hpp"

#include <algorithm>
#include <cmath>

namespace patchbay {

namespace {

// Of a round that is nearly all answered, next() looks at so many targets at a time.
constexpr int k_most_looked_at = 65'536;
constexpr Duration k_stopping = 300ms;
constexpr Duration k_longest_limit = 1s;  // that a host counts its answers by
// Who goes slower than this wants to be as quiet as that.
constexpr double k_least_watched_per_second = 1000;
// So many tries have a source port of their own, by which their answers are known.
constexpr unsigned k_most_told_tries = 16;
// A time that an answer tells of its probe may be so much too early.
constexpr Duration k_coarse_time = 5ms;
// Whoever is asked so often and waited for with all patience each time has gone.
constexpr unsigned k_most_looks_in_vain = 4;
constexpr double k_hardly = 0.001;
constexpr double k_rarely = 0.01;

bool may_watch_path(const ScanPlan& plan, const ScanPace& pace) {
  return !plan.one_answer_is_enough && pace.host_spacing == Duration(0) && pace.most_tries > 1 &&
         pace.most_tries < k_most_told_tries &&
         pace.silent_per_second >= k_least_watched_per_second;
}

// So many questions are hardly ever all lost.
std::size_t enough_questions(double loss) {
  const double enough = std::ceil(std::log(k_hardly) / std::log(std::clamp(loss, 1e-6, 0.99)));
  return std::max<std::size_t>(2, static_cast<std::size_t>(enough));
}

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

// What a path loses is found out while silence has to be told from loss, and not where a host holds
// its answers back.
std::optional<ScanProbe> ScanRun::next_canary(Instant now) {
  if (!watches_path_ || evidence_.is_held_back()) return std::nullopt;
  const auto target = throttle_.path().next_canary(now);
  if (!target) return std::nullopt;
  if (findings_.is_skipped(plan_.host_of(*target))) {
    throttle_.path().take_back(*target);
    return std::nullopt;
  }
  const auto attempt = static_cast<std::uint8_t>(canary_attempt());
  return ScanProbe{.target = *target, .attempt = attempt, .canary = true};
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

// --- signs of life -------------------------------------------------------------------------------

bool ScanRun::is_followed_in_any_case() const {
  return evidence_.tries(round_) < std::min(pace_.least_tries, pace_.most_tries);
}

// Where each has one try alone nobody is asked a second time for this; whoever is looked for has
// not answered yet; who is not to be waited for need not be asked; and of hosts that hold back
// silence is no news.
std::size_t ScanRun::signs_wanted() const {
  if (pace_.most_tries == 1 || plan_.one_answer_is_enough) return 0;
  if (pace_.tail < throttle_.usual_patience()) return 0;
  if (is_followed_in_any_case() || evidence_.is_held_back()) return 0;
  const std::size_t enough = enough_questions(evidence_.loss(round_));
  // Where that many are lost, their silence is no news either.
  return enough > LifeSigns::k_most ? 0 : std::min<std::uint64_t>(enough, sent_in_round_);
}

void ScanRun::look_for_signs(Instant now) {
  signs_.begin(signs_wanted(),
               [this](ScanTarget target) { return !findings_.is_skipped(plan_.host_of(target)); });
  sign_patience_ = std::min(sign_patience_, throttle_.patience(true));
  canaries_since_ = now;
  phase_ = Phase::signing;
}

std::optional<ScanProbe> ScanRun::next_sign() {
  if (const auto target = signs_.next()) {
    const auto attempt = static_cast<std::uint8_t>(canary_attempt());
    return ScanProbe{.target = *target, .attempt = attempt, .canary = true};
  }
  phase_ = Phase::waiting;
  return std::nullopt;
}

// One that no other probe has, where that can be.
unsigned ScanRun::canary_attempt() const {
  return std::min(pace_.most_tries + 1, k_most_told_tries);
}

bool ScanRun::heard_sign(ScanTarget target, const ScanAnswer& answer, Instant now) {
  const bool is_late = answer.round_trip && *answer.round_trip > sign_patience_;
  if (!signs_.answered(target, is_late)) return false;
  throttle_.answered_again(answer, now);
  return true;
}

// They were late, or silent for longer than loss explains.
bool ScanRun::has_stood_still() const {
  if (signs_.are_late() || !signs_.are_settled()) return true;
  return signs_.in_vain() > 0 &&
         std::pow(evidence_.loss(round_), static_cast<double>(signs_.in_vain())) < k_rarely;
}

// Nobody answers any more, or there is no try left.
void ScanRun::lose_sight() {
  evidence_.lose_sight();
  phase_ = Phase::ended;
}

Instant ScanRun::waited_until() const {
  const Duration tail = throttle_.tail();
  if (signs_.are_settled()) return last_sent_ + tail;
  return last_sent_ + std::max(tail, std::min(pace_.timeout, pace_.tail));
}

// --- when it is enough ---------------------------------------------------------------------------

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

std::optional<ScanProbe> ScanRun::next_sample() {
  if (const auto target = samples_.next(walk_)) {
    const auto attempt = static_cast<std::uint8_t>(canary_attempt());
    return ScanProbe{.target = *target, .attempt = attempt, .canary = true};
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

// A target may repeat its first answer, which says nothing of a canary.
bool ScanRun::is_of_canary(const ScanAnswer& answer, Instant now) const {
  if (answer.attempt != 0) return answer.attempt >= canary_attempt();
  return !answer.round_trip || now - *answer.round_trip + k_coarse_time >= canaries_since_;
}

// It may have been asked before anybody looked for signs of life.
bool ScanRun::heard_canary(ScanTarget target, const ScanAnswer& answer) {
  const bool may_be = answer.attempt == 0 || answer.attempt >= canary_attempt();
  return may_be && throttle_.path().heard(target);
}

bool ScanRun::heard_sample(ScanTarget target) {
  if (!samples_.answered(target)) return false;
  evidence_.sampled(true);
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

// --- hosts that are given up ---------------------------------------------------------------------

// Of the first round: after it all have been.
std::uint64_t ScanRun::positions_asked() const {
  return round_ > 1 || phase_ != Phase::asking ? positions_ : walk_.passed();
}

void ScanRun::forget_unasked() {
  std::vector<ScanProbe> waiting;  // for their first turn
  if (round_ == 1 && spacing_) waiting = spacing_->waiting();
  if (round_ == 1) waiting.insert(waiting.end(), put_off_.begin(), put_off_.end());
  const bool were_all = positions_asked() == positions_;
  if (were_all && given_up_.empty() && waiting.empty()) return;
  std::vector<bool> targets = were_all ? walk_.all() : walk_.all_passed();
  if (!given_up_.empty()) {
    walk_.for_each(positions_asked(), [&](std::uint64_t position, ScanTarget target) {
      const auto given_up = given_up_.find(plan_.host_of(target));
      if (given_up == given_up_.end()) return;
      if (position >= given_up->second.positions) targets[target] = false;
    });
  }
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
