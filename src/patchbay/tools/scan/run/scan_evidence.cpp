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

void ScanEvidence::look_for_limits(unsigned rounds) {
  is_held_back_ = is_held_back_ || any_limited(rounds);
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
  return (is_accurate || knows_all()) && !any_limited(rounds);
}

// Of so many times as many answers as there are.
double ScanEvidence::allowed_to_miss(double growth) const {
  const double answered = growth * static_cast<double>(findings_.answered());
  return std::max(pace_.residual, pace_.residual_share * answered);
}

// A host that holds answers back gives as many to the third round as to the second, and is silent
// to most. Loss leaves fewer to each round.
bool ScanEvidence::is_limited(std::uint64_t host, unsigned rounds) const {
  if (rounds < 4) return false;
  const ScanFindings::HostTally tally = findings_.tally(host);
  const std::uint64_t silent =
      plan_.ports.size() - std::min<std::uint64_t>(plan_.ports.size(), tally.answers);
  const std::uint64_t late_each = tally.late / (rounds - 2);
  return late_each >= 10 && 2 * late_each >= tally.second && silent >= 8 * late_each;
}

bool ScanEvidence::any_limited(unsigned rounds) const {
  if (plan_.ports.size() < k_least_ports_to_limit) return false;
  const std::uint64_t most_looked_at = std::min(plan_.host_count(), k_most_looked_at);
  for (std::uint64_t host = 0; host < most_looked_at; ++host) {
    if (is_limited(host, rounds)) return true;
  }
  return false;
}

double ScanEvidence::residual(unsigned rounds) const {
  const std::uint64_t answered = findings_.answered();
  const auto open = static_cast<double>(findings_.count(AnswerKind::open));
  if (answered == findings_.targets()) return 0;
  if (loss_.samples() != 0) return open * loss_.loss(1) / (1 - loss_.loss(1));
  if (findings_.count(AnswerKind::open) >= k_enough_open) return open_loss_.missed(tries(rounds));
  const double share = (open + 0.5) / (static_cast<double>(answered) + 1);
  return loss_.missed(tries(rounds)) * std::min(1.0, share);
}

HostReport ScanEvidence::report(std::uint64_t host, unsigned rounds) const {
  HostReport report = findings_.report(host);
  report.rate_limited = is_limited(host, rounds);
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
