#include <fmt/format.h>

#include "patchbay/cli/completion.hpp"

namespace patchbay {
namespace {

// bash splits words at "=" too (COMP_WORDBREAKS), so `--color=al` arrives as three.
constexpr const char* head =
    R"(# bash completion for patchbay, printed by `patchbay completion bash`

_patchbay() {
  local cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD-1]} path= i
  COMPREPLY=()
  if [[ $cur == '=' ]]; then
    cur=
  elif [[ $prev == '=' && COMP_CWORD -gt 2 ]]; then
    prev=${COMP_WORDS[COMP_CWORD-2]}
  fi
  for ((i = 1; i < COMP_CWORD; i++)); do
    case "$path/${COMP_WORDS[i]}" in
)";

constexpr const char* tail = R"(  esac
}

complete -F _patchbay patchbay
)";

std::string joined(const std::vector<std::string>& words) {
  return shell_quoted(fmt::format("{}", fmt::join(words, " ")));
}

std::string compgen(std::string_view what) {
  return fmt::format("COMPREPLY=($(compgen {} -- \"$cur\"))", what);
}

// The statement that fills COMPREPLY for a value; `:` where nothing is known.
std::string reply(const Value& value) {
  if (!value.choices.empty()) return compgen("-W " + joined(value.choices));
  switch (value.kind) {
    case ValueKind::file: return "compopt -o filenames; " + compgen("-f");
    case ValueKind::directory: return "compopt -o filenames; " + compgen("-d");
    case ValueKind::host:
    case ValueKind::endpoint: return compgen("-A hostname");
    case ValueKind::interface: return compgen("-W \"$(ls /sys/class/net 2>/dev/null)\"");
    default: return ":";
  }
}

std::string value_cases(const Command& command, std::string_view path) {
  std::string out;
  for (const Flag& flag : command.flags()) {
    if (!flag.takes_value()) continue;
    std::string pattern = fmt::format("{}' --{}'", path, flag.name);
    if (flag.letter != 0) pattern += fmt::format("|{}' -{}'", path, flag.letter);
    out += fmt::format("    {}) {}; return ;;\n", pattern, reply(flag.value));
  }
  return out;
}

std::vector<std::string> flag_words(const Command& command) {
  std::vector<std::string> words;
  for (const Flag& flag : command.flags()) {
    words.push_back("--" + flag.name);
    if (flag.letter != 0) words.push_back(fmt::format("-{}", flag.letter));
  }
  return words;
}

// What may stand at this place when it is no flag: a command, or the value of an argument.
std::string place_reply(const Command& command) {
  std::vector<std::string> names;
  for (const Command& below : command.commands()) {
    if (!below.is_hidden()) names.push_back(below.name());
  }
  if (!names.empty()) {
    return compgen("-W " + joined(names));
  }
  return command.arguments().empty() ? ":" : reply(command.arguments().front().value);
}

}  // namespace

std::string bash_completion(const Command& root) {
  std::string script = head;
  script += fmt::format("      {}) path+=/${{COMP_WORDS[i]}} ;;\n",
                        fmt::join(all_script_paths(root), "|"));
  script += "    esac\n  done\n  case \"$path $prev\" in\n";
  for_each_listed(root, [&](const Command& command) {
    if (&command != &root) script += value_cases(command, script_path(command));
  });
  script += value_cases(root, "*");
  script += "  esac\n  if [[ $cur == -* ]]; then\n    case \"$path\" in\n";
  const std::vector<std::string> global = flag_words(root);
  for_each_listed(root, [&](const Command& command) {
    std::vector<std::string> words;
    if (&command != &root) words = flag_words(command);
    words.insert(words.end(), global.begin(), global.end());
    script +=
        fmt::format("      '{}') {} ;;\n", script_path(command), compgen("-W " + joined(words)));
  });
  script += "    esac\n    return\n  fi\n  case \"$path\" in\n";
  for_each_listed(root, [&](const Command& command) {
    script += fmt::format("    '{}') {} ;;\n", script_path(command), place_reply(command));
  });
  return script + tail;
}

}  // namespace patchbay
