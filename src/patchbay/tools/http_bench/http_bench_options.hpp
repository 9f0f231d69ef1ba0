// What a load over HTTP is made of, and what it counts beside the report of every load.
#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <optional>

#include "patchbay/net/tls_context.hpp"
#include "patchbay/tools/bench_options.hpp"
#include "patchbay/tools/http_bench/http_bench_target.hpp"

namespace patchbay {

// A write of a whole pipeline must fit into what every peer takes without reading on: else each
// side could wait for the other.
inline constexpr std::size_t k_most_http1_batch_bytes = 32 * 1024;

struct HttpBenchOptions {
  HttpBenchTarget target;
  HttpBenchRequest request;
  TlsClientOptions tls = {};
  // Of a closed loop, which ends with the last one; of an open loop they are
  // BenchOptions::requests.
  std::optional<std::uint64_t> requests = {};
  bool http2 = false;
  Duration hold = {};  // keep the connections so long when all is over, and do nothing
};

// Of one loop. Answers are counted by the same rule as in the BenchReport: when they were due
// within the time that counts.
struct HttpBenchCounts {
  std::array<std::uint64_t, 6> by_class{};  // [2] are the answers with 2xx
  std::uint64_t received_bytes = 0;         // within the time that counts, heads included
  std::uint64_t opened = 0;                 // connections that were made
  std::uint64_t unsent = 0;                 // open loop: requests that were due and never sent

  std::uint64_t refused_answers() const { return by_class[4] + by_class[5]; }
  void merge(const HttpBenchCounts& other) {
    for (std::size_t i = 0; i < by_class.size(); ++i) by_class[i] += other.by_class[i];
    received_bytes += other.received_bytes;
    opened += other.opened;
    unsent += other.unsent;
  }
};

// The requests that are left of HttpBenchOptions::requests, for all loops together.
class HttpBenchQuota {
 public:
  explicit HttpBenchQuota(std::optional<std::uint64_t> requests)
      : limited_(requests.has_value()), left_(requests.value_or(0)) {}

  bool limited() const { return limited_; }
  // Up to `wanted` of them.
  std::uint64_t take(std::uint64_t wanted) {
    if (!limited_) return wanted;
    std::uint64_t left = left_.load(std::memory_order_relaxed);
    for (;;) {
      const std::uint64_t taken = left < wanted ? left : wanted;
      if (left_.compare_exchange_weak(left, left - taken, std::memory_order_relaxed)) return taken;
    }
  }

 private:
  const bool limited_;
  std::atomic<std::uint64_t> left_;
};

}  // namespace patchbay
