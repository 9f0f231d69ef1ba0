#include "patchbay/tools/chat/history/stored_chat_history.hpp"

#include <utility>

#include "patchbay/net/blocking.hpp"
#include "patchbay/net/event.hpp"
#include "patchbay/net/loop.hpp"

namespace patchbay {

namespace {

constexpr Duration k_pass = 1min;
// A reader waits so long for what was said before to be in the file; then the disk is not well, and
// what is there is better than nothing.
constexpr Duration k_patience = 200ms;

}  // namespace

Result<std::unique_ptr<StoredChatHistory>> StoredChatHistory::open(
    const std::string& path, const ChatKeeping& keeping, std::function<void(std::string)> tell,
    ChatScribeOptions options) {
  // What a killed program has committed is in the file either way; what else this takes after a
  // crash of the whole machine is some seconds of talk, and each commit need not wait for the disk.
  auto lock = ChatFileLock::take(path);
  if (!lock) return lock.error();
  auto shelf = ChatShelf::open(path, {.durability = Durability::normal});
  if (!shelf) return shelf.error();
  options.has_thread = options.has_thread && Loop::current().engine().capabilities().threads;
  return std::unique_ptr<StoredChatHistory>(new StoredChatHistory(
      path, std::move(*lock), std::move(*shelf), keeping, std::move(tell), options));
}

StoredChatHistory::StoredChatHistory(std::string path, ChatFileLock lock, ChatShelf shelf,
                                     const ChatKeeping& keeping,
                                     std::function<void(std::string)> tell,
                                     const ChatScribeOptions& options)
    : path_(std::move(path)),
      lock_(std::move(lock)),
      keeping_(keeping),
      scribe_(std::move(shelf), options, std::move(tell)) {}

void StoredChatHistory::keep(SharedChatMessage message) {
  if (message->key.empty() || message->tone == ChatTone::tags) return;
  scribe_.put(std::move(message));
}

void StoredChatHistory::keep_topic(std::string_view key, std::string_view room,
                                   const ChatTopic& topic) {
  scribe_.put(ChatTopicNote{.key = std::string(key), .room = std::string(room), .topic = topic});
}

Task<Result<std::vector<ChatMessage>>> StoredChatHistory::read(ChatHistoryQuery query) {
  co_return co_await beside<std::vector<ChatMessage>>(
      [&query](ChatPages& pages) { return pages.read(query); });
}

Task<Result<std::vector<ChatMessage>>> StoredChatHistory::search(ChatSearch search) {
  co_return co_await beside<std::vector<ChatMessage>>(
      [&search](ChatPages& pages) { return pages.search(search); });
}

Task<Result<std::vector<ChatTarget>>> StoredChatHistory::targets(std::vector<std::string> keys,
                                                                 WallTime from, WallTime to,
                                                                 std::size_t limit) {
  co_return co_await beside<std::vector<ChatTarget>>(
      [&](ChatPages& pages) { return pages.targets(keys, from, to, limit); });
}

Result<std::vector<ChatRoomBefore>> StoredChatHistory::rooms(std::size_t recent,
                                                             std::size_t most_messages) {
  auto pages = take_pages();
  if (!pages) return pages.error();
  auto rooms = (*pages)->rooms(recent, most_messages);
  give_back(std::move(*pages));
  return rooms;
}

Task<Result<>> StoredChatHistory::run() {
  for (;;) {
    if (keeping_.has_limit()) {
      const auto now = Loop::current().wall_clock();
      scribe_.forget(keeping_, std::chrono::time_point_cast<WallTime::duration>(now));
    }
    if (const auto slept = co_await sleep_for(k_pass); !slept) co_return slept.error();
  }
}

template <class Answer, class Ask>
Task<Result<Answer>> StoredChatHistory::beside(Ask ask) {
  const std::uint64_t said_before = scribe_.put_so_far();
  Result<Answer> answer;
  co_await off_loop([&] {
    scribe_.wait_until_stored(said_before, k_patience);
    auto pages = take_pages();
    if (!pages) {
      answer = pages.error();
      return;
    }
    answer = ask(**pages);
    give_back(std::move(*pages));
  });
  co_return answer;
}

Result<std::unique_ptr<ChatPages>> StoredChatHistory::take_pages() {
  {
    const std::lock_guard lock(mutex_);
    if (!idle_.empty()) {
      auto pages = std::move(idle_.back());
      idle_.pop_back();
      return pages;
    }
  }
  auto opened = ChatPages::open(path_);
  if (!opened) return opened.error();
  return std::make_unique<ChatPages>(std::move(*opened));
}

void StoredChatHistory::give_back(std::unique_ptr<ChatPages> pages) {
  const std::lock_guard lock(mutex_);
  idle_.push_back(std::move(pages));
}

}  // namespace patchbay
