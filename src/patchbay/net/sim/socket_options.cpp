#include "patchbay/net/sim/socket_options.hpp"

#include <linux/if_packet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <netinet/udp.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <string_view>

#ifndef IPV6_MULTICAST_ALL
#define IPV6_MULTICAST_ALL 29  // newer than this C library
#endif

namespace patchbay::sim {

namespace {

// net.core.rmem_max and wmem_max, and the least that Linux makes of a request.
constexpr int k_most_buffer_bytes = 212'992;
constexpr int k_least_receive_bytes = 2304;
constexpr int k_least_send_bytes = 4608;
constexpr int k_default_buffer_bytes = 524'288;  // about what Linux tunes a busy connection to

struct Known {
  int level;
  int name;
  int fallback;
};

constexpr Known k_known[] = {
    {SOL_SOCKET, SO_REUSEADDR, 0},
    {SOL_SOCKET, SO_REUSEPORT, 0},
    {SOL_SOCKET, SO_KEEPALIVE, 0},
    {SOL_SOCKET, SO_BROADCAST, 0},
    {SOL_SOCKET, SO_RCVBUF, k_default_buffer_bytes},
    {SOL_SOCKET, SO_SNDBUF, k_default_buffer_bytes},
    {SOL_SOCKET, SO_TIMESTAMPNS, 0},
    {SOL_SOCKET, SO_RXQ_OVFL, 0},
    {SOL_SOCKET, SO_LINGER, 0},
    {SOL_SOCKET, SO_PRIORITY, 0},
    {IPPROTO_TCP, TCP_NODELAY, 0},
    {IPPROTO_TCP, TCP_KEEPIDLE, 7200},
    {IPPROTO_TCP, TCP_KEEPINTVL, 75},
    {IPPROTO_TCP, TCP_KEEPCNT, 9},
    {IPPROTO_TCP, TCP_USER_TIMEOUT, 0},
    {IPPROTO_TCP, TCP_SYNCNT, 6},
    {IPPROTO_TCP, TCP_NOTSENT_LOWAT, 0},
    {IPPROTO_TCP, TCP_CONGESTION, 0},
    {IPPROTO_UDP, UDP_GRO, 0},
    {IPPROTO_IP, IP_RECVERR, 0},
    {IPPROTO_IPV6, IPV6_RECVERR, 0},
    {IPPROTO_IP, IP_TTL, 64},
    {IPPROTO_IP, IP_TOS, 0},
    {IPPROTO_IP, IP_MTU_DISCOVER, IP_PMTUDISC_WANT},
    {IPPROTO_IP, IP_MULTICAST_TTL, 1},
    {IPPROTO_IP, IP_MULTICAST_LOOP, 1},
    {IPPROTO_IP, IP_MULTICAST_IF, 0},
    {IPPROTO_IP, IP_MULTICAST_ALL, 1},
    {IPPROTO_IP, IP_PKTINFO, 0},
    {IPPROTO_IP, IP_RECVTTL, 0},
    {IPPROTO_IP, IP_RECVTOS, 0},
    {IPPROTO_IPV6, IPV6_V6ONLY, 0},
    {IPPROTO_IPV6, IPV6_UNICAST_HOPS, 64},
    {IPPROTO_IPV6, IPV6_TCLASS, 0},
    {IPPROTO_IPV6, IPV6_MTU_DISCOVER, IPV6_PMTUDISC_WANT},
    {IPPROTO_IPV6, IPV6_MULTICAST_HOPS, 1},
    {IPPROTO_IPV6, IPV6_MULTICAST_LOOP, 1},
    {IPPROTO_IPV6, IPV6_MULTICAST_IF, 0},
    {IPPROTO_IPV6, IPV6_MULTICAST_ALL, 1},
    {IPPROTO_IPV6, IPV6_RECVPKTINFO, 0},
    {IPPROTO_IPV6, IPV6_RECVHOPLIMIT, 0},
    {IPPROTO_IPV6, IPV6_RECVTCLASS, 0},
    {SOL_PACKET, PACKET_AUXDATA, 0},
    {SOL_PACKET, PACKET_IGNORE_OUTGOING, 0},
};

constexpr std::string_view k_congestion_controls[] = {"reno", "cubic"};

const Known* find_known(int level, int name) {
  const auto* const found = std::ranges::find_if(
      k_known, [&](const Known& known) { return known.level == level && known.name == name; });
  return found == std::end(k_known) ? nullptr : found;
}

int buffer_for(int request, int least) {
  return std::max(least, 2 * std::clamp(request, 0, k_most_buffer_bytes));
}

// What an engine that has it declares as a capability.
bool is_missing(int level, int name) {
  return (level == IPPROTO_UDP && name == UDP_GRO) || (level == IPPROTO_IP && name == IP_RECVERR) ||
         (level == IPPROTO_IPV6 && name == IPV6_RECVERR);
}

bool is_out_of_range(int level, int name, int value) {
  if (level == IPPROTO_TCP) {
    switch (name) {
      case TCP_KEEPIDLE:
      case TCP_KEEPINTVL: return value < 1 || value > 32'767;
      case TCP_KEEPCNT:
      case TCP_SYNCNT: return value < 1 || value > 127;
      case TCP_USER_TIMEOUT: return value < 0;
      default: return false;
    }
  }
  if (level == IPPROTO_IP && name == IP_TTL) return value != -1 && (value < 1 || value > 255);
  if (level == IPPROTO_IPV6 && name == IPV6_UNICAST_HOPS) return value < -1 || value > 255;
  return false;
}

}  // namespace

const SocketOptions::Option* SocketOptions::find(int level, int name) const {
  for (const Option& option : set_) {
    if (option.level == level && option.name == name) return &option;
  }
  return nullptr;
}

void SocketOptions::keep(int level, int name, std::span<const std::byte> value) {
  std::vector<std::byte> bytes(value.begin(), value.end());
  for (Option& option : set_) {
    if (option.level != level || option.name != name) continue;
    option.value = std::move(bytes);
    return;
  }
  set_.push_back({level, name, std::move(bytes)});
}

int SocketOptions::set(int level, int name, std::span<const std::byte> value) {
  if (level == IPPROTO_TCP && name == TCP_CONGESTION) {
    const std::string_view wanted(reinterpret_cast<const char*>(value.data()), value.size());
    if (std::ranges::find(k_congestion_controls, wanted) == std::end(k_congestion_controls)) {
      return ENOENT;
    }
    keep(level, name, value);
    return 0;
  }
  if (find_known(level, name) == nullptr) return ENOPROTOOPT;
  if (level == SOL_SOCKET && name == SO_LINGER) {
    if (value.size() != sizeof(linger)) return EINVAL;
    keep(level, name, value);
    return 0;
  }
  if (value.size() < sizeof(int)) return EINVAL;
  int number = 0;
  std::memcpy(&number, value.data(), sizeof number);
  if (is_out_of_range(level, name, number)) return EINVAL;
  if (number != 0 && is_missing(level, name)) return ENOPROTOOPT;
  if (level == SOL_SOCKET && name == SO_RCVBUF) number = buffer_for(number, k_least_receive_bytes);
  if (level == SOL_SOCKET && name == SO_SNDBUF) number = buffer_for(number, k_least_send_bytes);
  keep(level, name, std::as_bytes(std::span(&number, 1)));
  return 0;
}

int SocketOptions::get(int level, int name, std::byte* value, unsigned& size) const {
  const Option* const option = find(level, name);
  if (option != nullptr) {
    size = std::min(size, static_cast<unsigned>(option->value.size()));
    std::memcpy(value, option->value.data(), size);
    return 0;
  }
  if (level == IPPROTO_TCP && name == TCP_CONGESTION) {
    constexpr std::string_view usual = "cubic";
    size = std::min(size, static_cast<unsigned>(usual.size()));
    std::memcpy(value, usual.data(), size);
    return 0;
  }
  const Known* const known = find_known(level, name);
  if (known == nullptr) return ENOPROTOOPT;
  const std::array<int, 2> words = {known->fallback, 0};
  const unsigned most = name == SO_LINGER && level == SOL_SOCKET ? sizeof(linger) : sizeof(int);
  size = std::min(size, most);
  std::memcpy(value, words.data(), size);
  return 0;
}

int SocketOptions::number(int level, int name) const {
  const Option* const option = find(level, name);
  if (option != nullptr && option->value.size() >= sizeof(int)) {
    int value = 0;
    std::memcpy(&value, option->value.data(), sizeof value);
    return value;
  }
  const Known* const known = find_known(level, name);
  return known == nullptr ? 0 : known->fallback;
}

std::size_t SocketOptions::receive_room() const {
  return static_cast<std::size_t>(number(SOL_SOCKET, SO_RCVBUF)) / 2;
}

std::size_t SocketOptions::send_room() const {
  return static_cast<std::size_t>(number(SOL_SOCKET, SO_SNDBUF)) / 2;
}

bool SocketOptions::resets_on_close() const {
  const Option* const option = find(SOL_SOCKET, SO_LINGER);
  if (option == nullptr) return false;
  linger value{};
  std::memcpy(&value, option->value.data(), sizeof value);
  return value.l_onoff != 0 && value.l_linger == 0;
}

}  // namespace patchbay::sim
