#include "patchbay/tools/bench_report.hpp"

#include <algorithm>
#include <cerrno>
#include <numeric>

namespace patchbay {

const char* name_of(BenchFault fault) {
  switch (fault) {
    case BenchFault::refused: return "refused";
    case BenchFault::unreachable: return "unreachable";
    case BenchFault::connect_timed_out: return "connect_timed_out";
    case BenchFault::not_opened: return "not_opened";
    case BenchFault::handshake: return "handshake";
    case BenchFault::reset: return "reset";
    case BenchFault::ended: return "ended";
    case BenchFault::short_answer: return "short_answer";
    case BenchFault::mismatched: return "mismatched";
    case BenchFault::malformed: return "malformed";
    case BenchFault::timed_out: return "timed_out";
    case BenchFault::lost: return "lost";
    case BenchFault::other: return "other";
  }
  return "";
}

BenchFault connect_fault(const Error& error) {
  switch (error.fault()) {
    case Fault::refused: return BenchFault::refused;
    case Fault::unreachable: return BenchFault::unreachable;
    case Fault::timed_out: return BenchFault::connect_timed_out;
    case Fault::closed: return BenchFault::reset;
    case Fault::limit: return BenchFault::not_opened;
    case Fault::protocol:
    case Fault::integrity: return BenchFault::handshake;
    case Fault::permission:  // the kernel's, or a certificate that is not to be trusted
      return error.code() == 0 ? BenchFault::handshake : BenchFault::not_opened;
    default: return error.code() == EADDRNOTAVAIL ? BenchFault::not_opened : BenchFault::other;
  }
}

BenchFault talk_fault(const Error& error) {
  switch (error.fault()) {
    case Fault::refused: return BenchFault::refused;
    case Fault::unreachable: return BenchFault::unreachable;
    case Fault::timed_out: return BenchFault::timed_out;
    case Fault::closed: return BenchFault::reset;
    case Fault::protocol: return BenchFault::malformed;
    default: return BenchFault::other;
  }
}

void BenchReport::count(BenchFault fault, const Error* error) {
  ++faults[static_cast<std::size_t>(fault)];
  if (error != nullptr && !first_fault) first_fault = *error;
}

std::uint64_t BenchReport::faults_in_all() const {
  return std::accumulate(faults.begin(), faults.end(), std::uint64_t{0});
}

void BenchReport::merge(const BenchReport& other) {
  connected += other.connected;
  measured = std::max(measured, other.measured);
  requests += other.requests;
  unanswered += other.unanswered;
  answers_in_time += other.answers_in_time;
  late_answers += other.late_answers;
  answers += other.answers;
  latency.merge(other.latency);
  for (std::size_t i = 0; i < k_bench_faults; ++i) faults[i] += other.faults[i];
  if (!first_fault) first_fault = other.first_fault;
}

}  // namespace patchbay
