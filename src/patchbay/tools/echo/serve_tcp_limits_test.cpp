// Where the TCP server sets an end: limits, deadlines, shortages and its own stop.
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>

#include "patchbay/tools/echo/serve_tcp_fixture.hpp"

namespace patchbay {
namespace {

// Talks without end, and hears how the server ends it.
Task<Result<>> talk_until_cut(Endpoint server, std::string text, Duration pause) {
  auto stream = co_await TcpStream::connect(server);
  if (!stream) co_return stream.error();
  for (;;) {
    if (const auto sent = co_await stream->write_all(text); !sent) co_return ok();
    if (const auto slept = co_await sleep_for(pause); !slept) co_return slept;
  }
}

TEST(ServeTcpLimits, CutsALineThatIsTooLong) {
  TcpServeOptions options = replying("<{}>", true);
  options.line_bytes = 1000;
  const Served served = serve(
      [](Endpoint server, Kept&) { return talk_until_cut(server, std::string(600, 'x'), 1us); },
      {.options = options});
  EXPECT_TRUE(served.last().starts_with("left long_line ")) << served.last();
}

TEST(ServeTcpLimits, CutsALineThatNeverEndsThoughBytesComeAllTheTime) {
  TcpServeOptions options = replying("<{}>", true);
  options.idle = 50ms;
  const Served served =
      serve([](Endpoint server, Kept&) { return talk_until_cut(server, "x", 5ms); },
            {.options = options});
  EXPECT_TRUE(served.last().starts_with("left slow_line ")) << served.last();
}

TEST(ServeTcpLimits, CutsAClientThatIsSilent) {
  for (const bool quiet : {false, true}) {
    const auto client = [](Endpoint server, Kept&) -> Task<Result<>> {
      auto stream = co_await TcpStream::connect(server);
      if (!stream) co_return stream.error();
      const auto end = co_await read_all(*stream);
      if (!end) co_return end.error();
      co_return ok();
    };
    const Served served = serve(client, {.options = {.idle = 20ms}, .quiet = quiet});
    if (!quiet) EXPECT_EQ(served.last(), "left idle 0 0");
  }
}

// It sends and never reads: the server holds one buffer for it, waits, and cuts it.
TEST(ServeTcpLimits, CutsAClientThatNeverReadsItsAnswers) {
  const auto client = [](Endpoint server, Kept&) -> Task<Result<>> {
    auto stream = co_await TcpStream::connect(server);
    if (!stream) co_return stream.error();
    const std::string much(1 << 20, 'x');
    for (;;) {
      const auto sent = co_await stream->write_all(much);
      EXPECT_LE(Loop::current().buffers().lent(), 1U);
      if (!sent) co_return ok();
    }
  };
  const Served served = serve(client, {.options = {.idle = 100ms}});
  EXPECT_TRUE(served.last().starts_with("left not_reading ")) << served.last();
  EXPECT_EQ(served.buffers_out, 0U);
}

TEST(ServeTcpLimits, TellsOfAClientThatBreaksOff) {
  const auto client = [](Endpoint server, Kept&) -> Task<Result<>> {
    auto stream = co_await TcpStream::connect(server);
    if (!stream) co_return stream.error();
    if (const auto sent = co_await stream->write_all("x"); !sent) co_return sent;
    if (const auto answer = co_await read_some(*stream, 1); !answer) co_return answer.error();
    const linger now{.l_onoff = 1, .l_linger = 0};
    EXPECT_TRUE(
        stream->port().set_option(stream->handle(), SOL_SOCKET, SO_LINGER, &now, sizeof now));
    stream->close();
    // Served after the one who broke off, so that one's end has been told.
    co_return co_await expect_answer(server, "y", "y");
  };
  const Served served = serve(client);
  EXPECT_EQ(std::ranges::count(served.told, "left reset 1 1"), 1);
}

TEST(ServeTcpLimits, FurtherClientsWaitWhenItIsFull) {
  const auto client = [](Endpoint server, Kept&) -> Task<Result<>> {
    auto first = co_await TcpStream::connect(server);
    if (!first) co_return first.error();
    if (const auto sent = co_await first->write_all("1"); !sent) co_return sent;
    if (const auto answer = co_await read_some(*first, 1); !answer) co_return answer.error();
    auto second = co_await TcpStream::connect(server);
    if (!second) co_return second.error();
    if (const auto sent = co_await second->write_all("2"); !sent) co_return sent;
    if (const auto sent = co_await first->write_all("3"); !sent) co_return sent;
    if (const auto answer = co_await read_some(*first, 1); !answer) co_return answer.error();
    first->close();
    const auto answer = co_await read_some(*second, 1);
    if (!answer) co_return answer.error();
    EXPECT_EQ(*answer, "2");
    co_return ok();
  };
  const Served served = serve(client, {.options = {.max_clients = 1}});
  const Told expected{"joined",        "full 1", "message 1", "message 3",
                      "left left 2 2", "joined", "full 1",    "message 2"};
  Told begin = served.told;
  begin.resize(std::min(begin.size(), expected.size()));
  std::ranges::sort(begin);
  Told sorted = expected;
  std::ranges::sort(sorted);
  EXPECT_EQ(begin, sorted);
}

TEST(ServeTcpLimits, StoppingCutsWhoIsStillThereAndSaysHowMany) {
  const auto client = [](Endpoint server, Kept& kept) -> Task<Result<>> {
    for (int i = 0; i < 3; ++i) {
      auto stream = co_await TcpStream::connect(server);
      if (!stream) co_return stream.error();
      if (const auto sent = co_await stream->write_all("x"); !sent) co_return sent;
      if (const auto answer = co_await read_some(*stream, 1); !answer) co_return answer.error();
      kept.push_back(std::move(*stream));
    }
    co_return ok();
  };
  for (const bool quiet : {false, true}) {
    const Served served = serve(client, {.quiet = quiet});
    EXPECT_EQ(served.totals.clients, 3U);
    EXPECT_EQ(served.totals.cut_clients, 3U);
    if (!quiet) EXPECT_EQ(std::ranges::count(served.told, "left stopped 1 1"), 3);
  }
}

// Leaves room for one descriptor more than there are, as long as it stands.
class OneMoreDescriptor {
 public:
  OneMoreDescriptor() {
    ::getrlimit(RLIMIT_NOFILE, &before_);
    const int lowest_free = ::dup(STDERR_FILENO);
    ::close(lowest_free);
    const rlimit now{.rlim_cur = static_cast<rlim_t>(lowest_free) + 1,
                     .rlim_max = before_.rlim_max};
    ::setrlimit(RLIMIT_NOFILE, &now);
  }
  ~OneMoreDescriptor() { ::setrlimit(RLIMIT_NOFILE, &before_); }
  OneMoreDescriptor(const OneMoreDescriptor&) = delete;
  OneMoreDescriptor& operator=(const OneMoreDescriptor&) = delete;

 private:
  rlimit before_{};
};

TEST(ServeTcpLimits, WithoutDescriptorsItServesTheOthersSaysSoOnceAndRecovers) {
  const auto client = [](Endpoint server, Kept&) -> Task<Result<>> {
    auto first = co_await TcpStream::connect(server);
    if (!first) co_return first.error();
    if (const auto sent = co_await first->write_all("1"); !sent) co_return sent;
    if (const auto answer = co_await read_some(*first, 1); !answer) co_return answer.error();
    const OneMoreDescriptor scarce;
    auto second = co_await TcpStream::connect(server);  // takes the last one; none for the server
    if (!second) co_return second.error();
    if (const auto sent = co_await second->write_all("2"); !sent) co_return sent;
    for (int i = 0; i < 3; ++i) {
      if (const auto sent = co_await first->write_all("3"); !sent) co_return sent;
      if (const auto answer = co_await read_some(*first, 1); !answer) co_return answer.error();
    }
    first->close();
    const auto answer = co_await read_some(*second, 1);
    if (!answer) co_return answer.error();
    EXPECT_EQ(*answer, "2");
    co_return ok();
  };
  const Served served = serve(client);
  EXPECT_EQ(served.notices.size(), 1U);
  EXPECT_EQ(served.totals.clients, 2U);
}

Task<Result<>> meet(Endpoint server, int number) {
  const std::string text = fmt::format("client {}", number);
  co_return co_await expect_answer(server, text, text);
}

Task<> meet_in_group(Endpoint server, int number, int& served) {
  const auto met = co_await meet(server, number);
  EXPECT_TRUE(met) << met.error().describe();
  if (met) ++served;
}

Task<> meet_all(TaskGroup& group, Endpoint server, int count, int& served) {
  for (int i = 0; i < count; ++i) group.spawn(meet_in_group, server, i, std::ref(served));
  co_return;
}

TEST(ServeTcpLimits, ServesAThousandAtOnce) {
  const auto client = [](Endpoint server, Kept&) -> Task<Result<>> {
    int served = 0;
    co_await with_group(meet_all, server, 1000, std::ref(served));
    EXPECT_EQ(served, 1000);
    co_return ok();
  };
  const Served served = serve(client);
  EXPECT_EQ(served.totals.clients, 1000U);
  EXPECT_EQ(std::ranges::count(served.told, "joined"), 1000);
}

}  // namespace
}  // namespace patchbay
