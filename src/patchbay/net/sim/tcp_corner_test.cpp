// TCP where segments cross, get lost or come too late: what a program notices is as on Linux.
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <string>

#include "patchbay/net/sim/peers_fixture.hpp"

namespace patchbay::sim {
namespace {

Result<TcpListener> listen_there(const ListenOptions& options = {}) {
  return TcpListener::bind(Endpoint(IpAddress::any(Family::v4), k_echo_port), options);
}

// The first connection that comes.
Task<Result<TcpStream>> accept_one(ListenOptions options = {}) {
  auto listener = listen_there(options);
  if (!listener) co_return listener.error();
  co_return co_await listener->accept();
}

Task<Result<std::size_t>> read_to_the_end(TcpStream& stream) {
  std::size_t count = 0;
  for (;;) {
    const auto data = co_await stream.receive();
    if (!data) co_return data.error();
    if (data->empty()) co_return count;
    count += data->size();
  }
}

// --- windows -------------------------------------------------------------------------------------

constexpr std::size_t k_some = 60'000;

Task<Result<>> read_slowly() {
  auto stream = co_await accept_one({.stream = {.receive_buffer_bytes = 4096}});
  if (!stream) co_return stream.error();
  std::string heard;
  std::array<std::byte, 3000> memory;
  for (int i = 0;; ++i) {
    const auto count = co_await stream->read(memory);
    if (!count) co_return count.error();
    if (*count == 0) break;
    heard.append(reinterpret_cast<const char*>(memory.data()), *count);
    if (i % 4 != 0) continue;
    const Duration pause = std::chrono::milliseconds(1 + i * 7919 % 900);
    if (const auto slept = co_await sleep_for(pause); !slept) co_return slept;
  }
  EXPECT_TRUE(heard == pattern(k_some));
  co_return ok();
}
Task<Result<>> tell_all(Endpoint to) {
  auto stream = co_await TcpStream::connect(to);
  if (!stream) co_return stream.error();
  if (const auto told = co_await tell(*stream, pattern(k_some)); !told) co_return told;
  if (const auto shut = co_await stream->shutdown_write(); !shut) co_return shut;
  const auto answer = co_await stream->receive();
  co_return answer ? ok() : Result<>(answer.error());
}
// An acknowledgement lost and an older one late: the sender believes a window shut that is open.
TEST(SimTcpCorners, AShutWindowIsAskedForUntilItOpens) {
  for (std::uint64_t seed = 1; seed <= 400; ++seed) {
    World world(seed);
    Pair pair(world, {.delay = 10ms,
                      .jitter = 2ms,
                      .loss = 0.2,
                      .duplicate = 0.05,
                      .reorder = 0.2,
                      .reorder_by = 60ms});
    pair.server.run(read_slowly());
    pair.client.run(tell_all(echo_at(pair.server)));
    const Verdict verdict = world.run();
    ASSERT_TRUE(verdict) << verdict.describe();
  }
}

constexpr std::size_t k_window = 262'144;

Task<Result<>> write_before_reading(std::size_t expected) {
  auto stream = co_await accept_one();
  if (!stream) co_return stream.error();
  if (const auto told = co_await tell(*stream, pattern(2'000'000)); !told) co_return told;
  const auto heard = co_await read_to_the_end(*stream);
  if (!heard) co_return heard.error();
  EXPECT_EQ(*heard, expected);
  co_return ok();
}
Task<Result<>> write_and_shut(Endpoint to, std::size_t size) {
  auto stream = co_await TcpStream::connect(to);
  if (!stream) co_return stream.error();
  if (const auto told = co_await tell(*stream, pattern(size)); !told) co_return told;
  if (const auto shut = co_await stream->shutdown_write(); !shut) co_return shut;
  const auto heard = co_await read_to_the_end(*stream);
  if (!heard) co_return heard.error();
  EXPECT_EQ(*heard, 2'000'000U);
  co_return ok();
}
// The end of a stream takes a place in the window, too.
TEST(SimTcpCorners, AHalfCloseBehindAFullWindowWaits) {
  for (const std::size_t size : {k_window - 1, k_window, k_window + 1}) {
    World world(1);
    Pair pair(world);
    pair.server.run(write_before_reading(size));
    pair.client.run(write_and_shut(echo_at(pair.server), size));
    EXPECT_LT(run(world), 2s) << size;
  }
}

Task<Result<>> read_after(Duration time, std::size_t expected) {
  auto stream = co_await accept_one();
  if (!stream) co_return stream.error();
  if (const auto slept = co_await sleep_for(time); !slept) co_return slept;
  const auto heard = co_await read_to_the_end(*stream);
  if (!heard) co_return heard.error();
  EXPECT_EQ(*heard, expected);
  co_return co_await tell(*stream, pattern(2'000'000));
}
TEST(SimTcpCorners, AHalfCloseWaitsAsLongAsTheReader) {
  World world(1);
  Pair pair(world);
  pair.server.run(read_after(1h, k_window));
  pair.client.run(write_and_shut(echo_at(pair.server), k_window));
  EXPECT_LT(run(world), 1h + 2min);
}

// --- resets --------------------------------------------------------------------------------------

Task<Result<>> hear_of_a_reset() {
  auto stream = co_await accept_one();
  if (!stream) co_return stream.error();
  if (const auto told = co_await stream->write_all("unread"); !told) co_return told;
  const auto heard = co_await read_to_the_end(*stream);
  EXPECT_FALSE(heard);
  if (!heard) EXPECT_EQ(heard.error().code(), ECONNRESET);
  co_return ok();
}
Task<Result<>> close_after_a_timeout(Endpoint to) {
  auto stream = co_await TcpStream::connect(to);
  if (!stream) co_return stream.error();
  if (const auto slept = co_await sleep_for(1s - 20ms); !slept) co_return slept;
  if (const auto told = co_await tell(*stream, pattern(12'000)); !told) co_return told;
  co_return co_await sleep_for(260ms);
}
// What was sent is on its way again when the reset overtakes it; all of it had arrived before.
TEST(SimTcpCorners, AResetAfterATimeoutIsHeard) {
  World world(1);
  Pair pair(world);
  pair.server.run(hear_of_a_reset());
  pair.client.run(close_after_a_timeout(echo_at(pair.server)));
  world.at(1005ms, [&] { pair.link.cut(); });  // the acknowledgements do not arrive
  world.at(1250ms, [&] { pair.link.mend(); });
  EXPECT_LT(run(world), 2s);
}

Task<> listen_for_a_second() {
  const auto listener = listen_there();
  EXPECT_TRUE(listener);
  EXPECT_TRUE(co_await sleep_for(1s));
}
Task<> hear_that_nobody_accepts(Endpoint to) {
  auto stream = co_await TcpStream::connect(to);
  EXPECT_TRUE(stream);
  if (!stream) co_return;
  const auto end = co_await stream->receive();
  EXPECT_FALSE(end);
  if (!end) EXPECT_EQ(end.error().code(), ECONNRESET);
}
TEST(SimTcpCorners, AListenerThatClosesResetsWhatNobodyAccepted) {
  World world(1);
  Pair pair(world);
  pair.server.run(listen_for_a_second());
  pair.client.run(hear_that_nobody_accepts(echo_at(pair.server)));
  EXPECT_LT(run(world), 2s);
}

// A half-close, and a second later a reset because of what nobody has read.
Task<Result<>> end_and_reset() {
  auto stream = co_await accept_one();
  if (!stream) co_return stream.error();
  if (const auto shut = co_await stream->shutdown_write(); !shut) co_return shut;
  co_return co_await sleep_for(1s);
}
Task<Result<>> read_after_end_and_reset(Endpoint to) {
  auto stream = co_await TcpStream::connect(to);
  if (!stream) co_return stream.error();
  if (const auto told = co_await stream->write_all("never read"); !told) co_return told;
  if (const auto slept = co_await sleep_for(2s); !slept) co_return slept;
  const auto end = co_await stream->receive();
  EXPECT_TRUE(end && end->empty());
  const auto told = co_await stream->write_all("more");
  EXPECT_FALSE(told);
  if (!told) EXPECT_EQ(told.error().code(), EPIPE);
  co_return ok();
}
TEST(SimTcpCorners, AnEndStaysAnEndWhenAResetFollows) {
  World world(1);
  Pair pair(world);
  pair.server.run(end_and_reset());
  pair.client.run(read_after_end_and_reset(echo_at(pair.server)));
  run(world);
}

// --- connections of before -----------------------------------------------------------------------

Task<Result<>> say_from(Endpoint own, Endpoint to, bool stay) {
  auto stream = co_await TcpStream::connect(to, {.local = own});
  if (!stream) co_return stream.error();
  if (const auto told = co_await stream->write_all("hello"); !told) co_return told;
  if (const auto heard = co_await hear(*stream, "hello"); !heard) co_return heard;
  co_return stay ? co_await sleep_until(Deadline::never()) : ok();
}
Task<> be_there_for(Duration time) { EXPECT_TRUE(co_await sleep_for(time)); }
// The server still believes in the old connection, until a reset tells it otherwise.
TEST(SimTcpCorners, AHostThatCameBackConnectsFromTheSamePort) {
  World world(1);
  Pair pair(world);
  const Endpoint own(pair.client.address(), 5000);
  pair.server.serve(echo_server());
  pair.client.run(say_from(own, echo_at(pair.server), true));
  world.at(1s, [&] { pair.client.kill(); });
  world.at(2s, [&] {
    pair.client.restart();
    pair.client.run(say_from(own, echo_at(pair.server), false));
  });
  pair.server.run(be_there_for(3s));
  const Duration needed = run(world) - 2s;
  EXPECT_GE(needed, 1s);
  EXPECT_LT(needed, 2s);
}

PacketPointer segment_between(Host& from, Host& to, std::size_t size) {
  PacketPointer segment = from.stack().make_packet(size);
  segment->kind = Packet::Kind::tcp;
  segment->source = from.address();
  segment->destination = to.address();
  segment->source_port = 6000;
  segment->destination_port = k_echo_port;
  segment->tcp.window = 65'535;
  segment->tcp.sequence = 1000;
  return segment;
}
void send_from(Host& from, Host& to, PacketPointer segment) {
  Route route;
  ASSERT_EQ(from.stack().find_route(to.address(), nullptr, route), 0);
  from.stack().send(route, std::move(segment));
}
// Both are stragglers: what the second acknowledges was never sent, so its bytes are nobody's.
TEST(SimTcpCorners, AHalfOpenConnectionTakesNothingOfAnotherOne) {
  World world(1);
  Pair pair(world);
  pair.server.serve(echo_server());
  world.run_for(1s);
  PacketPointer syn = segment_between(pair.client, pair.server, 0);
  syn->tcp.syn = true;
  send_from(pair.client, pair.server, std::move(syn));
  PacketPointer data = segment_between(pair.client, pair.server, 5);
  data->tcp.sequence = 1001;
  data->tcp.ack = true;
  data->tcp.acknowledged = 77;
  std::ranges::fill(data->bytes(), std::byte{'x'});
  send_from(pair.client, pair.server, std::move(data));
  world.run_for(1s);
  // These two, the answer to each, and the client's reset of the connection that it never began.
  EXPECT_EQ(pair.link.totals().offered_packets, 5U);
}

// --- connections that begin in unusual ways ------------------------------------------------------

Task<Result<>> hear_yourself(Endpoint own) {
  auto stream = co_await TcpStream::connect(own, {.local = own}, Deadline::after(10s));
  if (!stream) co_return stream.error();
  if (const auto told = co_await stream->write_all("myself"); !told) co_return told;
  if (const auto heard = co_await hear(*stream, "myself"); !heard) co_return heard;
  if (const auto shut = co_await stream->shutdown_write(); !shut) co_return shut;
  const auto rest = co_await read_to_the_end(*stream);
  EXPECT_TRUE(rest && *rest == 0);
  co_return ok();
}
TEST(SimTcpCorners, ASocketMayConnectToItself) {
  World world(1);
  Pair pair(world);
  pair.client.run(hear_yourself(Endpoint(pair.client.address(), 5555)));
  EXPECT_LT(run(world), 1s);
}

Task<Result<>> meet(Endpoint own, Endpoint other, std::string say, std::string hear_that) {
  auto stream = co_await TcpStream::connect(other, {.local = own}, Deadline::after(20s));
  if (!stream) co_return stream.error();
  co_return co_await both(tell(*stream, say), hear(*stream, hear_that));
}
TEST(SimTcpCorners, TwoThatConnectAtTheSameTimeMeet) {
  for (std::uint64_t seed = 1; seed <= 50; ++seed) {
    World world(seed);
    Pair pair(world, {.delay = 10ms, .loss = seed > 1 ? 0.1 : 0});
    const Endpoint here(pair.client.address(), 5000);
    const Endpoint there(pair.server.address(), 5000);
    pair.client.run(meet(here, there, "ping", "pong"));
    pair.server.run(meet(there, here, "pong", "ping"));
    const Verdict verdict = world.run();
    ASSERT_TRUE(verdict) << verdict.describe();
    if (seed == 1) EXPECT_LT(verdict.took, 100ms);
  }
}

// From the very port of the connection that it has accepted: no other can have these four numbers.
Task<> connect_back(Host& client) {
  auto stream = co_await accept_one();
  EXPECT_TRUE(stream);
  if (!stream) co_return;
  const Endpoint own(IpAddress::any(Family::v4), k_echo_port);
  const auto back = co_await TcpStream::connect(Endpoint(client.address(), 5000), {.local = own});
  EXPECT_FALSE(back);
  if (!back) EXPECT_EQ(back.error().code(), EADDRNOTAVAIL);
  EXPECT_TRUE(co_await stream->write_all("hello"));
  EXPECT_TRUE(co_await read_to_the_end(*stream));
}
TEST(SimTcpCorners, AConnectionCannotBeMadeTwice) {
  World world(1);
  Pair pair(world);
  pair.server.run(connect_back(pair.client));
  pair.client.run(say_from(Endpoint(pair.client.address(), 5000), echo_at(pair.server), false));
  run(world);
}

// --- keepalive -----------------------------------------------------------------------------------

Task<> notice_the_death_of_a_client() {
  auto stream = co_await accept_one();
  EXPECT_TRUE(stream);
  if (!stream) co_return;
  const Keepalive keepalive{.idle = 60s, .interval = 10s, .probes = 6};
  EXPECT_TRUE(stream->set({.keepalive = keepalive}));
  const auto end = co_await stream->receive();
  EXPECT_FALSE(end);
  if (!end) EXPECT_EQ(end.error().code(), ETIMEDOUT);
}
Task<> connect_and_die(Endpoint to) {
  const auto stream = co_await TcpStream::connect(to);
  EXPECT_TRUE(stream);
  [[maybe_unused]] const auto died = co_await sleep_until(Deadline::never());
}
TEST(SimTcpCorners, KeepaliveBeginsWhenItIsAskedFor) {
  World world(1);
  Pair pair(world);
  pair.server.run(notice_the_death_of_a_client());
  pair.client.run(connect_and_die(echo_at(pair.server)));
  world.at(2s, [&] { pair.client.kill(); });
  EXPECT_EQ(std::chrono::round<std::chrono::seconds>(run(world)), 120s);
}

// How long after its last word the death of a server is noticed.
Task<> notice_a_death(Endpoint to, TcpOptions options, bool speak) {
  auto stream = co_await TcpStream::connect(to, {.stream = options});
  EXPECT_TRUE(stream);
  if (!stream) co_return;
  EXPECT_TRUE(co_await sleep_for(1s));
  if (speak) EXPECT_TRUE(co_await stream->write_all("anybody?"));
  const auto end = co_await stream->receive();
  EXPECT_FALSE(end);
  if (!end) EXPECT_EQ(end.error().code(), ETIMEDOUT);
}
Duration time_to_notice(TcpOptions options, bool speak) {
  World world(1);
  Pair pair(world);
  pair.server.serve(echo_server());
  pair.client.run(notice_a_death(echo_at(pair.server), options, speak));
  world.at(500ms, [&] { pair.server.kill(); });
  return std::chrono::round<std::chrono::seconds>(run(world));
}
// Data under way asks often enough; and a user timeout counts for more than the number of probes.
TEST(SimTcpCorners, KeepaliveIsForIdleConnectionsOnly) {
  const Keepalive keepalive{.idle = 10s, .interval = 5s, .probes = 1};
  EXPECT_EQ(time_to_notice({.keepalive = keepalive}, false), 15s);
  EXPECT_GT(time_to_notice({.keepalive = keepalive}, true), 900s);
  EXPECT_EQ(time_to_notice({.keepalive = keepalive, .user_timeout = 20s}, false), 20s);
}

}  // namespace
}  // namespace patchbay::sim
