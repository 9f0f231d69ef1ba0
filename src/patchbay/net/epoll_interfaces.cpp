// The interfaces of this host, as getifaddrs(3) tells them: one entry an address, folded to one an
// interface.
#include <ifaddrs.h>
#include <linux/if_packet.h>
#include <net/if.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <bit>
#include <cerrno>
#include <cstring>
#include <memory>

#include "patchbay/net/epoll_engine.hpp"

namespace patchbay {

namespace {

int prefix_length(const IpAddress& netmask) {
  int bits = 0;
  for (const std::uint8_t byte : netmask.bytes()) bits += std::popcount(byte);
  return bits;
}

int mtu_of(int socket, const std::string& name) {
  ifreq request{};
  name.copy(request.ifr_name, IFNAMSIZ - 1);
  return ::ioctl(socket, SIOCGIFMTU, &request) == 0 ? request.ifr_mtu : 0;
}

Interface& entry_of(std::vector<Interface>& found, const ifaddrs& item) {
  const auto known = std::ranges::find(found, item.ifa_name, &Interface::name);
  if (known != found.end()) return *known;
  found.push_back({.index = ::if_nametoindex(item.ifa_name),
                   .name = item.ifa_name,
                   .up = (item.ifa_flags & IFF_UP) != 0,
                   .loopback = (item.ifa_flags & IFF_LOOPBACK) != 0,
                   .multicast = (item.ifa_flags & IFF_MULTICAST) != 0});
  return found.back();
}

void add_address(Interface& interface, const ifaddrs& item) {
  if (item.ifa_addr->sa_family == AF_PACKET) {
    const auto& link = *reinterpret_cast<const sockaddr_ll*>(item.ifa_addr);
    const std::size_t size = std::min<std::size_t>(link.sll_halen, 6);
    std::memcpy(interface.hardware_address.data(), link.sll_addr, size);
    return;
  }
  if (item.ifa_addr->sa_family != AF_INET && item.ifa_addr->sa_family != AF_INET6) return;
  const int prefix =
      item.ifa_netmask == nullptr ? 0 : prefix_length(Endpoint(item.ifa_netmask).address());
  interface.addresses.push_back({Endpoint(item.ifa_addr).address(), prefix});
}

}  // namespace

Result<std::vector<Interface>> EpollEngine::interfaces() {
  ifaddrs* list = nullptr;
  ++counters_->syscalls;
  if (::getifaddrs(&list) != 0) return Error::from_errno(errno, "list the network interfaces");
  const std::unique_ptr<ifaddrs, void (*)(ifaddrs*)> owner(list, ::freeifaddrs);
  std::vector<Interface> found;
  for (const ifaddrs* item = list; item != nullptr; item = item->ifa_next) {
    Interface& interface = entry_of(found, *item);
    if (item->ifa_addr != nullptr) add_address(interface, *item);
  }
  const int socket = ::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  if (socket < 0) return Error::from_errno(errno, "list the network interfaces");
  for (Interface& interface : found) interface.mtu_bytes = mtu_of(socket, interface.name);
  ::close(socket);
  return found;
}

}  // namespace patchbay
