// Flow: the addresses and ports of a connection, as one of its ends sees them.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>

#include "patchbay/net/address.hpp"

namespace patchbay::sim {

struct Flow {
  IpAddress local;
  IpAddress remote;
  std::uint16_t local_port = 0;
  std::uint16_t remote_port = 0;

  friend bool operator==(const Flow&, const Flow&) = default;
};

// For hash tables, whose order nothing may depend on.
struct FlowHash {
  std::size_t operator()(const Flow& flow) const {
    const std::uint64_t ports = std::uint64_t{flow.local_port} << 16 | flow.remote_port;
    return static_cast<std::size_t>((tail(flow.remote) ^ ports) * 0x9e3779b97f4a7c15);
  }
  std::size_t operator()(const IpAddress& address) const {
    return static_cast<std::size_t>(tail(address) * 0x9e3779b97f4a7c15 >> 16);
  }

 private:
  // The last four bytes, in which the addresses of one world usually differ.
  static std::uint64_t tail(const IpAddress& address) {
    std::uint32_t word;
    std::memcpy(&word, address.bytes().data() + address.bytes().size() - sizeof word, sizeof word);
    return std::uint64_t{word} << 32;
  }
};

// An IPv4 address as a socket of both families has it: ::ffff:192.0.2.1 (RFC 4291 2.5.5.2).
IpAddress mapped(const IpAddress& v4);
// The IPv4 address in a mapped one; any other is returned as it is.
IpAddress unmapped(const IpAddress& address);

// As the program sees it through a socket of that family.
Endpoint as_seen(int family, const IpAddress& address, std::uint16_t port);

}  // namespace patchbay::sim
