// Lines out of a stream: however it is cut, they are the same, and together they are the stream.
// The first byte of the input is the limit of a line, the second the size of the pieces.
#include <algorithm>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "check.hpp"
#include "patchbay/tools/echo/line_splitter.hpp"

namespace {

using patchbay::LineSplitter;

struct Lines {
  std::vector<std::string> lines;  // with their ends
  bool too_long = false;
};

Lines split(std::string_view stream, std::size_t limit, std::size_t piece) {
  LineSplitter splitter(limit);
  Lines result;
  while (!stream.empty() && !splitter.too_long()) {
    std::string_view data = stream.substr(0, piece);
    stream.remove_prefix(data.size());
    while (const auto line = splitter.next(data)) {
      FUZZ_CHECK(line->text.size() <= limit);
      result.lines.push_back(std::string(line->text) += line->ending);
    }
    FUZZ_CHECK(data.empty() || splitter.too_long());
  }
  result.too_long = splitter.too_long();
  if (result.too_long) return result;
  if (const auto last = splitter.last()) result.lines.emplace_back(last->text);
  return result;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 2) return 0;
  const std::size_t limit = data[0];
  const std::size_t piece = std::max<std::size_t>(data[1], 1);
  const std::string_view stream(reinterpret_cast<const char*>(data + 2), size - 2);

  const Lines whole = split(stream, limit, std::max<std::size_t>(stream.size(), 1));
  const Lines cut = split(stream, limit, piece);
  FUZZ_CHECK(whole.lines == cut.lines && whole.too_long == cut.too_long);

  std::string together;
  for (const std::string& line : whole.lines) together += line;
  FUZZ_CHECK(whole.too_long ? stream.starts_with(together) : stream == together);
  return 0;
}
