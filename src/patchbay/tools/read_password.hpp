// A password from whoever sits at the terminal, or from a pipe.
#pragma once

#include <expected>
#include <string>

#include "patchbay/tools/outcome.hpp"

namespace patchbay {

// Asks on the terminal of standard input with `prompt` on stderr, and shows nothing of what is
// typed; from anything else one line is read. At most 1,024 bytes. The terminal is as it was before
// whatever ends this, Ctrl-C and SIGTERM too: then the failure is of Fault::cancelled, and the
// signal takes effect.
std::expected<std::string, Error> read_password(const std::string& prompt);

}  // namespace patchbay
