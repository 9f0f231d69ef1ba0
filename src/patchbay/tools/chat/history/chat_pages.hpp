// ChatPages: the history as those see it who read it.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "patchbay/tools/chat/history/chat_positions.hpp"
#include "patchbay/tools/chat/room/chat_history.hpp"

namespace patchbay {

// A room as it was when the server ended.
struct ChatRoomBefore {
  std::string room;  // as it is written
  ChatRoomPast past;
};

// A connection that only reads; one thread's at a time. What takes too much work, such as a search
// for a word that everybody uses and a sender who never does, ends with Fault::limit.
class ChatPages {
 public:
  static Result<ChatPages> open(const std::string& path);

  // As those of ChatHistory. What is not known yet has no messages; that is no failure.
  Result<std::vector<ChatMessage>> read(const ChatHistoryQuery& query);
  Result<std::vector<ChatMessage>> search(const ChatSearch& search);
  Result<std::vector<ChatTarget>> targets(const std::vector<std::string>& keys, WallTime from,
                                          WallTime to, std::size_t limit);

  // Is anything known of this key?
  Result<bool> knows(const std::string& key);
  // All rooms, those first in which something was said last, with up to `recent` messages each and
  // `most_messages` in all.
  Result<std::vector<ChatRoomBefore>> rooms(std::size_t recent, std::size_t most_messages);

 private:
  struct Place {
    std::int64_t id = 0;
    std::string key = {};
    std::string name = {};
  };
  struct Room {
    Place place;
    ChatRoomPast past;
    WallTime latest{};
  };
  struct Statements {
    Statement find_place, all_rooms, up, down, search;
  };
  ChatPages(Database database, ChatPositions positions, Statements statements)
      : database_(std::move(database)),
        positions_(std::move(positions)),
        sql_(std::move(statements)) {}

  Result<std::optional<Place>> find(const std::string& key);
  Result<std::vector<ChatMessage>> read_between(const Place& place, const ChatHistoryQuery& query);
  Result<std::vector<ChatMessage>> read_around(const Place& place, const ChatHistoryQuery& query);
  // Of messages in a range the first or the last ones, the oldest first.
  Result<std::vector<ChatMessage>> first(const Place& place, ChatRange range, std::size_t limit);
  Result<std::vector<ChatMessage>> last(const Place& place, ChatRange range, std::size_t limit);
  Result<> search_place(const Place& place, const std::string& words, const ChatSearch& search,
                        std::vector<ChatMessage>& found);
  Result<std::vector<Room>> list_rooms();

  Database database_;
  ChatPositions positions_;
  Statements sql_;
};

}  // namespace patchbay
