// Process: what the world outside hands to the command line. A value, so that tests can make one.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "patchbay/tools/record.hpp"

namespace patchbay {

struct Process {
  std::vector<std::string> words;        // argv without the program's name
  std::vector<std::string> environment;  // "NAME=value"
  std::string user_settings;             // path of config.toml; empty for none
  std::string system_settings = "/etc/patchbay/config.toml";
  int in_fd = 0;
  int out_fd = 1;
  int err_fd = 2;
  bool out_is_terminal = false;
  bool err_is_terminal = false;
  unsigned columns = 80;  // of the terminal at stdout
  WallTime (*wall_clock)() = nullptr;

  // Nothing for a variable that is unset or empty: an empty variable is the usual way to unset one.
  std::optional<std::string_view> variable(std::string_view name) const;
};

// Takes those of the descriptors 0, 1 and 2 that were closed before this program began, so that no
// socket gets the number and is taken for standard output. Using them fails, as it would have.
void hold_standard_descriptors();

// The process we are.
Process this_process(int argc, char** argv);

// $XDG_CONFIG_HOME/patchbay/config.toml, or below $HOME/.config; empty without either. A relative
// XDG_CONFIG_HOME is ignored, as the base directory specification asks.
std::string user_settings_path(const Process& process);

}  // namespace patchbay
