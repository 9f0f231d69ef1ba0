#include "patchbay/wire/byteranges.hpp"

#include <fmt/format.h>

namespace patchbay {

std::string byteranges_type(std::string_view boundary) {
  return fmt::format("multipart/byteranges; boundary={}", boundary);
}

std::string byteranges_part_head(std::string_view boundary, std::string_view part_type,
                                 ByteRange range, std::uint64_t size) {
  return fmt::format("\r\n--{}\r\nContent-Type: {}\r\nContent-Range: {}\r\n\r\n", boundary,
                     part_type, content_range(range, size));
}

std::string byteranges_end(std::string_view boundary) {
  return fmt::format("\r\n--{}--\r\n", boundary);
}

std::uint64_t byteranges_length(std::string_view boundary, std::string_view part_type,
                                std::span<const ByteRange> ranges, std::uint64_t size) {
  std::uint64_t bytes = byteranges_end(boundary).size();
  for (const ByteRange& range : ranges) {
    bytes += byteranges_part_head(boundary, part_type, range, size).size() + range.length;
  }
  return bytes;
}

}  // namespace patchbay
