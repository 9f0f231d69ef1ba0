#include "patchbay/tools/echo/reply_template.hpp"

namespace patchbay {

Result<ReplyTemplate> ReplyTemplate::parse(std::string_view text) {
  constexpr std::string_view mark = "{}";
  ReplyTemplate parsed;
  std::string_view rest = text;
  for (std::size_t at = rest.find(mark); at != rest.npos; at = rest.find(mark)) {
    parsed.pieces_.emplace_back(rest.substr(0, at));
    rest.remove_prefix(at + mark.size());
  }
  if (parsed.pieces_.empty()) {
    return Error(Fault::protocol, "use the reply template",
                 "it has no {} to show where the message goes",
                 "put {} in it, in quotes: --reply 'Server received: {}'")
        .about(text);
  }
  parsed.pieces_.emplace_back(rest);
  return parsed;
}

std::string ReplyTemplate::fill(std::string_view message) const {
  std::string out;
  fill_into(out, message);
  return out;
}

void ReplyTemplate::fill_into(std::string& out, std::string_view message) const {
  out += pieces_.front();
  for (std::size_t i = 1; i < pieces_.size(); ++i) {
    out += message;
    out += pieces_[i];
  }
}

}  // namespace patchbay
