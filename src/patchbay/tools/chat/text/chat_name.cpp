#include "patchbay/tools/chat/text/chat_name.hpp"

#include <utf8proc.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <memory>
#include <span>

#include "patchbay/base/ascii.hpp"
#include "patchbay/base/text.hpp"
#include "patchbay/tools/chat/confusables_table.hpp"

namespace patchbay {

namespace {

// The longest that one character becomes in compatible forms is 18 (U+FDFA).
constexpr std::size_t k_longest_form = 32;

bool is_ascii(std::string_view text) {
  return std::ranges::all_of(text, [](char c) { return static_cast<unsigned char>(c) < 0x80; });
}
bool is_ascii_letter(char32_t c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }
bool is_ascii_digit(char32_t c) { return c >= '0' && c <= '9'; }

utf8proc_category_t category_of(char32_t value) {
  return utf8proc_category(static_cast<utf8proc_int32_t>(value));
}
bool is_mark(char32_t value) {
  const auto category = category_of(value);
  return category == UTF8PROC_CATEGORY_MN || category == UTF8PROC_CATEGORY_MC ||
         category == UTF8PROC_CATEGORY_ME;
}

// Small, in compatible forms and put together; empty for what is no UTF-8.
std::string compatible_form(std::string_view text, int further_options = 0) {
  const auto options =
      static_cast<utf8proc_option_t>(UTF8PROC_STABLE | UTF8PROC_COMPOSE | UTF8PROC_COMPAT |
                                     UTF8PROC_CASEFOLD | UTF8PROC_IGNORE | further_options);
  utf8proc_uint8_t* made = nullptr;
  const auto length = utf8proc_map(reinterpret_cast<const utf8proc_uint8_t*>(text.data()),
                                   static_cast<utf8proc_ssize_t>(text.size()), &made, options);
  const std::unique_ptr<utf8proc_uint8_t, decltype(&std::free)> owner(made, &std::free);
  if (length <= 0) return {};
  return {reinterpret_cast<const char*>(made), static_cast<std::size_t>(length)};
}

// --- look-alikes ---

// What `letter` is taken for; itself where it is like no other.
std::string_view look_alike(std::string_view letter) {
  const auto row =
      std::ranges::lower_bound(tables::k_confusables, letter, {}, &tables::ConfusablesRow::letter);
  return row != tables::k_confusables.end() && row->letter == letter ? row->like : letter;
}

// The same for ASCII, without a search.
constexpr auto k_ascii_look_alike = [] {
  std::array<char, 128> like{};
  for (std::size_t c = 0; c < like.size(); ++c) like[c] = ascii_lower(static_cast<char>(c));
  for (const auto& row : tables::k_confusables) {
    const auto c = static_cast<unsigned char>(row.letter.front());
    if (c < like.size()) like[c] = row.like.front();
  }
  like['I'] = like['i'];
  return like;
}();

void fold_ascii(std::string& text) {
  for (char& c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte < k_ascii_look_alike.size()) c = k_ascii_look_alike[byte];
  }
}

// Letters of other alphabets that look like one of ASCII become that.
std::string in_ascii_where_alike(std::string_view text) {
  std::string out;
  while (!text.empty()) {
    const std::string_view letter = text.substr(0, decode_utf8(text).length);
    out += letter.size() == 1 ? letter : look_alike(letter);
    text.remove_prefix(letter.size());
  }
  return out;
}

// --- SERVER ---

char without_disguise(char c) {
  switch (c) {
    case '3': return 'e';
    case '5': return 's';
    case 'u': return 'v';
    default: return c;
  }
}

bool is_letter_byte(char c) {
  return static_cast<unsigned char>(c) >= 0x80 || is_ascii_letter(static_cast<unsigned char>(c));
}

// Is the word in it, with or without accents, in letters that look like these? "observer" is
// another word.
bool looks_like_server(std::string_view name) {
  constexpr std::string_view k_word = "server";
  const std::string plain = in_ascii_where_alike(compatible_form(name, UTF8PROC_STRIPMARK));
  std::string bare = plain;
  std::ranges::transform(bare, bare.begin(), without_disguise);
  for (std::size_t at = bare.find(k_word); at != bare.npos; at = bare.find(k_word, at + 1)) {
    const std::size_t end = at + k_word.size();
    const bool begins = at == 0 || !is_letter_byte(plain[at - 1]);
    const bool ends = end == plain.size() || !is_letter_byte(plain[end]);
    if (begins && ends) return true;
  }
  return false;
}

// --- characters ---

bool is_user_name_form(char32_t value) {
  if (value < 0x80) {
    return is_ascii_letter(value) || is_ascii_digit(value) ||
           std::string_view("_-.|^").contains(static_cast<char>(value));
  }
  if (!is_printable(value)) return false;
  switch (category_of(value)) {
    case UTF8PROC_CATEGORY_LU:
    case UTF8PROC_CATEGORY_LL:
    case UTF8PROC_CATEGORY_LT:
    case UTF8PROC_CATEGORY_LM:
    case UTF8PROC_CATEGORY_LO:
    case UTF8PROC_CATEGORY_MN:
    case UTF8PROC_CATEGORY_MC:
    case UTF8PROC_CATEGORY_ND:
    case UTF8PROC_CATEGORY_NL: return true;
    default: return false;
  }
}

bool is_room_name_form(char32_t value) {
  constexpr char32_t k_blank_of_braille = 0x2800;
  if (value == ',' || value == ':' || value == k_blank_of_braille) return false;
  if (!is_printable(value)) return false;
  switch (category_of(value)) {
    case UTF8PROC_CATEGORY_CN:
    case UTF8PROC_CATEGORY_CO:
    case UTF8PROC_CATEGORY_PS:
    case UTF8PROC_CATEGORY_PE:
    case UTF8PROC_CATEGORY_ZS: return false;
    default: return value != '<' && value != '>';
  }
}

// What a character becomes in compatible forms, for names are compared in these: a bracket or a
// blank may hide in one.
struct Form {
  std::array<utf8proc_int32_t, k_longest_form> values{};
  std::size_t count = 0;

  std::span<const utf8proc_int32_t> all() const { return {values.data(), count}; }
  char32_t front() const { return count > 0 ? static_cast<char32_t>(values.front()) : 0; }
};

Form form_of(char32_t value) {
  constexpr auto k_options =
      static_cast<utf8proc_option_t>(UTF8PROC_STABLE | UTF8PROC_DECOMPOSE | UTF8PROC_COMPAT);
  Form form;
  int boundary = 0;
  const auto count = utf8proc_decompose_char(
      static_cast<utf8proc_int32_t>(value), form.values.data(),
      static_cast<utf8proc_ssize_t>(form.values.size()), k_options, &boundary);
  if (count > 0 && count <= static_cast<utf8proc_ssize_t>(k_longest_form)) {
    form.count = static_cast<std::size_t>(count);
  }
  return form;
}

bool may_be_in(char32_t value, bool (*is_form)(char32_t)) {
  if (!is_form(value)) return false;
  const Form form = form_of(value);
  return form.count > 0 && std::ranges::all_of(form.all(), [is_form](utf8proc_int32_t part) {
           return is_form(static_cast<char32_t>(part));
         });
}

bool may_begin_user_name(char32_t value) {
  const char32_t first = form_of(value).front();
  return !is_ascii_digit(first) && first != '-' && first != '.' && !is_mark(first);
}

bool is_blank(char32_t value) {
  return value == '\t' || category_of(value) == UTF8PROC_CATEGORY_ZS;
}

const char* why_no_name(std::string_view name, std::size_t most_characters,
                        bool (*is_form)(char32_t)) {
  std::size_t characters = 0;
  while (!name.empty()) {
    const CodePoint point = decode_utf8(name);
    if (!point.valid) return "it is no UTF-8";
    if (!may_be_in(point.value, is_form)) return "it has a character that no name may have";
    if (++characters > most_characters) return "it is too long";
    name.remove_prefix(point.length);
  }
  return nullptr;
}

}  // namespace

std::string fold_chat_name(std::string_view name) {
  const bool is_room = name.starts_with('#');
  std::string folded;
  if (is_ascii(name)) {
    folded = in_ascii_lower(name);
    if (!is_room) fold_ascii(folded);
    return folded;
  }
  folded = in_ascii_where_alike(compatible_form(name));
  if (!is_room) fold_ascii(folded);
  // A letter that has become one of ASCII may go together with its accent now.
  folded = compatible_form(folded);
  return folded.empty() ? in_ascii_lower(name) : folded;
}

const char* why_no_user_name(std::string_view name, std::size_t most_characters) {
  if (name.empty()) return "it is empty";
  const char* const why = why_no_name(name, most_characters, is_user_name_form);
  if (why != nullptr) return why;
  if (!may_begin_user_name(decode_utf8(name).value)) {
    return "no name begins with a digit, '-', '.' or an accent";
  }
  return looks_like_server(name) ? "it looks like the server's own" : nullptr;
}

const char* why_no_room_name(std::string_view name, std::size_t most_characters) {
  if (!name.starts_with('#')) return "a room's name begins with '#'";
  if (name.size() == 1) return "it is empty";
  return why_no_name(name, most_characters, is_room_name_form);
}

std::string make_user_name(std::string_view typed, std::size_t most_characters) {
  std::string name;
  std::size_t characters = 0;
  std::size_t waiting_blanks = 0;  // none of them is kept at the ends
  while (!typed.empty() && characters < most_characters) {
    const CodePoint point = decode_utf8(typed);
    const std::string_view raw = typed.substr(0, point.length);
    typed.remove_prefix(point.length);
    if (point.valid && is_blank(point.value)) {
      if (!name.empty()) ++waiting_blanks;
      continue;
    }
    if (!point.valid || !may_be_in(point.value, is_user_name_form)) continue;
    for (; waiting_blanks > 0 && characters < most_characters; --waiting_blanks, ++characters) {
      name += '_';
    }
    if (name.empty() && !may_begin_user_name(point.value)) {
      if (is_mark(point.value)) continue;
      name += '_';
      ++characters;
    }
    if (characters == most_characters) break;
    name += raw;
    ++characters;
  }
  return name;
}

}  // namespace patchbay
