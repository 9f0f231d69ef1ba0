#include "patchbay/tools/http_bench/http1_bench.hpp"

#include <algorithm>
#include <optional>
#include <string>

#include "patchbay/net/group.hpp"
#include "patchbay/net/loop.hpp"
#include "patchbay/tools/http_bench/http1_answers.hpp"
#include "patchbay/tools/http_bench/http_bench_dial.hpp"
#include "patchbay/tools/http_bench/http_bench_due.hpp"

namespace patchbay {

namespace {

// One connection under load, and those that take its place.
struct Talk {
  HttpBenchDue due;
  Http1Answers answers;
  std::optional<Stream> stream = {};
  std::uint64_t next_answer = 0;  // the number of the request that it is for
  Instant last_moved{};           // when the peer last said something, or first had to
  std::optional<Instant> away{};  // since when no connection can be made
  bool failed = false;            // what is the matter with this connection is counted
};

class Http1Bench {
 public:
  Http1Bench(const HttpBenchOptions& options, BenchOptions share, HttpBenchQuota& quota,
             BenchReport& report, HttpBenchCounts& counts)
      : options_(options),
        share_(std::move(share)),
        quota_(quota),
        counts_(counts),
        tally_(share_, report),
        dial_(options_, share_.timeout, "http/1.1", {tally_, report, counts}) {
    const std::string request = http1_request_bytes(options.target, options.request);
    request_bytes_ = request.size();
    for (std::uint32_t i = 0; i < share_.depth; ++i) batch_ += request;
  }

  Task<Result<>> run() {
    // Where each request has a connection of its own, making it is part of the request.
    const auto opened =
        co_await dial_.open_first(options_.request.keep_alive ? share_.connections : 1);
    if (!opened) co_return opened;
    tally_.start();
    TaskGroup group(co_await current_scope());
    for (std::size_t i = 0; i < share_.connections; ++i) group.spawn(&Http1Bench::talk, this, i);
    co_await group.join();
    tally_.stop(group.cancelled());
    co_return ok();
  }

 private:
  Task<> talk(std::size_t index) {
    Talk talk{.due = HttpBenchDue(share_, index, tally_, quota_),
              .answers = Http1Answers(options_.request.method, known_head_),
              .stream = dial_.take(index)};
    for (;;) {
      const Instant now = bench_now();
      talk.next_answer = talk.due.claimed();
      if (const std::uint64_t due = talk.due.claim(share_.depth, now); due > 0) {
        if (!co_await exchange(talk, due)) break;
      } else if (const auto next = talk.due.next(now)) {
        if (const auto slept = co_await sleep_until(Deadline(*next)); !slept) co_return;
      } else {
        break;
      }
    }
    counts_.unsent += talk.due.unsent();
    if (options_.hold > Duration{} && talk.stream) {
      [[maybe_unused]] const auto held = co_await sleep_for(options_.hold);
    }
  }

  // Sends so many requests and reads their answers. False: there is no point in going on.
  Task<bool> exchange(Talk& talk, std::uint64_t requests) {
    if (!talk.stream) talk.stream = co_await dial_.open_another(talk.away);
    if (!talk.stream) co_return dial_.may_try_again(talk.away, quota_);
    talk.last_moved = bench_now();
    talk.answers.asked(requests);
    const auto written = co_await talk.stream->write_all(
        std::string_view(batch_).substr(0, requests * request_bytes_), silent_at(talk));
    if (!written) {
      tally_.talk_failed(talk.failed, written.error());
      close(talk);
      co_return written.error().fault() != Fault::cancelled;
    }
    while (talk.answers.outstanding() > 0 && !talk.failed) {
      const auto piece = co_await talk.stream->receive(silent_at(talk));
      if (!piece && piece.error().fault() == Fault::cancelled) co_return false;
      take(talk, piece);
    }
    if (talk.failed || talk.answers.closing() || !options_.request.keep_alive) close(talk);
    co_return true;
  }

  void take(Talk& talk, const Result<Lease>& piece) {
    if (!piece) return tally_.talk_failed(talk.failed, piece.error());
    const Instant now = bench_now();
    const auto done = [&](int status) {
      const Instant due = talk.due.due_of(talk.next_answer++);
      tally_.answered(due, now);
      if (tally_.counts(due)) ++counts_.by_class[static_cast<std::size_t>(status / 100)];
    };
    talk.last_moved = now;
    if (tally_.counts(now) && now < tally_.end()) counts_.received_bytes += piece->size();
    Http1Answers& answers = talk.answers;
    if (!piece->empty()) {
      answers.take(piece->text(), done);
    } else if (!answers.peer_ended(done)) {
      const bool inside = answers.in_the_middle();
      tally_.talk_failed(talk.failed, inside ? BenchFault::short_answer : BenchFault::ended);
    }
    if (answers.broken()) {
      const Error broken(Fault::protocol, "read the answer of the server", answers.reason());
      tally_.talk_failed(talk.failed, broken);
    } else if (answers.closing() && answers.outstanding() > 0) {
      tally_.talk_failed(talk.failed, BenchFault::ended);
    }
  }

  void close(Talk& talk) {
    talk.stream.reset();
    talk.failed = false;
    talk.answers.reset();
  }

  Deadline silent_at(const Talk& talk) const {
    return Deadline(std::min(talk.last_moved, tally_.end() + HttpBenchDue::k_grace) +
                    share_.timeout);
  }

  const HttpBenchOptions& options_;
  const BenchOptions share_;
  HttpBenchQuota& quota_;
  HttpBenchCounts& counts_;
  BenchTally tally_;
  HttpBenchDial dial_;
  Http1KnownHead known_head_;
  std::string batch_;  // as many requests as go out at once
  std::size_t request_bytes_ = 0;
};

}  // namespace

Task<Result<>> bench_http1(const HttpBenchOptions& options, BenchOptions share,
                           HttpBenchQuota& quota, BenchReport& report, HttpBenchCounts& counts) {
  Http1Bench bench(options, std::move(share), quota, report, counts);
  co_return co_await bench.run();
}

}  // namespace patchbay
