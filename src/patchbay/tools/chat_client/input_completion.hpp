// InputCompletion: what Tab makes of the word before the cursor: a command, a room, a name.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "patchbay/tools/chat_client/chat_model.hpp"
#include "patchbay/tools/chat_client/input_line.hpp"

namespace patchbay::chat_client {

class InputCompletion {
 public:
  // The first call puts the first of what fits in the word's place, each further one the next, and
  // after the last what was typed. False: nothing fits.
  bool next(InputLine& line, const ChatModel& model);
  // Another key came: the next call begins anew.
  void end() { choices_.clear(); }

 private:
  void begin(const InputLine& line, const ChatModel& model);

  std::vector<std::string> choices_;  // the last is the word itself
  std::size_t at_ = 0;                // where the word begins in the line
  std::size_t length_ = 0;            // of what stands there now
  std::size_t next_ = 0;
};

}  // namespace patchbay::chat_client
