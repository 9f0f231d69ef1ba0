#include "patchbay/cli/help.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "patchbay/base/units.hpp"
#include "patchbay/cli/layout.hpp"

namespace patchbay {
namespace {

using Rows = std::vector<std::pair<std::string, std::string>>;

constexpr std::size_t widest_flag = 30;
constexpr std::size_t widest_example = 52;
constexpr std::size_t brief_examples = 3;

std::string full_name(const Command& command) {
  return command.parent() == nullptr ? "patchbay" : "patchbay " + command.path();
}

// Flags without a letter are moved right, so that all long names stand under each other.
std::pair<std::string, std::string> flag_row(const Flag& flag) {
  const std::string notes = flag_notes(flag);
  return {(flag.letter == 0 ? "    " : "") + flag_spelling(flag),
          notes.empty() ? flag.help : flag.help + ' ' + notes};
}

Rows flag_rows(const Command& command, const std::string& section) {
  Rows rows;
  for (const Flag& flag : command.flags()) {
    if (flag.section == section) rows.push_back(flag_row(flag));
  }
  return rows;
}

Rows argument_rows(const Command& command) {
  Rows rows;
  for (const Flag& argument : command.arguments()) {
    const std::string notes = flag_notes(argument);
    rows.emplace_back(argument.value_name,
                      notes.empty() ? argument.help : argument.help + ' ' + notes);
  }
  return rows;
}

Rows command_rows(const Command& group) {
  Rows rows;
  for (const Command& command : group.commands()) {
    if (!command.is_hidden()) rows.emplace_back(command.name(), command.summary());
  }
  return rows;
}

Rows example_rows(const Command& command, std::size_t most) {
  Rows rows;
  for (const Example& example : command.examples()) {
    if (rows.size() < most) rows.emplace_back(example.line, example.about);
  }
  return rows;
}

std::string titled(const PageStyle& style, std::string_view title, const Rows& rows,
                   std::size_t widest) {
  if (rows.empty()) return {};
  return '\n' + style.heading(title) + '\n' + two_columns(rows, style.columns, widest);
}

std::string opening(const Command& command, const PageStyle& style) {
  return fmt::format("{}\n\n{} {}\n", as_sentence(command.summary()), style.heading("Usage:"),
                     usage_of(command));
}

std::size_t lines_of(std::string_view text) {
  return static_cast<std::size_t>(std::count(text.begin(), text.end(), '\n'));
}

// The first example of a command or of anything below it.
std::string first_example(const Command& command) {
  if (!command.examples().empty()) return command.examples().front().line;
  for (const Command& below : command.commands()) {
    if (std::string line = first_example(below); !line.empty()) return line;
  }
  return {};
}

std::string exit_code_rows(const Command& command, const PageStyle& style) {
  Rows rows;
  for (const OwnExitCode& code : exit_codes_of(command)) {
    rows.emplace_back(std::to_string(code.code), code.about);
  }
  return titled(style, "Exit codes:", rows, widest_flag);
}

bool has_settings(const Command& command) {
  return std::any_of(command.flags().begin(), command.flags().end(),
                     [](const Flag& flag) { return flag.in_settings; });
}

std::string settings_note(const Command& command, const PageStyle& style) {
  std::string name = "PATCHBAY_" + command.path('_') + "_FLAG";
  for (char& c : name) {
    if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 32);
    if (c == '-') c = '_';
  }
  return fmt::format(
      "\n{}\n{}", style.heading("Settings:"),
      wrapped(fmt::format("Each flag can also be set as {} in the environment, or as a key under "
                          "[{}] in config.toml; see `patchbay help config`.",
                          name, command.path('.')),
              style.columns, 2));
}

}  // namespace

std::string PageStyle::heading(std::string_view text) const {
  return output == nullptr ? std::string(text) : output->style(Tone::bold, text);
}

std::string PageStyle::strong(std::string_view text) const {
  return output == nullptr ? std::string(text) : output->style(Tone::accent, text);
}

const std::vector<SharedExitCode>& shared_exit_codes() {
  static const std::vector<SharedExitCode> codes = {
      {exit_ok, "done"},
      {exit_failed, "failed"},
      {exit_usage, "the command line or a setting is wrong"},
      {exit_partly, "done for some targets, failed for others"},
      {exit_permission, "a right is missing, or the credentials were refused"},
      {exit_condition, "the condition asked about is true: a difference, a violation, no match"},
      {exit_interrupted, "interrupted by Ctrl-C"},
  };
  return codes;
}

std::vector<OwnExitCode> exit_codes_of(const Command& command) {
  std::vector<OwnExitCode> codes;
  for (const SharedExitCode& shared : shared_exit_codes())
    codes.push_back({shared.code, shared.about});
  for (const OwnExitCode& own : command.exit_codes()) {
    const auto shared = std::find_if(
        codes.begin(), codes.end(), [&](const OwnExitCode& code) { return code.code == own.code; });
    if (shared == codes.end()) {
      codes.push_back(own);
    } else {
      shared->about = own.about;
    }
  }
  return codes;
}

std::string as_sentence(std::string text) {
  if (!text.empty() && text[0] >= 'a' && text[0] <= 'z') text[0] = static_cast<char>(text[0] - 32);
  return text + '.';
}

std::string argument_usage(const Flag& argument) {
  const std::string& name = argument.value_name;
  const bool has_dots = name.ends_with("…");
  const std::string dots = argument.is_repeated && !has_dots ? "…" : "";
  if (argument.is_required || has_dots) return name + dots;
  const bool has_brackets = name.starts_with('[') && name.find(']') + 1 == name.size();
  return (has_brackets ? name : '[' + name + ']') + dots;
}

std::string usage_of(const Command& command) {
  std::string usage = full_name(command);
  if (!command.runs()) return usage + " COMMAND";
  if (!command.flags().empty()) usage += " [FLAGS]";
  for (const Flag& argument : command.arguments()) usage += ' ' + argument_usage(argument);
  return usage;
}

std::string flag_spelling(const Flag& flag) {
  std::string spelling = flag.letter == 0 ? "" : fmt::format("-{}, ", flag.letter);
  spelling += "--" + flag.name;
  return flag.takes_value() ? spelling + ' ' + flag.value_name : spelling;
}

std::string flag_notes(const Flag& flag) {
  std::vector<std::string> notes;
  const std::vector<std::string>& words = flag.value.choices;
  if (flag.value.kind == ValueKind::choice)
    notes.push_back(fmt::format("{}", fmt::join(words, ", ")));
  if (flag.is_required && !flag.takes_value()) notes.emplace_back("required");
  if (flag.takes_value() && !flag.value.initial.empty()) {
    notes.push_back("default " + flag.value.initial);
  }
  if (flag.is_repeated && !flag.value_name.ends_with("…")) notes.emplace_back("may be repeated");
  return notes.empty() ? std::string() : fmt::format("({})", fmt::join(notes, "; "));
}

std::vector<std::string> sections_of(const Command& command) {
  std::vector<std::string> sections;
  for (const Flag& flag : command.flags()) {
    const bool known = std::find(sections.begin(), sections.end(), flag.section) != sections.end();
    if (!known) sections.push_back(flag.section);
  }
  return sections;
}

std::string map_of_tools(const Command& root, const PageStyle& style) {
  std::string map = fmt::format("{}: {}\n\n", style.heading("Patchbay"), root.summary());
  std::size_t name_width = 0;
  std::size_t summary_width = 0;
  for (const Command& command : root.commands()) {
    if (command.is_hidden()) continue;
    name_width = std::max(name_width, command.name().size());
    summary_width = std::max(summary_width, text_width(command.summary()));
  }
  for (const Command& command : root.commands()) {
    if (command.is_hidden()) continue;
    const std::string example = first_example(command);
    // One that is too long stands under its summary: broken in two it could not be copied.
    const bool fits = name_width + summary_width + text_width(example) + 6 <= style.columns;
    map += fmt::format("  {}{}  {}", style.strong(command.name()),
                       std::string(name_width - command.name().size(), ' '), command.summary());
    if (example.empty()) {
      map += '\n';
    } else if (fits) {
      map += std::string(summary_width - text_width(command.summary()) + 2, ' ') + example + '\n';
    } else {
      map += '\n' + std::string(name_width + 6, ' ') + example + '\n';
    }
  }
  map += "`patchbay COMMAND -h` is short help, `patchbay help` lists its topics.\n";
  return map;
}

std::string brief_help(const Command& root, const Command& command, const PageStyle& style) {
  if (&command == &root) return map_of_tools(root, style);
  const Rows flags = flag_rows(command, {});
  for (std::size_t shown = flags.size();; --shown) {
    const Rows common(flags.begin(), flags.begin() + static_cast<std::ptrdiff_t>(shown));
    std::string page = opening(command, style);
    page += titled(style, "Examples:", example_rows(command, brief_examples), widest_example);
    page += titled(style, "Commands:", command_rows(command), widest_flag);
    page += titled(style, "Arguments:", argument_rows(command), widest_flag);
    page += titled(style, "Flags:", common, widest_flag);
    const std::size_t left = command.flags().size() - shown;
    page += left == 0 ? fmt::format("\nMore: `{} --help`\n", full_name(command))
                      : fmt::format("\n{}: `{} --help`\n", format_count(left, "more flag"),
                                    full_name(command));
    if (lines_of(page) <= brief_help_lines || shown == 0) return page;
  }
}

std::string full_help(const Command& root, const Command& command, const PageStyle& style) {
  std::string page;
  if (&command == &root) {
    page = map_of_tools(root, style);
  } else {
    page = opening(command, style);
    page += titled(style, "Examples:", example_rows(command, command.examples().size()),
                   widest_example);
    if (!command.description().empty()) {
      page += '\n' + wrapped(command.description(), style.columns, 0);
    }
    page += titled(style, "Commands:", command_rows(command), widest_flag);
    page += titled(style, "Arguments:", argument_rows(command), widest_flag);
    for (const std::string& section : sections_of(command)) {
      page += titled(style, section.empty() ? "Flags:" : section + ":", flag_rows(command, section),
                     widest_flag);
    }
  }
  for (const std::string& section : sections_of(root)) {
    page += titled(style, section + ":", flag_rows(root, section), widest_flag);
  }
  if (command.runs()) page += exit_code_rows(command, style);
  if (has_settings(command) && &command != &root) page += settings_note(command, style);
  if (!command.related().empty()) {
    page +=
        fmt::format("\n{} {}\n", style.heading("See also:"), fmt::join(command.related(), ", "));
  }
  return page;
}

}  // namespace patchbay
