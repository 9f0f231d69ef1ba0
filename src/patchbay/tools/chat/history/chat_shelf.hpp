// ChatShelf: the history as the one sees it who writes it.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <unordered_map>
#include <vector>

#include "patchbay/base/time.hpp"
#include "patchbay/tools/chat/history/chat_positions.hpp"
#include "patchbay/tools/chat/room/chat_message.hpp"

namespace patchbay {

// For how long messages are kept, and how many of each place: the last ones, where a number that
// was lost counts as a message.
struct ChatKeeping {
  Duration age = Duration::max();  // no limit
  std::size_t lines = 0;           // no limit

  bool has_limit() const { return age != Duration::max() || lines != 0; }
};

// A room's topic, to be kept over restarts.
struct ChatTopicNote {
  std::string key;
  std::string room;  // as it is written
  ChatTopic topic;
};

// One thread's at a time.
class ChatShelf {
 public:
  // What was appended and not filed, before a program was killed, is filed now.
  static Result<ChatShelf> open(const std::string& path, const DatabaseOptions& options = {});

  // All of them or none, in one transaction, behind all that was said before: that costs the same
  // for one room as for thousands. Faults as the database has them.
  Result<> append(std::span<const SharedChatMessage> messages,
                  std::span<const ChatTopicNote> notes);
  // How many were appended and are not filed: who reads the file does not find them yet.
  std::size_t unfiled() const { return fresh_.size() + filing_.size() - filed_; }
  // Puts at most `most` of them where their room's messages are, in one transaction. They are filed
  // in batches, each of what was appended until it began. True: a batch is complete.
  Result<bool> file(std::size_t most);
  // Both, to the end.
  Result<> store(std::span<const SharedChatMessage> messages, std::span<const ChatTopicNote> notes);

  // Forgets some of what is beyond the limits by `now`, at most `most` messages. True: there may be
  // more. Each pass goes over all places once, and a new one begins with the call after false.
  Result<bool> forget(const ChatKeeping& keeping, WallTime now, std::size_t most);

 private:
  struct Place {
    std::int64_t id = 0;
    std::int64_t last = 0;  // sequence
    std::string name = {};
  };
  struct Row {
    std::int64_t position = 0;
    SharedChatMessage message;
    bool is_usual = false;  // its room is written as the first time
  };
  struct Statements {
    Statement find_place, add_place, set_topic, add_fresh, forget_fresh, add_message, add_words;
    Statement next_place, old_messages, forget_words, forget_message, keep_last, forget_place;
  };
  ChatShelf(Database database, ChatPositions positions, Statements statements)
      : database_(std::move(database)),
        positions_(std::move(positions)),
        sql_(std::move(statements)) {}

  static Result<Statements> prepare(Database& database);
  static Result<> file_leftovers(Database& database);
  Result<> append_all(std::span<const SharedChatMessage> messages,
                      std::span<const ChatTopicNote> notes, std::vector<Row>& rows);
  Result<Place*> place_of(const std::string& key, const std::string& name);
  Result<> file_everything();
  Result<> file_all(std::span<const Row> rows, bool is_last);
  Result<bool> forget_of(std::int64_t place, const ChatKeeping& keeping, WallTime now,
                         std::size_t& most);
  Result<std::size_t> forget_up_to(ChatRange range, std::size_t most);
  Result<> forget_empty(std::int64_t place, std::int64_t last);

  Database database_;
  ChatPositions positions_;
  Statements sql_;
  std::unordered_map<std::string, Place> places_;
  bool is_places_stale_ = false;
  std::vector<Row> fresh_;      // appended, in the order of `fresh`
  std::vector<Row> filing_;     // the batch, in the order of `message`
  std::size_t filed_ = 0;       // of the batch
  std::int64_t batch_end_ = 0;  // the batch's last number in `fresh`
  std::int64_t last_number_ = 0;
  std::int64_t pass_at_ = 0;  // the place that a pass goes on with
};

}  // namespace patchbay
