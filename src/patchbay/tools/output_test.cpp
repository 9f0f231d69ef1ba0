#include "patchbay/tools/output.hpp"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <climits>
#include <csignal>
#include <thread>
#include <vector>

namespace patchbay {
namespace {

// Stdout and stderr in memory.
class Streams {
 public:
  Streams() : out_fd(memfd_create("out", 0)), err_fd(memfd_create("err", 0)) {}
  ~Streams() {
    close(out_fd);
    close(err_fd);
  }
  Streams(const Streams&) = delete;
  Streams& operator=(const Streams&) = delete;

  OutputOptions options() const { return {.out_fd = out_fd, .err_fd = err_fd}; }
  std::string out() const { return contents(out_fd); }
  std::string err() const { return contents(err_fd); }

  const int out_fd;
  const int err_fd;

 private:
  static std::string contents(int fd) {
    std::string text(static_cast<std::size_t>(lseek(fd, 0, SEEK_END)), '\0');
    const ssize_t got = pread(fd, text.data(), text.size(), 0);
    text.resize(got > 0 ? static_cast<std::size_t>(got) : 0);
    return text;
  }
};

TEST(Output, PeopleAndProgramsSeeDifferentThings) {
  Streams people;
  Output plain(people.options());
  plain.emit(Record("joined").text("peer", "a"), "a joined");
  plain.emit(Record("hidden"));
  plain.print("only for people");
  EXPECT_EQ(people.out(), "a joined\nonly for people\n");

  Streams programs;
  OutputOptions options = programs.options();
  options.json = true;
  Output json(options);
  json.emit(Record("joined").text("peer", "a"), "a joined");
  json.print("only for people");
  EXPECT_EQ(programs.out(), "{\"type\":\"joined\",\"peer\":\"a\"}\n");
}

TEST(Output, NotesFollowQuietAndVerbose) {
  for (const int verbose : {0, 1, 2}) {
    Streams streams;
    OutputOptions options = streams.options();
    options.verbose = verbose;
    Output out(options);
    out.note("note");
    out.detail(1, "one");
    out.detail(2, "two");
    EXPECT_EQ(streams.err(), verbose == 0   ? "note\n"
                             : verbose == 1 ? "note\none\n"
                                            : "note\none\ntwo\n");
    EXPECT_EQ(streams.out(), "");
  }
  Streams streams;
  OutputOptions options = streams.options();
  options.quiet = true;
  Output out(options);
  out.note("note");
  out.warn("careful");
  EXPECT_EQ(streams.err(), "warning: careful\n");
}

TEST(Output, EmptyPartsOfAFailureAreLeftOut) {
  Streams streams;
  Output out(streams.options());
  EXPECT_EQ(out.fail(Failure("it broke", {}, {})), exit_failed);
  EXPECT_EQ(out.fail(Failure("it broke", "a reason", "a way"), 12), 12);
  EXPECT_EQ(streams.err(), "error: it broke\nerror: it broke\n  because: a reason\n  try: a way\n");
}

TEST(Output, FaultsBecomeExitCodes) {
  EXPECT_EQ(exit_code_of(Error(Fault::permission, "bind to")), exit_permission);
  EXPECT_EQ(exit_code_of(Error(Fault::cancelled, "wait for")), exit_interrupted);
  for (const Fault fault :
       {Fault::system, Fault::timed_out, Fault::closed, Fault::refused, Fault::unreachable,
        Fault::resolve, Fault::protocol, Fault::limit, Fault::integrity, Fault::storage}) {
    EXPECT_EQ(exit_code_of(Error(fault, "do")), exit_failed);
  }
}

TEST(Output, ColoursOnlyTheStreamThatHasThem) {
  OutputOptions options;
  options.color_err = true;
  const Output out(options);
  EXPECT_EQ(out.style(Tone::good, "ok"), "ok");
  EXPECT_EQ(out.style_err(Tone::good, "ok"), "\x1b[32mok\x1b[0m");
  EXPECT_EQ(out.style_err(Tone::plain, "ok"), "ok");
}

TEST(Output, CompleteFollowsTheCodeUnlessToldOtherwise) {
  const auto last_line = [](int code, int told) {
    Streams streams;
    OutputOptions options = streams.options();
    options.json = true;
    Output out(options);
    out.start("tool", "1", 1);
    if (told >= 0) out.complete(told == 1);
    EXPECT_EQ(out.finish(code), code);
    const std::string text = streams.out();
    return text.substr(text.find('\n') + 1);
  };
  const std::string stamp = R"({"type":"end","ts":"1970-01-01T00:00:00.000000Z",)";
  EXPECT_EQ(last_line(exit_ok, -1), stamp + "\"exit\":0,\"complete\":true}\n");
  EXPECT_EQ(last_line(exit_condition, -1), stamp + "\"exit\":5,\"complete\":true}\n");
  EXPECT_EQ(last_line(exit_partly, -1), stamp + "\"exit\":3,\"complete\":false}\n");
  EXPECT_EQ(last_line(exit_ok, 0), stamp + "\"exit\":0,\"complete\":false}\n");
  EXPECT_EQ(last_line(exit_interrupted, 1), stamp + "\"exit\":130,\"complete\":true}\n");
}

TEST(Output, ProgressReplacesItselfAndMakesRoom) {
  Streams streams;
  OutputOptions options = streams.options();
  options.progress = true;
  Output out(options);
  out.progress("1 %", Instant(0s));
  out.progress("2 %", Instant(50ms));  // too soon
  out.progress("3 %", Instant(100ms));
  out.note("a note");
  EXPECT_EQ(out.finish(exit_ok), exit_ok);
  EXPECT_EQ(streams.err(), "\r\x1b[K1 %\r\x1b[K3 %\r\x1b[Ka note\n");
}

TEST(Output, ProgressNeedsATerminal) {
  Streams streams;
  Output out(streams.options());
  out.progress("1 %", Instant(0s));
  EXPECT_EQ(streams.err(), "");
}

TEST(Output, ABrokenPipeEndsItQuietly) {
  std::signal(SIGPIPE, SIG_IGN);
  int ends[2];
  ASSERT_EQ(pipe(ends), 0);
  close(ends[0]);
  Streams streams;
  Output out({.out_fd = ends[1], .err_fd = streams.err_fd});
  EXPECT_FALSE(out.gone());
  EXPECT_FALSE(out.write("bytes"));
  EXPECT_TRUE(out.gone());
  EXPECT_EQ(out.finish(exit_ok), exit_ok);
  EXPECT_EQ(streams.err(), "");
  close(ends[1]);
}

// A pipe of packets gives each write back by itself.
TEST(Output, ManyLinesReachAReaderInWholeOnes) {
  int ends[2];
  ASSERT_EQ(pipe2(ends, O_DIRECT), 0);
  std::string lines;
  for (std::size_t i = 0; i < 200; ++i) lines += std::string(i, 'x') + '\n';
  {
    Output out({.out_fd = ends[1]});
    EXPECT_TRUE(out.write(lines));
  }
  close(ends[1]);
  std::string all;
  std::size_t pieces = 0;
  std::array<char, 2 * PIPE_BUF> room;
  for (ssize_t got = 0; (got = read(ends[0], room.data(), room.size())) > 0; ++pieces) {
    all.append(room.data(), static_cast<std::size_t>(got));
    EXPECT_TRUE(all.ends_with('\n')) << pieces;
  }
  close(ends[0]);
  EXPECT_EQ(all, lines);
  EXPECT_LT(pieces, 8U);
}

TEST(Output, AFullPipeIsWaitedForAlsoWhenItDoesNotBlock) {
  int ends[2];
  ASSERT_EQ(pipe2(ends, O_NONBLOCK), 0);
  const std::string large(1'000'000, 'x');
  Streams streams;
  std::size_t received = 0;
  std::thread reader([&] {
    fcntl(ends[0], F_SETFL, 0);
    char part[4096];
    for (ssize_t got = 0; (got = read(ends[0], part, sizeof part)) > 0;) {
      received += static_cast<std::size_t>(got);
    }
  });
  Output out({.out_fd = ends[1], .err_fd = streams.err_fd});
  EXPECT_TRUE(out.write(large));
  close(ends[1]);
  reader.join();
  close(ends[0]);
  EXPECT_EQ(received, large.size());
}

TEST(Output, LinesOfManyThreadsStayWhole) {
  Streams streams;
  Output out(streams.options());
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([&out, i] {
      for (int n = 0; n < 200; ++n) out.print(std::string(50, static_cast<char>('a' + i)));
    });
  }
  for (std::thread& thread : threads) thread.join();
  const std::string text = streams.out();
  ASSERT_EQ(text.size(), 4U * 200U * 51U);
  for (std::size_t at = 0; at < text.size(); at += 51) {
    EXPECT_EQ(text.substr(at, 51), std::string(50, text[at]) + '\n');
  }
}

// Blocks SIGINT while it lives, as a loop does, and takes back the one that is pending.
class BlockedInterrupt {
 public:
  BlockedInterrupt() {
    sigemptyset(&set_);
    sigaddset(&set_, SIGINT);
    pthread_sigmask(SIG_BLOCK, &set_, &before_);
  }
  ~BlockedInterrupt() {
    const timespec now{};
    sigtimedwait(&set_, nullptr, &now);
    pthread_sigmask(SIG_SETMASK, &before_, nullptr);
  }
  BlockedInterrupt(const BlockedInterrupt&) = delete;
  BlockedInterrupt& operator=(const BlockedInterrupt&) = delete;

 private:
  sigset_t set_{};
  sigset_t before_{};
};

// `patchbay tcp serve | less`, and Ctrl-C while less shows its first page.
TEST(Output, AReaderThatTakesNothingDoesNotKeepAnInterruptFromBeingHeard) {
  const BlockedInterrupt blocked;
  for (const bool is_err : {false, true}) {
    int ends[2];
    ASSERT_EQ(pipe(ends), 0);
    Streams streams;
    OutputOptions options = streams.options();
    (is_err ? options.err_fd : options.out_fd) = ends[1];
    Output out(options);
    raise(SIGINT);
    const std::string more_than_a_pipe_holds(1 << 20, 'x');
    is_err ? out.note(more_than_a_pipe_holds) : out.print(more_than_a_pipe_holds);
    is_err ? out.note("dropped") : out.print("dropped");
    EXPECT_FALSE(out.gone());
    EXPECT_EQ(out.finish(exit_interrupted), exit_interrupted);
    close(ends[0]);
    close(ends[1]);
  }
}

TEST(Output, AnInterruptCostsNothingWhileTheReaderReads) {
  const BlockedInterrupt blocked;
  raise(SIGINT);
  int ends[2];
  ASSERT_EQ(pipe(ends), 0);
  std::string read_back;
  std::thread reader([&] {
    char part[512];
    for (ssize_t got; (got = read(ends[0], part, sizeof part)) > 0;) {
      read_back.append(part, static_cast<std::size_t>(got));
    }
  });
  Streams streams;
  OutputOptions options = streams.options();
  options.out_fd = ends[1];
  const std::string text(40'000, 'x');
  Output out(options);
  out.print(text);
  close(ends[1]);
  reader.join();
  EXPECT_EQ(read_back, text + '\n');
  close(ends[0]);
}

TEST(Output, StatsSayWhatTheProcessHasCost) {
  Streams people;
  OutputOptions options = people.options();
  options.stats = true;
  Output plain(options);
  EXPECT_EQ(plain.finish(exit_ok), exit_ok);
  EXPECT_TRUE(people.err().starts_with("cost: ")) << people.err();
  EXPECT_EQ(people.out(), "");

  Streams programs;
  options = programs.options();
  options.stats = options.json = true;
  Output json(options);
  json.start("tool", "1", 1);
  EXPECT_EQ(json.finish(exit_ok), exit_ok);
  const std::size_t cost = programs.out().find("{\"type\":\"cost\",\"user_us\":");
  EXPECT_LT(cost, programs.out().find("{\"type\":\"end\"")) << programs.out();
}

TEST(Output, BeingInterruptedIsNoError) {
  Streams streams;
  Output out(streams.options());
  EXPECT_EQ(out.fail(Error(Fault::cancelled, "read from")), exit_interrupted);
  EXPECT_EQ(streams.err(), "");
}

}  // namespace
}  // namespace patchbay
