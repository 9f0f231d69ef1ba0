#include "patchbay/base/text.hpp"

#include <gtest/gtest.h>

#include <array>
#include <cstdint>
#include <initializer_list>
#include <random>
#include <string>
#include <vector>

namespace patchbay {
namespace {

using namespace std::string_literals;

// Encodes what RFC 3629 allows and, on purpose, surrogates too.
std::string encode(char32_t value) {
  const auto tail = [value](int shift) {
    return static_cast<char>(0x80 | ((value >> shift) & 0x3f));
  };
  if (value < 0x80) return {static_cast<char>(value)};
  if (value < 0x800) return {static_cast<char>(0xc0 | (value >> 6)), tail(0)};
  if (value < 0x10000) return {static_cast<char>(0xe0 | (value >> 12)), tail(6), tail(0)};
  return {static_cast<char>(0xf0 | (value >> 18)), tail(12), tail(6), tail(0)};
}

// Undoes a JSON string; fails on anything RFC 8259 does not allow inside one.
class JsonReader {
 public:
  explicit JsonReader(std::string_view text) : text_(text) {}

  bool read(std::string& out) {
    while (!text_.empty()) {
      const char c = take();
      if (static_cast<unsigned char>(c) < 0x20 || c == '"') return false;
      if (c != '\\') {
        out += c;
      } else if (!read_escape(out)) {
        return false;
      }
    }
    return true;
  }

 private:
  char take() {
    const char c = text_.empty() ? '\0' : text_.front();
    if (!text_.empty()) text_.remove_prefix(1);
    return c;
  }

  bool read_escape(std::string& out) {
    const std::string_view letters = "\"\\/bfnrt";
    const std::string_view meanings = "\"\\/\b\f\n\r\t";
    const char c = take();
    if (c != 'u') {
      const std::size_t index = letters.find(c);
      if (index == std::string_view::npos) return false;
      out += meanings[index];
      return true;
    }
    char32_t value = take_unit();
    if (value >= 0xd800 && value < 0xdc00) {
      if (take() != '\\' || take() != 'u') return false;
      value = 0x10000 + ((value - 0xd800) << 10) + (take_unit() - 0xdc00);
    }
    out += encode(value);
    return true;
  }

  char32_t take_unit() {
    std::string digits;
    for (int i = 0; i < 4; ++i) digits += take();
    return static_cast<char32_t>(std::stoul(digits, nullptr, 16));
  }

  std::string_view text_;
};

// What a terminal could act on: any control byte, and C1 controls in their UTF-8 form.
bool is_terminal_safe(std::string_view text) {
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto byte = static_cast<std::uint8_t>(text[i]);
    if (byte < 0x20 || byte == 0x7f) return false;
    if (byte == 0xc2 && static_cast<std::uint8_t>(text[i + 1]) < 0xa0) return false;
  }
  return is_valid_utf8(text);
}

std::string random_bytes(std::mt19937_64& generator) {
  // Bytes of UTF-8's structure come up far more often than chance would bring them.
  constexpr std::array<std::uint8_t, 16> telling = {0x00, 0x1b, 0x7f, 0x80, 0x8f, 0x90, 0x9f, 0xa0,
                                                    0xbf, 0xc2, 0xe0, 0xe2, 0xed, 0xf0, 0xf4, 0xff};
  std::string bytes(generator() % 24, '\0');
  for (char& byte : bytes) {
    const std::uint64_t number = generator();
    byte = static_cast<char>(number % 2 == 0 ? telling[(number >> 1) % 16] : number >> 8);
  }
  return bytes;
}

TEST(Utf8, DecodesEveryCodePointAndNoSurrogate) {
  for (char32_t value = 0; value <= 0x10ffff; ++value) {
    const std::string text = encode(value) + "x";
    const CodePoint point = decode_utf8(text);
    const bool is_surrogate = value >= 0xd800 && value <= 0xdfff;
    ASSERT_EQ(point.valid, !is_surrogate) << static_cast<std::uint32_t>(value);
    if (is_surrogate) continue;
    ASSERT_EQ(point.value, value);
    ASSERT_EQ(point.length, text.size() - 1);
  }
}

struct Broken {
  std::string bytes;
  std::string replaced;  // with "?" for each U+FFFD
};

TEST(Utf8, ReplacesEachMaximalSubpartOnce) {
  const std::vector<Broken> cases = {
      {"\x80", "?"},
      {"\xff", "?"},
      {"\xc0\xaf", "??"},              // overlong "/"
      {"\xe0\x80\xaf", "???"},         // overlong "/"
      {"\xf0\x80\x80\xaf", "????"},    // overlong "/"
      {"\xed\xa0\x80", "???"},         // a surrogate
      {"\xf4\x90\x80\x80", "????"},    // U+110000
      {"\xe2\x82", "?"},               // cut short
      {"\xe2\x82\x41", "?A"},          // the letter survives
      {"\xf0\x9f\x98", "?"},           // cut short
      {"\xf0\x9f\xe2\x82\xac", "?€"},  // the next character survives
      {"a\xc2", "a?"},
  };
  for (const Broken& broken : cases) {
    std::string expected;
    for (const char c : broken.replaced) expected += c == '?' ? "\xef\xbf\xbd"s : std::string(1, c);
    EXPECT_EQ(to_valid_utf8(broken.bytes), expected);
    EXPECT_FALSE(is_valid_utf8(broken.bytes));
    EXPECT_TRUE(is_valid_utf8(expected));
  }
}

TEST(Utf8, DecodesNothingFromNothing) {
  EXPECT_EQ(decode_utf8("").length, 0u);
  EXPECT_TRUE(is_valid_utf8(""));
  EXPECT_EQ(to_valid_utf8(""), "");
}

TEST(Utf8, FindsAnUnfinishedSequenceAtTheEnd) {
  EXPECT_EQ(unfinished_utf8(""), 0u);
  EXPECT_EQ(unfinished_utf8("abc"), 0u);
  EXPECT_EQ(unfinished_utf8("€"), 0u);
  EXPECT_EQ(unfinished_utf8("a\xe2"), 1u);
  EXPECT_EQ(unfinished_utf8("a\xe2\x82"), 2u);
  EXPECT_EQ(unfinished_utf8("\xf0\x9f\x98"), 3u);
  EXPECT_EQ(unfinished_utf8("\x80\x80\x80"), 0u);  // nothing can finish these
  EXPECT_EQ(unfinished_utf8("\xff"), 0u);
  EXPECT_EQ(unfinished_utf8("\xe0\x80"), 0u);
}

TEST(Utf8, JoinsAStreamCutAnywhere) {
  const std::string text = "Grüße, 東京 😀!";
  for (std::size_t cut = 0; cut <= text.size(); ++cut) {
    const std::string_view head = std::string_view(text).substr(0, cut);
    const std::size_t kept_back = unfinished_utf8(head);
    EXPECT_TRUE(is_valid_utf8(head.substr(0, cut - kept_back)));
    EXPECT_TRUE(is_valid_utf8(text.substr(cut - kept_back)));
  }
}

TEST(Utf8, CutsAPrefixBetweenCharacters) {
  EXPECT_EQ(utf8_prefix("a€b", 5), "a€b");
  EXPECT_EQ(utf8_prefix("a€b", 4), "a€");
  EXPECT_EQ(utf8_prefix("a€b", 3), "a");
  EXPECT_EQ(utf8_prefix("a€b", 2), "a");
  EXPECT_EQ(utf8_prefix("a€b", 0), "");
  EXPECT_EQ(utf8_prefix("\x80\x80\x80", 2), "\x80\x80");
}

TEST(IsPrintable, RefusesWhatDeceivesAReader) {
  for (const char32_t value : std::initializer_list<char32_t>{
           0x00,   0x1b,   0x7f,   0x80,   0x85,   0x9b,    0x9f,    0xad,    0x61c,   0x200b,
           0x200d, 0x200e, 0x200f, 0x2028, 0x2029, 0x202a,  0x202e,  0x2060,  0x2066,  0x2069,
           0xd800, 0xfe0f, 0xfeff, 0xfffe, 0xffff, 0x1ffff, 0xe0001, 0xe007f, 0x110000}) {
    EXPECT_FALSE(is_printable(value)) << static_cast<std::uint32_t>(value);
  }
  for (const char32_t value : std::initializer_list<char32_t>{
           0x20, 0x7e, 0xa0, 0xe9, 0x301, 0x5d0, 0x2027, 0x202f, 0x20ac, 0x6771, 0xfffd, 0x1f600}) {
    EXPECT_TRUE(is_printable(value)) << static_cast<std::uint32_t>(value);
  }
}

struct Escape {
  std::string bytes;
  std::string shown;
};

TEST(EscapeTerminal, ShowsWhatItDoesNotPass) {
  const std::vector<Escape> cases = {
      {"plain text ~", "plain text ~"},
      {"Grüße 東京 😀", "Grüße 東京 😀"},
      {"\x1b[31mred\x1b[0m", "\\x1b[31mred\\x1b[0m"},
      {"a\nb\rc\td", "a\\nb\\rc\\td"},
      {"\0\a\b\x7f"s, "\\x00\\x07\\x08\\x7f"},
      {"\x9b\x33\x31m", "\\x9b31m"},        // C1 CSI as a byte
      {"\xc2\x9b\x33\x31m", "\\u{9b}31m"},  // and as UTF-8
      {"\xc3", "\\xc3"},
      {"\xe2\x82", "\\xe2\\x82"},
      {"\xe2\x80\xaegpj.exe", "\\u{202e}gpj.exe"},
      {"\xe2\x81\xa6", "\\u{2066}"},
      {"pay\xe2\x80\x8bpal", "pay\\u{200b}pal"},
      {"\xe2\x80\xa8", "\\u{2028}"},
      {"\xf3\xa0\x81\x81", "\\u{e0041}"},
      {"C:\\dir", "C:\\dir"},
      {"", ""},
  };
  for (const Escape& escape : cases) EXPECT_EQ(escape_terminal(escape.bytes), escape.shown);
}

TEST(EscapeTerminal, LetsThroughOnlyWhatItIsTold) {
  EXPECT_EQ(escape_terminal("a\tb\nc\r", {.newline = true}), "a\\tb\nc\\r");
  EXPECT_EQ(escape_terminal("a\tb\nc\r", {.tab = true}), "a\tb\\nc\\r");
  EXPECT_EQ(escape_terminal("\x0b\x0c", {.newline = true, .tab = true}), "\\x0b\\x0c");
}

TEST(EscapeTerminal, IsSafeForEveryCodePoint) {
  for (char32_t value = 0; value <= 0x10ffff; ++value) {
    ASSERT_TRUE(is_terminal_safe(escape_terminal(encode(value))))
        << static_cast<std::uint32_t>(value);
  }
}

TEST(EscapeTerminal, IsSafeForRandomBytes) {
  std::mt19937_64 generator(1);
  for (int i = 0; i < 100'000; ++i) {
    const std::string bytes = random_bytes(generator);
    ASSERT_TRUE(is_terminal_safe(escape_terminal(bytes))) << "round " << i;
  }
}

TEST(EscapeJson, WritesTheShortForms) {
  EXPECT_EQ(escape_json("a\"b\\c/\b\f\n\r\t\x01"), "a\\\"b\\\\c/\\b\\f\\n\\r\\t\\u0001");
  EXPECT_EQ(escape_json("Grüße 😀"), "Grüße 😀");
  EXPECT_EQ(escape_json("\xff|\xe2\x82|"), "\xef\xbf\xbd|\xef\xbf\xbd|");
  EXPECT_EQ(escape_json("\xe2\x80\xae\xc2\x9b\x7f"), "\\u202e\\u009b\\u007f");
  EXPECT_EQ(escape_json("\xf3\xa0\x81\x81"), "\\udb40\\udc41");
  EXPECT_EQ(json_string("say \"hi\""), "\"say \\\"hi\\\"\"");
}

TEST(EscapeJson, IsReadBackAsTheSameText) {
  std::string all;
  for (char32_t value = 0; value <= 0x10ffff; ++value) {
    if (value < 0xd800 || value > 0xdfff) all += encode(value);
  }
  const std::string json = escape_json(all);
  EXPECT_TRUE(is_terminal_safe(json));
  std::string back;
  ASSERT_TRUE(JsonReader(json).read(back));
  EXPECT_TRUE(back == all);  // not EXPECT_EQ, which would print four megabytes
}

TEST(EscapeJson, IsValidForRandomBytes) {
  std::mt19937_64 generator(2);
  for (int i = 0; i < 100'000; ++i) {
    const std::string bytes = random_bytes(generator);
    const std::string json = escape_json(bytes);
    ASSERT_TRUE(is_terminal_safe(json)) << "round " << i;
    std::string back;
    ASSERT_TRUE(JsonReader(json).read(back)) << "round " << i;
    ASSERT_EQ(back, to_valid_utf8(bytes)) << "round " << i;
  }
}

TEST(AsText, ViewsTheSameBytes) {
  const std::array<std::byte, 2> bytes = {std::byte{'h'}, std::byte{'i'}};
  EXPECT_EQ(as_text(bytes), "hi");
}

}  // namespace
}  // namespace patchbay
