// What a command says when it could not connect.
#pragma once

#include <string_view>

#include "patchbay/net/address.hpp"
#include "patchbay/tools/output.hpp"

namespace patchbay {

// Reports a connection that did not come about within `timeout`, and returns the exit code. `flags`
// is added to what there is to try.
int fail_to_connect(Output& out, const HostPort& to, const Error& error, Duration timeout,
                    std::string_view flags = {});

}  // namespace patchbay
