#include "patchbay/tools/chat/room/chat_user.hpp"

#include <algorithm>

#include "patchbay/tools/chat/room/chat_hub.hpp"

namespace patchbay {

void ChatUser::hear(const ChatEvent& event) {
  std::string rendered;
  variant.face->render(event, variant.bits, rendered);
  send(rendered);
}

void ChatUser::send(std::string_view text) { hub_.send(*this, text); }

const ChatSeat* ChatUser::seat_in(const ChatRoom& room) const {
  const auto found =
      std::ranges::find_if(seats, [&](const ChatSeat& seat) { return seat.room == &room; });
  return found == seats.end() ? nullptr : &*found;
}

}  // namespace patchbay
