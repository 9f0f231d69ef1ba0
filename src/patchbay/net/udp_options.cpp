#include "patchbay/net/udp_options.hpp"

#include <fmt/format.h>
#include <net/if.h>
#include <netinet/in.h>
#include <netinet/udp.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <limits>

#include "patchbay/net/options.hpp"

namespace patchbay {

namespace {

#ifndef IPV6_MULTICAST_ALL
constexpr int IPV6_MULTICAST_ALL = 29;  // newer than this C library
#endif

// The names of an option in both families.
struct IpOption {
  int v4;
  int v6;
};
constexpr IpOption k_hop_limit{IP_TTL, IPV6_UNICAST_HOPS};
constexpr IpOption k_multicast_hop_limit{IP_MULTICAST_TTL, IPV6_MULTICAST_HOPS};
constexpr IpOption k_multicast_loopback{IP_MULTICAST_LOOP, IPV6_MULTICAST_LOOP};
constexpr IpOption k_multicast_interface{IP_MULTICAST_IF, IPV6_MULTICAST_IF};
constexpr IpOption k_multicast_all{IP_MULTICAST_ALL, IPV6_MULTICAST_ALL};
constexpr IpOption k_traffic_class{IP_TOS, IPV6_TCLASS};
constexpr IpOption k_mtu_discover{IP_MTU_DISCOVER, IPV6_MTU_DISCOVER};
constexpr IpOption k_mtu{IP_MTU, IPV6_MTU};
constexpr IpOption k_error_queue{IP_RECVERR, IPV6_RECVERR};
constexpr IpOption k_tell_destination{IP_PKTINFO, IPV6_RECVPKTINFO};
constexpr IpOption k_tell_hop_limit{IP_RECVTTL, IPV6_RECVHOPLIMIT};
constexpr IpOption k_tell_traffic_class{IP_RECVTOS, IPV6_RECVTCLASS};

// Sets options until one fails, and remembers that.
class Setter {
 public:
  Setter(Port& port, int handle, Family family, bool dual)
      : port_(port), handle_(handle), v6_(family == Family::v6), dual_(dual) {}

  void set(int level, int name, int value) {
    if (result_) result_ = set_option(port_, handle_, level, name, value);
  }
  void set(IpOption option, int value) {
    if (v6_) set(IPPROTO_IPV6, option.v6, value);
    if (!v6_ || dual_) set(IPPROTO_IP, option.v4, value);
  }
  void set_if(IpOption option, bool wanted) {
    if (wanted) set(option, 1);
  }
  void set_if(int level, int name, bool wanted) {
    if (wanted) set(level, name, 1);
  }
  void set_interface(const std::string& name) {
    if (name.empty() || !result_) return;
    result_ = port_.set_option(handle_, SOL_SOCKET, SO_BINDTODEVICE, name.data(),
                               static_cast<unsigned>(name.size()));
    if (!result_) result_ = result_.error().about(name);
  }
  void set_multicast_interface(std::uint32_t index) {
    if (v6_) set(IPPROTO_IPV6, k_multicast_interface.v6, static_cast<int>(index));
    if ((v6_ && !dual_) || !result_) return;
    ip_mreqn request{};
    request.imr_ifindex = static_cast<int>(index);
    result_ = port_.set_option(handle_, IPPROTO_IP, IP_MULTICAST_IF, &request, sizeof request);
  }
  Result<> result() const { return result_; }

 private:
  Port& port_;
  int handle_;
  bool v6_;
  bool dual_;
  Result<> result_;
};

int clamped(std::size_t bytes) {
  constexpr std::size_t most = std::numeric_limits<int>::max() / 2;  // the kernel doubles it
  return static_cast<int>(std::min(bytes, most));
}

// The numbers of IP_PMTUDISC_ and IPV6_PMTUDISC_ are the same.
int number_of(Fragmentation fragmentation) {
  switch (fragmentation) {
    case Fragmentation::allow: return IP_PMTUDISC_DONT;
    case Fragmentation::forbid: return IP_PMTUDISC_DO;
    case Fragmentation::probe: return IP_PMTUDISC_PROBE;
  }
  return IP_PMTUDISC_WANT;
}

std::optional<Fragmentation> fragmentation_of(int number) {
  switch (number) {
    case IP_PMTUDISC_DONT: return Fragmentation::allow;
    case IP_PMTUDISC_DO: return Fragmentation::forbid;
    case IP_PMTUDISC_PROBE: return Fragmentation::probe;
    default: return std::nullopt;
  }
}

// Reads options until one fails, and remembers that.
class Getter {
 public:
  Getter(Port& port, int handle, Family family)
      : port_(port), handle_(handle), v6_(family == Family::v6) {}

  int get(int level, int name) {
    if (!result_) return 0;
    const auto value = get_option(port_, handle_, level, name);
    if (value) return *value;
    result_ = value.error();
    return 0;
  }
  int get(IpOption option) {
    return v6_ ? get(IPPROTO_IPV6, option.v6) : get(IPPROTO_IP, option.v4);
  }
  std::size_t get_size(int name) { return static_cast<std::size_t>(get(SOL_SOCKET, name)); }
  // Has no value on a socket that is not connected.
  std::optional<std::size_t> path_mtu() {
    const auto mtu = v6_ ? get_option(port_, handle_, IPPROTO_IPV6, k_mtu.v6)
                         : get_option(port_, handle_, IPPROTO_IP, k_mtu.v4);
    if (!mtu) return std::nullopt;
    return static_cast<std::size_t>(*mtu);
  }
  std::optional<std::uint32_t> multicast_interface() {
    if (!v6_) return std::nullopt;
    return static_cast<std::uint32_t>(get(k_multicast_interface));
  }
  std::string interface() {
    std::array<char, IF_NAMESIZE> name{};
    unsigned size = name.size();
    if (!port_.get_option(handle_, SOL_SOCKET, SO_BINDTODEVICE, name.data(), size)) return {};
    return name.data();
  }
  const Result<>& result() const { return result_; }

 private:
  Port& port_;
  int handle_;
  bool v6_;
  Result<> result_;
};

void put(sockaddr_storage& into, const IpAddress& address) {
  const Endpoint endpoint(address, 0);
  std::memcpy(&into, endpoint.native(), endpoint.native_size());
}

Result<> change_membership(Port& port, int handle, const Membership& membership, bool joining) {
  const bool v6 = membership.group.is_v6();
  const int level = v6 ? IPPROTO_IPV6 : IPPROTO_IP;
  const std::uint32_t index =
      membership.interface != 0 ? membership.interface : membership.group.scope();
  Result<> changed;
  if (membership.source) {
    group_source_req request{};
    request.gsr_interface = index;
    put(request.gsr_group, membership.group);
    put(request.gsr_source, *membership.source);
    const int name = joining ? MCAST_JOIN_SOURCE_GROUP : MCAST_LEAVE_SOURCE_GROUP;
    changed = port.set_option(handle, level, name, &request, sizeof request);
  } else {
    group_req request{};
    request.gr_interface = index;
    put(request.gr_group, membership.group);
    const int name = joining ? MCAST_JOIN_GROUP : MCAST_LEAVE_GROUP;
    changed = port.set_option(handle, level, name, &request, sizeof request);
  }
  return changed;
}

Error membership_error(int code, const char* operation, const Membership& membership) {
  const Error error = Error::from_errno(code, operation).about(membership.group.to_string());
  if (!membership.group.is_multicast()) {
    return error.because("it is not a multicast address")
        .advising("groups are 224.0.0.0 to 239.255.255.255, and ff00::/8");
  }
  if (code == ENODEV || code == EADDRNOTAVAIL) {
    return error.because("no such interface, or no route and no membership for the group")
        .advising("name the interface by its index: `ip link`");
  }
  return error;
}

}  // namespace

Result<> set_buffers(Port& port, int handle, std::optional<std::size_t> receive_bytes,
                     std::optional<std::size_t> send_bytes) {
  Result<> done;
  if (receive_bytes)
    done = set_option(port, handle, SOL_SOCKET, SO_RCVBUF, clamped(*receive_bytes));
  if (!done || !send_bytes) return done;
  return set_option(port, handle, SOL_SOCKET, SO_SNDBUF, clamped(*send_bytes));
}

Result<> apply(Port& port, int handle, Family family, const IpOptions& options, bool dual) {
  Setter setter(port, handle, family, dual);
  setter.set_interface(options.interface);
  if (options.hop_limit) setter.set(k_hop_limit, *options.hop_limit);
  if (options.multicast_hop_limit) setter.set(k_multicast_hop_limit, *options.multicast_hop_limit);
  if (options.multicast_loopback) setter.set(k_multicast_loopback, *options.multicast_loopback);
  if (options.multicast_interface) setter.set_multicast_interface(*options.multicast_interface);
  if (options.traffic_class) setter.set(k_traffic_class, *options.traffic_class);
  if (options.fragmentation) setter.set(k_mtu_discover, number_of(*options.fragmentation));
  setter.set_if(k_tell_destination, options.metadata.destination);
  setter.set_if(k_tell_hop_limit, options.metadata.hop_limit);
  setter.set_if(k_tell_traffic_class, options.metadata.traffic_class);
  setter.set_if(SOL_SOCKET, SO_TIMESTAMPNS, options.metadata.timestamp);
  setter.set_if(SOL_SOCKET, SO_RXQ_OVFL, options.metadata.dropped);
  setter.set_if(k_error_queue, options.error_queue);
  if (!setter.result()) return setter.result();
  return set_buffers(port, handle, options.receive_buffer_bytes, options.send_buffer_bytes);
}

Result<> apply(Port& port, int handle, Family family, const UdpOptions& options) {
  const bool dual = family == Family::v6 && !options.v6_only;
  Setter setter(port, handle, family, dual);
  if (family == Family::v6) setter.set(IPPROTO_IPV6, IPV6_V6ONLY, options.v6_only);
  setter.set_if(SOL_SOCKET, SO_REUSEADDR, options.reuse_address);
  setter.set_if(SOL_SOCKET, SO_REUSEPORT, options.reuse_port);
  setter.set_if(SOL_SOCKET, SO_BROADCAST, options.broadcast);
  setter.set_if(IPPROTO_UDP, UDP_GRO, options.coalesce);
  if (!setter.result()) return setter.result();
  return apply(port, handle, family, options.ip, dual);
}

Result<UdpSettings> read_udp_settings(Port& port, int handle, Family family) {
  Getter getter(port, handle, family);
  UdpSettings settings;
  settings.reuse_address = getter.get(SOL_SOCKET, SO_REUSEADDR) != 0;
  settings.reuse_port = getter.get(SOL_SOCKET, SO_REUSEPORT) != 0;
  settings.broadcast = getter.get(SOL_SOCKET, SO_BROADCAST) != 0;
  settings.coalesce = getter.get(IPPROTO_UDP, UDP_GRO) != 0;
  settings.error_queue = getter.get(k_error_queue) != 0;
  settings.interface = getter.interface();
  settings.receive_buffer_bytes = getter.get_size(SO_RCVBUF);
  settings.send_buffer_bytes = getter.get_size(SO_SNDBUF);
  settings.hop_limit = getter.get(k_hop_limit);
  settings.multicast_hop_limit = getter.get(k_multicast_hop_limit);
  settings.multicast_loopback = getter.get(k_multicast_loopback) != 0;
  settings.multicast_interface = getter.multicast_interface();
  settings.traffic_class = static_cast<std::uint8_t>(getter.get(k_traffic_class));
  settings.fragmentation = fragmentation_of(getter.get(k_mtu_discover));
  settings.path_mtu_bytes = getter.path_mtu();
  if (!getter.result()) return getter.result().error();
  return settings;
}

Result<> join(Port& port, int handle, const Membership& membership) {
  const bool v6 = membership.group.is_v6();
  const auto only_own = set_option(port, handle, v6 ? IPPROTO_IPV6 : IPPROTO_IP,
                                   v6 ? k_multicast_all.v6 : k_multicast_all.v4, 0);
  if (!only_own) return only_own;
  const auto joined = change_membership(port, handle, membership, true);
  if (joined) return joined;
  return membership_error(joined.error().code(), "join the group", membership);
}

Result<> leave(Port& port, int handle, const Membership& membership) {
  const auto left = change_membership(port, handle, membership, false);
  if (left) return left;
  return membership_error(left.error().code(), "leave the group", membership);
}

}  // namespace patchbay
