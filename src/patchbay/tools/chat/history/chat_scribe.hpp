// ChatScribe: writes a chat's history on a thread of its own, many messages in one commit.
#pragma once

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "patchbay/tools/chat/history/chat_shelf.hpp"

namespace patchbay {

struct ChatScribeOptions {
  Duration gather = 5ms;          // from the first message of a commit on, for others to come
  std::size_t most_rows = 1'000;  // … which ends the waiting; of one commit
  // What is appended to the file has its place among a room's messages, where readers find it, when
  // so many wait for that, when somebody reads, or when nothing was said for a moment.
  std::size_t most_unfiled = 8'000;
  Duration file_after = 100ms;
  // From so many on that wait for the disk it is behind, and whoever can should say less.
  std::size_t behind_from = 2'000;
  // What waits for the disk; what comes then is lost.
  std::size_t most_waiting = 100'000;
  std::size_t most_waiting_bytes = 64 * 1024 * 1024;
  Duration retry = 1s;     // after the disk has refused
  bool has_thread = true;  // false: everything is written where it is put (a simulated host)
};

struct ChatScribeCounters {
  std::uint64_t stored = 0;
  std::uint64_t lost = 0;  // the disk was full or too slow
  std::uint64_t commits = 0;
  std::size_t waiting = 0;
};

// While the disk takes it, and nobody puts more who was told that it is behind, what is put is in
// the file 50 ms later, also when the program is killed.
// When the disk refuses it is tried again and again, and messages wait; when too many do, those
// that come are lost and counted. What is wrong is told once, and once that it is over.
class ChatScribe {
 public:
  // `tell` is called on either thread, with a sentence for the operator; it may not block.
  ChatScribe(ChatShelf shelf, const ChatScribeOptions& options,
             std::function<void(std::string)> tell);
  // Writes what waits, unless the disk refuses.
  ~ChatScribe();
  ChatScribe(const ChatScribe&) = delete;
  ChatScribe& operator=(const ChatScribe&) = delete;

  // These never wait for the disk.
  void put(SharedChatMessage message);
  void put(ChatTopicNote note);
  // Forgets what is beyond the limits, when there is nothing to write.
  void forget(const ChatKeeping& keeping, WallTime now);
  // How many messages were put: what wait_until_stored() takes.
  std::uint64_t put_so_far() const;

  // More waits for the disk than it takes at once, and it does take it. Any thread.
  bool is_behind() const { return is_behind_.load(std::memory_order_relaxed); }

  // Until readers find so many in the file, or they are lost; false: it is not so after `patience`.
  // Blocks. Any thread.
  bool wait_until_stored(std::uint64_t count, Duration patience);
  ChatScribeCounters counters() const;

 private:
  struct Forgetting {
    ChatKeeping keeping;
    WallTime now;
  };

  void serve();
  bool has_unwritten() const { return waiting() > 0 || !notes_.empty(); }
  std::size_t waiting() const { return messages_.size() + batch_.size() - batch_done_; }
  void gather(std::unique_lock<std::mutex>& lock);
  void write(std::unique_lock<std::mutex>& lock);
  void take_waiting();
  bool commit_some(std::unique_lock<std::mutex>& lock);
  bool file_some(std::unique_lock<std::mutex>& lock);
  bool wants_filing() const;
  void note_behind();
  void forget_some(std::unique_lock<std::mutex>& lock);
  void give_up();
  void note_loss();
  void note_refusal(const Error& error);
  void note_success();

  ChatShelf shelf_;  // the thread's alone
  const ChatScribeOptions options_;
  const std::function<void(std::string)> tell_;

  mutable std::mutex mutex_;
  std::condition_variable changed_;  // for the thread
  std::condition_variable stored_;   // for those who wait until something is
  std::vector<SharedChatMessage> messages_;
  std::vector<ChatTopicNote> notes_;
  std::optional<Forgetting> forgetting_;
  std::size_t waiting_bytes_ = 0;
  // What the thread is at: some of it is stored already. Others look at the sizes alone.
  std::vector<SharedChatMessage> batch_;
  std::size_t batch_done_ = 0;
  std::uint64_t put_ = 0;
  std::size_t unfiled_ = 0;         // the shelf's
  std::uint64_t filing_up_to_ = 0;  // of what was stored: what the batch under way ends with
  std::uint64_t filed_up_to_ = 0;
  bool is_filing_ = false;  // a batch is under way
  std::atomic<bool> is_behind_ = false;
  ChatScribeCounters counters_;
  std::uint64_t lost_before_ = 0;  // when it was last told that all is well
  std::size_t hurrying_ = 0;       // who wait until something is stored
  bool is_idle_ = false;           // the thread waits for something to do
  bool is_refused_ = false;        // by the disk, the last time
  bool is_losing_ = false;         // … and that was told
  bool is_stopping_ = false;
  bool has_thread_ = false;
  std::jthread thread_;
};

}  // namespace patchbay
