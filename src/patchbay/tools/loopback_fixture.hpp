// What tests of tools over the loopback need: a loop, addresses, a port where nobody is.
#pragma once

#include <gtest/gtest.h>
#include <sys/socket.h>

#include <string>
#include <type_traits>

#include "patchbay/net/group.hpp"
#include "patchbay/net/loop.hpp"
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

// Runs test(arguments…) on a loop of its own.
template <class... Parameters>
void run_with_loop(Task<> (*test)(Parameters...), std::type_identity_t<Parameters>... arguments) {
  auto loop = Loop::make();
  ASSERT_TRUE(loop);
  const LoopGuard guard(**loop);
  (*loop)->run(test(static_cast<Parameters>(arguments)...));
}

}  // namespace patchbay
