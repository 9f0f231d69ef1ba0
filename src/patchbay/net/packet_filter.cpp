#include "patchbay/net/packet_filter.hpp"

#include <linux/if_ether.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>

namespace patchbay {

namespace {

// Where the kernel finds things whatever stands before them (linux/filter.h).
constexpr auto k_ethertype = static_cast<std::uint32_t>(SKF_AD_OFF + SKF_AD_PROTOCOL);
constexpr auto k_network = static_cast<std::uint32_t>(SKF_NET_OFF);

constexpr std::uint32_t k_ip_protocol = k_network + 9;  // RFC 791 3.1
constexpr std::uint32_t k_ip_fragment = k_network + 6;
constexpr std::uint32_t k_ip6_next_header = k_network + 6;  // RFC 8200 3
constexpr std::uint32_t k_ip6_header_bytes = 40;
constexpr std::uint32_t k_fragment_offset_mask = 0x1fff;

constexpr int k_load_byte = BPF_LD | BPF_B | BPF_ABS;
constexpr int k_load_half = BPF_LD | BPF_H | BPF_ABS;
constexpr int k_load_half_at_x = BPF_LD | BPF_H | BPF_IND;
constexpr int k_jump_if_equal = BPF_JMP | BPF_JEQ | BPF_K;
constexpr int k_jump = BPF_JMP | BPF_JA;
constexpr int k_return = BPF_RET | BPF_K;

constexpr std::uint32_t k_pass = 0xffffffff;  // all bytes of it
constexpr std::uint32_t k_drop = 0;

}  // namespace

void PacketFilter::put(int code, std::uint32_t value, std::uint8_t if_true, std::uint8_t if_false) {
  code_.push_back({static_cast<std::uint16_t>(code), if_true, if_false, value});
}

// Goes on behind itself when the loaded value is one of these, and drops otherwise.
void PacketFilter::require_any(std::span<const std::uint32_t> values) {
  for (std::size_t i = 0; i < values.size(); ++i) {
    const auto to_end = static_cast<std::uint8_t>(values.size() - i);  // past the drop
    put(k_jump_if_equal, values[i], to_end);
  }
  put(k_return, k_drop);
}

PacketFilter& PacketFilter::ethertype(std::initializer_list<std::uint16_t> types) {
  put(k_load_half, k_ethertype);
  require_any(std::vector<std::uint32_t>(types.begin(), types.end()));
  return *this;
}

PacketFilter& PacketFilter::ip_protocol(std::initializer_list<std::uint8_t> protocols) {
  put(k_load_half, k_ethertype);
  put(k_jump_if_equal, ETH_P_IP, 2);    // to the IPv4 load
  put(k_jump_if_equal, ETH_P_IPV6, 3);  // to the IPv6 load
  put(k_return, k_drop);
  put(k_load_byte, k_ip_protocol);
  put(k_jump, 1);
  put(k_load_byte, k_ip6_next_header);
  require_any(std::vector<std::uint32_t>(protocols.begin(), protocols.end()));
  return *this;
}

PacketFilter& PacketFilter::udp_port(std::initializer_list<std::uint16_t> ports) {
  ip_protocol({IPPROTO_UDP});
  // X becomes the length of the IP header: in words of four bytes in IPv4, fixed in IPv6.
  put(k_load_half, k_ethertype);
  put(k_jump_if_equal, ETH_P_IP, 2);
  put(BPF_LDX | BPF_W | BPF_IMM, k_ip6_header_bytes);
  put(k_jump, 7);
  put(k_load_half, k_ip_fragment);
  put(BPF_JMP | BPF_JSET | BPF_K, k_fragment_offset_mask, 0, 1);
  put(k_return, k_drop);
  put(k_load_byte, k_network);
  put(BPF_ALU | BPF_AND | BPF_K, 0x0f);
  put(BPF_ALU | BPF_LSH | BPF_K, 2);
  put(BPF_MISC | BPF_TAX, 0);

  const std::vector<std::uint32_t> values(ports.begin(), ports.end());
  put(k_load_half_at_x, k_network);  // the source port
  for (std::size_t i = 0; i < values.size(); ++i) {
    // Past the other comparisons, the load of the other port, its comparisons and the drop.
    const std::size_t to_end = (values.size() - i - 1) + 1 + values.size() + 1;
    put(k_jump_if_equal, values[i], static_cast<std::uint8_t>(to_end));
  }
  put(k_load_half_at_x, k_network + 2);  // the destination port
  require_any(values);
  return *this;
}

std::vector<sock_filter> PacketFilter::program() const {
  std::vector<sock_filter> program = code_;
  program.push_back({static_cast<std::uint16_t>(k_return), 0, 0, k_pass});
  return program;
}

Result<> attach_filter(Port& port, int handle, std::span<const sock_filter> program) {
  if (program.size() > BPF_MAXINSNS) {
    return Error(Fault::limit, "attach a filter", "it has more than 4,096 instructions");
  }
  const sock_fprog kernels{.len = static_cast<std::uint16_t>(program.size()),
                           .filter = const_cast<sock_filter*>(program.data())};  // only read from
  const auto attached =
      port.set_option(handle, SOL_SOCKET, SO_ATTACH_FILTER, &kernels, sizeof kernels);
  if (attached) return attached;
  return Error::from_errno(attached.error().code(), "attach a filter");
}

Result<> detach_filter(Port& port, int handle) {
  const int ignored = 0;
  const auto detached =
      port.set_option(handle, SOL_SOCKET, SO_DETACH_FILTER, &ignored, sizeof ignored);
  if (detached || detached.error().code() == ENOENT) return ok();  // it had none
  return Error::from_errno(detached.error().code(), "detach the filter");
}

}  // namespace patchbay
