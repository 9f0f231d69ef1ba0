#include "patchbay/cli/config_commands.hpp"

#include <fmt/format.h>

#include <optional>

#include "patchbay/base/text.hpp"
#include "patchbay/cli/settings.hpp"

namespace patchbay {
namespace {

struct ConfigFlags {
  std::optional<Surroundings> about;
  bool origin = false;
  bool all = false;
};

template <class Visit>
void for_each_setting(Command& command, const Visit& visit) {
  for (Flag& flag : command.flags()) {
    if (flag.in_settings) visit(command, flag);
  }
  for (Command& below : command.commands()) for_each_setting(below, visit);
}

// A word as TOML writes it: bare for numbers and toggles, else in quotes. JSON's escapes are a
// subset of those of a TOML string.
std::string toml_word(const Flag& flag, const std::string& word) {
  switch (flag.value.kind) {
    case ValueKind::toggle:
      return word == "true" || word == "yes" || word == "on" || word == "1" ? "true" : "false";
    case ValueKind::tally:
    case ValueKind::count:
    case ValueKind::number: return escape_terminal(word);
    default: return json_string(word);
  }
}

std::string toml_value(const Flag& flag, const std::vector<std::string>& words) {
  if (!flag.is_repeated) return toml_word(flag, words.empty() ? "" : words.front());
  std::string list;
  for (const std::string& word : words) list += (list.empty() ? "" : ", ") + toml_word(flag, word);
  return '[' + list + ']';
}

std::optional<Setting> default_of(const Flag& flag) {
  if (flag.value.kind == ValueKind::toggle && flag.value.initial.empty()) {
    return Setting{{"false"}, "default", {}};
  }
  if (flag.value.kind == ValueKind::tally) return Setting{{"0"}, "default", {}};
  if (flag.value.initial.empty()) return {};
  return Setting{{flag.value.initial}, "default", {}};
}

// A default is shown as a comment, so that a file made of the output sets nothing by itself: two
// defaults may contradict each other as settings, and a later version may have better ones.
void show(const std::string& key, const Flag& flag, const Setting& setting, bool origin,
          Output& out) {
  Record record("setting");
  record.text("key", key);
  if (flag.is_repeated) {
    record.list("value", setting.words);
  } else {
    record.text("value", setting.words.front());
  }
  record.text("origin", setting.origin);
  std::string line = fmt::format("{}{} = {}", setting.origin == "default" ? "# " : "", key,
                                 toml_value(flag, setting.words));
  if (origin) line = fmt::format("{:<40}  {}", line, out.style(Tone::dim, "# " + setting.origin));
  out.emit(record, line);
}

int run_show(const ConfigFlags& flags, Output& out) {
  const auto settings = Settings::read(flags.about->process);
  if (!settings) return out.fail(settings.error(), exit_usage);
  std::uint64_t shown = 0;
  for_each_setting(flags.about->root, [&](const Command& command, const Flag& flag) {
    std::optional<Setting> setting = settings->find(command, flag);
    if (!setting && flags.all) setting = default_of(flag);
    if (!setting || setting->words.empty()) return;
    show(key_of(command, flag), flag, *setting, flags.origin, out);
    ++shown;
  });
  out.totals().count("settings", shown);
  if (shown == 0) out.note("nothing is set: every flag has its default (--all shows them)");
  return exit_ok;
}

int run_path(const ConfigFlags& flags, Output& out) {
  const auto settings = Settings::read(flags.about->process);
  if (!settings) return out.fail(settings.error(), exit_usage);
  const char* scope = "user";
  for (const SettingsFile& file : settings->files()) {
    if (!file.path.empty()) {
      out.emit(
          Record("file").text("scope", scope).text("path", file.path).flag("exists", file.exists),
          fmt::format("{:<8}{}{}", scope, escape_terminal(file.path),
                      file.exists ? "" : out.style(Tone::dim, "  (not there)")));
    }
    scope = "system";
  }
  return exit_ok;
}

void report(const UnknownSetting& unknown, Output& out) {
  const std::string advice =
      unknown.nearest.empty() ? std::string() : fmt::format("did you mean {}?", unknown.nearest);
  out.emit(Record("mistake")
               .text("where", unknown.where)
               .text("what", fmt::format("there is no setting '{}'", unknown.name))
               .text("try", advice),
           fmt::format("{}: there is no setting '{}'{}{}", unknown.where, unknown.name,
                       advice.empty() ? "" : "; ", advice));
}

// Tries one setting on its flag; true when the flag takes it.
bool try_setting(Flag& flag, const Setting& setting, Output& out) {
  const auto stored = assign_setting(flag, setting);
  if (stored) return true;
  const Failure& failure = stored.error();
  out.emit(Record("mistake")
               .text("where", setting.origin)
               .text("what", failure.what)
               .text("why", failure.why)
               .text("try", failure.remedy),
           fmt::format("{}: {}; try {}", failure.what, failure.why, failure.remedy));
  return false;
}

// Every entry of the files, not only those that win.
std::uint64_t check_files(Command& root, const Settings& settings, Output& out) {
  std::uint64_t mistakes = 0;
  for_each_setting(root, [&](const Command& command, Flag& flag) {
    const std::string key = key_of(command, flag);
    for (const SettingsFile& file : settings.files()) {
      for (const SettingsEntry& entry : file.entries) {
        if (entry.key != key) continue;
        const std::string where = fmt::format("{}:{}", escape_terminal(file.path), entry.line);
        const Setting setting{entry.words, where, fmt::format("{}: {}", where, key)};
        if (!try_setting(flag, setting, out)) ++mistakes;
      }
    }
  });
  return mistakes;
}

std::uint64_t check_environment(Command& root, const Settings& settings, const Process& process,
                                Output& out) {
  std::uint64_t mistakes = 0;
  for_each_setting(root, [&](const Command& command, Flag& flag) {
    if (!process.variable(variable_of(command, flag))) return;
    const std::optional<Setting> setting = settings.find(command, flag);  // the environment wins
    if (setting && !try_setting(flag, *setting, out)) ++mistakes;
  });
  return mistakes;
}

int run_check(const ConfigFlags& flags, Output& out) {
  const Process& process = flags.about->process;
  Command& root = flags.about->root;
  const auto settings = Settings::read(process);
  if (!settings) return out.fail(settings.error(), exit_usage);
  std::uint64_t mistakes = check_files(root, *settings, out);
  mistakes += check_environment(root, *settings, process, out);
  for (const UnknownSetting& unknown : unknown_keys(root, *settings)) {
    report(unknown, out);
    ++mistakes;
  }
  for (const UnknownSetting& unknown : unknown_variables(root, process)) {
    report(unknown, out);
    ++mistakes;
  }
  out.totals().count("mistakes", mistakes);
  out.complete(true);
  if (mistakes == 0) out.note("no mistakes found");
  return mistakes == 0 ? exit_ok : exit_failed;
}

}  // namespace

void declare_config(Command& root, const Surroundings& about) {
  Command& config = root.group("config", "what is set, and where");
  config.example("patchbay config show --origin", "what is set, and by whom");
  config.example("patchbay config check", "find mistakes");
  config.describe(
      "Settings come from flags, then PATCHBAY_* in the environment, then your "
      "config.toml, then the host's; see `patchbay help config`.");
  {
    auto [show, o] = config.add("show", "print what is set", run_show);
    o.about.emplace(about);
    show.flag("--origin", toggle(o.origin), "say where each value comes from").not_a_setting();
    show.flag("--all", toggle(o.all), "print defaults too").not_a_setting();
    show.example("patchbay config show --origin", "what is set, and by whom");
    show.example("patchbay config show --all > config.toml", "a file to start from");
  }
  {
    auto [check, o] = config.add("check", "find mistakes in the settings", run_check);
    o.about.emplace(about);
    check.example("patchbay config check", "unknown keys and values that no flag takes");
    check.describe(
        "Looks at every entry of both files and at the PATCHBAY_* variables. Exit code "
        "1 says that there are mistakes.");
  }
  {
    auto [path, o] = config.add("path", "name the files that are read", run_path);
    o.about.emplace(about);
    path.example("patchbay config path", "yours first, then the host's");
  }
}

}  // namespace patchbay
