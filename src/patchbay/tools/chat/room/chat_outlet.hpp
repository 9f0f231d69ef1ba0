// ChatOutlet: the way out to one client. What it alone is sent waits here, and what a room said
// before that, without a copy; what rooms say after it waits behind its cursors in their logs.
#pragma once

#include <cstddef>
#include <string_view>
#include <vector>

#include "patchbay/net/event.hpp"
#include "patchbay/net/stream.hpp"
#include "patchbay/tools/chat/room/chat_chunk.hpp"

namespace patchbay {

class ChatUser;

// A task that waits until a client takes what it is sent.
struct ChatDrain {
  explicit ChatDrain(ChatUser* slow) : user(slow) {}
  ChatUser* user;  // null: it is gone
  Event taken;     // set when all of it has left
};

class ChatOutlet {
 public:
  // `stream` is borrowed. Null: the hub does not write, ChatHub::take() is how it leaves.
  explicit ChatOutlet(Stream* stream) : stream_(stream) {}
  ~ChatOutlet() {
    if (drain_ != nullptr) drain_->user = nullptr;
  }
  ChatOutlet(const ChatOutlet&) = delete;
  ChatOutlet& operator=(const ChatOutlet&) = delete;

  void add(std::string_view text);
  void add(ChatPiece piece);
  std::size_t waiting_bytes() const { return waiting_bytes_; }
  // The client takes nothing for the moment, and a task waits until it does.
  bool is_blocked() const { return drain_ != nullptr; }

 private:
  friend class ChatFlusher;

  std::vector<ChatPiece> pieces_;
  std::size_t first_ = 0;  // of those that are still to be sent
  std::size_t waiting_bytes_ = 0;
  Stream* stream_;
  ChatDrain* drain_ = nullptr;  // lives in that task's frame; null: the client takes all there is
  Event* more_ = nullptr;       // of whoever takes what there is
  bool is_dirty_ = false;       // in the flusher's list
  bool is_closed_ = false;      // nothing can be sent any more
};

}  // namespace patchbay
