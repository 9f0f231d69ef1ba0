// WHO, and WHOX: chosen fields of users.
#include <algorithm>

#include "patchbay/base/number.hpp"
#include "patchbay/tools/chat/irc/irc_answers.hpp"
#include "patchbay/tools/chat/irc/irc_mode_letters.hpp"
#include "patchbay/tools/chat/irc/irc_queries.hpp"
#include "patchbay/tools/chat/irc/irc_targets.hpp"

namespace patchbay {

namespace {

// Of a mask. All of a large server at once is nothing that a person could read.
constexpr std::size_t k_most_matches = 500;

struct Wish {
  std::string mask;
  bool operators_only = false;
  bool has_fields = false;  // 354 instead of 352
  std::string fields = {};
  std::string token = {};
};

bool is_token(std::string_view text) {
  return !text.empty() && text.size() <= 3 && std::ranges::all_of(text, decimal::is_digit);
}

// "WHO mask [flags][%fields[,token]]".
Wish wish_of(const IrcMessage& message) {
  Wish wish{.mask = std::string(message.parameter(0))};
  const std::string_view options = message.parameter(1);
  const std::size_t percent = options.find('%');
  wish.operators_only = options.substr(0, percent).find('o') != options.npos;
  if (percent == options.npos) return wish;
  const std::string_view wanted = options.substr(percent + 1);
  const std::size_t comma = wanted.find(',');
  wish.has_fields = true;
  wish.fields = wanted.substr(0, comma);
  if (comma != wanted.npos && is_token(wanted.substr(comma + 1))) {
    wish.token = wanted.substr(comma + 1);
  }
  return wish;
}

// One user as it is seen in a room, or in none.
struct Seen {
  const ChatUser& user;
  const ChatRoom* room;
  std::uint8_t ranks;
};

// In the first of its rooms that the client may know of.
Seen seen_somewhere(const IrcSession& session, const ChatUser& user) {
  for (const ChatSeat& seat : user.seats) {
    const bool is_shared = seat.room->find(session) != nullptr;
    if (!is_shared && (seat.room->secret || user.is_invisible)) continue;
    return {user, seat.room, seat.room->members[seat.index].ranks};
  }
  return {user, nullptr, 0};
}

std::string flags_of(const IrcSession& session, const Seen& seen) {
  std::string flags = seen.user.away.empty() ? "H" : "G";
  if (seen.user.is_operator) flags += '*';
  if (seen.user.is_bot) flags += 'B';
  return flags += irc_prefixes(seen.ranks, session.has(irc::multi_prefix));
}

// Empty: there is no such field.
std::string field_of(const IrcSession& session, const Wish& wish, const Seen& seen, char field) {
  const ChatSource& source = seen.user.source;
  switch (field) {
    case 't': return wish.token.empty() ? "0" : wish.token;
    case 'c': return seen.room != nullptr ? seen.room->name : "*";
    case 'u': return source.user;
    case 'i':
      return irc_may_know_address(session, seen.user) ? irc_address_of(seen.user)
                                                      : "255.255.255.255";
    case 'h': return source.host;
    case 's': return session.hub().self().name;
    case 'n': return source.name;
    case 'f': return flags_of(session, seen);
    case 'd': return "0";
    case 'l': return std::to_string(irc_idle_of(seen.user).count());
    case 'a': return source.account.empty() ? "0" : source.account;
    case 'o': return "n/a";
    default: return {};
  }
}

// 354: what was asked for, in the order of the specification.
void tell_fields(IrcSession& session, const Wish& wish, const Seen& seen) {
  std::string line = ":" + session.hub().self().name + " 354 ";
  line += session.addressee();
  for (const char field : std::string_view("tcuihsnfdlao")) {
    if (wish.fields.find(field) == wish.fields.npos) continue;
    (line += ' ') += field_of(session, wish, seen, field);
  }
  if (wish.fields.find('r') != wish.fields.npos) (line += " :") += seen.user.real_name;
  session.reply_line(line);
}

void tell(IrcSession& session, const Wish& wish, const Seen& seen) {
  if (wish.operators_only && !seen.user.is_operator) return;
  if (wish.has_fields) return tell_fields(session, wish, seen);
  const ChatSource& source = seen.user.source;
  session.reply(352, {seen.room != nullptr ? std::string_view(seen.room->name) : "*", source.user,
                      source.host, session.hub().self().name, source.name, flags_of(session, seen),
                      "0 " + seen.user.real_name});
}

// From the last to the first, as with NAMES. False: the client is gone.
Task<bool> tell_members(IrcSession& session, const Wish& wish) {
  const ChatRoom* room = session.hub().find_room(wish.mask);
  std::size_t left = room != nullptr && room->is_seen_by(session) ? room->members.size() : 0;
  while (left > 0) {
    const ChatMember& member = room->members[--left];
    const bool is_seen = !member.user->is_invisible || irc_may_see(session, *member.user);
    if (is_seen) tell(session, wish, {*member.user, room, member.ranks});
    if (!irc_is_behind(session)) continue;
    if (!co_await irc_has_taken(session)) co_return false;
    room = session.hub().find_room(wish.mask);
    if (room == nullptr || !room->is_seen_by(session)) break;
    left = std::min(left, room->members.size());
  }
  co_return true;
}

bool fits(const std::string& mask, const IrcSession& session, const ChatUser& user) {
  if (mask == "*" || mask == "0") return true;
  const ChatSource& source = user.source;
  for (const std::string_view text :
       {std::string_view(source.name), std::string_view(source.user), std::string_view(source.host),
        std::string_view(user.real_name), std::string_view(session.hub().self().name)}) {
    if (matches_irc_mask(mask, text)) return true;
  }
  return false;
}

void tell_matches(IrcSession& session, const Wish& wish) {
  spend_irc_walk(session, session.hub().user_count());
  std::size_t count = 0;
  session.hub().for_each_user([&](const ChatUser& user) {
    if (count > k_most_matches || !irc_may_see(session, user)) return;
    if (wish.operators_only && !user.is_operator) return;
    if (!fits(wish.mask, session, user) || ++count > k_most_matches) return;
    tell(session, wish, seen_somewhere(session, user));
  });
  if (count > k_most_matches) session.reply(416, {"WHO", "Too many matches: these are some"});
}

}  // namespace

Task<> who_irc(IrcSession& session, const IrcMessage& message) {
  Wish wish = wish_of(message);
  if (wish.mask.empty()) wish.mask = "*";
  if (wish.mask.starts_with('#')) {
    if (!co_await tell_members(session, wish)) co_return;
  } else if (const ChatUser* const user = session.hub().find_user(wish.mask)) {
    // Whose whole name is known is no secret.
    tell(session, wish, seen_somewhere(session, *user));
  } else {
    tell_matches(session, wish);
  }
  session.reply(315, {wish.mask, "End of WHO list"});
}

}  // namespace patchbay
