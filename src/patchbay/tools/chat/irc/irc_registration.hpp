// The way in: from a connection to a user of the hub.
#pragma once

#include <string>

#include "patchbay/tools/chat/irc/irc_session.hpp"

namespace patchbay {

// CAP.
void negotiate_irc(IrcSession& session, const IrcMessage& message);

// Once everything is there that is needed, NICK, USER, CAP END and what the settings ask for, it
// enters the hub and is welcomed; or it is told why not.
void welcome_irc_if_ready(IrcSession& session);

// Does this host's own traffic count, and any at all?
ChatFlood irc_flood_for(const Endpoint& peer, const ChatLimits& limits);

inline constexpr std::size_t k_irc_user_bytes = 16;  // what is kept of USER's, with '~' in front

// 001 to 005, LUSERS and the message of the day.
void tell_irc_welcome(IrcSession& session);
// 005, in as many lines as it needs.
void tell_irc_support(IrcSession& session);
// `counts_operators`: it is asked of everybody who is here.
void tell_irc_users(IrcSession& session, bool counts_operators);
void tell_irc_motd(IrcSession& session);

}  // namespace patchbay
