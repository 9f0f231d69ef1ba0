// What commands with several targets have in common.
#pragma once

#include <cstddef>

#include "patchbay/net/task.hpp"
#include "patchbay/tools/chat/irc/irc_session.hpp"

namespace patchbay {

// Of one PRIVMSG, NOTICE, TAGMSG, KICK or WHOIS: TARGMAX.
inline constexpr std::size_t k_irc_targets = 4;

// A target more than the one that the command itself costs.
void spend_irc(IrcSession& session, ChatCost cost);
// The same for what takes long: waits until the pace allows it. False: the session is over.
Task<bool> irc_may_do_more(IrcSession& session, ChatCost cost);
// For a walk over so many users or rooms.
void spend_irc_walk(IrcSession& session, std::size_t steps);

// 301, if the user is not there.
void tell_irc_away(IrcSession& session, const ChatUser& user);

// This moment, as events have it.
WallTime irc_now();

}  // namespace patchbay
