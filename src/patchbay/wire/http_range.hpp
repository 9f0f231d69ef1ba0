// Range requests for bytes (RFC 9110 section 14): which parts of a representation were asked for,
// and the texts that name them in an answer.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace patchbay {

struct ByteRange {
  std::uint64_t first = 0;   // offset of the first byte
  std::uint64_t length = 0;  // bytes, at least 1; none is beyond the end

  bool operator==(const ByteRange&) const = default;
};

enum class RangeVerdict : std::uint8_t {
  whole,          // there is no range, or none worth honouring: 200 and all of it
  partial,        // 206, with `ranges`; more than one of them are multipart/byteranges
  unsatisfiable,  // 416
};

struct RangeAnswer {
  RangeVerdict verdict = RangeVerdict::whole;
  std::vector<ByteRange> ranges;  // when partial: at least one, none touches another
};

// `field` is the value of Range, "" when there is none; `size` the length of the representation in
// bytes.
//
// Ignored (`whole`), as section 14.2 allows: another unit than bytes, a text that is no set of
// ranges, more than `limit` of them, and sets in which more than two overlap others. Nobody reads
// beyond the limit, so ten thousand ranges cost as little as one too many.
//
// Ranges that overlap or touch are joined, whatever their order; the others stay in the order in
// which they were asked for (section 15.3.7.2). Those that begin behind the end are left out.
// A suffix of an empty representation is `whole`, since no Content-Range could tell of it.
RangeAnswer read_ranges(std::string_view field, std::uint64_t size, std::size_t limit);

// Content-Range of a 206: "bytes 0-499/1234".
std::string content_range(ByteRange range, std::uint64_t size);
// Content-Range of a 416: "bytes */1234".
std::string unsatisfied_content_range(std::uint64_t size);

}  // namespace patchbay
