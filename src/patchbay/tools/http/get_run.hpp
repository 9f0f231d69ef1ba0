// `http get` at work: one request, and where its answer goes.
#pragma once

#include "patchbay/tools/http/get_plan.hpp"
#include "patchbay/tools/output.hpp"

namespace patchbay {

// The code to exit with; what there is to say has been said. `plan` and `out` outlive it.
Task<int> run_get(GetPlan& plan, Output& out);

}  // namespace patchbay
