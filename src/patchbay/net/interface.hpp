// The network interfaces of this host.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include "patchbay/net/address.hpp"

namespace patchbay {

struct InterfaceAddress {
  IpAddress address;
  int prefix_length = 0;
};

struct Interface {
  std::uint32_t index = 0;
  std::string name;
  std::array<std::uint8_t, 6> hardware_address{};  // all zero where the link has none
  int mtu_bytes = 0;
  bool up = false;
  bool loopback = false;
  bool multicast = false;
  std::vector<InterfaceAddress> addresses;
};

}  // namespace patchbay
