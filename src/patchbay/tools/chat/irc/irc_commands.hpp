// The commands of IRC, each a function of a session and a message. Registration, capabilities and
// what is about the server are one half, rooms and people the other.
#pragma once

#include <span>

#include "patchbay/net/task.hpp"
#include "patchbay/tools/chat/irc/irc_session.hpp"

namespace patchbay {

struct IrcCommand {
  std::string_view name;  // "PRIVMSG"
  // One of the two. The message's views live until it has ended.
  void (*run)(IrcSession&, const IrcMessage&) = nullptr;
  Task<> (*wait)(IrcSession&, const IrcMessage&) = nullptr;
  std::size_t least_parameters = 0;                  // with fewer: 461
  bool before_registration = false;                  // otherwise 451
  std::optional<ChatCost> cost = ChatCost::command;  // nothing: it costs nothing
};

// Tables of the files that have them; irc_dispatch.cpp looks in all of them.
std::span<const IrcCommand>
irc_registration_commands();                          // PASS NICK USER CAP AUTHENTICATE QUIT PING …
std::span<const IrcCommand> irc_server_commands();    // MOTD LUSERS VERSION TIME INFO ADMIN HELP …
std::span<const IrcCommand> irc_operator_commands();  // OPER KILL REHASH WALLOPS
std::span<const IrcCommand> irc_presence_commands();  // AWAY SETNAME MONITOR ISON USERHOST
std::span<const IrcCommand> irc_room_commands();      // JOIN PART NAMES TOPIC INVITE KICK
std::span<const IrcCommand> irc_mode_commands();      // MODE
std::span<const IrcCommand> irc_talk_commands();      // PRIVMSG NOTICE TAGMSG
std::span<const IrcCommand> irc_query_commands();     // LIST WHO WHOIS WHOWAS
std::span<const IrcCommand> irc_history_commands();   // CHATHISTORY SEARCH

// All of them, in the order of their names.
std::span<const IrcCommand* const> irc_commands();
// Nothing: there is none of this name, in large or small letters.
const IrcCommand* find_irc_command(std::string_view name);

}  // namespace patchbay
