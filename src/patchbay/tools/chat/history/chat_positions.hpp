// ChatPositions: where among the messages of a place an id or a time is.
#pragma once

#include <functional>

#include "patchbay/store/database.hpp"
#include "patchbay/tools/chat/history/chat_database.hpp"
#include "patchbay/tools/chat/room/chat_history.hpp"

namespace patchbay {

// A place's ids and times rise with the position (a clock that is set back makes the times of that
// stretch a little vague), so both are found by halving, and no index has to be written for them.
class ChatPositions {
 public:
  // Of a database that outlives it.
  static Result<ChatPositions> prepare(Database& database);

  // The part of the range from the first message on up to the last.
  Result<ChatRange> filled(ChatRange range);
  // The first message that is not before the point; the end of the range if there is none.
  Result<std::int64_t> not_before(ChatRange range, const ChatPoint& point);
  // The first message after the point; likewise.
  Result<std::int64_t> after(ChatRange range, const ChatPoint& point);

 private:
  struct Mark {
    std::uint64_t id = 0;
    WallTime at{};
  };
  ChatPositions(Statement first, Statement last, Statement next)
      : first_(std::move(first)), last_(std::move(last)), next_(std::move(next)) {}
  Result<std::int64_t> find(ChatRange range, const std::function<bool(const Mark&)>& is_reached);

  Statement first_, last_, next_;
};

// Times as they are in the file.
constexpr std::int64_t stored_time(WallTime time) { return time.time_since_epoch().count(); }
constexpr WallTime time_of(std::int64_t stored) {
  return WallTime(std::chrono::microseconds(stored));
}

}  // namespace patchbay
