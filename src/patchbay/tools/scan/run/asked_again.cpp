// Whom ScanRun asks once more although he has answered: canaries, which tell what a path loses;
// signs of life, which tell whether anybody still answers; and samples, of loss where each has one
// try.
#include <algorithm>
#include <cmath>

#include "patchbay/tools/scan/run/scan_run.hpp"

namespace patchbay {

namespace {

// Who goes slower than this wants to be as quiet as that.
constexpr double k_least_watched_per_second = 1000;
// So many tries have a source port of their own, by which their answers are known.
constexpr unsigned k_most_told_tries = 16;
// A time that an answer tells of its probe may be so much too early.
constexpr Duration k_coarse_time = 5ms;
constexpr double k_hardly = 0.001;
constexpr double k_rarely = 0.01;

// So many questions are hardly ever all lost.
std::size_t enough_questions(double loss) {
  const double enough = std::ceil(std::log(k_hardly) / std::log(std::clamp(loss, 1e-6, 0.99)));
  return std::max<std::size_t>(2, static_cast<std::size_t>(enough));
}

}  // namespace

// One that no other probe has, where that can be.
unsigned ScanRun::canary_attempt() const {
  return std::min(pace_.most_tries + 1, k_most_told_tries);
}

ScanProbe ScanRun::once_more(ScanTarget target) const {
  const auto attempt = static_cast<std::uint8_t>(canary_attempt());
  return {.target = target, .attempt = attempt, .canary = true};
}

// A target may repeat its first answer, which says nothing of a canary.
bool ScanRun::is_of_canary(const ScanAnswer& answer, Instant now) const {
  if (answer.attempt != 0) return answer.attempt >= canary_attempt();
  return !answer.round_trip || now - *answer.round_trip + k_coarse_time >= canaries_since_;
}

// --- canaries ------------------------------------------------------------------------------------

bool ScanRun::may_watch_path(const ScanPlan& plan, const ScanPace& pace) {
  return !plan.one_answer_is_enough && pace.host_spacing == Duration(0) && pace.most_tries > 1 &&
         pace.most_tries < k_most_told_tries &&
         pace.silent_per_second >= k_least_watched_per_second;
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
  return once_more(*target);
}

// It may have been asked before anybody looked for signs of life.
bool ScanRun::heard_canary(ScanTarget target, const ScanAnswer& answer) {
  const bool may_be = answer.attempt == 0 || answer.attempt >= canary_attempt();
  return may_be && throttle_.path().heard(target);
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
  if (const auto target = signs_.next()) return once_more(*target);
  phase_ = Phase::waiting;
  return std::nullopt;
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

// --- samples -------------------------------------------------------------------------------------

std::optional<ScanProbe> ScanRun::next_sample() {
  if (const auto target = samples_.next(walk_)) return once_more(*target);
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

bool ScanRun::heard_sample(ScanTarget target) {
  if (!samples_.answered(target)) return false;
  evidence_.sampled(true);
  return true;
}

}  // namespace patchbay
