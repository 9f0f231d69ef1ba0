// LIST: rooms with their topics, at the pace of whoever reads them.
#include <algorithm>
#include <charconv>
#include <optional>

#include "patchbay/net/event.hpp"
#include "patchbay/tools/chat/irc/irc_answers.hpp"
#include "patchbay/tools/chat/irc/irc_queries.hpp"
#include "patchbay/tools/chat/irc/irc_targets.hpp"

namespace patchbay {

namespace {

// Rooms are looked for so many at a time: however many there are and however slowly the client
// reads, no more than that is kept of them. Other clients have their turn in between.
constexpr std::size_t k_page = 500;

// What was asked for: names, masks, and ELIST=MNU.
struct Wish {
  std::vector<std::string_view> masks = {};    // one of them fits; none: all rooms
  std::vector<std::string_view> without = {};  // "!mask": none of them fits
  std::optional<std::size_t> more_than = {};   // ">n" members
  std::optional<std::size_t> fewer_than = {};  // "<n"
};

std::optional<std::size_t> number_of(std::string_view text) {
  std::size_t number = 0;
  const char* const end = text.data() + text.size();
  const auto [at, error] = std::from_chars(text.data(), end, number);
  if (error != std::errc() || at != end) return std::nullopt;
  return number;
}

Wish wish_of(std::string_view list) {
  Wish wish;
  while (!list.empty()) {
    const std::string_view item = take_irc_item(list);
    if (item.empty()) continue;
    const auto number = number_of(item.substr(1));
    if (item.front() == '>' && number) {
      wish.more_than = number;
    } else if (item.front() == '<' && number) {
      wish.fewer_than = number;
    } else if (item.front() == '!') {
      wish.without.push_back(item.substr(1));
    } else {
      wish.masks.push_back(item);
    }
  }
  return wish;
}

bool is_wanted(const IrcSession& session, const Wish& wish, const ChatRoom& room) {
  if (!room.is_seen_by(session)) return false;
  if (wish.fewer_than && room.members.size() >= *wish.fewer_than) return false;
  if (wish.more_than && room.members.size() <= *wish.more_than) return false;
  const auto fits = [&](std::string_view mask) { return matches_irc_mask(mask, room.name); };
  if (std::ranges::any_of(wish.without, fits)) return false;
  return wish.masks.empty() || std::ranges::any_of(wish.masks, fits);
}

// The keys of the next rooms behind `after`, in order.
std::vector<std::string> page_behind(IrcSession& session, const Wish& wish,
                                     const std::string& after) {
  std::vector<std::string> keys;
  spend_irc_walk(session, session.hub().room_count());
  session.hub().for_each_room([&](const ChatRoom& room) {
    if (room.key <= after || !is_wanted(session, wish, room)) return;
    if (keys.size() == k_page) {
      if (room.key >= keys.front()) return;
      std::ranges::pop_heap(keys);
      keys.pop_back();
    }
    keys.push_back(room.key);
    std::ranges::push_heap(keys);
  });
  std::ranges::sort_heap(keys);
  return keys;
}

void tell_room(IrcSession& session, const ChatRoom& room) {
  session.reply(322, {room.name, std::to_string(room.members.size()), room.topic.text});
}

}  // namespace

Task<> list_irc(IrcSession& session, const IrcMessage& message) {
  const Wish wish = wish_of(message.parameter(0));
  session.reply(321, {"Channel", "Users  Name"});
  std::string last;
  for (;;) {
    const std::vector<std::string> keys = page_behind(session, wish, last);
    for (const std::string& key : keys) {
      const ChatRoom* const room = session.hub().find_room(key);
      if (room == nullptr || !is_wanted(session, wish, *room)) continue;
      tell_room(session, *room);
      if (irc_is_behind(session) && !co_await irc_has_taken(session)) co_return;
    }
    if (keys.size() < k_page) break;
    last = keys.back();
    if (!co_await yield()) co_return;
  }
  session.reply(323, {"End of /LIST"});
}

}  // namespace patchbay
