#include "patchbay/tools/chat/history/chat_search_words.hpp"

#include "patchbay/base/text.hpp"

namespace patchbay {

namespace {

constexpr std::size_t k_most_bytes = 1024;
constexpr std::size_t k_most_words = 32;

// A NUL ends an expression of FTS5, wherever it stands.
bool is_blank(char c) { return static_cast<unsigned char>(c) <= ' ' || c == '\x7f'; }

// In quotes, and those that are in it doubled: so FTS5 reads a string.
std::string quoted(std::string_view word) {
  std::string text = "\"";
  for (const char c : word) {
    if (c == '"') text += '"';
    text += c;
  }
  return text += '"';
}

}  // namespace

std::string chat_search_words(std::string_view text) {
  const std::string valid = to_valid_utf8(utf8_prefix(text, k_most_bytes));
  std::string_view rest = valid;
  std::string words;
  for (std::size_t count = 0; count < k_most_words;) {
    while (!rest.empty() && is_blank(rest.front())) rest.remove_prefix(1);
    if (rest.empty()) break;
    std::size_t end = 0;
    while (end < rest.size() && !is_blank(rest[end])) ++end;
    if (!words.empty()) words += ' ';
    words += quoted(rest.substr(0, end));
    rest.remove_prefix(end);
    ++count;
  }
  return words;
}

}  // namespace patchbay
