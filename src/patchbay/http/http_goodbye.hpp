// How a TLS connection of HTTP ends.
#pragma once

#include "patchbay/net/stream.hpp"

namespace patchbay {

// Sends the closure alert of a TLS connection that is about to be closed (RFC 9112 section 9.8), as
// far as that needs no waiting: a peer that takes nothing must not hold up the end.
void say_goodbye(Stream& stream);

}  // namespace patchbay
