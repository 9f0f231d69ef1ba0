// The race of RFC 8305, on an engine whose clock jumps to whatever comes next: each test states to
// the millisecond when which address is tried.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <cerrno>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "patchbay/net/conformance/resolver_fixture.hpp"
#include "patchbay/net/group.hpp"
#include "patchbay/net/loop.hpp"
#include "patchbay/net/tcp.hpp"

namespace patchbay {
namespace {

// What becomes of a connection attempt: `code` is an errno, 0 for success.
struct Fate {
  Duration after;
  int code;
};

// Connects and nothing else. An address without a fate never answers.
class ScriptedEngine final : public Engine {
 public:
  std::map<std::string, Fate> fates;
  std::vector<std::string> log;  // "250ms 192.0.2.1"
  std::set<int> open_handles;

  std::string_view name() const override { return "scripted"; }
  Capabilities capabilities() const override { return {}; }
  void attach(ReadyQueue& ready, Counters&) override { ready_ = &ready; }
  Instant now() override { return now_; }
  std::chrono::system_clock::time_point wall_clock() override { return {}; }
  std::uint64_t random_bits() override { return 0; }
  Result<int> open(SocketSpec) override {
    open_handles.insert(++last_handle_);
    return last_handle_;
  }
  Result<> bind(int, const sockaddr*, socklen_t) override { return ok(); }
  Result<> listen(int, int) override { return Error::from_errno(ENOTSUP, "listen on"); }
  Result<int> adopt(int) override { return Error::from_errno(ENOTSUP, "adopt"); }
  Result<std::vector<Interface>> interfaces() override { return std::vector<Interface>(); }
  Result<> set_option(int, int, int, const void*, unsigned) override { return ok(); }
  Result<Endpoint> peer(int handle) const override { return sockets_.at(handle).to; }
  void close(int handle) override { open_handles.erase(handle); }
  void wake() override {}

  bool attempt(Op& op) override {
    Socket& socket = sockets_[op.handle];
    if (op.done == 0) {
      op.done = 1;
      socket.to = Endpoint(reinterpret_cast<const sockaddr*>(op.data));
      const std::string address = socket.to.address().to_string();
      log.push_back(fmt::format("{}ms {}", since_start().count(), address));
      const auto fate = fates.find(address);
      if (fate != fates.end()) socket.due = now_ + fate->second.after;
      if (fate != fates.end()) socket.code = fate->second.code;
    }
    if (now_ < socket.due) return false;
    return socket.code == 0 ? op.finish(0) : op.fail(socket.code);
  }
  void park(Op& op) override { parked_.push_back(&op); }
  void withdraw(Op& op) override { std::erase(parked_, &op); }

  void wait(Instant until) override {
    for (const Op* op : parked_) until = std::min(until, sockets_[op->handle].due);
    if (until == Instant::max()) {
      ADD_FAILURE() << "nothing can happen any more";
      std::abort();
    }
    now_ = std::max(now_, until);
    for (Op* op : std::vector<Op*>(parked_)) {
      if (sockets_[op->handle].due > now_) continue;
      std::erase(parked_, op);
      ready_->push(*op);
    }
  }

  std::chrono::milliseconds since_start() const {
    return std::chrono::duration_cast<std::chrono::milliseconds>(now_ - k_start);
  }

 private:
  static constexpr Instant k_start{Duration(1s)};

  struct Socket {
    Endpoint to;
    Instant due = Instant::max();
    int code = 0;
  };

  ReadyQueue* ready_ = nullptr;
  Instant now_ = k_start;
  int last_handle_ = 2;
  std::map<int, Socket> sockets_;
  std::vector<Op*> parked_;
};

struct Scene {
  std::optional<Answer> v6 = {};
  std::optional<Answer> v4 = {};
  std::map<std::string, Fate> fates = {};
};

struct Ending {
  std::string winner = {};  // the peer's address
  std::optional<Error> error = {};
  std::chrono::milliseconds at{};
  std::vector<std::string> log = {};
  std::size_t sockets_beside_winner = 0;
  std::size_t sockets_left = 0;  // when the winner is closed too
  int asked = 0;

  Fault fault() const { return error ? error->fault() : Fault::system; }
};

const HostPort k_host{.host = "host.test", .port = 80};

Task<> race(ScriptedEngine& engine, HostPort host, ConnectOptions options, Duration limit,
            Ending& ending) {
  const Deadline deadline = limit == Duration::max() ? Deadline::never() : Deadline::after(limit);
  const auto stream = co_await TcpStream::connect(host, options, deadline);
  ending.at = engine.since_start();
  ending.sockets_beside_winner = engine.open_handles.size() - (stream ? 1 : 0);
  if (!stream) {
    ending.error = stream.error();
    co_return;
  }
  const auto peer = stream->peer();
  if (peer) ending.winner = peer->address().to_string();
}

Task<> race_until(Duration cancel_after, ScriptedEngine& engine, Ending& ending) {
  TaskGroup group(co_await current_scope());
  if (cancel_after < Duration::zero()) group.cancel();
  group.spawn(race, std::ref(engine), k_host, ConnectOptions{}, Duration::max(), std::ref(ending));
  if (cancel_after > Duration::zero()) EXPECT_TRUE(co_await sleep_for(cancel_after));
  group.cancel();
  co_await group.join();
}

struct World {
  explicit World(Scene scene) {
    auto owned = std::make_unique<ScriptedEngine>();
    engine = owned.get();
    engine->fates = std::move(scene.fates);
    loop = std::make_unique<Loop>(std::move(owned));
    loop->set_resolver(
        std::make_unique<ScriptedResolver>(std::move(scene.v6), std::move(scene.v4), ending.asked));
  }
  Ending run(Task<> body) {
    loop->run(std::move(body));
    ending.log = engine->log;
    ending.sockets_left = engine->open_handles.size();
    return ending;
  }

  Ending ending;
  ScriptedEngine* engine;
  std::unique_ptr<Loop> loop;
};

Ending connect(Scene scene, Duration limit = Duration::max(), HostPort host = k_host,
               ConnectOptions options = {}) {
  World world(std::move(scene));
  const Ending ending =
      world.run(race(*world.engine, std::move(host), std::move(options), limit, world.ending));
  EXPECT_EQ(ending.sockets_beside_winner, 0U);
  EXPECT_EQ(ending.sockets_left, 0U);
  return ending;
}

using Log = std::vector<std::string>;

TEST(Connect, TriesIPv6FirstAndAlone) {
  const Ending ending = connect({.v6 = now({"2001:db8::1"}),
                                 .v4 = now({"192.0.2.1"}),
                                 .fates = {{"2001:db8::1", {200ms, 0}}, {"192.0.2.1", {1ms, 0}}}});
  EXPECT_EQ(ending.winner, "2001:db8::1");
  EXPECT_EQ(ending.log, (Log{"0ms 2001:db8::1"}));
  EXPECT_EQ(ending.at, 200ms);
}

TEST(Connect, ADeadFamilyCostsAQuarterOfASecond) {
  const Ending ending = connect(
      {.v6 = now({"2001:db8::1"}), .v4 = now({"192.0.2.1"}), .fates = {{"192.0.2.1", {10ms, 0}}}});
  EXPECT_EQ(ending.winner, "192.0.2.1");
  EXPECT_EQ(ending.log, (Log{"0ms 2001:db8::1", "250ms 192.0.2.1"}));
  EXPECT_EQ(ending.at, 260ms);
}

TEST(Connect, AFailureStartsTheNextAtOnce) {
  const Ending ending =
      connect({.v6 = now({"2001:db8::1"}),
               .v4 = now({"192.0.2.1"}),
               .fates = {{"2001:db8::1", {5ms, ECONNREFUSED}}, {"192.0.2.1", {10ms, 0}}}});
  EXPECT_EQ(ending.winner, "192.0.2.1");
  EXPECT_EQ(ending.log, (Log{"0ms 2001:db8::1", "5ms 192.0.2.1"}));
}

TEST(Connect, TheFamiliesTakeTurns) {
  const Ending ending = connect({.v6 = now({"2001:db8::1", "2001:db8::2", "2001:db8::3"}),
                                 .v4 = now({"192.0.2.1", "192.0.2.2"}),
                                 .fates = {{"2001:db8::3", {30ms, 0}}}});
  EXPECT_EQ(ending.log, (Log{"0ms 2001:db8::1", "250ms 192.0.2.1", "500ms 2001:db8::2",
                             "750ms 192.0.2.2", "1000ms 2001:db8::3"}));
  EXPECT_EQ(ending.winner, "2001:db8::3");
}

TEST(Connect, AnEarlierAttemptMayStillWin) {
  const Ending ending = connect({.v6 = now({"2001:db8::1"}),
                                 .v4 = now({"192.0.2.1"}),
                                 .fates = {{"2001:db8::1", {255ms, 0}}, {"192.0.2.1", {20ms, 0}}}});
  EXPECT_EQ(ending.winner, "2001:db8::1");
  EXPECT_EQ(ending.at, 255ms);
}

TEST(Connect, OfTwoThatSucceedTogetherOneIsClosed) {
  const Ending ending = connect({.v6 = now({"2001:db8::1"}),
                                 .v4 = now({"192.0.2.1"}),
                                 .fates = {{"2001:db8::1", {260ms, 0}}, {"192.0.2.1", {10ms, 0}}}});
  EXPECT_EQ(ending.log.size(), 2U);
  EXPECT_FALSE(ending.winner.empty());
}

TEST(Connect, IPv6HasFiftyMillisecondsToCatchUp) {
  const Ending ending = connect({.v6 = later(30ms, {"2001:db8::1"}),
                                 .v4 = now({"192.0.2.1"}),
                                 .fates = {{"2001:db8::1", {1ms, 0}}, {"192.0.2.1", {1ms, 0}}}});
  EXPECT_EQ(ending.log, (Log{"30ms 2001:db8::1"}));
}

TEST(Connect, AndNotMore) {
  const Ending ending = connect({.v6 = later(80ms, {"2001:db8::1"}),
                                 .v4 = now({"192.0.2.1"}),
                                 .fates = {{"2001:db8::1", {1ms, 0}}}});
  EXPECT_EQ(ending.log, (Log{"50ms 192.0.2.1", "300ms 2001:db8::1"}));
}

TEST(Connect, WithoutIPv6ItDoesNotWaitForIt) {
  const Ending ending = connect({.v6 = failing(ResolveFailure::no_address_of_family, 20ms),
                                 .v4 = now({"192.0.2.1"}),
                                 .fates = {{"192.0.2.1", {1ms, 0}}}});
  EXPECT_EQ(ending.log, (Log{"20ms 192.0.2.1"}));
}

TEST(Connect, IPv6ThatAnswersFirstDoesNotWaitForIPv4) {
  const Ending ending =
      connect({.v6 = later(10ms, {"2001:db8::1"}), .fates = {{"2001:db8::1", {1ms, 0}}}});
  EXPECT_EQ(ending.log, (Log{"10ms 2001:db8::1"}));
  EXPECT_EQ(ending.winner, "2001:db8::1");
}

TEST(Connect, AnAnswerThatComesLateIsTriedAtOnce) {
  const Ending ending =
      connect({.v6 = later(80ms, {"2001:db8::1"}),
               .v4 = now({"192.0.2.1"}),
               .fates = {{"192.0.2.1", {5ms, ECONNREFUSED}}, {"2001:db8::1", {1ms, 0}}}});
  EXPECT_EQ(ending.log, (Log{"50ms 192.0.2.1", "80ms 2001:db8::1"}));
  EXPECT_EQ(ending.winner, "2001:db8::1");
}

TEST(Connect, AllRefusedIsRefused) {
  const Ending ending = connect(
      {.v6 = now({"2001:db8::1"}),
       .v4 = now({"192.0.2.1"}),
       .fates = {{"2001:db8::1", {1ms, ECONNREFUSED}}, {"192.0.2.1", {1ms, ECONNREFUSED}}}});
  ASSERT_TRUE(ending.error);
  EXPECT_EQ(ending.fault(), Fault::refused);
  EXPECT_EQ(ending.error->what(), "cannot connect to host.test:80");
  EXPECT_EQ(ending.at, 2ms);
}

TEST(Connect, TellsWhatTellsMost) {
  const auto fault_of = [](int v6, int v4) {
    return connect({.v6 = now({"2001:db8::1"}),
                    .v4 = now({"192.0.2.1"}),
                    .fates = {{"2001:db8::1", {0ms, v6}}, {"192.0.2.1", {1ms, v4}}}})
        .fault();
  };
  EXPECT_EQ(fault_of(ENETUNREACH, ECONNREFUSED), Fault::refused);
  EXPECT_EQ(fault_of(ECONNREFUSED, ENETUNREACH), Fault::refused);
  EXPECT_EQ(fault_of(ENETUNREACH, ETIMEDOUT), Fault::timed_out);
  EXPECT_EQ(fault_of(ETIMEDOUT, ECONNREFUSED), Fault::refused);
  EXPECT_EQ(fault_of(ENETUNREACH, EHOSTUNREACH), Fault::unreachable);
  EXPECT_EQ(fault_of(ECONNREFUSED, EACCES), Fault::permission);
}

TEST(Connect, TellsWhyTheNameDidNotHelp) {
  const auto why_of = [](ResolveFailure v6, ResolveFailure v4) {
    const Ending ending = connect({.v6 = failing(v6), .v4 = failing(v4, 1ms)});
    EXPECT_EQ(ending.fault(), Fault::resolve);
    EXPECT_TRUE(ending.log.empty());
    return ending.error ? ending.error->why() : "";
  };
  const auto text = [](ResolveFailure failure) { return resolve_error(failure, "x").why(); };
  using enum ResolveFailure;
  EXPECT_EQ(why_of(no_such_name, no_such_name), text(no_such_name));
  EXPECT_EQ(why_of(no_address_of_family, no_address_of_family), text(no_address));
  EXPECT_EQ(why_of(no_address_of_family, server_failed), text(server_failed));
  EXPECT_EQ(why_of(server_silent, no_address_of_family), text(server_silent));
}

TEST(Connect, TheDeadlineEndsItAll) {
  const Ending silent = connect({.v6 = now({"2001:db8::1"}), .v4 = now({"192.0.2.1"})}, 700ms);
  ASSERT_TRUE(silent.error);
  EXPECT_EQ(silent.fault(), Fault::timed_out);
  EXPECT_EQ(silent.error->subject(), "host.test:80");
  EXPECT_EQ(silent.at, 700ms);

  const Ending unnamed = connect({}, 100ms);
  ASSERT_TRUE(unnamed.error);
  EXPECT_EQ(unnamed.fault(), Fault::timed_out);
  EXPECT_NE(unnamed.error->why().find("name server"), std::string::npos);
  EXPECT_EQ(unnamed.at, 100ms);
}

// One instant for the deadline and for the race's own next step: the deadline counts.
TEST(Connect, TheDeadlineComesBeforeTheNextAttempt) {
  const Ending ending = connect({.v6 = now({"2001:db8::1"}), .v4 = now({"192.0.2.1"})}, 250ms);
  EXPECT_EQ(ending.fault(), Fault::timed_out);
  EXPECT_EQ(ending.log, (Log{"0ms 2001:db8::1"}));
}

TEST(Connect, ADeadlineThatHasPassedAsksNobody) {
  const Ending ending = connect({.v6 = now({"2001:db8::1"})}, 0ms);
  EXPECT_EQ(ending.fault(), Fault::timed_out);
  EXPECT_EQ(ending.asked, 0);
  EXPECT_TRUE(ending.log.empty());
}

Task<> race_in_scope(ScriptedEngine& engine, Ending& ending) {
  co_await with_deadline(Deadline::after(300ms), race(engine, k_host, {}, Duration::max(), ending));
}
TEST(Connect, TheDeadlineOfTheScopeCountsToo) {
  World world({.v6 = now({"2001:db8::1", "2001:db8::2", "2001:db8::3"}), .v4 = now({"192.0.2.1"})});
  const Ending ending = world.run(race_in_scope(*world.engine, world.ending));
  EXPECT_EQ(ending.fault(), Fault::timed_out);
  EXPECT_EQ(ending.at, 300ms);
  EXPECT_EQ(ending.sockets_beside_winner, 0U);
}

TEST(Connect, MayBeCancelledAtAnyMoment) {
  int connected = 0;
  int cancelled = 0;
  for (Duration after = -1ms; after <= 420ms; after += 1ms) {
    World world({.v6 = later(20ms, {"2001:db8::1", "2001:db8::2"}),
                 .v4 = later(5ms, {"192.0.2.1"}),
                 .fates = {{"2001:db8::1", {300ms, ECONNREFUSED}}, {"192.0.2.1", {130ms, 0}}}});
    const Ending ending = world.run(race_until(after, *world.engine, world.ending));
    EXPECT_EQ(ending.sockets_beside_winner, 0U) << after.count();
    EXPECT_EQ(ending.sockets_left, 0U) << after.count();
    if (ending.error) {
      EXPECT_EQ(ending.fault(), Fault::cancelled) << after.count();
      EXPECT_EQ(ending.error->what(), "cannot connect to host.test:80");
      ++cancelled;
    } else {
      EXPECT_EQ(ending.winner, "192.0.2.1");
      ++connected;
    }
  }
  EXPECT_GE(cancelled, 400);
  EXPECT_GE(connected, 10);
}

TEST(Connect, StartedCancelledItAsksNobody) {
  World world({.v6 = now({"2001:db8::1"}), .fates = {{"2001:db8::1", {0ms, 0}}}});
  const Ending ending = world.run(race_until(-1ms, *world.engine, world.ending));
  EXPECT_EQ(ending.fault(), Fault::cancelled);
  EXPECT_EQ(ending.asked, 0);
  EXPECT_TRUE(ending.log.empty());
}

TEST(Connect, AnAddressWrittenOutGoesStraight) {
  const Ending ending = connect({.fates = {{"192.0.2.9", {1ms, 0}}}}, Duration::max(),
                                {.host = "192.0.2.9", .port = 80});
  EXPECT_EQ(ending.winner, "192.0.2.9");
  EXPECT_EQ(ending.asked, 0);
}

TEST(Connect, ASourceAddressDecidesTheFamily) {
  ConnectOptions options;
  options.local = Endpoint(IpAddress::loopback(Family::v4), 0);
  const Ending ending = connect(
      {.v6 = now({"2001:db8::1"}), .v4 = now({"192.0.2.1"}), .fates = {{"192.0.2.1", {1ms, 0}}}},
      Duration::max(), k_host, options);
  EXPECT_EQ(ending.log, (Log{"0ms 192.0.2.1"}));
  EXPECT_EQ(ending.asked, 1);
}

}  // namespace
}  // namespace patchbay
