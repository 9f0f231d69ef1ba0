// ChatSession: the talk with one server: connects, signs in, hears and says, and comes back when
// the connection is lost.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "patchbay/net/event.hpp"
#include "patchbay/net/task.hpp"
#include "patchbay/tools/chat_client/chat_link.hpp"
#include "patchbay/tools/chat_client/chat_model.hpp"
#include "patchbay/tools/chat_client/chat_plan.hpp"
#include "patchbay/tools/chat_client/chat_transport.hpp"
#include "patchbay/tools/chat_client/chat_view.hpp"
#include "patchbay/wire/line_splitter.hpp"

namespace patchbay::chat_client {

class ChatSession {
 public:
  // The plan, the model and the view are borrowed. `history`: lines asked for of each room.
  ChatSession(const ChatPlan& plan, std::string password, ChatModel& model, ChatView& view,
              std::size_t history);
  ChatSession(const ChatSession&) = delete;
  ChatSession& operator=(const ChatSession&) = delete;
  ~ChatSession();  // leaves no trace of the password

  // Until leave() has been heard, which is no fault. A connection that is lost after a welcome is
  // made again, after 1 s and then ever longer up to 60 s, unless the plan says otherwise. Faults:
  // those of dial_chat(), `closed`, timed_out, cancelled; `permission` when refusal() tells more.
  Task<Result<>> run();

  bool online() const { return state_ == ChatState::online; }
  const std::optional<ChatRefusal>& refusal() const { return refusal_; }
  bool was_welcomed() const { return was_welcomed_; }

  // Says or asks it now; before the welcome nothing happens.
  void wish(const ChatWish& wish);
  // Until the welcome has come and the first of the plan's rooms is entered. Faults: `permission`
  // when it is not to be entered, which refusal() then tells; cancelled.
  Task<Result<>> ready();
  // True: the server has dealt with all that was said before. False: the connection was lost, or
  // it has not answered within the deadline.
  Task<bool> fence(Deadline deadline);
  // Says goodbye; run() then ends, at once if nobody listens.
  void leave(std::string why);

 private:
  Task<Result<>> connect_and_talk();
  Task<Result<>> read(ChatTransport& transport);
  Task<Result<>> write(ChatTransport& transport);
  Task<Result<>> say_goodbye(ChatTransport& transport);
  Task<Result<>> wait_for_next_try(const Error& lost);
  void hear(std::string_view piece);
  void deliver();
  void note(const ChatEvent& event);
  void set_state(ChatState state, std::optional<Error> lost = {}, Duration wait = {});
  std::unique_ptr<ChatLink> make_link(bool is_private);
  Deadline hear_by() const;
  bool first_room_entered() const;
  void pulse();

  const ChatPlan& plan_;
  std::string password_;
  ChatModel& model_;
  ChatView& view_;
  std::size_t history_;

  ChatState state_ = ChatState::connecting;
  std::unique_ptr<ChatLink> link_;  // of the connection that there is
  std::unique_ptr<LineSplitter> lines_;
  std::vector<std::string> rooms_;  // to enter with the next welcome
  std::optional<ChatRefusal> refusal_;
  std::optional<ChatRefusal> room_refusal_;  // of the first room
  Deadline welcome_by_;
  bool was_welcomed_ = false;
  bool leaving_ = false;
  bool asked_for_life_ = false;  // after a long silence
  Instant welcomed_at_{};
  int tries_ = 0;  // since a connection that lasted
  std::uint64_t connections_ = 0;
  std::uint64_t fences_asked_ = 0;  // of this connection
  std::uint64_t fences_answered_ = 0;
  Event has_lines_;
  Event changed_;
};

}  // namespace patchbay::chat_client
