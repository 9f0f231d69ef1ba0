// `patchbay chat join`: a client of chats, in a terminal and in pipes.
#pragma once

#include "patchbay/tools/command.hpp"

namespace patchbay {

// Adds to the group that declares the chat.
void declare_chat_join(Command& chat);

}  // namespace patchbay
