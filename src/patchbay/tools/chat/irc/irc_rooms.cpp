// JOIN, PART, NAMES, TOPIC, INVITE and KICK (RFC 2812 section 3.2).
#include <array>

#include "patchbay/tools/chat/irc/irc_answers.hpp"
#include "patchbay/tools/chat/irc/irc_commands.hpp"
#include "patchbay/tools/chat/irc/irc_names.hpp"
#include "patchbay/tools/chat/irc/irc_refusal.hpp"
#include "patchbay/tools/chat/irc/irc_targets.hpp"
#include "patchbay/tools/chat/text/chat_text.hpp"

namespace patchbay {

namespace {

std::string reason_of(const IrcSession& session, std::string_view typed) {
  return clean_chat_text(typed, session.hub().settings().limits.reason_length);
}

// --- JOIN ---

void part_all(IrcSession& session) {
  // Each part takes the seat away.
  while (!session.seats.empty()) {
    const std::string room = session.seats.back().room->name;
    if (!session.hub().part(session, room, {})) return;
  }
}

Task<> join_one(IrcSession& session, std::string_view name, std::string_view key) {
  const auto joined = session.hub().join(session, name, key);
  if (!joined) {
    // Who is in it already is not told off.
    if (joined.error() == ChatRefusal::already_a_member) co_return;
    refuse_irc(session, joined.error(), name);
    co_return;
  }
  const ChatRoom& room = **joined;
  tell_irc_topic(session, room, false);
  if (session.has(irc::no_implicit_names)) co_return;
  co_await tell_irc_names(session, room.name);
}

Task<> join(IrcSession& session, const IrcMessage& message) {
  std::string_view rooms = message.parameter(0);
  std::string_view keys = message.parameter(1);
  if (rooms == "0") {
    part_all(session);
    co_return;
  }
  for (bool is_first = true; !rooms.empty() && !session.is_over();) {
    const std::string_view room = take_irc_item(rooms);
    const std::string_view key = take_irc_item(keys);
    if (room.empty()) continue;
    if (!is_first && !co_await irc_may_do_more(session, ChatCost::join)) co_return;
    is_first = false;
    co_await join_one(session, room, key);
  }
}

// --- PART, NAMES ---

void part(IrcSession& session, const IrcMessage& message) {
  const std::string why = reason_of(session, message.parameter(1));
  std::string_view rooms = message.parameter(0);
  while (!rooms.empty()) {
    const std::string_view room = take_irc_item(rooms);
    const auto parted = session.hub().part(session, room, why);
    if (!parted) refuse_irc(session, parted.error(), room);
  }
}

Task<> names(IrcSession& session, const IrcMessage& message) {
  std::string_view rooms = message.parameter(0);
  if (rooms.empty()) {
    // All rooms with all members would be a list without end.
    session.reply(366, {"*", "End of /NAMES list"});
    co_return;
  }
  for (bool is_first = true; !rooms.empty() && !session.is_over(); is_first = false) {
    if (!is_first && !co_await irc_may_do_more(session, ChatCost::history)) co_return;
    co_await tell_irc_names(session, std::string(take_irc_item(rooms)));
  }
}

// --- TOPIC ---

void topic(IrcSession& session, const IrcMessage& message) {
  const std::string_view name = message.parameter(0);
  if (message.count > 1) {
    const std::string text =
        clean_chat_text(message.parameter(1), session.hub().settings().limits.topic_length);
    const auto set = session.hub().set_topic(session, name, text);
    if (!set) refuse_irc(session, set.error(), name);
    return;
  }
  const ChatRoom* room = session.hub().find_room(name);
  if (room == nullptr || !room->is_seen_by(session)) {
    return refuse_irc(session, ChatRefusal::no_such_room, name);
  }
  tell_irc_topic(session, *room, true);
}

// --- INVITE ---

// Without a parameter: the rooms that the client is invited to.
void tell_invitations(IrcSession& session) {
  for (const std::string& key : session.invited) {
    const ChatRoom* room = session.hub().find_room(key);
    session.reply(336, {room != nullptr ? room->name : key});
  }
  session.reply(337, {"End of /INVITE list"});
}

void invite(IrcSession& session, const IrcMessage& message) {
  if (message.count == 0) return tell_invitations(session);
  if (message.count == 1) return refuse_irc_parameters(session, "INVITE");
  const std::string_view guest = message.parameter(0);
  const std::string_view name = message.parameter(1);
  const auto invited = session.hub().invite(session, name, guest);
  if (!invited) return refuse_irc(session, invited.error(), name, guest);
  const ChatUser* user = session.hub().find_user(guest);
  if (user == nullptr) return;
  const ChatRoom* room = session.hub().find_room(name);
  session.reply(341, {user->source.name, room != nullptr ? std::string_view(room->name) : name});
  tell_irc_away(session, *user);
}

// --- KICK ---

void kick(IrcSession& session, const IrcMessage& message) {
  std::string_view rooms = message.parameter(0);
  std::string_view targets = message.parameter(1);
  std::string why = reason_of(session, message.parameter(2));
  if (why.empty()) why = session.source.name;

  // One room for all of them, or one for each.
  std::string_view room = take_irc_item(rooms);
  for (std::size_t count = 0; !targets.empty(); ++count) {
    const std::string_view target = take_irc_item(targets);
    if (count == k_irc_targets) {
      return session.reply(407, {target, "Too many targets: the rest is not done"});
    }
    if (count > 0) spend_irc(session, ChatCost::command);
    const auto kicked = session.hub().kick(session, room, target, why);
    if (!kicked) refuse_irc(session, kicked.error(), room, target);
    if (!rooms.empty()) room = take_irc_item(rooms);
  }
}

constexpr std::array k_commands = {
    IrcCommand{.name = "JOIN", .wait = join, .least_parameters = 1, .cost = ChatCost::join},
    IrcCommand{.name = "PART", .run = part, .least_parameters = 1},
    IrcCommand{.name = "NAMES", .wait = names, .cost = ChatCost::history},
    IrcCommand{.name = "TOPIC", .run = topic, .least_parameters = 1},
    IrcCommand{.name = "INVITE", .run = invite},
    IrcCommand{.name = "KICK", .run = kick, .least_parameters = 2},
};

}  // namespace

std::span<const IrcCommand> irc_room_commands() { return k_commands; }

}  // namespace patchbay
