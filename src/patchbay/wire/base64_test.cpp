#include "patchbay/wire/base64.hpp"

#include <gtest/gtest.h>

#include <random>

namespace patchbay {
namespace {

using namespace std::string_literals;

// RFC 4648 section 10.
TEST(Base64, HasTheVectorsOfTheRfc) {
  const std::pair<std::string_view, std::string_view> vectors[] = {
      {"", ""},
      {"f", "Zg=="},
      {"fo", "Zm8="},
      {"foo", "Zm9v"},
      {"foob", "Zm9vYg=="},
      {"fooba", "Zm9vYmE="},
      {"foobar", "Zm9vYmFy"},
  };
  for (const auto& [bytes, text] : vectors) {
    EXPECT_EQ(encode_base64(bytes), text);
    EXPECT_EQ(decode_base64(text), bytes);
  }
}

TEST(Base64, CarriesEveryByte) {
  EXPECT_EQ(encode_base64("\x00\xff\xfe\x7f"s), "AP/+fw==");
  EXPECT_EQ(decode_base64("AP/+fw=="), "\x00\xff\xfe\x7f"s);
  EXPECT_EQ(decode_base64("++//"), "\xfb\xef\xff"s);
}

TEST(Base64, DecodesWhatItEncodes) {
  std::mt19937 random(4648);
  std::uniform_int_distribution<int> byte(0, 255);
  for (std::size_t length = 0; length < 500; ++length) {
    std::string bytes;
    while (bytes.size() < length) bytes += static_cast<char>(byte(random));
    const std::string text = encode_base64(bytes);
    ASSERT_EQ(text.size(), (length + 2) / 3 * 4);
    ASSERT_EQ(decode_base64(text), bytes);
  }
}

TEST(Base64, RefusesWhatIsNotOfTheAlphabet) {
  for (const std::string_view text :
       {"Zm9\n", "Zm9v\n", " Zm9v", "Zm-v", "Zm_v", "Zm9*", "Zm9\x80", "Zm\r\n9v==", "Zm 9"}) {
    EXPECT_FALSE(decode_base64(text)) << text;
  }
  EXPECT_FALSE(decode_base64("Zm\0v"s));
}

TEST(Base64, RefusesWrongPadding) {
  for (const std::string_view text :
       {"Z", "Zg", "Zg=", "Zm8", "Zg===", "Zm9v=", "Zm9v====", "=",
        "==", "====", "===", "Z===", "Zg==Zg==", "Z=g=", "Zm=v", "=Zm9"}) {
    EXPECT_FALSE(decode_base64(text)) << text;
  }
}

TEST(Base64, RefusesBitsBehindTheLastByte) {
  EXPECT_FALSE(decode_base64("Zh=="));
  EXPECT_FALSE(decode_base64("Zm9="));
  EXPECT_FALSE(decode_base64("AB=="));
}

// Each text of four characters either is refused or is the one text of its bytes.
TEST(Base64, HasOneTextForTheSameBytes) {
  constexpr std::string_view letters = "AZaz09+/=\n-_";
  for (const char a : letters) {
    for (const char b : letters) {
      for (const char c : letters) {
        for (const char d : letters) {
          const std::string text = {a, b, c, d};
          const auto bytes = decode_base64(text);
          if (bytes) EXPECT_EQ(encode_base64(*bytes), text);
        }
      }
    }
  }
}

}  // namespace
}  // namespace patchbay
