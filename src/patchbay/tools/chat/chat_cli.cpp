#include "patchbay/tools/chat/chat_cli.hpp"

namespace patchbay {

void declare_chat(Command& patchbay) {
  Command& chat = patchbay.group("chat", "rooms for nc, IRC and browsers alike");
  chat.example("patchbay chat serve", "three doors on this host; talk with: nc localhost 6000");
  declare_chat_serve(chat);
  declare_chat_user(chat);
  declare_chat_log(chat);
}

}  // namespace patchbay
