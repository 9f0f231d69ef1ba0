// Text messages are UTF-8 (RFC 6455 section 8.1), however they are cut, and what is not is noticed
// at its first wrong byte.
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "patchbay/wire/websocket_message_fixture.hpp"

namespace patchbay {
namespace {

using namespace std::string_literals;
using enum WebSocketOpcode;
using Events = std::vector<WebSocketEvent>;

const std::vector<std::string> k_good = {
    "",
    "Hello",
    "\0"s,
    "\x7f",
    "\xc2\x80",      // the first of two bytes
    "\xdf\xbf",      // the last
    "\xe0\xa0\x80",  // the first of three
    "\xed\x9f\xbf",  // the last before the surrogates
    "\xee\x80\x80",  // the first behind them
    "\xef\xbf\xbd",  // the replacement character
    "\xef\xbf\xbe",  // U+FFFE and U+FFFF are no characters, but UTF-8
    "\xef\xbf\xbf",
    "\xef\xbb\xbfx",     // with a byte order mark
    "\xf0\x90\x80\x80",  // the first of four
    "\xf4\x8f\xbf\xbf",  // the last of all
    "κόσμε",
    "abcdefgh日本語abcdefghijklmnop🙂",
    "ascii for more than eight bytes, then é, then ascii again for more than eight",
};

struct Bad {
  std::string text;
  std::size_t wrong;  // the byte that shows it, counted from 0
};
const std::vector<Bad> k_bad = {
    {"\x80", 0},  // continues nothing
    {"\xbf", 0},
    {"ok\x80", 2},
    {"\xc0\x80", 0},  // overlong forms
    {"\xc1\xbf", 0},
    {"\xe0\x80\x80", 1},
    {"\xe0\x9f\xbf", 1},
    {"\xf0\x80\x80\x80", 1},
    {"\xf0\x8f\xbf\xbf", 1},
    {"\xed\xa0\x80", 1},  // surrogates
    {"\xed\xaf\xbf", 1},
    {"\xed\xb0\x80", 1},
    {"\xed\xbf\xbf", 1},
    {"\xed\xa0\xbd\xed\xb8\x80", 1},  // a pair of them
    {"\xf4\x90\x80\x80", 1},          // above U+10FFFF
    {"\xf5\x80\x80\x80", 0},
    {"\xf8\x88\x80\x80\x80", 0},  // five bytes, six bytes
    {"\xfc\x84\x80\x80\x80\x80", 0},
    {"\xfe", 0},
    {"\xff", 0},
    {"\xc2\x41", 1},  // cut short by what follows
    {"\xe2\x82\x41", 2},
    {"\xf0\x9f\x99\x41", 3},
    {"\xce\xba\xe1\xbd\xb9\xcf\x83\xce\xbc\xce\xb5\xed\xa0\x80", 12},
    {"abcdefghijklmnop\xff", 16},
    {"abcdefghijklmno\xffpqrstuvwxyz", 15},
};
const std::vector<std::string> k_cut_short = {"\xc2",     "\xe2",         "\xe2\x82",        "\xf0",
                                              "\xf0\x9f", "\xf0\x9f\x99", "good until é\xc3"};

// The text as one frame, and as two frames for each place to cut it at.
std::vector<std::string> all_ways_to_send(const std::string& payload) {
  std::vector<std::string> ways = {masked(text, payload)};
  for (std::size_t cut = 0; cut <= payload.size(); ++cut) {
    ways.push_back(masked(text, payload.substr(0, cut), {.final = false}) + masked(ping, "p") +
                   masked(continuation, payload.substr(cut)));
  }
  return ways;
}

TEST(WebSocketText, TakesUtf8HoweverItIsCut) {
  for (const std::string& good : k_good) {
    for (const std::string& way : all_ways_to_send(good)) {
      const Reception got = receive(way);
      EXPECT_EQ(got.close_code, 0) << escape_terminal(good);
      ASSERT_FALSE(got.events.empty());
      EXPECT_EQ(got.events.back(), text_event(good));
    }
  }
}

TEST(WebSocketText, RefusesWhatIsNotUtf8HoweverItIsCut) {
  for (const Bad& bad : k_bad) {
    for (const std::string& way : all_ways_to_send(bad.text)) {
      EXPECT_EQ(receive(way).close_code, 1007) << escape_terminal(bad.text);
    }
  }
  for (const std::string& bad : k_cut_short) {
    for (const std::string& way : all_ways_to_send(bad)) {
      EXPECT_EQ(receive(way).close_code, 1007) << escape_terminal(bad);
    }
  }
}

TEST(WebSocketText, IsRefusedAtItsFirstWrongByte) {
  for (const Bad& bad : k_bad) {
    const std::string frame = masked(text, bad.text + "and more", {.final = false});
    const std::size_t head_bytes = 6;
    const auto given = [&](std::size_t bytes) {
      return receive(frame.substr(0, head_bytes + bytes)).close_code;
    };
    EXPECT_EQ(given(bad.wrong), 0) << escape_terminal(bad.text);
    EXPECT_EQ(given(bad.wrong + 1), 1007) << escape_terminal(bad.text);
  }
}

TEST(WebSocketText, MayBeUnfinishedWhileTheMessageIs) {
  for (const std::string& begun : k_cut_short) {
    EXPECT_EQ(receive(masked(text, begun, {.final = false})).close_code, 0);
  }
}

TEST(WebSocketText, OnlyTextIsLookedAt) {
  for (const Bad& bad : k_bad) {
    const Reception got =
        receive(masked(binary, bad.text) + masked(ping, bad.text) + masked(pong, bad.text));
    EXPECT_EQ(got.close_code, 0);
    EXPECT_EQ(got.events.size(), 3U);
  }
}

TEST(WebSocketText, IsLookedAtBehindCompressionToo) {
  for (const Bad& bad : k_bad) {
    WebSocketSender sender(WebSocketRole::client, WebSocketDeflate{}, {.compress_from_bytes = 0});
    std::string bytes;
    sender.begin(text, bad.text);
    ASSERT_TRUE(sender.next_frame(bytes, k_test_mask));
    EXPECT_EQ(receive(bytes, {.deflate = WebSocketDeflate{}}).close_code, 1007)
        << escape_terminal(bad.text);
  }
}

}  // namespace
}  // namespace patchbay
