// How a command ends: its exit code, and the three sentences that explain a failure.
#pragma once

#include <cstdint>
#include <string>

#include "patchbay/base/error.hpp"

namespace patchbay {

// The codes every command shares. A command may add its own from 10 up, or say
// what a shared one means for it (Command::exit_code).
enum ExitCode : int {
  exit_ok = 0,
  exit_failed = 1,         // it could not be done
  exit_usage = 2,          // the command line, the environment or a settings file is wrong
  exit_partly = 3,         // done for some of the targets, not for all
  exit_permission = 4,     // a right is missing, or the other side refused the credentials
  exit_condition = 5,      // it ran, and what was asked about is true: a difference, a violation
  exit_interrupted = 130,  // SIGINT ended it
};

// permission is exit_permission, cancelled is exit_interrupted, every other fault exit_failed.
ExitCode exit_code_of(const Error& error);

// A failure whose sentences are made at run time, where Error's literals cannot say it. The parts
// are those of Error: one sentence each, no full stop, safe to print on a terminal. `why` and
// `remedy` may be empty.
struct Failure {
  std::string what;
  std::string why;
  std::string remedy;

  Failure() = default;
  Failure(std::string what_failed, std::string reason, std::string advice);
  explicit Failure(const Error& error);
};

}  // namespace patchbay
