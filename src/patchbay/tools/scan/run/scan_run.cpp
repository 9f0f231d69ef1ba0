#include "patchbay/tools/scan/run/scan_run.hpp"

#include <algorithm>
#include <cmath>

namespace patchbay {

namespace {

// Of a round that is nearly all answered, next() looks at so many targets at a time.
constexpr int k_most_looked_at = 65'536;
constexpr std::size_t k_most_samples = 20'000;
// Fewer open ports than this are no measure of their own.
constexpr std::uint64_t k_enough_open = 200;
constexpr double k_least_window = 16;
constexpr Duration k_hold_after_shortage = 5ms;
constexpr Duration k_least_tail = 250ms;
constexpr Duration k_stopping = 300ms;

std::uint64_t likely_targets(const ScanPlan& plan) { return plan.likely_ports * plan.host_count(); }

// So much may be sent at once without a pause.
BucketSize burst_of(double per_second) {
  const double burst = std::max(16.0, per_second / 100);
  return {.saved = burst, .most = burst};
}

// Answers make room for more than time does: a second's worth at the ceiling, so that a path of a
// long round trip can be filled.
BucketSize room_for_silence(const ScanPace& pace, double silent_per_second) {
  const double saved = std::max<double>(pace.first_waiting, 1);
  return {.saved = saved, .most = std::max(saved, silent_per_second)};
}

double everything_per_second(const ScanPace& pace, std::uint64_t hosts) {
  double rate = pace.per_second.value_or(1e9);
  // The order is shuffled over all hosts, so each gets its share of the whole.
  if (pace.host_per_second)
    rate = std::min(rate, *pace.host_per_second * static_cast<double>(hosts));
  return rate;
}

}  // namespace

ScanRun::ScanRun(const ScanPlan& plan, const ScanPace& pace, ScanListener& listener,
                 std::uint64_t seed, const ScanShard& shard)
    : plan_(plan),
      pace_(pace),
      listener_(listener),
      findings_(plan),
      likely_(likely_targets(plan), seed, shard.index, shard.count),
      others_(plan.targets() - likely_targets(plan), seed + 1, shard.index, shard.count),
      positions_(likely_.size() + others_.size()),
      silence_(pace.silent_per_second, room_for_silence(pace, pace.silent_per_second)),
      all_(everything_per_second(pace, plan.host_count()),
           burst_of(everything_per_second(pace, plan.host_count()))),
      window_(pace.waiting) {
  if (shard.count > 1) findings_.restrict_to(targets_up_to(positions_));
}

bool ScanRun::is_done(ScanTarget target) const {
  if (findings_.at(target) != AnswerKind::none) return true;
  if (plan_.one_answer_is_enough && findings_.has_answered(plan_.host_of(target))) return true;
  return !skipped_.empty() && skipped_[plan_.host_of(target)];
}

// --- what is next --------------------------------------------------------------------------------

std::optional<ScanProbe> ScanRun::next(Instant now) {
  if (!began_) began_ = round_began_ = now;
  catch_up(now);
  if (!may_send(now)) return std::nullopt;
  auto probe = next_due(now);
  if (!probe) return std::nullopt;
  silence_.take();
  all_.take();
  flight_.sent(now);
  last_sent_ = now;
  wake_at_ = now;  // there may be another one
  ++sent_;
  // What a shortage took away comes back with what goes well.
  window_ = std::min<double>(window_ + 0.25, pace_.waiting);
  return probe;
}

void ScanRun::catch_up(Instant now) {
  wake_at_ = Instant::max();
  silence_.refill(now);
  all_.refill(now);
  flight_.expire(now - usual_patience());
}

bool ScanRun::may_send(Instant now) {
  if (phase_ == Phase::ended || stopped_) return false;
  if (now < held_until_) {
    wake_at_ = held_until_;
    return false;
  }
  if (static_cast<double>(flight_.waiting()) >= window_) {
    wake_at_ = flight_.oldest() + usual_patience() + 5ms;  // the stretch of time that it counts in
    return false;
  }
  if (silence_.has_one() && all_.has_one()) return true;
  wake_at_ = std::max(silence_.next_at(now), all_.next_at(now));
  return false;
}

std::optional<ScanProbe> ScanRun::next_due(Instant now) {
  while (!put_off_.empty()) {
    const ScanProbe probe = put_off_.front();
    put_off_.pop_front();
    if (probe.canary || !is_done(probe.target)) return probe;
  }
  if (phase_ == Phase::waiting && held_ == 0 && now >= waited_until()) end_round(now);
  if (phase_ == Phase::asking) {
    if (auto probe = next_of_round(now)) return probe;
  }
  if (phase_ == Phase::sampling) {
    if (auto probe = next_sample()) return probe;
  }
  if (phase_ == Phase::sampled && (samples_.empty() || now >= waited_until())) end_samples();
  if (phase_ == Phase::waiting || phase_ == Phase::sampled) {
    wake_at_ = held_ > 0 ? Instant::max() : waited_until();
  }
  return std::nullopt;
}

std::optional<ScanTarget> ScanRun::advance() {
  auto number = likely_.next();
  if (number) return number;
  number = others_.next();
  if (!number) return std::nullopt;
  return *number + likely_targets(plan_);
}

std::optional<ScanProbe> ScanRun::next_of_round(Instant now) {
  for (int looked = 0;; ++looked) {
    if (!due_) {
      due_ = advance();
      if (!due_) break;
      ++position_;
    }
    if (is_done(*due_)) {
      due_.reset();
      if (looked < k_most_looked_at) continue;
      wake_at_ = now;  // there is more to look at
      return std::nullopt;
    }
    if (round_ > 1) {
      const Instant due_at = last_round_.sent_by(position_) + usual_patience();
      if (now < due_at) {
        wake_at_ = due_at;
        return std::nullopt;
      }
    }
    this_round_.note(position_, now);
    ++sent_in_round_;
    const unsigned attempt = std::min(round_, pace_.most_tries);
    return ScanProbe{.target = *std::exchange(due_, std::nullopt),
                     .attempt = static_cast<std::uint8_t>(attempt)};
  }
  phase_ = Phase::waiting;
  // Whoever is silent is asked this often in any case, so there is nothing to wait for; but not
  // before he has been asked at all.
  if (has_held_ || tries_of_each() >= std::min(pace_.least_tries, pace_.most_tries)) {
    return std::nullopt;
  }
  begin_round(now);
  return next_of_round(now);
}

void ScanRun::begin_round(Instant now) {
  ++round_;
  phase_ = Phase::asking;
  position_ = 0;
  likely_.rewind();
  others_.rewind();
  std::swap(this_round_, last_round_);
  this_round_.clear();
  round_began_ = now;
  sent_in_round_ = 0;
  answers_in_round_ = 0;
  has_held_ = false;
  is_cut_ = false;
}

// --- when it is enough ---------------------------------------------------------------------------

Instant ScanRun::waited_until() const {
  Duration tail = usual_patience();
  // The last ones may be far behind where some were.
  if (round_trip_.slowest() > tail / 4 || !round_trip_.wait()) tail = std::max(tail, k_least_tail);
  return last_sent_ + std::min(tail, pace_.tail);
}

bool ScanRun::is_enough() const {
  if (findings_.answered() == findings_.targets()) return true;
  // Whose probe was on its way when the scan was broken off has not been asked in this round.
  if (round_ <= wasted_) return false;
  if (tries_of_each() >= pace_.most_tries) return !(pace_.follow_limits && is_held_back_);
  if (tries_of_each() < pace_.least_tries || asked_all_since_ == round_) return false;
  if (is_held_back_) return !pace_.follow_limits;
  return loss_.missed(tries_of_each()) <= allowed_to_miss();
}

double ScanRun::allowed_to_miss() const {
  return std::max(pace_.residual, pace_.residual_share * static_cast<double>(findings_.answered()));
}

void ScanRun::end_round(Instant now) {
  is_held_back_ = is_held_back_ || any_limited();
  // A round without an answer tells that nobody holds any back, or not for us.
  const bool is_in_vain = !is_cut_ && answers_in_round_ == 0 && tries_of_each() >= pace_.most_tries;
  if (!is_enough() && !is_in_vain && (sent_in_round_ > 0 || is_cut_)) {
    // A path that lost much of this round may have been asked too fast.
    const double lasted = std::chrono::duration<double>(now - round_began_).count();
    if (is_held_back_ && lasted > 0) {
      const double rate = std::max(50.0, 2 * static_cast<double>(answers_in_round_) / lasted);
      all_.set_rate(std::min(all_.rate(), rate), {});
    } else if (loss_.loss(round_) > 0.1 && lasted > 0 && sent_in_round_ > 1000) {
      const double rate = std::max(500.0, static_cast<double>(sent_in_round_) / lasted / 2);
      all_.set_rate(std::min(all_.rate(), rate), burst_of(rate));
    }
    return begin_round(now);
  }
  if (pace_.most_tries > 1 || findings_.answered() == 0) {
    phase_ = Phase::ended;
    return;
  }
  // One try alone tells nothing of losses: some that answered are asked again.
  phase_ = Phase::sampling;
  likely_.rewind();
  others_.rewind();
}

std::optional<ScanProbe> ScanRun::next_sample() {
  const bool open_only = findings_.count(AnswerKind::open) >= k_enough_open;
  for (int looked = 0; looked < k_most_looked_at; ++looked) {
    const auto target =
        samples_.size() + loss_.samples() < k_most_samples ? advance() : std::nullopt;
    if (!target) {
      phase_ = Phase::sampled;
      return std::nullopt;
    }
    const AnswerKind kind = findings_.at(*target);
    const bool fits =
        open_only ? kind == AnswerKind::open : kind == AnswerKind::open || kind == AnswerKind::shut;
    if (!fits) continue;
    samples_.insert(*target);
    return ScanProbe{.target = *target,
                     .attempt = static_cast<std::uint8_t>(pace_.most_tries + 1),
                     .canary = true};
  }
  wake_at_ = last_sent_;
  return std::nullopt;
}

void ScanRun::end_samples() {
  for (std::size_t lost = samples_.size(); lost != 0; --lost) loss_.sampled(false);
  samples_.clear();
  phase_ = Phase::ended;
}

bool ScanRun::finished(Instant now) {
  if (stopped_) return flight_.waiting() == 0 || now >= held_until_;
  if (findings_.answered() == findings_.targets()) phase_ = Phase::ended;
  return phase_ == Phase::ended;
}

Instant ScanRun::wake_at(Instant now) const {
  if (phase_ == Phase::ended) return now;
  if (stopped_) return held_until_;
  return std::max(wake_at_, now);
}

void ScanRun::stop(Instant now) {
  if (stopped_) return;
  stopped_ = true;
  held_until_ = now + std::min(k_stopping, usual_patience());
}

// --- answers -------------------------------------------------------------------------------------

bool ScanRun::answered(ScanTarget target, const ScanAnswer& answer, Instant now) {
  // A target may repeat its first answer, which says nothing of the sample.
  const bool may_be_sample = answer.attempt == 0 || answer.attempt > pace_.most_tries;
  if (may_be_sample && samples_.erase(target) != 0) {
    loss_.sampled(true);
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
  if (before == AnswerKind::none) count_answer(target, answer, now);
  findings_.record(target, answer);
  if (opens)
    listener_.found(plan_.address_of(target), {.port = plan_.port_of(target), .answer = answer});
  return true;
}

void ScanRun::count_answer(ScanTarget target, const ScanAnswer& answer, Instant now) {
  if (answer.round_trip) round_trip_.add(*answer.round_trip);
  // Its own, and one more: so the pace doubles with each round trip. What comes too late for that
  // has been paid for as silence.
  if (flight_.answered(now - answer.round_trip.value_or(Duration(0)))) silence_.add(2);
  ++answers_in_round_;
  // Who speaks for others often does so a few times a second only, which is not loss.
  const bool is_of_host = kind_of(answer.state) != AnswerKind::filtered;
  if (!is_of_host || plan_.port_of(target).protocol == ScanProtocol::udp) return;
  // A try that is not told is taken for the latest: that errs on the side of asking again.
  const unsigned latest = round_ - (round_ > 1 && sent_in_round_ == 0 ? 1 : 0);
  const unsigned attempt = answer.attempt != 0 ? answer.attempt : latest;
  loss_.answered(attempt);
  if (answer.state == PortState::open) open_loss_.answered(attempt);
}

void ScanRun::hold(Instant now) {
  flight_.take_back(now);
  ++held_;
  has_held_ = true;
}

void ScanRun::let_go(Instant now) {
  flight_.sent(now);
  last_sent_ = now;
  --held_;
}

void ScanRun::settle(const ScanProbe& probe, const ScanAnswer& answer, Instant now) {
  --sent_;
  flight_.take_back(now);
  silence_.add(1);
  findings_.record(probe.target, answer);
}

void ScanRun::unsent(const ScanProbe& probe, Instant now) {
  ++shortages_;
  --sent_;
  flight_.take_back(now);
  silence_.add(1);
  put_off_.push_back(probe);
  window_ = std::max(k_least_window, std::min(window_, static_cast<double>(flight_.waiting())) / 2);
  held_until_ = now + k_hold_after_shortage;
}

void ScanRun::dropped(std::uint64_t count) {
  dropped_ += count;
  asked_all_since_ = round_;
  window_ = std::max(k_least_window, window_ / 2);
}

std::vector<bool> ScanRun::targets_up_to(std::uint64_t positions) const {
  ScanOrder likely = likely_;
  ScanOrder others = others_;
  likely.rewind();
  others.rewind();
  std::vector<bool> targets(plan_.targets());
  for (; positions > 0; --positions) {
    if (const auto number = likely.next()) {
      targets[*number] = true;
    } else if (const auto other = others.next()) {
      targets[*other + likely_targets(plan_)] = true;
    } else {
      break;
    }
  }
  return targets;
}

void ScanRun::forget_unasked() {
  if (round_ > 1) return;
  if (phase_ != Phase::asking && put_off_.empty()) return;
  auto asked = targets_up_to(position_ - (due_ ? 1 : 0));
  for (const ScanProbe& probe : put_off_) asked[probe.target] = asked[probe.target] && probe.canary;
  findings_.restrict_to(std::move(asked));
}

void ScanRun::skip_host(std::uint64_t host) {
  if (skipped_.empty()) skipped_.resize(plan_.host_count());
  skipped_[host] = true;
}

std::optional<std::uint64_t> ScanRun::most_silent_host() const {
  if (plan_.host_count() > ScanFindings::k_most_counted_hosts) return std::nullopt;
  std::optional<std::uint64_t> found;
  for (std::uint64_t host = 0; host < plan_.host_count(); ++host) {
    if (!skipped_.empty() && skipped_[host]) continue;
    if (findings_.tally(host).answers >= plan_.ports.size()) continue;
    if (!found || findings_.tally(host).answers < findings_.tally(*found).answers) found = host;
  }
  return found;
}

void ScanRun::set_ceiling(double silent_per_second) {
  silence_.set_rate(silent_per_second, room_for_silence(pace_, silent_per_second));
  if (pace_.per_second) all_.set_rate(silent_per_second, burst_of(silent_per_second));
}

// --- times ---------------------------------------------------------------------------------------

Duration ScanRun::usual_patience() const {
  const auto wait = round_trip_.wait();
  if (!wait) return std::min(pace_.first_wait, pace_.timeout);
  return std::min(std::max(*wait, pace_.least_wait), pace_.timeout);
}

Duration ScanRun::patience(ScanTarget target) const {
  if (!findings_.has_answered(plan_.host_of(target)))
    return std::min(pace_.first_wait, pace_.timeout);
  return std::min(std::max(usual_patience(), 2 * round_trip_.slowest()), pace_.timeout);
}

// --- results -------------------------------------------------------------------------------------

// A host that holds answers back gives as many to the third round as to the second, and is silent
// to most. Loss leaves fewer to each round.
bool ScanRun::is_limited(std::uint64_t host) const {
  if (round_ < 4) return false;
  const ScanFindings::HostTally tally = findings_.tally(host);
  const std::uint64_t silent =
      plan_.ports.size() - std::min<std::uint64_t>(plan_.ports.size(), tally.answers);
  const std::uint64_t late_each = tally.late / (round_ - 2);
  return late_each >= 10 && 2 * late_each >= tally.second && silent >= 8 * late_each;
}

bool ScanRun::any_limited() const {
  if (plan_.ports.size() < 100) return false;  // no host can show it with so few
  const std::uint64_t most_looked_at = std::min<std::uint64_t>(plan_.host_count(), 4096);
  for (std::uint64_t host = 0; host < most_looked_at; ++host) {
    if (is_limited(host)) return true;
  }
  return false;
}

HostReport ScanRun::report(std::uint64_t host) const {
  HostReport report = findings_.report(host);
  report.skipped = !skipped_.empty() && skipped_[host];
  report.rate_limited = is_limited(host);
  if (!report.rate_limited) return report;
  for (PortGroup& group : report.rest) {
    if (group.reason == AnswerReason::no_response) group.reason = AnswerReason::rate_limited;
  }
  for (PortFinding& port : report.ports) {
    if (port.answer.reason == AnswerReason::no_response)
      port.answer.reason = AnswerReason::rate_limited;
  }
  return report;
}

ScanTally ScanRun::tally(Instant now) const {
  return {.sent = sent_, .elapsed = began_ ? now - *began_ : Duration(0)};
}

ScanTotals ScanRun::totals(Instant now) const {
  ScanTotals totals{.hosts = plan_.host_count(),
                    .hosts_up = findings_.hosts_up(),
                    .targets = findings_.targets(),
                    .sent = sent_,
                    .matched = findings_.answered(),
                    .duplicates = duplicates_,
                    .foreign = foreign_,
                    .dropped = dropped_,
                    .shortages = shortages_,
                    .loss = loss_.seen_loss()};
  if (began_) totals.elapsed = now - *began_;
  findings_.count_states(totals);
  const std::uint64_t open = findings_.count(AnswerKind::open);
  if (totals.matched == totals.targets) {
    totals.residual = 0;
  } else if (loss_.samples() != 0) {
    totals.residual = static_cast<double>(open) * loss_.loss(1) / (1 - loss_.loss(1));
  } else if (open >= k_enough_open) {
    totals.residual = open_loss_.missed(tries_of_each());
  } else {
    const double share =
        (static_cast<double>(open) + 0.5) / (static_cast<double>(totals.matched) + 1);
    totals.residual = loss_.missed(tries_of_each()) * std::min(1.0, share);
  }
  totals.complete =
      phase_ == Phase::ended && !stopped_ && skipped_.empty() &&
      (loss_.missed(tries_of_each()) <= allowed_to_miss() || totals.matched == totals.targets) &&
      !any_limited();
  return totals;
}

ScanRun::Position ScanRun::position() const {
  Position position{.round = round_,
                    .wasted = wasted_ - (is_cut_ ? 1 : 0),  // this one is counted when it goes on
                    .likely_steps = likely_.steps_taken(),
                    .other_steps = others_.steps_taken()};
  if (due_) --(position.other_steps > 0 ? position.other_steps : position.likely_steps);
  return position;
}

void ScanRun::resume(const Position& position, std::vector<std::uint64_t> answers,
                     std::vector<ScanFindings::Detail> details, std::vector<IpAddress> speakers) {
  findings_.restore(std::move(answers), std::move(details), std::move(speakers));
  round_ = position.round;
  // What was on its way then nobody has waited for.
  is_cut_ = position.round > 1 || position.likely_steps + position.other_steps > 0;
  wasted_ = position.wasted + (is_cut_ ? 1 : 0);
  likely_.go_to(position.likely_steps);
  others_.go_to(position.other_steps);
  position_ = likely_.steps_taken() + others_.steps_taken();
}

// How many rounds there will be, by what is known of loss now.
unsigned ScanRun::rounds_expected() const {
  unsigned tries = std::max(tries_of_each(), std::min(pace_.least_tries, pace_.most_tries));
  while (tries < pace_.most_tries && loss_.missed(tries) > allowed_to_miss()) ++tries;
  return tries + wasted_;
}

RoundSoFar ScanRun::round_so_far(Instant now) const {
  return {.number = round_,
          .lasted = now - round_began_,
          .position = position_,
          .positions = positions_,
          .answered = findings_.answered(),
          .silent = findings_.count(AnswerKind::none),
          .ceiling = std::min(silence_.rate(), all_.rate()),
          .patience = usual_patience(),
          .rounds = rounds_expected(),
          .answers = answers_in_round_,
          .follows = is_held_back_ && pace_.follow_limits};
}

std::optional<Duration> ScanRun::remaining(Instant now) const {
  return began_ ? time_left(round_so_far(now)) : std::nullopt;
}

double ScanRun::progress() const {
  if (phase_ == Phase::ended) return 1;
  return std::min(1.0, (round_ - 1 + done_of(round_so_far(round_began_))) / std::max(round_, 3U));
}

}  // namespace patchbay
