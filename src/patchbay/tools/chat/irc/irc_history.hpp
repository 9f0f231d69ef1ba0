// What was said before, for those who ask: what CHATHISTORY and SEARCH have in common.
#pragma once

#include <string>
#include <string_view>

#include "patchbay/net/task.hpp"
#include "patchbay/tools/chat/irc/irc_session.hpp"

namespace patchbay {

// Under what messages in a room that the client is in, or between it and somebody, are kept. Empty:
// there are none that it may see.
std::string irc_history_key(const IrcSession& session, std::string_view target);

Task<> search_irc(IrcSession& session, const IrcMessage& message);

}  // namespace patchbay
