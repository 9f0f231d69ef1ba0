// What a MODE command asks for: letters and their arguments, taken apart.
//
//   +ov-b ann bob *!*@192.0.2.1
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "patchbay/tools/chat/irc/irc_mode_letters.hpp"

namespace patchbay {

struct IrcModeProblem {
  char letter;
  std::string_view argument = {};
  std::string_view why = {};  // 696; empty: there is no such letter, 472
};

struct IrcModeRequest {
  std::vector<ChatModeChange> changes = {};
  std::vector<ChatMode> lists = {};  // that it wants to see, each once
  std::vector<IrcModeProblem> problems = {};
};

// The words behind the room; their views are in the problems. Changes with an argument that are
// more than MODES are left out, as other servers do it, and so are letters that nobody needs twice.
IrcModeRequest read_irc_modes(std::span<const std::string_view> words);

// A whole mask of what people write: "ann" is ann!*@*, "ann@host" *!ann@host.
std::string whole_irc_mask(std::string_view typed);

}  // namespace patchbay
