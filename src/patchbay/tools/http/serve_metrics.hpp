// ServeMetrics: what a server counts while it runs, on all its threads, and the page that tells it
// (OpenMetrics 1.0).
#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <string>

#include "patchbay/http/http_log.hpp"
#include "patchbay/http/http_router.hpp"
#include "patchbay/http/http_service.hpp"
#include "patchbay/tools/output.hpp"

namespace patchbay {

class ServeMetrics {
 public:
  void answered(const HttpAnswered& answer);
  void connected() { add(connections_, 1), add(open_, 1); }
  void disconnected() { open_.fetch_sub(1, std::memory_order_relaxed); }
  // The settings were read again, with this result.
  void reloaded(bool well) { add(well ? reloads_ : failed_reloads_, 1); }
  // Of a service that has ended: for the last line.
  void add(const HttpCounters& counters);

  // The page of a scrape, with its "# EOF".
  std::string text() const;
  void tell(Record& totals) const;

 private:
  using Count = std::atomic<std::uint64_t>;
  static void add(Count& count, std::uint64_t more) {
    count.fetch_add(more, std::memory_order_relaxed);
  }
  // Upper bounds in microseconds; one more bucket has what is above.
  static constexpr std::array<std::int64_t, 8> k_bounds_us = {
      100, 1'000, 10'000, 50'000, 100'000, 1'000'000, 5'000'000, 30'000'000};

  Count connections_ = 0, open_ = 0, body_bytes_ = 0, incomplete_ = 0, took_us_ = 0;
  std::array<Count, 6> by_class_ = {};  // [2] is 2xx; [0] what is no status
  std::array<Count, k_bounds_us.size() + 1> by_time_ = {};
  Count reloads_ = 0, failed_reloads_ = 0;
  Count all_connections_ = 0, all_requests_ = 0, all_refused_ = 0, all_bytes_ = 0;
};

// Counts, and hands on to a log if there is one.
class MeteredLog final : public HttpLog {
 public:
  MeteredLog(ServeMetrics& metrics, HttpLog* next) : metrics_(metrics), next_(next) {}

  void answered(const HttpRequest* request, const Endpoint& peer,
                const HttpAnswered& answer) override {
    metrics_.answered(answer);
    if (next_ != nullptr) next_->answered(request, peer, answer);
  }
  void connected() override { metrics_.connected(); }
  void disconnected() override { metrics_.disconnected(); }

 private:
  ServeMetrics& metrics_;
  HttpLog* next_;
};

// Answers /metrics.
class MetricsPage {
 public:
  explicit MetricsPage(const ServeMetrics& metrics);
  HttpService& service() { return service_; }

 private:
  HttpRouter routes_;
  HttpService service_;
};

}  // namespace patchbay
