// A password that is to be somebody's from now on.
#pragma once

#include <string>

#include "patchbay/base/result.hpp"

namespace patchbay {

// The first line of `file`, which nobody but its owner may read; where no file is named, asked for
// twice on the terminal, or a line from a pipe (read_password.hpp). Never empty, at most 1,024
// bytes. `whom` is any text. Fault::cancelled is the user's wish.
Result<std::string> read_new_password(const std::string& whom, const std::string& file = {});

}  // namespace patchbay
