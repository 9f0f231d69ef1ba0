// Writing a file so that nobody ever sees half of it.
#pragma once

#include <string>
#include <string_view>

#include "patchbay/base/result.hpp"

namespace patchbay {

// Writes beside `path`, makes sure it is on the disk, and puts it in place of what was there. Owner
// and mode stay those of the former file; a new one gets `mode`. A link is followed. Faults:
// storage, permission, system; the former content is whole then.
Result<> replace_file(const std::string& path, std::string_view content, unsigned mode = 0600);

}  // namespace patchbay
