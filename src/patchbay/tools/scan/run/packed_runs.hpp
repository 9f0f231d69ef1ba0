// Bytes of which many in a row are alike, in fewer.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace patchbay {

// A sequence of pieces. Each begins with a count, seven bits a byte, the lowest first, with the top
// bit set in all bytes but the last: twice the length of the piece, and one more where all of its
// bytes are alike. That one byte follows, or all of them.
std::string pack_runs(std::string_view bytes);

// How many bytes it was made of; nothing where it is none. Makes no room for them, so that a few
// bytes from a stranger do not take more memory than they are worth.
std::optional<std::uint64_t> unpacked_size(std::string_view packed);

// `room` is as large as unpacked_size().
void unpack_runs(std::string_view packed, std::span<std::byte> room);

}  // namespace patchbay
