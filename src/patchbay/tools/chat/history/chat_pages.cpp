#include "patchbay/tools/chat/history/chat_pages.hpp"

#include <algorithm>
#include <utility>

#include "patchbay/store/preparer.hpp"
#include "patchbay/store/transaction.hpp"
#include "patchbay/tools/chat/history/chat_search_words.hpp"

namespace patchbay {

namespace {

// About a second of a processor.
constexpr std::uint64_t k_most_steps = 20'000'000;
// Of one answer, whatever is asked for.
constexpr std::size_t k_most_messages = 10'000;

const std::string k_select_messages =
    "SELECT m.position, m.id, m.at, m.tone, m.name, m.user, m.host, m.account, m.target, m.text, "
    "m.tags FROM ";

ChatTone tone_of(std::int64_t stored) {
  return stored >= 0 && stored <= static_cast<std::int64_t>(ChatTone::tags)
             ? static_cast<ChatTone>(stored)
             : ChatTone::message;
}

ChatMessage message_of(const Rows& row, const std::string& key, const std::string& name) {
  return {.id = static_cast<std::uint64_t>(row.integer(1)),
          .sequence = sequence_of(row.integer(0)),
          .key = key,
          .to = row.is_null(8) ? name : std::string(row.text(8)),
          .at = time_of(row.integer(2)),
          .tone = tone_of(row.integer(3)),
          .from = {.name = std::string(row.text(4)),
                   .user = std::string(row.text(5)),
                   .host = std::string(row.text(6)),
                   .account = std::string(row.text(7))},
          .text = std::string(row.text(9)),
          .tags = std::string(row.text(10))};
}

ChatPoint point_at(WallTime time) { return {.id = {}, .at = time}; }

}  // namespace

Result<ChatPages> ChatPages::open(const std::string& path) {
  auto database =
      open_chat_database(path, {.access = DatabaseAccess::read, .most_steps = k_most_steps});
  if (!database) return database.error();
  auto positions = ChatPositions::prepare(*database);
  if (!positions) return positions.error().about(path);
  Preparer sql(*database);
  Statements statements = {
      .find_place = sql("SELECT id, name FROM place WHERE key = ?1"),
      // Keys of two accounts have a blank, and no room's has.
      .all_rooms = sql("SELECT id, key, name, last, topic, topic_by, topic_at FROM place "
                       "WHERE instr(key, ' ') = 0"),
      .up = sql(k_select_messages + "message m WHERE m.position >= ?1 AND m.position < ?2 "
                                    "ORDER BY m.position LIMIT ?3"),
      .down = sql(k_select_messages + "message m WHERE m.position >= ?1 AND m.position < ?2 "
                                      "ORDER BY m.position DESC LIMIT ?3"),
      .search = sql(k_select_messages + "words w CROSS JOIN message m ON m.position = w.rowid "
                                        "WHERE words MATCH ?1 AND w.rowid >= ?2 AND w.rowid < ?3 "
                                        "AND (?4 IS NULL OR m.name = ?4 COLLATE NOCASE) "
                                        "ORDER BY w.rowid DESC LIMIT ?5"),
  };
  if (!sql.result()) return sql.result().error().about(path);
  return ChatPages(std::move(*database), std::move(*positions), std::move(statements));
}

Result<std::optional<ChatPages::Place>> ChatPages::find(const std::string& key) {
  Rows rows = sql_.find_place.rows(key);
  const auto row = rows.next();
  if (!row) return row.error();
  if (!*row) return std::optional<Place>();
  return std::optional(Place{.id = rows.integer(0), .key = key, .name = std::string(rows.text(1))});
}

Result<bool> ChatPages::knows(const std::string& key) {
  const auto place = find(key);
  if (!place) return place.error();
  return place->has_value();
}

Result<std::vector<ChatMessage>> ChatPages::read(const ChatHistoryQuery& query) {
  // One view of the file for all that follows: what is forgotten meanwhile stays in it.
  const auto view = Transaction::begin_reading(database_);
  if (!view) return view.error();
  const auto found = find(query.key);
  if (!found) return found.error();
  if (!*found) return std::vector<ChatMessage>();
  const Place& place = **found;
  ChatRange range = positions_of(place.id);
  using Way = ChatHistoryQuery::Way;
  switch (query.way) {
    case Way::latest:
      if (query.from) {
        const auto begin = positions_.after(range, *query.from);
        if (!begin) return begin.error();
        range.begin = *begin;
      }
      return last(place, range, query.limit);
    case Way::before: {
      const auto end = positions_.not_before(range, query.from.value_or(ChatPoint{}));
      if (!end) return end.error();
      range.end = *end;
      return last(place, range, query.limit);
    }
    case Way::after: {
      const auto begin = positions_.after(range, query.from.value_or(ChatPoint{}));
      if (!begin) return begin.error();
      range.begin = *begin;
      return first(place, range, query.limit);
    }
    case Way::around: return read_around(place, query);
    case Way::between: return read_between(place, query);
  }
  return std::vector<ChatMessage>();
}

Result<std::vector<ChatMessage>> ChatPages::read_around(const Place& place,
                                                        const ChatHistoryQuery& query) {
  const ChatRange range = positions_of(place.id);
  const auto middle = positions_.not_before(range, query.from.value_or(ChatPoint{}));
  if (!middle) return middle.error();
  auto around = last(place, {range.begin, *middle}, query.limit / 2);
  if (!around) return around;
  auto rest = first(place, {*middle, range.end}, query.limit - around->size());
  if (!rest) return rest;
  std::ranges::move(*rest, std::back_inserter(*around));
  return around;
}

Result<std::vector<ChatMessage>> ChatPages::read_between(const Place& place,
                                                         const ChatHistoryQuery& query) {
  const ChatRange range = positions_of(place.id);
  const ChatPoint from = query.from.value_or(ChatPoint{}), to = query.to.value_or(ChatPoint{});
  const auto at_from = positions_.not_before(range, from);
  if (!at_from) return at_from.error();
  const auto at_to = positions_.not_before(range, to);
  if (!at_to) return at_to.error();
  const bool is_forward = *at_from <= *at_to;
  const auto begin = positions_.after(range, is_forward ? from : to);
  if (!begin) return begin.error();
  return is_forward ? first(place, {*begin, *at_to}, query.limit)
                    : last(place, {*begin, *at_from}, query.limit);
}

Result<std::vector<ChatMessage>> ChatPages::first(const Place& place, ChatRange range,
                                                  std::size_t limit) {
  std::vector<ChatMessage> messages;
  Rows rows = sql_.up.rows(range.begin, range.end, std::min(limit, k_most_messages));
  for (;;) {
    const auto row = rows.next();
    if (!row) return row.error();
    if (!*row) return messages;
    messages.push_back(message_of(rows, place.key, place.name));
  }
}

Result<std::vector<ChatMessage>> ChatPages::last(const Place& place, ChatRange range,
                                                 std::size_t limit) {
  std::vector<ChatMessage> messages;
  Rows rows = sql_.down.rows(range.begin, range.end, std::min(limit, k_most_messages));
  for (;;) {
    const auto row = rows.next();
    if (!row) return row.error();
    if (!*row) break;
    messages.push_back(message_of(rows, place.key, place.name));
  }
  std::ranges::reverse(messages);
  return messages;
}

Result<std::vector<ChatMessage>> ChatPages::search(const ChatSearch& search) {
  std::vector<ChatMessage> found;
  const std::string words = chat_search_words(search.text);
  if (words.empty()) return found;
  const auto view = Transaction::begin_reading(database_);
  if (!view) return view.error();
  for (const std::string& key : search.keys) {
    const auto place = find(key);
    if (!place) return place.error();
    if (!*place) continue;
    if (const auto done = search_place(**place, words, search, found); !done) return done.error();
  }
  std::ranges::sort(found, {}, &ChatMessage::id);
  const std::size_t most = std::min(search.limit, k_most_messages);
  if (found.size() > most)
    found.erase(found.begin(), found.end() - static_cast<std::ptrdiff_t>(most));
  return found;
}

Result<> ChatPages::search_place(const Place& place, const std::string& words,
                                 const ChatSearch& search, std::vector<ChatMessage>& found) {
  ChatRange range = positions_of(place.id);
  if (search.after) {
    const auto begin = positions_.after(range, point_at(*search.after));
    if (!begin) return begin.error();
    range.begin = *begin;
  }
  if (search.before) {
    const auto end = positions_.not_before(range, point_at(*search.before));
    if (!end) return end.error();
    range.end = *end;
  }
  Rows rows = sql_.search.rows(words, range.begin, range.end, search.from,
                               std::min(search.limit, k_most_messages));
  for (;;) {
    const auto row = rows.next();
    if (!row) return row.error();
    if (!*row) return ok();
    found.push_back(message_of(rows, place.key, place.name));
  }
}

Result<std::vector<ChatTarget>> ChatPages::targets(const std::vector<std::string>& keys,
                                                   WallTime from, WallTime to, std::size_t limit) {
  const auto view = Transaction::begin_reading(database_);
  if (!view) return view.error();
  std::vector<ChatTarget> targets;
  const auto [oldest, newest] = std::minmax(from, to);
  for (const std::string& key : keys) {
    const auto place = find(key);
    if (!place) return place.error();
    if (!*place) continue;
    ChatRange range = positions_of((*place)->id);
    const auto end = positions_.not_before(range, point_at(newest));
    if (!end) return end.error();
    const auto latest = last(**place, {range.begin, *end}, 1);
    if (!latest) return latest.error();
    if (latest->empty() || latest->front().at <= oldest) continue;
    targets.push_back({.key = key, .to = latest->front().to, .latest = latest->front().at});
  }
  std::ranges::sort(targets, {}, &ChatTarget::latest);
  if (targets.size() > limit) {
    targets.erase(targets.begin(), targets.end() - static_cast<std::ptrdiff_t>(limit));
  }
  return targets;
}

Result<std::vector<ChatPages::Room>> ChatPages::list_rooms() {
  std::vector<Room> rooms;
  Rows rows = sql_.all_rooms.rows();
  for (;;) {
    const auto row = rows.next();
    if (!row) return row.error();
    if (!*row) return rooms;
    rooms.push_back({.place = {.id = rows.integer(0),
                               .key = std::string(rows.text(1)),
                               .name = std::string(rows.text(2))},
                     .past = {.last_sequence = static_cast<std::uint64_t>(rows.integer(3)),
                              .topic = {.text = std::string(rows.text(4)),
                                        .by = std::string(rows.text(5)),
                                        .at = time_of(rows.integer(6))}}});
  }
}

Result<std::vector<ChatRoomBefore>> ChatPages::rooms(std::size_t recent,
                                                     std::size_t most_messages) {
  const auto view = Transaction::begin_reading(database_);
  if (!view) return view.error();
  auto all = list_rooms();
  if (!all) return all.error();
  for (Room& room : *all) {
    const auto latest = last(room.place, positions_of(room.place.id), 1);
    if (!latest) return latest.error();
    if (latest->empty()) continue;
    room.latest = latest->front().at;
    room.past.last_sequence = std::max(room.past.last_sequence, latest->front().sequence);
  }
  std::ranges::sort(*all, std::ranges::greater(), &Room::latest);
  std::vector<ChatRoomBefore> rooms;
  for (Room& room : *all) {
    auto messages = last(room.place, positions_of(room.place.id), std::min(recent, most_messages));
    if (!messages) return messages.error();
    most_messages -= messages->size();
    for (ChatMessage& message : *messages) {
      room.past.recent.push_back(std::make_shared<const ChatMessage>(std::move(message)));
    }
    rooms.push_back({.room = std::move(room.place.name), .past = std::move(room.past)});
  }
  return rooms;
}

}  // namespace patchbay
