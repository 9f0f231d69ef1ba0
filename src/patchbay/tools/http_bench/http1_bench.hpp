// A load of HTTP/1.1 requests.
#pragma once

#include "patchbay/net/task.hpp"
#include "patchbay/tools/bench_report.hpp"
#include "patchbay/tools/http_bench/http_bench_options.hpp"

namespace patchbay {

// Opens the connections of `share`, loads the server for the warm-up and the time, and waits for
// the last answers. Requests of one connection go out `share.depth` at a time in one write, and the
// next when all of these are answered. A connection that fails is counted, its requests stay
// unanswered, and another takes its place. An error means that there was no load: the first
// connection, which also decides the address of all, could not be made. `options` and `quota` must
// outlive it. The counts hold also what was done before a cancel.
Task<Result<>> bench_http1(const HttpBenchOptions& options, BenchOptions share,
                           HttpBenchQuota& quota, BenchReport& report, HttpBenchCounts& counts);

}  // namespace patchbay
