// Who holds a port that cannot be had, and why a server cannot listen, in words.
#pragma once

#include <cstdint>
#include <string>

#include "patchbay/base/error.hpp"
#include "patchbay/net/address.hpp"
#include "patchbay/tools/outcome.hpp"

namespace patchbay {

enum class Transport : std::uint8_t { tcp, udp };

// The program whose socket stands in the way of `wanted`: "nginx (pid 123)". Empty when it cannot
// be known, as for programs of another user. Reads /proc, and takes as long as there are
// descriptors.
std::string port_holder(Transport transport, const Endpoint& wanted);

// Why binding to `wanted` failed and what helps. `command` is what the user typed before the port:
// "patchbay tcp serve".
Failure explain_bind(const Error& error, Transport transport, const Endpoint& wanted,
                     std::string_view command);

}  // namespace patchbay
