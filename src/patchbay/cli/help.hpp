// Help texts, made from the declarations of the command tree.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "patchbay/tools/command.hpp"
#include "patchbay/tools/output.hpp"

namespace patchbay {

// How a page is set: its width, and whose colours it uses.
struct PageStyle {
  std::size_t columns = 80;
  const Output* output = nullptr;  // null for no colours

  std::string heading(std::string_view text) const;
  std::string strong(std::string_view text) const;
};

inline constexpr std::size_t brief_help_lines = 40;

// What `patchbay` alone prints: the tools with one example each.
std::string map_of_tools(const Command& root, const PageStyle& style);
// -h: examples, arguments, the common flags; at most brief_help_lines lines.
std::string brief_help(const Command& root, const Command& command, const PageStyle& style);
// --help: everything.
std::string full_help(const Command& root, const Command& command, const PageStyle& style);

// Pieces that the man pages use as well.
std::string usage_of(const Command& command);      // "patchbay tcp serve [FLAGS] HOST:PORT"
std::string argument_usage(const Flag& argument);  // "[[ADDR:]PORT]"
std::string flag_spelling(const Flag& flag);       // "-r, --reply TEMPLATE"
std::string as_sentence(std::string text);         // "Print what is set."
std::string flag_notes(const Flag& flag);          // "(echo, discard; default echo)", or empty
std::vector<std::string> sections_of(const Command& command);  // in the order of declaration

struct SharedExitCode {
  int code;
  const char* about;
};
const std::vector<SharedExitCode>& shared_exit_codes();

// Those of a command, each once: what it says itself of a shared code takes the place of the
// general.
std::vector<OwnExitCode> exit_codes_of(const Command& command);

}  // namespace patchbay
