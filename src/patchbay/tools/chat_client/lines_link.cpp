#include "patchbay/tools/chat_client/lines_link.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <span>

#include "patchbay/base/ascii.hpp"
#include "patchbay/base/text.hpp"
#include "patchbay/wire/telnet_filter.hpp"

namespace patchbay::chat_client {

namespace {

// The prompt without the blank at its end, which some leave out.
constexpr std::string_view k_prompt = k_chat_prompt.substr(0, k_chat_prompt.size() - 1);
constexpr std::string_view k_welcome = "Welcome to the chat!";
constexpr std::string_view k_users = "Online users: ";
constexpr std::string_view k_joined = " joined ";
constexpr std::string_view k_left = " left ";
constexpr std::string_view k_renamed = " is now ";
constexpr std::string_view k_the_chat = "the chat";
constexpr std::size_t k_most_beginning_bytes = 256;
constexpr std::size_t k_most_users = 200'000;

// One line by itself, or the beginning of one.
std::string without_telnet(std::string_view bytes) {
  std::string text(bytes);
  const std::string_view left = TelnetFilter().strip(std::as_writable_bytes(std::span(text)));
  return std::string(left);
}

struct Parts {
  std::string_view name;
  std::string_view rest;
};

// A name, which has no blank, and what stands behind the words.
std::optional<Parts> parts_at(std::string_view text, std::string_view words) {
  const std::size_t blank = text.find(' ');
  if (blank == 0 || blank == text.npos || !text.substr(blank).starts_with(words)) {
    return std::nullopt;
  }
  return Parts{text.substr(0, blank), text.substr(blank + words.size())};
}

// "#room: why"
Parts room_and_reason(std::string_view text) {
  const std::string_view room = text.substr(0, text.find(": "));
  return {room, text.substr(std::min(room.size() + 2, text.size()))};
}

}  // namespace

LinesLink::LinesLink(LinesLinkOptions options)
    : options_(std::move(options)), room_(options_.lobby) {
  own_name_ = options_.nick;
}

bool LinesLink::is_own(std::string_view name) const { return equal_ignoring_case(name, own_name_); }

ChatEvent LinesLink::event(ChatEvent::Kind kind, std::string_view from, WallTime now) const {
  return {.kind = kind, .at = now, .from = to_valid_utf8(from), .own = is_own(from)};
}

void LinesLink::say_name() {
  if (std::exchange(named_, true)) return;
  send(options_.nick);
}

// A prompt has no line end: it is the beginning of a line that goes on with what comes next.
void LinesLink::hear_unfinished(std::string_view beginning) {
  if (named_) return;
  beginning_ += without_telnet(beginning);
  if (beginning_.size() > k_most_beginning_bytes) beginning_.clear();
  if (beginning_.starts_with(k_prompt)) say_name();
}

void LinesLink::hear(std::string_view raw, WallTime now) {
  const std::string kept = without_telnet(raw);
  std::string_view line = kept;
  beginning_.clear();
  if (!welcomed_ && line.starts_with(k_prompt)) {
    say_name();
    line.remove_prefix(k_prompt.size());
    if (line.starts_with(' ')) line.remove_prefix(1);
  }
  if (line.empty()) return;
  const auto shown = parse_chat_line(line);
  if (shown) return hear_shown(*shown, now);
  tell_word(to_valid_utf8(line), now);
}

void LinesLink::hear_shown(const ChatShown& shown, WallTime now) {
  if (shown.kind == ChatShown::Kind::notice) return hear_notice(shown.text, now);
  const bool own = is_own(shown.from);
  std::string room(shown.room.empty() ? options_.lobby : std::string(shown.room));
  if (shown.kind == ChatShown::Kind::told) room = own ? shown.to : shown.from;
  tell({.kind = ChatEvent::Kind::said,
        .at = now,
        .room = to_valid_utf8(room),
        .own = own,
        .line = {.kind = shown.kind == ChatShown::Kind::act ? ChatLine::Kind::action
                                                            : ChatLine::Kind::message,
                 .at = now,
                 .from = to_valid_utf8(shown.from),
                 .text = to_valid_utf8(shown.text),
                 .own = own}});
}

// --- what the server says ------------------------------------------------------------------------

void LinesLink::hear_notice(std::string_view text, WallTime now) {
  if (!welcomed_ && text.starts_with(k_welcome)) return welcome(now);
  if (text.starts_with(k_users)) return hear_users(text.substr(k_users.size()), now);
  if (hear_coming(text, now) || hear_going(text, now) || hear_renaming(text, now)) return;
  tell_word(to_valid_utf8(text), now, welcomed_ ? room_ : std::string());
}

// "ann joined the chat!", "ann joined #room". Our own coming is told before the welcome, with the
// name that the server has made of ours.
bool LinesLink::hear_coming(std::string_view text, WallTime now) {
  const auto parts = parts_at(text, k_joined);
  if (!parts) return false;
  const bool lobby = parts->rest == "the chat!";
  if (!lobby && !is_room_name(parts->rest)) return false;
  if (!welcomed_) {
    if (lobby) own_name_ = to_valid_utf8(parts->name);
    return true;
  }
  come(parts->name, lobby ? options_.lobby : std::string(parts->rest), now);
  return true;
}

void LinesLink::come(std::string_view name, std::string room, WallTime now) {
  ChatEvent joined = event(ChatEvent::Kind::joined, name, now);
  joined.room = to_valid_utf8(room);
  tell(std::move(joined));
}

// "ann left the chat", "ann left #room: why"
bool LinesLink::hear_going(std::string_view text, WallTime now) {
  const auto parts = parts_at(text, k_left);
  if (!parts) return false;
  if (parts->rest == k_the_chat) {
    tell(event(ChatEvent::Kind::quit, parts->name, now));
    return true;
  }
  const Parts where = room_and_reason(parts->rest);
  if (!is_room_name(where.name)) return false;
  ChatEvent left = event(ChatEvent::Kind::parted, parts->name, now);
  left.room = to_valid_utf8(where.name);
  left.text = to_valid_utf8(where.rest);
  if (left.own && equal_ignoring_case(where.name, room_)) room_ = options_.lobby;
  tell(std::move(left));
  return true;
}

bool LinesLink::hear_renaming(std::string_view text, WallTime now) {
  const auto parts = parts_at(text, k_renamed);
  if (!parts || parts->rest.empty() || parts->rest.find(' ') != text.npos) return false;
  ChatEvent renamed = event(ChatEvent::Kind::renamed, parts->name, now);
  renamed.target = to_valid_utf8(parts->rest);
  if (renamed.own) own_name_ = renamed.target;
  tell(std::move(renamed));
  return true;
}

void LinesLink::welcome(WallTime now) {
  welcomed_ = true;
  tell(event(ChatEvent::Kind::welcomed, own_name_, now));
  come(own_name_, options_.lobby, now);
  for (const std::string& room : options_.rooms) {
    if (!equal_ignoring_case(room, room_)) enter(room, "");
  }
}

void LinesLink::hear_users(std::string_view list, WallTime now) {
  std::vector<ChatMember> members;
  std::string_view rest = list;
  while (!rest.empty() && members.size() < k_most_users) {
    const std::string_view name = rest.substr(0, rest.find(", "));
    rest.remove_prefix(std::min(name.size() + 2, rest.size()));
    if (!name.empty()) members.push_back({.name = to_valid_utf8(name)});
  }
  tell({.kind = ChatEvent::Kind::members, .at = now, .room = room_, .members = std::move(members)});
  if (std::exchange(users_asked_, false)) {
    tell_word("here: " + to_valid_utf8(list), now, room_);
  } else if (fences_ > 0) {
    --fences_;
    tell({.kind = ChatEvent::Kind::fenced, .at = now});
  }
}

// --- what the user wants -------------------------------------------------------------------------

void LinesLink::fence() {
  ++fences_;
  send("/users");
}

void LinesLink::enter(const std::string& room, const std::string& key) {
  send(fmt::format("/join {}{}{}", room, key.empty() ? "" : " ", key));
  room_ = room;
}

void LinesLink::say(const ChatWish& wish, ChatLine::Kind kind, WallTime now) {
  const bool is_private = wish.kind == ChatWish::Kind::message || !is_room_name(wish.room);
  const std::string& to = wish.kind == ChatWish::Kind::message ? wish.target : wish.room;
  if (to.empty()) return refuse("this is no room: /join one first", now);
  if (is_private) {
    send(fmt::format("/msg {} {}", to, wish.text));
  } else {
    if (!equal_ignoring_case(to, room_)) enter(to, "");
    const bool command = wish.text.starts_with('/');
    send((kind == ChatLine::Kind::action ? "/me " : command ? "/" : "") + wish.text);
  }
  // The server shows it to the others alone.
  tell({.kind = ChatEvent::Kind::said,
        .at = now,
        .room = to,
        .own = true,
        .line = {.kind = kind,
                 .at = now,
                 .from = own_name_,
                 .text = to_valid_utf8(wish.text),
                 .own = true}});
}

void LinesLink::wish(const ChatWish& wish, WallTime now) {
  using Kind = ChatWish::Kind;
  if (wish.kind == Kind::quit) return send("/quit");
  if (!welcomed_) return;
  switch (wish.kind) {
    case Kind::say:
    case Kind::message: return say(wish, ChatLine::Kind::message, now);
    case Kind::action: return say(wish, ChatLine::Kind::action, now);
    case Kind::join: return enter(wish.room, wish.text);
    case Kind::part: return send("/part " + wish.room);
    case Kind::nick: return send("/nick " + wish.target);
    case Kind::names:
    case Kind::who: users_asked_ = true; return send("/users");
    case Kind::rooms: return send("/rooms");
    case Kind::topic: return send(wish.text.empty() ? "/topic" : "/topic " + wish.text);
    case Kind::history: return send(fmt::format("/history {}", wish.count));
    default: return tell_word("the line mode has no such thing", now, room_);
  }
}

}  // namespace patchbay::chat_client
