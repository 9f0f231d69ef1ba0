// How the figures of a load are told, in a record and to people, for every protocol alike.
#pragma once

#include <cstdint>
#include <string>

#include "patchbay/tools/bench_report.hpp"
#include "patchbay/tools/record.hpp"

namespace patchbay {

// `count` ÷ `time`; 0 when no time has passed.
double per_second(std::uint64_t count, Duration time);

// "p50_us" … "max_us" and "mean_us".
void add_latency(Record& record, const Histogram& latency);
// "p50 310 µs   p90 …   max 2.1 ms".
std::string latency_words(const Histogram& latency);

// "errors": how often each kind of fault was met, as an object.
void add_faults(Record& record, const BenchReport& report);
// "3 refused, 1 timed out", or "none"; and how many requests were not answered.
std::string fault_words(const BenchReport& report);

}  // namespace patchbay
