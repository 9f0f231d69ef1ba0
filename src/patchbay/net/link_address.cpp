#include "patchbay/net/link_address.hpp"

#include <fmt/format.h>
#include <net/if.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>

namespace patchbay {

namespace {

LinkAddress::Kind kind_of(unsigned char packet_type) {
  switch (packet_type) {
    case PACKET_BROADCAST: return LinkAddress::Kind::broadcast;
    case PACKET_MULTICAST: return LinkAddress::Kind::multicast;
    case PACKET_OTHERHOST: return LinkAddress::Kind::to_others;
    case PACKET_OUTGOING: return LinkAddress::Kind::outgoing;
    default: return LinkAddress::Kind::to_us;
  }
}

}  // namespace

LinkAddress::LinkAddress(const sockaddr_ll& native)
    : interface(static_cast<std::uint32_t>(native.sll_ifindex)),
      protocol(ntohs(native.sll_protocol)),
      kind(kind_of(native.sll_pkttype)),
      hardware(native.sll_hatype) {
  const std::size_t size = std::min<std::size_t>(native.sll_halen, address.size());
  std::copy_n(native.sll_addr, size, address.begin());
}

sockaddr_ll LinkAddress::native() const {
  sockaddr_ll native{};
  native.sll_family = AF_PACKET;
  native.sll_protocol = htons(protocol);
  native.sll_ifindex = static_cast<int>(interface);
  native.sll_halen = static_cast<unsigned char>(address.size());
  std::ranges::copy(address, native.sll_addr);
  return native;
}

std::string LinkAddress::to_string() const {
  char name[IF_NAMESIZE];
  const bool named = ::if_indextoname(interface, name) != nullptr;
  return fmt::format("{:02x}%{}", fmt::join(address, ":"),
                     named ? std::string(name) : std::to_string(interface));
}

Error explain_frame(const Error& error) {
  if (error.code() == EMSGSIZE) {
    return error.because("the frame is larger than the interface's MTU allows")
        .advising("send less at a time, or see the MTU: `ip link`");
  }
  if (error.code() == ENXIO || error.code() == ENODEV) {
    return error.because("there is no such interface, or none was named")
        .advising("list the interfaces: `ip link`");
  }
  return error;
}

}  // namespace patchbay
