// ChatEvent: what a server has told, whatever its protocol.
//
// This room has a namespace of its own: a server and a client use the same words for things that
// are not the same.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "patchbay/tools/record.hpp"

namespace patchbay::chat_client {

struct ChatLine {
  enum class Kind : std::uint8_t {
    message,
    action,     // "/me waves"
    notice,     // of a program
    happening,  // who came and went, a new topic
    word,       // of the server, or of this program, to this user
    refusal,    // likewise: what could not be done
  };

  Kind kind = Kind::message;
  WallTime at{};
  std::string from = {};  // empty where it is nobody's
  std::string text = {};
  std::string id = {};    // the server's name for it; empty: none
  bool own = false;       // said by this user
  bool mentions = false;  // has the name of this user in it
};

struct ChatMember {
  std::string name;
  std::string signs = {};  // of ranks, the highest first: "@+"

  friend bool operator==(const ChatMember&, const ChatMember&) = default;
};

struct ChatEvent {
  enum class Kind : std::uint8_t {
    welcomed,  // from: the name that this user has now; text: of the network or server
    said,      // room, line; a private talk is a room with the other's name
    joined,    // room, from
    parted,    // room, from, text: why
    quit,      // from, text: why
    kicked,    // room, target: who had to go, from: who did it, text: why
    renamed,   // from: the former name, target: the new one
    topic,     // room, text; from: who set it, empty where it is told and not new
    members,   // room, members: all of them
    ranked,    // room, target, text: a sign; own: it was given and not taken
    history,   // room, lines: what was asked for, the oldest first; none: there is no more
    word,      // text for the user; room: where it belongs, or empty
    refused,   // likewise: what was asked for could not be done
    fenced,    // ChatLink::fence() was answered
  };

  Kind kind = Kind::word;
  WallTime at{};
  std::string room = {};
  std::string from = {};
  std::string target = {};
  std::string text = {};
  bool own = false;  // this user did it
  ChatLine line = {};
  std::vector<ChatLine> lines = {};
  std::vector<ChatMember> members = {};
};

// "message", "action", "notice", …: for JSON.
const char* name_of(ChatLine::Kind kind);

// Every text in it made fit for a terminal; see chat_text.hpp.
void clean(ChatEvent& event);

}  // namespace patchbay::chat_client
