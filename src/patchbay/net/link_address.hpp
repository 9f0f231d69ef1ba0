// LinkAddress: where a frame came from or goes to below IP.
#pragma once

#include <linux/if_packet.h>

#include <array>
#include <cstdint>
#include <string>

#include "patchbay/base/error.hpp"

namespace patchbay {

struct LinkAddress {
  // How the frame concerned this host.
  enum class Kind : std::uint8_t { to_us, broadcast, multicast, to_others, outgoing };

  std::uint32_t interface = 0;
  std::uint16_t protocol = 0;                // ethertype
  std::array<std::uint8_t, 6> address = {};  // received: the sender's; sent: the receiver's
  Kind kind = Kind::to_us;                   // of a received frame
  std::uint16_t hardware = 0;                // of a received frame: ARPHRD_ETHER, …

  LinkAddress() = default;
  LinkAddress(std::uint32_t by, std::uint16_t ethertype, std::array<std::uint8_t, 6> to = {})
      : interface(by), protocol(ethertype), address(to) {}
  explicit LinkAddress(const sockaddr_ll& native);

  sockaddr_ll native() const;
  std::string to_string() const;  // "02:00:00:00:00:01%eth0"
};

// The error of a packet socket, in terms of its interface.
Error explain_frame(const Error& error);

}  // namespace patchbay
