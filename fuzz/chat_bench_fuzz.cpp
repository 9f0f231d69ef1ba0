// What a chat server says to a load: the same lines wherever the stream is cut, news that are views
// of their line and name nobody beyond five digits, and books that hold whatever a stamp says.
#include <algorithm>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "check.hpp"
#include "patchbay/tools/chat_bench/chat_bench_face.hpp"
#include "patchbay/tools/chat_bench/chat_bench_ledger.hpp"
#include "patchbay/tools/chat_bench/chat_bench_lines.hpp"
#include "patchbay/tools/chat_bench/chat_bench_roster.hpp"

namespace {

using namespace patchbay;

constexpr ChatBenchPlan k_plan{.clients = 6, .rooms = 2, .members = 4, .talkers = 2};

void check_news(ChatBenchFace face, std::string_view line, ChatBenchRoster& roster) {
  const ChatBenchNews news = read_news(face, line);
  FUZZ_CHECK(news.client < k_most_chat_bench_clients && news.room < k_most_chat_bench_rooms);
  FUZZ_CHECK(news.source_bytes <= line.size() && news.text.size() <= line.size());
  roster.saw(0, news.room, news.client);
  for_each_member(news.text, [&](std::uint32_t client) {
    FUZZ_CHECK(client < k_most_chat_bench_clients);
    roster.saw(0, news.room, client);
  });
}

void check_line(std::string_view line, ChatBenchLedger& ledger, ChatBenchRoster& roster) {
  ChatBenchStamp stamp;
  if (read_chat_bench_stamp(line, stamp)) {
    const std::uint64_t before = ledger.outstanding();
    const bool counts = ledger.deliver(0, stamp.voice, stamp.sequence);
    FUZZ_CHECK(ledger.outstanding() == before - (counts ? 1 : 0));
    std::string written;
    append_chat_bench_stamp(written, stamp);
    FUZZ_CHECK(line.ends_with(written));
    return;
  }
  check_news(ChatBenchFace::irc, line, roster);
  check_news(ChatBenchFace::lines, line, roster);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const std::string_view stream(reinterpret_cast<const char*>(data) + 1, size - 1);
  const std::size_t cut = std::min<std::size_t>(data[0], stream.size());
  ChatBenchLedger ledger(k_plan);
  ChatBenchRoster roster(k_plan);
  for (std::uint32_t voice = 0; voice < k_plan.voices(); ++voice) ledger.say(voice);

  ChatBenchLines whole, parts;
  std::vector<std::string> lines, again;
  whole.take(stream, [&](std::string_view line) {
    lines.emplace_back(line);
    check_line(line, ledger, roster);
  });
  const auto keep = [&](std::string_view line) { again.emplace_back(line); };
  parts.take(stream.substr(0, cut), keep);
  parts.take(stream.substr(cut), keep);
  FUZZ_CHECK(lines == again);
  return 0;
}
