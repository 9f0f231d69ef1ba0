// ChatRoom: who is in it, what its rules are, and what was last said there.
#pragma once

#include <cstdint>
#include <deque>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "patchbay/tools/chat/room/chat_chunk.hpp"
#include "patchbay/tools/chat/room/chat_event.hpp"
#include "patchbay/tools/chat/room/chat_history.hpp"

namespace patchbay {

class ChatUser;

struct ChatMember {
  ChatUser* user = nullptr;
  ChatLog* log = nullptr;  // of the user's variant
  ChatCursor cursor = {};  // how far in it the user has been sent
  std::uint8_t ranks = 0;  // bits of ChatRank

  bool has(ChatRank rank) const { return (ranks & static_cast<std::uint8_t>(rank)) != 0; }
  bool is_op() const { return has(ChatRank::op); }
};

// An entry of a list of masks: who set it, and when.
struct ChatMask {
  std::string mask;
  std::string by;
  WallTime at{};
};

// What all members of one variant are sent.
struct ChatRoomLog {
  ChatVariant variant;
  std::unique_ptr<ChatLog> log;
  std::size_t members = 0;
};

// How far round a room the flusher is.
struct ChatRound {
  std::size_t next = 0;  // the member to look at next
  std::size_t left = 0;  // so many, and each has been sent what there is
};

// Faces read it; only the hub changes it.
struct ChatRoom {
  std::string name;  // as it was first written
  std::string key;   // folded
  WallTime created{};
  bool is_lasting = false;  // stays when nobody is in it, and nobody is operator by coming first

  ChatTopic topic = {};
  bool invite_only = false;
  bool moderated = false;
  bool no_outside = true;
  bool secret = false;
  bool topic_locked = true;
  std::string key_word = {};  // empty: none is needed
  std::size_t limit = 0;      // 0: none
  std::vector<ChatMask> bans = {};
  std::vector<ChatMask> ban_excepts = {};
  std::vector<ChatMask> invite_excepts = {};

  std::vector<ChatMember> members = {};  // in no order
  std::uint64_t last_sequence = 0;
  std::deque<SharedChatMessage> recent = {};  // the oldest first

  std::vector<ChatRoomLog> logs = {};
  // The flusher's.
  enum class Flush : std::uint8_t { none, later, now } flush = Flush::none;
  ChatRound round = {};

  const ChatMember* find(const ChatUser& user) const;
  // Is there a ban on this user, and nothing that excepts from it?
  bool bans_user(const ChatUser& user) const;
  // May somebody who is not in it know of it?
  bool is_seen_by(const ChatUser& user) const { return !secret || find(user) != nullptr; }
};

bool chat_masks_have(const std::vector<ChatMask>& masks, const ChatUser& user);

// "nick!user@host", what masks are held against.
std::string chat_mask_of(const ChatUser& user);

}  // namespace patchbay
