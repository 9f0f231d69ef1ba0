#include "patchbay/tools/echo/line_splitter.hpp"

#include <utility>

namespace patchbay {

std::optional<LineSplitter::Line> LineSplitter::next(std::string_view& data) {
  const std::size_t end = data.find('\n');
  const std::string_view piece = data.substr(0, end);
  too_long_ = too_long_ || kept_.size() + piece.size() > limit_;
  if (too_long_) return std::nullopt;
  if (end == data.npos) {
    kept_ += piece;
    data = {};
    return std::nullopt;
  }
  data.remove_prefix(end + 1);
  std::string_view text = piece;
  if (!kept_.empty()) {
    line_ = std::exchange(kept_, {}).append(piece);
    text = line_;
  }
  if (!text.ends_with('\r')) return Line{text, "\n"};
  text.remove_suffix(1);
  return Line{text, "\r\n"};
}

std::optional<LineSplitter::Line> LineSplitter::last() {
  if (kept_.empty()) return std::nullopt;
  line_ = std::exchange(kept_, {});
  return Line{line_, ""};
}

}  // namespace patchbay
