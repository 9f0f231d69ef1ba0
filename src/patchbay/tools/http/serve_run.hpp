// A whole run of `http serve`: from a plan to loops on threads, and to an exit code.
#pragma once

#include "patchbay/tools/http/serve_plan.hpp"
#include "patchbay/tools/output.hpp"

namespace patchbay {

// Listens, prints and serves until a signal comes; `read_again` is what SIGHUP asks for.
int run_http_server(HttpServePlan plan, ReadServePlan read_again, Output& out);

}  // namespace patchbay
