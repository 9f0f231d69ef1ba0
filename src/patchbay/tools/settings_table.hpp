// Tables of a TOML file whose keys are flags of a command: the same words, units and ranges, and
// for whatever is wrong a failure that names the line.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "patchbay/tools/command.hpp"
#include "patchbay/tools/outcome.hpp"
#include "patchbay/tools/toml.hpp"

namespace patchbay {

// All that is wrong with a file.
class SettingsFaults {
 public:
  explicit SettingsFaults(std::string_view path);

  void add(const toml::node& at, std::string_view what, std::string why, std::string remedy);
  // "sites.toml:12"
  std::string place(const toml::node& at) const;
  bool empty() const { return faults_.empty(); }
  // In the order of their lines.
  std::vector<Failure> take();

 private:
  struct Fault {
    std::uint32_t line;
    Failure failure;
  };
  std::string path_;
  std::vector<Fault> faults_;  // in that order
};

// Stores one value in a flag: a word, or a list of them where the flag may be repeated. `key` is
// what the file calls it.
void read_flag(Flag& flag, std::string_view key, const toml::node& node, SettingsFaults& faults);

// Stores the entries of a table, "Name" = "value", in a flag that is repeated, each as the word
// "Name" + `joint` + "value". A value may be a list.
void read_pairs(Flag& flag, std::string_view key, std::string_view joint, const toml::node& node,
                SettingsFaults& faults);

// A text without NUL; or tells what it is.
bool read_text(std::string_view key, const toml::node& node, std::string& into,
               SettingsFaults& faults);

// Tells of a key that nothing is called, with the nearest one that something is.
void tell_unknown(std::string_view key, const toml::node& node,
                  const std::vector<std::string>& known, SettingsFaults& faults);

// "path" below `folder`, unless it is absolute.
std::string path_below(const std::string& folder, const std::string& path);

// A flag that is not set where another needs it beside itself.
void check_partners(const Command& command, const toml::table& table, SettingsFaults& faults);

}  // namespace patchbay
