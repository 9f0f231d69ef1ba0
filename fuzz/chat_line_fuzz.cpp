// The line mode of a chat: what telnet says apart from the text, however the stream is cut; what a
// typed line means; and that each line that is shown tells who it is from. The first byte of the
// input is the size of the pieces.
#include <algorithm>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "check.hpp"
#include "patchbay/wire/chat_line.hpp"
#include "patchbay/wire/telnet_filter.hpp"

namespace {

using namespace patchbay;

std::string strip(std::string_view sent, std::size_t piece) {
  TelnetFilter filter;
  std::string text;
  while (!sent.empty()) {
    std::string bytes(sent.substr(0, piece));
    sent.remove_prefix(bytes.size());
    const std::size_t size = bytes.size();
    const std::string_view left = filter.strip(std::as_writable_bytes(std::span(bytes)));
    FUZZ_CHECK(left.size() <= size);
    text += left;
  }
  return text;
}

bool is_within(std::string_view part, std::string_view whole) {
  return part.empty() ||
         (part.data() >= whole.data() && part.data() + part.size() <= whole.data() + whole.size());
}

void check_typed(std::string_view line) {
  const ChatInput input = parse_chat_input(line);
  FUZZ_CHECK(is_within(input.target, line) && is_within(input.text, line));
  FUZZ_CHECK(input.verb != ChatVerb::say || !input.text.empty());
  const std::string left = take_back(line);
  FUZZ_CHECK(left.size() <= line.size() && left.find_first_of("\x08\x7f\x15") == left.npos);
}

void check_shown(std::string_view line) {
  const auto shown = parse_chat_line(line);
  if (!shown) return;
  std::string again;
  append_chat_line(again, *shown);
  FUZZ_CHECK(again.ends_with('\n'));
  FUZZ_CHECK(parse_chat_line(std::string_view(again).substr(0, again.size() - 1)) == shown);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const std::size_t piece = std::max<std::size_t>(data[0], 1);
  const std::string_view input(reinterpret_cast<const char*>(data + 1), size - 1);
  const std::string text = strip(input, std::max<std::size_t>(input.size(), 1));
  FUZZ_CHECK(strip(input, piece) == text);
  for (std::string_view rest = text; !rest.empty();) {
    const std::string_view line = rest.substr(0, rest.find('\n'));
    rest.remove_prefix(std::min(line.size() + 1, rest.size()));
    check_typed(line);
    check_shown(line);
  }
  return 0;
}
