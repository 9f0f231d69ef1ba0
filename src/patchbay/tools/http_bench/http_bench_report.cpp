#include "patchbay/tools/http_bench/http_bench_report.hpp"

#include <fmt/format.h>

#include "patchbay/base/units.hpp"
#include "patchbay/tools/bench_text.hpp"

namespace patchbay {

namespace {

// {"1xx":0,"2xx":100,…}
std::string classes_json(const HttpBenchCounts& counts) {
  std::string json = "{";
  for (std::size_t i = 1; i < counts.by_class.size(); ++i) {
    json += fmt::format("{}\"{}xx\":{}", i == 1 ? "" : ",", i, counts.by_class[i]);
  }
  return json + "}";
}

std::string classes_words(const HttpBenchCounts& counts) {
  std::string words;
  for (std::size_t i = 1; i < counts.by_class.size(); ++i) {
    if (counts.by_class[i] == 0) continue;
    words += fmt::format("{}{} with {}xx", words.empty() ? "" : ", ", counts.by_class[i], i);
  }
  return words;
}

}  // namespace

Record to_record(const HttpBenchFindings& found) {
  const BenchReport& report = found.report;
  Record record("result");
  record.text("protocol", found.options.http2 ? "http/2" : "http/1.1")
      .text("target", found.options.target.url())
      .flag("tls", found.options.target.tls)
      .flag("keep_alive", found.options.request.keep_alive)
      .count("connections", found.load.connections)
      .count("connected", report.connected)
      .count("opened", found.counts.opened)
      .count(found.options.http2 ? "streams" : "pipeline", found.load.depth)
      .text("loop", found.load.rate ? "open" : "closed");
  if (found.load.rate) record.number("rate", *found.load.rate);
  record.time_us("measured_us", report.measured)
      .count("requests", report.requests)
      .count("answers", report.latency.count())
      .count("unanswered", report.unanswered)
      .count("unsent", found.counts.unsent)
      .count("failed", found.failed())
      .json("statuses", classes_json(found.counts))
      .number("requests_per_second", per_second(report.answers_in_time, report.measured))
      .bytes("received_bytes", found.counts.received_bytes)
      .number("bytes_per_second", per_second(found.counts.received_bytes, report.measured));
  add_latency(record, report.latency);
  add_faults(record, report);
  return record.time_us("cpu_us", found.cpu);
}

std::string to_text(const HttpBenchFindings& found) {
  const BenchReport& report = found.report;
  const HttpBenchCounts& counts = found.counts;
  std::string errors = fault_words(report);
  if (counts.unsent > 0) {
    errors += fmt::format("; {} due and not sent", format_count(counts.unsent, "request"));
  }
  errors = fmt::format("errors    {}\n", errors);
  if (report.latency.count() == 0) {
    return fmt::format("requests  {}, none was answered\n", report.requests) + errors;
  }
  const double bytes = per_second(counts.received_bytes, report.measured);
  return fmt::format(
             "requests  {} ({} answered in {}, {} opened)\n"
             "answers   {}\n"
             "data      {}/s received ({} in all)\n"
             "latency   {}\n",
             format_count_rate(per_second(report.answers_in_time, report.measured)),
             report.latency.count(), format_duration(report.measured),
             format_count(counts.opened, "connection"), classes_words(counts),
             format_size(static_cast<std::uint64_t>(bytes)), format_size(counts.received_bytes),
             latency_words(report.latency)) +
         errors + fmt::format("cost      {} of CPU on this side\n", format_duration(found.cpu));
}

}  // namespace patchbay
