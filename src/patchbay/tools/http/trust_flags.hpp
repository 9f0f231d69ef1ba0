// The flags that say whom to trust over TLS, of `http get` and `http probe`.
#pragma once

#include "patchbay/tools/command.hpp"
#include "patchbay/tools/http/get_plan.hpp"
#include "patchbay/tools/output.hpp"

namespace patchbay {

void declare_trust_flags(Command& command, HttpTrustFlags& flags);
void warn_of_trust(const HttpTrustFlags& flags, const HttpUrl& url, Output& out);

}  // namespace patchbay
