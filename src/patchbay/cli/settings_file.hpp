// A config.toml, flattened: [tcp.serve] max-clients = 5 is the key "tcp.serve.max-clients".
#pragma once

#include <expected>
#include <string>
#include <vector>

#include "patchbay/tools/outcome.hpp"

namespace patchbay {

struct SettingsEntry {
  std::string key;
  std::vector<std::string> words;  // as they would stand on the command line; several for an array
  unsigned line = 0;               // from 1
};

struct SettingsFile {
  std::string path;
  bool exists = false;
  std::vector<SettingsEntry> entries;
};

// A file that is not there is an empty one. Files above 1 MiB are refused.
std::expected<SettingsFile, Failure> read_settings_file(const std::string& path);

}  // namespace patchbay
