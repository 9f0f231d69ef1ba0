#include "patchbay/cli/words.hpp"

#include <fmt/format.h>

#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>
#include <algorithm>
#include <cctype>

#include "patchbay/base/text.hpp"
#include "patchbay/base/units.hpp"
#include "patchbay/cli/completion.hpp"
#include "patchbay/tools/suggest.hpp"

namespace patchbay {
namespace {

bool is_flag(std::string_view word) { return word.size() > 1 && word.front() == '-'; }

// Does this word take the next one as its value? Only flags of the root are known that early.
bool swallows_next(const Command& root, std::string_view word) {
  if (!word.starts_with("--")) return false;
  for (const Flag& flag : root.flags()) {
    if (word.substr(2) == flag.name) return flag.takes_value();
  }
  return false;
}

Failure unknown_command(const Command& group, const std::string& word) {
  std::vector<std::string> names;
  for (const Command& command : group.commands()) names.push_back(command.name());
  const std::string near = nearest(word, names);
  const std::string above = group.parent() == nullptr ? "patchbay" : "patchbay " + group.path();
  return {fmt::format("there is no command '{}'", escape_terminal(word)),
          near.empty() ? std::string() : fmt::format("the nearest is '{}'", near),
          near.empty() ? above + " -h" : above + ' ' + near};
}

// "--script-args" belongs to "--script"; "-PO6" is one with a value, and "-dd" the same twice.
bool is_meant(std::string_view spelling, std::string_view word) {
  if (!word.starts_with(spelling)) return false;
  const std::string_view behind = word.substr(spelling.size());
  if (spelling.starts_with("--")) return behind.empty() || behind.front() == '-';
  return behind.find_first_not_of(fmt::format("0123456789,-{}", spelling.back())) == behind.npos;
}

Failure unknown_flag(Command& root, Command& command, std::string_view word) {
  const std::string_view bare = word.substr(0, word.find('='));
  const std::string where = command.parent() == nullptr ? "patchbay" : "patchbay " + command.path();
  for (const ForeignFlag& foreign : command.foreign_flags()) {
    if (!is_meant(foreign.spelling, bare)) continue;
    return {fmt::format("{} has no flag '{}'", where, escape_terminal(bare)), foreign.why,
            foreign.remedy};
  }
  std::vector<std::string> names;
  for (const std::deque<Flag>* flags : {&command.flags(), &root.flags()}) {
    for (const Flag& flag : *flags) {
      names.push_back("--" + flag.name);
      if (names.back() == fmt::format("{}-file", bare)) {
        return {fmt::format("{} takes no {}", where, escape_terminal(bare)),
                "secrets never come from the command line: every user of the host can read it",
                names.back() + ' ' + flag.value_name};
      }
    }
  }
  const std::string near = nearest(bare, names);
  return {fmt::format("{} has no flag '{}'", where, escape_terminal(bare)),
          near.empty() ? std::string() : fmt::format("the nearest is '{}'", near),
          near.empty() ? where + " --help" : near};
}

bool is_global(const Command& root, std::string_view word) {
  const std::string_view bare = word.substr(0, word.find('='));
  for (const Flag& flag : root.flags()) {
    const bool is_name = bare.starts_with("--") && bare.substr(2) == flag.name;
    const bool is_letter = !bare.starts_with("--") && bare.size() > 1 && bare[1] == flag.letter;
    if (is_name || is_letter) return true;
  }
  return false;
}

// `patchbay tcp --idle 5m serve`: the word that is no command is the value of a misplaced flag.
Failure misplaced_flag(const Command& group, std::string_view flag, std::string_view word) {
  return {fmt::format("'{}' stands before the command it belongs to", escape_terminal(flag)),
          "only global flags may stand there",
          fmt::format("patchbay {}{}COMMAND {} {}", group.path(), group.parent() ? " " : "",
                      escape_terminal(flag), escape_terminal(word))};
}

// The spellings of a flag as CLI11 wants them: "-r,--reply,--answer,!--no-reply".
std::string spellings(const Flag& flag) {
  std::string names = "--" + flag.name;
  if (flag.letter != 0) names += fmt::format(",-{}", flag.letter);
  for (const std::string& alias : flag.aliases) {
    if (alias.starts_with("--") || alias.size() == 2) names += "," + alias;
  }
  if (flag.value.kind == ValueKind::toggle) names += ",!--no-" + flag.name;
  return names;
}

// "-PS22" by an alias "-PS[80]": what is behind its letters, or what stands in its brackets.
std::optional<std::string> attached_value(std::string_view alias, std::string_view word) {
  const std::size_t bracket = alias.find('[');
  if (bracket == alias.npos || !word.starts_with(alias.substr(0, bracket))) return std::nullopt;
  const std::string_view behind = word.substr(bracket);
  const std::string_view usual = alias.substr(bracket + 1, alias.size() - bracket - 2);
  return std::string(behind.empty() ? usual : behind);
}

// As it is written by the flag's own name, where it is one of its rivals' spellings.
std::string own_spelling(const Flag& flag, std::string word) {
  for (const std::string& alias : flag.aliases) {
    if (alias.starts_with("--") || alias.size() <= 2) continue;
    if (word == alias) return "--" + flag.name;
    if (const auto value = attached_value(alias, word)) {
      return fmt::format("--{}={}", flag.name, *value);
    }
  }
  return word;
}

bool is_toggle_spelled(const Flag& flag, const std::string& alias) {
  return !flag.takes_value() && std::ranges::count(flag.aliases, alias) > 0;
}

// "-sSU" is "-sS" and "-sU". What is no flag of them is complained of by itself.
std::vector<std::string> taken_apart(const Command& command, const std::string& word) {
  std::vector<std::string> parts;
  const std::string first = word.substr(0, 3);
  const bool are_several = word.size() > 3 && word[1] != '-' &&
                           std::ranges::any_of(command.flags(), [&](const Flag& flag) {
                             return is_toggle_spelled(flag, first);
                           });
  if (!are_several) return {word};
  for (const char letter : word.substr(2)) parts.push_back({'-', word[1], letter});
  return parts;
}

// Spellings such as nmap's -oX would be read as -o with the value X: they are replaced up front.
std::vector<std::string> without_rival_spellings(const Command& command,
                                                 const std::vector<std::string>& words) {
  std::vector<std::string> own;
  const auto end = std::ranges::find(words, "--");
  for (auto word = words.begin(); word != end; ++word) {
    for (std::string& part : taken_apart(command, *word)) {
      for (const Flag& flag : command.flags()) part = own_spelling(flag, std::move(part));
      own.push_back(std::move(part));
    }
  }
  own.insert(own.end(), end, words.end());
  return own;
}

std::string as_typed(const std::string& word) {
  constexpr std::string_view harmless = "_@%+=:,./-";
  const bool plain = !word.empty() && std::ranges::all_of(word, [&](char c) {
    return std::isalnum(static_cast<unsigned char>(c)) != 0 || harmless.find(c) != harmless.npos;
  });
  return plain ? word : shell_quoted(escape_terminal(word));
}

class Sorter {
 public:
  Sorter(Command& root, Command& command) : root_(root), command_(command) {
    app_.set_help_flag();
    app_.allow_extras();
    brief_ = app_.add_flag("-h");
    full_ = app_.add_flag("--help");
    for (Flag& flag : command.flags()) add(flag);
    if (&command == &root) return;
    for (Flag& flag : root.flags()) add(flag);
  }

  std::expected<Given, Failure> sort(const std::vector<std::string>& words) {
    std::optional<Failure> failure;
    try {
      std::vector<std::string> backwards(words.rbegin(), words.rend());  // as CLI11 takes them
      app_.parse(std::move(backwards));
    } catch (const CLI::ParseError& fault) {
      failure = explain(fault, words);
    }
    Given given;
    collect(given);
    if (given.help != HelpWanted::none || given.version) return given;
    if (failure) return std::unexpected(*failure);
    return split_rest(std::move(given));
  }

 private:
  void add(Flag& flag) {
    if (flag.name == "help") return;  // -h and --help differ
    CLI::Option* option = nullptr;
    if (flag.takes_value()) {
      option = app_.add_option(spellings(flag), [](const CLI::results_t&) { return true; });
      option->expected(1)->allow_extra_args(false);
      // The last one wins, so that an alias of the shell can be overruled.
      option->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
      if (!flag.is_repeated) option->multi_option_policy(CLI::MultiOptionPolicy::TakeLast);
    } else {
      option = app_.add_flag(spellings(flag));
    }
    options_.emplace_back(&flag, option);
  }

  void collect(Given& given) const {
    if (brief_->count() > 0) given.help = HelpWanted::brief;
    if (full_->count() > 0) given.help = HelpWanted::full;
    for (const auto& [flag, option] : options_) {
      if (option->count() == 0) continue;
      if (flag->name == "version") given.version = true;
      std::vector<std::string> words = option->results();
      if (flag->value.kind == ValueKind::tally) {
        const bool counted = words.back() == "true" || words.back() == "1";
        words = {counted ? std::to_string(words.size()) : words.back()};
      } else if (!flag->is_repeated) {
        words.erase(words.begin(), words.end() - 1);
      }
      given.flags.push_back({flag, std::move(words)});
    }
  }

  // With one value a flag at most, the only fault left to CLI11 is a value that is not there.
  Failure explain(const CLI::ParseError& fault, const std::vector<std::string>& words) const {
    for (const auto& [flag, option] : options_) {
      if (!words.empty() && flag->takes_value() && option->check_name(words.back())) {
        return {fmt::format("{} needs a value: {}", words.back(), flag->value_name), flag->help,
                fmt::format("--{} {}", flag->name,
                            flag->value.initial.empty() ? flag->value_name : flag->value.initial)};
      }
    }
    return {"the command line cannot be understood", escape_terminal(fault.what()),
            "patchbay " + command_.path() + " -h"};
  }

  std::expected<Given, Failure> split_rest(Given given) const {
    bool words_only = false;
    for (const std::string& word : app_.remaining()) {
      if (!words_only && word == "--") {
        words_only = true;
      } else if (!words_only && is_flag(word)) {
        return std::unexpected(unknown_flag(root_, command_, word));
      } else {
        given.arguments.push_back(word);
      }
    }
    return given;
  }

  Command& root_;
  Command& command_;
  CLI::App app_;
  CLI::Option* brief_;
  CLI::Option* full_;
  std::vector<std::pair<Flag*, CLI::Option*>> options_;
};

}  // namespace

std::string dashed(const Flag& flag) {
  return flag.letter == 0 ? "--" + flag.name : fmt::format("-{}, --{}", flag.letter, flag.name);
}

const GivenFlag* Given::find(const Flag& flag) const {
  for (const GivenFlag& given : flags) {
    if (given.flag == &flag) return &given;
  }
  return nullptr;
}

std::string completed_line(const Command& command, const Given& given, const Flag& missing) {
  std::string line = "patchbay " + command.path();
  for (const std::string& word : given.arguments) line += ' ' + as_typed(word);
  for (std::size_t i = given.arguments.size(); i < command.arguments().size(); ++i) {
    const Flag& argument = command.arguments()[i];
    if (argument.is_required) line += ' ' + argument.value_name;
  }
  for (const GivenFlag& flag : given.flags) {
    for (const std::string& word : flag.words) {
      line += " --" + flag.flag->name;
      if (flag.flag->takes_value()) line += ' ' + as_typed(word);
    }
  }
  line += " --" + missing.name;
  return missing.takes_value() ? line + ' ' + missing.value_name : line;
}

std::expected<Route, Failure> find_command(Command& root, const std::vector<std::string>& words) {
  Route route{.command = &root, .rest = {}};
  std::size_t behind_name = 0;
  for (std::size_t i = 0; i < words.size(); ++i) {
    // A command that runs may have others below it: they stand right behind its name.
    const bool is_argument =
        route.command->runs() && (i != behind_name || route.command->find(words[i]) == nullptr);
    const bool stays = route.command->commands().empty() || is_flag(words[i]) || is_argument;
    if (!stays) {
      Command* next = route.command->find(words[i]);
      if (next == nullptr) {
        const bool behind_a_flag = i > 0 && is_flag(words[i - 1]) && !is_global(root, words[i - 1]);
        return std::unexpected(behind_a_flag
                                   ? misplaced_flag(*route.command, words[i - 1], words[i])
                                   : unknown_command(*route.command, words[i]));
      }
      route.command = next;
      behind_name = i + 1;
      continue;
    }
    route.rest.push_back(words[i]);
    if (words[i] == "--") {
      route.rest.insert(route.rest.end(), words.begin() + static_cast<std::ptrdiff_t>(i) + 1,
                        words.end());
      break;
    }
    const bool above = !route.command->runs();
    if (above && swallows_next(root, words[i]) && i + 1 < words.size()) {
      route.rest.push_back(words[++i]);
    }
  }
  return route;
}

std::expected<Given, Failure> sort_words(Command& root, Command& command,
                                         const std::vector<std::string>& words) {
  return Sorter(root, command).sort(without_rival_spellings(command, words));
}

std::expected<void, Failure> assign_arguments(Command& command,
                                              const std::vector<std::string>& words) {
  const std::string path = "patchbay " + command.path();
  std::size_t used = 0;
  for (Flag& argument : command.arguments()) {
    if (used == words.size()) {
      if (!argument.is_required) continue;
      return std::unexpected(
          Failure(fmt::format("{} needs {}", path, argument.value_name), argument.help,
                  command.examples().empty() ? path + " -h" : command.examples().front().line));
    }
    if (argument.is_repeated) argument.value.clear();
    do {
      auto stored = argument.value.assign(words[used]);
      if (!stored) {
        Failure failure = std::move(stored.error());
        failure.what =
            fmt::format("{} cannot be '{}'", argument.value_name, escape_terminal(words[used]));
        return std::unexpected(std::move(failure));
      }
      ++used;
    } while (argument.is_repeated && used < words.size());
  }
  if (used == words.size()) return {};
  return std::unexpected(
      Failure(fmt::format("{} has no use for '{}'", path, escape_terminal(words[used])),
              used == 0 ? "it takes no arguments" : "it takes " + format_count(used, "argument"),
              path + " -h"));
}

}  // namespace patchbay
