// ChatFlusher: writes to clients what rooms and the hub have for them, all of a turn in one
// gathered write each. Of a large room each turn serves some members, round and round, so that a
// line waits for one round at most, and nobody else for more than a moment. Who takes nothing for
// the moment is waited for by a task of its own, and who falls too far behind is cut.
#pragma once

#include <sys/uio.h>

#include <span>
#include <string>
#include <vector>

#include "patchbay/net/group.hpp"
#include "patchbay/tools/chat/chat_settings.hpp"
#include "patchbay/tools/chat/room/chat_room.hpp"
#include "patchbay/tools/chat/room/chat_user.hpp"

namespace patchbay {

struct ChatFlushCounters {
  std::uint64_t bytes = 0;  // handed to the kernel
  std::uint64_t writes = 0;
  std::uint64_t cut = 0;  // clients that did not read
};

class ChatFlusher {
 public:
  explicit ChatFlusher(const ChatLimits& limits) : limits_(limits) {}
  ChatFlusher(const ChatFlusher&) = delete;
  ChatFlusher& operator=(const ChatFlusher&) = delete;

  // Writes until it is cancelled. The task that all others' words wait for.
  Task<Result<>> run();
  void set_limits(const ChatLimits& limits) { limits_ = limits; }

  // There is something to send: to the members of a room, or to one user. In a large room who comes
  // and goes can wait a little, so that many of them leave in one write.
  void changed(ChatRoom& room, bool can_wait);
  void changed(ChatUser& user);
  // There is a member more, or one less: others may have their places now.
  void reseated(ChatRoom& room);
  // Neither is there any more.
  void forget(const ChatRoom& room);
  void forget(const ChatUser& user);

  // What rooms have for this user moves into its outlet, in front of what is added there next. Of
  // all rooms at once: a write that waits has their pieces in this order.
  static void settle(ChatUser& user);

  // What waits for it, everywhere.
  static std::size_t waiting_bytes(const ChatUser& user);
  // Until it has taken what waits for it, or is gone.
  static Task<> until_taken(ChatUser& user);

  // For a client that is written to by somebody else: `more` is set when there is something.
  static void expect(ChatUser& user, Event* more);
  static std::string take(ChatUser& user, std::size_t most_bytes);

  const ChatFlushCounters& counters() const { return counters_; }

 private:
  Task<Result<>> flush_for_ever(TaskGroup& group);
  void flush(TaskGroup& group);
  bool flush_some(TaskGroup& group, ChatRoom& room);
  void write(TaskGroup& group, ChatUser& user);
  static std::size_t gather(ChatUser& user, std::span<iovec> into);
  Task<> drain(ChatUser* slow);
  static void settle(ChatUser& user, ChatMember& member);
  static void take_away(ChatUser& user, std::size_t bytes);
  void cut_if_far_behind(ChatUser& user);
  void cut(ChatUser& user, std::string_view why);
  void keep_within_total();

  ChatLimits limits_;
  ChatFlushCounters counters_;
  Event dirty_;
  Instant lazy_at_ = Instant::max();  // then rooms that can wait are flushed
  std::vector<ChatRoom*> rooms_;
  std::vector<ChatRoom*> lazy_rooms_;
  std::vector<ChatUser*> users_;
  std::vector<ChatUser*> slow_;  // with a drain
};

}  // namespace patchbay
