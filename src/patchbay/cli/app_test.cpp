// Whole runs: exit codes, the JSON stream, and what happens when stdout goes away.
#include "patchbay/cli/app.hpp"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <nlohmann/json.hpp>
#include <sstream>

#include "patchbay/cli/sample_tree.hpp"

namespace patchbay {
namespace {

using nlohmann::json;

bool has(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

std::vector<json> json_lines(const std::string& text) {
  std::vector<json> lines;
  std::istringstream in(text);
  for (std::string line; std::getline(in, line);) lines.push_back(json::parse(line));
  return lines;
}

TEST(App, TheCodeOfTheCommandIsTheExitCode) {
  for (const int code : {0, 3, 4, 5, 10, 130}) {
    EXPECT_EQ(run_sample({"sample", "serve", "--code", std::to_string(code)}).code, code);
  }
}

TEST(App, ResultsGoToStdoutAndNotesToStderr) {
  const Ran ran = run_sample({"sample", "serve"});
  EXPECT_TRUE(ran.out.starts_with("listen=127.0.0.1:5000\n")) << ran.out;
  EXPECT_EQ(ran.err, "a note\n");
  EXPECT_EQ(run_sample({"sample", "serve", "-q"}).err, "");
}

TEST(App, AFailureHasThreeParts) {
  const Ran ran = run_sample({"sample", "serve", "-q", "--code", "1"});
  EXPECT_EQ(ran.code, 1);
  EXPECT_TRUE(ran.err.starts_with("error: cannot connect to 192.0.2.1:80\n  because: ")) << ran.err;
  EXPECT_TRUE(has(ran.err, "\n  try: ")) << ran.err;
}

TEST(App, JsonIsAFramedStream) {
  const Ran ran = run_sample({"sample", "serve", "--json"});
  const std::vector<json> lines = json_lines(ran.out);
  ASSERT_EQ(lines.size(), 3U) << ran.out;
  EXPECT_EQ(lines[0], json::parse(R"({"type":"start","tool":"sample serve","version":")" +
                                  std::string(program_version()) +
                                  R"(","schema":1,"ts":"2001-09-09T01:46:40.000000Z"})"));
  EXPECT_EQ(lines[1]["listen"], "127.0.0.1:5000");
  EXPECT_EQ(lines[2]["type"], "end");
  EXPECT_EQ(lines[2]["clients"], 3);
  EXPECT_EQ(lines[2]["exit"], 0);
  EXPECT_EQ(lines[2]["complete"], true);
}

TEST(App, AJsonFailureIsInTheStreamAndOnStderr) {
  const Ran ran = run_sample({"sample", "serve", "--json", "-q", "--code", "1"});
  const std::vector<json> lines = json_lines(ran.out);
  ASSERT_EQ(lines.size(), 4U) << ran.out;
  EXPECT_EQ(lines[2]["type"], "error");
  EXPECT_EQ(lines[2]["what"], "cannot connect to 192.0.2.1:80");
  EXPECT_TRUE(lines[2].contains("why") && lines[2].contains("try"));
  EXPECT_EQ(lines[3]["complete"], false);
  ASSERT_EQ(json_lines(ran.err).size(), 1U) << ran.err;
  EXPECT_EQ(json_lines(ran.err)[0], lines[2]);
}

TEST(App, AJsonFailureIsSaidOnceWhenBothStreamsAreOneFile) {
  const int both = memfd_create("both", 0);
  EXPECT_EQ(run_sample_into(both, both, {"sample", "serve", "--json", "-q", "--code", "1"}), 1);
  std::string text(static_cast<std::size_t>(lseek(both, 0, SEEK_END)), '\0');
  EXPECT_EQ(pread(both, text.data(), text.size(), 0), static_cast<ssize_t>(text.size()));
  close(both);
  EXPECT_EQ(json_lines(text).size(), 4U) << text;
}

TEST(App, UsageMistakesAreJsonOnStderrOnly) {
  for (const std::vector<std::string>& environment :
       {std::vector<std::string>{}, {"PATCHBAY_JSON=1"}}) {
    std::vector<std::string> words = {"sample", "sevre"};
    if (environment.empty()) words.emplace_back("--json");
    const Ran ran = run_sample(words, environment);
    EXPECT_EQ(ran.code, 2);
    EXPECT_EQ(ran.out, "");
    ASSERT_EQ(json_lines(ran.err).size(), 1U);
    EXPECT_EQ(json_lines(ran.err)[0]["try"], "patchbay sample serve");
  }
}

TEST(App, EveryCommandOfTheProgramSpeaksValidJson) {
  for (const std::vector<std::string>& words : {std::vector<std::string>{"doctor", "--json"},
                                                {"config", "show", "--all", "--json"},
                                                {"config", "path", "--json"},
                                                {"config", "check", "--json"}}) {
    const Ran ran = run_sample(words);
    EXPECT_EQ(ran.code, 0) << words[0];
    const std::vector<json> lines = json_lines(ran.out);
    ASSERT_GE(lines.size(), 2U);
    EXPECT_EQ(lines.front()["type"], "start");
    EXPECT_EQ(lines.back()["type"], "end");
  }
}

TEST(App, PlainTextStaysPlainWithJson) {
  EXPECT_EQ(run_sample({"completion", "bash", "--json"}).out,
            run_sample({"completion", "bash"}).out);
  EXPECT_EQ(run_sample({"man", "--json"}).out, run_sample({"man"}).out);
}

TEST(App, AReaderThatLeftIsNoFailure) {
  std::signal(SIGPIPE, SIG_IGN);  // as main() does
  int ends[2];
  ASSERT_EQ(pipe(ends), 0);
  close(ends[0]);
  const int err = memfd_create("err", 0);
  EXPECT_EQ(run_sample_into(ends[1], err, {"sample", "serve", "-q"}), 0);
  EXPECT_EQ(run_sample_into(ends[1], err, {"sample", "serve", "-q", "--json"}), 0);
  EXPECT_EQ(run_sample_into(ends[1], err, {"help"}), 0);
  EXPECT_EQ(lseek(err, 0, SEEK_END), 0) << "nothing may be said about it";
  close(ends[1]);
  close(err);
}

TEST(App, AFullDiskIsAFailure) {
  const int full = open("/dev/full", O_WRONLY);
  ASSERT_GE(full, 0);
  const int err = memfd_create("err", 0);
  EXPECT_EQ(run_sample_into(full, err, {"sample", "serve", "-q"}), 1);
  EXPECT_EQ(run_sample_into(full, err, {"--version"}), 1);
  std::string text(static_cast<std::size_t>(lseek(err, 0, SEEK_END)), '\0');
  EXPECT_EQ(pread(err, text.data(), text.size(), 0), static_cast<ssize_t>(text.size()));
  EXPECT_TRUE(has(text, "error: cannot write to standard output\n")) << text;
  close(full);
  close(err);
}

TEST(App, AnArgumentAndAFlagThatContradictItAreRefused) {
  EXPECT_EQ(run_sample({"sample", "serve", "--interface", "lo"}).code, exit_ok);
  const Ran ran = run_sample({"sample", "serve", "5000", "--interface", "lo"});
  EXPECT_EQ(ran.code, exit_usage);
  EXPECT_TRUE(ran.err.starts_with("error: [ADDR:]PORT and --interface cannot stand together\n"))
      << ran.err;
}

// Else the loop's own epoll would be descriptor 1, and results would be written into it.
TEST(App, AClosedStandardOutputIsNotTakenByAnother) {
  const pid_t child = fork();
  if (child == 0) {
    close(1);
    hold_standard_descriptors();
    const bool taken = open("/dev/null", O_WRONLY) <= 2;
    _exit(!taken && write(1, "x", 1) == -1 && errno == EBADF ? 0 : 1);
  }
  int status = -1;
  ASSERT_EQ(waitpid(child, &status, 0), child);
  EXPECT_EQ(status, 0);
}

// The build makes a page of each.
TEST(App, ManListsWhatHasAPage) {
  std::istringstream list(run_sample({"man", "--list"}).out);
  std::vector<std::string> lines;
  for (std::string line; std::getline(list, line);) {
    lines.push_back(line);
    std::istringstream words(line);
    std::vector<std::string> command;
    for (std::string word; words >> word;) command.push_back(word);
    command[0] = "man";
    EXPECT_TRUE(run_sample(command).out.starts_with(".TH ")) << line;
  }
  ASSERT_GE(lines.size(), 3U);
  EXPECT_EQ(lines[0], "patchbay");
  EXPECT_EQ(lines[1], "patchbay sample");
  EXPECT_EQ(lines[2], "patchbay sample serve");
}

TEST(App, NoCommandPrintsTheMap) {
  const Ran ran = run_sample({});
  EXPECT_EQ(ran.code, 0);
  EXPECT_TRUE(has(ran.out, "patchbay sample serve 5000 --reply 'got: {}'")) << ran.out;
  EXPECT_TRUE(has(run_sample({"sample"}).out, "serve  answer clients"));
}

}  // namespace
}  // namespace patchbay
