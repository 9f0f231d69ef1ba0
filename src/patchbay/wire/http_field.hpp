// The fields of an HTTP message (RFC 9110 section 5) as views of the bytes they came in, and the
// small grammar that many of their values share: tokens and lists.
#pragma once

#include <array>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "patchbay/base/ascii.hpp"

namespace patchbay {

namespace detail {
// Letters, digits and the signs that tchar has.
inline constexpr std::array<bool, 256> k_token_chars = [] {
  std::array<bool, 256> table{};
  for (std::size_t c = '0'; c <= '9'; ++c) table[c] = true;
  for (std::size_t c = 'a'; c <= 'z'; ++c) table[c] = true;
  for (std::size_t c = 'A'; c <= 'Z'; ++c) table[c] = true;
  for (const char c : std::string_view("!#$%&'*+-.^_`|~"))
    table[static_cast<unsigned char>(c)] = true;
  return table;
}();
}  // namespace detail

// Names are compared without regard to case. Both views belong to whoever holds the message.
struct HttpField {
  std::string_view name;
  std::string_view value;  // without the blanks around it
};

// tchar of RFC 9110 section 5.6.2: what methods and names of fields are made of.
inline bool is_token_char(char c) { return detail::k_token_chars[static_cast<unsigned char>(c)]; }
bool is_http_token(std::string_view text);
// What the value of a field may hold, what is quoted in one, and a reason phrase (RFC 9110 section
// 5.5): no control character but the tab. Whoever sends what others wrote must ask this.
constexpr bool is_field_char(char c) { return c == '\t' || !is_ascii_control(c); }
bool is_field_value(std::string_view text);
// Without the spaces and tabs at both ends.
std::string_view trim_blanks(std::string_view text);

// Takes the next element of a comma-separated list off the front of `list` (RFC 9110 section
// 5.6.1); empty elements are passed over and commas within quotes belong to the element. Nothing
// when the list is at its end.
std::optional<std::string_view> next_element(std::string_view& list);
// Does the list have this element? Case does not matter.
bool list_has(std::string_view list, std::string_view element);

// In the order in which they came. A message has few fields: looking for one is a walk.
class HttpFields {
 public:
  void clear() { fields_.clear(); }
  void add(std::string_view name, std::string_view value) { fields_.push_back({name, value}); }
  std::size_t size() const { return fields_.size(); }
  auto begin() const { return fields_.begin(); }
  auto end() const { return fields_.end(); }

  // The value of the first field of this name; empty where there is none.
  std::string_view get(std::string_view name) const;
  std::size_t count(std::string_view name) const;
  bool has(std::string_view name) const { return count(name) > 0; }
  // All values of this name as one list, joined by ", " (RFC 9110 section 5.3).
  std::string all(std::string_view name) const;

 private:
  std::vector<HttpField> fields_;
};

}  // namespace patchbay
