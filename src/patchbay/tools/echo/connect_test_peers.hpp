// The other ends that the tests of `connect` and `bench` talk to, in the same loop.
#pragma once

#include <gtest/gtest.h>
#include <sys/socket.h>

#include <cerrno>
#include <memory>
#include <string>
#include <utility>

#include "patchbay/net/group.hpp"
#include "patchbay/net/loop.hpp"
#include "patchbay/net/resolve.hpp"
#include "patchbay/net/tcp.hpp"

namespace patchbay {

// Returns from a coroutine, where ASSERT_ cannot.
#define CO_REQUIRE(condition)    \
  if (!(condition)) {            \
    ADD_FAILURE() << #condition; \
    co_return;                   \
  }

inline Endpoint loopback(std::uint16_t port = 0) {
  return Endpoint(IpAddress::loopback(Family::v4), port);
}
inline HostPort host_port(const Endpoint& endpoint) {
  return {endpoint.address().to_string(), endpoint.port()};
}

// A port on which nobody listens: just given back.
inline Endpoint closed_port() {
  auto listener = TcpListener::bind(loopback());
  return listener ? listener->local() : loopback(1);
}

// Closes so that the other side sees a reset.
inline void reset(TcpStream& stream) {
  const linger now{.l_onoff = 1, .l_linger = 0};
  EXPECT_TRUE(stream.port().set_option(stream.handle(), SOL_SOCKET, SO_LINGER, &now, sizeof now));
  stream.close();
}

// Every name is unknown to it.
class NoNames final : public Resolver {
 public:
  Task<Result<std::vector<IpAddress>>> addresses(std::string name, Family, Deadline) override {
    co_return Error(Fault::resolve, "resolve", "no such name exists").about(name);
  }
  Task<Result<std::vector<std::string>>> names(IpAddress address, Deadline) override {
    co_return Error(Fault::resolve, "resolve").about(address.to_string());
  }
};

// Two ends of a local connection: one plays standard input or output, the test holds the other.
struct LocalPair {
  Stream ours;
  Stream theirs;
};
inline Result<LocalPair> local_pair() {
  int ends[2];
  if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, ends) != 0) {
    return Error::from_errno(errno, "make a pair of sockets");
  }
  Engine& engine = Loop::current().engine();
  const auto ours = engine.adopt(ends[0]);
  if (!ours) return ours.error();
  const auto theirs = engine.adopt(ends[1]);
  if (!theirs) return theirs.error();
  return LocalPair{Stream(engine, *ours), Stream(engine, *theirs)};
}

inline Task<Result<>> write_and_end(Stream& stream, std::string_view text) {
  const auto written = co_await stream.write_all(text);
  if (!written) co_return written;
  co_return co_await stream.shutdown_write();
}
inline Task<Result<>> read_to_end(Stream& stream, std::string& into) {
  for (;;) {
    const auto piece = co_await stream.receive();
    if (!piece) co_return piece.error();
    if (piece->empty()) co_return ok();
    into += piece->text();
  }
}

// Runs test(arguments…) on a loop of its own.
template <class... Parameters>
void run_with_loop(Task<> (*test)(Parameters...), std::type_identity_t<Parameters>... arguments) {
  auto loop = Loop::make();
  ASSERT_TRUE(loop);
  const LoopGuard guard(**loop);
  (*loop)->run(test(static_cast<Parameters>(arguments)...));
}

}  // namespace patchbay
