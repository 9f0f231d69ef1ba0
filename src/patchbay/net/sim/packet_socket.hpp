// PacketSocket: whole frames, as the interfaces of a host see them (packet(7)).
#pragma once

#include <vector>

#include "patchbay/net/sim/bpf.hpp"
#include "patchbay/net/sim/frame.hpp"
#include "patchbay/net/sim/socket.hpp"
#include "patchbay/net/sim/stack.hpp"

namespace patchbay::sim {

class PacketSocket final : public Socket {
 public:
  PacketSocket(Stack& stack, SocketSpec spec) : Socket(stack, spec) {}

  int bind(const sockaddr* address, socklen_t size) override;
  long receive_message(mmsghdr& into) override;
  long send_message(const mmsghdr& from) override;
  bool is_readable() const override { return !queue_.empty(); }
  int set_option(int level, int name, std::span<const std::byte> value) override;
  int get_option(int level, int name, std::byte* value, unsigned& size) const override;
  void close() override;
  void vanish() override { close(); }

  // A frame that passes; `packet_type` is one of PACKET_HOST and its kin.
  void see(std::span<const std::byte> frame, Nic& nic, std::uint8_t packet_type);

 private:
  bool is_cooked() const { return spec_.type == SOCK_DGRAM; }
  std::size_t header_bytes() const { return is_cooked() ? k_link_header_bytes : 0; }
  int set_filter(std::span<const std::byte> value);

  std::uint32_t interface_ = 0;  // 0: all
  std::uint16_t protocol_ = 0;   // 0: none
  BpfProgram filter_;
  PacketQueue queue_;
  mutable std::uint32_t seen_ = 0;  // since somebody asked last
  mutable std::uint32_t dropped_ = 0;
};

}  // namespace patchbay::sim
