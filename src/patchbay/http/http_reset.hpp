// The end of a connection whose client gets nothing more.
#pragma once

#include "patchbay/net/stream.hpp"

namespace patchbay {

// The next close of the stream is a reset: what the kernel has not sent by then is dropped, and not
// kept for a client that may never take it.
void reset_when_closed(Stream& stream);

}  // namespace patchbay
