// IrcLink: what a user wants, as lines.
#include <fmt/format.h>

#include <algorithm>

#include "patchbay/base/text.hpp"
#include "patchbay/tools/chat_client/chat_text.hpp"
#include "patchbay/tools/chat_client/irc_link.hpp"

namespace patchbay::chat_client {

namespace {

// What others read begins with ":name!user@host ", which the server adds: user and host may be
// as long as this together.
constexpr std::size_t k_most_user_host_bytes = 80;
constexpr std::size_t k_end_bytes = 2;
constexpr std::size_t k_least_text_bytes = 32;
constexpr std::size_t k_search_results = 50;

// " :why", or nothing.
std::string with_reason(const std::string& why) { return why.empty() ? why : " :" + why; }

}  // namespace

void IrcLink::wish(const ChatWish& wish, WallTime now) {
  using Kind = ChatWish::Kind;
  if (wish.kind == Kind::quit) {
    return send(wish.text.empty() ? std::string("QUIT") : fmt::format("QUIT :{}", wish.text));
  }
  if (!welcomed_) return;
  switch (wish.kind) {
    case Kind::say: return say(wish, wish.room, ChatLine::Kind::message, now);
    case Kind::action: return say(wish, wish.room, ChatLine::Kind::action, now);
    case Kind::message: return say(wish, wish.target, ChatLine::Kind::message, now);
    case Kind::join:
      return send(fmt::format("JOIN {}{}{}", wish.room, wish.text.empty() ? "" : " ", wish.text));
    case Kind::part: return send(fmt::format("PART {}{}", wish.room, with_reason(wish.text)));
    case Kind::nick: return send(fmt::format("NICK {}", wish.target));
    case Kind::topic: return send(fmt::format("TOPIC {}{}", wish.room, with_reason(wish.text)));
    case Kind::names:
      names_asked_.insert(fold_irc(wish.room));
      return send(fmt::format("NAMES {}", wish.room));
    case Kind::who: return send(fmt::format("WHO {}", wish.target));
    case Kind::rooms: return send("LIST");
    case Kind::history: return ask_for_history(wish, now);
    case Kind::search: return ask_search(wish, now);
    default: return;
  }
}

void IrcLink::say(const ChatWish& wish, const std::string& to, ChatLine::Kind kind, WallTime now) {
  if (to.empty() || to.find(' ') != std::string::npos) {
    return refuse("this is no room: /join one first", now);
  }
  const bool action = kind == ChatLine::Kind::action;
  const std::string before = fmt::format("PRIVMSG {} :{}", to,
                                         action ? "\x01"
                                                  "ACTION "
                                                : "");
  const std::string_view after = action ? "\x01" : "";
  const std::size_t taken =
      own_name_.size() + k_most_user_host_bytes + before.size() + after.size() + k_end_bytes;
  const std::size_t room_left =
      taken + k_least_text_bytes < k_irc_line_bytes ? k_irc_line_bytes - taken : k_least_text_bytes;
  for (const std::string_view piece : split_text(wish.text, room_left)) {
    send(fmt::format("{}{}{}", before, piece, after));
    // A server with echo-message says it to us as it does to all.
    if (has("echo-message")) continue;
    tell({.kind = ChatEvent::Kind::said,
          .at = now,
          .room = to,
          .own = true,
          .line = {.kind = kind,
                   .at = now,
                   .from = own_name_,
                   .text = to_valid_utf8(piece),
                   .own = true}});
  }
}

void IrcLink::ask_latest(const std::string& room, std::size_t count) {
  send(fmt::format("CHATHISTORY LATEST {} * {}", room, std::min(count, history_page_)));
}

void IrcLink::ask_for_history(const ChatWish& wish, WallTime now) {
  if (wish.room.empty()) return;
  if (!has("draft/chathistory")) {
    return tell_word("this server keeps no history for others to read", now, wish.room);
  }
  if (wish.before_id.empty() && wish.before_time.empty()) return ask_latest(wish.room, wish.count);
  const std::string before =
      wish.before_id.empty() ? "timestamp=" + wish.before_time : "msgid=" + wish.before_id;
  send(fmt::format("CHATHISTORY BEFORE {} {} {}", wish.room, before,
                   std::min(wish.count, history_page_)));
}

void IrcLink::ask_search(const ChatWish& wish, WallTime now) {
  if (!has("soju.im/search")) return tell_word("nothing here has these words", now, wish.room);
  std::string question = "SEARCH text=";
  append_irc_tag_value(question, wish.text);
  if (!wish.room.empty()) {
    question += ";in=";
    append_irc_tag_value(question, wish.room);
  }
  send(fmt::format("{};limit={}", question, k_search_results));
}

}  // namespace patchbay::chat_client
