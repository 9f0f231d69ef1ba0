// Base64 with the standard alphabet and padding (RFC 4648 section 4).
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace patchbay {

// Four characters for each three bytes that were begun.
std::string encode_base64(std::string_view bytes);

// The bytes of a text, or nothing unless it is the very text that encode_base64() would write: no
// line ends, no missing padding, no bits behind the last byte (RFC 4648 section 3.5). So no two
// texts mean the same bytes. The result has at most three quarters of the text's length.
std::optional<std::string> decode_base64(std::string_view text);

}  // namespace patchbay
