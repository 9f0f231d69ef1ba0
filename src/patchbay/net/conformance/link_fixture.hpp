// For tests of what is heard on a link: a host with an interface there that has addresses of both
// families. The kernel's is in a namespace of its own; without the right to one the test is skipped
// and says so. A simulated host has one from the start.
#pragma once

#include <arpa/inet.h>

#include <algorithm>
#include <string>
#include <thread>
#include <vector>

#include "patchbay/net/conformance/udp_fixture.hpp"
#include "patchbay/net/namespace_fixture.hpp"

namespace patchbay {

class LinkTest : public EngineTest {
 protected:
  void SetUp() override {}  // the loop is made on the thread that it runs on

  template <class... Parameters, class... Arguments>
  void run(Task<> (*body)(Parameters...), Arguments... arguments) {
    std::string missing;
    std::thread([&] {
      if (!GetParam().simulated) missing = enter_namespace();
      if (!missing.empty()) return;
      EngineTest::SetUp();
      if (!HasFatalFailure()) EngineTest::run(body(arguments...));
    }).join();
    if (!missing.empty()) GTEST_SKIP() << missing;
  }
};

// The interface on the link.
inline Interface link_interface() {
  const auto all = Loop::current().engine().interfaces();
  for (const Interface& each : all.value_or(std::vector<Interface>())) {
    const bool has_v4 = std::ranges::any_of(
        each.addresses, [](const InterfaceAddress& one) { return one.address.is_v4(); });
    if (each.up && !each.loopback && has_v4) return each;
  }
  ADD_FAILURE() << "this host has no link";
  return {};
}

// This host's address there; for IPv6 not the one of the link alone.
inline InterfaceAddress own_address(Family family) {
  for (const InterfaceAddress& each : link_interface().addresses) {
    if (each.address.family() == family && !each.address.is_link_local()) return each;
  }
  ADD_FAILURE() << "this host has no address of the family on its link";
  return {};
}

inline IpAddress broadcast_address() {
  const InterfaceAddress own = own_address(Family::v4);
  const std::uint32_t host_bits = ~std::uint32_t{0} >> own.prefix_length;
  return IpAddress(in_addr{own.address.v4().s_addr | htonl(host_bits)});
}

}  // namespace patchbay
