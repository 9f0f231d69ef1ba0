#include "patchbay/tools/bench_text.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "patchbay/base/units.hpp"

namespace patchbay {

namespace {

struct Shown {
  const char* key;
  const char* label;
  double share;
};
constexpr Shown k_shown[] = {{"p50_us", "p50", 0.5},
                             {"p90_us", "p90", 0.9},
                             {"p99_us", "p99", 0.99},
                             {"p999_us", "p99.9", 0.999}};

std::string words_of(BenchFault fault) {
  std::string words = name_of(fault);
  std::ranges::replace(words, '_', ' ');
  return words;
}

}  // namespace

double per_second(std::uint64_t count, Duration time) {
  const double seconds = std::chrono::duration<double>(time).count();
  return seconds > 0 ? static_cast<double>(count) / seconds : 0;
}

void add_latency(Record& record, const Histogram& latency) {
  for (const Shown& shown : k_shown) record.time_us(shown.key, latency.percentile(shown.share));
  record.time_us("max_us", latency.max());
  record.number("mean_us", latency.mean_ns() / 1000);
}

std::string latency_words(const Histogram& latency) {
  std::string words;
  for (const Shown& shown : k_shown) {
    words += fmt::format("{} {}   ", shown.label, format_duration(latency.percentile(shown.share)));
  }
  return words + fmt::format("max {}", format_duration(latency.max()));
}

void add_faults(Record& record, const BenchReport& report) {
  std::string errors;
  for (std::size_t i = 0; i < k_bench_faults; ++i) {
    errors += fmt::format("{}\"{}\":{}", i == 0 ? "{" : ",", name_of(static_cast<BenchFault>(i)),
                          report.faults[i]);
  }
  record.json("errors", errors + "}");
}

std::string fault_words(const BenchReport& report) {
  std::string words;
  for (std::size_t i = 0; i < k_bench_faults; ++i) {
    if (report.faults[i] == 0) continue;
    words += fmt::format("{}{} {}", words.empty() ? "" : ", ", report.faults[i],
                         words_of(static_cast<BenchFault>(i)));
  }
  if (words.empty()) words = "none";
  if (report.unanswered > 0) {
    words += fmt::format("; {} unanswered", format_count(report.unanswered, "request"));
  }
  return words;
}

}  // namespace patchbay
