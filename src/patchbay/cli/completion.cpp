#include "patchbay/cli/completion.hpp"

namespace patchbay {

void for_each_listed(const Command& command, const std::function<void(const Command&)>& visit) {
  if (command.is_hidden()) return;
  visit(command);
  for (const Command& below : command.commands()) for_each_listed(below, visit);
}

std::string script_path(const Command& command) {
  const std::string path = command.path('/');
  return path.empty() ? path : '/' + path;
}

std::vector<std::string> all_script_paths(const Command& root) {
  std::vector<std::string> paths;
  for (const Command& command : root.commands()) {
    paths.push_back(script_path(command));
    for (std::string& below : all_script_paths(command)) paths.push_back(std::move(below));
  }
  return paths;
}

std::string shell_quoted(std::string_view text) {
  std::string out = "'";
  for (const char c : text) {
    if (c == '\'') {
      out += "'\\''";
    } else {
      out += c;
    }
  }
  return out + '\'';
}

}  // namespace patchbay
