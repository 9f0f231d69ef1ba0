#include "patchbay/tools/chat/irc/irc_names.hpp"

#include <algorithm>

#include "patchbay/tools/chat/irc/irc_answers.hpp"
#include "patchbay/tools/chat/irc/irc_mode_letters.hpp"

namespace patchbay {

namespace {

// The room, if the client may know of it.
const ChatRoom* visible_room(const IrcSession& session, std::string_view name) {
  const ChatRoom* room = session.hub().find_room(name);
  return room != nullptr && room->is_seen_by(session) ? room : nullptr;
}

std::string name_of(const IrcSession& session, const ChatMember& member) {
  const ChatSource& source = member.user->source;
  std::string name(irc_prefixes(member.ranks, session.has(irc::multi_prefix)));
  name += source.name;
  if (session.has(irc::userhost_in_names)) {
    ((name += '!') += source.user) += '@';
    name += source.host;
  }
  return name;
}

}  // namespace

Task<> tell_irc_names(IrcSession& session, std::string name) {
  const ChatRoom* room = visible_room(session, name);
  if (room != nullptr) {
    IrcWords names(session, 353, (room->secret ? "@ " : "= ") + room->name);
    // From the last to the first: who leaves meanwhile is replaced by the last one, who has been
    // told of already, and whoever comes is told of by a JOIN.
    std::size_t left = room->members.size();
    while (left > 0) {
      const ChatMember& member = room->members[--left];
      const bool is_seen = !member.user->is_invisible || room->find(session) != nullptr;
      if (!is_seen || !names.add(name_of(session, member)) || !irc_is_behind(session)) continue;
      if (!co_await irc_has_taken(session)) co_return;
      room = visible_room(session, name);
      if (room == nullptr) break;
      left = std::min(left, room->members.size());
    }
    names.end();
  }
  if (room != nullptr) name = room->name;
  session.reply(366, {name, "End of /NAMES list"});
}

void tell_irc_topic(IrcSession& session, const ChatRoom& room, bool also_none) {
  if (room.topic.text.empty()) {
    if (also_none) session.reply(331, {room.name, "No topic is set"});
    return;
  }
  session.reply(332, {room.name, room.topic.text});
  const std::string_view by = room.topic.by.empty() ? "*" : std::string_view(room.topic.by);
  session.reply(333, {room.name, by, irc_seconds(room.topic.at)});
}

std::string irc_seconds(WallTime time) {
  return std::to_string(std::chrono::floor<std::chrono::seconds>(time).time_since_epoch().count());
}

}  // namespace patchbay
