#include "patchbay/cli/settings.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cassert>

#include "patchbay/base/text.hpp"
#include "patchbay/tools/suggest.hpp"

namespace patchbay {
namespace {

constexpr std::string_view prefix = "PATCHBAY_";

std::string as_variable(std::string_view text) {
  std::string name(text);
  for (char& c : name) {
    if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 'a' + 'A');
    if (c == '-' || c == '.') c = '_';
  }
  return name;
}

// One variable holds the words of a repeated flag with commas between.
std::vector<std::string> split_variable(const Flag& flag, std::string_view value) {
  std::vector<std::string> words;
  if (!flag.is_repeated) return {std::string(value)};
  for (std::size_t begin = 0; begin <= value.size();) {
    const std::size_t comma = std::min(value.find(',', begin), value.size());
    words.emplace_back(value.substr(begin, comma - begin));
    begin = comma + 1;
  }
  return words;
}

std::expected<void, Failure> store(Flag& flag, const std::vector<std::string>& words,
                                   const std::string& called) {
  if (words.size() != 1 && !flag.is_repeated) {
    return std::unexpected(Failure(called + " takes one value", "a list was given", {}));
  }
  if (flag.is_repeated) flag.value.clear();
  for (const std::string& word : words) {
    auto stored = flag.value.assign(word);
    if (stored) continue;
    Failure failure = std::move(stored.error());
    failure.what = fmt::format("{} cannot be '{}'", called, escape_terminal(word));
    return std::unexpected(std::move(failure));
  }
  return {};
}

bool names(const std::vector<std::string>& list, const std::string& name) {
  return std::find(list.begin(), list.end(), name) != list.end();
}

bool are_rivals(const Flag& one, const Flag& other) {
  return names(one.rivals, other.name) || names(other.rivals, one.name);
}

Failure contradiction(const std::string& one, const std::string& other) {
  return {fmt::format("{} and {} cannot stand together", one, other), "they contradict each other",
          "leave one of them out"};
}

// `quiet = false` contradicts nothing.
bool says_something(const Flag& flag, const Setting& setting) {
  if (flag.takes_value()) return true;
  const std::string word = setting.words.empty() ? std::string() : setting.words.front();
  return word != "false" && word != "no" && word != "off" && word != "0";
}

// The setting of a flag that contradicts `mine` and stands in the same place or in a stronger one.
std::optional<Setting> rival_setting(const Command& owner, const Flag& flag, const Setting& mine,
                                     const Settings& settings) {
  for (const Flag& other : owner.flags()) {
    if (!are_rivals(flag, other)) continue;
    std::optional<Setting> theirs = settings.find(owner, other);
    if (theirs && theirs->rank <= mine.rank && says_something(other, *theirs)) return theirs;
  }
  return {};
}

// A flag that says the same as an argument which is there too: `tcp serve 5000 --listen 6000`.
std::expected<void, Failure> check_arguments(const Command& owner, const Given& given) {
  const std::size_t count = std::min(given.arguments.size(), owner.arguments().size());
  for (std::size_t i = 0; i < count; ++i) {
    const Flag& argument = owner.arguments()[i];
    for (const GivenFlag& flag : given.flags) {
      if (!names(argument.rivals, flag.flag->name)) continue;
      return std::unexpected(contradiction(argument.value_name, "--" + flag.flag->name));
    }
  }
  return {};
}

const GivenFlag* given_rival(const Flag& flag, const Given& given) {
  for (const GivenFlag& other : given.flags) {
    if (other.flag == &flag) continue;
    if (are_rivals(flag, *other.flag)) return &other;
  }
  return nullptr;
}

template <class Visit>
void for_each_flag(const Command& command, const Visit& visit) {
  for (const Flag& flag : command.flags()) {
    if (flag.in_settings) visit(command, flag);
  }
  for (const Command& below : command.commands()) for_each_flag(below, visit);
}

std::expected<void, Failure> check_partners(const Command& owner, const Given& given,
                                            const std::vector<const Flag*>& set) {
  const auto is_set = [&](std::string_view name) {
    return std::any_of(set.begin(), set.end(), [&](const Flag* f) { return f->name == name; });
  };
  for (const Flag* flag : set) {
    for (const std::string& partner : flag->partners) {
      if (is_set(partner)) continue;
      const auto missing = std::ranges::find(owner.flags(), partner, &Flag::name);
      assert(missing != owner.flags().end() && "a flag needs one of the same command");
      return std::unexpected(Failure(fmt::format("--{} needs --{} beside it", flag->name, partner),
                                     flag->help, completed_line(owner, given, *missing)));
    }
  }
  for (const Flag& flag : owner.flags()) {
    if (!flag.is_required || is_set(flag.name)) continue;
    return std::unexpected(
        Failure(fmt::format("patchbay {} needs --{} {}", owner.path(), flag.name, flag.value_name),
                flag.help, fmt::format("patchbay {} -h", owner.path())));
  }
  return {};
}

}  // namespace

std::string variable_of(const Command& command, const Flag& flag) {
  return std::string(prefix) + as_variable(key_of(command, flag));
}

std::string key_of(const Command& command, const Flag& flag) {
  const std::string path = command.path('.');
  return path.empty() ? flag.name : path + '.' + flag.name;
}

std::expected<Settings, Failure> Settings::read(const Process& process) {
  Settings settings(process);
  for (const std::string& path : {process.user_settings, process.system_settings}) {
    auto file = read_settings_file(path);
    if (!file) return std::unexpected(std::move(file.error()));
    settings.files_.push_back(std::move(*file));
  }
  return settings;
}

std::optional<Setting> Settings::find(const Command& command, const Flag& flag) const {
  if (!flag.in_settings) return {};
  std::string variable = variable_of(command, flag);
  if (const auto value = process_->variable(variable)) {
    return Setting{split_variable(flag, *value), variable, variable, 0};
  }
  const std::string key = key_of(command, flag);
  int rank = 0;
  for (const SettingsFile& file : files_) {
    ++rank;
    for (const SettingsEntry& entry : file.entries) {
      if (entry.key != key) continue;
      const std::string origin = fmt::format("{}:{}", escape_terminal(file.path), entry.line);
      return Setting{entry.words, origin, fmt::format("{}: {}", origin, key), rank};
    }
  }
  return {};
}

std::expected<void, Failure> assign_setting(Flag& flag, const Setting& setting) {
  return store(flag, setting.words, setting.name);
}

std::expected<void, Failure> assign_flags(Command& owner, const Given& given,
                                          const Settings& settings) {
  if (auto checked = check_arguments(owner, given); !checked) return checked;
  std::vector<const Flag*> set;
  for (Flag& flag : owner.flags()) {
    const GivenFlag* here = given.find(flag);
    const GivenFlag* rival = given_rival(flag, given);
    if (here != nullptr && rival != nullptr) {
      return std::unexpected(contradiction("--" + flag.name, "--" + rival->flag->name));
    }
    if (here != nullptr) {
      auto stored = store(flag, here->words, "--" + flag.name);
      if (!stored) return stored;
      set.push_back(&flag);
      continue;
    }
    if (rival != nullptr) continue;
    const std::optional<Setting> setting = settings.find(owner, flag);
    if (!setting) continue;
    if (const auto other = rival_setting(owner, flag, *setting, settings);
        other && says_something(flag, *setting)) {
      if (other->rank < setting->rank) continue;
      return std::unexpected(contradiction(setting->name, other->name));
    }
    auto stored = assign_setting(flag, *setting);
    if (!stored) return stored;
    set.push_back(&flag);
  }
  return check_partners(owner, given, set);
}

std::vector<UnknownSetting> unknown_keys(const Command& root, const Settings& settings) {
  std::vector<std::string> known;
  for_each_flag(root, [&](const Command& command, const Flag& flag) {
    known.push_back(key_of(command, flag));
  });
  std::vector<UnknownSetting> unknown;
  for (const SettingsFile& file : settings.files()) {
    for (const SettingsEntry& entry : file.entries) {
      if (names(known, entry.key)) continue;
      unknown.push_back({fmt::format("{}:{}", escape_terminal(file.path), entry.line),
                         escape_terminal(entry.key), nearest(entry.key, known)});
    }
  }
  return unknown;
}

std::vector<UnknownSetting> unknown_variables(const Command& root, const Process& process) {
  std::vector<std::string> known;
  for_each_flag(root, [&](const Command& command, const Flag& flag) {
    known.push_back(variable_of(command, flag));
  });
  std::vector<UnknownSetting> unknown;
  for (const std::string& entry : process.environment) {
    const std::string name = entry.substr(0, entry.find('='));
    if (!name.starts_with(prefix) || names(known, name)) continue;
    unknown.push_back({"environment", escape_terminal(name), nearest(name, known)});
  }
  return unknown;
}

}  // namespace patchbay
