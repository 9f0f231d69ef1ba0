#include <fmt/format.h>

#include "patchbay/cli/completion.hpp"

namespace patchbay {
namespace {

constexpr const char* head =
    R"(# fish completion for patchbay, printed by `patchbay completion fish`

function __patchbay_path
    set -l path ''
    for word in (commandline -opc)[2..-1]
        switch "$path/$word"
)";

constexpr const char* after_paths = R"(                set path "$path/$word"
        end
    end
    echo "$path"
end

function __patchbay_at
    set -l path (__patchbay_path)
    test "$path" = "$argv[1]"
end

complete -c patchbay -f
)";

// fish knows \' and \\ inside of single quotes, and nothing else.
std::string in_quotes(std::string_view text) {
  std::string out = "'";
  for (const char c : text) {
    if (c == '\'' || c == '\\') out += '\\';
    out += c;
  }
  return out + '\'';
}

std::string words_of(const Value& value) {
  if (!value.choices.empty()) {
    return " -a " + in_quotes(fmt::format("{}", fmt::join(value.choices, " ")));
  }
  switch (value.kind) {
    case ValueKind::file: return " -F";
    case ValueKind::directory: return " -a '(__fish_complete_directories)'";
    case ValueKind::host:
    case ValueKind::endpoint: return " -a '(__fish_print_hostnames)'";
    case ValueKind::interface: return " -a '(__fish_print_interfaces)'";
    default: return "";
  }
}

std::string flag_lines(const Command& command, const std::string& condition) {
  std::string out;
  for (const Flag& flag : command.flags()) {
    out += "complete -c patchbay" + condition + " -l " + flag.name;
    if (flag.letter != 0) out += fmt::format(" -s {}", flag.letter);
    // -x asks for a value and offers no files.
    if (flag.takes_value()) {
      out += (flag.value.kind == ValueKind::file ? " -r" : " -x") + words_of(flag.value);
    }
    out += " -d " + in_quotes(flag.help) + '\n';
  }
  return out;
}

}  // namespace

std::string fish_completion(const Command& root) {
  std::string script = head;
  script += fmt::format("            case {}\n", fmt::join(all_script_paths(root), " "));
  script += after_paths;
  script += flag_lines(root, "");
  for_each_listed(root, [&](const Command& command) {
    const std::string condition = fmt::format(" -n '__patchbay_at \"{}\"'", script_path(command));
    if (&command != &root) script += flag_lines(command, condition);
    for (const Command& below : command.commands()) {
      if (below.is_hidden()) continue;
      script += fmt::format("complete -c patchbay{} -a {} -d {}\n", condition, below.name(),
                            in_quotes(below.summary()));
    }
    if (!command.arguments().empty()) {
      const std::string words = words_of(command.arguments().front().value);
      if (!words.empty()) script += "complete -c patchbay" + condition + words + '\n';
    }
  });
  return script;
}

}  // namespace patchbay
