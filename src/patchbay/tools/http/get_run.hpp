// `http get` at work: one request, and where its answer goes.
#pragma once

#include "patchbay/tools/http/get_plan.hpp"
#include "patchbay/tools/output.hpp"

namespace patchbay {

// The code to exit with; what there is to say has been said. `plan` and `out` outlive it.
Task<int> run_get(GetPlan& plan, Output& out);

// "bytes 5-9/10" and "bytes */10" (RFC 9110 section 14.4).
struct ContentRange {
  std::optional<std::uint64_t> first;  // nothing: none could be served
  std::optional<std::uint64_t> total;  // nothing: "*"
};
std::optional<ContentRange> parse_content_range(std::string_view value);

// What can be sent as If-Range for the rest of this answer's body: a strong ETag, or a
// Last-Modified that is older than the answer (RFC 9110 section 13.1.5). Empty: nothing can.
std::string range_validator(const HttpHop& hop);

}  // namespace patchbay
