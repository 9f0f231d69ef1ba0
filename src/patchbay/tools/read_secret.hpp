// Secrets that a user keeps in files, since a command line is everybody's to read.
#pragma once

#include <string>

#include "patchbay/base/result.hpp"

namespace patchbay {

// All of a file of up to 64 KiB that nobody but its owner may read or write. Faults: permission
// when others may, limit, storage.
Result<std::string> read_secret_file(const std::string& path);

}  // namespace patchbay
