// StoredChatHistory: a ChatHistory in a database.
#pragma once

#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "patchbay/net/task.hpp"
#include "patchbay/tools/chat/history/chat_file_lock.hpp"
#include "patchbay/tools/chat/history/chat_pages.hpp"
#include "patchbay/tools/chat/history/chat_scribe.hpp"

namespace patchbay {

// Written by one thread (ChatScribe), read beside the loop by others with connections of their own.
// Who asks sees all that was said before.
class StoredChatHistory final : public ChatHistory {
 public:
  // On the loop that it is for. The file is made where it is missing, and is no other server's
  // until it ends; whoever only reads it, or looks after its accounts, may do so. `tell`: as
  // ChatScribe's. Blocks.
  static Result<std::unique_ptr<StoredChatHistory>> open(const std::string& path,
                                                         const ChatKeeping& keeping,
                                                         std::function<void(std::string)> tell,
                                                         ChatScribeOptions options = {});

  void keep(SharedChatMessage message) override;
  void keep_topic(std::string_view key, std::string_view room, const ChatTopic& topic) override;
  bool is_behind() const override { return scribe_.is_behind(); }
  Task<Result<std::vector<ChatMessage>>> read(ChatHistoryQuery query) override;
  Task<Result<std::vector<ChatMessage>>> search(ChatSearch search) override;
  Task<Result<std::vector<ChatTarget>>> targets(std::vector<std::string> keys, WallTime from,
                                                WallTime to, std::size_t limit) override;

  // For ChatHub::remember(), before anybody is there. Blocks. See ChatPages::rooms().
  Result<std::vector<ChatRoomBefore>> rooms(std::size_t recent,
                                            std::size_t most_messages = 200'000);
  // Forgets what is too old, now and each minute, until it is cancelled.
  Task<Result<>> run();
  // From the next minute on.
  void set_keeping(const ChatKeeping& keeping) { keeping_ = keeping; }
  ChatScribeCounters counters() const { return scribe_.counters(); }

 private:
  StoredChatHistory(std::string path, ChatFileLock lock, ChatShelf shelf,
                    const ChatKeeping& keeping, std::function<void(std::string)> tell,
                    const ChatScribeOptions& options);

  template <class Answer, class Ask>
  Task<Result<Answer>> beside(Ask ask);
  Result<std::unique_ptr<ChatPages>> take_pages();
  void give_back(std::unique_ptr<ChatPages> pages);

  const std::string path_;
  const ChatFileLock lock_;
  ChatKeeping keeping_;
  ChatScribe scribe_;
  std::mutex mutex_;
  std::vector<std::unique_ptr<ChatPages>> idle_;  // as many as were ever busy at a time
};

}  // namespace patchbay
