// SEARCH: messages that have words, are from somebody, in one room or in all of the client's.
//
//   SEARCH in=#room;from=ann;text=good\smorning;limit=20
#include <algorithm>
#include <charconv>
#include <optional>

#include "patchbay/base/ascii.hpp"
#include "patchbay/tools/chat/irc/irc_face.hpp"
#include "patchbay/tools/chat/irc/irc_history.hpp"
#include "patchbay/tools/chat/irc/irc_time.hpp"

namespace patchbay {

namespace {

// Takes one attribute over. False: its value is none.
bool take_attribute(const IrcSession& session, ChatSearch& search, std::string_view key,
                    const std::string& value) {
  if (key == "text") {
    search.text = value;
  } else if (key == "from") {
    search.from = value;
  } else if (key == "in") {
    search.keys = {irc_history_key(session, value)};
    return !search.keys.front().empty();
  } else if (key == "before" || key == "after") {
    const auto time = parse_irc_time(value);
    (key == "before" ? search.before : search.after) = time;
    return time.has_value();
  } else if (key == "limit") {
    const char* const end = value.data() + value.size();
    const auto [at, error] = std::from_chars(value.data(), end, search.limit);
    return error == std::errc() && at == end && search.limit > 0;
  }
  return true;  // others may mean something to others
}

bool has_words(std::string_view text, std::string_view words) {
  while (!words.empty()) {
    const std::string_view word = words.substr(0, words.find(' '));
    if (text.find(word) == text.npos) return false;
    words.remove_prefix(std::min(word.size() + 1, words.size()));
  }
  return true;
}

bool fits(const ChatMessage& message, const ChatSearch& search, std::string_view words) {
  if (search.from && !equal_ignoring_case(message.from.name, *search.from)) return false;
  if (search.after && message.at < *search.after) return false;
  if (search.before && message.at > *search.before) return false;
  return has_words(in_ascii_lower(message.text), words);
}

// Without a history what the rooms remember is all there is.
std::vector<ChatMessage> search_recent(const IrcSession& session, const ChatSearch& search) {
  std::vector<ChatMessage> found;
  const std::string words = in_ascii_lower(search.text);
  for (const std::string& key : search.keys) {
    const ChatRoom* const room = session.hub().find_room(key);
    if (room == nullptr) continue;
    for (const SharedChatMessage& message : room->recent) {
      if (fits(*message, search, words)) found.push_back(*message);
    }
  }
  std::ranges::sort(found, {}, &ChatMessage::id);
  if (found.size() <= search.limit) return found;
  const auto surplus = static_cast<std::ptrdiff_t>(found.size() - search.limit);
  if (search.after) {
    found.erase(found.end() - surplus, found.end());
  } else {
    found.erase(found.begin(), found.begin() + surplus);
  }
  return found;
}

Task<Result<std::vector<ChatMessage>>> read(const IrcSession& session, const ChatSearch& search) {
  // No place is not all places.
  if (search.keys.empty()) co_return std::vector<ChatMessage>();
  ChatHistory* const history = session.hub().history();
  if (history == nullptr) co_return search_recent(session, search);
  co_return co_await history->search(search);
}

}  // namespace

Task<> search_irc(IrcSession& session, const IrcMessage& message) {
  ChatSearch search;
  for (const ChatSeat& seat : session.seats) search.keys.push_back(seat.room->key);
  std::string wrong;
  for_each_irc_tag(message.parameter(0), [&](std::string_view key, std::string_view escaped) {
    const std::string value = unescape_irc_tag_value(escaped);
    if (!take_attribute(session, search, key, value) && wrong.empty()) wrong = key;
  });
  if (!wrong.empty()) {
    session.reply_standard("FAIL", "SEARCH", "INVALID_PARAMS", {wrong}, "Invalid parameters");
    co_return;
  }
  search.limit = std::min(search.limit, session.hub().settings().history.page);
  const auto found = co_await read(session, search);
  if (!found) {
    session.reply_standard("FAIL", "SEARCH", "INTERNAL_ERROR", {}, "The search could not be run");
    co_return;
  }
  session.begin_batch("soju.im/search", {});
  for (const ChatMessage& each : *found) {
    session.reply_line(irc_history_line(each, session.variant.bits));
  }
  session.end_batch();
}

}  // namespace patchbay
