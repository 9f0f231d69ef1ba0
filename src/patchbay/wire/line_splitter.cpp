#include "patchbay/wire/line_splitter.hpp"

#include <utility>

namespace patchbay {

namespace {

LineSplitter::Line line_of(std::string_view text) {
  if (!text.ends_with('\r')) return {.text = text, .ending = "\n"};
  text.remove_suffix(1);
  return {.text = text, .ending = "\r\n"};
}

}  // namespace

// clear() and assignment would keep the memory.
void LineSplitter::let_go() {
  std::string().swap(kept_);
  handed_out_ = false;
}

std::optional<LineSplitter::Line> LineSplitter::next(std::string_view& data) {
  if (handed_out_) let_go();
  std::size_t end = data.find('\n');
  if (passing_over_) {
    if (end == data.npos) {
      data = {};
      return std::nullopt;
    }
    data.remove_prefix(end + 1);
    passing_over_ = false;
    end = data.find('\n');
  }
  const std::string_view piece = data.substr(0, end);
  data.remove_prefix(end == data.npos ? data.size() : end + 1);
  if (piece.size() > limit_ - kept_.size()) {
    let_go();
    too_long_ = true;
    passing_over_ = end == data.npos;
    return Line{.text = {}, .too_long = true};
  }
  if (end == data.npos) {
    kept_ += piece;
    return std::nullopt;
  }
  if (kept_.empty()) return line_of(piece);
  kept_ += piece;
  handed_out_ = true;
  return line_of(kept_);
}

std::optional<LineSplitter::Line> LineSplitter::last() {
  if (handed_out_) let_go();
  if (kept_.empty()) return std::nullopt;
  handed_out_ = true;
  return Line{.text = kept_};
}

}  // namespace patchbay
