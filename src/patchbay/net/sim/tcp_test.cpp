// TCP between simulated hosts: what a program notices of the network.
#include <gtest/gtest.h>

#include <cerrno>
#include <string>

#include "patchbay/net/sim/peers_fixture.hpp"

namespace patchbay::sim {
namespace {

TEST(SimTcp, EchoesBetweenTwoHosts) {
  World world(1);
  Pair pair(world, {.delay = 50ms});
  pair.server.serve(echo_server());
  pair.server.serve(echo_server(Family::v6));
  pair.client.run(say(echo_at(pair.server), "hello"));
  pair.client.run(say(echo_at(pair.server, Family::v6), "hello"));
  const Duration took = run(world);
  EXPECT_GE(took, 200ms);  // a round trip for the handshake, one for the echo
  EXPECT_LT(took, 201ms);
}

// What connecting there ends with.
Task<> connect_in_vain(Endpoint to, Fault fault, int code) {
  const auto stream = co_await TcpStream::connect(to);
  EXPECT_FALSE(stream);
  if (stream) co_return;
  EXPECT_EQ(stream.error().fault(), fault);
  EXPECT_EQ(stream.error().code(), code);
}

TEST(SimTcp, ARefusalTakesARoundTrip) {
  World world(1);
  Pair pair(world, {.delay = 50ms});
  pair.client.run(connect_in_vain(echo_at(pair.server), Fault::refused, ECONNREFUSED));
  const Duration took = run(world);
  EXPECT_GE(took, 100ms);
  EXPECT_LT(took, 101ms);
}

// Seven SYNs, the pauses between them doubling from one second: Linux gives up after 127 s.
TEST(SimTcp, ASilentHostIsGivenUpAsOnLinux) {
  World world(1);
  Pair pair(world);
  pair.link.cut();
  pair.client.run(connect_in_vain(echo_at(pair.server), Fault::timed_out, ETIMEDOUT));
  EXPECT_EQ(std::chrono::round<std::chrono::seconds>(run(world)), 127s);
}

TEST(SimTcp, AnAddressThatNobodyHasIsUnreachable) {
  World world(1);
  Pair pair(world);
  const Endpoint nobody = *Endpoint::parse("10.0.0.9:7");
  pair.client.run(connect_in_vain(nobody, Fault::unreachable, EHOSTUNREACH));
  EXPECT_EQ(std::chrono::round<std::chrono::milliseconds>(run(world)), 3s);
  const Endpoint nowhere = *Endpoint::parse("192.0.2.1:7");
  pair.client.run(connect_in_vain(nowhere, Fault::unreachable, ENETUNREACH));
  run(world);
}

Task<> never_accept(ListenOptions options) {
  const auto listener =
      TcpListener::bind(Endpoint(IpAddress::any(Family::v4), k_echo_port), std::move(options));
  EXPECT_TRUE(listener);
  [[maybe_unused]] const auto slept = co_await sleep_until(Deadline::never());
}
Task<> connect_and_stay(Endpoint to, Duration time, int& connected) {
  const auto stream = co_await TcpStream::connect(to, Deadline::after(time));
  if (!stream) {
    EXPECT_EQ(stream.error().fault(), Fault::timed_out);
    co_return;
  }
  ++connected;
  EXPECT_TRUE(co_await sleep_for(time));
}
TEST(SimTcp, AFullBacklogDoesNotAnswer) {
  World world(1);
  Pair pair(world);
  pair.server.serve(never_accept({.backlog = 0}));
  int connected = 0;
  pair.client.run(connect_and_stay(echo_at(pair.server), 30s, connected));
  world.run_for(1s);
  pair.client.run(connect_and_stay(echo_at(pair.server), 30s, connected));
  run(world);
  EXPECT_EQ(connected, 1);
}

// Connects, says something into the void, and waits for the end of it.
Task<> wait_for_end(Endpoint to, TcpOptions options, bool speak, Fault fault, int code) {
  auto stream = co_await TcpStream::connect(to, {.stream = options});
  EXPECT_TRUE(stream);
  if (!stream) co_return;
  EXPECT_TRUE(co_await sleep_for(1s));
  if (speak) EXPECT_TRUE(co_await stream->write_all("anybody?"));
  const auto end = co_await stream->receive();
  EXPECT_FALSE(end);
  if (end) co_return;
  EXPECT_EQ(end.error().fault(), fault);
  EXPECT_EQ(end.error().code(), code);
}
Duration time_to_notice_death(TcpOptions options, bool speak) {
  World world(1);
  Pair pair(world);
  pair.server.serve(echo_server());
  pair.client.run(wait_for_end(echo_at(pair.server), options, speak, Fault::timed_out, ETIMEDOUT));
  world.at(500ms, [&] { pair.server.kill(); });
  return std::chrono::round<std::chrono::seconds>(run(world)) - 1s;
}
TEST(SimTcp, ADeadPeerIsNoticedAsOnLinux) {
  // 15 retries from 200 ms on, doubling up to 120 s (tcp_retries2).
  const Duration by_default = time_to_notice_death({}, true);
  EXPECT_GE(by_default, 900s);
  EXPECT_LE(by_default, 960s);
  EXPECT_EQ(time_to_notice_death({.user_timeout = 20s}, true), 20s);
  const Keepalive keepalive{.idle = 10s, .interval = 5s, .probes = 3};
  EXPECT_EQ(time_to_notice_death({.keepalive = keepalive}, false), 24s);  // idle since before
}

TEST(SimTcp, AHostThatCameBackKnowsNothing) {
  World world(1);
  Pair pair(world);
  pair.server.serve(echo_server());
  pair.client.run(wait_for_end(echo_at(pair.server), {}, true, Fault::closed, ECONNRESET));
  world.at(300ms, [&] { pair.server.kill(); });
  world.at(600ms, [&] { pair.server.restart(); });
  run(world);
}

constexpr std::size_t k_much = 300'000;

void carries_much(const Impairment& impairment, const WireOptions& wire = {}) {
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    World world(seed);
    Pair pair(world, impairment, wire);
    pair.server.serve(echo_server());
    pair.client.run(say(echo_at(pair.server), pattern(k_much)));
    const Verdict verdict = world.run();
    ASSERT_TRUE(verdict) << verdict.describe();
  }
}
TEST(SimTcp, CarriesAllOverALinkThatLosesMuch) { carries_much({.delay = 5ms, .loss = 0.1}); }
TEST(SimTcp, CarriesAllOverALinkThatLosesInBursts) {
  carries_much({.delay = 5ms, .loss = 0.05, .burst_packets = 10});
}
TEST(SimTcp, CarriesAllOverALinkThatRepeatsAndReorders) {
  carries_much({.delay = 5ms, .jitter = 2ms, .duplicate = 0.1, .reorder = 0.1});
}
TEST(SimTcp, CarriesAllOverASlowLinkWithAShortQueue) {
  carries_much({.delay = 20ms, .rate_bits_per_second = 10'000'000, .queue_packets = 20});
}
TEST(SimTcp, CarriesAllOverSmallPackets) {
  carries_much({.delay = 1ms, .loss = 0.01}, {.mtu_bytes = 576});
}

TEST(SimTcp, ALinkIsAsFastAsItsRate) {
  World world(1);
  Pair pair(world, {.delay = 1ms, .rate_bits_per_second = 8'000'000});
  pair.server.serve(echo_server());
  pair.client.run(say(echo_at(pair.server), pattern(1'000'000)));
  const Duration took = run(world);  // a megabyte a second, both ways at once
  EXPECT_GE(took, 1000ms);
  EXPECT_LE(took, 1300ms);
}

TEST(SimTcp, ABrokenMemoryIsNoticedByWhoChecks) {
  World world(1);
  Pair pair(world, {.delay = 1ms}, {.corrupt = 0.5});
  pair.server.serve(echo_server());
  pair.client.run(say(echo_at(pair.server), pattern(k_much)));
  const Verdict verdict = world.run();
  ASSERT_EQ(verdict.failures.size(), 1U);
  EXPECT_NE(verdict.failures[0].find("hear what was said"), std::string::npos);
}

TEST(SimTcp, ASlowReaderHoldsUpTheWriter) {
  World world(1);
  Pair pair(world, {.delay = 1ms});
  pair.server.serve(echo_server());
  pair.server.faults().read_bytes_per_second = 100'000;
  pair.client.run(say(echo_at(pair.server), pattern(1'000'000)));
  const Duration took = run(world);
  EXPECT_GE(took, 9s);
  EXPECT_LE(took, 12s);
}

}  // namespace
}  // namespace patchbay::sim
