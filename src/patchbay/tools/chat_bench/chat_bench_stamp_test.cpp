#include "patchbay/tools/chat_bench/chat_bench_stamp.hpp"

#include <gtest/gtest.h>

namespace patchbay {
namespace {

std::string line_with(const ChatBenchStamp& stamp) {
  std::string line = ":b00001!~b@127.0.0.1 PRIVMSG #c00000 :some words ";
  append_chat_bench_stamp(line, stamp);
  return line;
}

TEST(ChatBenchStamp, IsReadAsItWasWritten) {
  for (const ChatBenchStamp& stamp :
       {ChatBenchStamp{}, ChatBenchStamp{1, 2, 3},
        ChatBenchStamp{999'999, 200'000'000, 123'456'789},
        ChatBenchStamp{(1U << 20) - 1, (1U << 28) - 1, (std::uint64_t{1} << 48) - 1}}) {
    ChatBenchStamp read;
    ASSERT_TRUE(read_chat_bench_stamp(line_with(stamp), read));
    EXPECT_EQ(read.voice, stamp.voice);
    EXPECT_EQ(read.sequence, stamp.sequence);
    EXPECT_EQ(read.due_ns, stamp.due_ns);
  }
}

TEST(ChatBenchStamp, HasItsSizeAndNoCharacterThatAServerChanges) {
  std::string text;
  append_chat_bench_stamp(text, {(1U << 20) - 1, 77, 0xfedcba987654});
  EXPECT_EQ(text.size(), k_chat_bench_stamp_bytes);
  for (const char c : text) EXPECT_TRUE(c > ' ' && c < 0x7f) << c;
}

TEST(ChatBenchStamp, OtherLinesHaveNone) {
  ChatBenchStamp read;
  const std::string line = line_with({1, 2, 3});
  for (std::size_t i = 0; i < line.size(); ++i) {
    EXPECT_FALSE(read_chat_bench_stamp(std::string_view(line).substr(0, i), read)) << i;
  }
  EXPECT_FALSE(read_chat_bench_stamp("", read));
  for (std::size_t i = 0; i < 16; ++i) {  // a digit that is none, wherever it stands
    for (const char wrong : {' ', '/', '\x7f', 'p', '\xb0'}) {
      std::string broken = line;
      broken[line.size() - 1 - i] = wrong;
      EXPECT_FALSE(read_chat_bench_stamp(broken, read)) << i << wrong;
    }
  }
}

}  // namespace
}  // namespace patchbay
