// What the lines of a user do, once it is in the chat.
#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cstddef>
#include <span>
#include <tuple>
#include <vector>

#include "patchbay/base/text.hpp"
#include "patchbay/tools/chat/lines/lines_session.hpp"
#include "patchbay/tools/chat/room/chat_recent.hpp"
#include "patchbay/tools/chat/text/chat_name.hpp"
#include "patchbay/tools/chat/text/chat_text.hpp"

namespace patchbay {

namespace {

// A message of so many bytes fits a line of IRC with all that stands before it.
constexpr std::size_t k_message_bytes = 390;
constexpr std::size_t k_most_listed = 200;
constexpr std::size_t k_usual_history = 20;

// Takes up to that many bytes off the front, between words where that leaves at least a half.
std::string_view take_message(std::string_view& text) {
  std::string_view piece = utf8_prefix(text, k_message_bytes);
  if (piece.size() < text.size()) {
    const std::size_t blank = piece.rfind(' ');
    if (blank != piece.npos && blank >= k_message_bytes / 2) piece = piece.substr(0, blank);
  }
  text.remove_prefix(piece.size());
  while (text.starts_with(' ')) text.remove_prefix(1);
  return piece;
}

std::string room_name_of(std::string_view typed) {
  return typed.empty() || typed.starts_with('#') ? std::string(typed) : fmt::format("#{}", typed);
}

// As many as a list shows, in the order that `key` gives.
template <class T, class Key>
void keep_first(std::vector<T>& all, Key key) {
  const std::size_t kept = std::min(all.size(), k_most_listed);
  std::ranges::partial_sort(all, all.begin() + static_cast<std::ptrdiff_t>(kept), {}, key);
  all.resize(kept);
}

// "a, b, c", and how many more there are.
std::string listed(const std::vector<std::string>& names, std::size_t all) {
  std::string list = fmt::format("{}", fmt::join(names, ", "));
  if (all > names.size()) list += fmt::format(" and {} more", all - names.size());
  return list;
}

}  // namespace

// --- rooms to speak in ---------------------------------------------------------------------------

const ChatRoom* LinesSession::here() {
  const auto is_here = [this](const ChatSeat& seat) { return seat.room->name == room_; };
  if (std::ranges::none_of(seats, is_here)) {
    if (seats.empty()) {
      notice("You are in no room: /join one, /rooms says which there are");
      return nullptr;
    }
    // It was sent out of that one.
    room_ = seats.back().room->name;
  }
  return std::ranges::find_if(seats, is_here)->room;
}

void LinesSession::speak_in(std::string_view room) {
  room_ = room;
  notice(fmt::format("What you type is said in {} now", room));
}

// --- what is said --------------------------------------------------------------------------------

// A long text becomes several messages, and each of them costs as much as one. False: it was not
// said, and the user has been told why.
bool LinesSession::say_to(std::string_view to, std::string_view typed, ChatTone tone) {
  const std::string text = plain_chat_text(typed);
  std::string_view rest = text;
  do {
    const bool is_blank = rest.find_first_not_of(' ') == rest.npos;
    const auto said =
        hub().say(*this, to, tone, is_blank ? std::string_view() : take_message(rest));
    if (!said) {
      refuse(said.error());
      return false;
    }
    if (!rest.empty()) spend(ChatCost::command);
  } while (!rest.empty());
  return true;
}

void LinesSession::say(std::string_view text, ChatTone tone) {
  const ChatRoom* const room = here();
  if (room != nullptr) say_to(std::string(room->name), text, tone);
}

void LinesSession::tell(const ChatInput& input) {
  if (input.target.empty() || input.text.empty()) return notice("Write it /msg USER TEXT");
  if (!say_to(input.target, input.text, ChatTone::message)) return;
  const ChatUser* const other = hub().find_user(input.target);
  if (other == nullptr || other->away.empty()) return;
  notice(fmt::format("{} is away: {}", other->source.name, plain_chat_text(other->away)));
}

// --- who is where --------------------------------------------------------------------------------

void LinesSession::list_users(const ChatInput& input) {
  spend(ChatCost::history);
  if (!input.target.empty()) return list_members(room_name_of(input.target));
  std::vector<const ChatUser*> users;
  hub().for_each_user([&](const ChatUser& user) {
    if (!user.is_invisible || &user == this) users.push_back(&user);
  });
  // In the order in which they came.
  const std::size_t all = users.size();
  keep_first(users, [](const ChatUser* user) {
    return std::tuple(user->since, std::string_view(user->folded));
  });
  std::vector<std::string> names;
  for (const ChatUser* const user : users) names.push_back(user->source.name);
  notice(fmt::format("Online users: {}", listed(names, all)));
}

void LinesSession::list_members(std::string_view name) {
  const ChatRoom* const room = hub().find_room(name);
  if (room == nullptr || !room->is_seen_by(*this)) return refuse(ChatRefusal::no_such_room);
  std::vector<std::string> names;
  for (const ChatMember& member : room->members) {
    if (names.size() == k_most_listed) break;
    names.push_back(fmt::format("{}{}", member.user->source.name, member.is_op() ? " (op)" : ""));
  }
  std::ranges::sort(names);
  notice(fmt::format("Users in {}: {}", room->name, listed(names, room->members.size())));
}

void LinesSession::list_rooms() {
  spend(ChatCost::history);
  std::vector<const ChatRoom*> rooms;
  hub().for_each_room([&](const ChatRoom& room) {
    if (room.is_seen_by(*this)) rooms.push_back(&room);
  });
  // Those with the most members first.
  const std::size_t all = rooms.size();
  keep_first(rooms, [](const ChatRoom* room) {
    return std::tuple(~room->members.size(), std::string_view(room->key));
  });
  std::vector<std::string> names;
  for (const ChatRoom* const room : rooms) {
    names.push_back(fmt::format("{} ({})", room->name, room->members.size()));
  }
  notice(fmt::format("Rooms: {}", listed(names, all)));
}

// --- coming and going ----------------------------------------------------------------------------

void LinesSession::join(const ChatInput& input) {
  if (input.target.empty()) return notice("Write it /join ROOM");
  const std::string name = room_name_of(input.target);
  spend(ChatCost::join);
  const auto joined = hub().join(*this, name, input.text);
  if (!joined && joined.error() != ChatRefusal::already_a_member) return refuse(joined.error());
  const ChatRoom* const room = hub().find_room(name);
  speak_in(room->name);
  if (!joined) return;
  if (!room->topic.text.empty()) topic({});
  show_last(*room);
}

void LinesSession::part(const ChatInput& input) {
  std::string name = room_name_of(input.target);
  if (name.empty()) {
    const ChatRoom* const room = here();
    if (room == nullptr) return;
    name = room->name;
  }
  const auto parted = hub().part(*this, name, clean_chat_text(input.text, limits().reason_length));
  if (!parted) return refuse(parted.error());
  const std::string spoke_in = room_;
  const ChatRoom* const room = here();
  if (room != nullptr && room->name != spoke_in) speak_in(room->name);
}

void LinesSession::rename(std::string_view typed) {
  const std::string name = make_user_name(typed, limits().name_length);
  if (name.empty()) return notice("Write it /nick NAME");
  const auto renamed = hub().rename(*this, name);
  if (!renamed) refuse(renamed.error());
}

void LinesSession::topic(std::string_view text) {
  const ChatRoom* const room = here();
  if (room == nullptr) return;
  if (!text.empty()) {
    const std::string cleaned = clean_chat_text(text, limits().topic_length);
    const auto set = hub().set_topic(*this, room->name, cleaned);
    if (!set) refuse(set.error());
    return;
  }
  if (room->topic.text.empty()) return notice(fmt::format("{} has no topic", room->name));
  notice(fmt::format("Topic of {}: {}", room->name, plain_chat_text(room->topic.text)));
}

// --- what was said before ------------------------------------------------------------------------

void LinesSession::show_past(std::span<const SharedChatMessage> messages) {
  std::string lines;
  for (const SharedChatMessage& message : messages) server_.face.render_past(*message, lines);
  send(lines);
}

// What newcomers are shown, where the operator wants that.
void LinesSession::show_last(const ChatRoom& room) {
  const std::size_t count = hub().settings().history.on_join;
  if (count == 0) return;
  const auto last = read_recent(room, {.key = room.key, .limit = count}, true);
  if (last) show_past(*last);
}

Task<> LinesSession::show_history(std::string_view typed) {
  spend(ChatCost::history);
  const ChatRoom* const room = here();
  if (room == nullptr) co_return;
  std::size_t count = k_usual_history;
  const char* const end = typed.data() + typed.size();
  const auto [at, error] = std::from_chars(typed.data(), end, count);
  if (!typed.empty() && (error != std::errc() || at != end || count == 0)) {
    notice("Write it /history COUNT");
    co_return;
  }
  count = std::min(count, hub().settings().history.page);
  if (room->last_sequence == 0) {
    notice(fmt::format("Nothing has been said in {} yet", room->name));
    co_return;
  }
  notice(fmt::format("What was said in {}, by the time of UTC:", room->name));
  const ChatHistoryQuery query{.key = room->key, .limit = count};
  const auto recent = read_recent(*room, query, hub().history() == nullptr);
  if (recent) {
    show_past(*recent);
    co_return;
  }
  // The room may be gone by the time of the answer.
  const auto read = co_await hub().history()->read(query);
  if (!read) {
    notice("The history cannot be read at the moment");
    co_return;
  }
  std::string lines;
  for (const ChatMessage& message : *read) server_.face.render_past(message, lines);
  send(lines);
}

}  // namespace patchbay
