// WHOIS and WHOWAS: who somebody is, or was.
#include "patchbay/tools/chat/irc/irc_answers.hpp"
#include "patchbay/tools/chat/irc/irc_mode_letters.hpp"
#include "patchbay/tools/chat/irc/irc_names.hpp"
#include "patchbay/tools/chat/irc/irc_queries.hpp"
#include "patchbay/tools/chat/irc/irc_refusal.hpp"
#include "patchbay/tools/chat/irc/irc_targets.hpp"
#include "patchbay/tools/chat/irc/irc_time.hpp"
#include "patchbay/tools/chat/text/chat_name.hpp"

namespace patchbay {

namespace {

constexpr std::string_view k_server_info = "Patchbay chat";

// Rooms that the client may know of, and that this user is in.
void tell_rooms(IrcSession& session, const ChatUser& user) {
  IrcWords rooms(session, 319, user.source.name);
  for (const ChatSeat& seat : user.seats) {
    const ChatRoom& room = *seat.room;
    const bool is_shared = &user == &session || room.find(session) != nullptr;
    if (!is_shared && !session.is_operator && (room.secret || user.is_invisible)) continue;
    std::string word(irc_prefixes(room.members[seat.index].ranks, session.has(irc::multi_prefix)));
    rooms.add(word += room.name);
  }
  rooms.end();
}

void tell_connection(IrcSession& session, const ChatUser& user) {
  const std::string_view name = user.source.name;
  if (irc_may_know_address(session, user)) {
    session.reply(338, {name, irc_address_of(user), "is actually using host"});
  }
  if (user.is_secure) session.reply(671, {name, "is using a secure connection"});
  session.reply(317, {name, std::to_string(irc_idle_of(user).count()), irc_seconds(user.since),
                      "seconds idle, signon time"});
}

void tell_user(IrcSession& session, const ChatUser& user) {
  const ChatSource& source = user.source;
  session.reply(311, {source.name, source.user, source.host, "*", user.real_name});
  tell_rooms(session, user);
  session.reply(312, {source.name, session.hub().self().name, k_server_info});
  tell_irc_away(session, user);
  if (user.is_operator) session.reply(313, {source.name, "is an IRC operator"});
  if (!source.account.empty()) {
    session.reply(330, {source.name, source.account, "is logged in as"});
  }
  if (user.is_bot) session.reply(335, {source.name, "is a bot"});
  tell_connection(session, user);
}

void tell_departure(IrcSession& session, const ChatDeparture& gone) {
  const ChatSource& source = gone.source;
  session.reply(314, {source.name, source.user, source.host, "*", gone.real_name});
  std::string at;
  append_irc_time(at, gone.at);
  session.reply(312, {source.name, session.hub().self().name, at});
}

}  // namespace

void whois_irc(IrcSession& session, const IrcMessage& message) {
  // "WHOIS server name" asks another server, which is this one as well.
  std::string_view names = message.parameter(message.count > 1 ? 1 : 0);
  if (names.empty()) return session.reply(431, {"No nickname given"});
  const std::string asked(names);
  for (std::size_t count = 0; !names.empty() && count < k_irc_targets; ++count) {
    const std::string_view name = take_irc_item(names);
    if (count > 0) spend_irc(session, ChatCost::command);
    const ChatUser* const user = session.hub().find_user(name);
    if (user == nullptr) {
      refuse_irc(session, ChatRefusal::no_such_user, {}, name);
    } else {
      tell_user(session, *user);
    }
  }
  session.reply(318, {asked, "End of /WHOIS list"});
}

void whowas_irc(IrcSession& session, const IrcMessage& message) {
  const std::string_view name = message.parameter(0);
  if (name.empty()) return session.reply(431, {"No nickname given"});
  const std::string folded = fold_chat_name(name);
  std::size_t left = k_irc_targets;
  bool is_known = false;
  for (const ChatDeparture& gone : session.hub().departures()) {
    if (left == 0 || gone.folded != folded) continue;
    is_known = true;
    --left;
    tell_departure(session, gone);
  }
  if (!is_known) session.reply(406, {name, "There was no such nickname"});
  session.reply(369, {name, "End of WHOWAS"});
}

}  // namespace patchbay
