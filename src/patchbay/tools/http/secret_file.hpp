// What is sent of the secrets that a user keeps in files.
#pragma once

#include <string>

#include "patchbay/base/result.hpp"
#include "patchbay/http/http_response.hpp"

namespace patchbay {

// The value of Authorization for the "user:password" in a file's first line (RFC 7617). Faults:
// protocol, and those of read_secret_file().
Result<std::string> read_basic_credentials(const std::string& path);

// Fields, one a line, as "Name: value". Faults: likewise.
Result<HttpFieldList> read_secret_fields(const std::string& path);

// "Name: value". Faults: protocol.
Result<std::pair<std::string, std::string>> parse_field(std::string_view line);

}  // namespace patchbay
