// The names of a room's members, as JOIN and NAMES tell them.
#pragma once

#include <string>

#include "patchbay/net/task.hpp"
#include "patchbay/tools/chat/irc/irc_session.hpp"

namespace patchbay {

// 353 with those that the client may see, and 366. `room` is what it called the room; of one that
// is not there, or that it may not know of, only the end.
Task<> tell_irc_names(IrcSession& session, std::string room);

// 332 and 333; 331 if there is no topic and `also_none`.
void tell_irc_topic(IrcSession& session, const ChatRoom& room, bool also_none);

// Seconds since 1970, as numerics have them.
std::string irc_seconds(WallTime time);

}  // namespace patchbay
