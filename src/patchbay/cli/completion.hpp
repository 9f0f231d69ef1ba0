// Completion scripts for the shells, made from the declarations of the command tree.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "patchbay/tools/command.hpp"

namespace patchbay {

std::string bash_completion(const Command& root);
std::string zsh_completion(const Command& root);
std::string fish_completion(const Command& root);

// Pieces of all three scripts.

// Calls `visit` for the command and all that are not hidden below it, parents first.
void for_each_listed(const Command& command, const std::function<void(const Command&)>& visit);
// "/tcp/serve"; empty for the root. The scripts walk such paths.
std::string script_path(const Command& command);
// The paths of all commands but the root, and hidden ones too: what stands behind them is known.
std::vector<std::string> all_script_paths(const Command& root);
// In single quotes for the shells that read \' outside of quotes only (bash, zsh).
std::string shell_quoted(std::string_view text);

}  // namespace patchbay
