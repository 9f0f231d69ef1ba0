// What line mode says to a user: why something is not done, and what can be typed.
#pragma once

#include <string_view>

#include "patchbay/tools/chat/room/chat_refusal.hpp"

namespace patchbay {

// A sentence without its full stop.
std::string_view words_for(ChatRefusal refusal);

// One line for each command.
inline constexpr std::string_view k_lines_help[] = {
    "What you type is said in your room. These are for the server:",
    "/users             who is here; /users #room: who is in that room",
    "/join ROOM         come into a room, and speak there from now on",
    "/part              leave the room",
    "/rooms             which rooms there are",
    "/nick NAME         be called otherwise",
    "/msg USER TEXT     say it to one user alone",
    "/me TEXT           say what you do: * ann waves",
    "/topic [TEXT]      what the room is about",
    "/history [COUNT]   what was said before",
    "/quit              leave the chat",
    "A text that begins with a slash is typed with two: //usr/bin",
};

}  // namespace patchbay
