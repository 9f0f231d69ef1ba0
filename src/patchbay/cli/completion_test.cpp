#include "patchbay/cli/completion.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <sstream>

#include "patchbay/cli/sample_tree.hpp"

namespace patchbay {
namespace {

std::string script_for(const char* shell) { return run_sample({"completion", shell}).out; }

// The words that a shell offers, sorted, with spaces between.
std::string sorted(const std::string& text) {
  std::istringstream in(text);
  std::vector<std::string> words;
  for (std::string word; in >> word;) words.push_back(word);
  std::sort(words.begin(), words.end());
  return fmt::format("{}", fmt::join(words, " "));
}

// COMP_WORDS as bash makes them: "=" is a word of its own.
std::string bash_offers(const std::vector<std::string>& words) {
  const TemporaryFile script(script_for("bash"));
  std::string quoted;
  for (const std::string& word : words) quoted += ' ' + shell_quoted(word);
  return sorted(
      run_shell(fmt::format("source {}\nCOMP_WORDS=(patchbay{})\nCOMP_CWORD={}\n"
                            "compopt() {{ :; }}\n_patchbay\nprintf '%s\\n' \"${{COMPREPLY[@]}}\"\n",
                            script.path(), quoted, words.size()))
          .text);
}

TEST(BashCompletion, OffersCommandsFlagsAndValues) {
  EXPECT_EQ(bash_offers({"sam"}), "sample");
  EXPECT_EQ(bash_offers({"sample", ""}), "serve");
  EXPECT_EQ(bash_offers({"sample", "serve", "--serv"}), "--service");
  EXPECT_EQ(bash_offers({"sample", "serve", "--js"}), "--json");
  EXPECT_EQ(bash_offers({"sample", "serve", "--service", ""}), "discard echo");
  EXPECT_EQ(bash_offers({"sample", "serve", "--service", "=", "d"}), "discard");
  EXPECT_EQ(bash_offers({"sample", "serve", "--service", "="}), "discard echo");
  EXPECT_EQ(bash_offers({"--color", "a"}), "always auto");
  EXPECT_EQ(bash_offers({"--color", "never", "-v", "sample", "s"}), "serve");
  EXPECT_EQ(bash_offers({"completion", "b"}), "bash");
  EXPECT_EQ(bash_offers({"help", "exit"}), "exit-codes");
  EXPECT_EQ(bash_offers({"sample", "serve", "--idle", ""}), "");
  EXPECT_NE((" " + bash_offers({"sample", "serve", "--interface", "l"}) + " ").find(" lo "),
            std::string::npos);
  EXPECT_EQ(bash_offers({"sample", "serve", "--tls-cert", "/etc/passw"}).find("/etc/passwd"), 0U);
}

TEST(BashCompletion, IsValidBash) {
  const TemporaryFile script(script_for("bash"));
  const ShellRan ran = run_shell("bash -n " + script.path());
  EXPECT_EQ(ran.code, 0) << ran.text;
  EXPECT_EQ(ran.text, "");
}

TEST(ZshCompletion, IsValidZshAndLoads) {
  if (!has_program("zsh")) GTEST_SKIP() << "zsh is not installed";
  const TemporaryFile script(script_for("zsh"));
  const ShellRan syntax = run_shell("zsh -n " + script.path());
  EXPECT_EQ(syntax.code, 0) << syntax.text;
  const ShellRan loaded = run_shell("zsh -f -c 'autoload -U compinit; compinit -D -u; source " +
                                    script.path() + "; print -r -- $_comps[patchbay]'");
  EXPECT_EQ(loaded.text, "_patchbay\n");
}

// zsh completes only in its line editor. What _arguments and _describe are given is caught instead.
TEST(ZshCompletion, HandsTheRightWordsToTheShell) {
  if (!has_program("zsh")) GTEST_SKIP() << "zsh is not installed";
  const TemporaryFile script(script_for("zsh"));
  const TemporaryFile driver(
      "compdef() { : }\n"
      "_arguments() { print -rl -- \"$@\" }\n"
      "_describe() { print -rl -- ${(P)4} }\n"
      "source " +
      script.path() +
      "\n"
      "complete_() { words=(patchbay \"$@\"); CURRENT=$#words; _patchbay; print \"at $CURRENT\" }\n"
      "print '== group'; complete_ -v sample ''\n"
      "print '== command'; complete_ --color=never sample serve --once --ser\n");
  const ShellRan ran = run_shell("zsh -f " + driver.path());
  EXPECT_NE(ran.text.find("== group\nserve:answer clients\nat 2\n"), std::string::npos) << ran.text;
  EXPECT_NE(ran.text.find("--service=[one of \\[these\\]\\: small ones]:NAME:(echo discard)\n"),
            std::string::npos)
      << ran.text;
  EXPECT_NE(ran.text.find("*--allow=[who may come]:HOST:_hosts\n"), std::string::npos) << ran.text;
  EXPECT_NE(ran.text.find("--color=["), std::string::npos) << ran.text;
  EXPECT_NE(ran.text.find("\nat 3\n"), std::string::npos) << ran.text;
}

std::string fish_offers(const std::string& line) {
  const TemporaryFile script(script_for("fish"));
  const ShellRan ran =
      run_shell(fmt::format("fish --no-config -c 'source {}; complete -C {}' | cut -f1\n",
                            script.path(), "\"" + line + "\""));
  return sorted(ran.text);
}

TEST(FishCompletion, OffersCommandsFlagsAndValues) {
  if (!has_program("fish")) GTEST_SKIP() << "fish is not installed";
  EXPECT_EQ(fish_offers("patchbay sam"), "sample");
  EXPECT_EQ(fish_offers("patchbay sample "), "serve");
  EXPECT_EQ(fish_offers("patchbay sample serve --serv"), "--service");
  EXPECT_EQ(fish_offers("patchbay sample serve --js"), "--json");
  EXPECT_EQ(fish_offers("patchbay sample serve --service "), "discard echo");
  EXPECT_EQ(fish_offers("patchbay sample serve --idle "), "");
  EXPECT_EQ(fish_offers("patchbay sample serve --tls-cert /etc/passw").find("/etc/passwd"), 0U);
  EXPECT_EQ(fish_offers("patchbay --color=never sample s"), "serve");
  EXPECT_EQ(fish_offers("patchbay completion b"), "bash");
}

TEST(FishCompletion, IsValidFish) {
  if (!has_program("fish")) GTEST_SKIP() << "fish is not installed";
  const TemporaryFile script(script_for("fish"));
  const ShellRan ran = run_shell("fish --no-config -n " + script.path());
  EXPECT_EQ(ran.code, 0) << ran.text;
}

}  // namespace
}  // namespace patchbay
