// What flags and the settings file say of a chat server, as values that both fill.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "patchbay/tools/chat/chat_settings.hpp"
#include "patchbay/tools/command.hpp"

namespace patchbay {

struct ChatServeOptions {
  std::vector<std::string> lines = {};
  std::vector<std::string> irc = {};
  std::vector<std::string> ircs = {};
  std::vector<std::string> web = {};
  std::string db = {};
  std::string tls_cert = {};
  std::string tls_key = {};
  bool tls_self = false;
  std::string motd_file = {};
  std::optional<Duration> sts = {};
  ChatSettings settings = {};
};

// Where it listens, what it is called, where it keeps things: flags, and keys of the file itself.
void declare_chat_doors(Command& command, ChatServeOptions& options);
void declare_chat_names(Command& command, ChatServeOptions& options);
void declare_chat_tls(Command& command, ChatServeOptions& options);
// Keys of the file alone: of itself and of its tables.
void declare_chat_rooms(Command& words, ChatServeOptions& options);
void declare_chat_limits(Command& words, ChatLimits& limits);
void declare_chat_history(Command& words, ChatHistorySettings& history);
void declare_chat_accounts(Command& words, ChatAccountSettings& accounts);
void declare_chat_operator(Command& words, ChatOperator& who);

}  // namespace patchbay
