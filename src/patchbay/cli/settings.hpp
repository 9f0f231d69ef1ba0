// Settings: where a flag's value comes from. The command line wins over the environment, that over
// the user's file, that over the system's file, and that over the default.
#pragma once

#include <expected>
#include <optional>
#include <string>
#include <vector>

#include "patchbay/cli/process.hpp"
#include "patchbay/cli/settings_file.hpp"
#include "patchbay/cli/words.hpp"
#include "patchbay/tools/command.hpp"

namespace patchbay {

// "PATCHBAY_TCP_SERVE_MAX_CLIENTS", and "tcp.serve.max-clients" in a file.
std::string variable_of(const Command& command, const Flag& flag);
std::string key_of(const Command& command, const Flag& flag);

struct Setting {
  std::vector<std::string> words;
  std::string origin;  // "PATCHBAY_JSON" or "/etc/patchbay/config.toml:3"
  std::string name;    // how that place calls the flag: the variable, the key
  int rank = 0;        // 0 for the environment, then the files in their order: the least wins
};

class Settings {
 public:
  // The environment of `process`, which must outlive it, and no files.
  explicit Settings(const Process& process) : process_(&process) {}

  // Reads both files. A broken file is a failure for every command: to go on would be to ignore
  // what the user asked for.
  static std::expected<Settings, Failure> read(const Process& process);

  // What the environment or a file says of a flag; nothing when neither does.
  std::optional<Setting> find(const Command& command, const Flag& flag) const;

  // Both files, the user's first.
  const std::vector<SettingsFile>& files() const { return files_; }

 private:
  const Process* process_;
  std::vector<SettingsFile> files_;
};

// Stores what was given, and what the settings say of the flags that were not, in the fields of
// `owner`'s flags. A setting that a stronger place contradicts is left out: --verbose overrules
// `quiet = true`, and so does PATCHBAY_VERBOSE. Two in one place that contradict each other are a
// failure.
std::expected<void, Failure> assign_flags(Command& owner, const Given& given,
                                          const Settings& settings);

// Stores the words of one setting in the flag's field.
std::expected<void, Failure> assign_setting(Flag& flag, const Setting& setting);

// A key of a file or a variable that no flag has, with the nearest that is one.
struct UnknownSetting {
  std::string where;  // "/etc/patchbay/config.toml:3", or "environment"
  std::string name;
  std::string nearest;  // may be empty
};
std::vector<UnknownSetting> unknown_keys(const Command& root, const Settings& settings);
std::vector<UnknownSetting> unknown_variables(const Command& root, const Process& process);

}  // namespace patchbay
