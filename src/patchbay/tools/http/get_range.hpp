// Parts of files as servers tell of them, and whether two of them are of one version.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "patchbay/http/http_client.hpp"
#include "patchbay/tools/http/part_file.hpp"

namespace patchbay {

// "bytes 5-9/10" and "bytes */10" (RFC 9110 section 14.4).
struct ContentRange {
  std::optional<std::uint64_t> first;  // nothing: none could be served
  std::optional<std::uint64_t> last;   // beside `first`, and not before it
  std::optional<std::uint64_t> total;  // nothing: "*"
};
std::optional<ContentRange> parse_content_range(std::string_view value);

// What can be sent as If-Range for the rest of this answer's body: a strong ETag, or a
// Last-Modified that is older than the answer (RFC 9110 section 13.1.5). Empty: nothing can.
std::string range_validator(const HttpHop& hop);

// Does the body of this 206 belong behind the `have` bytes of the part that the note is of? It
// begins there, and is of the same version: not every server heeds If-Range.
bool is_rest_of_part(const HttpHop& answer, const PartNote& note, std::uint64_t have);
// Does this 416 say that the `have` bytes are all of it?
bool is_whole_part(const HttpHop& answer, const PartNote& note, std::uint64_t have);

}  // namespace patchbay
