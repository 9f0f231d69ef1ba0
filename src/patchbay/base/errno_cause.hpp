// What each errno means to the person who meets it on a socket.
#pragma once

#include <span>

#include "patchbay/base/error.hpp"

namespace patchbay {

// `why` is one sentence without its full stop; `remedy` is a command or an action, or "" where
// nothing sensible can be said without knowing more.
struct ErrnoCause {
  int code;
  Fault fault;
  const char* why;
  const char* remedy;
};

// The entry of an errno value, or nullptr when the table has none.
const ErrnoCause* find_errno_cause(int code);

// The whole table, in ascending order of code.
std::span<const ErrnoCause> errno_causes();

}  // namespace patchbay
