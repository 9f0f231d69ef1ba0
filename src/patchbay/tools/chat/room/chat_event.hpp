// ChatEvent: what happens in the chat, and ChatFace: how those who see it are told.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "patchbay/tools/chat/room/chat_message.hpp"

namespace patchbay {

// What a member of a room may do.
enum class ChatRank : std::uint8_t { none = 0, voice = 1, op = 2 };  // bits

enum class ChatMode : std::uint8_t {
  ban,         // argument: a mask, nick!user@host
  ban_except,  // argument: a mask that no ban counts for
  invite_except,
  invite_only,
  key,           // argument: the word that lets in
  limit,         // argument: how many may be in it
  moderated,     // only who has a rank is heard
  no_outside,    // only members are heard
  secret,        // seen by its members alone
  topic_locked,  // only operators change the topic
  op,            // argument: the member's name
  voice,         // likewise
};

struct ChatModeChange {
  bool set = true;
  ChatMode mode = ChatMode::ban;
  std::string argument = {};
};

// Views live as long as the call that hands it over.
struct ChatEvent {
  enum class Kind : std::uint8_t {
    said,        // message
    joined,      // room; text: the real name
    parted,      // room; text: why
    quit,        // text: why
    kicked,      // room; target: who had to go; text: why
    renamed,     // text: the new name; `from` has the old one
    topic,       // room; text: the new topic
    modes,       // room; changes
    away,        // text: why; empty: back again
    account,     // `from` has the new one
    host,        // user and host are new in text as "user host"
    real_name,   // text: the new one
    invited,     // room; target: who is; told to that user
    invitation,  // the same, told to the room's operators: nothing to those who did not ask for it
    appeared,    // who is watched has come …
    vanished,    // … or gone; `from` has no more than the name
  };

  Kind kind = Kind::said;
  const ChatSource& from;  // of the server itself: its name, and no user and host
  std::uint64_t id = 0;    // as a message's
  WallTime at{};
  std::string_view room = {};  // as it is written
  std::string_view target = {};
  std::string_view text = {};
  const ChatMessage* message = nullptr;
  std::span<const ChatModeChange> changes = {};
};

// Turns events into the bytes of one protocol. Faces only translate: they hold nothing of a room.
class ChatFace {
 public:
  virtual ~ChatFace() = default;
  // Appends what a client of this variant is sent; nothing for what it does not see. `bits` mean
  // what the face says. Pure: the same bytes for all clients of a variant, so they are made once.
  virtual void render(const ChatEvent& event, std::uint32_t bits, std::string& out) const = 0;
};

// Those who are sent the same bytes.
struct ChatVariant {
  const ChatFace* face = nullptr;  // outlives everybody
  std::uint32_t bits = 0;

  bool operator==(const ChatVariant&) const = default;
};

}  // namespace patchbay
