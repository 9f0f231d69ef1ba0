#include "patchbay/tools/chat/lines/lines_words.hpp"

#include <utility>

namespace patchbay {

std::string_view words_for(ChatRefusal refusal) {
  switch (refusal) {
    case ChatRefusal::name_wrong: return "Nobody can be called that";
    case ChatRefusal::name_in_use: return "Somebody is called that already, or nearly so";
    case ChatRefusal::name_reserved: return "That name belongs to an account";
    case ChatRefusal::name_held: return "You cannot be renamed while a room does not hear you";
    case ChatRefusal::room_name_wrong: return "No room can be called that";
    case ChatRefusal::no_such_user: return "There is nobody of that name";
    case ChatRefusal::no_such_room: return "There is no such room";
    case ChatRefusal::not_a_member: return "You are not in that room";
    case ChatRefusal::target_not_a_member: return "That user is not in the room";
    case ChatRefusal::already_a_member: return "That user is in the room already";
    case ChatRefusal::too_many_rooms: return "You are in too many rooms";
    case ChatRefusal::too_many_rooms_here: return "There are too many rooms on this server";
    case ChatRefusal::banned: return "You are banned from that room";
    case ChatRefusal::invite_only: return "That room is for those who are invited";
    case ChatRefusal::wrong_key: return "That room has a key: /join ROOM KEY";
    case ChatRefusal::room_full: return "That room is full";
    case ChatRefusal::not_heard: return "That room does not hear you";
    case ChatRefusal::not_op: return "Only the room's operators may do that";
    case ChatRefusal::list_full: return "The list is full";
    case ChatRefusal::needs_account: return "That is for those who have logged in";
    case ChatRefusal::text_wrong: return "There is nothing in it that can be said";
  }
  std::unreachable();
}

}  // namespace patchbay
