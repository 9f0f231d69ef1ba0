// LinesSession: one client that types lines: who it is, in which room it speaks, and what each of
// its lines does.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "patchbay/tools/chat/accounts/chat_password_desk.hpp"
#include "patchbay/tools/chat/chat_doorkeeper.hpp"
#include "patchbay/tools/chat/chat_flood.hpp"
#include "patchbay/tools/chat/lines/lines_face.hpp"
#include "patchbay/tools/chat/room/chat_hub.hpp"
#include "patchbay/wire/chat_line.hpp"

namespace patchbay {

// What the sessions of one server have in common. Borrowed by all of them.
struct LinesServer {
  ChatHub& hub;
  ChatDoorkeeper& doorkeeper;
  ChatPasswordDesk& passwords;  // for the server's own, where it has one
  LinesFace face = LinesFace(hub);
};

class LinesSession final : public ChatUser {
 public:
  // `stream` is borrowed, and `scope` is what its conversation waits in. Both outlive it.
  LinesSession(LinesServer& server, Stream& stream, const Endpoint& peer, Scope& scope,
               ChatDoorkeeper::Ticket ticket);

  // Asks for what is to be typed first.
  void begin();
  // One line that came, without its end. May wait, for the history or a password's check.
  Task<> take(std::string_view line);
  // There was one, but it was too long.
  void refuse_long_line();
  // When the next line may be taken.
  Instant next() const;
  // By when something has to come.
  Deadline patience() const;

  // Ends it: `told` is what the client is told, if anything. The first reason counts.
  void end(std::string_view told = {});
  bool is_over() const { return over_; }
  // The line that it ends with, empty for none.
  const std::string& last_words() const { return last_words_; }
  // Out of the chat, once; `why` where nothing has been said of that.
  void leave(std::string_view why);

  void cut(std::string_view reason) override;
  // What it has typed stands before its eyes already.
  void echo(const ChatEvent& event) override;

 private:
  enum class Stage : std::uint8_t { password, name, chatting };

  Task<> take_password(std::string_view line);
  void take_name(std::string_view typed);
  void enter(std::string_view name);
  bool enter_lobby();
  Task<> take_input(const ChatInput& input);

  void say(std::string_view text, ChatTone tone);
  bool say_to(std::string_view to, std::string_view typed, ChatTone tone);
  void tell(const ChatInput& input);
  void list_users(const ChatInput& input);
  void list_members(std::string_view room);
  void join(const ChatInput& input);
  void part(const ChatInput& input);
  void list_rooms();
  void rename(std::string_view typed);
  void topic(std::string_view text);
  Task<> show_history(std::string_view count);
  void show_past(std::span<const SharedChatMessage> messages);
  void show_last(const ChatRoom& room);
  void help();

  // The room it speaks in; null: it is in none, and has been told so.
  const ChatRoom* here();
  void speak_in(std::string_view room);
  void notice(std::string_view text);
  void refuse(ChatRefusal why);
  void spend(ChatCost cost);
  const ChatLimits& limits() const { return hub().settings().limits; }

  LinesServer& server_;
  Scope& scope_;
  ChatDoorkeeper::Ticket ticket_;
  ChatFlood flood_;
  Instant named_by_;  // or it has to go
  std::string room_;  // that it speaks in
  std::string last_words_;
  std::string parting_;  // why it leaves, for those whom that is told
  Stage stage_ = Stage::name;
  bool over_ = false;
};

}  // namespace patchbay
