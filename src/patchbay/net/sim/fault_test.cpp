// What befalls hosts: each fault, and that tasks come through it.
#include <gtest/gtest.h>

#include <cerrno>
#include <string>

#include "patchbay/net/sim/peers_fixture.hpp"
#include "patchbay/net/udp.hpp"

namespace patchbay::sim {
namespace {

TEST(SimFaults, ACutLinkIsMended) {
  World world(1);
  Pair pair(world);
  pair.server.serve(echo_server());
  pair.client.run(say(echo_at(pair.server), pattern(1'000'000)));
  world.at(50ms, [&] { pair.link.cut(); });
  world.at(10s, [&] { pair.link.mend(); });
  const Duration took = run(world);
  EXPECT_GE(took, 10s);
  EXPECT_LT(took, 30s);
}

TEST(SimFaults, APausedHostGoesOnLater) {
  World world(1);
  Pair pair(world);
  pair.server.serve(echo_server());
  pair.client.run(say(echo_at(pair.server), pattern(100'000)));
  world.at(30ms, [&] { pair.server.pause(); });
  world.at(5s, [&] { pair.server.resume(); });
  const Duration took = run(world);
  EXPECT_GE(took, 5s);
  EXPECT_LT(took, 10s);
}

Task<> note_the_end(Result<>& end) { end = co_await sleep_until(Deadline::never()); }
Task<> note_the_end_of_accept(Result<>& end) {
  auto listener = TcpListener::bind(Endpoint(IpAddress::any(Family::v4), k_echo_port));
  EXPECT_TRUE(listener);
  const auto client = co_await listener->accept();
  EXPECT_FALSE(client);
  if (!client) end = client.error();
}
TEST(SimFaults, TheTasksOfADeadHostEnd) {
  World world(1);
  Pair pair(world);
  Result<> slept;
  Result<> accepted;
  pair.server.run(note_the_end(slept));
  pair.server.run(note_the_end_of_accept(accepted));
  world.at(1s, [&] { pair.server.kill(); });
  EXPECT_EQ(run(world), 1s);
  ASSERT_FALSE(slept || accepted);
  EXPECT_EQ(slept.error().fault(), Fault::cancelled);
  EXPECT_EQ(accepted.error().fault(), Fault::closed);
}

// The old tasks have not come to their end when the new ones begin, and what the kill made of them
// is no failure.
TEST(SimFaults, AHostIsBackInTheSameBreath) {
  World world(1);
  Pair pair(world);
  pair.server.serve(echo_server());
  world.at(1s, [&] {
    pair.server.kill();
    pair.server.restart();
    pair.server.serve(echo_server());
  });
  world.at(5s, [&] { pair.client.run(say(echo_at(pair.server), "hello")); });
  world.run_for(6s);
  run(world);
}

Task<> begin_without_power(Result<>& end) { end = co_await sleep_for(1h); }
TEST(SimFaults, WhatBeginsWithoutPowerEndsAtOnce) {
  World world(1);
  Host& host = world.host("10.0.0.1");
  Result<> end;
  host.kill();
  host.run(begin_without_power(end));
  EXPECT_LT(run(world), 1s);
  ASSERT_FALSE(end);
  EXPECT_EQ(end.error().fault(), Fault::cancelled);
}

Task<> try_until_connected(Endpoint to, int& refusals) {
  for (;;) {
    const auto stream = co_await TcpStream::connect(to);
    if (stream) co_return;
    EXPECT_EQ(stream.error().fault(), Fault::refused);
    ++refusals;
    EXPECT_TRUE(co_await sleep_for(100ms));
  }
}
TEST(SimFaults, AHostRefusesForAWhile) {
  World world(1);
  Pair pair(world);
  pair.server.serve(echo_server());
  pair.server.faults().refuses_connections = true;
  world.at(1s, [&] { pair.server.faults().refuses_connections = false; });
  int refusals = 0;
  pair.client.run(try_until_connected(echo_at(pair.server), refusals));
  run(world);
  EXPECT_GE(refusals, 8);
}

// Two fit beside the listener; the third waits until one of them has left.
Task<Result<>> stay_for(Endpoint to, Duration time) {
  auto stream = co_await TcpStream::connect(to);
  if (!stream) co_return stream.error();
  if (const auto sent = co_await stream->write_all("hello"); !sent) co_return sent;
  if (const auto heard = co_await hear(*stream, "hello"); !heard) co_return heard;
  co_return co_await sleep_for(time);
}
TEST(SimFaults, WithoutDescriptorsAcceptWaits) {
  World world(1);
  Pair pair(world);
  pair.server.faults().descriptors = 3;
  pair.server.serve(echo_server());
  for (int i = 0; i < 3; ++i) pair.client.run(stay_for(echo_at(pair.server), 10s));
  const Duration took = run(world);
  EXPECT_GE(took, 20s);
  EXPECT_LT(took, 21s);
  ASSERT_EQ(pair.server.notices().size(), 1U);
  EXPECT_NE(pair.server.notices()[0].find("out of descriptors"), std::string::npos);
}

TEST(SimFaults, DescriptorsGivenBackWakeWhoNeedsThem) {
  World world(1);
  Pair pair(world);
  pair.server.faults().descriptors = 1;
  pair.server.serve(echo_server());
  pair.client.run(say(echo_at(pair.server), "hello"));
  world.at(1s, [&] { pair.server.faults().descriptors = 1'000; });
  const Duration took = run(world);
  EXPECT_GE(took, 1s);
  EXPECT_LT(took, 2s);
}

Task<Result<>> send_in_want(Endpoint to, Host& host) {
  auto socket = patchbay::UdpSocket::bind(Endpoint(IpAddress::any(Family::v4), 0));
  if (!socket) co_return socket.error();
  const auto refused = co_await socket->send_to("hello", to);
  EXPECT_FALSE(refused);
  if (!refused) EXPECT_EQ(refused.error().code(), ENOBUFS);
  host.faults().lacks_buffers = 0;
  co_return co_await socket->send_to("hello", to);
}
TEST(SimFaults, WithoutBuffersNoDatagramLeaves) {
  World world(1);
  Pair pair(world);
  pair.client.faults().lacks_buffers = 1;
  pair.client.run(send_in_want(echo_at(pair.server), pair.client));
  run(world);
}

TEST(SimFaults, WhatIsMovedInPiecesArrivesWhole) {
  World world(1);
  Pair pair(world);
  for (Host* const host : {&pair.server, &pair.client}) {
    host->faults().short_reads = host->faults().short_writes = 0.7;
  }
  pair.server.serve(echo_server());
  pair.client.run(say(echo_at(pair.server), pattern(200'000)));
  run(world);
}

TEST(SimFaults, ThereAreNoneInAWorldWithoutFaults) {
  World world(1, {.faults = false});
  Pair pair(world, {.delay = 1ms, .loss = 0.5}, {.corrupt = 1});
  world.at(1ms, [&] { pair.server.kill(); });
  pair.server.serve(echo_server());
  pair.client.run(say(echo_at(pair.server), pattern(10'000)));
  run(world);
}

// --- names ---------------------------------------------------------------------------------------

Task<Result<>> say_by_name(std::string host) {
  auto stream = co_await TcpStream::connect(HostPort{host, k_echo_port}, ConnectOptions());
  if (!stream) co_return stream.error();
  if (const auto told = co_await tell(*stream, "hello"); !told) co_return told;
  co_return co_await hear(*stream, "hello");
}

TEST(SimNames, AHostIsFoundByItsName) {
  World world(1);
  Pair pair(world);
  pair.server.serve(echo_server());
  pair.server.serve(echo_server(Family::v6));
  pair.client.run(say_by_name("server"));
  run(world);
}

Task<> look_up(std::string name, Deadline deadline, Result<>& end) {
  const auto found = co_await resolve(name, Family::any, deadline);
  if (!found) end = found.error();
}
TEST(SimNames, LookUpsFailAndHang) {
  World world(1);
  Host& host = world.host("10.0.0.1");
  world.names().fail("broken.test", ResolveFailure::server_failed);
  world.names().hang("hung.test");
  Result<> unknown;
  Result<> broken;
  Result<> hung;
  host.run(look_up("unknown.test", {}, unknown));
  host.run(look_up("broken.test", {}, broken));
  host.run(look_up("hung.test", Deadline(world.now() + 5s), hung));
  EXPECT_EQ(run(world), 5s);
  ASSERT_FALSE(unknown || broken || hung);
  EXPECT_EQ(unknown.error().fault(), Fault::resolve);
  EXPECT_EQ(broken.error().why(), "the name server could not find out (SERVFAIL)");
  EXPECT_EQ(hung.error().fault(), Fault::timed_out);
}

}  // namespace
}  // namespace patchbay::sim
