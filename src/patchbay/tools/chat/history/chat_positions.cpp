#include "patchbay/tools/chat/history/chat_positions.hpp"

#include <utility>

namespace patchbay {

Result<ChatPositions> ChatPositions::prepare(Database& database) {
  auto first =
      database.prepare("SELECT min(position) FROM message WHERE position >= ?1 AND position < ?2");
  if (!first) return first.error();
  auto last =
      database.prepare("SELECT max(position) FROM message WHERE position >= ?1 AND position < ?2");
  if (!last) return last.error();
  auto next = database.prepare(
      "SELECT position, id, at FROM message WHERE position >= ?1 AND position < ?2 "
      "ORDER BY position LIMIT 1");
  if (!next) return next.error();
  return ChatPositions(std::move(*first), std::move(*last), std::move(*next));
}

Result<ChatRange> ChatPositions::filled(ChatRange range) {
  const auto first = first_.number(range.begin, range.end);
  if (!first) return first.error();
  if (!*first) return ChatRange{range.begin, range.begin};
  const auto last = last_.number(range.begin, range.end);
  if (!last) return last.error();
  return ChatRange{**first, last->value_or(**first) + 1};
}

Result<std::int64_t> ChatPositions::not_before(ChatRange range, const ChatPoint& point) {
  return find(range, [&point](const Mark& mark) {
    return point.id ? mark.id >= *point.id : mark.at >= point.at;
  });
}

Result<std::int64_t> ChatPositions::after(ChatRange range, const ChatPoint& point) {
  return find(range, [&point](const Mark& mark) {
    return point.id ? mark.id > *point.id : mark.at > point.at;
  });
}

Result<std::int64_t> ChatPositions::find(ChatRange range,
                                         const std::function<bool(const Mark&)>& is_reached) {
  const auto whole = filled(range);
  if (!whole) return whole.error();
  std::int64_t found = range.end, begin = whole->begin, end = whole->end;
  while (begin < end) {
    const std::int64_t middle = begin + (end - begin) / 2;
    Rows rows = next_.rows(middle, end);
    const auto row = rows.next();
    if (!row) return row.error();
    if (!*row) {
      end = middle;  // those have been forgotten
    } else if (is_reached(
                   {static_cast<std::uint64_t>(rows.integer(1)), time_of(rows.integer(2))})) {
      found = rows.integer(0);
      end = middle;
    } else {
      begin = rows.integer(0) + 1;
    }
  }
  return found;
}

}  // namespace patchbay
