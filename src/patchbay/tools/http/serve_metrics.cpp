#include "patchbay/tools/http/serve_metrics.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>

namespace patchbay {

namespace {
constexpr std::string_view k_type = "application/openmetrics-text; version=1.0.0; charset=utf-8";
}

void ServeMetrics::answered(const HttpAnswered& answer) {
  const int kind = answer.status / 100;
  add(by_class_[kind >= 1 && kind <= 5 ? static_cast<std::size_t>(kind) : 0], 1);
  add(body_bytes_, answer.body_bytes);
  if (!answer.complete) add(incomplete_, 1);
  const std::int64_t us = answer.took / 1us;
  add(took_us_, static_cast<std::uint64_t>(us));
  const auto bucket = std::ranges::lower_bound(k_bounds_us, us) - k_bounds_us.begin();
  add(by_time_[static_cast<std::size_t>(bucket)], 1);
}

void ServeMetrics::add(const HttpCounters& counters) {
  add(all_connections_, counters.connections);
  add(all_requests_, counters.requests);
  add(all_refused_, counters.refused);
  add(all_bytes_, counters.body_bytes);
}

std::string ServeMetrics::text() const {
  std::string page;
  const auto into = std::back_inserter(page);
  fmt::format_to(into, "# TYPE patchbay_http_responses counter\n");
  for (std::size_t kind = 1; kind < by_class_.size(); ++kind) {
    fmt::format_to(into, "patchbay_http_responses_total{{class=\"{}xx\"}} {}\n", kind,
                   by_class_[kind].load());
  }
  fmt::format_to(into,
                 "# TYPE patchbay_http_connections counter\n"
                 "patchbay_http_connections_total {}\n"
                 "# TYPE patchbay_http_open_connections gauge\n"
                 "patchbay_http_open_connections {}\n"
                 "# TYPE patchbay_http_incomplete_responses counter\n"
                 "patchbay_http_incomplete_responses_total {}\n"
                 "# TYPE patchbay_http_body_bytes counter\n"
                 "# UNIT patchbay_http_body_bytes bytes\n"
                 "patchbay_http_body_bytes_total {}\n",
                 connections_.load(), open_.load(), incomplete_.load(), body_bytes_.load());
  fmt::format_to(into,
                 "# TYPE patchbay_http_reloads counter\n"
                 "patchbay_http_reloads_total{{result=\"ok\"}} {}\n"
                 "patchbay_http_reloads_total{{result=\"failed\"}} {}\n",
                 reloads_.load(), failed_reloads_.load());
  fmt::format_to(into,
                 "# TYPE patchbay_http_response_seconds histogram\n"
                 "# UNIT patchbay_http_response_seconds seconds\n");
  std::uint64_t sum = 0;
  for (std::size_t i = 0; i < by_time_.size(); ++i) {
    sum += by_time_[i].load();
    const std::string bound = i < k_bounds_us.size()
                                  ? fmt::format("{}", static_cast<double>(k_bounds_us[i]) / 1e6)
                                  : std::string("+Inf");
    fmt::format_to(into, "patchbay_http_response_seconds_bucket{{le=\"{}\"}} {}\n", bound, sum);
  }
  fmt::format_to(into,
                 "patchbay_http_response_seconds_count {}\n"
                 "patchbay_http_response_seconds_sum {:.6f}\n# EOF\n",
                 sum, static_cast<double>(took_us_.load()) / 1e6);
  return page;
}

void ServeMetrics::tell(Record& totals) const {
  totals.count("connections", all_connections_.load())
      .count("requests", all_requests_.load())
      .count("refused", all_refused_.load())
      .bytes("body_bytes", all_bytes_.load());
}

MetricsPage::MetricsPage(const ServeMetrics& metrics) : service_(routes_, {.connections = 100}) {
  routes_.get("/metrics",
              [&metrics](HttpRequest&) { return HttpResponse::of(k_type, metrics.text()); });
}

}  // namespace patchbay
