// ChatModel: what a client knows: its rooms, who is in them, what was said, what is unread. It
// knows of no protocol and of no screen.
#pragma once

#include <cstddef>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "patchbay/tools/chat_client/chat_event.hpp"
#include "patchbay/tools/chat_client/scrollback.hpp"

namespace patchbay::chat_client {

struct ChatModelLimits {
  std::size_t lines = 10'000;  // of a room
  std::size_t rooms = 500;     // private talks among them; what is said in more goes to the first
  std::size_t members = 200'000;  // of a room
};

struct ChatRoom {
  explicit ChatRoom(std::string its_name, std::size_t lines)
      : name(std::move(its_name)), scrollback(lines) {}

  std::string name;  // empty: the server's own words
  std::string topic = {};
  std::map<std::string, ChatMember> members = {};  // by their folded names
  Scrollback scrollback;
  std::size_t unread = 0;
  std::size_t mentions = 0;  // among them, and whatever is said in private
  bool joined = false;
  bool past_ends = false;  // the server has no older lines
  // Lines below the lower edge of the screen; 0: the newest is seen.
  std::size_t below = 0;
};

class ChatModel {
 public:
  explicit ChatModel(ChatModelLimits limits = {});

  // Takes over what has happened; its texts are clean already (chat_event.hpp).
  void take(const ChatEvent& event);
  // A line for the user in the room that is shown, from this program itself.
  void tell(ChatLine::Kind kind, std::string text, WallTime at);
  // The connection is lost: nobody is anywhere.
  void disconnect();

  const std::string& own_name() const { return own_name_; }
  void set_own_name(std::string name) { own_name_ = std::move(name); }
  bool is_own(std::string_view name) const;

  // At least one, the first being the server's.
  const std::vector<std::unique_ptr<ChatRoom>>& rooms() const { return rooms_; }
  ChatRoom& current() { return *rooms_[current_]; }
  const ChatRoom& current() const { return *rooms_[current_]; }
  std::size_t current_index() const { return current_; }
  // Shows it: nothing in it is unread from then on.
  void select(std::size_t index);
  // Likewise, by its name; made where there is none. False: there are too many.
  bool open(std::string_view name);
  void close_current();

  ChatRoom* find(std::string_view name);
  const ChatRoom* find(std::string_view name) const;

 private:
  ChatRoom& room_for(std::string_view name);
  void add(ChatRoom& room, ChatLine line);
  void add_happening(ChatRoom& room, const ChatEvent& event, std::string text);
  void take_joined(const ChatEvent& event);
  void take_left(const ChatEvent& event, std::string_view who, const std::string& text);
  void take_quit(const ChatEvent& event);
  void take_renamed(const ChatEvent& event);
  void take_topic(const ChatEvent& event);
  void take_members(const ChatEvent& event);
  void take_ranked(const ChatEvent& event);
  void take_history(const ChatEvent& event);
  bool mentions_me(const ChatLine& line) const;

  ChatModelLimits limits_;
  std::vector<std::unique_ptr<ChatRoom>> rooms_;
  std::size_t current_ = 0;
  std::string own_name_;
};

// Names of users and rooms, to be compared: small letters of ASCII.
std::string fold_name(std::string_view name);

// "ann has left (gone fishing)": what an event says to people; empty where it says nothing.
std::string happening_text(const ChatEvent& event);

}  // namespace patchbay::chat_client
