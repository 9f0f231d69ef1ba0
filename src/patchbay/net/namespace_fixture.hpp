// For tests: a network namespace of one's own, with a cable: v0 (192.0.2.1/24 and fd00:2::1/64) and
// v1, its other end. Needs root; otherwise the test is skipped and says so.
#pragma once

#include <gtest/gtest.h>
#include <net/if.h>
#include <sched.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <string>
#include <thread>

#include "patchbay/net/conformance/engine_test.hpp"

namespace patchbay {

// Moves the calling thread into a new namespace. Why it could not, or nothing.
inline std::string enter_namespace() {
  if (::unshare(CLONE_NEWNET) != 0) {
    return std::string("no network namespace (CAP_SYS_ADMIN): ") + std::strerror(errno);
  }
  // The child that runs them is in this thread's namespace. Without duplicate address detection
  // the link-local addresses are there at once. v0 comes up last: an interface that has its carrier
  // from the start sends at once, and one that gets it later drops frames until the kernel's
  // workqueue has seen that.
  const char* const commands =
      "echo 0 > /proc/sys/net/ipv6/conf/all/accept_dad && "
      "echo 0 > /proc/sys/net/ipv6/conf/default/accept_dad && "
      "ip link set lo up && ip link add v0 type veth peer name v1 && "
      "ip address add 192.0.2.1/24 broadcast + dev v0 && "
      "ip address add fd00:2::1/64 dev v0 nodad && "
      "ip link set v1 up && ip link set v0 up";
  return std::system(commands) == 0 ? "" : "no veth pair (iproute2, CAP_NET_ADMIN)";
}

class InNamespace : public testing::Test {
 protected:
  // Runs body(arguments…) on a thread of its own, which alone moves into the namespace.
  template <class... Parameters, class... Arguments>
  void run(Task<> (*body)(Parameters...), Arguments... arguments) {
    std::string missing;
    std::thread([&] {
      missing = enter_namespace();
      if (!missing.empty()) return;
      auto loop = Loop::make();
      ASSERT_TRUE(loop) << loop.error().describe();
      (*loop)->run(body(arguments...));
    }).join();
    if (!missing.empty()) GTEST_SKIP() << missing;
  }
};

}  // namespace patchbay
