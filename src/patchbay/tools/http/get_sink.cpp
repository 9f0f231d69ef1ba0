#include "patchbay/tools/http/get_sink.hpp"

#include <utility>

#include "patchbay/base/text.hpp"

namespace patchbay {

bool GetSink::write(std::string_view piece) {
  bytes_ += piece.size();
  if (out_.json()) {
    if (bytes_ <= k_most_kept) kept_ += piece;
    return true;
  }
  if (!out_.out_is_terminal()) return out_.write(piece);
  waiting_ += piece;
  std::size_t later = unfinished_utf8(waiting_);
  if (waiting_.ends_with('\r')) later = 1;  // its newline may follow
  std::string text = waiting_.substr(0, waiting_.size() - later);
  waiting_.erase(0, text.size());
  for (std::size_t at = 0; (at = text.find("\r\n", at)) != std::string::npos;) text.erase(at, 1);
  return text.empty() || out_.write(escape_terminal(text, {.newline = true, .tab = true}));
}

bool GetSink::end() {
  const std::string rest = std::exchange(waiting_, {});
  return rest.empty() || out_.write(escape_terminal(rest));
}

void GetSink::describe(Record& record) const {
  if (bytes_ <= k_most_kept && is_valid_utf8(kept_)) {
    record.text("body", kept_);
  } else {
    record.null("body");
  }
}

}  // namespace patchbay
