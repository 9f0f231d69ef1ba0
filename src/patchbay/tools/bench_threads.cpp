#include "patchbay/tools/bench_threads.hpp"

#include <algorithm>
#include <atomic>
#include <memory>
#include <vector>

#include "patchbay/net/group.hpp"
#include "patchbay/net/loop.hpp"
#include "patchbay/net/run.hpp"

namespace patchbay {

namespace {

constexpr Duration k_tell_every = 200ms;

// Of `requests` those that the first `some` of `all` connections make, rounded down. As the
// difference of two of these a loop gets less than one too many, which is due in time still.
std::uint64_t requests_of(std::uint64_t requests, std::uint64_t some, std::uint64_t all) {
  return requests / all * some + requests % all * some / all;  // of 32 bits, `some` and `all`
}

// The part of loop `index` of `count`: parts differ by one connection at most.
BenchOptions share_of(const BenchOptions& all, unsigned index, unsigned count) {
  BenchOptions part = all;
  const std::uint32_t least = all.connections / count, more = all.connections % count;
  const std::uint32_t before = index * least + std::min(index, more);
  part.connections = least + (index < more ? 1 : 0);
  if (all.rate) part.rate = *all.rate * part.connections / all.connections;
  if (all.requests) {
    part.requests = requests_of(*all.requests, before + part.connections, all.connections) -
                    requests_of(*all.requests, before, all.connections);
  }
  return part;
}

class Crew {
 public:
  Crew(const BenchEngine& engine, const BenchOptions& options, unsigned count,
       std::function<void(const BenchProgress&)> tell)
      : engine_(engine),
        options_(options),
        left_(count),
        tell_(std::move(tell)),
        errors_(count),
        counters_(count) {
    for (unsigned i = 0; i < count; ++i) reports_.push_back(std::make_unique<BenchReport>());
  }

  Task<int> work(unsigned index) {
    auto load = engine_(share_of(options_, index, static_cast<unsigned>(reports_.size())),
                        *reports_[index]);
    const Result<> ended = index == 0 ? co_await either(std::move(load), watch()) : co_await load;
    if (!ended) errors_[index] = ended.error();
    // The first to return ends the others, so all but the last wait for that.
    if (left_.fetch_sub(1) > 1) {
      [[maybe_unused]] const auto others_ended = co_await sleep_until(Deadline::never());
    }
    counters_[index] = Loop::current().counters();
    co_return 0;
  }

  void sum_up(BenchOutcome& outcome) const {
    for (std::size_t i = 0; i < reports_.size(); ++i) {
      outcome.report.merge(*reports_[i]);
      if (!outcome.error) outcome.error = errors_[i];
    }
    outcome.counters = counters_;
  }

 private:
  Task<Result<>> watch() {
    const Instant begin = Loop::current().now();
    for (;;) {
      const auto slept = co_await sleep_for(k_tell_every);
      if (!slept) co_return slept;
      BenchProgress progress{
          .answers = 0, .passed = Loop::current().now() - begin, .now = Loop::current().now()};
      for (const auto& report : reports_) {
        progress.answers += report->answers.load(std::memory_order_relaxed);
      }
      if (tell_) tell_(progress);
    }
  }

  const BenchEngine& engine_;
  BenchOptions options_;
  std::atomic<unsigned> left_;
  std::function<void(const BenchProgress&)> tell_;
  std::vector<std::unique_ptr<BenchReport>> reports_;
  std::vector<std::optional<Error>> errors_;
  std::vector<Counters> counters_;
};

}  // namespace

Result<> run_bench(const BenchEngine& engine, const BenchOptions& options, unsigned threads,
                   std::function<void(const BenchProgress&)> tell, BenchOutcome& outcome) {
  const unsigned count = std::clamp(threads, 1U, options.connections);
  Crew crew(engine, options, count, std::move(tell));
  const auto ran = run_on_threads(count, [&crew](unsigned index) { return crew.work(index); });
  if (!ran) return ran.error();
  outcome.signal = ran->signal;
  crew.sum_up(outcome);
  return ok();
}

}  // namespace patchbay
