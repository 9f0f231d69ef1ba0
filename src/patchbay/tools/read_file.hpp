// Files that a command reads whole before it begins.
#pragma once

#include <cstddef>
#include <expected>
#include <string>

#include "patchbay/tools/outcome.hpp"

namespace patchbay {

// At most `most` bytes. The failure says what stands in the way, a folder or too long a file too.
std::expected<std::string, Failure> read_whole_file(const std::string& path, std::size_t most);

}  // namespace patchbay
