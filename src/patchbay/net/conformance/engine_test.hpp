// The conformance suite: every test runs on every engine. A test is a coroutine; run() gives it a
// fresh loop on the engine under test and fails when it does not end.
#pragma once

#include <gtest/gtest.h>

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "patchbay/net/group.hpp"
#include "patchbay/net/loop.hpp"
#include "patchbay/net/sim/lone_host.hpp"
#include "patchbay/net/tcp.hpp"

namespace patchbay {

struct EngineCase {
  std::string_view name;
  Result<std::unique_ptr<Loop>> (*make)(LoopOptions);
  bool simulated = false;  // its hosts and links are not this machine's
};

inline void PrintTo(const EngineCase& engine, std::ostream* out) { *out << engine.name; }

inline auto all_engines() {
  return testing::Values(EngineCase{"epoll", Loop::make},
                         EngineCase{"simulated", sim::make_lone_loop, true});
}

inline std::string engine_name(const testing::TestParamInfo<EngineCase>& info) {
  return std::string(info.param.name);
}

// The capabilities, as a skipped test names them.
struct CapabilityName {
  bool Capabilities::* capability;
  std::string_view name;
};
inline constexpr CapabilityName k_capability_names[] = {
    {&Capabilities::foreign_descriptors, "foreign descriptors"},
    {&Capabilities::error_queue, "error queue"},
    {&Capabilities::segmentation_offload, "segmentation offload"},
    {&Capabilities::unix_sockets, "Unix sockets"},
    {&Capabilities::peer_credentials, "peer credentials"},
    {&Capabilities::packet_sockets, "packet sockets"},
    {&Capabilities::packet_rings, "packet rings"},
    {&Capabilities::raw_sockets, "raw IP sockets"},
    {&Capabilities::threads, "threads"}};

// A fresh loop on one engine, for one test.
class EngineFixture : public testing::Test {
 protected:
  void start(const EngineCase& engine) {
    auto made =
        engine.make({.notice = [this](std::string_view text) { notices_.emplace_back(text); }});
    ASSERT_TRUE(made) << made.error().describe();
    loop_ = std::move(*made);
  }

  // The guard is far beyond what any test needs: it turns a hang into a failure with a name.
  void run(Task<> body) { loop_->run(guarded(std::move(body))); }
  void run_on_both_families(Task<> (*body)(Family)) {
    for (const Family family : {Family::v4, Family::v6}) {
      SCOPED_TRACE(family == Family::v4 ? "IPv4" : "IPv6");
      run(body(family));
    }
  }

  Loop& loop() { return *loop_; }
  const std::vector<std::string>& notices() const { return notices_; }

  // Why this engine cannot run a test that needs the capability; empty if it can.
  std::string lacks(bool Capabilities::* capability) {
    if (loop_->engine().capabilities().*capability) return {};
    std::string why = "the engine " + std::string(loop_->engine().name()) + " has no ";
    for (const CapabilityName& named : k_capability_names) {
      if (named.capability == capability) why += named.name;
    }
    return why;
  }

 private:
  static Task<Result<>> finish(Task<> body) {
    co_await body;
    co_return ok();
  }
  static Task<Result<>> watch() {
    const auto slept = co_await sleep_for(30s);
    if (!slept) co_return slept;
    ADD_FAILURE() << "the test hangs";
    co_return Error(Fault::timed_out, "finish the test");
  }
  static Task<> guarded(Task<> body) {
    [[maybe_unused]] const auto ended = co_await either(finish(std::move(body)), watch());
  }

  std::unique_ptr<Loop> loop_;
  std::vector<std::string> notices_;
};

class EngineTest : public EngineFixture, public testing::WithParamInterface<EngineCase> {
 protected:
  void SetUp() override { start(GetParam()); }
};

// The first line of a test of what only some engines have.
#define NEEDS(capability)                                                       \
  if (const std::string why = lacks(&Capabilities::capability); !why.empty()) { \
    GTEST_SKIP() << why;                                                        \
  }                                                                             \
  static_assert(true)

// ASSERT_TRUE for coroutines; evaluates to nothing, so it stands as a statement of its own.
#define CO_ASSERT(condition)                \
  if (!(condition)) {                       \
    ADD_FAILURE() << "not so: " #condition; \
    co_return;                              \
  }                                         \
  static_assert(true)

// For an operation that must not hang, and never takes that long.
inline Deadline guard() { return Deadline::after(20s); }

// Two ends of one connection over the loopback.
struct Connection {
  TcpStream client;
  TcpStream server;
};

inline Endpoint loopback(Family family = Family::v4, std::uint16_t port = 0) {
  return Endpoint(IpAddress::loopback(family), port);
}

inline Task<Result<Connection>> connect_pair(ListenOptions options = {},
                                             Family family = Family::v4) {
  auto listener = TcpListener::bind(loopback(family), std::move(options));
  if (!listener) co_return listener.error();
  auto client = co_await TcpStream::connect(listener->local());
  if (!client) co_return client.error();
  auto server = co_await listener->accept();
  if (!server) co_return server.error();
  co_return Connection{std::move(*client), std::move(*server)};
}

// Runs `body` in a scope that was cancelled before it began.
template <class T>
Task<T> when_cancelled(Task<T> body) {
  Scope scope(&co_await current_scope());
  scope.cancel();
  body.set_scope(scope);
  co_return co_await body;
}

// Lets everything that is ready run, a few times over: for "nothing more happens" without a clock.
inline Task<> settle() {
  for (int i = 0; i < 10; ++i) {
    [[maybe_unused]] const auto waited = co_await yield();
  }
}

}  // namespace patchbay
