// `chat join` as a whole: a plan, and who shows what comes of it.
#pragma once

#include <cstdint>
#include <string>

#include "patchbay/net/task.hpp"
#include "patchbay/tools/chat_client/chat_plan.hpp"
#include "patchbay/tools/output.hpp"

namespace patchbay::chat_client {

enum class ChatFront : std::uint8_t {
  screen,
  typed,  // plain lines, and somebody types: commands are obeyed
  bot,    // plain lines; what comes in is said as it is
};

// Talks until the user leaves or, of a bot, the input ends; returns the code to exit with. The plan
// and the output are borrowed.
Task<int> join_chat(const ChatPlan& plan, std::string password, ChatFront front, Output& out);

}  // namespace patchbay::chat_client
