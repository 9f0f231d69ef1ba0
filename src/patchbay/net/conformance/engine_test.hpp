// The conformance suite: every test runs on every engine. A test is a coroutine; run() gives it a
// fresh loop on the engine under test and fails when it does not end.
#pragma once

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <string_view>

#include "patchbay/net/group.hpp"
#include "patchbay/net/loop.hpp"
#include "patchbay/net/tcp.hpp"

namespace patchbay {

struct EngineCase {
  std::string_view name;
  Result<std::unique_ptr<Loop>> (*make)(LoopOptions);
};

inline void PrintTo(const EngineCase& engine, std::ostream* out) { *out << engine.name; }

inline auto all_engines() { return testing::Values(EngineCase{"epoll", Loop::make}); }

inline std::string engine_name(const testing::TestParamInfo<EngineCase>& info) {
  return std::string(info.param.name);
}

class EngineTest : public testing::TestWithParam<EngineCase> {
 protected:
  void SetUp() override {
    auto made =
        GetParam().make({.notice = [this](std::string_view text) { notices_.emplace_back(text); }});
    ASSERT_TRUE(made) << made.error().describe();
    loop_ = std::move(*made);
  }

  // The guard is far beyond what any test needs: it turns a hang into a failure with a name.
  void run(Task<> body) { loop_->run(guarded(std::move(body))); }

  Loop& loop() { return *loop_; }
  const std::vector<std::string>& notices() const { return notices_; }

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

// ASSERT_TRUE for coroutines; evaluates to nothing, so it stands as a statement of its own.
#define CO_ASSERT(condition)                \
  if (!(condition)) {                       \
    ADD_FAILURE() << "not so: " #condition; \
    co_return;                              \
  }                                         \
  static_assert(true)

// Two ends of one connection over the loopback.
struct Connection {
  TcpStream client;
  TcpStream server;
};

inline Endpoint loopback(Family family = Family::v4) {
  return Endpoint(IpAddress::loopback(family), 0);
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
