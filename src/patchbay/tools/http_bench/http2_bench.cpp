#include "patchbay/tools/http_bench/http2_bench.hpp"

#include <algorithm>
#include <memory>
#include <optional>

#include "patchbay/net/group.hpp"
#include "patchbay/net/loop.hpp"
#include "patchbay/tools/http_bench/http2_client.hpp"
#include "patchbay/tools/http_bench/http_bench_dial.hpp"
#include "patchbay/tools/http_bench/http_bench_due.hpp"

namespace patchbay {

namespace {

// One connection under load, and those that take its place.
struct Talk {
  HttpBenchDue due;
  std::optional<Stream> stream = {};
  std::unique_ptr<Http2Client> client = {};  // of the stream
  Instant last_moved{};                      // when the peer last said something, or first had to
  std::optional<Instant> away{};             // since when no connection can be made
  bool failed = false;                       // what is the matter with this connection is counted

  std::size_t busy() const { return client ? client->outstanding() : 0; }
};

class Http2Bench {
 public:
  Http2Bench(const HttpBenchOptions& options, BenchOptions share, HttpBenchQuota& quota,
             BenchReport& report, HttpBenchCounts& counts)
      : options_(options),
        share_(std::move(share)),
        quota_(quota),
        report_(report),
        counts_(counts),
        tally_(share_, report),
        dial_(options_, share_.timeout, "h2", {tally_, report, counts}),
        question_(options.target, options.request) {}

  Task<Result<>> run() {
    const auto opened = co_await dial_.open_first(share_.connections);
    if (!opened) co_return opened;
    tally_.start();
    TaskGroup group(co_await current_scope());
    for (std::size_t i = 0; i < share_.connections; ++i) group.spawn(&Http2Bench::talk, this, i);
    co_await group.join();
    tally_.stop(group.cancelled());
    co_return ok();
  }

 private:
  Task<> talk(std::size_t index) {
    Talk talk{.due = HttpBenchDue(share_, index, tally_, quota_), .stream = dial_.take(index)};
    if (talk.stream) talk.client = std::make_unique<Http2Client>(question_);
    for (;;) {
      if (talk.client && talk.client->closing() && talk.busy() == 0) close(talk);
      const Instant now = bench_now();
      const std::uint64_t first = talk.due.claimed();
      const std::uint64_t due = claim(talk, now);
      if (due > 0 && !talk.client && !co_await open(talk)) {
        if (!dial_.may_try_again(talk.away, quota_)) break;
        continue;
      }
      for (std::uint64_t i = 0; i < due; ++i) talk.client->ask(tag_of(talk.due.due_of(first + i)));
      if (talk.busy() > 0) {
        if (!co_await exchange(talk)) break;
        continue;
      }
      const auto next = talk.due.next(now);
      if (due == 0 && !next) break;
      if (due > 0) continue;
      if (const auto slept = co_await sleep_until(Deadline(*next)); !slept) co_return;
    }
    counts_.unsent += talk.due.unsent();
    if (options_.hold > Duration{} && talk.stream) {
      [[maybe_unused]] const auto held = co_await sleep_for(options_.hold);
    }
  }

  // When a request was due, as what its answer is known by.
  static std::uint64_t tag_of(Instant due) {
    return static_cast<std::uint64_t>(due.time_since_epoch().count());
  }
  static Instant due_of(std::uint64_t tag) {
    return Instant(Duration(static_cast<Duration::rep>(tag)));
  }

  std::uint64_t claim(Talk& talk, Instant now) {
    if (talk.client && talk.client->closing()) return 0;
    const std::uint64_t due = talk.due.claim(share_.depth - talk.busy(), now);
    if (due > 0 && talk.busy() == 0) talk.last_moved = now;
    return due;
  }

  Task<bool> open(Talk& talk) {
    talk.stream = co_await dial_.open_another(talk.away);
    if (!talk.stream) co_return false;
    talk.client = std::make_unique<Http2Client>(question_);
    talk.last_moved = bench_now();
    co_return true;
  }

  // Sends what there is to send, and reads once. False: there is no point in going on.
  Task<bool> exchange(Talk& talk) {
    const std::string_view bytes = talk.client->to_send();
    if (const auto broken = talk.client->broken()) {
      fail(talk, *broken);
      co_return true;
    }
    if (!bytes.empty()) {
      const auto written = co_await talk.stream->write_all(bytes, silent_at(talk));
      if (!written) {
        fail(talk, written.error());
        co_return written.error().fault() != Fault::cancelled;
      }
    }
    Deadline wait = silent_at(talk);
    if (talk.busy() < share_.depth) {
      if (const auto next = talk.due.next(bench_now())) wait = wait.or_earlier(Deadline(*next));
    }
    const auto piece = co_await talk.stream->receive(wait);
    if (piece) {
      take(talk, *piece);
    } else if (piece.error().fault() != Fault::timed_out || bench_now() >= silent_at(talk).at()) {
      fail(talk, piece.error());
      co_return piece.error().fault() != Fault::cancelled;
    }
    co_return true;
  }

  void take(Talk& talk, const Lease& piece) {
    const Instant now = bench_now();
    talk.last_moved = now;
    if (tally_.counts(now) && now < tally_.end()) counts_.received_bytes += piece.size();
    if (piece.empty()) {
      tally_.talk_failed(talk.failed, BenchFault::ended);
      return close(talk);
    }
    talk.client->take(piece.text());
    for (const Http2Client::Answer& answer : talk.client->answers()) {
      const Instant due = due_of(answer.tag);
      if (answer.status == 0) {
        report_.count(BenchFault::reset);
        continue;
      }
      tally_.answered(due, now);
      if (tally_.counts(due)) ++counts_.by_class[static_cast<std::size_t>(answer.status / 100)];
    }
  }

  void fail(Talk& talk, const Error& error) {
    tally_.talk_failed(talk.failed, error);
    close(talk);
  }

  void close(Talk& talk) {
    talk.client.reset();
    talk.stream.reset();
    talk.failed = false;
  }

  Deadline silent_at(const Talk& talk) const {
    return Deadline(std::min(talk.last_moved, tally_.end() + HttpBenchDue::k_grace) +
                    share_.timeout);
  }

  const HttpBenchOptions& options_;
  const BenchOptions share_;
  HttpBenchQuota& quota_;
  BenchReport& report_;
  HttpBenchCounts& counts_;
  BenchTally tally_;
  HttpBenchDial dial_;
  const Http2Client::Question question_;
};

}  // namespace

Task<Result<>> bench_http2(const HttpBenchOptions& options, BenchOptions share,
                           HttpBenchQuota& quota, BenchReport& report, HttpBenchCounts& counts) {
  Http2Bench bench(options, std::move(share), quota, report, counts);
  co_return co_await bench.run();
}

}  // namespace patchbay
