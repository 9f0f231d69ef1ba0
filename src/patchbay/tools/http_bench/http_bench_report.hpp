// What a load over HTTP found out, as a record and for people.
#pragma once

#include <string>

#include "patchbay/tools/bench_report.hpp"
#include "patchbay/tools/http_bench/http_bench_options.hpp"
#include "patchbay/tools/record.hpp"

namespace patchbay {

struct HttpBenchFindings {
  const HttpBenchOptions& options;
  const BenchOptions& load;
  const BenchReport& report;
  const HttpBenchCounts& counts;
  Duration cpu{};  // of this process, warm-up included

  // Without an answer, or with one of 4xx or 5xx.
  std::uint64_t failed() const { return report.unanswered + counts.refused_answers(); }
};

Record to_record(const HttpBenchFindings& found);
std::string to_text(const HttpBenchFindings& found);

}  // namespace patchbay
