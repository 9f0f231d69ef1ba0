#include "patchbay/cli/man.hpp"

#include <fmt/format.h>

#include "patchbay/base/text.hpp"
#include "patchbay/cli/help.hpp"
#include "patchbay/cli/settings.hpp"
#include "patchbay/cli/topics.hpp"

namespace patchbay {
namespace {

// Text of ours for roff. A dash is written \- so that it can be copied into a shell; what is not
// ASCII by its number, so that the page does not depend on a locale.
std::string escaped(std::string_view text) {
  std::string out;
  bool line_begins = true;
  while (!text.empty()) {
    const CodePoint point = decode_utf8(text);
    const char c = text.front();
    text.remove_prefix(point.length);
    if (line_begins && (c == '.' || c == '\'')) out += "\\&";
    line_begins = c == '\n';
    if (point.value >= 0x80) {
      out += fmt::format("\\[u{:04X}]", static_cast<std::uint32_t>(point.value));
    } else if (c == '\\') {
      out += "\\e";
    } else if (c == '-') {
      out += "\\-";
    } else if (c == '\'') {
      out += "\\(aq";
    } else if (c == '^') {
      out += "\\(ha";
    } else if (c == '~') {
      out += "\\(ti";
    } else if (c == '`') {
      out += "\\(ga";
    } else {
      out += c;
    }
  }
  return out;
}

std::string bold(std::string_view text) { return "\\fB" + escaped(text) + "\\fR"; }
std::string italic(std::string_view text) { return "\\fI" + escaped(text) + "\\fR"; }

std::string heading(std::string_view title) { return fmt::format(".SH {}\n", escaped(title)); }

// Paragraphs stay apart; indented lines are shown as they are.
std::string paragraphs(std::string_view text) {
  std::string out;
  bool open = true;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    const std::string_view line = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    if (line.empty()) {
      open = false;
      continue;
    }
    if (!open) out += ".PP\n";
    open = true;
    out += escaped(line) + '\n';
  }
  return out;
}

std::string explained(const Flag& flag) {
  const std::string notes = flag_notes(flag);
  return escaped(as_sentence(notes.empty() ? flag.help : flag.help + ' ' + notes)) + '\n';
}

std::string flag_entry(const Command& owner, const Flag& flag) {
  std::string entry = ".TP\n";
  if (flag.letter != 0) entry += bold(fmt::format("-{}", flag.letter)) + ", ";
  entry += bold("--" + flag.name);
  if (flag.takes_value()) entry += ' ' + italic(flag.value_name);
  entry += '\n' + explained(flag);
  if (flag.in_settings) {
    entry += fmt::format("Environment: {}.\n", bold(variable_of(owner, flag)));
  }
  return entry;
}

std::string synopsis(const Command& command) {
  std::string out = heading("SYNOPSIS");
  out += bold(command.parent() == nullptr ? "patchbay" : "patchbay " + command.path());
  if (!command.runs()) return out + ' ' + italic("COMMAND") + " [" + italic("FLAGS") + "]\n";
  if (!command.flags().empty()) out += " [" + italic("FLAGS") + ']';
  for (const Flag& argument : command.arguments()) out += ' ' + italic(argument_usage(argument));
  return out + '\n';
}

std::string commands(const Command& group) {
  std::string out = heading("COMMANDS");
  for (const Command& command : group.commands()) {
    if (command.is_hidden()) continue;
    out += fmt::format(".TP\n{}(1)\n{}\n", bold(man_page_name(command)),
                       escaped(as_sentence(command.summary())));
  }
  return out;
}

std::string options(const Command& root, const Command& command) {
  std::string out = heading("OPTIONS");
  for (const Flag& argument : command.arguments()) {
    out += fmt::format(".TP\n{}\n{}", italic(argument.value_name), explained(argument));
  }
  std::vector<const Command*> owners = {&command};
  if (&command != &root) owners.push_back(&root);
  for (const Command* owner : owners) {
    for (const std::string& section : sections_of(*owner)) {
      if (!section.empty()) out += fmt::format(".SS {}\n", escaped(section));
      for (const Flag& flag : owner->flags()) {
        if (flag.section == section) out += flag_entry(*owner, flag);
      }
    }
  }
  return out;
}

std::string exit_status(const Command& command) {
  std::string out = heading("EXIT STATUS");
  for (const OwnExitCode& code : exit_codes_of(command)) {
    out += fmt::format(".TP\n{}\n{}\n", bold(std::to_string(code.code)),
                       escaped(as_sentence(code.about)));
  }
  return out;
}

std::string examples(const Command& command) {
  if (command.examples().empty()) return {};
  std::string out = heading("EXAMPLES");
  for (const Example& example : command.examples()) {
    out += fmt::format(".TP\n{}\n{}\n", bold(example.line), escaped(as_sentence(example.about)));
  }
  return out;
}

std::string see_also(const Command& root, const Command& command) {
  std::vector<std::string> pages;
  if (&command != &root) {
    pages.push_back(fmt::format("{}(1)", bold(man_page_name(*command.parent()))));
  }
  for (const std::string& page : command.related()) {
    const std::size_t open = std::min(page.find('('), page.size());
    pages.push_back(bold(page.substr(0, open)) + escaped(page.substr(open)));
  }
  if (pages.empty()) return {};
  return heading("SEE ALSO") + fmt::format("{}\n", fmt::join(pages, ",\n"));
}

}  // namespace

std::string man_page_name(const Command& command) {
  return command.parent() == nullptr ? "patchbay" : "patchbay-" + command.path('-');
}

std::string man_page(const Command& root, const Command& command, std::string_view version) {
  std::string title = man_page_name(command);
  for (char& c : title) {
    if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 32);
  }
  // No date: the page of one version has the same bytes whenever it is made.
  std::string page = fmt::format(".TH {} 1 \"\" \"Patchbay {}\" \"Patchbay Manual\"\n",
                                 escaped(title), escaped(version));
  page += ".nh\n.ad l\n";
  page += heading("NAME") +
          fmt::format("{} \\- {}\n", escaped(man_page_name(command)), escaped(command.summary()));
  page += synopsis(command);
  if (!command.description().empty()) {
    page += heading("DESCRIPTION") + paragraphs(command.description());
  }
  if (!command.commands().empty()) page += commands(command);
  page += examples(command);
  page += options(root, command);
  if (command.runs() || &command == &root) page += exit_status(command);
  return page + see_also(root, command);
}

}  // namespace patchbay
