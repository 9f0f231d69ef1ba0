#include "patchbay/tools/http_bench/http2_bench.hpp"

#include <memory>

#include "patchbay/net/event.hpp"
#include "patchbay/net/loop.hpp"
#include "patchbay/tools/http_bench/http2_client.hpp"
#include "patchbay/tools/http_bench/http_bench_load.hpp"

namespace patchbay {

namespace {

struct Talk : HttpBenchTalk {
  std::unique_ptr<Http2Client> client = {};  // of the stream

  std::size_t busy() const { return client ? client->outstanding() : 0; }
};

class Http2Bench final : public HttpBenchLoad {
 public:
  Http2Bench(const HttpBenchOptions& options, BenchOptions share, HttpBenchQuota& quota,
             BenchReport& report, HttpBenchCounts& counts)
      : HttpBenchLoad(options, std::move(share), "h2", quota, report, counts),
        report_(report),
        question_(options.target, options.request) {}

 private:
  Task<> talk(std::size_t index) override {
    Talk talk{begin_talk(index)};
    if (talk.stream) talk.client = std::make_unique<Http2Client>(question_);
    for (;;) {
      if (talk.client && talk.client->closing() && talk.busy() == 0) close(talk);
      const Instant now = bench_now();
      const std::uint64_t first = talk.due.claimed();
      const std::uint64_t due = claim(talk, now);
      if (due > 0 && !talk.client && !co_await open(talk)) {
        if (!may_dial_again(talk)) break;
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
      if (const auto slept = co_await sleep_until(Deadline(*next)); !slept) break;
    }
    co_await end_talk(talk);
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
    // A connection that takes no more has nothing to wake up for: what is due waits for the next.
    if (!talk.client->closing() && talk.busy() < share_.depth) {
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
    heard(talk, piece.size(), now);
    if (piece.empty()) {
      tally_.talk_failed(talk.failed, BenchFault::ended);
      return close(talk);
    }
    talk.client->take(piece.text());
    for (const Http2Client::Answer& answer : talk.client->answers()) {
      if (answer.status == 0) {
        report_.count(BenchFault::reset);
        continue;
      }
      answered(answer.status, due_of(answer.tag), now);
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

  BenchReport& report_;
  const Http2Client::Question question_;
};

}  // namespace

Task<Result<>> bench_http2(const HttpBenchOptions& options, BenchOptions share,
                           HttpBenchQuota& quota, BenchReport& report, HttpBenchCounts& counts) {
  Http2Bench bench(options, std::move(share), quota, report, counts);
  co_return co_await bench.run();
}

}  // namespace patchbay
