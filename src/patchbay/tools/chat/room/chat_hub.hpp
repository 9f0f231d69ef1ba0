// ChatHub: everybody who is connected and every room, whichever door they came in by. It knows no
// protocol: a door tells it what a user does, and it tells the faces of those who see it.
//
//   hub.enter(user, "ann");
//   hub.join(user, "#lobby");
//   hub.say(user, "#lobby", ChatTone::message, "good morning");
#pragma once

#include <deque>
#include <expected>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "patchbay/net/event.hpp"
#include "patchbay/net/task.hpp"
#include "patchbay/tools/chat/chat_settings.hpp"
#include "patchbay/tools/chat/room/chat_flusher.hpp"
#include "patchbay/tools/chat/room/chat_history.hpp"
#include "patchbay/tools/chat/room/chat_refusal.hpp"
#include "patchbay/tools/chat/room/chat_room.hpp"
#include "patchbay/tools/chat/room/chat_user.hpp"

namespace patchbay {

template <class T>
using ChatResult = std::expected<T, ChatRefusal>;

// Names that nobody may have but who is logged in to their account.
class ChatReservedNames {
 public:
  virtual ~ChatReservedNames() = default;
  // The account whose name this is, folded; empty: nobody's.
  virtual std::string account_of(std::string_view folded) const = 0;
};

struct ChatCounters {
  std::uint64_t messages = 0;  // said, in rooms and to users
  std::uint64_t delivered_bytes = 0;
  std::uint64_t writes = 0;
  std::uint64_t cut_slow = 0;  // clients that did not read
  std::size_t most_users = 0;
};

// Of one loop. What waits to be sent leaves when the task of run() has its turn, after everything
// that was ready before it.
class ChatHub {
 public:
  // All are borrowed; `history` and `names` may be null.
  ChatHub(std::shared_ptr<const ChatSettings> settings, ChatHistory* history,
          const ChatReservedNames* names);
  ~ChatHub();
  ChatHub(const ChatHub&) = delete;
  ChatHub& operator=(const ChatHub&) = delete;

  // Sends what there is to be sent until it is cancelled. One task does that all the time.
  Task<Result<>> run() { return flusher_.run(); }

  const ChatSettings& settings() const { return *settings_; }
  // What begins later goes by the new ones.
  void exchange_settings(std::shared_ptr<const ChatSettings> settings);
  // What is known of a room from before. Rooms that last are made of it at once.
  void remember(std::string_view name, ChatRoomPast past);
  ChatHistory* history() const { return history_; }
  // Has this user just said something, and is more said than the history can keep?
  bool outruns_history(const ChatUser& user) const;

  // --- users ---

  // Gives the user its name; it may do everything else from then on.
  ChatResult<void> enter(ChatUser& user, std::string_view name);
  ChatResult<void> rename(ChatUser& user, std::string_view name);
  // Out of all rooms and gone; of one that has not entered nothing. It is sent nothing more.
  void leave(ChatUser& user, std::string_view reason);
  // The wanted name, or one that is free made of it by a suffix: "ann", "ann_2".
  std::string free_name(const ChatUser& user, std::string_view wanted) const;
  ChatUser* find_user(std::string_view name) const;
  std::size_t user_count() const { return users_.size(); }
  template <class Visit>
  void for_each_user(Visit visit) const {
    for (const auto& [folded, user] : users_) visit(*user);
  }

  // The latest first, and no more than a few hundred.
  const std::deque<ChatDeparture>& departures() const { return departures_; }

  void set_away(ChatUser& user, std::string_view why);  // empty: back
  void set_account(ChatUser& user, std::string_view account);
  void set_host(ChatUser& user, std::string_view user_part, std::string_view host);
  void set_real_name(ChatUser& user, std::string_view real_name);
  // What it is sent from now on is made for this variant.
  void set_variant(ChatUser& user, ChatVariant variant);

  // Tells the user when somebody of this name comes or goes (ChatUser::hear). False: that would be
  // one too many.
  bool watch(ChatUser& user, std::string_view name);
  void unwatch(ChatUser& user, std::string_view name);
  void unwatch_all(ChatUser& user);

  // --- rooms ---

  // The room it is in now; whether it was before is `already_a_member`. A room that was not there
  // is made, with the user as its operator unless it is one that lasts.
  ChatResult<const ChatRoom*> join(ChatUser& user, std::string_view room,
                                   std::string_view key_word = {});
  ChatResult<void> part(ChatUser& user, std::string_view room, std::string_view why);
  ChatResult<void> kick(ChatUser& user, std::string_view room, std::string_view target,
                        std::string_view why);
  ChatResult<void> invite(ChatUser& user, std::string_view room, std::string_view target);
  ChatResult<void> set_topic(ChatUser& user, std::string_view room, std::string_view topic);
  // Does those that may be done, and tells of the ones that changed something together. The
  // refusals are in the order of the changes they are of.
  struct ModeRefusal {
    ChatModeChange change;
    ChatRefusal why;
  };
  ChatResult<std::vector<ModeRefusal>> change_modes(ChatUser& user, std::string_view room,
                                                    std::span<const ChatModeChange> changes);
  const ChatRoom* find_room(std::string_view name) const;
  std::size_t room_count() const { return rooms_.size(); }
  template <class Visit>
  void for_each_room(Visit visit) const {
    for (const auto& [key, room] : rooms_) visit(static_cast<const ChatRoom&>(*room));
  }

  // --- what is said ---

  // To a room, with `to_ranks` to those alone who have one of these ranks (bits of ChatRank), or to
  // a user. The text has gone through clean_chat_text().
  ChatResult<SharedChatMessage> say(ChatUser& user, std::string_view to, ChatTone tone,
                                    std::string_view text, std::string_view tags = {},
                                    std::uint8_t to_ranks = 0);
  // What messages between these two are kept under; empty: one of them has no account.
  static std::string private_key(const ChatUser& a, const ChatUser& b);
  // … of two accounts.
  static std::string private_key(std::string_view a, std::string_view b);
  // A notice from the server itself, to everybody.
  void announce(std::string_view text);

  // The server as a source of events.
  const ChatSource& self() const { return self_; }
  const ChatCounters& counters() const { return counters_; }
  const ChatFlushCounters& flush_counters() const { return flusher_.counters(); }

  // --- for ChatUser and doors ---

  // For this user alone, behind all that it was to be sent before.
  void send(ChatUser& user, std::string_view text);
  // How far behind it is, and until it no longer is.
  static std::size_t waiting_bytes(const ChatUser& user) {
    return ChatFlusher::waiting_bytes(user);
  }
  static Task<> until_taken(ChatUser& user) { return ChatFlusher::until_taken(user); }
  // A user without a stream is written to by its door: `more` is set when there is something to
  // take, and is borrowed until it is null again.
  static void expect(ChatUser& user, Event* more) { ChatFlusher::expect(user, more); }
  static std::string take(ChatUser& user, std::size_t most_bytes) {
    return ChatFlusher::take(user, most_bytes);
  }

 private:
  WallTime wall_time() const;
  std::uint64_t next_id(WallTime at);
  ChatEvent event_of(ChatEvent::Kind kind, const ChatSource& from);
  bool may_have(const ChatUser& user, const std::string& folded) const;
  ChatResult<void> check_name(const ChatUser& user, std::string_view name,
                              const std::string& folded) const;
  void note_departure(const ChatUser& user);
  ChatRoom* room_of(std::string_view name) const;
  ChatResult<ChatRoom*> room_to_join(std::string_view name);
  ChatRoom& make_room(std::string_view name, const std::string& key);
  ChatResult<void> may_join(const ChatUser& user, const ChatRoom& room,
                            std::string_view key_word) const;
  ChatResult<void> may_speak(const ChatUser& user, const ChatRoom& room) const;
  void seat(ChatUser& user, ChatRoom& room, std::uint8_t ranks);
  void unseat(ChatUser& user, ChatRoom& room);
  void leave_log(ChatRoom& room, ChatMember& member);
  void enter_log(ChatRoom& room, ChatMember& member);
  void forget_if_empty(ChatRoom& room);

  void tell_room(ChatRoom& room, const ChatEvent& event, ChatUser* actor, bool can_wait);
  void tell_ranks(ChatRoom& room, const ChatEvent& event, const ChatUser& actor,
                  std::uint8_t ranks);
  void tell_neighbours(ChatUser& user, const ChatEvent& event, bool can_wait);
  ChatPiece render_piece(const ChatEvent& event, const ChatVariant& variant);
  void tell_watchers(const std::string& folded, ChatEvent::Kind kind, const ChatSource& source);

  bool apply(ChatRoom& room, const ChatUser& by, ChatModeChange& change,
             std::optional<ChatRefusal>& refusal);
  bool apply_mask(std::vector<ChatMask>& masks, const ChatUser& by, const ChatModeChange& change,
                  std::optional<ChatRefusal>& refusal) const;
  bool apply_rank(ChatRoom& room, ChatModeChange& change, std::optional<ChatRefusal>& refusal);

  std::shared_ptr<const ChatSettings> settings_;
  ChatHistory* history_;
  const ChatReservedNames* names_;
  ChatFlusher flusher_;
  ChatSource self_;
  ChatCounters counters_;
  std::uint64_t last_id_ = 0;
  std::uint64_t walk_ = 0;
  std::string scratch_;
  std::unordered_map<std::string, ChatUser*> users_;                  // by folded name
  std::unordered_map<std::string, std::unique_ptr<ChatRoom>> rooms_;  // by key
  std::unordered_map<std::string, std::vector<ChatUser*>> watchers_;  // by folded name
  std::deque<ChatDeparture> departures_;
  std::unordered_map<std::string, ChatRoomPast> past_;  // of rooms without members
};

}  // namespace patchbay
