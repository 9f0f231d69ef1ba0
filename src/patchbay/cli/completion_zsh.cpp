#include <fmt/format.h>

#include "patchbay/cli/completion.hpp"

namespace patchbay {
namespace {

// The words up to the command are taken away, so that _arguments sees flags and arguments only.
constexpr const char* head = R"(#compdef patchbay
# zsh completion for patchbay, printed by `patchbay completion zsh`

_patchbay() {
  local path_=
  local -i i=2
  while (( i < CURRENT )); do
    case "$path_/$words[i]" in
)";

constexpr const char* after_paths = R"(        path_+=/$words[i]
        words=("$words[1]" "${(@)words[i+1,-1]}")
        (( CURRENT -= i - 1 ))
        i=2
        ;;
      *) (( i++ )) ;;
    esac
  done
  local -a globals commands
)";

constexpr const char* tail = R"(  esac
}

if [[ "$funcstack[1]" == _patchbay ]]; then
  _patchbay "$@"
else
  compdef _patchbay patchbay
fi
)";

// Inside of a specification of _arguments, "[", "]" and ":" have a meaning.
std::string escaped(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (c == '[' || c == ']' || c == ':' || c == '\\') out += '\\';
    out += c;
  }
  return out;
}

std::string action(const Value& value) {
  if (!value.choices.empty()) return fmt::format("({})", fmt::join(value.choices, " "));
  switch (value.kind) {
    case ValueKind::file: return "_files";
    case ValueKind::directory: return "_files -/";
    case ValueKind::host:
    case ValueKind::endpoint: return "_hosts";
    case ValueKind::interface: return "_net_interfaces";
    default: return " ";  // a message, no words
  }
}

std::string specification(const Flag& flag, const std::string& spelling) {
  const bool repeats = flag.is_repeated || flag.value.kind == ValueKind::tally;
  const std::string attached = flag.takes_value() && spelling.starts_with("--") ? "=" : "";
  std::string spec = repeats ? "*" : "";
  if (!repeats && flag.letter != 0) spec = fmt::format("(-{} --{})", flag.letter, flag.name);
  spec += spelling + attached + '[' + escaped(flag.help) + ']';
  if (flag.takes_value()) spec += ':' + escaped(flag.value_name) + ':' + action(flag.value);
  return shell_quoted(spec);
}

std::string specifications(const Command& command, const char* indent) {
  std::string out;
  for (const Flag& flag : command.flags()) {
    out += indent + specification(flag, "--" + flag.name) + '\n';
    if (flag.letter != 0)
      out += indent + specification(flag, fmt::format("-{}", flag.letter)) + '\n';
  }
  return out;
}

std::string group_case(const Command& group) {
  std::string out = fmt::format("    '{}')\n      commands=(\n", script_path(group));
  for (const Command& command : group.commands()) {
    if (command.is_hidden()) continue;
    out += fmt::format("        {}\n",
                       shell_quoted(escaped(command.name()) + ':' + escaped(command.summary())));
  }
  return out +
         "      )\n"
         "      if [[ $words[CURRENT] == -* ]]; then\n"
         "        _arguments -s -S $globals\n"
         "      else\n"
         "        _describe -t commands command commands\n"
         "      fi\n"
         "      ;;\n";
}

std::string command_case(const Command& command) {
  std::string out = fmt::format("    '{}')\n      local -a specs=(\n", script_path(command));
  out += specifications(command, "        ");
  for (const Flag& argument : command.arguments()) {
    const char* place = argument.is_repeated ? "*:" : argument.is_required ? ":" : "::";
    out += fmt::format("        {}\n", shell_quoted(place + escaped(argument.value_name) + ':' +
                                                    action(argument.value)));
  }
  return out + "      )\n      _arguments -s -S $specs $globals\n      ;;\n";
}

}  // namespace

std::string zsh_completion(const Command& root) {
  std::string script = head;
  script += fmt::format("      {})\n", fmt::join(all_script_paths(root), "|"));
  script += after_paths;
  script += "  globals=(\n" + specifications(root, "    ") + "  )\n  case \"$path_\" in\n";
  for_each_listed(root, [&](const Command& command) {
    script += command.runs() ? command_case(command) : group_case(command);
  });
  return script + tail;
}

}  // namespace patchbay
