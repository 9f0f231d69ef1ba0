// SIGHUP: the plan of a server is read again and comes into force as a whole, or not at all.
#pragma once

#include "patchbay/net/task.hpp"
#include "patchbay/tools/http/serve_state.hpp"

namespace patchbay {

// On the first thread, which takes the signal for all. Until it is cancelled.
Task<Result<>> reload_on_hangup(ServeState& state, ServeThread& first);

// Why a plan cannot take the place of another while the server runs; nothing if it can.
std::optional<Failure> why_restart(const HttpServePlan& old, const HttpServePlan& next);

}  // namespace patchbay
