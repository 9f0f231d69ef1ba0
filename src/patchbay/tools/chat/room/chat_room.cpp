#include "patchbay/tools/chat/room/chat_room.hpp"

#include <algorithm>

#include "patchbay/tools/chat/room/chat_user.hpp"
#include "patchbay/wire/irc_message.hpp"

namespace patchbay {

const ChatMember* ChatRoom::find(const ChatUser& user) const {
  const ChatSeat* const seat = user.seat_in(*this);
  return seat == nullptr ? nullptr : &members[seat->index];
}

bool chat_masks_have(const std::vector<ChatMask>& masks, const ChatUser& user) {
  if (masks.empty()) return false;
  const std::string who = chat_mask_of(user);
  return std::ranges::any_of(
      masks, [&](const ChatMask& entry) { return matches_irc_mask(entry.mask, who); });
}

bool ChatRoom::bans_user(const ChatUser& user) const {
  return chat_masks_have(bans, user) && !chat_masks_have(ban_excepts, user);
}

std::string chat_mask_of(const ChatUser& user) {
  const ChatSource& source = user.source;
  std::string mask;
  mask.reserve(source.name.size() + source.user.size() + source.host.size() + 2);
  mask.append(source.name).append("!").append(source.user).append("@").append(source.host);
  return mask;
}

}  // namespace patchbay
