// For tests: a network namespace of one's own, with a cable: v0 (192.0.2.1/24 and fd00:2::1/64) and
// v1, its other end. Needs root; otherwise the test is skipped and says so.
#pragma once

#include <gtest/gtest.h>
#include <linux/if_addr.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <poll.h>
#include <sched.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <ios>
#include <string>
#include <thread>

#include "patchbay/net/conformance/engine_test.hpp"

namespace patchbay {

// How many devices of the calling thread's namespace have a link-local address of IPv6 that may be
// used. The kernel gives a device its routes to ff00::/8 and fe80::/64 before it.
inline std::size_t devices_with_link_local() {
  std::ifstream addresses("/proc/thread-self/net/if_inet6");
  addresses >> std::hex;
  std::size_t count = 0;
  std::string address, device;
  unsigned index = 0, prefix_length = 0, scope = 0, flags = 0;
  while (addresses >> address >> index >> prefix_length >> scope >> flags >> device) {
    const bool usable = (flags & (IFA_F_TENTATIVE | IFA_F_DADFAILED)) == 0;
    if (address.starts_with("fe80") && usable) ++count;
  }
  return count;
}

// The kernel's news about addresses of IPv6 in the namespace where it was made.
class AddressNews {
 public:
  AddressNews() : socket_(::socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE)) {
    sockaddr_nl address{};
    address.nl_family = AF_NETLINK;
    address.nl_groups = RTMGRP_IPV6_IFADDR;
    if (::bind(socket_, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
      ADD_FAILURE() << "no news of addresses: " << std::strerror(errno);
    }
  }
  AddressNews(const AddressNews&) = delete;
  AddressNews& operator=(const AddressNews&) = delete;
  ~AddressNews() { ::close(socket_); }

  // False when there were none for far longer than it takes a busy machine.
  bool wait() {
    pollfd news{.fd = socket_, .events = POLLIN, .revents = 0};
    if (::poll(&news, 1, 20'000) != 1) return false;
    std::array<char, 8192> message;
    return ::recv(socket_, message.data(), message.size(), 0) > 0;
  }

 private:
  int socket_;
};

// Moves the calling thread into a new namespace. Why it could not, or nothing.
inline std::string enter_namespace() {
  if (::unshare(CLONE_NEWNET) != 0) {
    return std::string("no network namespace (CAP_SYS_ADMIN): ") + std::strerror(errno);
  }
  AddressNews news;
  // The child that runs them is in this thread's namespace. Without duplicate address detection
  // nobody waits a second for the link-local addresses. v0 comes up last: an interface that has its
  // carrier from the start sends at once, and one that gets it later drops frames until the
  // kernel's workqueue has seen that.
  const char* const commands =
      "echo 0 > /proc/sys/net/ipv6/conf/all/accept_dad && "
      "echo 0 > /proc/sys/net/ipv6/conf/default/accept_dad && "
      "ip link set lo up && ip link add v0 type veth peer name v1 && "
      "ip address add 192.0.2.1/24 broadcast + dev v0 && "
      "ip address add fd00:2::1/64 dev v0 nodad && "
      "ip link set v1 up && ip link set v0 up";
  if (std::system(commands) != 0) return "no veth pair (iproute2, CAP_NET_ADMIN)";
  // The same workqueue gives the devices their IPv6 addresses and routes, late on a busy machine:
  // sending before that is "network is unreachable".
  constexpr std::size_t ends = 2;
  while (devices_with_link_local() < ends) {
    if (news.wait()) continue;
    ADD_FAILURE() << "the cable got no link-local addresses";
    break;
  }
  return "";
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
