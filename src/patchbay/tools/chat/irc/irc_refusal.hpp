// What the hub refuses, in the numerics of RFC 2812 section 5.2 and of those who came after it.
#pragma once

#include <string_view>

#include "patchbay/tools/chat/irc/irc_session.hpp"

namespace patchbay {

// Of the room and of whom it is about, as the client wrote them.
void refuse_irc(IrcSession& session, ChatRefusal why, std::string_view room,
                std::string_view target = {});

// 461.
void refuse_irc_parameters(IrcSession& session, std::string_view command);

}  // namespace patchbay
