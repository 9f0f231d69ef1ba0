// The parser as users meet it: through whole command lines on a sample tree.
#include "patchbay/cli/words.hpp"

#include <gtest/gtest.h>

#include "patchbay/cli/sample_tree.hpp"

namespace patchbay {
namespace {

using testing::Test;

bool has(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

TEST(Words, FlagsMayStandBeforeAndBehindTheCommand) {
  for (const std::vector<std::string>& words :
       {std::vector<std::string>{"-v", "sample", "serve", "7000"},
        {"sample", "-v", "serve", "7000"},
        {"sample", "serve", "-v", "7000"},
        {"sample", "serve", "7000", "-v"},
        {"--color", "never", "-v", "sample", "serve", "7000"},
        {"sample", "--color=never", "serve", "7000", "--verbose"}}) {
    const Ran ran = run_sample(words);
    EXPECT_EQ(ran.code, 0) << ran.err;
    EXPECT_TRUE(has(ran.out, "listen=7000\n")) << ran.out;
    EXPECT_TRUE(has(ran.out, "verbose=1")) << ran.out;
  }
}

TEST(Words, ACommandThatRunsMayHaveOthersBelowIt) {
  struct None {};
  Command root("patchbay", "", nullptr);
  Command& scan = root.add("scan", "", +[](const None&, Output&) { return 0; }).command;
  Command& diff = scan.add("diff", "", +[](const None&, Output&) { return 0; }).command;
  const auto command_of = [&](const std::vector<std::string>& words) {
    const auto route = find_command(root, words);
    return route ? route->command : nullptr;
  };
  EXPECT_EQ(command_of({"scan", "10.0.0.1"}), &scan);
  EXPECT_EQ(command_of({"scan", "diff", "old", "new"}), &diff);
  EXPECT_EQ(command_of({"scan", "host", "diff"}), &scan);
  EXPECT_EQ(command_of({"scan", "-p", "diff"}), &scan);
  EXPECT_EQ(command_of({"scan"}), &scan);
  EXPECT_EQ(find_command(root, {"scan", "diff", "old", "new"})->rest,
            (std::vector<std::string>{"old", "new"}));
  EXPECT_EQ(find_command(root, {"scan", "host", "-v"})->rest,
            (std::vector<std::string>{"host", "-v"}));
}

TEST(Words, EachFormOfAValueIsTaken) {
  EXPECT_TRUE(has(run_sample({"sample", "serve", "--idle", "90s"}).out, "idle_us=90000000\n"));
  EXPECT_TRUE(has(run_sample({"sample", "serve", "--idle=1m30s"}).out, "idle_us=90000000\n"));
  EXPECT_TRUE(has(run_sample({"sample", "serve", "-rhello"}).out, "reply=hello\n"));
  EXPECT_TRUE(has(run_sample({"sample", "serve", "-r", "hello"}).out, "reply=hello\n"));
  EXPECT_TRUE(has(run_sample({"sample", "serve", "--buffer", "1.5KiB"}).out, "buffer=1536\n"));
  EXPECT_TRUE(has(run_sample({"sample", "serve", "-vvv"}).out, "verbose=3"));
  EXPECT_TRUE(has(run_sample({"sample", "serve", "-v", "-v"}).out, "verbose=2"));
}

// CLI11 gives braces and brackets a meaning of their own; no user of ours expects that.
TEST(Words, ValuesReachTheToolUnchanged) {
  for (const std::string value : {"{}", "[a,b]", "a,b", "%%", "", "-x", "--json", "a=b", "\"q\""}) {
    const Ran ran = run_sample({"sample", "serve", "--reply", value});
    EXPECT_EQ(ran.code, 0) << value << ran.err;
    EXPECT_TRUE(has(ran.out, "reply=" + value + "\n")) << ran.out;
  }
  EXPECT_TRUE(has(run_sample({"sample", "serve", "[::1]"}).out, "listen=[::1]\n"));
  EXPECT_TRUE(has(run_sample({"sample", "serve", "--", "-5"}).out, "listen=-5\n"));
  EXPECT_TRUE(has(run_sample({"sample", "serve", "-"}).out, "listen=-\n"));
}

TEST(Words, TheLastOneWinsUnlessRepeated) {
  const Ran ran = run_sample({"sample", "serve", "--max-clients", "3", "--max-clients", "4",
                              "--allow", "a", "--allow", "b"});
  EXPECT_TRUE(has(ran.out, "max_clients=4\n")) << ran.err;
  EXPECT_TRUE(has(ran.out, "allow=a+b\n")) << ran.out;
}

TEST(Words, AliasesAndTheSpellingsOfRivalsWork) {
  EXPECT_TRUE(has(run_sample({"sample", "serve", "--clients", "7"}).out, "max_clients=7\n"));
  EXPECT_TRUE(has(run_sample({"sample", "serve", "-oX"}).out, "hex=true\n"));
}

TEST(Words, ARivalsSpellingMayHaveItsValueRightBehindIt) {
  EXPECT_TRUE(has(run_sample({"sample", "serve", "-oSdiscard"}).out, "service=discard\n"));
  EXPECT_TRUE(has(run_sample({"sample", "serve", "-oS"}).out, "service=echo\n"));
  EXPECT_TRUE(has(run_sample({"sample", "serve", "-oS", "7000"}).out, "listen=7000\n"));
  EXPECT_TRUE(has(run_sample({"sample", "serve", "-oSnone"}).err, "--service"));
  EXPECT_FALSE(has(run_sample({"sample", "serve", "--", "-oSdiscard"}).out, "service=discard\n"));
}

TEST(Words, TogglesOfTwoLettersGoTogether) {
  struct Kinds {
    bool syn = false;
    bool udp = false;
    std::string ports;
  };
  Command root("patchbay", "", nullptr);
  auto [scan, o] = root.add("scan", "", +[](const Kinds&, Output&) { return 0; });
  scan.flag("--syn", toggle(o.syn), "").alias("-sS");
  scan.flag("--udp", toggle(o.udp), "").alias("-sU");
  scan.flag("--ports PORTS", text(o.ports), "").alias("-sP[80]");
  const auto names_of = [&](const std::string& word) {
    std::string names;
    const auto given = sort_words(root, scan, {word});
    if (!given) return given.error().what;
    for (const GivenFlag& flag : given->flags) {
      names += flag.flag->name + "=" + flag.words.front() + " ";
    }
    return names;
  };
  EXPECT_EQ(names_of("-sS"), "syn=true ");
  EXPECT_EQ(names_of("-sSU"), "syn=true udp=true ");
  EXPECT_EQ(names_of("-sUS"), "syn=true udp=true ");
  EXPECT_EQ(names_of("-sP22"), "ports=22 ");
  EXPECT_EQ(names_of("-sSC"), "patchbay scan has no flag '-sC'");
  EXPECT_EQ(names_of("-sS\x1b"), "patchbay scan has no flag '-s\\x1b'");
}

TEST(Words, FlagsOfOtherProgramsAreExplained) {
  struct None {};
  Command root("patchbay", "", nullptr);
  Command& scan = root.add("scan", "", +[](const None&, Output&) { return 0; }).command;
  scan.foreign_flag("-O", "systems are not guessed", "nmap -O");
  scan.foreign_flag("--script", "no scripts are run", "-sV");
  const auto said = [&](const std::string& word) {
    const auto given = sort_words(root, scan, {word});
    return given ? "" : given.error().what + ": " + given.error().why + ": " + given.error().remedy;
  };
  EXPECT_EQ(said("-O"), "patchbay scan has no flag '-O': systems are not guessed: nmap -O");
  EXPECT_EQ(said("-O2"), "patchbay scan has no flag '-O2': systems are not guessed: nmap -O");
  EXPECT_EQ(said("--script=all"), "patchbay scan has no flag '--script': no scripts are run: -sV");
  EXPECT_TRUE(has(said("--script-args"), "no scripts are run"));
  EXPECT_FALSE(has(said("--scripted"), "no scripts are run"));
  EXPECT_FALSE(has(said("-Open"), "systems are not guessed"));
}

TEST(Words, ATogglesOpposite) {
  EXPECT_TRUE(has(run_sample({"sample", "serve", "--hex", "--no-hex"}).out, "hex=false\n"));
  EXPECT_TRUE(has(run_sample({"sample", "serve", "--hex=false"}).out, "hex=false\n"));
}

struct Mistake {
  std::vector<std::string> words;
  const char* what;
  const char* hint;  // in why or try
};

TEST(Words, MistakesAreExitTwoWithAHint) {
  const Mistake mistakes[] = {
      {{"smaple"}, "there is no command 'smaple'", "try: patchbay sample"},
      {{"sample", "sevre"}, "there is no command 'sevre'", "try: patchbay sample serve"},
      {{"sample", "serve", "--max-client", "3"}, "no flag '--max-client'", "try: --max-clients"},
      {{"sample", "serve", "--jsno"}, "no flag '--jsno'", "try: --json"},
      {{"sample", "serve", "-x"}, "no flag '-x'", "serve --help"},
      {{"sample", "serve", "--idle"}, "--idle needs a value: TIME", "try: --idle 5min"},
      {{"sample", "serve", "--idle", "5"}, "--idle cannot be '5'", "try:"},
      {{"sample", "serve", "--idle", "1ms"}, "--idle cannot be '1ms'", "the least is 1s"},
      {{"sample", "serve", "--max-clients", "0"}, "cannot be '0'", "the least is 1"},
      {{"sample", "serve", "--max-clients", "99999"}, "cannot be '99999'", "the most is 1000"},
      {{"sample", "serve", "--max-clients", "99999999999999999999"}, "cannot be", "the most is"},
      {{"sample", "serve", "--max-clients", "3x"}, "cannot be '3x'", "not a whole number"},
      {{"sample", "serve", "--max-clients", "-3"}, "cannot be '-3'", "not a whole number"},
      {{"sample", "serve", "--service", "ehco"}, "cannot be 'ehco'", "try: echo, discard"},
      {{"sample", "serve", "--hex=maybe"}, "--hex cannot be 'maybe'", "true or false"},
      {{"sample", "serve", "1", "2"}, "has no use for '2'", "it takes 1 argument"},
      {{"sample", "serve", "--reply", "a", "--service", "echo"},
       "cannot stand together",
       "leave one"},
      {{"sample", "serve", "--tls-cert", "a file", "1"},
       "--tls-cert needs --tls-key",
       "try: patchbay sample serve 1 --tls-cert 'a file' --tls-key FILE\n"},
      {{"completion"}, "needs SHELL", "try:"},
      {{"sample", "--idle", "5m", "serve"}, "'--idle' stands before", "sample COMMAND --idle 5m"},
  };
  for (const Mistake& mistake : mistakes) {
    const Ran ran = run_sample(mistake.words);
    EXPECT_EQ(ran.code, 2) << mistake.what;
    EXPECT_EQ(ran.out, "") << mistake.what;
    EXPECT_TRUE(ran.err.starts_with("error: ")) << ran.err;
    EXPECT_TRUE(has(ran.err, mistake.what)) << ran.err;
    EXPECT_TRUE(has(ran.err, mistake.hint)) << ran.err;
  }
}

TEST(Words, ASecretOnTheCommandLineIsRefusedWithTheReason) {
  const Ran ran = run_sample({"sample", "serve", "--password", "hunter2"});
  EXPECT_EQ(ran.code, 2);
  EXPECT_TRUE(has(ran.err, "secrets never come from the command line")) << ran.err;
  EXPECT_TRUE(has(ran.err, "--password-file FILE")) << ran.err;
  EXPECT_FALSE(has(ran.err, "hunter2")) << ran.err;
}

TEST(Words, WhatIsEchoedIsEscaped) {
  for (const std::vector<std::string>& words : {std::vector<std::string>{"\x1b[31mx"},
                                                {"sample", "serve", "--\x1b[31mx"},
                                                {"sample", "serve", "--idle", "\x1b[31mx"},
                                                {"help", "\x1b[31mx"}}) {
    const Ran ran = run_sample(words);
    EXPECT_EQ(ran.code, 2);
    EXPECT_FALSE(has(ran.err, "\x1b")) << ran.err;
    EXPECT_TRUE(has(ran.err, "\\x1b")) << ran.err;
  }
}

TEST(Words, HelpWinsOverMistakes) {
  EXPECT_EQ(run_sample({"sample", "serve", "--nonsense", "-h"}).code, 0);
  EXPECT_EQ(run_sample({"sample", "serve", "a", "b", "c", "--help"}).code, 0);
  EXPECT_EQ(run_sample({"completion", "-h"}).code, 0);
  EXPECT_EQ(run_sample({"sample", "serve", "--version"}).out,
            "patchbay " + std::string(program_version()) + "\n");
}

}  // namespace
}  // namespace patchbay
