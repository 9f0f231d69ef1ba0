// ChatRefusal: why something that a user asked for is not done. Each face has words of its own.
#pragma once

#include <cstdint>

namespace patchbay {

enum class ChatRefusal : std::uint8_t {
  name_wrong,     // cannot be a name
  name_in_use,    // by somebody else, or looks like somebody else's
  name_reserved,  // belongs to an account that the user is not logged in to
  name_held,      // the user is in a room that bans or silences it, and cannot change its name
  room_name_wrong,
  no_such_user,
  no_such_room,
  not_a_member,  // who asks
  target_not_a_member,
  already_a_member,     // who asks, or who is invited
  too_many_rooms,       // for one user
  too_many_rooms_here,  // for the server
  banned,
  invite_only,
  wrong_key,
  room_full,
  not_heard,  // banned, moderated, or from outside
  not_op,
  list_full,
  needs_account,
  text_wrong,  // nothing is left of it
};

}  // namespace patchbay
