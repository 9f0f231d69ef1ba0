// Secrets that a user keeps in files, since a command line is everybody's to read.
#pragma once

#include <string>

#include "patchbay/base/result.hpp"
#include "patchbay/http/http_response.hpp"

namespace patchbay {

// All of a small file that nobody but its owner may read or write. Faults: permission when others
// may, storage.
Result<std::string> read_secret_file(const std::string& path);

// The value of Authorization for the "user:password" in a file's first line (RFC 7617).
Result<std::string> read_basic_credentials(const std::string& path);

// Fields, one a line, as "Name: value".
Result<HttpFieldList> read_secret_fields(const std::string& path);

// "Name: value". Faults: protocol.
Result<std::pair<std::string, std::string>> parse_field(std::string_view line);

}  // namespace patchbay
