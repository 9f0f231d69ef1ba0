// HttpBenchLoad: the load of one loop over HTTP, whatever version of it is spoken.
#pragma once

#include <algorithm>
#include <cstdint>
#include <optional>
#include <string>

#include "patchbay/net/stream.hpp"
#include "patchbay/net/task.hpp"
#include "patchbay/tools/bench_report.hpp"
#include "patchbay/tools/http_bench/http_bench_dial.hpp"
#include "patchbay/tools/http_bench/http_bench_due.hpp"

namespace patchbay {

// One connection under load, and those that take its place.
struct HttpBenchTalk {
  HttpBenchDue due;
  std::optional<Stream> stream = {};
  Instant last_moved{};           // when the peer last said something, or first had to
  std::optional<Instant> away{};  // since when no connection can be made
  bool failed = false;            // what is the matter with this connection is counted
};

class HttpBenchLoad {
 public:
  // `options`, `quota`, `report` and `counts` outlive it; `alpn` is what to offer where TLS is
  // spoken.
  HttpBenchLoad(const HttpBenchOptions& options, BenchOptions share, std::string alpn,
                HttpBenchQuota& quota, BenchReport& report, HttpBenchCounts& counts)
      : options_(options),
        share_(std::move(share)),
        tally_(share_, report),
        dial_(options_, share_.timeout, std::move(alpn), {tally_, report, counts}),
        quota_(quota),
        counts_(counts) {}
  HttpBenchLoad(const HttpBenchLoad&) = delete;
  HttpBenchLoad& operator=(const HttpBenchLoad&) = delete;
  virtual ~HttpBenchLoad() = default;

  // As bench_http1().
  Task<Result<>> run();

 protected:
  // Talks over connection `index` of the share until the load is over.
  virtual Task<> talk(std::size_t index) = 0;

  HttpBenchTalk begin_talk(std::size_t index);
  Task<> end_talk(HttpBenchTalk& talk);

  void heard(HttpBenchTalk& talk, std::size_t bytes, Instant now) {
    talk.last_moved = now;
    if (tally_.counts(now) && now < tally_.end()) counts_.received_bytes += bytes;
  }
  void answered(int status, Instant due, Instant now) {
    tally_.answered(due, now);
    if (tally_.counts(due)) ++counts_.by_class[static_cast<std::size_t>(status / 100)];
  }
  // By then the peer has been silent for too long.
  Deadline silent_at(const HttpBenchTalk& talk) const {
    return Deadline(std::min(talk.last_moved, tally_.end() + HttpBenchDue::k_grace) +
                    share_.timeout);
  }
  bool may_dial_again(const HttpBenchTalk& talk) const {
    return dial_.may_try_again(talk.away, quota_);
  }

  const HttpBenchOptions& options_;
  const BenchOptions share_;
  BenchTally tally_;
  HttpBenchDial dial_;

 private:
  HttpBenchQuota& quota_;
  HttpBenchCounts& counts_;
  Instant ended_{};  // when the last connection was through; to be held is no load
};

}  // namespace patchbay
