#include "patchbay/tools/chat_client/key_decoder.hpp"

#include <gtest/gtest.h>

#include <vector>

namespace patchbay::chat_client {
namespace {

using Kind = Key::Kind;

std::vector<Key> keys_of(std::string_view bytes, std::size_t piece = 1000) {
  KeyDecoder decoder;
  std::vector<Key> keys;
  while (!bytes.empty()) {
    decoder.add(bytes.substr(0, piece));
    bytes.remove_prefix(std::min(piece, bytes.size()));
    while (const auto key = decoder.next()) keys.push_back(*key);
  }
  if (const auto last = decoder.flush()) keys.push_back(*last);
  return keys;
}

Kind only(std::string_view bytes) {
  const auto keys = keys_of(bytes);
  EXPECT_EQ(keys.size(), 1U);
  return keys.empty() ? Kind::other : keys.front().kind;
}

TEST(KeyDecoder, KnowsTheKeysOfTerminals) {
  EXPECT_EQ(only("\x1b[A"), Kind::up);
  EXPECT_EQ(only("\x1bOB"), Kind::down);
  EXPECT_EQ(only("\x1b[H"), Kind::home);
  EXPECT_EQ(only("\x1b[1~"), Kind::home);
  EXPECT_EQ(only("\x1b[4~"), Kind::end);
  EXPECT_EQ(only("\x1b[3~"), Kind::erase);
  EXPECT_EQ(only("\x1b[5~"), Kind::page_up);
  EXPECT_EQ(only("\x1b[6~"), Kind::page_down);
  EXPECT_EQ(only("\x1b[1;5C"), Kind::word_right);
  EXPECT_EQ(only("\x7f"), Kind::backspace);
  EXPECT_EQ(only("\t"), Kind::tab);
  EXPECT_EQ(only("\r"), Kind::enter);
  EXPECT_EQ(only("\x1b[15~"), Kind::other);
  EXPECT_EQ(only("\x1b"), Kind::escape);
}

TEST(KeyDecoder, KnowsLettersWithControlAndAlt) {
  const auto keys = keys_of(
      "\x03\x1b"
      "2\x17");
  ASSERT_EQ(keys.size(), 3U);
  EXPECT_EQ(keys[0], (Key{.kind = Kind::control, .letter = 'c'}));
  EXPECT_EQ(keys[1], (Key{.kind = Kind::alt, .letter = '2'}));
  EXPECT_EQ(keys[2], (Key{.kind = Kind::control, .letter = 'w'}));
}

TEST(KeyDecoder, IsTheSameHoweverBytesCome) {
  const std::string bytes =
      "h\xc3\xa9\x1b[5~\xe4\xb8\x96\x1b[1;5Dx\x1b"
      "1\r";
  const auto count = [](const std::vector<Key>& keys) {
    std::string text;
    for (const Key& key : keys)
      text += key.text + static_cast<char>('A' + static_cast<int>(key.kind));
    std::erase(text, 'A');  // text in one piece or in several
    return text;
  };
  for (std::size_t piece = 1; piece < 8; ++piece) {
    EXPECT_EQ(count(keys_of(bytes, piece)), count(keys_of(bytes))) << piece;
  }
}

TEST(KeyDecoder, WaitsForTheRestOfACharacter) {
  KeyDecoder decoder;
  decoder.add("\xe4\xb8");
  EXPECT_FALSE(decoder.next());
  EXPECT_TRUE(decoder.unfinished());
  decoder.add("\x96");
  EXPECT_EQ(decoder.next(), (Key{.kind = Kind::text, .text = "世"}));
}

TEST(KeyDecoder, IsNotLostInASequenceWithoutAnEnd) {
  EXPECT_FALSE(keys_of("\x1b[" + std::string(100, '1')).empty());
  EXPECT_EQ(keys_of("\x1b\x1b[A").back().kind, Kind::up);
}

}  // namespace
}  // namespace patchbay::chat_client
