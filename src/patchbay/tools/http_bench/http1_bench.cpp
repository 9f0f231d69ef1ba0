#include "patchbay/tools/http_bench/http1_bench.hpp"

#include <string>

#include "patchbay/net/event.hpp"
#include "patchbay/net/loop.hpp"
#include "patchbay/tools/http_bench/http1_answers.hpp"
#include "patchbay/tools/http_bench/http_bench_load.hpp"

namespace patchbay {

namespace {

struct Talk : HttpBenchTalk {
  Http1Answers answers;
  std::uint64_t next_answer = 0;  // the number of the request that it is for
};

class Http1Bench final : public HttpBenchLoad {
 public:
  Http1Bench(const HttpBenchOptions& options, BenchOptions share, HttpBenchQuota& quota,
             BenchReport& report, HttpBenchCounts& counts)
      : HttpBenchLoad(options, std::move(share), "http/1.1", quota, report, counts) {
    const std::string request = http1_request_bytes(options.target, options.request);
    request_bytes_ = request.size();
    for (std::uint32_t i = 0; i < share_.depth; ++i) batch_ += request;
  }

 private:
  Task<> talk(std::size_t index) override {
    Talk talk{begin_talk(index), Http1Answers(options_.request.method, known_head_)};
    for (;;) {
      const Instant now = bench_now();
      talk.next_answer = talk.due.claimed();
      if (const std::uint64_t due = talk.due.claim(share_.depth, now); due > 0) {
        if (!co_await exchange(talk, due)) break;
      } else if (const auto next = talk.due.next(now)) {
        if (const auto slept = co_await sleep_until(Deadline(*next)); !slept) break;
      } else {
        break;
      }
    }
    co_await end_talk(talk);
  }

  // Sends so many requests and reads their answers. False: there is no point in going on.
  Task<bool> exchange(Talk& talk, std::uint64_t requests) {
    if (!talk.stream) talk.stream = co_await dial_.open_another(talk.away);
    if (!talk.stream) co_return may_dial_again(talk);
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
      answered(status, talk.due.due_of(talk.next_answer++), now);
    };
    heard(talk, piece->size(), now);
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
