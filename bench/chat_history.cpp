// How many messages a second the chat's history takes, and how long one waits until it is kept.
//
// usage: chat_history [FOLDER]       run by hand; FOLDER is on the disk in question (/tmp)
//
// Messages have 100 bytes in 16 words or so, of 20,000 that are used as unequally as those of a
// language.
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cmath>
#include <cstdlib>
#include <filesystem>
#include <random>
#include <string>
#include <thread>
#include <vector>

#include "patchbay/tools/chat/history/chat_scribe.hpp"

namespace patchbay {
namespace {

using Clock = std::chrono::steady_clock;

constexpr std::size_t k_words = 20'000;
constexpr std::size_t k_text_bytes = 100;

double seconds_since(Clock::time_point begin) {
  return std::chrono::duration<double>(Clock::now() - begin).count();
}

class Talk {
 public:
  explicit Talk(std::size_t rooms) : rooms_(rooms), sequences_(rooms) {}

  SharedChatMessage next() {
    const std::size_t room = random_() % rooms_;
    ChatMessage message;
    message.id = ++id_;
    message.sequence = ++sequences_[room];
    message.key = fmt::format("#room{}", room);
    message.to = message.key;
    message.at = WallTime(std::chrono::microseconds(1'800'000'000'000'000 + id_));
    message.from = {.name = "somebody", .user = "user", .host = "192.0.2.77", .account = {}};
    while (message.text.size() < k_text_bytes) message.text += word() + ' ';
    message.text.resize(k_text_bytes);
    return std::make_shared<const ChatMessage>(std::move(message));
  }

 private:
  // The n-th most frequent word is used as often as 1/n.
  std::string word() {
    const double chance = std::generate_canonical<double, 32>(random_);
    const auto rank = static_cast<std::size_t>(std::pow(double{k_words}, chance));
    std::string letters;
    for (std::size_t n = rank * 7919 + 11; n > 0; n /= 20) {
      letters += static_cast<char>('a' + n % 20);
    }
    return letters;
  }

  std::mt19937_64 random_{7};
  std::size_t rooms_;
  std::vector<std::uint64_t> sequences_;
  std::uint64_t id_ = 0;
};

// A file that goes away again.
class File {
 public:
  explicit File(const std::string& folder) {
    std::string name = folder + "/patchbay-bench-XXXXXX";
    if (::mkdtemp(name.data()) == nullptr) std::exit(1);
    folder_ = name;
  }
  ~File() { std::filesystem::remove_all(folder_); }
  File(const File&) = delete;
  File& operator=(const File&) = delete;
  std::string path() const { return folder_ / "chat.db"; }

 private:
  std::filesystem::path folder_;
};

ChatShelf open(const File& file) {
  auto shelf = ChatShelf::open(file.path(), {.durability = Durability::normal});
  if (!shelf) {
    fmt::print("{}\n", shelf.error().describe());
    std::exit(1);
  }
  return std::move(*shelf);
}

// As fast as it goes, a thousand a commit.
void store_all(const std::string& folder, std::size_t rooms, std::size_t count) {
  const File file(folder);
  ChatShelf shelf = open(file);
  Talk talk(rooms);
  std::vector<SharedChatMessage> messages;
  for (std::size_t i = 0; i < count; ++i) messages.push_back(talk.next());
  const auto begin = Clock::now();
  double longest = 0;
  bool is_filing = false;
  for (std::size_t at = 0; at < count; at += 1000) {
    const auto before = Clock::now();
    const std::size_t part = std::min<std::size_t>(1000, count - at);
    if (!shelf.append(std::span(messages).subspan(at, part), {})) std::exit(1);
    // As the scribe does it: from time to time, and not all at once.
    if (shelf.unfiled() >= ChatScribeOptions().most_unfiled) is_filing = true;
    if (is_filing) {
      const auto filed = shelf.file(1'500);
      if (!filed) std::exit(1);
      is_filing = !*filed;
    }
    longest = std::max(longest, seconds_since(before));
  }
  const double took = seconds_since(begin);
  fmt::print("{} messages of {} rooms: {:.0f}/s, longest commit {:.1f} ms, {} bytes a message\n",
             count, rooms, static_cast<double>(count) / took, longest * 1e3,
             std::filesystem::file_size(file.path()) / count);
}

// At a steady rate, by the scribe: how old is the oldest message that is not in the file?
void keep_up(const std::string& folder, std::size_t rate, double for_seconds) {
  const File file(folder);
  const auto count = static_cast<std::size_t>(static_cast<double>(rate) * for_seconds);
  Talk talk(100);
  std::vector<SharedChatMessage> messages;
  for (std::size_t i = 0; i < count; ++i) messages.push_back(talk.next());
  std::vector<double> ages;
  ChatScribe scribe(open(file), {}, [](const std::string& text) { fmt::print("{}\n", text); });
  const auto begin = Clock::now();
  const double step = 1.0 / static_cast<double>(rate);
  std::size_t put = 0;
  while (scribe.counters().stored + scribe.counters().lost < count) {
    const double now = seconds_since(begin);
    while (put < count && static_cast<double>(put) * step <= now) scribe.put(messages[put++]);
    const auto stored = scribe.counters().stored;
    ages.push_back(stored < put ? now - static_cast<double>(stored) * step : 0);
    std::this_thread::sleep_for(std::chrono::microseconds(500));
  }
  std::ranges::sort(ages);
  const ChatScribeCounters counters = scribe.counters();
  fmt::print(
      "{}/s for {} s: oldest unkept message {:.1f} ms at p50, {:.1f} ms at p99, {:.1f} ms at "
      "most; {} lost, {} commits\n",
      rate, for_seconds, ages[ages.size() / 2] * 1e3, ages[ages.size() * 99 / 100] * 1e3,
      ages.back() * 1e3, counters.lost, counters.commits);
}

void run(const std::string& folder) {
  store_all(folder, 1, 300'000);
  store_all(folder, 500, 300'000);
  store_all(folder, 2'000, 300'000);
  keep_up(folder, 1'000, 5);
  keep_up(folder, 20'000, 10);
  keep_up(folder, 50'000, 10);
}

}  // namespace
}  // namespace patchbay

int main(int argc, char** argv) { patchbay::run(argc > 1 ? argv[1] : "/tmp"); }
