// `patchbay chat`: rooms that people with nc, IRC's clients and browsers talk in.
#pragma once

#include "patchbay/tools/command.hpp"

namespace patchbay {

// Makes the group; the terminal client adds to it (tools/chat_client).
void declare_chat(Command& patchbay);

void declare_chat_serve(Command& chat);
void declare_chat_user(Command& chat);
void declare_chat_log(Command& chat);

}  // namespace patchbay
