// A Range field: whatever it says, its parts lie within the file, are no more than allowed and do
// not touch. The input begins with the size of the file (8 bytes) and the limit (1 byte).
#include <algorithm>
#include <cstdint>
#include <cstring>
#include <string_view>

#include "check.hpp"
#include "patchbay/wire/http_range.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace patchbay;
  std::uint64_t file_bytes = 0;
  if (size <= sizeof file_bytes) return 0;
  std::memcpy(&file_bytes, data, sizeof file_bytes);
  const std::size_t limit = data[sizeof file_bytes];
  data += sizeof file_bytes + 1;
  size -= sizeof file_bytes + 1;
  const std::string_view field(reinterpret_cast<const char*>(data), size);

  RangeAnswer answer = read_ranges(field, file_bytes, limit);
  auto& ranges = answer.ranges;
  FUZZ_CHECK(ranges.empty() == (answer.verdict != RangeVerdict::partial));
  FUZZ_CHECK(ranges.size() <= limit);
  std::ranges::sort(ranges, {}, &ByteRange::first);
  for (std::size_t i = 0; i < ranges.size(); ++i) {
    FUZZ_CHECK(ranges[i].length > 0 && ranges[i].first < file_bytes);
    FUZZ_CHECK(ranges[i].length <= file_bytes - ranges[i].first);
    FUZZ_CHECK(i == 0 || ranges[i].first > ranges[i - 1].first + ranges[i - 1].length);
    FUZZ_CHECK(content_range(ranges[i], file_bytes).starts_with("bytes "));
  }
  return 0;
}
