#include "patchbay/tools/chat/text/chat_text.hpp"

#include <gtest/gtest.h>

#include <array>
#include <random>

#include "patchbay/base/text.hpp"

namespace patchbay {
namespace {

using namespace std::string_view_literals;

constexpr std::size_t k_all = 1'000;

std::string clean(std::string_view text) { return clean_chat_text(text, k_all); }

TEST(ChatText, LetsWhatPeopleSayPass) {
  for (const std::string_view text : {
           "", "good morning", "a\ttab", "gr\u00fc\u00df dich", "\u65e5\u672c\u8a9e",
           "\u05e9\u05dc\u05d5\u05dd 123", "Vi\u1ec7t, e\u0302\u0301",
           "\U0001f427 and \u2764\ufe0f and 1\ufe0f\u20e3",
           "\U0001f468\u200d\U0001f469\u200d\U0001f467",             // a family, joined
           "\u2764\ufe0f\u200d\U0001f525",                           // a heart on fire
           "\u0645\u06cc\u200c\u062e\u0648\u0627\u0647\u0645",       // Persian, with a non-joiner
           "<b>[SERVER] \\x1b[2J %n $(reboot) {{7*7}} ../../x</b>",  // no signs are special
       }) {
    EXPECT_EQ(clean(text), text);
    EXPECT_EQ(plain_chat_text(text), text);
  }
}

// Whoever can end a line can write the next one in anybody's name.
TEST(ChatText, HasNoLineEnds) {
  EXPECT_EQ(clean("hi\r\n[SERVER] all go home"), "hi [SERVER] all go home");
  EXPECT_EQ(clean("hi\n[bob] hm"), "hi [bob] hm");
  EXPECT_EQ(clean("hi\0there"sv), "hithere");
  EXPECT_EQ(clean("hi\x0b\x0cthere"), "hithere");
  EXPECT_EQ(clean("hi\u0085there"), "hithere") << "the next line of C1";
  EXPECT_EQ(clean("hi\u2028there\u2029!"), "hithere!");
}

TEST(ChatText, HasNothingThatATerminalActsOn) {
  EXPECT_EQ(clean("\x1b[31mred\x1b[0m"), "[31mred[0m");
  EXPECT_EQ(clean("\x1b]0;title\x07"), "]0;title");
  EXPECT_EQ(clean("\x1b]8;;http://evil\x1b\\link"), "]8;;http://evil\\link");
  EXPECT_EQ(clean("\x1b]52;c;aGk=\x07"), "]52;c;aGk=");
  EXPECT_EQ(clean("a\x08\x7f"
                  "b"),
            "ab");
  EXPECT_EQ(clean("\u009b31mred"), "31mred") << "C1 in UTF-8";
  EXPECT_EQ(clean("\u0080\u0090\u009d\u009f"), "");
  EXPECT_EQ(clean("\x9b"
                  "31mred"),
            "\ufffd31mred")
      << "C1 as a byte";
}

TEST(ChatText, HasNothingThatTurnsTextAround) {
  for (const std::string_view control :
       {"\u202a", "\u202b", "\u202c", "\u202d", "\u202e", "\u2066", "\u2067", "\u2068", "\u2069",
        "\u200e", "\u200f", "\u061c"}) {
    EXPECT_EQ(clean("photo" + std::string(control) + "gpj.exe"), "photogpj.exe");
  }
}

TEST(ChatText, HasNothingHidden) {
  EXPECT_EQ(clean("a\u200bb\u2060c\ufeffd\u00ade"), "abcde");
  EXPECT_EQ(clean("\u3164\u115f\u034f"), "") << "blanks of other names";
  EXPECT_EQ(clean("\U000e0041\U000e0042"), "") << "tags";
  EXPECT_EQ(clean("a\u200db"), "ab") << "ASCII has nothing to join";
  EXPECT_EQ(clean("\u200d\u65e5"), "\u65e5") << "nothing in front";
  EXPECT_EQ(clean("\u65e5\u200d"), "\u65e5") << "nothing behind";
  EXPECT_EQ(clean("\u65e5\u200d\u200d\u672c"), "\u65e5\u672c") << "runs never";
  EXPECT_EQ(clean("\u65e5\u200c\u200b\u200d\u672c"), "\u65e5\u672c");
  EXPECT_EQ(clean("a\ufe0fb"), "ab");
  EXPECT_EQ(clean("\u2764\ufe0f\ufe0f"), "\u2764\ufe0f");
}

TEST(ChatText, ReplacesWhatIsNoUtf8) {
  EXPECT_EQ(clean("caf\xe9"), "caf\ufffd");
  EXPECT_EQ(clean("\xc0\x8ahi"), "\ufffd\ufffdhi") << "an overlong line feed is none";
  EXPECT_EQ(clean("\xff\xf4"), "\ufffd\ufffd");
  EXPECT_EQ(clean("\xed\xa0\x80"), "\ufffd\ufffd\ufffd");
}

TEST(ChatText, IsCutBetweenCharacters) {
  EXPECT_EQ(clean_chat_text("abcdef", 4), "abcd");
  EXPECT_EQ(clean_chat_text("abc", 0), "");
  EXPECT_EQ(clean_chat_text("ab\u65e5\u672c", 4), "ab");
  EXPECT_EQ(clean_chat_text("ab\u65e5\u672c", 5), "ab\u65e5");
  EXPECT_EQ(clean_chat_text("\U0001f468\u200d\U0001f469", 8), "\U0001f468") << "no joiner is left";
  EXPECT_EQ(clean_chat_text("\xff\xff", 5), "\ufffd");
  EXPECT_EQ(clean_chat_text("\u65e5"
                            "ab",
                            2),
            "")
      << "what follows is not moved up";
}

TEST(ChatText, KeepsTheFormatsOfIrcForThoseWhoKnowThem) {
  const std::string_view text =
      "\x02"
      "bold\x0f \x03"
      "04,12red\x03 \x1d\x1f\x16\x11\x1e";
  EXPECT_EQ(clean(text), text);
  EXPECT_EQ(plain_chat_text(text), "bold red ");
  EXPECT_EQ(plain_chat_text("\x03"
                            "4,red"),
            ",red");
  EXPECT_EQ(plain_chat_text("\x03"
                            "123"),
            "3");
  EXPECT_EQ(plain_chat_text("\x03,4"), ",4");
  EXPECT_EQ(plain_chat_text("\x03"
                            "1,234"),
            "4");
  EXPECT_EQ(plain_chat_text("\x04"
                            "ff0000,00ff00x"),
            "x");
  EXPECT_EQ(plain_chat_text("\x04"
                            "xyz"),
            "xyz");
  EXPECT_EQ(plain_chat_text("\x03"), "");
}

TEST(ChatText, IsPlainForABareTerminal) {
  EXPECT_EQ(plain_chat_text("a\x1b[2J\r\nb\u202ec"), "a[2J bc");
}

// Whatever comes in: valid, within the limit, nothing hidden but what is told above, and cleaning
// it again changes nothing.
TEST(ChatText, IsCleanWhateverComesIn) {
  constexpr auto k_pieces = std::to_array<std::string_view>(
      {"a",      " ",      "\t",     "\n",         "\r",     "\x1b",      "\x03",   "4",
       ",",      "\x7f",   "\xff",   "\xc3",       "\u00e9", "\u200d",    "\u200c", "\ufe0f",
       "\u200b", "\u202e", "\u0085", "\U0001f468", "\u2764", "\U000e0041"});
  std::mt19937 random(9899);
  std::uniform_int_distribution<std::size_t> piece(0, k_pieces.size() - 1);
  for (int i = 0; i < 20'000; ++i) {
    std::string text;
    for (int left = i % 12; left > 0; --left) text += k_pieces[piece(random)];
    const std::size_t most = static_cast<std::size_t>(i % 17);
    const std::string cleaned = clean_chat_text(text, most);
    ASSERT_LE(cleaned.size(), most);
    ASSERT_TRUE(is_valid_utf8(cleaned));
    ASSERT_EQ(clean_chat_text(cleaned, most), cleaned);
    ASSERT_EQ(cleaned.find_first_of("\x1b\r\n\x7f"), cleaned.npos);
    for (const std::string_view never : {"\u200b", "\u202e", "\u0085", "\u200d\u200d"}) {
      ASSERT_EQ(cleaned.find(never), cleaned.npos);
    }
    const std::string plain = plain_chat_text(text);
    ASSERT_EQ(plain_chat_text(plain), plain);
    ASSERT_EQ(plain.find('\x03'), plain.npos);
  }
}

}  // namespace
}  // namespace patchbay
