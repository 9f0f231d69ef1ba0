// For tests of UDP: sockets on the loopback, and a port where nobody is.
#pragma once

#include <gtest/gtest.h>

#include <cstdint>
#include <string>
#include <utility>

#include "patchbay/net/conformance/engine_test.hpp"
#include "patchbay/net/udp.hpp"

namespace patchbay {

inline UdpSocket bound(Family family, const UdpOptions& options = {}) {
  auto socket = UdpSocket::bind(loopback(family), options);
  if (!socket) ADD_FAILURE() << socket.error().describe();
  return std::move(*socket);
}

// A port of this host that nobody has: it was bound a moment ago.
inline Endpoint silent_port(Family family) { return *bound(family).local(); }

inline Interface loopback_interface() {
  const auto all = Loop::current().engine().interfaces();
  for (const Interface& each : all.value_or(std::vector<Interface>())) {
    if (each.loopback) return each;
  }
  ADD_FAILURE() << "this host has no loopback";
  return {};
}

}  // namespace patchbay
