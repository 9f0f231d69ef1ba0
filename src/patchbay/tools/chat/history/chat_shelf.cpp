#include "patchbay/tools/chat/history/chat_shelf.hpp"

#include <algorithm>
#include <iterator>
#include <optional>
#include <utility>

#include "patchbay/store/preparer.hpp"
#include "patchbay/store/transaction.hpp"

namespace patchbay {

namespace {

// Whoever comes and goes makes new places: what is known of them by heart has an end.
constexpr std::size_t k_most_known = 100'000;
// Places that one call of forget() looks at.
constexpr int k_places_a_look = 100;

// What a message is written to, where that is not as its place is called.
std::optional<std::string_view> target_of(bool is_usual, const ChatMessage& message) {
  return is_usual ? std::nullopt : std::optional<std::string_view>(message.to);
}

}  // namespace

Result<ChatShelf::Statements> ChatShelf::prepare(Database& database) {
  Preparer sql(database);
  Statements all = {
      .find_place = sql("SELECT id, last, name FROM place WHERE key = ?1"),
      .add_place = sql("INSERT INTO place(key, name) VALUES(?1, ?2)"),
      .set_topic = sql("UPDATE place SET topic = ?2, topic_by = ?3, topic_at = ?4 WHERE id = ?1"),
      .add_fresh =
          sql("INSERT INTO fresh VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12)"),
      .forget_fresh = sql("DELETE FROM fresh WHERE number <= ?1"),
      .add_message =
          sql("INSERT INTO message VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)"),
      .add_words = sql("INSERT INTO words(rowid, text) VALUES(?1, ?2)"),
      .next_place = sql("SELECT min(id) FROM place WHERE id >= ?1"),
      .old_messages = sql("SELECT position, text FROM message WHERE position >= ?1 AND "
                          "position < ?2 ORDER BY position LIMIT ?3"),
      .forget_words = sql("INSERT INTO words(words, rowid, text) VALUES('delete', ?1, ?2)"),
      .forget_message = sql("DELETE FROM message WHERE position = ?1"),
      .keep_last = sql("UPDATE place SET last = max(last, ?2) WHERE id = ?1"),
      .forget_place = sql("DELETE FROM place WHERE id = ?1 AND topic = '' RETURNING key"),
  };
  if (!sql.result()) return sql.result().error();
  return all;
}

Result<ChatShelf> ChatShelf::open(const std::string& path, const DatabaseOptions& options) {
  auto database = open_chat_database(path, options);
  if (!database) return database.error();
  if (const auto filed = file_leftovers(*database); !filed) return filed.error().about(path);
  auto positions = ChatPositions::prepare(*database);
  if (!positions) return positions.error().about(path);
  auto statements = prepare(*database);
  if (!statements) return statements.error().about(path);
  return ChatShelf(std::move(*database), std::move(*positions), std::move(*statements));
}

// A part of a batch may have been filed before the end came.
Result<> ChatShelf::file_leftovers(Database& database) {
  auto transaction = Transaction::begin(database);
  if (!transaction) return transaction.error();
  for (const char* sql :
       {"INSERT INTO words(rowid, text) SELECT position, text FROM fresh "
        "WHERE position NOT IN (SELECT position FROM message) ORDER BY position",
        "INSERT OR IGNORE INTO message SELECT position, id, at, tone, name, user, host, account, "
        "target, text, tags FROM fresh",
        "DELETE FROM fresh"}) {
    if (const auto done = database.execute(sql); !done) return done;
  }
  return transaction->commit();
}

Result<> ChatShelf::store(std::span<const SharedChatMessage> messages,
                          std::span<const ChatTopicNote> notes) {
  if (const auto appended = append(messages, notes); !appended) return appended;
  return file_everything();
}

Result<> ChatShelf::file_everything() {
  while (unfiled() > 0) {
    if (const auto filed = file(unfiled()); !filed) return filed.error();
  }
  return ok();
}

Result<> ChatShelf::append(std::span<const SharedChatMessage> messages,
                           std::span<const ChatTopicNote> notes) {
  if (is_places_stale_ || places_.size() > k_most_known) {
    // Who looks for a place's last number in the file does not see what is not filed.
    if (const auto filed = file_everything(); !filed) return filed;
    places_.clear();
    is_places_stale_ = false;
  }
  std::vector<Row> rows;
  rows.reserve(messages.size());
  const std::int64_t last_number = last_number_;
  if (const auto appended = append_all(messages, notes, rows); !appended) {
    is_places_stale_ = true;  // what was learned of them may have been undone with the rest
    last_number_ = last_number;
    return appended;
  }
  fresh_.insert(fresh_.end(), std::move_iterator(rows.begin()), std::move_iterator(rows.end()));
  return ok();
}

Result<> ChatShelf::append_all(std::span<const SharedChatMessage> messages,
                               std::span<const ChatTopicNote> notes, std::vector<Row>& rows) {
  auto transaction = Transaction::begin(database_);
  if (!transaction) return transaction.error();
  for (const auto& message : messages) {
    const auto place = place_of(message->key, message->to);
    if (!place) return place.error();
    // A sequence that does not rise is not believed: positions are each message's own.
    Place& in = **place;
    in.last = std::max(static_cast<std::int64_t>(message->sequence), in.last + 1);
    if (in.last > k_most_sequence) return Error(Fault::limit, "number a message");
    const Row& row = rows.emplace_back(Row{.position = positions_of(in.id).begin + in.last,
                                           .message = message,
                                           .is_usual = message->to == in.name});
    const auto added = sql_.add_fresh.run(
        ++last_number_, row.position, message->id, stored_time(message->at),
        static_cast<int>(message->tone), message->from.name, message->from.user, message->from.host,
        message->from.account, target_of(row.is_usual, *message), message->text, message->tags);
    if (!added) return added;
  }
  for (const auto& [key, room, topic] : notes) {
    const auto place = place_of(key, room);
    if (!place) return place.error();
    const auto set = sql_.set_topic.run((*place)->id, topic.text, topic.by, stored_time(topic.at));
    if (!set) return set;
  }
  return transaction->commit();
}

Result<bool> ChatShelf::file(std::size_t most) {
  if (filed_ == filing_.size()) {
    filing_ = std::exchange(fresh_, {});
    filed_ = 0;
    batch_end_ = last_number_;
    // The index of words takes messages in order; out of order it would begin anew with each.
    std::ranges::sort(filing_, {}, &Row::position);
  }
  const auto part = std::span(filing_).subspan(filed_, std::min(most, filing_.size() - filed_));
  const bool is_last = filed_ + part.size() == filing_.size();
  if (const auto filed = file_all(part, is_last); !filed) return filed.error();
  for (Row& row : part) row.message.reset();
  filed_ += part.size();
  return is_last;
}

Result<> ChatShelf::file_all(std::span<const Row> rows, bool is_last) {
  auto transaction = Transaction::begin(database_);
  if (!transaction) return transaction.error();
  for (const auto& [position, message, is_usual] : rows) {
    const auto added = sql_.add_message.run(
        position, message->id, stored_time(message->at), static_cast<int>(message->tone),
        message->from.name, message->from.user, message->from.host, message->from.account,
        target_of(is_usual, *message), message->text, message->tags);
    if (!added) return added;
    const auto words = sql_.add_words.run(position, message->text);
    if (!words) return words;
  }
  if (is_last) {
    if (const auto gone = sql_.forget_fresh.run(batch_end_); !gone) return gone;
  }
  return transaction->commit();
}

Result<ChatShelf::Place*> ChatShelf::place_of(const std::string& key, const std::string& name) {
  const auto known = places_.find(key);
  if (known != places_.end()) return &known->second;
  Place place;
  {
    Rows rows = sql_.find_place.rows(key);
    const auto row = rows.next();
    if (!row) return row.error();
    if (*row) place = {rows.integer(0), rows.integer(1), std::string(rows.text(2))};
  }
  if (place.id == 0) {
    if (const auto added = sql_.add_place.run(key, name); !added) return added.error();
    place = {.id = database_.last_row(), .name = name};
    if (place.id >= k_most_places) return Error(Fault::limit, "number a room of the history");
  } else {
    const auto filled = positions_.filled(positions_of(place.id));
    if (!filled) return filled.error();
    if (filled->end > filled->begin) {
      place.last = std::max(place.last, static_cast<std::int64_t>(sequence_of(filled->end - 1)));
    }
  }
  return &places_.emplace(key, std::move(place)).first->second;
}

Result<bool> ChatShelf::forget(const ChatKeeping& keeping, WallTime now, std::size_t most) {
  if (!keeping.has_limit()) return false;
  // A place that looks empty may have messages that are not filed.
  if (const auto filed = file_everything(); !filed) return filed.error();
  for (int looks = 0; looks < k_places_a_look && most > 0; ++looks) {
    const auto place = sql_.next_place.number(pass_at_);
    if (!place) return place.error();
    if (!*place) {
      pass_at_ = 0;
      return false;
    }
    const auto more = forget_of(**place, keeping, now, most);
    if (!more) return more.error();
    pass_at_ = **place + (*more ? 0 : 1);
  }
  return true;
}

// True: there is more to forget of this place.
Result<bool> ChatShelf::forget_of(std::int64_t place, const ChatKeeping& keeping, WallTime now,
                                  std::size_t& most) {
  const auto filled = positions_.filled(positions_of(place));
  if (!filled) return filled.error();
  ChatRange old = {filled->begin, filled->begin};
  if (keeping.lines != 0 &&
      filled->end - filled->begin > static_cast<std::int64_t>(keeping.lines)) {
    old.end = filled->end - static_cast<std::int64_t>(keeping.lines);
  }
  if (keeping.age != Duration::max()) {
    const auto oldest = now - std::chrono::duration_cast<std::chrono::microseconds>(keeping.age);
    const auto kept = positions_.not_before(*filled, {.id = {}, .at = oldest});
    if (!kept) return kept.error();
    old.end = std::max(old.end, *kept);
  }
  if (old.begin == old.end) return false;

  auto transaction = Transaction::begin(database_);
  if (!transaction) return transaction.error();
  const auto forgotten = forget_up_to(old, most);
  if (!forgotten) return forgotten.error();
  const bool is_whole = *forgotten < most;
  if (is_whole && old.end == filled->end) {
    if (const auto gone = forget_empty(place, filled->end - 1); !gone) return gone.error();
  }
  if (const auto done = transaction->commit(); !done) return done.error();
  most -= *forgotten;
  return !is_whole;
}

Result<std::size_t> ChatShelf::forget_up_to(ChatRange range, std::size_t most) {
  std::vector<std::pair<std::int64_t, std::string>> old;
  {
    Rows rows = sql_.old_messages.rows(range.begin, range.end, most);
    for (;;) {
      const auto row = rows.next();
      if (!row) return row.error();
      if (!*row) break;
      old.emplace_back(rows.integer(0), rows.text(1));
    }
  }
  for (const auto& [position, text] : old) {
    if (const auto words = sql_.forget_words.run(position, text); !words) return words.error();
    if (const auto gone = sql_.forget_message.run(position); !gone) return gone.error();
  }
  return old.size();
}

// Nothing is left in it: a room whose topic is still known goes on where it was, of the rest
// nothing needs to be known any more.
Result<> ChatShelf::forget_empty(std::int64_t place, std::int64_t last) {
  std::string key;
  {
    Rows rows = sql_.forget_place.rows(place);
    const auto row = rows.next();
    if (!row) return row.error();
    if (*row) key = rows.text(0);
  }
  if (key.empty()) return sql_.keep_last.run(place, sequence_of(last));
  places_.erase(key);
  return ok();
}

}  // namespace patchbay
