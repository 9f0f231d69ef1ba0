// A load of HTTP/2 requests.
#pragma once

#include "patchbay/net/task.hpp"
#include "patchbay/tools/bench_report.hpp"
#include "patchbay/tools/http_bench/http_bench_options.hpp"

namespace patchbay {

// As bench_http1(), with `share.depth` streams of each connection in use at a time: an answer lets
// the next request out. Over TLS by ALPN, in the clear by prior knowledge (RFC 9113 section 3.3). A
// stream that the server gives up counts as a reset, and its connection goes on.
Task<Result<>> bench_http2(const HttpBenchOptions& options, BenchOptions share,
                           HttpBenchQuota& quota, BenchReport& report, HttpBenchCounts& counts);

}  // namespace patchbay
