// The world itself: that it repeats exactly, and that it tells a hang.
#include "patchbay/net/sim/world.hpp"

#include <gtest/gtest.h>

#include <set>
#include <string>

#include "patchbay/net/sim/test_peers.hpp"

namespace patchbay::sim {
namespace {

std::uint64_t hash_of(std::uint64_t seed, bool further_hosts = false) {
  World world(seed);
  if (further_hosts) {
    Host& a = world.host("10.9.0.1");
    Host& b = world.host("10.9.0.2");
    world.link(a, b, {.delay = 1ms, .loss = 0.5});
  }
  Pair pair(world, {.delay = 5ms, .jitter = 1ms, .loss = 0.05});
  pair.server.serve(echo_server());
  pair.client.run(say(echo_at(pair.server), pattern(20'000)));
  const Verdict verdict = world.run();
  EXPECT_TRUE(verdict) << verdict.describe();
  return world.hash();
}

TEST(SimWorld, TheSameSeedIsTheSameRun) {
  EXPECT_EQ(hash_of(1), hash_of(1));
  EXPECT_NE(hash_of(1), hash_of(2));
}
// The fate of each packet is the seed's, too: among some runs there are luckier ones.
TEST(SimWorld, OtherSeedsLoseOtherPackets) {
  std::set<std::uint64_t> lost;
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    World world(seed);
    Pair pair(world, {.delay = 1ms, .loss = 0.05});
    pair.server.serve(echo_server());
    pair.client.run(say(echo_at(pair.server), pattern(50'000)));
    EXPECT_TRUE(world.run());
    lost.insert(pair.link.totals().lost_packets);
  }
  EXPECT_GE(lost.size(), 4U);
}
TEST(SimWorld, AFurtherHostDisturbsNobody) { EXPECT_EQ(hash_of(1), hash_of(1, true)); }
// The same in every build and on every machine. A change here means that old seeds are worth
// nothing any more; that is so after a change of the simulation, and otherwise a mistake.
TEST(SimWorld, ARunIsTheSameInEveryBuild) { EXPECT_EQ(hash_of(7), 15553241840726605680U); }

Task<> forget_to_set(Event& event) {
  EXPECT_TRUE(co_await sleep_for(20ms));
  event.reset();  // where set() was meant
}
Task<> wait_for_the_news(Event& event) {
  [[maybe_unused]] const auto waited = co_await event.wait();
}
TEST(SimWorld, ALostWakeUpIsAHangWithNames) {
  Event event;  // what tasks refer to outlives their world
  World world(3);
  Host& host = world.host("lonely", "10.0.0.1");
  host.run(wait_for_the_news(event));
  host.run(forget_to_set(event));
  const Verdict verdict = world.run();
  EXPECT_EQ(verdict.end, Verdict::End::hung);
  EXPECT_LT(verdict.took, 1s);
  ASSERT_EQ(verdict.waiting.size(), 1U);
  const std::string text = verdict.describe();
  EXPECT_NE(text.find("seed 3"), std::string::npos) << text;
  EXPECT_NE(text.find("lonely waits for 0.020 s to see an event: wait_for_the_news"),
            std::string::npos)
      << text;
  EXPECT_NE(text.find("world_test.cpp"), std::string::npos) << text;
}

Task<> take_and_keep_silent(TcpStream stream) {
  [[maybe_unused]] const auto waited = co_await stream.receive();
  [[maybe_unused]] const auto for_ever = co_await sleep_until(Deadline::never());
}
Task<Result<>> silent_server() {
  auto listener = TcpListener::bind(Endpoint(IpAddress::any(Family::v4), k_echo_port));
  if (!listener) co_return listener.error();
  co_return co_await serve_each(*listener, take_and_keep_silent);
}
Task<Result<>> ask_with_a_deadline(Endpoint to) {
  auto stream = co_await TcpStream::connect(to);
  if (!stream) co_return stream.error();
  if (const auto sent = co_await stream->write_all("well?"); !sent) co_return sent;
  const auto answer = co_await stream->receive(Deadline::after(30s));
  EXPECT_FALSE(answer);
  co_return ok();
}

// With its deadline the client is content; without, one sees that the server never answers.
TEST(SimWorld, WithoutDeadlinesADeadlockShows) {
  for (const bool deadlines : {true, false}) {
    World world(1, {.deadlines = deadlines});
    Pair pair(world);
    pair.server.serve(silent_server());
    pair.client.run(ask_with_a_deadline(echo_at(pair.server)));
    const Verdict verdict = world.run();
    EXPECT_EQ(verdict.end, deadlines ? Verdict::End::finished : Verdict::End::hung);
    if (deadlines) continue;
    const std::string text = verdict.describe();
    EXPECT_NE(text.find("to read from 10.0.0.1:7: ask_with_a_deadline"), std::string::npos) << text;
    EXPECT_NE(text.find("serve_each (serve.hpp"), std::string::npos) << text;
  }
}

Task<> tick() {
  for (;;) {
    if (const auto slept = co_await sleep_for(1s); !slept) co_return;
  }
}
TEST(SimWorld, WhatGoesOnForEverHasALimit) {
  World world(1, {.time_limit = 1h});
  world.host("10.0.0.1").run(tick());
  EXPECT_EQ(world.run().end, Verdict::End::time_limit);
}

// Probes of an idle connection go on for ever, and yet nobody will wake.
Task<Result<>> wait_on_a_kept_connection(Endpoint to) {
  auto stream = co_await TcpStream::connect(to, {.stream = {.keepalive = Keepalive()}});
  if (!stream) co_return stream.error();
  const auto data = co_await stream->receive();
  co_return data ? ok() : Result<>(data.error());
}
TEST(SimWorld, KeepaliveIsNoProgress) {
  World world(1);
  Pair pair(world);
  pair.server.serve(silent_server());
  pair.client.run(wait_on_a_kept_connection(echo_at(pair.server)));
  const Verdict verdict = world.run();
  EXPECT_EQ(verdict.end, Verdict::End::hung);
  EXPECT_LT(verdict.took, 24h);
}

Task<Result<>> fail() { co_return Error(Fault::protocol, "keep a promise"); }
TEST(SimWorld, WhatATaskEndsWithIsAFailure) {
  World world(1);
  world.host("10.0.0.1").run(fail());
  const Verdict verdict = world.run();
  EXPECT_FALSE(verdict);
  ASSERT_EQ(verdict.failures.size(), 1U);
  EXPECT_NE(verdict.failures[0].find("keep a promise"), std::string::npos);
}

// A loop may also run by itself, and the others have their turns meanwhile.
TEST(SimWorld, ALoopMayRunByItself) {
  World world(1);
  Pair pair(world);
  pair.server.serve(echo_server());
  const Result<> said = pair.client.loop().run(say(echo_at(pair.server), "hello"));
  EXPECT_TRUE(said) << said.error().describe();
  EXPECT_GE(world.elapsed(), 40ms);
}

}  // namespace
}  // namespace patchbay::sim
