// ValueScanner: reads the value of a field from left to right, by the rules that all values share
// (RFC 9110 section 5.6). It looks at views and keeps nothing.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace patchbay::detail {

class ValueScanner {
 public:
  explicit ValueScanner(std::string_view text) : text_(text) {}

  bool at_end() const { return text_.empty(); }
  std::string_view rest() const { return text_; }

  // Spaces and tabs.
  void skip_blanks();
  // This character, if it is the next.
  bool take(char c);
  // The longest token; empty when none stands here.
  std::string_view take_token();
  // The inside of a quoted-string, its escapes undone. Nothing, and nothing is taken, when there is
  // none or it has no end.
  std::optional<std::string> take_quoted();
  // What stands before the next `separator` outside of quotes, without the blanks around it; the
  // separator is taken too. Without one it is all of the rest.
  std::string_view take_until(char separator);

 private:
  std::string_view text_;
};

struct ValueParameter {
  std::string_view name;
  std::string value;
};

// All of `text` as parameters (RFC 9110 section 5.6.6): ";a=1; b=\"x y\"". Nothing when it is
// something else; a ';' with nothing behind it is passed over.
std::optional<std::vector<ValueParameter>> read_parameters(std::string_view text);

}  // namespace patchbay::detail
