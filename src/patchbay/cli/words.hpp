// The words of a command line, sorted into a command, its flags and its arguments.
#pragma once

#include <expected>
#include <string>
#include <vector>

#include "patchbay/tools/command.hpp"
#include "patchbay/tools/outcome.hpp"

namespace patchbay {

// The command that the words name, and the words that are left, in their order.
struct Route {
  Command* command;
  std::vector<std::string> rest;
};

// Walks down from the root. Flags of the root may stand anywhere, also before the command.
std::expected<Route, Failure> find_command(Command& root, const std::vector<std::string>& words);

enum class HelpWanted { none, brief, full };

// What was given for one flag: its words in order, "true" or "false" for a toggle, a number for a
// tally.
struct GivenFlag {
  Flag* flag;
  std::vector<std::string> words;
};

struct Given {
  std::vector<GivenFlag> flags;
  std::vector<std::string> arguments;
  HelpWanted help = HelpWanted::none;
  bool version = false;

  const GivenFlag* find(const Flag& flag) const;
};

// Sorts the words behind a command. Values are not looked at yet. The failure names the nearest
// flag when one is unknown; help wins over every failure.
std::expected<Given, Failure> sort_words(Command& root, Command& command,
                                         const std::vector<std::string>& words);

// Stores the arguments in their fields and checks that none is missing or left over.
std::expected<void, Failure> assign_arguments(Command& command,
                                              const std::vector<std::string>& words);

// What was given, with `missing` added: a line to type. Words that a shell would take apart are in
// quotes; what still has to be chosen is named as in the help.
std::string completed_line(const Command& command, const Given& given, const Flag& missing);

// "--max-clients", or "-v, --verbose" with the letter.
std::string dashed(const Flag& flag);

}  // namespace patchbay
