#include "patchbay/wire/telnet_filter.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>
#include <span>
#include <string>

namespace patchbay {
namespace {

using namespace std::string_literals;

// Strips `sent` in pieces of so many bytes.
std::string strip(std::string sent, std::size_t piece = 10'000) {
  TelnetFilter filter;
  std::string text;
  for (std::size_t at = 0; at < sent.size(); at += piece) {
    const std::size_t size = std::min(piece, sent.size() - at);
    text += filter.strip(std::as_writable_bytes(std::span(sent).subspan(at, size)));
  }
  return text;
}

// Whole, and cut anywhere.
void expect_left(const std::string& sent, std::string_view text) {
  for (std::size_t piece = 1; piece <= sent.size() + 1; ++piece) {
    ASSERT_EQ(strip(sent, piece), text) << "pieces of " << piece;
  }
}

TEST(TelnetFilter, LetsTextPass) {
  expect_left("", "");
  expect_left("hello\r\n", "hello\r\n");
  expect_left("gr\u00fc\u00dfe \u65e5\u672c\n", "gr\u00fc\u00dfe \u65e5\u672c\n");
}

TEST(TelnetFilter, DoesNotCopyPlainText) {
  std::string sent = "hello\r\n";
  TelnetFilter filter;
  EXPECT_EQ(filter.strip(std::as_writable_bytes(std::span(sent))).data(), sent.data());
}

TEST(TelnetFilter, PassesOverCommandsAndOptions) {
  expect_left("\xff\xfb\x01hello", "hello");  // IAC WILL ECHO
  expect_left("he\xff\xfc\x01llo\xff\xfd\x03!\xff\xfe\x22", "hello!");
  expect_left(
      "a\xff\xf1"
      "b",
      "ab");  // NOP
  expect_left(
      "a\xff\xf6\xff\xf4"
      "b",
      "ab");                                                    // AYT, IP
  expect_left("\xff\xfa\x18\x00xterm\xff\xf0hello"s, "hello");  // SB TERMINAL-TYPE IS … SE
  expect_left("\xff\xfa\x1f\x00\x50\x00\x18\xff\xf0hello"s, "hello");
}

TEST(TelnetFilter, KnowsDataFromCommandsWithinAnOption) {
  expect_left("\xff\xfa\x1f\xff\xff\x01\xff\xff\xff\xf0hello", "hello");
  // One that its sender forgot to end, ended by the next command.
  expect_left("\xff\xfa\x18\x01\xff\xfb\x01hello", "hello");
  expect_left("\xff\xfa\x18\x01\xff\xfa\x18\x01\xff\xf0hello", "hello");
}

TEST(TelnetFilter, GivesUpOnAnOptionThatNeverEnds) {
  const std::string option = "\xff\xfa\x18" + std::string(TelnetFilter::k_most_option_bytes, 'x');
  EXPECT_EQ(strip(option + "hello"), "xhello") << "the first byte was the option's number";
  EXPECT_EQ(strip("\xff\xfa" + std::string(3000, '\xff')).size(), 476U)
      << "1,024 pairs are passed over, the rest is data";
}

TEST(TelnetFilter, TakesAByte255ThatWasSentTwiceForOne) {
  expect_left(
      "a\xff\xff"
      "b",
      "a\xff"
      "b");
  expect_left("\xff\xff\xff\xff", "\xff\xff");
}

TEST(TelnetFilter, TakesBothLineEndsOfTelnet) {
  expect_left("a\r\nb\r\0c\r\0"s, "a\r\nb\r\nc\r\n");
  expect_left("a\r\r\0b"s, "a\r\r\nb");
  expect_left("a\0b"s, "a\0b"s);
}

TEST(TelnetFilter, MakesEditingOfItsEditingCommands) {
  expect_left(
      "helo\xff\xf7lo\xff\xf8"
      "bye",
      "helo\x7flo\x15"
      "bye");
}

TEST(TelnetFilter, NeverMakesMoreOfLess) {
  std::mt19937 random(854);
  constexpr std::string_view k_bytes("\xff\xfa\xf0\xfb\xfe\xf7\r\0\na\xff", 11);
  std::uniform_int_distribution<std::size_t> byte(0, k_bytes.size() - 1);
  for (int i = 0; i < 5'000; ++i) {
    std::string sent;
    for (int left = i % 40; left > 0; --left) sent += k_bytes[byte(random)];
    const std::string whole = strip(sent);
    ASSERT_LE(whole.size(), sent.size());
    ASSERT_EQ(strip(sent, 1), whole);
    ASSERT_EQ(strip(sent, 3), whole);
  }
}

}  // namespace
}  // namespace patchbay
