#include "patchbay/tools/chat/irc/irc_refusal.hpp"

namespace patchbay {

namespace {

// What stands between other parameters is a word.
std::string_view word_of(std::string_view text) {
  const bool is_word = !text.empty() && text.front() != ':' && text.find(' ') == text.npos;
  return is_word ? text : "*";
}

}  // namespace

void refuse_irc(IrcSession& session, ChatRefusal why, std::string_view room,
                std::string_view target) {
  room = word_of(room);
  target = word_of(target);
  using enum ChatRefusal;
  switch (why) {
    case name_wrong: return session.reply(432, {target, "Erroneous nickname"});
    case name_in_use: return session.reply(433, {target, "Nickname is already in use"});
    case name_reserved: return session.reply(433, {target, "Nickname belongs to an account"});
    case name_held:
      return session.reply(437, {target, "Cannot change nickname while banned or silenced"});
    case room_name_wrong:
      if (room.starts_with('#')) return session.reply(476, {room, "Invalid channel name"});
      return session.reply(403, {room, "No such channel"});
    case no_such_user: return session.reply(401, {target, "No such nick/channel"});
    case no_such_room: return session.reply(403, {room, "No such channel"});
    case not_a_member: return session.reply(442, {room, "You're not on that channel"});
    case target_not_a_member:
      return session.reply(441, {target, room, "They aren't on that channel"});
    case already_a_member: return session.reply(443, {target, room, "is already on channel"});
    case too_many_rooms: return session.reply(405, {room, "You have joined too many channels"});
    case too_many_rooms_here: return session.reply(437, {room, "The server has too many channels"});
    case banned: return session.reply(474, {room, "Cannot join channel (+b)"});
    case invite_only: return session.reply(473, {room, "Cannot join channel (+i)"});
    case wrong_key: return session.reply(475, {room, "Cannot join channel (+k)"});
    case room_full: return session.reply(471, {room, "Cannot join channel (+l)"});
    case not_heard: return session.reply(404, {room, "Cannot send to channel"});
    case not_op: return session.reply(482, {room, "You're not channel operator"});
    case list_full: return session.reply(478, {room, target, "Channel list is full"});
    case needs_account: return session.reply(477, {room, "You need to be logged in for that"});
    case text_wrong: return session.reply(412, {"No text to send"});
  }
}

void refuse_irc_parameters(IrcSession& session, std::string_view command) {
  session.reply(461, {command, "Not enough parameters"});
}

}  // namespace patchbay
