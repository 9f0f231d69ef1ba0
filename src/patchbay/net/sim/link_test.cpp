// Links and chances: what is decided apart, and what a world refuses.
#include "patchbay/net/sim/link.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <string>
#include <vector>

#include "patchbay/net/sim/peers_fixture.hpp"
#include "patchbay/net/sim/seeds.hpp"
#include "patchbay/net/udp.hpp"

namespace patchbay::sim {
namespace {

constexpr std::uint16_t k_port = 5000;
constexpr std::uint16_t k_deaf_port = 5001;

// --- chances -------------------------------------------------------------------------------------

Task<> send_each(IpAddress to, std::uint16_t port) {
  auto socket = patchbay::UdpSocket::bind(Endpoint(IpAddress::any(Family::v4), k_deaf_port));
  EXPECT_TRUE(socket);
  for (int i = 0; i < 200; ++i) {
    EXPECT_TRUE(co_await socket->send_to("datagram", Endpoint(to, port)));
  }
}
Task<> hear_each(std::vector<bool>& corrupt) {
  auto socket = patchbay::UdpSocket::bind(Endpoint(IpAddress::any(Family::v4), k_port));
  EXPECT_TRUE(socket);
  std::array<char, 100> memory;
  while (const auto got = co_await socket->receive_from(std::as_writable_bytes(std::span(memory)),
                                                        Deadline::after(1s))) {
    corrupt.push_back(std::string_view(memory.data(), 8) != "datagram");
  }
}
std::vector<bool> corrupted_on_the_way(bool traffic_on_the_way_back) {
  std::vector<bool> corrupt;
  World world(1);
  Pair pair(world, {.delay = 1ms}, {.corrupt = 0.3});
  pair.server.run(hear_each(corrupt));
  pair.client.run(send_each(pair.server.address(), k_port));
  if (traffic_on_the_way_back) {
    pair.server.run(send_each(pair.client.address(), k_deaf_port));
  }
  EXPECT_TRUE(world.run());
  return corrupt;
}
TEST(SimLink, WhatOneWayCorruptsIsNothingToTheOther) {
  const std::vector<bool> alone = corrupted_on_the_way(false);
  EXPECT_EQ(alone.size(), 200U);
  EXPECT_NE(std::ranges::count(alone, true), 0);
  EXPECT_EQ(alone, corrupted_on_the_way(true));
}

std::vector<Instant> when_it_happens(bool something_before) {
  std::vector<Instant> times;
  World world(1);
  if (something_before) world.at(1ms, [] {});
  world.every(1s, [&] { times.push_back(world.now()); });
  world.run_for(60s);
  return times;
}
TEST(SimLink, WhatComesByChanceDoesNotDependOnWhatWasArranged) {
  EXPECT_FALSE(when_it_happens(false).empty());
  EXPECT_EQ(when_it_happens(false), when_it_happens(true));
}

TEST(SimLink, APurposeNamedLikeAHostHasItsOwnChance) {
  World world(1);
  Host& host = world.host("server", "10.0.0.1");
  Chance of_the_host = host.stack().chance();
  Chance of_a_world_before = Chance(world.seed_for("server"));
  EXPECT_NE(world.chance_for("server").bits(), of_a_world_before.bits());
  EXPECT_NE(world.chance_for("server").bits(), of_the_host.bits());
}

// --- a world without faults ----------------------------------------------------------------------

TEST(SimLink, InACalmWorldNothingIsLostWhateverALinkIsTold) {
  World world(1, {.faults = false});
  Pair pair(world, {.delay = 1ms, .rate_bits_per_second = 1'000'000, .queue_packets = 3});
  pair.link.impair({.delay = 1ms,
                    .loss = 0.5,
                    .duplicate = 0.5,
                    .reorder = 0.5,
                    .rate_bits_per_second = 1'000'000,
                    .queue_packets = 3});
  pair.link.set_corrupt(1);
  pair.server.faults() = {.refuses_connections = true, .descriptors = 0, .short_reads = 1};
  pair.server.serve(echo_server());
  pair.client.run(say(echo_at(pair.server), pattern(100'000)));
  const Verdict verdict = world.run();
  EXPECT_TRUE(verdict) << verdict.describe();
  const LinkTotals totals = pair.link.totals();
  EXPECT_GT(totals.offered_packets, 100U);
  EXPECT_EQ(totals.lost_packets + totals.dropped_packets, 0U);
  EXPECT_EQ(totals.duplicated_packets + totals.reordered_packets, 0U);
}

Task<> look_up_patiently(Result<std::vector<IpAddress>>& found) {
  found = co_await resolve("slow.test", Family::any, Deadline::after(1s));
}
TEST(SimLink, WithoutDeadlinesALateAnswerIsAnAnswer) {
  for (const bool deadlines : {true, false}) {
    Result<std::vector<IpAddress>> found = Error(Fault::closed, "begin");
    World world(1, {.deadlines = deadlines});
    world.names().add("slow.test", *IpAddress::parse("10.0.0.9"));
    world.names().set_delay(3s);
    world.host("10.0.0.1").run(look_up_patiently(found));
    EXPECT_EQ(world.run().took, deadlines ? Duration(1s) : Duration(3s));
    EXPECT_EQ(found.has_value(), !deadlines);
    if (deadlines) EXPECT_EQ(found.error().fault(), Fault::timed_out);
  }
}

// --- what a world refuses ------------------------------------------------------------------------

TEST(SimLinkDeathTest, MistakesInATestEndIt) {
  World world(1);
  Pair pair(world);
  EXPECT_DEATH(world.host("server", "10.0.0.9"), "two hosts named server");
  EXPECT_DEATH(world.host("10.0.0.1"), "two hosts with the address 10.0.0.1");
  EXPECT_DEATH(world.link(pair.server, pair.client, {}, {.mtu_bytes = 50}), "an MTU is 576 to");
  EXPECT_DEATH(world.link(pair.server, pair.client, {}, {.mtu_bytes = 70'000}), "an MTU is 576 to");
  EXPECT_DEATH(world.link(pair.server, pair.client, {}, {.corrupt = 2}), "corrupted packets");
  EXPECT_DEATH(pair.link.set_corrupt(-1), "corrupted packets");
  EXPECT_DEATH(pair.link.impair({.loss = 2}), "a share is between 0 and 1");
}

// --- seeds ---------------------------------------------------------------------------------------

TEST(SimSeeds, EachFiftiethIsRunTwice) {
  std::vector<std::uint64_t> seeds;
  for_each_seed({.name = "SimSeeds.EachFiftiethIsRunTwice", .seeds = 100, .calm = false},
                [&](World& world) { seeds.push_back(world.seed()); });
  if (!detail::environment("PATCHBAY_SEED").empty()) {
    GTEST_SKIP() << "PATCHBAY_SEED asks for one seed; this counts how often each of many is run";
  }
  EXPECT_EQ(std::ranges::count(seeds, 1U), 2);
  EXPECT_EQ(std::ranges::count(seeds, 49U), 1);
  EXPECT_EQ(std::ranges::count(seeds, 50U), 2);
  EXPECT_EQ(std::ranges::count(seeds, 100U), 2);
}

}  // namespace
}  // namespace patchbay::sim
