// A field as people write it, on a command line or in a file of theirs: "Name: value".
#pragma once

#include <expected>
#include <string_view>
#include <vector>

#include "patchbay/wire/http_field.hpp"

namespace patchbay {

// Views of the line. The error says what is wrong with it, and repeats nothing of it.
std::expected<HttpField, const char*> parse_field_line(std::string_view line);

// One a line, which may end in CRLF; empty lines are passed over. The error is of the first line
// that is none.
std::expected<std::vector<HttpField>, const char*> parse_field_lines(std::string_view text);

// Does it say where messages end, which is for whoever sends them to know (RFC 9112 section 6)?
bool is_framing_field(std::string_view name);
// Is its value a secret: Authorization, Proxy-Authorization, Cookie?
bool is_secret_field(std::string_view name);

}  // namespace patchbay
