// Lines out of a stream: however it is cut, they are those that a plain look at the whole finds.
// The first byte of the input is the limit of a line, the second the size of the pieces.
#include <algorithm>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "check.hpp"
#include "patchbay/wire/line_splitter.hpp"

namespace {

using patchbay::LineSplitter;

// Each with its end.
using Lines = std::vector<std::string>;

constexpr std::string_view k_too_long = "(too long)";

Lines split(std::string_view stream, std::size_t limit, std::size_t piece) {
  LineSplitter splitter(limit);
  Lines lines;
  while (!stream.empty()) {
    std::string_view data = stream.substr(0, piece);
    stream.remove_prefix(data.size());
    while (const auto line = splitter.next(data)) {
      FUZZ_CHECK(line->text.size() <= limit);
      FUZZ_CHECK(!line->too_long || (line->text.empty() && line->ending.empty()));
      const std::string text = std::string(line->text).append(line->ending);
      lines.push_back(line->too_long ? std::string(k_too_long) : text);
    }
    FUZZ_CHECK(data.empty());
    FUZZ_CHECK(splitter.heap_bytes() <= 2 * limit + 32);
    FUZZ_CHECK(splitter.unfinished() || splitter.heap_bytes() == 0);
  }
  if (const auto last = splitter.last()) lines.emplace_back(last->text);
  return lines;
}

Lines found_by_looking(std::string_view stream, std::size_t limit) {
  Lines lines;
  while (!stream.empty()) {
    const std::string_view line = stream.substr(0, stream.find('\n'));
    const std::string_view whole = stream.substr(0, line.size() + 1);
    stream.remove_prefix(whole.size());
    lines.emplace_back(line.size() > limit ? k_too_long : whole);
  }
  return lines;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 2) return 0;
  const std::size_t limit = data[0];
  const std::size_t piece = std::max<std::size_t>(data[1], 1);
  const std::string_view stream(reinterpret_cast<const char*>(data + 2), size - 2);

  const Lines wanted = found_by_looking(stream, limit);
  FUZZ_CHECK(split(stream, limit, std::max<std::size_t>(size, 1)) == wanted);
  FUZZ_CHECK(split(stream, limit, piece) == wanted);
  return 0;
}
