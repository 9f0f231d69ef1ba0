#include "patchbay/tools/chat/text/chat_text.hpp"

#include <algorithm>
#include <utility>

#include "patchbay/base/ascii.hpp"
#include "patchbay/base/text.hpp"

namespace patchbay {

namespace {

constexpr std::string_view k_replacement = "\xef\xbf\xbd";  // U+FFFD

// What IRC's clients take for bold, a colour, a colour in hexadecimal digits, the end of all that,
// a fixed width, reversed, italic, struck out and underlined.
constexpr std::string_view k_formats = "\x02\x03\x04\x0f\x11\x16\x1d\x1e\x1f";
constexpr char k_colour = '\x03';
constexpr char k_hex_colour = '\x04';

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_hex_digit(char c) { return hex_digit_value(c) >= 0; }

std::size_t plain_run(std::string_view text) {
  const auto end =
      std::ranges::find_if(text, [](char c) { return c != ' ' && !is_ascii_visible(c); });
  return static_cast<std::size_t>(end - text.begin());
}

// Up to `most` characters for which `is_one` holds.
std::size_t run_of(std::string_view text, bool (*is_one)(char), std::size_t most) {
  const auto end = std::ranges::find_if_not(text.substr(0, most), is_one);
  return static_cast<std::size_t>(end - text.begin());
}

// The bytes of a format's code with the colours that it names: "\x03" "04,01".
std::size_t format_length(std::string_view text) {
  const bool is_hex = text.front() == k_hex_colour;
  if (text.front() != k_colour && !is_hex) return 1;
  const auto is_one = is_hex ? is_hex_digit : is_digit;
  const std::size_t most = is_hex ? 6 : 2;
  std::size_t length = 1 + run_of(text.substr(1), is_one, most);
  if (length == 1 || !text.substr(length).starts_with(',')) return length;
  const std::size_t background = run_of(text.substr(length + 1), is_one, most);
  return background == 0 ? length : length + 1 + background;
}

// One join (U+200D) or non-join (U+200C) makes an emoji of several, and words of Persian.
bool is_joiner(char32_t value) { return value == 0x200c || value == 0x200d; }
// Whether a sign is shown as text or as a picture.
bool is_presentation(char32_t value) { return value == 0xfe0e || value == 0xfe0f; }
bool may_be_presented(char32_t value) {
  return value >= 0x80 || (value >= '0' && value <= '9') || value == '#' || value == '*';
}

class Cleaner {
 public:
  Cleaner(std::size_t most_bytes, bool keeps_formats)
      : most_bytes_(most_bytes), keeps_formats_(keeps_formats) {}

  std::string clean(std::string_view text) && {
    out_.reserve(std::min(text.size(), most_bytes_));
    while (!text.empty() && !full_) text.remove_prefix(take(text));
    return std::move(out_);
  }

 private:
  // Returns how many bytes it was.
  std::size_t take(std::string_view text) {
    if (const std::size_t run = plain_run(text); run > 0) {
      joiner_ = {};
      // More than fits: as much as does.
      put(text.substr(0, std::min(run, most_bytes_ - out_.size())));
      full_ = full_ || out_.size() == most_bytes_;
      seen(static_cast<unsigned char>(text[run - 1]));
      return run;
    }
    if (k_formats.contains(text.front())) return take_format(text);
    const CodePoint point = decode_utf8(text);
    take_point(point, text.substr(0, point.length));
    return point.length;
  }

  std::size_t take_format(std::string_view text) {
    forget();
    if (!keeps_formats_) return format_length(text);
    put(text.substr(0, 1));
    return 1;
  }

  void take_point(const CodePoint& point, std::string_view raw) {
    if (!point.valid) {
      forget();
      put(k_replacement);
    } else if (is_printable(point.value)) {
      put(std::exchange(joiner_, {}), raw);
      seen(point.value);
    } else if (point.value == '\t' || point.value == '\n') {
      forget();
      put(point.value == '\t' ? "\t" : " ");
    } else if (is_presentation(point.value) && may_be_presented(before_) && !is_presented_ &&
               joiner_.empty()) {
      put(raw);
      is_presented_ = true;
    } else if (is_joiner(point.value) && before_ >= 0x80 && joiner_.empty()) {
      joiner_ = raw;
    } else {
      forget();
    }
  }

  // What is put together here stays together.
  void put(std::string_view a, std::string_view b = {}) {
    if (a.size() + b.size() > most_bytes_ - out_.size()) {
      full_ = true;
      return;
    }
    (out_ += a) += b;
  }
  void seen(char32_t value) {
    before_ = value;
    is_presented_ = false;
  }
  // What comes next joins nothing.
  void forget() {
    seen(0);
    joiner_ = {};
  }

  std::size_t most_bytes_;
  bool keeps_formats_;
  std::string out_;
  char32_t before_ = 0;        // the visible character that a joiner would join; 0: none
  bool is_presented_ = false;  // it has said how it is shown
  std::string_view joiner_;    // is kept if something visible follows
  bool full_ = false;
};

}  // namespace

std::string clean_chat_text(std::string_view text, std::size_t most_bytes) {
  return Cleaner(most_bytes, true).clean(text);
}

std::string plain_chat_text(std::string_view text) {
  if (plain_run(text) == text.size()) return std::string(text);
  return Cleaner(std::string_view::npos, false).clean(text);
}

}  // namespace patchbay
