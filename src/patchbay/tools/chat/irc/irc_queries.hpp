// LIST, WHO, WHOIS and WHOWAS (RFC 2812 sections 3.2.6 and 3.6), each in a file of its own; and
// what a client may know of others.
#pragma once

#include <string>

#include "patchbay/net/task.hpp"
#include "patchbay/tools/chat/irc/irc_session.hpp"

namespace patchbay {

Task<> list_irc(IrcSession& session, const IrcMessage& message);
Task<> who_irc(IrcSession& session, const IrcMessage& message);
void whois_irc(IrcSession& session, const IrcMessage& message);
void whowas_irc(IrcSession& session, const IrcMessage& message);

// Who is invisible is seen by itself, by operators, and where both are in a room.
bool irc_may_see(const IrcSession& session, const ChatUser& user);
// Its address: for itself and operators, and for everybody where hosts are told as they are.
bool irc_may_know_address(const IrcSession& session, const ChatUser& user);
std::string irc_address_of(const ChatUser& user);
std::chrono::seconds irc_idle_of(const ChatUser& user);

}  // namespace patchbay
