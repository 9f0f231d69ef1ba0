#include "patchbay/tools/chat_bench/chat_bench_lines.hpp"

#include <gtest/gtest.h>

#include <vector>

namespace patchbay {
namespace {

TEST(ChatBenchLines, AreTheSameWhereverTheStreamIsCut) {
  const std::string stream = "one\r\n\r\ntwo\nthree and more\r\nrest";
  const std::vector<std::string> whole = {"one", "", "two", "three and more"};
  for (std::size_t size = 1; size <= stream.size(); ++size) {
    ChatBenchLines lines;
    std::vector<std::string> seen;
    for (std::size_t at = 0; at < stream.size(); at += size) {
      EXPECT_TRUE(lines.take(std::string_view(stream).substr(at, size),
                             [&](std::string_view line) { seen.emplace_back(line); }));
    }
    EXPECT_EQ(seen, whole) << size;
  }
}

TEST(ChatBenchLines, HaveALimit) {
  ChatBenchLines lines;
  const std::string piece(64 * 1024, 'x');
  std::size_t taken = 0;
  while (lines.take(piece, [](std::string_view) {})) taken += piece.size();
  EXPECT_LE(taken, k_most_chat_bench_line_bytes + piece.size());
}

}  // namespace
}  // namespace patchbay
