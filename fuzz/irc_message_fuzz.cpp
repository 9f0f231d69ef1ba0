// IRC lines: what was read can be written and reads the same, tags survive their escapes, and a
// mask made of the text itself fits it.
#include <algorithm>
#include <cstdint>
#include <string>
#include <string_view>

#include "check.hpp"
#include "patchbay/wire/irc_message.hpp"

namespace {

using namespace patchbay;

bool same(const IrcMessage& a, const IrcMessage& b) {
  return a.tags == b.tags && a.source == b.source && a.command == b.command &&
         std::ranges::equal(a.all(), b.all());
}

void check_line(std::string_view line) {
  const auto message = parse_irc(line);
  if (!message) return;
  FUZZ_CHECK(!message->command.empty() && message->count <= k_irc_parameters);
  for (std::size_t i = 0; i + 1 < message->count; ++i) {
    FUZZ_CHECK(!message->parameters[i].empty() && !message->parameters[i].contains(' '));
  }
  std::string written;
  // Behind tags or a source anything may be read as a command.
  const bool usual = message->command.front() != ':' && message->command.front() != '@';
  FUZZ_CHECK(append_irc(written, *message) == usual);
  if (!usual) return;
  written.resize(written.size() - 2);
  const auto again = parse_irc(written);
  FUZZ_CHECK(again && same(*again, *message));
  for_each_irc_tag(message->tags, [&](std::string_view key, std::string_view) {
    FUZZ_CHECK(irc_tag(message->tags, key).has_value());
  });
}

void check_value(std::string_view value) {
  std::string escaped;
  append_irc_tag_value(escaped, value);
  FUZZ_CHECK(escaped.find_first_of(std::string_view("\0\r\n; ", 5)) == escaped.npos);
  std::string kept(value);
  std::erase(kept, '\0');
  FUZZ_CHECK(unescape_irc_tag_value(escaped) == kept);
  FUZZ_CHECK(unescape_irc_tag_value(value).size() <= value.size());
}

void check_mask(std::string_view mask, std::string_view text) {
  [[maybe_unused]] const bool fits = matches_irc_mask(mask, text);
  std::string exact;
  for (const char c : text) {
    if (c == '*' || c == '?' || c == '\\') exact += '\\';
    exact += c;
  }
  FUZZ_CHECK(matches_irc_mask(exact, text));
  FUZZ_CHECK(matches_irc_mask(exact + "*", text) && matches_irc_mask("*" + exact, text));
  FUZZ_CHECK(!matches_irc_mask(exact + "?", text));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view input(reinterpret_cast<const char*>(data), size);
  check_line(input);
  check_value(input);
  const std::string_view mask = input.substr(0, std::min<std::size_t>(input.find('\n'), 128));
  check_mask(mask, input.substr(mask.size()).substr(0, 512));
  return 0;
}
