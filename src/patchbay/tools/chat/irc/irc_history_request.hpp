// What a CHATHISTORY command asks for (draft/chathistory), taken apart.
//
//   CHATHISTORY BEFORE #room timestamp=2026-03-01T12:00:00.000Z 50
#pragma once

#include <expected>
#include <string_view>

#include "patchbay/tools/chat/room/chat_history.hpp"
#include "patchbay/wire/irc_message.hpp"

namespace patchbay {

// Views of the message.
struct IrcHistoryRequest {
  std::string_view subcommand;
  std::string_view target = {};  // a room or a user; empty: TARGETS, between query.from and .to
  ChatHistoryQuery query = {};   // without its key
};

// What is answered by FAIL.
struct IrcHistoryFault {
  std::string_view code = "INVALID_PARAMS";
  std::string_view subcommand = {};
  std::string_view context = {};  // empty: none
  std::string_view text = {};
};

// More than `page` messages are asked for as so many.
std::expected<IrcHistoryRequest, IrcHistoryFault> read_irc_history(const IrcMessage& message,
                                                                   std::size_t page);

}  // namespace patchbay
