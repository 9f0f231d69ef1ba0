// The world itself: that it repeats exactly, and that it tells a hang.
#include "patchbay/net/sim/world.hpp"

#include <gtest/gtest.h>

#include <set>
#include <string>

#include "patchbay/net/sim/peers_fixture.hpp"

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
TEST(SimWorld, ARunIsTheSameInEveryBuild) { EXPECT_EQ(hash_of(7), 8176439685648649502U); }

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
    EXPECT_EQ(text.find("(host.cpp"), std::string::npos) << text;
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

// --- a living world is not called hung -----------------------------------------------------------

TEST(SimWorld, AQuietBeginningIsNoHang) {
  World world(1);
  Pair pair(world);
  pair.server.serve(echo_server());
  world.run_for(4h);
  pair.client.run(say(echo_at(pair.server), "hello"));
  const Verdict verdict = world.run();
  EXPECT_TRUE(verdict) << verdict.describe();
}

TEST(SimWorld, ATaskMayBeginAfterHoursOfSilence) {
  World world(1);
  Pair pair(world);
  pair.server.serve(echo_server());
  pair.server.run([]() -> Task<> { EXPECT_TRUE(co_await sleep_for(5h + 1s)); }());
  world.at(5h, [&] { pair.client.run(say(echo_at(pair.server), "hello")); });
  const Verdict verdict = world.run();
  EXPECT_TRUE(verdict) << verdict.describe();
}

Task<Result<>> notice_a_dead_peer(Endpoint to, Keepalive keepalive, Fault& how) {
  auto stream = co_await TcpStream::connect(to, {.stream = {.keepalive = keepalive}});
  if (!stream) co_return stream.error();
  const auto data = co_await stream->receive();
  if (!data) how = data.error().fault();
  co_return ok();
}
TEST(SimWorld, ASlowKeepaliveIsNoHang) {
  Fault how = Fault::cancelled;
  World world(1);
  Pair pair(world);
  pair.server.serve(echo_server());
  const Keepalive slow{.idle = 4h, .interval = 10s, .probes = 3};
  pair.client.run(notice_a_dead_peer(echo_at(pair.server), slow, how));
  world.at(1s, [&] { pair.server.kill(); });
  const Verdict verdict = world.run();
  EXPECT_TRUE(verdict) << verdict.describe();
  EXPECT_EQ(how, Fault::timed_out);
  EXPECT_GE(verdict.took, 4h);
}

Task<Result<>> write_against_a_wall(Endpoint to, Fault& how) {
  auto stream = co_await TcpStream::connect(to, {.stream = {.user_timeout = 4h}});
  if (!stream) co_return stream.error();
  const auto sent = co_await stream->write_all(pattern(2'000'000));
  if (!sent) how = sent.error().fault();
  co_return ok();
}
Task<> read_nothing(TcpStream) {
  [[maybe_unused]] const auto for_ever = co_await sleep_until(Deadline::never());
}
Task<Result<>> server_that_reads_nothing() {
  auto listener = TcpListener::bind(Endpoint(IpAddress::any(Family::v4), k_echo_port));
  if (!listener) co_return listener.error();
  co_return co_await serve_each(*listener, read_nothing);
}
TEST(SimWorld, ALongUserTimeoutIsNoHang) {
  Fault how = Fault::cancelled;
  World world(1);
  Pair pair(world);
  pair.server.serve(server_that_reads_nothing());
  pair.client.run(write_against_a_wall(echo_at(pair.server), how));
  const Verdict verdict = world.run();
  EXPECT_TRUE(verdict) << verdict.describe();
  EXPECT_EQ(how, Fault::timed_out);
}

TEST(SimWorld, WhatComesEverySixHoursIsNoHang) {
  World world(1);
  Pair pair(world);
  pair.server.serve(echo_server());
  pair.server.pause();
  pair.client.run(say(echo_at(pair.server), "hello"));
  world.every(6h, [&] { pair.server.resume(); });
  const Verdict verdict = world.run();
  EXPECT_TRUE(verdict) << verdict.describe();
}

// A paused host does nothing by itself, however much its tasks want to: that is no reason to go on.
TEST(SimWorld, APausedHostIsAHang) {
  World world(1);
  Pair pair(world);
  pair.server.serve(silent_server());
  pair.client.run(wait_on_a_kept_connection(echo_at(pair.server)));
  pair.server.serve(tick());
  world.at(10s, [&] { pair.server.pause(); });
  const Verdict verdict = world.run();
  EXPECT_EQ(verdict.end, Verdict::End::hung);
  EXPECT_LT(verdict.took, 24h);
  EXPECT_NE(verdict.describe().find("server (paused) waits for"), std::string::npos)
      << verdict.describe();
}

// --- limits --------------------------------------------------------------------------------------

Task<> spin() {
  for (;;) {
    if (const auto turn = co_await yield(); !turn) co_return;
  }
}
TEST(SimWorld, WhatNeverWaitsHasALimitOfEvents) {
  World world(1, {.most_events = 10'000});
  world.host("10.0.0.1").run(spin());
  world.run_for(1h);
  const Verdict verdict = world.run();
  EXPECT_EQ(verdict.end, Verdict::End::busy);
  EXPECT_EQ(verdict.events, 10'000U);
  ASSERT_EQ(verdict.waiting.size(), 1U);
  const std::string text = verdict.describe();
  EXPECT_NE(text.find("still runs after 10000 events"), std::string::npos) << text;
  EXPECT_NE(text.find("to have its turn: spin"), std::string::npos) << text;
}

// --- the end -------------------------------------------------------------------------------------

Task<> say_a_long_goodbye() {
  [[maybe_unused]] const auto told = co_await sleep_until(Deadline::never());
  co_await with_shield(Deadline::never(),
                       []() -> Task<> { EXPECT_TRUE(co_await sleep_for(3s)); }());
}
TEST(SimWorld, NothingBefallsAWorldThatCleansUp) {
  int before = 0;
  int faults = 0;
  {
    World world(1);
    Host& host = world.host("10.0.0.1");
    host.serve(say_a_long_goodbye());
    world.every(100ms, [&] { ++faults; });
    world.at(3s, [&] { ++faults; });
    world.run_for(1s);
    before = faults;
    EXPECT_GT(before, 0);
  }
  EXPECT_EQ(faults, before);
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

Task<> accept_nobody() {
  auto listener = TcpListener::bind(Endpoint(IpAddress::any(Family::v4), k_echo_port));
  const auto client = co_await listener->accept();
}
TEST(SimWorldDeathTest, TheHangOfALoopThatRunsByItselfIsReported) {
  World world(1);
  Pair pair(world);
  EXPECT_DEATH(
      pair.client.loop().run(accept_nobody()),
      "it hangs(.|\n)*client waits for 0.000 s to accept a connection on 0.0.0.0:7: accept_nobody");
}
TEST(SimWorldDeathTest, ALoopThatRunsByItselfHasTheLimitsOfItsWorld) {
  World world(1, {.time_limit = 2h});
  EXPECT_DEATH(world.host("10.0.0.1").loop().run(tick()), "it still runs after 7");
  World short_world(1, {.most_events = 1'000});
  EXPECT_DEATH(short_world.host("10.0.0.1").loop().run(tick()), "it still runs after 1000 events");
}

TEST(SimWorld, ALoopThatRunsByItselfCanBePaused) {
  World world(1);
  Pair pair(world);
  pair.server.serve(echo_server());
  world.at(10ms, [&] { pair.client.pause(); });
  world.at(5s, [&] { pair.client.resume(); });
  const Result<> said = pair.client.loop().run(say(echo_at(pair.server), "hello"));
  EXPECT_TRUE(said) << said.error().describe();
  EXPECT_GE(world.elapsed(), 5s);
}

}  // namespace
}  // namespace patchbay::sim
