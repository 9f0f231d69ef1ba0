// A packet filter against its own sentence: the program that the kernel would run, run here on any
// packet, passes what the checks say and nothing else.
#include <linux/if_ether.h>
#include <netinet/in.h>

#include <algorithm>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "check.hpp"
#include "patchbay/net/packet_filter.hpp"

namespace {

// A packet from its network header on, as any packet socket sees it.
struct Packet {
  std::uint16_t ethertype;
  std::span<const std::uint8_t> bytes;

  std::optional<std::uint32_t> byte(std::size_t at) const {
    if (at >= bytes.size()) return std::nullopt;
    return bytes[at];
  }
  std::optional<std::uint32_t> half(std::size_t at) const {
    if (at + 1 >= bytes.size()) return std::nullopt;
    return static_cast<std::uint32_t>(bytes[at] << 8 | bytes[at + 1]);
  }
};

// What a load finds; where it finds nothing, the kernel drops the packet.
std::optional<std::uint32_t> load(const Packet& packet, const sock_filter& step, std::uint32_t x) {
  if (step.k == static_cast<std::uint32_t>(SKF_AD_OFF + SKF_AD_PROTOCOL)) return packet.ethertype;
  const std::uint32_t base = BPF_MODE(step.code) == BPF_IND ? x : 0;
  const std::uint32_t at = base + step.k - static_cast<std::uint32_t>(SKF_NET_OFF);
  return BPF_SIZE(step.code) == BPF_B ? packet.byte(at) : packet.half(at);
}

bool passes(std::span<const sock_filter> program, const Packet& packet) {
  std::uint32_t a = 0;
  std::uint32_t x = 0;
  for (std::size_t at = 0; at < program.size(); ++at) {  // jumps go forward only
    const sock_filter& step = program[at];
    switch (step.code) {
      case BPF_LD | BPF_B | BPF_ABS:
      case BPF_LD | BPF_H | BPF_ABS:
      case BPF_LD | BPF_H | BPF_IND: {
        const auto value = load(packet, step, x);
        if (!value) return false;
        a = *value;
        break;
      }
      case BPF_LDX | BPF_W | BPF_IMM: x = step.k; break;
      case BPF_MISC | BPF_TAX: x = a; break;
      case BPF_ALU | BPF_AND | BPF_K: a &= step.k; break;
      case BPF_ALU | BPF_LSH | BPF_K: a <<= step.k; break;
      case BPF_JMP | BPF_JA: at += step.k; break;
      case BPF_JMP | BPF_JEQ | BPF_K: at += a == step.k ? step.jt : step.jf; break;
      case BPF_JMP | BPF_JSET | BPF_K: at += (a & step.k) != 0 ? step.jt : step.jf; break;
      case BPF_RET | BPF_K: return step.k != 0;
      default: std::abort();  // an instruction that this has not learnt
    }
  }
  std::abort();  // the kernel refuses a program without an end
}

std::optional<std::uint32_t> protocol_of(const Packet& packet) {
  if (packet.ethertype == ETH_P_IP) return packet.byte(9);
  if (packet.ethertype == ETH_P_IPV6) return packet.byte(6);
  return std::nullopt;
}

bool has_udp_port(const Packet& packet, std::uint32_t one, std::uint32_t other) {
  if (protocol_of(packet) != std::optional<std::uint32_t>(IPPROTO_UDP)) return false;
  std::size_t header = 40;
  if (packet.ethertype == ETH_P_IP) {
    const auto fragment = packet.half(6);
    if (!fragment || (*fragment & 0x1fff) != 0) return false;
    header = (packet.bytes[0] & 0x0f) * 4u;
  }
  for (const auto& port : {packet.half(header), packet.half(header + 2)}) {
    if (port && (*port == one || *port == other)) return true;
  }
  return false;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace patchbay;
  constexpr std::size_t head = 12;
  if (size < head) return 0;
  const auto half = [&](std::size_t at) {
    return static_cast<std::uint16_t>(data[at] << 8 | data[at + 1]);
  };
  const Packet packet{.ethertype = half(2), .bytes = {data + head, size - head}};

  PacketFilter filter;
  bool wanted = true;
  if ((data[0] & 1) != 0) {
    filter.ethertype({half(4), ETH_P_IPV6});
    wanted = wanted && (packet.ethertype == half(4) || packet.ethertype == ETH_P_IPV6);
  }
  if ((data[0] & 2) != 0) {
    filter.ip_protocol({data[1], IPPROTO_UDP});
    const auto protocol = protocol_of(packet);
    wanted = wanted && protocol && (*protocol == data[1] || *protocol == IPPROTO_UDP);
  }
  if ((data[0] & 4) != 0) {
    filter.udp_port({half(6), half(8)});
    wanted = wanted && has_udp_port(packet, half(6), half(8));
  }
  FUZZ_CHECK(passes(filter.program(), packet) == wanted);
  return 0;
}
