// PortTable: who has bound or listens on which port of a host, for one protocol.
#pragma once

#include <cstdint>
#include <span>
#include <unordered_map>
#include <vector>

#include "patchbay/net/address.hpp"

namespace patchbay::sim {

class Socket;

struct Binding {
  Socket* socket = nullptr;
  IpAddress address;  // or any()
  std::uint16_t port = 0;
  bool dual = false;  // an IPv6 wildcard that takes IPv4 too
  bool reuse_address = false;
  bool reuse_port = false;

  bool takes(const IpAddress& destination) const;
};

class PortTable {
 public:
  // EADDRINUSE, or 0.
  int claim(const Binding& binding);
  void release(const Socket& socket, std::uint16_t port);
  // In the order in which they came.
  std::span<const Binding> at(std::uint16_t port) const;
  // One that nobody has, of those that Linux hands out; 0 if there is none.
  std::uint16_t free_port();
  // Where the search for a free port begins.
  void begin_at(std::uint64_t dice) {
    next_ = static_cast<std::uint16_t>(k_first + dice % k_range);
  }
  void clear() { bindings_.clear(); }

 private:
  static constexpr unsigned k_first = 32'768;  // net.ipv4.ip_local_port_range
  static constexpr unsigned k_range = 60'999 - k_first + 1;

  std::unordered_map<std::uint16_t, std::vector<Binding>> bindings_;
  std::uint16_t next_ = k_first;
};

}  // namespace patchbay::sim
