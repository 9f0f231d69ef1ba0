// ChatUser: somebody who is connected, by whichever door.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "patchbay/net/deadline.hpp"
#include "patchbay/tools/chat/room/chat_event.hpp"
#include "patchbay/tools/chat/room/chat_outlet.hpp"

namespace patchbay {

class ChatHub;
struct ChatRoom;

// Where somebody stands in a room's list of members.
struct ChatSeat {
  ChatRoom* room = nullptr;
  std::uint32_t index = 0;
};

// A session of a face is one. It lives at the door that it came in by; who has entered the hub
// leaves it before it ends. Faces read all of it; what has a function of the hub is set by that.
class ChatUser {
 public:
  ChatUser(ChatHub& hub, ChatVariant variant, Stream* stream)
      : outlet(stream), variant(variant), hub_(hub) {}
  virtual ~ChatUser() = default;
  ChatUser(const ChatUser&) = delete;
  ChatUser& operator=(const ChatUser&) = delete;

  // Ends the connection for a reason that is not the user's: too slow, told to go. The session
  // leaves the hub in its own turn, with that reason.
  virtual void cut(std::string_view reason) = 0;
  // What this user has done has happened, also what it said: the hub tells all others, and this
  // face its own client, if it wants to. As it is: hear().
  virtual void echo(const ChatEvent& event) { hear(event); }
  // An event for this user alone: a message to it, an invitation, somebody whom it watches. As it
  // is: rendered by its face.
  virtual void hear(const ChatEvent& event);

  // For this user alone, after all that others have been sent before.
  void send(std::string_view text);

  ChatSource source;
  std::string folded;  // the name's; empty before it has entered
  std::string real_name;
  std::string away;  // why; empty: is here
  Endpoint peer;
  WallTime since{};           // connected
  Instant spoke_at{};         // for how long it has been idle
  bool is_secure = false;     // over TLS, or from this host
  bool is_operator = false;   // of the server
  bool is_invisible = false;  // to those who share no room with it
  bool is_bot = false;

  ChatOutlet outlet;
  ChatVariant variant;
  std::vector<ChatSeat> seats = {};
  std::vector<std::string> invited = {};  // to rooms, folded
  std::vector<std::string> watched = {};  // names, folded

  ChatHub& hub() const { return hub_; }
  bool has_entered() const { return !folded.empty(); }
  const ChatSeat* seat_in(const ChatRoom& room) const;

 private:
  friend class ChatHub;
  ChatHub& hub_;
  std::uint64_t visited_ = 0;  // a walk over neighbours meets each of them once
};

// Who had a name until it left or took another one.
struct ChatDeparture {
  std::string folded;
  ChatSource source;
  std::string real_name;
  WallTime at{};
};

}  // namespace patchbay
