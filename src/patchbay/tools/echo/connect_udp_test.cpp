#include "patchbay/tools/echo/connect_udp.hpp"

#include <array>

#include "patchbay/tools/echo/connect_test_peers.hpp"

namespace patchbay {
namespace {

// Answers from the datagram with this number on.
Task<Result<>> answer_from(UdpSocket& server, unsigned first, unsigned& heard) {
  std::array<std::byte, 2048> memory;
  for (;;) {
    const auto got = co_await server.receive_from(memory);
    if (!got) co_return got.error();
    if (++heard < first) continue;
    const auto sent = co_await server.send_to("UDP Echo: " + std::string(got->text()), got->peer);
    if (!sent) co_return sent;
  }
}

Task<Result<>> ask_into(Endpoint peer, AskUdpOptions options, unsigned& sent,
                        std::optional<Result<UdpAnswer>>& into) {
  auto socket = co_await connect_udp({.to = host_port(peer)});
  if (!socket) co_return socket.error();
  into = co_await ask_udp(*socket, std::move(options), sent);
  co_return Error(Fault::cancelled, "go on");  // ends the server
}

struct Asked {
  unsigned answers_from = 1;
  AskUdpOptions options;
  unsigned sent = 0;
  unsigned heard = 0;
  std::optional<Result<UdpAnswer>> answer = {};
};
Task<> ask_server(Asked& asked) {
  auto server = UdpSocket::bind(loopback());
  CO_REQUIRE(server);
  const auto local = server->local();
  CO_REQUIRE(local);
  [[maybe_unused]] const auto over =
      co_await both(answer_from(*server, asked.answers_from, asked.heard),
                    ask_into(*local, asked.options, asked.sent, asked.answer));
  CO_REQUIRE(asked.answer);
}

TEST(AskUdp, TheFirstAnswerIsTheAnswer) {
  Asked asked{.options = {.question = "Hello UDP!", .timeout = 60s, .first_wait = 60s}};
  run_with_loop(ask_server, asked);
  ASSERT_TRUE(asked.answer && *asked.answer);
  EXPECT_EQ((*asked.answer)->bytes, "UDP Echo: Hello UDP!");
  EXPECT_EQ(asked.sent, 1U);
}

TEST(AskUdp, ALostQuestionIsAskedAgain) {
  Asked asked{.answers_from = 3, .options = {.question = "?", .timeout = 60s, .first_wait = 10ms}};
  run_with_loop(ask_server, asked);
  ASSERT_TRUE(asked.answer && *asked.answer);
  EXPECT_EQ((*asked.answer)->bytes, "UDP Echo: ?");
  EXPECT_GE(asked.sent, 3U);
}

// 0, 10 and 30 ms; the fourth would come at 70.
TEST(AskUdp, SilenceIsTimedOutAndTheDatagramsAreCounted) {
  Asked asked{.answers_from = 1000,
              .options = {.question = "?", .timeout = 50ms, .first_wait = 10ms}};
  run_with_loop(ask_server, asked);
  ASSERT_TRUE(asked.answer && !*asked.answer);
  EXPECT_EQ(asked.answer->error().fault(), Fault::timed_out);
  EXPECT_GE(asked.sent, 1U);
  EXPECT_LE(asked.sent, 3U);
  EXPECT_LE(asked.heard, asked.sent);
}

Endpoint closed_udp_port() {
  const auto socket = UdpSocket::bind(loopback());
  if (!socket) return loopback(1);
  return socket->local().value_or(loopback(1));
}

Task<> ask_nobody() {
  auto socket = co_await connect_udp({.to = host_port(closed_udp_port())});
  CO_REQUIRE(socket);
  unsigned sent = 0;
  const auto answer =
      co_await ask_udp(*socket, {.question = "?", .timeout = 60s, .first_wait = 60s}, sent);
  CO_REQUIRE(!answer);
  EXPECT_EQ(answer.error().fault(), Fault::refused);
  EXPECT_EQ(sent, 1U);
}
TEST(AskUdp, ARefusalIsHeardAtOnce) { run_with_loop(ask_nobody); }

Task<> ask_too_much() {
  auto server = UdpSocket::bind(loopback());
  CO_REQUIRE(server);
  const auto local = server->local();
  CO_REQUIRE(local);
  auto socket = co_await connect_udp({.to = host_port(*local)});
  CO_REQUIRE(socket);
  unsigned sent = 0;
  const auto answer =
      co_await ask_udp(*socket, {.question = std::string(k_largest_datagram_bytes + 1, 'x')}, sent);
  CO_REQUIRE(!answer);
  EXPECT_EQ(answer.error().fault(), Fault::limit);
  EXPECT_EQ(sent, 0U);
}
TEST(AskUdp, AQuestionThatFitsIntoNoDatagramIsRefused) { run_with_loop(ask_too_much); }

Task<> ask_unresolvable() {
  Loop::current().set_resolver(std::make_unique<NoNames>());
  const auto socket = co_await connect_udp({.to = {"router7.example", 53}});
  CO_REQUIRE(!socket);
  EXPECT_EQ(socket.error().fault(), Fault::resolve);
}
TEST(ConnectUdp, ANameWithoutAnAddressIsAFaultOfItsOwn) { run_with_loop(ask_unresolvable); }

Task<> ask_from_elsewhere() {
  auto server = UdpSocket::bind(loopback());
  CO_REQUIRE(server);
  const auto local = server->local();
  CO_REQUIRE(local);
  const auto socket = co_await connect_udp(
      {.to = host_port(*local), .local = Endpoint(*IpAddress::parse("127.0.0.2"), 0)});
  CO_REQUIRE(socket);
  const auto from = socket->local();
  CO_REQUIRE(from);
  EXPECT_EQ(from->address().to_string(), "127.0.0.2");
}
TEST(ConnectUdp, TheSourceAddressCanBeChosen) { run_with_loop(ask_from_elsewhere); }

Task<> ask_cancelled() {
  auto socket = co_await connect_udp({.to = host_port(closed_udp_port())});
  CO_REQUIRE(socket);
  (co_await current_scope()).cancel();
  unsigned sent = 0;
  const auto answer = co_await ask_udp(*socket, {.question = "?"}, sent);
  CO_REQUIRE(!answer);
  EXPECT_EQ(answer.error().fault(), Fault::cancelled);
  EXPECT_EQ(sent, 0U);
}
TEST(AskUdp, StartedCancelledItSendsNothing) { run_with_loop(ask_cancelled); }

Task<> joins_lines(UdpRelayTotals& totals, std::string& came) {
  auto server = UdpSocket::bind(loopback());
  CO_REQUIRE(server);
  const auto local = server->local();
  CO_REQUIRE(local);
  auto socket = co_await connect_udp({.to = host_port(*local)});
  CO_REQUIRE(socket);
  auto in = local_pair();
  auto out = local_pair();
  CO_REQUIRE(in && out);
  unsigned heard = 0;
  const auto joined = co_await either(
      answer_from(*server, 1, heard),
      both(relay_udp({*socket, in->theirs, out->theirs}, {.crlf = true, .linger = 200ms}, totals),
           write_and_end(in->ours, "one\ntwo\nthree")));
  EXPECT_TRUE(joined) << joined.error().describe();
  out->theirs.close();
  EXPECT_TRUE(co_await read_to_end(out->ours, came));
}
TEST(RelayUdp, EachLineIsADatagramAndAnswersComeBack) {
  UdpRelayTotals totals;
  std::string came;
  run_with_loop(joins_lines, totals, came);
  EXPECT_EQ(came, "UDP Echo: one\r\nUDP Echo: two\r\nUDP Echo: three");
  EXPECT_EQ(totals.sent_datagrams, 3U);
  EXPECT_EQ(totals.received_datagrams, 3U);
}

}  // namespace
}  // namespace patchbay
