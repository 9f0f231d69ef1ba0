// A whole run of `chat serve`: from a plan to doors and rooms on a loop, and to an exit code.
#pragma once

#include <expected>
#include <functional>
#include <vector>

#include "patchbay/tools/chat/chat_plan.hpp"
#include "patchbay/tools/output.hpp"

namespace patchbay {

using ReadChatPlan = std::function<std::expected<ChatPlan, std::vector<Failure>>()>;

// Listens, prints and serves until a signal comes; `read_again` is what SIGHUP asks for.
int run_chat_server(ChatPlan plan, ReadChatPlan read_again, Output& out);

}  // namespace patchbay
