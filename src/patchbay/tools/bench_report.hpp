// What a load found out.
#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <optional>

#include "patchbay/base/error.hpp"
#include "patchbay/tools/bench_histogram.hpp"

namespace patchbay {

// What went wrong, each counted once for a connection but for datagrams, which have no connection.
enum class BenchFault : std::uint8_t {
  refused,            // nothing listens there
  unreachable,        // no way leads there
  connect_timed_out,  // no connection within the timeout
  not_opened,         // descriptors, ports or rights were missing on this side
  handshake,          // there was a connection, but no agreement on TLS or on whom to trust
  reset,              // the peer broke the connection
  ended,              // the peer ended it between two answers
  short_answer,       // the peer ended it, or sent less, in the middle of one
  mismatched,         // the answer is not what was sent
  malformed,          // what came does not follow the protocol
  timed_out,          // the peer said nothing more
  lost,               // no datagram came back in time
  other,
};
inline constexpr std::size_t k_bench_faults = 13;

// "refused", "short_answer", …: the keys of the JSON record.
const char* name_of(BenchFault fault);

// A kind for what a connection attempt or a conversation failed with.
BenchFault connect_fault(const Error& error);
BenchFault talk_fault(const Error& error);

// Of one loop, which writes it; `answers` may be read from another thread meanwhile. A request is
// counted when it was due within the time that counts, wherever its answer came.
struct BenchReport {
  std::uint32_t connected = 0;
  Duration measured{};  // how much of the time that counts has passed
  std::uint64_t requests = 0;
  std::uint64_t unanswered = 0;            // of these, when the run was over
  std::uint64_t answers_in_time = 0;       // that came before the end: what the rate is made of
  std::uint64_t late_answers = 0;          // datagrams given up before, or that came twice
  std::atomic<std::uint64_t> answers = 0;  // so far, warm-up included
  Histogram latency;                       // from when the request was due to its last byte
  std::array<std::uint64_t, k_bench_faults> faults{};
  std::optional<Error> first_fault;

  void count(BenchFault fault, const Error* error = nullptr);
  void answered() {
    answers.store(answers.load(std::memory_order_relaxed) + 1, std::memory_order_relaxed);
  }
  std::uint64_t faults_in_all() const;
  void merge(const BenchReport& other);
};

}  // namespace patchbay
