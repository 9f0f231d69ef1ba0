#include "patchbay/base/ascii.hpp"

#include <gtest/gtest.h>

namespace patchbay {
namespace {

TEST(Ascii, EveryByteIsAControlOrVisibleOrABlankOrNone) {
  for (int byte = 0; byte < 256; ++byte) {
    const char c = static_cast<char>(byte);
    EXPECT_EQ(is_ascii_control(c), byte < 0x20 || byte == 0x7f) << byte;
    EXPECT_EQ(is_ascii_visible(c), byte > 0x20 && byte < 0x7f) << byte;
  }
}

TEST(Ascii, MakesLettersSmallAndNothingElse) {
  for (int byte = 0; byte < 256; ++byte) {
    const char c = static_cast<char>(byte);
    EXPECT_EQ(ascii_lower(c), byte >= 'A' && byte <= 'Z' ? static_cast<char>(byte + 32) : c);
  }
  EXPECT_EQ(in_ascii_lower("[A-Z]@\xc4"), "[a-z]@\xc4");
}

TEST(Ascii, ComparesWordsWithoutTheirCase) {
  EXPECT_TRUE(equal_ignoring_case("", ""));
  EXPECT_TRUE(equal_ignoring_case("Content-Length", "cONTENT-lENGTH"));
  EXPECT_FALSE(equal_ignoring_case("Content-Length", "Content_Length"));
  EXPECT_FALSE(equal_ignoring_case("host", "hosts"));
  EXPECT_FALSE(equal_ignoring_case("@", "`")) << "32 apart, but no letters";
  EXPECT_FALSE(equal_ignoring_case("[", "{"));
  EXPECT_FALSE(equal_ignoring_case("\xc4", "\xe4")) << "letters, but not of ASCII";
}

TEST(Ascii, KnowsHexadecimalDigits) {
  for (int byte = 0; byte < 256; ++byte) {
    const std::size_t place =
        std::string_view("0123456789abcdefABCDEF").find(static_cast<char>(byte));
    const int value = byte == 0 || place == std::string_view::npos ? -1 : static_cast<int>(place);
    EXPECT_EQ(hex_digit_value(static_cast<char>(byte)), value > 15 ? value - 6 : value) << byte;
  }
}

}  // namespace
}  // namespace patchbay
