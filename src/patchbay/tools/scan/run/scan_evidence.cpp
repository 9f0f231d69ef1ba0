#include "patchbay/tools/scan/run/scan_evidence.hpp"

#include <algorithm>

namespace patchbay {

namespace {

// Fewer open ports than this are no measure of their own.
constexpr std::uint64_t k_enough_open = 200;
// With fewer ports no host can show that it holds answers back.
constexpr std::size_t k_least_ports_to_limit = 100;
constexpr std::uint64_t k_most_looked_at = 4096;

}  // namespace

void ScanEvidence::answered(ScanTarget target, const ScanAnswer& answer, unsigned latest) {
  // Who speaks for others often does so a few times a second only, which is not loss.
  const bool is_of_host = kind_of(answer.state) != AnswerKind::filtered;
  if (!is_of_host || plan_.port_of(target).protocol == ScanProtocol::udp) return;
  const unsigned attempt = answer.attempt != 0 ? answer.attempt : latest;
  loss_.answered(attempt);
  if (answer.state == PortState::open) open_loss_.answered(attempt);
}

bool ScanEvidence::knows_all() const {
  if (findings_.answered() == findings_.targets()) return true;
  return plan_.one_answer_is_enough && findings_.hosts_up() == plan_.host_count();
}

bool ScanEvidence::is_enough(unsigned rounds) const {
  if (knows_all()) return true;
  // Whose probe was on its way when the scan was broken off has not been asked in that round.
  if (rounds <= wasted_) return false;
  if (tries(rounds) >= pace_.most_tries) return !(pace_.follow_limits && is_held_back_);
  if (tries(rounds) < pace_.least_tries || asked_all_since_ == rounds) return false;
  if (is_held_back_) return !pace_.follow_limits;
  return loss_.missed(tries(rounds)) <= allowed_to_miss();
}

unsigned ScanEvidence::rounds_expected(unsigned rounds, double growth) const {
  const unsigned so_far = tries(rounds);
  unsigned expected = std::max(so_far, std::min(pace_.least_tries, pace_.most_tries));
  if (asked_all_since_ == rounds) expected = std::max(expected, so_far + 1);
  const LossEstimate later = loss_.grown(growth);
  const double allowed = allowed_to_miss(growth);
  while (!is_held_back_ && expected < pace_.most_tries && later.missed(expected) > allowed) {
    ++expected;
  }
  return std::min(expected, pace_.most_tries) + wasted_;
}

bool ScanEvidence::is_certain(unsigned rounds) const {
  const bool is_accurate = loss_.missed(tries(rounds)) <= allowed_to_miss();
  const bool is_free = !any_holds_back(HoldsBack::seemingly, rounds);
  return (is_accurate || knows_all()) && is_free && !has_lost_sight_;
}

// Of so many times as many answers as there are.
double ScanEvidence::allowed_to_miss(double growth) const {
  const double answered = growth * static_cast<double>(findings_.answered());
  return std::max(pace_.residual, pace_.residual_share * answered);
}

// --- hosts that hold answers back ----------------------------------------------------------------

std::uint64_t ScanEvidence::hosts_looked_at() const {
  if (plan_.ports.size() < k_least_ports_to_limit) return 0;
  return std::min(plan_.host_count(), k_most_looked_at);
}

void ScanEvidence::end_round(unsigned rounds, Instant sent) {
  const Duration gap = sent - last_sent_;
  // A little sooner is no difference.
  const bool came_as_late = rounds > 2 && gap >= last_gap_ / 4 * 3;
  last_sent_ = sent;
  last_gap_ = gap;
  if (rounds < 2) return;
  host_rounds_.resize(hosts_looked_at());
  for (std::uint64_t host = 0; host < host_rounds_.size(); ++host) {
    const ScanFindings::HostTally tally = findings_.tally(host);
    HostRounds& known = host_rounds_[host];
    known.rounds.add(rounds == 2 ? tally.second : tally.late - known.late, came_as_late);
    known.late = tally.late;
  }
  is_held_back_ = is_held_back_ || any_holds_back(HoldsBack::surely, rounds);
}

HoldsBack ScanEvidence::holds_back(std::uint64_t host, unsigned rounds) const {
  const ScanFindings::HostTally tally = findings_.tally(host);
  const std::uint64_t ports = plan_.ports.size();
  if (ports < k_least_ports_to_limit) return HoldsBack::no;
  const std::uint64_t silent = ports - std::min<std::uint64_t>(ports, tally.answers);
  HoldsBack held = HoldsBack::no;
  if (knows_tries_) {
    held = patchbay::holds_back(
        {.first = tally.answers - std::min(tally.answers, tally.second + tally.late),
         .second = tally.second,
         .later = tally.late,
         .silent = silent},
        rounds);
  }
  if (host < host_rounds_.size()) {
    held = std::max(held, host_rounds_[host].rounds.holds_back(silent));
  }
  return held;
}

bool ScanEvidence::any_holds_back(HoldsBack least, unsigned rounds) const {
  const std::uint64_t hosts = hosts_looked_at();
  for (std::uint64_t host = 0; host < hosts; ++host) {
    if (holds_back(host, rounds) >= least) return true;
  }
  return false;
}

// --- what is told --------------------------------------------------------------------------------

double ScanEvidence::residual(unsigned rounds) const {
  const std::uint64_t answered = findings_.answered();
  const auto open = static_cast<double>(findings_.count(AnswerKind::open));
  if (answered == findings_.targets()) return 0;
  const double share = (open + 0.5) / (static_cast<double>(answered) + 1);
  if (has_lost_sight_) {
    return static_cast<double>(findings_.count(AnswerKind::none)) * std::min(1.0, share);
  }
  if (loss_.samples() != 0) return open * loss_.loss(1) / (1 - loss_.loss(1));
  if (findings_.count(AnswerKind::open) >= k_enough_open) return open_loss_.missed(tries(rounds));
  return loss_.missed(tries(rounds)) * std::min(1.0, share);
}

HostReport ScanEvidence::report(std::uint64_t host, unsigned rounds, bool is_over) const {
  HostReport report = findings_.report(host);
  const HoldsBack least = is_over ? HoldsBack::seemingly : HoldsBack::surely;
  report.rate_limited = holds_back(host, rounds) >= least;
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

}  // namespace patchbay
