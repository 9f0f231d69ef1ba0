// Standard input and output as streams, without changing how other programs see them.
#pragma once

#include "patchbay/base/result.hpp"
#include "patchbay/net/stream.hpp"

namespace patchbay {

// A terminal or pipe is opened anew, since O_NONBLOCK belongs to the open file, which the shell
// shares with us: set there, it would outlive this program and break the next one. A regular file
// is read and written in place, where the shell's offset stands. Needs an engine that adopts
// descriptors.
Result<Stream> open_standard_input();
Result<Stream> open_standard_output();

}  // namespace patchbay
