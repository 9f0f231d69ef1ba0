#include "patchbay/tools/bench_tally.hpp"

#include <algorithm>

#include "patchbay/net/loop.hpp"

namespace patchbay {

Instant bench_now() { return Loop::current().engine().now(); }

void BenchTally::start() {
  begin_ = bench_now() + options_.warmup;
  end_ = begin_ + options_.time;
}

void BenchTally::answered(Instant due, Instant now) {
  report_.answered();
  if (counts(due)) report_.latency.record(now - due);
  if (now >= begin_ && now < end_) ++report_.answers_in_time;
}

void BenchTally::connect_failed(const Error& error) {
  if (error.fault() != Fault::cancelled) report_.count(connect_fault(error), &error);
}

void BenchTally::talk_failed(bool& failed, const Error& error) {
  if (error.fault() == Fault::cancelled || failed) return;
  failed = true;
  report_.count(talk_fault(error), &error);
}

void BenchTally::talk_failed(bool& failed, BenchFault fault) {
  if (!failed) report_.count(fault);
  failed = true;
}

void BenchTally::stop(bool cancelled, Instant at) {
  report_.measured = std::clamp(at - begin_, Duration{}, options_.time);
  if (!cancelled) report_.unanswered = report_.requests - report_.latency.count();
}

}  // namespace patchbay
