// Rules for the tree that the program really has: every tool's declarations are checked here.
#include <gtest/gtest.h>

#include <algorithm>
#include <set>
#include <sstream>

#include "patchbay/base/units.hpp"
#include "patchbay/cli/app.hpp"
#include "patchbay/cli/completion.hpp"
#include "patchbay/cli/help.hpp"
#include "patchbay/cli/layout.hpp"
#include "patchbay/cli/man.hpp"
#include "patchbay/cli/sample_tree.hpp"
#include "patchbay/cli/settings.hpp"
#include "patchbay/cli/tools.hpp"
#include "patchbay/cli/topics.hpp"
#include "patchbay/cli/words.hpp"
#include "patchbay/tools/lab/impairment_flags.hpp"

namespace patchbay {
namespace {

class Tree : public testing::Test {
 protected:
  Tree() {
    std::vector<Declare> tools(all_tools().begin(), all_tools().end());
    tools.push_back(declare_sample);
    declare_all(root_, globals_, process_, tools);
  }

  std::vector<const Command*> all() const {
    std::vector<const Command*> commands;
    for_each_listed(root_, [&](const Command& command) { commands.push_back(&command); });
    return commands;
  }

  Process process_;
  Globals globals_;
  Command root_{"patchbay", "a network engineer's workbench", nullptr};
};

std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> lines;
  std::istringstream in(text);
  for (std::string line; std::getline(in, line);) lines.push_back(line);
  return lines;
}

TEST_F(Tree, NoNameIsTakenTwice) {
  for (const Command* command : all()) {
    std::set<std::string> names;
    std::vector<const Command*> owners = {command};
    if (command != &root_) owners.push_back(&root_);
    for (const Command* owner : owners) {
      for (const Flag& flag : owner->flags()) {
        EXPECT_TRUE(names.insert("--" + flag.name).second) << command->path() << " --" << flag.name;
        if (flag.letter != 0) {
          EXPECT_TRUE(names.insert(std::string("-") + flag.letter).second)
              << command->path() << " -" << flag.letter;
        }
        for (const std::string& alias : flag.aliases) {
          EXPECT_TRUE(names.insert(alias).second) << command->path() << ' ' << alias;
          EXPECT_TRUE(flag.takes_value() || !alias.contains('['))
              << command->path() << ' ' << alias;
        }
      }
    }
  }
}

TEST_F(Tree, WhatIsCalledForeignIsNoFlag) {
  std::size_t seen = 0;
  for (Command& command : root_.commands()) {
    for (const ForeignFlag& foreign : command.foreign_flags()) {
      const auto given = sort_words(root_, command, {foreign.spelling});
      ASSERT_FALSE(given) << command.path() << ' ' << foreign.spelling;
      EXPECT_EQ(given.error().why, foreign.why) << command.path() << ' ' << foreign.spelling;
      EXPECT_NE(foreign.remedy, "") << command.path() << ' ' << foreign.spelling;
      ++seen;
    }
  }
  EXPECT_GE(seen, 40U);
}

TEST_F(Tree, FlagsThatNameOthersNameExistingOnes) {
  for (const Command* command : all()) {
    for (const Flag& flag : command->flags()) {
      for (const std::vector<std::string>* list : {&flag.rivals, &flag.partners}) {
        for (const std::string& name : *list) {
          const auto& flags = command->flags();
          EXPECT_TRUE(std::any_of(flags.begin(), flags.end(),
                                  [&](const Flag& other) { return other.name == name; }))
              << command->path() << " --" << flag.name << " names " << name;
        }
      }
    }
  }
}

TEST_F(Tree, NoSecretIsTakenFromTheCommandLine) {
  for (const Command* command : all()) {
    for (const Flag& flag : command->flags()) {
      for (const char* word : {"password", "passphrase", "secret", "token", "community"}) {
        if (flag.name.find(word) == std::string::npos) continue;
        EXPECT_TRUE(!flag.takes_value() || flag.value.kind == ValueKind::file)
            << command->path() << " --" << flag.name;
      }
    }
  }
}

TEST_F(Tree, TextsFollowTheHouseStyle) {
  for (const Command* command : all()) {
    EXPECT_FALSE(command->summary().empty()) << command->path();
    EXPECT_LE(text_width(command->summary()), 40U) << command->path() << ": the map is a table";
    if (command->runs()) EXPECT_FALSE(command->examples().empty()) << command->path();
    for (const Flag& flag : command->flags()) {
      EXPECT_FALSE(flag.help.empty() || flag.help.ends_with('.')) << command->path() << flag.name;
    }
    for (const OwnExitCode& code : command->exit_codes()) {
      EXPECT_TRUE(code.code >= 10 || code.code == exit_partly || code.code == exit_condition)
          << command->path() << ": the other shared codes mean the same everywhere";
    }
    std::set<int> listed;
    for (const OwnExitCode& code : exit_codes_of(*command)) {
      EXPECT_TRUE(listed.insert(code.code).second) << command->path() << ' ' << code.code;
    }
  }
}

TEST_F(Tree, TheMapFitsItsColumns) {
  for (const std::size_t columns : {60U, 80U, 120U}) {
    std::istringstream lines(map_of_tools(root_, {.columns = columns}));
    for (std::string line; std::getline(lines, line);) {
      EXPECT_LE(text_width(line), std::max<std::size_t>(columns, 77)) << line;
    }
  }
}

TEST_F(Tree, EveryExampleOfOursIsUnderstood) {
  for (const Command* command : all()) {
    for (const Example& example : command->examples()) {
      if (!example.line.starts_with("patchbay ")) continue;
      // The shell takes the line apart; a pipe or a redirection ends what we are given.
      const std::string line = example.line.substr(0, example.line.find_first_of("|><;&"));
      const ShellRan split = run_shell("patchbay() { printf '%s\\n' \"$@\"; }\n" + line + "\n");
      const auto route = find_command(root_, lines_of(split.text));
      ASSERT_TRUE(route.has_value()) << example.line << ": " << route.error().what;
      const auto given = sort_words(root_, *route->command, route->rest);
      ASSERT_TRUE(given.has_value()) << example.line << ": " << given.error().what;
      const Settings none(process_);
      const auto set = assign_flags(*route->command, *given, none);
      EXPECT_TRUE(set.has_value()) << example.line << ": " << set.error().what;
      const auto placed = assign_arguments(*route->command, given->arguments);
      EXPECT_TRUE(placed.has_value()) << example.line << ": " << placed.error().what;
    }
  }
}

TEST_F(Tree, ShortHelpFitsAScreen) {
  for (const Command* command : all()) {
    const std::string help = brief_help(root_, *command, {});
    EXPECT_LE(lines_of(help).size(), brief_help_lines) << help;
    EXPECT_GE(lines_of(help).size(), 3U) << command->path();
  }
  EXPECT_LE(lines_of(map_of_tools(root_, {})).size(), 25U);
}

TEST_F(Tree, HelpIsSetForTheTerminal) {
  for (const Command* command : all()) {
    for (const std::string& line : lines_of(full_help(root_, *command, {.columns = 80}))) {
      const bool is_example = line.find("patchbay ") != std::string::npos;
      EXPECT_TRUE(is_example || text_width(line) <= 80) << line;
      EXPECT_FALSE(line.ends_with(' ')) << line;
    }
  }
}

TEST_F(Tree, FullHelpNamesEveryFlag) {
  for (const Command* command : all()) {
    const std::string help = full_help(root_, *command, {});
    for (const Flag& flag : command->flags()) {
      EXPECT_NE(help.find(flag_spelling(flag)), std::string::npos) << flag.name;
    }
  }
}

TEST_F(Tree, TopicsTellOfEveryVariableAndExitCode) {
  const std::string environment = find_topic("environment")->page(root_, {});
  EXPECT_NE(environment.find("PATCHBAY_SAMPLE_SERVE_MAX_CLIENTS"), std::string::npos);
  EXPECT_EQ(environment.find("PATCHBAY_SAMPLE_SERVE_ONCE"), std::string::npos);
  EXPECT_NE(environment.find("NO_COLOR"), std::string::npos);
  const std::string codes = find_topic("exit-codes")->page(root_, {});
  EXPECT_NE(codes.find("10 sample serve"), std::string::npos) << codes;
  EXPECT_NE(codes.find("130"), std::string::npos);
}

// What the page shows of each kind of value is what its parser takes.
TEST_F(Tree, TheTopicOfFormatsShowsWhatIsTaken) {
  const std::string page = find_topic("formats")->page(root_, {});
  const auto shows = [&page](std::string_view word) { return page.find(word) != page.npos; };
  EXPECT_TRUE(shows("1m30s") && parse_duration("1m30s"));
  EXPECT_TRUE(shows("64KB (64,000 bytes)") && parse_size("64KB").value_or(0) == 64'000);
  EXPECT_TRUE(shows("10MB/s") && parse_rate("10MB/s").value_or(0) == 80'000'000);
  EXPECT_TRUE(shows("30/min") && parse_count_rate("30/min").value_or(0) == 0.5);
  EXPECT_TRUE(shows("0.5%") && parse_percent("0.5%").value_or(0) == 0.005);
}

TEST_F(Tree, ManualPagesRenderWithoutWarnings) {
  if (!has_program("man")) GTEST_SKIP() << "man is not installed";
  for (const Command* command : all()) {
    const std::string text = man_page(root_, *command, "0.1.0");
    const TemporaryFile page(text);
    const ShellRan warnings = run_shell(
        "export LC_ALL=C.UTF-8 MANROFFSEQ= MANWIDTH=80\n"
        "man --warnings -E UTF-8 -l -Tutf8 -Z " +
        page.path() + " 2>&1 >/dev/null");
    EXPECT_EQ(warnings.text, "") << text;
  }
}

TEST_F(Tree, AManualPageShowsWhatWasDeclared) {
  if (!has_program("man")) GTEST_SKIP() << "man is not installed";
  const TemporaryFile page(man_page(root_, *root_.find("sample")->find("serve"), "0.1.0"));
  const ShellRan shown =
      run_shell("LC_ALL=C.UTF-8 MANWIDTH=80 man -l " + page.path() + " | col -bx");
  for (const char* part : {"patchbay-sample-serve - answer clients", "-r, --reply TEMPLATE",
                           ".A paragraph that begins with a full stop, and a \\ in it.",
                           "Answer with TEMPLATE; it's {}.", "PATCHBAY_SAMPLE_SERVE_MAX_CLIENTS",
                           "The sample is exhausted.", "--reply 'got: {}'"}) {
    EXPECT_NE(shown.text.find(part), std::string::npos) << part << "\n" << shown.text;
  }
}

}  // namespace
}  // namespace patchbay
