// multipart/byteranges (RFC 9110 section 14.6): what stands around several parts of a
// representation, as texts, so that the length of the whole is known before the first byte is sent.
//
// `boundary` is one that stands nowhere in the content: 32 hexadecimal digits of 128 random bits
// will do, as nobody who chooses the content can know them beforehand.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "patchbay/wire/http_range.hpp"

namespace patchbay {

// The value of the answer's Content-Type.
std::string byteranges_type(std::string_view boundary);

// What stands before the bytes of each part. It begins with the end of a line, before the first
// part too: that is a preamble of nothing. `part_type` is the media type of the representation,
// which has `size` bytes.
std::string byteranges_part_head(std::string_view boundary, std::string_view part_type,
                                 ByteRange range, std::uint64_t size);

// What stands behind the last part.
std::string byteranges_end(std::string_view boundary);

// The length of the whole in bytes: heads, parts and end.
std::uint64_t byteranges_length(std::string_view boundary, std::string_view part_type,
                                std::span<const ByteRange> ranges, std::uint64_t size);

}  // namespace patchbay
