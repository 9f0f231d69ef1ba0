#include "patchbay/wire/html.hpp"

#include <gtest/gtest.h>

#include <random>

#include "patchbay/base/text.hpp"

namespace patchbay {
namespace {

using namespace std::string_literals;

TEST(Html, EscapesTheSyntaxOfHtml) {
  EXPECT_EQ(escape_html("<a href=\"x\" class='y'>&amp;</a>"),
            "&lt;a href=&quot;x&quot; class=&#39;y&#39;&gt;&amp;amp;&lt;/a&gt;");
}

TEST(Html, LetsOrdinaryTextPass) {
  EXPECT_EQ(escape_html(""), "");
  EXPECT_EQ(escape_html("a file (1).txt"), "a file (1).txt");
  EXPECT_EQ(escape_html("gr\xc3\xbc\xc3\x9f \xe6\x97\xa5\xe6\x9c\xac \xf0\x9f\x90\xa7"),
            "gr\xc3\xbc\xc3\x9f \xe6\x97\xa5\xe6\x9c\xac \xf0\x9f\x90\xa7");
}

TEST(Html, ReplacesWhatIsNotUtf8ByteForByte) {
  EXPECT_EQ(escape_html("a\xff<"), "a\xef\xbf\xbd&lt;");
  EXPECT_EQ(escape_html("\xc3<"), "\xef\xbf\xbd&lt;") << "a broken byte swallows no tag";
  EXPECT_EQ(escape_html("\xc0\xbc"), "\xef\xbf\xbd\xef\xbf\xbd") << "an overlong '<' is none";
}

TEST(Html, ReplacesControlsAndWhatTurnsTextAround) {
  EXPECT_EQ(escape_html("a\0b\nc\x1b\x7f"s),
            "a\xef\xbf\xbd"
            "b\xef\xbf\xbd"
            "c\xef\xbf\xbd\xef\xbf\xbd");
  EXPECT_EQ(escape_html("photo\xe2\x80\xaegpj.exe"), "photo\xef\xbf\xbdgpj.exe");  // U+202E
  EXPECT_EQ(escape_html("\xe2\x81\xa6"), "\xef\xbf\xbd");                          // U+2066
}

TEST(Html, IsPrintableUtf8WithoutSyntaxWhateverComesIn) {
  std::mt19937 random(8446);
  std::uniform_int_distribution<int> byte(0, 255);
  for (int i = 0; i < 2'000; ++i) {
    std::string text;
    for (int left = i % 40; left > 0; --left) text += static_cast<char>(byte(random));
    const std::string escaped = escape_html(text);
    ASSERT_EQ(escaped.find_first_of("<>\"'"), escaped.npos);
    for (std::string_view rest = escaped; !rest.empty();) {
      const CodePoint point = decode_utf8(rest);
      ASSERT_TRUE(point.valid && is_printable(point.value));
      rest.remove_prefix(point.length);
    }
  }
}

}  // namespace
}  // namespace patchbay
