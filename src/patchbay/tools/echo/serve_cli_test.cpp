// `tcp serve` and `udp serve` as the command line runs them: flags in, words and an exit code out.
#include <fmt/format.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <csignal>
#include <string>
#include <thread>

#include "patchbay/net/event.hpp"
#include "patchbay/net/loop.hpp"
#include "patchbay/net/tcp.hpp"
#include "patchbay/net/udp.hpp"
#include "patchbay/tools/command_fixture.hpp"
#include "patchbay/tools/echo/echo_cli.hpp"

namespace patchbay {
namespace {

bool has(const std::string& text, std::string_view part) { return text.find(part) != text.npos; }

using Ran = CommandRan;

Ran run_serve(const char* group, const CommandWords& flags, OutputOptions options = {}) {
  Command root("patchbay", "", nullptr);
  declare_tcp(root);
  declare_udp(root);
  return run_command(*root.find(group)->find("serve"), flags, options);
}

// A port that nobody has: it was bound a moment ago.
std::uint16_t free_port() {
  auto loop = Loop::make();
  const LoopGuard guard(**loop);
  return TcpListener::bind(Endpoint(IpAddress::loopback(Family::v4), 0))->local().port();
}

// Asks as soon as the server listens, which is in another thread.
Task<std::string> ask(std::uint16_t port, std::string question) {
  const Endpoint server(IpAddress::loopback(Family::v4), port);
  for (int attempt = 0; attempt < 10'000; ++attempt) {
    auto stream = co_await TcpStream::connect(server);
    if (!stream) {
      [[maybe_unused]] const auto slept = co_await sleep_for(1ms);
      continue;
    }
    const auto sent = co_await stream->write_all(question);
    if (!sent) co_return sent.error().describe();
    const auto answer = co_await stream->receive();
    if (!answer) co_return answer.error().describe();
    co_return std::string(answer->text());
  }
  co_return "nobody listens";
}

// A client in a thread of its own, which then sends `signal` to this process unless that is 0.
// Signals are blocked first: otherwise they would hit whichever thread does not wait for them.
std::jthread client(std::uint16_t port, std::string& answer, int signal) {
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, SIGINT);
  sigaddset(&set, SIGTERM);
  pthread_sigmask(SIG_BLOCK, &set, nullptr);
  return std::jthread([port, signal, &answer] {
    auto loop = Loop::make();
    answer = (*loop)->run(ask(port, "hello"));
    if (signal != 0) kill(getpid(), signal);
  });
}

TEST(ServeCli, ATemplateWithoutBracesIsAUsageError) {
  for (const char* group : {"tcp", "udp"}) {
    const Ran ran = run_serve(group, {{"reply", "pong"}});
    EXPECT_EQ(ran.code, exit_usage);
    EXPECT_TRUE(has(ran.err, "--reply 'Server received: {}'")) << ran.err;
    EXPECT_EQ(ran.out, "");
  }
}

TEST(ServeCli, ABadAddressIsAUsageError) {
  for (const char* group : {"tcp", "udp"}) {
    for (const char* where : {"65536", "[::1", "127.0.0.1:", "127.0.0.1:http"}) {
      EXPECT_EQ(run_serve(group, {{"", where}}).code, exit_usage) << group << ' ' << where;
      EXPECT_EQ(run_serve(group, {{"listen", where}}).code, exit_usage) << group << ' ' << where;
    }
  }
}

TEST(ServeCli, ANameThatDoesNotResolveIsAFailure) {
  const Ran ran = run_serve("tcp", {{"", "no..such..name:5000"}});
  EXPECT_EQ(ran.code, exit_failed);
  EXPECT_TRUE(has(ran.err, "cannot resolve no..such..name")) << ran.err;
}

TEST(ServeCli, APortInUseTellsWhoHasIt) {
  auto loop = Loop::make();
  const LoopGuard guard(**loop);
  const auto listener = TcpListener::bind(Endpoint(IpAddress::loopback(Family::v4), 0));
  ASSERT_TRUE(listener);
  const std::string where = listener->local().to_string();
  for (const char* threads : {"1", "2"}) {
    const Ran ran = run_serve("tcp", {{"", where}, {"threads", threads}});
    EXPECT_EQ(ran.code, exit_failed);
    EXPECT_TRUE(has(ran.err, "cannot listen on " + where)) << ran.err;
    EXPECT_TRUE(has(ran.err, fmt::format("(pid {})", getpid()))) << ran.err;
  }
}

TEST(ServeCli, StdioAndJsonExcludeEachOther) {
  EXPECT_EQ(run_serve("tcp", {{"stdio", "true"}}, {.json = true}).code, exit_usage);
}

TEST(ServeCli, ACertificateThatCannotBeReadIsAFailureBeforeAnybodyIsLetIn) {
  const Ran ran =
      run_serve("tcp", {{"", "0"}, {"tls-cert", "/none.crt"}, {"tls-key", "/none.key"}});
  EXPECT_EQ(ran.code, exit_failed);
  EXPECT_TRUE(has(ran.err, "/none.crt")) << ran.err;
  EXPECT_FALSE(has(ran.err, "listening")) << ran.err;
}

TEST(ServeCli, AnswersOnceAndEnds) {
  const std::uint16_t port = free_port();
  std::string answer;
  std::jthread asking = client(port, answer, 0);
  const Ran ran = run_serve(
      "tcp", {{"", std::to_string(port)}, {"reply", "Server received: {}"}, {"once", "true"}});
  asking.join();
  EXPECT_EQ(answer, "Server received: hello");
  EXPECT_EQ(ran.code, exit_ok);
  EXPECT_TRUE(has(ran.out, "[+] Connection from 127.0.0.1:")) << ran.out;
  EXPECT_TRUE(has(ran.out, "] hello\n")) << ran.out;
  EXPECT_TRUE(has(ran.out, "[-] Connection closed: 127.0.0.1:")) << ran.out;
  EXPECT_EQ(ran.err, fmt::format("[*] Server listening on 127.0.0.1:{}\n", port));
}

TEST(ServeCli, SigtermEndsItWell) {
  const std::uint16_t port = free_port();
  std::string answer;
  std::jthread asking = client(port, answer, SIGTERM);
  const Ran ran = run_serve("tcp", {{"", std::to_string(port)}});
  asking.join();
  EXPECT_EQ(answer, "hello");
  EXPECT_EQ(ran.code, exit_ok);
  EXPECT_TRUE(has(ran.err, "[!] Server shutting down")) << ran.err;
}

TEST(ServeCli, SigintIsAnInterruption) {
  const std::uint16_t port = free_port();
  std::string answer;
  std::jthread asking = client(port, answer, SIGINT);
  const Ran ran = run_serve("tcp", {{"", std::to_string(port)}, {"threads", "2"}}, {.json = true});
  asking.join();
  EXPECT_EQ(answer, "hello");
  EXPECT_EQ(ran.code, exit_interrupted);
  EXPECT_TRUE(has(ran.out, R"({"type":"listening","address":"127.0.0.1:)")) << ran.out;
  EXPECT_TRUE(has(ran.out, R"("clients":1,)")) << ran.out;
  EXPECT_TRUE(has(ran.out, R"("received_bytes":5,"sent_bytes":5,)")) << ran.out;
}

TEST(ServeCli, QuietPrintsNothing) {
  const std::uint16_t port = free_port();
  std::string answer;
  std::jthread asking = client(port, answer, SIGTERM);
  const Ran ran = run_serve("tcp", {{"", std::to_string(port)}}, {.quiet = true});
  asking.join();
  EXPECT_EQ(answer, "hello");
  EXPECT_EQ(ran.code, exit_ok);
  EXPECT_EQ(ran.out + ran.err, "");
}

}  // namespace
}  // namespace patchbay
