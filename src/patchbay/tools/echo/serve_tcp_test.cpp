#include "patchbay/tools/echo/serve_tcp.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <string>

#include "patchbay/base/text.hpp"
#include "patchbay/net/group.hpp"
#include "patchbay/net/loop.hpp"

namespace patchbay {
namespace {

using Told = std::vector<std::string>;

class Recorder final : public TcpServeEvents {
 public:
  void joined(const TcpVisit&) override { told.push_back("joined"); }
  void message(const TcpVisit&, std::span<const std::byte> bytes) override {
    told.push_back("message " + std::string(as_text(bytes)));
  }
  void left(const TcpVisit& visit, Parting parting) override {
    told.push_back(
        fmt::format("left {} {} {}", name_of(parting), visit.received_bytes, visit.sent_bytes));
  }
  void full(std::size_t clients) override { told.push_back(fmt::format("full {}", clients)); }

  Told told;
};

struct Served {
  TcpServeTotals totals;
  Told told;
  std::vector<std::string> notices;
  std::size_t buffers_out = 0;

  std::string last() const { return told.empty() ? "" : told.back(); }
};

// What a client may leave open beyond its own end: the server is stopped with it there.
using Kept = std::vector<TcpStream>;
using Client = Task<Result<>> (*)(Endpoint server, Kept& kept);

struct Setting {
  TcpServeOptions options = {};
  bool quiet = false;
};

// The server runs until the client has ended; with `once` until it ends itself.
Task<> serve_client(Setting& setting, Client client, TcpServeTotals& totals, Recorder& recorder) {
  auto listener = TcpListener::bind(Endpoint(IpAddress::loopback(Family::v4), 0));
  EXPECT_TRUE(listener);
  if (!listener) co_return;
  const Endpoint server = listener->local();
  std::vector<TcpListener> listeners;
  listeners.push_back(std::move(*listener));
  Kept kept;
  const bool ends_itself = setting.options.once || setting.options.join != nullptr;
  auto serving =
      serve_tcp(std::move(listeners), setting.options, totals, setting.quiet ? nullptr : &recorder);
  auto meeting = ends_itself ? both(std::move(serving), client(server, kept))
                             : either(std::move(serving), client(server, kept));
  // The deadline is only against a hang.
  const auto ended = co_await with_deadline(Deadline::after(20s), std::move(meeting));
  EXPECT_TRUE(ended) << ended.error().describe();
}

Served serve(Client client, Setting setting = {}) {
  Served served;
  Recorder recorder;
  auto loop =
      Loop::make({.notice = [&](std::string_view text) { served.notices.emplace_back(text); }});
  (*loop)->run(serve_client(setting, client, served.totals, recorder));
  served.buffers_out = (*loop)->buffers().lent();
  served.told = recorder.told;
  return served;
}

TcpServeOptions replying(std::string_view text, bool lines = false) {
  return {.reply = *ReplyTemplate::parse(text), .lines = lines};
}

// All until the peer's end.
Task<Result<std::string>> read_all(TcpStream& stream) {
  std::string all;
  for (;;) {
    const auto data = co_await stream.receive();
    if (!data) co_return data.error();
    if (data->empty()) co_return all;
    all += data->text();
  }
}

Task<Result<std::string>> read_some(TcpStream& stream, std::size_t size) {
  std::string text(size, '\0');
  const auto read = co_await stream.read_exact(std::as_writable_bytes(std::span(text)));
  if (!read) co_return read.error();
  co_return text;
}

// Says it, ends, and expects the answer and then the server's end.
Task<Result<>> expect_answer(Endpoint server, std::string question, std::string expected) {
  auto stream = co_await TcpStream::connect(server);
  if (!stream) co_return stream.error();
  if (const auto sent = co_await stream->write_all(question); !sent) co_return sent;
  if (const auto ended = co_await stream->shutdown_write(); !ended) co_return ended;
  const auto answer = co_await read_all(*stream);
  if (!answer) co_return answer.error();
  EXPECT_EQ(*answer, expected);
  co_return ok();
}

TEST(ServeTcp, EchoesAndTells) {
  const Served served =
      serve([](Endpoint server, Kept&) { return expect_answer(server, "hello\n", "hello\n"); });
  EXPECT_EQ(served.told, (Told{"joined", "message hello\n", "left left 6 6"}));
  EXPECT_EQ(served.totals.clients, 1U);
  EXPECT_EQ(served.totals.cut_clients, 0U);
  EXPECT_EQ(served.totals.received_bytes, 6U);
  EXPECT_EQ(served.totals.sent_bytes, 6U);
}

TEST(ServeTcp, EchoesQuietly) {
  const Served served =
      serve([](Endpoint server, Kept&) { return expect_answer(server, "hello", "hello"); },
            {.quiet = true});
  EXPECT_TRUE(served.told.empty());
  EXPECT_EQ(served.totals.clients, 1U);
  EXPECT_EQ(served.totals.cut_clients, 0U);
  EXPECT_EQ(served.totals.received_bytes, 5U);
  EXPECT_EQ(served.totals.sent_bytes, 5U);
}

TEST(ServeTcp, AnswersEachReceiveByTemplate) {
  const Served served =
      serve([](Endpoint server,
               Kept&) { return expect_answer(server, "hello", "Server received: hello"); },
            {.options = replying("Server received: {}")});
  EXPECT_EQ(served.last(), "left left 5 22");
}

TEST(ServeTcp, AnswersEachLineWithTheEndingItCameWith) {
  const Served served = serve(
      [](Endpoint server, Kept&) { return expect_answer(server, "a\r\n\nb", "<a>\r\n<>\n<b>"); },
      {.options = replying("<{}>", true)});
  EXPECT_EQ(served.told, (Told{"joined", "message a", "message ", "message b", "left left 5 11"}));
}

TEST(ServeTcp, PutsALineTogetherFromItsPieces) {
  const auto client = [](Endpoint server, Kept&) -> Task<Result<>> {
    auto stream = co_await TcpStream::connect(server);
    if (!stream) co_return stream.error();
    // The answer to the line before shows that the piece behind it has been read.
    if (const auto sent = co_await stream->write_all("one\ntw"); !sent) co_return sent;
    const auto first = co_await read_some(*stream, 6);
    if (!first) co_return first.error();
    EXPECT_EQ(*first, "<one>\n");
    if (const auto sent = co_await stream->write_all("o\n"); !sent) co_return sent;
    const auto second = co_await read_some(*stream, 6);
    if (!second) co_return second.error();
    EXPECT_EQ(*second, "<two>\n");
    co_return ok();
  };
  serve(client, {.options = replying("<{}>", true)});
}

TEST(ServeTcp, AnswersManyLinesOfOneReceive) {
  const auto client = [](Endpoint server, Kept&) {
    std::string question, answer;
    for (int i = 0; i < 20'000; ++i) question += "\n", answer += "Server received: \n";
    return expect_answer(server, question, answer);
  };
  const Served served =
      serve(client, {.options = replying("Server received: {}", true), .quiet = true});
  EXPECT_EQ(served.totals.sent_bytes, 20'000U * 18);
}

// Talks without end, and hears how the server ends it.
Task<Result<>> talk_until_cut(Endpoint server, std::string text, Duration pause) {
  auto stream = co_await TcpStream::connect(server);
  if (!stream) co_return stream.error();
  for (;;) {
    if (const auto sent = co_await stream->write_all(text); !sent) co_return ok();
    if (const auto slept = co_await sleep_for(pause); !slept) co_return slept;
  }
}

TEST(ServeTcp, CutsALineThatIsTooLong) {
  TcpServeOptions options = replying("<{}>", true);
  options.line_bytes = 1000;
  const Served served = serve(
      [](Endpoint server, Kept&) { return talk_until_cut(server, std::string(600, 'x'), 1us); },
      {.options = options});
  EXPECT_TRUE(served.last().starts_with("left long_line ")) << served.last();
}

TEST(ServeTcp, CutsALineThatNeverEndsThoughBytesComeAllTheTime) {
  TcpServeOptions options = replying("<{}>", true);
  options.idle = 50ms;
  const Served served =
      serve([](Endpoint server, Kept&) { return talk_until_cut(server, "x", 5ms); },
            {.options = options});
  EXPECT_TRUE(served.last().starts_with("left slow_line ")) << served.last();
}

TEST(ServeTcp, CutsAClientThatIsSilent) {
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
TEST(ServeTcp, CutsAClientThatNeverReadsItsAnswers) {
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

TEST(ServeTcp, TellsOfAClientThatBreaksOff) {
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

TEST(ServeTcp, FurtherClientsWaitWhenItIsFull) {
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

TEST(ServeTcp, OnceEndsAfterTheFirstAnswerAndPassesOverAClientWithoutAQuestion) {
  const auto client = [](Endpoint server, Kept&) -> Task<Result<>> {
    const auto silent = co_await expect_answer(server, "", "");
    if (!silent) co_return silent;
    auto stream = co_await TcpStream::connect(server);
    if (!stream) co_return stream.error();
    if (const auto sent = co_await stream->write_all("hello"); !sent) co_return sent;
    const auto answer = co_await read_all(*stream);  // the server ends first
    if (!answer) co_return answer.error();
    EXPECT_EQ(*answer, "hello");
    co_return ok();
  };
  const Served served = serve(client, {.options = {.once = true}});
  EXPECT_EQ(served.told,
            (Told{"joined", "left left 0 0", "joined", "message hello", "left answered 5 5"}));
}

TEST(ServeTcp, DiscardsWithoutAnAnswer) {
  const Served served =
      serve([](Endpoint server, Kept&) { return expect_answer(server, "into the void", ""); },
            {.options = {.service = Service::discard}});
  EXPECT_EQ(served.last(), "left left 13 0");
}

TEST(ServeTcp, TellsTheDayAndEnds) {
  const auto client = [](Endpoint server, Kept&) -> Task<Result<>> {
    auto stream = co_await TcpStream::connect(server);
    if (!stream) co_return stream.error();
    // What it sends is thrown away and costs it nothing of the answer.
    if (const auto sent = co_await stream->write_all("what time is it?"); !sent) co_return sent;
    const auto answer = co_await read_all(*stream);
    if (!answer) co_return answer.error();
    EXPECT_TRUE(answer->ends_with("-UTC\r\n")) << *answer;
    co_return ok();
  };
  serve(client, {.options = {.service = Service::daytime}});
}

TEST(ServeTcp, TellsTheTimeInFourBytes) {
  const auto client = [](Endpoint server, Kept&) -> Task<Result<>> {
    auto stream = co_await TcpStream::connect(server);
    if (!stream) co_return stream.error();
    const auto answer = co_await read_all(*stream);
    if (!answer) co_return answer.error();
    EXPECT_EQ(answer->size(), 4U);
    co_return ok();
  };
  serve(client, {.options = {.service = Service::time}});
}

TEST(ServeTcp, GeneratesCharactersUntilTheClientLeaves) {
  const auto client = [](Endpoint server, Kept&) -> Task<Result<>> {
    auto stream = co_await TcpStream::connect(server);
    if (!stream) co_return stream.error();
    if (const auto ended = co_await stream->shutdown_write(); !ended) co_return ended;
    const std::size_t size = chargen_pattern().size() * 3 / 2;  // it goes on over the seam
    const auto answer = co_await read_some(*stream, size);
    if (!answer) co_return answer.error();
    const std::string twice = std::string(chargen_pattern()) + std::string(chargen_pattern());
    EXPECT_TRUE(*answer == twice.substr(0, size));
    stream->close();
    // Another client in between shows that the first one's end is noticed and the server goes on.
    auto other = co_await TcpStream::connect(server);
    if (!other) co_return other.error();
    const auto more = co_await read_some(*other, 10);
    if (!more) co_return more.error();
    co_return ok();
  };
  serve(client, {.options = {.service = Service::chargen}});
}

TEST(ServeTcp, StoppingCutsWhoIsStillThereAndSaysHowMany) {
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

// Two ends of one connection, in place of standard input or output.
struct Ends {
  TcpStream ours;
  TcpStream theirs;
};
Task<Result<Ends>> make_ends() {
  auto listener = TcpListener::bind(Endpoint(IpAddress::loopback(Family::v4), 0));
  if (!listener) co_return listener.error();
  auto ours = co_await TcpStream::connect(listener->local());
  if (!ours) co_return ours.error();
  auto theirs = co_await listener->accept();
  if (!theirs) co_return theirs.error();
  co_return Ends{std::move(*ours), std::move(*theirs)};
}

// Types, talks to whoever is joined, and reads what comes out.
Task<Result<>> use_both_ends(Ends& input, Ends& output, Endpoint server) {
  if (const auto typed = co_await input.ours.write_all("typed"); !typed) co_return typed;
  if (const auto ended = co_await input.ours.shutdown_write(); !ended) co_return ended;
  const auto talked = co_await expect_answer(server, "from the client", "typed");
  if (!talked) co_return talked;
  const auto shown = co_await read_some(output.ours, 15);
  if (!shown) co_return shown.error();
  EXPECT_EQ(*shown, "from the client");
  // Nobody else is let in.
  const auto second = co_await TcpStream::connect(server);
  EXPECT_FALSE(second);
  co_return ok();
}

Task<> join_one(TcpServeTotals& totals, Recorder& recorder) {
  auto input = co_await make_ends();
  auto output = co_await make_ends();
  auto listener = TcpListener::bind(Endpoint(IpAddress::loopback(Family::v4), 0));
  EXPECT_TRUE(input && output && listener);
  if (!input || !output || !listener) co_return;
  const Endpoint server = listener->local();
  std::vector<TcpListener> listeners;
  listeners.push_back(std::move(*listener));
  TcpJoin join{.input = input->theirs, .output = output->theirs};
  const auto ended = co_await with_deadline(
      Deadline::after(20s),
      both(serve_tcp(std::move(listeners), {.join = &join}, totals, &recorder),
           use_both_ends(*input, *output, server)));
  EXPECT_TRUE(ended) << ended.error().describe();
}

TEST(ServeTcp, JoinsOneClientToTwoStreamsWithHalfClosesAndEnds) {
  auto loop = Loop::make();
  TcpServeTotals totals;
  Recorder recorder;
  (*loop)->run(join_one(totals, recorder));
  EXPECT_EQ(recorder.told, (Told{"joined", "left left 15 5"}));
  EXPECT_EQ(totals.clients, 1U);
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

TEST(ServeTcp, WithoutDescriptorsItServesTheOthersSaysSoOnceAndRecovers) {
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

TEST(ServeTcp, ServesAThousandAtOnce) {
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
