// What the TCP server says to its clients.
#include "patchbay/tools/echo/serve_tcp.hpp"

#include "patchbay/tools/echo/serve_tcp_fixture.hpp"

namespace patchbay {
namespace {

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

}  // namespace
}  // namespace patchbay
