#include "patchbay/tools/echo/serve_udp.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cerrno>
#include <string>
#include <vector>

#include "patchbay/base/text.hpp"
#include "patchbay/net/group.hpp"
#include "patchbay/net/loop.hpp"

namespace patchbay {
namespace {

// Only against a hang: nothing here takes that long.
Deadline guard() { return Deadline::after(20s); }

class Recorder final : public UdpServeEvents {
 public:
  void message(const Endpoint&, std::span<const std::byte> bytes) override {
    told.push_back("message " + std::string(as_text(bytes)));
  }
  void shunned(const Endpoint& peer) override { told.push_back("shunned " + peer.to_string()); }
  void refused(const Error& error) override {
    told.push_back(fmt::format("refused {}", error.code()));
  }

  std::vector<std::string> told;
};

struct Served {
  UdpServeTotals totals;
  std::vector<std::string> told;
};

using Client = Task<Result<>> (*)(Endpoint server);

Task<> serve_and_ask(Endpoint where, UdpServeOptions options, Client client, Recorder& recorder,
                     UdpServeTotals& totals) {
  auto socket = bind_udp_server(where);
  EXPECT_TRUE(socket);
  if (!socket) co_return;
  const Endpoint server = *socket->local();
  std::vector<UdpSocket> sockets;
  sockets.push_back(std::move(*socket));
  const bool ends_itself = options.once;
  auto serving = serve_udp(std::move(sockets), std::move(options), totals, &recorder);
  const auto ended = ends_itself ? co_await both(std::move(serving), client(server))
                                 : co_await either(std::move(serving), client(server));
  EXPECT_TRUE(ended) << ended.error().describe();
}

Served serve(Client client, UdpServeOptions options = {},
             Endpoint where = Endpoint(IpAddress::loopback(Family::v4), 0)) {
  auto loop = Loop::make();
  Recorder recorder;
  UdpServeTotals totals;
  (*loop)->run(serve_and_ask(where, std::move(options), client, recorder, totals));
  return {totals, recorder.told};
}

UdpServeOptions replying(std::string_view text) { return {.reply = *ReplyTemplate::parse(text)}; }

// Sends and returns the answer.
Task<Result<std::string>> ask(UdpSocket& socket, std::string_view question) {
  const auto sent = co_await socket.send(question, guard());
  if (!sent) co_return sent.error();
  std::vector<std::byte> memory(65536);
  const auto got = co_await socket.receive(memory, guard());
  if (!got) co_return got.error();
  co_return std::string(as_text(std::span(memory).first(got->size)));
}

Task<Result<>> expect_answer(Endpoint server, std::string question, std::string expected) {
  auto socket = UdpSocket::connected_to(server);
  if (!socket) co_return socket.error();
  const auto answer = co_await ask(*socket, question);
  if (!answer) co_return answer.error();
  EXPECT_EQ(*answer, expected);
  co_return ok();
}

TEST(ServeUdp, EchoesAndTells) {
  const Served served =
      serve([](Endpoint server) { return expect_answer(server, "hello", "hello"); });
  EXPECT_EQ(served.told, std::vector<std::string>{"message hello"});
  EXPECT_EQ(served.totals.received_datagrams, 1U);
  EXPECT_EQ(served.totals.received_bytes, 5U);
  EXPECT_EQ(served.totals.sent_datagrams, 1U);
  EXPECT_EQ(served.totals.sent_bytes, 5U);
}

TEST(ServeUdp, EchoesAnEmptyDatagramAndTheLargest) {
  serve([](Endpoint server) { return expect_answer(server, "", ""); });
  serve([](Endpoint server) {
    return expect_answer(server, std::string(65507, 'x'), std::string(65507, 'x'));
  });
}

TEST(ServeUdp, AnswersByTemplate) {
  serve([](Endpoint server) { return expect_answer(server, "hello", "UDP Echo: hello"); },
        replying("UDP Echo: {}"));
}

TEST(ServeUdp, OnceEndsAfterTheFirstAnswer) {
  const Served served = serve(
      [](Endpoint server) { return expect_answer(server, "hello", "hello"); }, {.once = true});
  EXPECT_EQ(served.totals.sent_datagrams, 1U);
}

TEST(ServeUdp, TellsTheTime) {
  const auto client = [](Endpoint server) -> Task<Result<>> {
    auto socket = UdpSocket::connected_to(server);
    if (!socket) co_return socket.error();
    const auto answer = co_await ask(*socket, "");
    if (!answer) co_return answer.error();
    EXPECT_EQ(answer->size(), 4U);
    co_return ok();
  };
  serve(client, {.service = Service::time});
}

TEST(ServeUdp, TellsTheDay) {
  const auto client = [](Endpoint server) -> Task<Result<>> {
    auto socket = UdpSocket::connected_to(server);
    if (!socket) co_return socket.error();
    const auto answer = co_await ask(*socket, "?");
    if (!answer) co_return answer.error();
    EXPECT_TRUE(answer->ends_with("-UTC\r\n")) << *answer;
    co_return ok();
  };
  serve(client, {.service = Service::daytime});
}

TEST(ServeUdp, GeneratesUpTo512Characters) {
  const auto client = [](Endpoint server) -> Task<Result<>> {
    auto socket = UdpSocket::connected_to(server);
    if (!socket) co_return socket.error();
    const auto answer = co_await ask(*socket, "?");
    if (!answer) co_return answer.error();
    EXPECT_LE(answer->size(), 512U);
    EXPECT_EQ(*answer, chargen_pattern().substr(0, answer->size()));
    co_return ok();
  };
  serve(client, {.service = Service::chargen});
}

TEST(ServeUdp, DiscardsWithoutAnAnswer) {
  const auto client = [](Endpoint server) -> Task<Result<>> {
    auto socket = UdpSocket::connected_to(server);
    if (!socket) co_return socket.error();
    co_return co_await socket->send("into the void", guard());
  };
  const Served served = serve(client, {.service = Service::discard, .once = true});
  EXPECT_EQ(served.totals.received_datagrams, 1U);
  EXPECT_EQ(served.totals.sent_datagrams, 0U);
}

TEST(ServeUdp, SmallServicesAndOurOwnPortAreNotAnswered) {
  for (const std::uint16_t port : std::vector<std::uint16_t>{0, 7, 11, 13, 15, 17, 19, 37, 5001}) {
    EXPECT_FALSE(may_answer(port, 5001)) << port;
  }
  for (const std::uint16_t port : std::vector<std::uint16_t>{1, 9, 53, 5000, 5002, 65535}) {
    EXPECT_TRUE(may_answer(port, 5001)) << port;
  }
}

// From another address with the server's own port number, between two datagrams that are answered.
TEST(ServeUdp, ShunsOneOfABatchAndAnswersTheOthers) {
  const auto client = [](Endpoint server) -> Task<Result<>> {
    auto good = UdpSocket::connected_to(server);
    if (!good) co_return good.error();
    auto twin = UdpSocket::bind(Endpoint(*IpAddress::parse("127.0.0.2"), server.port()));
    if (!twin) co_return twin.error();
    // All three wait in the server's socket when it first looks: loopback delivers at once.
    if (const auto sent = co_await good->send("one", guard()); !sent) co_return sent;
    if (const auto sent = co_await twin->send_to("loop", server, guard()); !sent) co_return sent;
    const auto answer = co_await ask(*good, "two");
    if (!answer) co_return answer.error();
    EXPECT_EQ(*answer, "one");
    std::byte memory[16];
    const auto second = co_await good->receive(memory, guard());
    if (!second) co_return second.error();
    EXPECT_EQ(as_text(std::span(memory).first(second->size)), "two");
    co_return ok();
  };
  const Served served = serve(client);
  EXPECT_EQ(served.totals.received_datagrams, 3U);
  EXPECT_EQ(served.totals.sent_datagrams, 2U);
  EXPECT_EQ(served.totals.shunned_datagrams, 1U);
}

TEST(ServeUdp, AnAnswerLongerThanAnyDatagramIsToldOnceAndOthersGoOn) {
  const auto client = [](Endpoint server) -> Task<Result<>> {
    auto socket = UdpSocket::connected_to(server);
    if (!socket) co_return socket.error();
    for (int i = 0; i < 2; ++i) {
      const auto sent = co_await socket->send(std::string(65507, 'x'), guard());
      if (!sent) co_return sent;
    }
    const auto answer = co_await ask(*socket, "short");
    if (!answer) co_return answer.error();
    EXPECT_EQ(*answer, "got short");
    co_return ok();
  };
  const Served served = serve(client, replying("got {}"));
  EXPECT_EQ(served.totals.refused_datagrams, 2U);
  EXPECT_EQ(std::ranges::count(served.told, fmt::format("refused {}", EMSGSIZE)), 1);
}

// A connected client takes an answer from nobody but whom it asked.
TEST(ServeUdp, OnAWildcardTheAnswerComesFromTheAddressThatWasAsked) {
  const auto client = [](Endpoint server) {
    return expect_answer(Endpoint(*IpAddress::parse("127.0.0.2"), server.port()), "hello", "hello");
  };
  serve(client, {}, Endpoint(IpAddress::any(Family::v4), 0));
}

}  // namespace
}  // namespace patchbay
