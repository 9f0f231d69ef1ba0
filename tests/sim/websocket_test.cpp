// WebSockets on a bad network: every message that is heard is one that was sent, whole and in its
// order, and a connection that cannot go on says so to both ends.
#include <string>
#include <vector>

#include "patchbay/http/websocket_client.hpp"
#include "patchbay/http/websocket_fixture.hpp"
#include "patchbay/net/sim/peers_fixture.hpp"
#include "patchbay/net/sim/seeds.hpp"

namespace patchbay {
namespace {

constexpr std::uint16_t k_port = 80;

// --- the server ----------------------------------------------------------------------------------

Task<> echo_messages(TcpStream stream, WebSocketOptions options) {
  auto socket = co_await accept_websocket(std::move(stream), {}, options, Deadline::after(1min));
  if (!socket) co_return;
  for (;;) {
    const auto message = co_await socket->receive(Deadline::never());
    if (!message) co_return;
    const auto sent = co_await socket->send(*message, Deadline::after(1min));
    if (!sent) co_return;
  }
}

Task<Result<>> websocket_server(WebSocketOptions options = {}) {
  auto listener = TcpListener::bind(Endpoint(IpAddress::any(Family::v4), k_port));
  if (!listener) co_return listener.error();
  co_return co_await serve_each(*listener, echo_messages, options);
}

Task<Result<WebSocket>> open(Endpoint server, WebSocketConnectOptions options = {}) {
  auto stream = co_await TcpStream::connect(server, Deadline::after(1min));
  if (!stream) co_return stream.error();
  co_return co_await connect_websocket(std::move(*stream), "server", "/", std::move(options),
                                       Deadline::after(1min));
}

// --- messages both ways at once ------------------------------------------------------------------

struct Talk {
  std::vector<WebSocketMessage> messages;
  bool compressed = true;
  std::size_t frame_max_bytes = 64 * 1024;
  int attempts = 0;
};

Talk make_talk(Chance& chance) {
  Talk talk{.messages = {},
            .compressed = chance.bits() % 2 == 0,
            .frame_max_bytes = 1 + chance.bits() % 5'000};
  for (int i = 0; i < 12; ++i) {
    const bool is_text = chance.bits() % 2 == 0;
    std::string data = sim::pattern(chance.bits() % 9'000, chance.bits());
    if (is_text) data = std::string(data.size(), static_cast<char>('a' + i));
    talk.messages.push_back({is_text, std::move(data)});
  }
  return talk;
}

Task<Result<>> tell_all(WebSocket& socket, const Talk& talk) {
  for (const WebSocketMessage& message : talk.messages) {
    const auto sent = co_await socket.send(message, Deadline::after(5min));
    if (!sent) co_return sent;
  }
  co_return ok();
}

Task<Result<>> hear_all(WebSocket& socket, const Talk& talk) {
  for (const WebSocketMessage& message : talk.messages) {
    const auto heard = co_await socket.receive(Deadline::after(5min));
    if (!heard) co_return heard.error();
    if (*heard != message) co_return Error(Fault::integrity, "hear the message that was sent");
  }
  co_return ok();
}

Task<Result<>> hold(Endpoint server, Talk& talk) {
  auto socket = co_await open(
      server, {.terms = {.deflate = talk.compressed ? WebSocketTerms{}.deflate : std::nullopt},
               .socket = {.sending = {.frame_max_bytes = talk.frame_max_bytes}}});
  if (!socket) co_return socket.error();
  EXPECT_EQ(socket->compresses(), talk.compressed);
  const auto done = co_await both(tell_all(*socket, talk), hear_all(*socket, talk));
  if (!done) co_return done;
  const auto closed = co_await socket->close(1000, "", Deadline::after(1min));
  if (closed) EXPECT_EQ(socket->close_code(), 1000);
  co_return closed;
}

// As often as it takes: a reset is a reason to try again, anything else is none.
Task<Result<>> hold_until_heard(Endpoint server, Talk& talk) {
  for (;;) {
    ++talk.attempts;
    const auto done = co_await hold(server, talk);
    if (done || done.error().fault() != Fault::closed) co_return done;
  }
}

// A talk in frames of a few bytes takes longer than it is from one reset to the next: without a
// last one it would begin again for ever.
constexpr int k_most_resets = 10;

SIM_TEST(SimulatedWebSocket, HearsEveryMessageWholeAndInOrder) {
  sim::Pair pair(world, {.delay = 5ms, .jitter = 2ms, .loss = 0.02});
  pair.server.faults() = {
      .short_reads = 0.1, .short_writes = 0.1, .read_bytes_per_second = 500'000};
  pair.server.serve(websocket_server());
  Chance chance = world.chance_for("talks");
  std::vector<Talk> talks;
  for (int i = 0; i < 3; ++i) talks.push_back(make_talk(chance));
  for (Talk& talk : talks) {
    pair.client.run(hold_until_heard(Endpoint(pair.server.address(), k_port), talk));
  }
  int resets = 0;
  world.every(700ms, [&] {
    if (resets < k_most_resets) resets += pair.server.reset_connection() ? 1 : 0;
  });
  const sim::Verdict verdict = world.run();
  EXPECT_TRUE(verdict) << verdict.describe();
  for (const Talk& talk : talks) EXPECT_LE(talk.attempts, 1 + resets);
}

// --- a server that loses its power ---------------------------------------------------------------

Task<Result<>> listen_to_a_dead_server(Endpoint server, Instant& ended) {
  auto socket = co_await open(server, {.socket = {.ping_after = 10s, .pong_timeout = 5s}});
  if (!socket) co_return socket.error();
  const auto message = co_await socket->receive(Deadline::never());
  if (message) co_return Error(Fault::integrity, "hear nothing");
  EXPECT_EQ(message.error().fault(), Fault::timed_out);
  EXPECT_FALSE(socket->is_open());
  EXPECT_EQ(socket->close_code(), 1006);
  ended = Loop::current().now();
  co_return ok();
}

// Without faults and deadlines nobody dies, and nobody notices.
TEST(SimulatedWebSocket, NoticesThatItsServerHasLostItsPower) {
  sim::for_each_seed(
      {.name = "SimulatedWebSocket.NoticesThatItsServerHasLostItsPower", .calm = false},
      [](sim::World& world) {
        sim::Pair pair(world, {.delay = 5ms, .loss = 0.01});
        pair.server.serve(websocket_server());
        const Instant begin = world.now();
        Instant ended{};
        pair.client.run(listen_to_a_dead_server(Endpoint(pair.server.address(), k_port), ended));
        const auto random = static_cast<std::int64_t>(world.chance_for("death").bits() % 60'000);
        const Duration dies = 10s + std::chrono::milliseconds(random);
        world.at(dies, [&server = pair.server] { server.kill(); });
        const sim::Verdict verdict = world.run();
        EXPECT_TRUE(verdict) << verdict.describe();
        EXPECT_GT(ended - begin, dies);
        EXPECT_LT(ended - begin, dies + 16s);
      });
}

}  // namespace
}  // namespace patchbay
