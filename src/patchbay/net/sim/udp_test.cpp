// UDP between simulated hosts.
#include "patchbay/net/udp.hpp"

#include <gtest/gtest.h>

#include <array>
#include <string>

#include "patchbay/net/sim/peers_fixture.hpp"

namespace patchbay::sim {
namespace {

constexpr std::uint16_t k_port = 5000;

patchbay::UdpSocket bound(const UdpOptions& options = {}) {
  auto socket = patchbay::UdpSocket::bind(Endpoint(IpAddress::any(Family::v4), k_port), options);
  if (!socket) ADD_FAILURE() << socket.error().describe();
  return std::move(*socket);
}

// Hears what comes for five seconds.
Task<> count(int& heard, std::optional<Membership> membership = {}) {
  patchbay::UdpSocket socket = bound({.reuse_address = true});
  if (membership) EXPECT_TRUE(socket.join(*membership));
  std::array<std::byte, 2000> memory;
  const Deadline end = Deadline::after(5s);
  while (co_await socket.receive_from(memory, end)) ++heard;
}
Task<> send_many(IpAddress to, int times, UdpOptions options = {}) {
  patchbay::UdpSocket socket = bound(options);
  for (int i = 0; i < times; ++i) {
    EXPECT_TRUE(co_await socket.send_to("datagram", Endpoint(to, k_port)));
  }
}

TEST(SimUdp, ALinkLosesItsShare) {
  World world(1);
  Pair pair(world, {.delay = 1ms, .loss = 0.25});
  int heard = 0;
  pair.server.run(count(heard));
  pair.client.run(send_many(pair.server.address(), 4000));
  run(world);
  EXPECT_GE(heard, 2900);
  EXPECT_LE(heard, 3100);
}

struct Lan {
  explicit Lan(World& world)
      : a(world.host("a", "10.0.0.1")),
        b(world.host("b", "10.0.0.2")),
        c(world.host("c", "10.0.0.3")) {
    world.segment({a, b, c}, {.delay = 1ms});
  }
  Host& a;
  Host& b;
  Host& c;
};

TEST(SimUdp, ABroadcastReachesEverybodyOnTheLink) {
  World world(1);
  Lan lan(world);
  int b = 0;
  int c = 0;
  lan.b.run(count(b));
  lan.c.run(count(c));
  lan.a.run(send_many(*IpAddress::parse("10.0.0.255"), 3, {.broadcast = true}));
  run(world);
  EXPECT_EQ(b, 3);
  EXPECT_EQ(c, 3);
}

// A switch takes a broadcast once, however many there are to hear it.
Task<> hear_all(int times, Duration& when) {
  patchbay::UdpSocket socket = bound();
  std::array<std::byte, 2000> memory;
  const Instant start = Loop::current().now();
  for (int i = 0; i < times; ++i) EXPECT_TRUE(co_await socket.receive_from(memory));
  when = Loop::current().now() - start;
}
TEST(SimUdp, ABroadcastTakesItsSendersRateOnce) {
  World world(1);
  Host& sender = world.host("sender", "10.0.0.1");
  Host& b = world.host("b", "10.0.0.2");
  Host& c = world.host("c", "10.0.0.3");
  Host& d = world.host("d", "10.0.0.4");
  const Link& lan = world.segment({sender, b, c, d}, {.rate_bits_per_second = 1'000'000});
  std::array<Duration, 3> when{};
  b.run(hear_all(100, when[0]));
  c.run(hear_all(100, when[1]));
  d.run(hear_all(100, when[2]));
  sender.run(send_many(*IpAddress::parse("10.0.0.255"), 100, {.broadcast = true}));
  run(world);
  const LinkTotals totals = lan.totals();
  EXPECT_EQ(totals.offered_packets, 100U);
  const Duration on_the_wire = std::chrono::microseconds(8 * totals.offered_bytes);
  for (const Duration each : when) EXPECT_EQ(each, on_the_wire);
}

TEST(SimUdp, AGroupReachesThoseWhoJoined) {
  World world(1);
  Lan lan(world);
  const IpAddress group = *IpAddress::parse("239.1.2.3");
  int b = 0;
  int c = 0;
  lan.b.run(count(b, Membership{.group = group}));
  lan.c.run(count(c));
  lan.a.run(send_many(group, 3));
  run(world);
  EXPECT_EQ(b, 3);
  EXPECT_EQ(c, 0);
}

TEST(SimUdp, OthersOnALinkHearNothingOfWhatIsNotForThem) {
  World world(1);
  Lan lan(world);
  int b = 0;
  int c = 0;
  lan.b.run(count(b));
  lan.c.run(count(c));
  lan.a.run(send_many(lan.b.address(), 3));
  run(world);
  EXPECT_EQ(b, 3);
  EXPECT_EQ(c, 0);
}

Task<> ask_nobody(Endpoint to) {
  auto socket = patchbay::UdpSocket::connected_to(to);
  EXPECT_TRUE(socket);
  EXPECT_TRUE(co_await socket->send("anybody?"));
  std::array<std::byte, 64> memory;
  const auto got = co_await socket->receive(memory);
  EXPECT_EQ(got.error().fault(), Fault::refused);
}
TEST(SimUdp, ARefusalComesBackOverTheLink) {
  World world(1);
  Pair pair(world, {.delay = 50ms});
  pair.client.run(ask_nobody(Endpoint(pair.server.address(), k_port)));
  run(world);
  EXPECT_GE(world.elapsed(), 100ms);
}

Task<> hear_late(int& heard) {
  patchbay::UdpSocket socket = bound();
  EXPECT_TRUE(co_await sleep_for(1s));
  std::array<std::byte, 64> memory;
  while (co_await socket.receive_from(memory, Deadline::after(1s))) ++heard;
}
Task<> send_empty_ones(Endpoint to, int times) {
  patchbay::UdpSocket socket = bound();
  for (int i = 0; i < times; ++i) EXPECT_TRUE(co_await socket.send_to("", to));
}
TEST(SimUdp, EmptyDatagramsFillAQueueToo) {
  World world(1);
  Pair pair(world);
  int heard = 0;
  pair.server.run(hear_late(heard));
  pair.client.run(send_empty_ones(Endpoint(pair.server.address(), k_port), 2000));
  run(world);
  EXPECT_GT(heard, 100);
  EXPECT_LT(heard, 1000);
}

Task<> send_large(IpAddress to) {
  UdpOptions options;
  options.ip.fragmentation = Fragmentation::forbid;
  patchbay::UdpSocket socket = bound(options);
  const std::string fits(1472, 'x');
  EXPECT_TRUE(co_await socket.send_to(fits, Endpoint(to, k_port)));
  const auto sent = co_await socket.send_to(fits + "y", Endpoint(to, k_port));
  EXPECT_EQ(sent.error().fault(), Fault::limit);
}
TEST(SimUdp, WithoutFragmentsTheMtuIsTheLimit) {
  World world(1);
  Pair pair(world);
  int heard = 0;
  pair.server.run(count(heard));
  pair.client.run(send_large(pair.server.address()));
  run(world);
  EXPECT_EQ(heard, 1);
}

}  // namespace
}  // namespace patchbay::sim
