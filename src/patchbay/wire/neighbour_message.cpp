#include "patchbay/wire/neighbour_message.hpp"

#include <algorithm>
#include <cstring>

#include "patchbay/wire/big_endian.hpp"
#include "patchbay/wire/icmp_message.hpp"

namespace patchbay {
namespace {

constexpr std::size_t k_target_at = 8;
constexpr std::size_t k_options_at = 24;
constexpr std::size_t k_link_option_bytes = 8;
constexpr std::uint8_t k_source_link = 1;  // options (RFC 4861 section 4.6.1)
constexpr std::uint8_t k_target_link = 2;
constexpr std::uint32_t k_router = 0x80000000;
constexpr std::uint32_t k_solicited = 0x40000000;
constexpr std::uint32_t k_override = 0x20000000;

// ff02::1:ff00:0/104
constexpr std::array<std::byte, 13> k_solicited_node = {
    std::byte{0xff}, std::byte{0x02}, std::byte{0},   std::byte{0}, std::byte{0},
    std::byte{0},    std::byte{0},    std::byte{0},   std::byte{0}, std::byte{0},
    std::byte{0},    std::byte{1},    std::byte{0xff}};

bool is_group(std::span<const std::byte> address) { return get8(address, 0) == 0xff; }

bool is_unspecified(std::span<const std::byte> address) {
  return std::ranges::all_of(address, [](std::byte byte) { return byte == std::byte{0}; });
}

// Whether all options have a length; the address of that kind goes into the message.
bool read_options(std::span<const std::byte> options, std::uint8_t kind, NeighbourMessage& into) {
  while (!options.empty()) {
    if (options.size() < 2) return false;
    const std::size_t size = get8(options, 1) * std::size_t{8};
    if (size == 0 || size > options.size()) return false;
    if (get8(options, 0) == kind && size == k_link_option_bytes) {
      std::memcpy(into.link.emplace().data(), options.data() + 2, 6);
    }
    options = options.subspan(size);
  }
  return true;
}

// The rules that look at both headers (RFC 4861 sections 7.1.1 and 7.1.2).
bool goes_together(const NeighbourMessage& message, const IpPacketView& packet) {
  if (message.advertisement) return !(message.solicited && is_group(packet.destination));
  if (!is_unspecified(packet.source)) return true;
  return !message.link && std::ranges::equal(packet.destination.first(k_solicited_node.size()),
                                             std::span(k_solicited_node));
}

}  // namespace

std::optional<NeighbourMessage> read_neighbour_message(const IpPacketView& packet) {
  if (packet.version != IpVersion::v6 || packet.protocol != k_protocol_icmpv6 ||
      packet.hop_limit != k_neighbour_hop_limit || packet.is_fragment() || packet.cut ||
      packet.payload.size() < k_options_at) {
    return std::nullopt;
  }
  const auto icmp = read_icmp_message(packet.payload, IpVersion::v6);
  if (!icmp || icmp->code != 0) return std::nullopt;
  NeighbourMessage message{.advertisement = icmp->type == k_icmp6_neighbour_advertisement};
  if (!message.advertisement && icmp->type != k_icmp6_neighbour_solicitation) return std::nullopt;
  if (message.advertisement) {
    message.router = (icmp->rest & k_router) != 0;
    message.solicited = (icmp->rest & k_solicited) != 0;
    message.override_cached = (icmp->rest & k_override) != 0;
  }
  std::memcpy(message.target.data(), packet.payload.data() + k_target_at, message.target.size());
  if (is_group(message.target)) return std::nullopt;
  const std::uint8_t kind = message.advertisement ? k_target_link : k_source_link;
  if (!read_options(packet.payload.subspan(k_options_at), kind, message)) return std::nullopt;
  if (!goes_together(message, packet)) return std::nullopt;
  return message;
}

std::size_t write_neighbour_message(const NeighbourMessage& message,
                                    std::span<const std::byte, 16> source,
                                    std::span<const std::byte, 16> destination,
                                    std::span<std::byte, k_neighbour_message_max_bytes> into) {
  const std::size_t size = k_options_at + (message.link ? k_link_option_bytes : 0);
  std::uint32_t flags = 0;
  if (message.advertisement) {
    flags = (message.router ? k_router : 0) | (message.solicited ? k_solicited : 0) |
            (message.override_cached ? k_override : 0);
  }
  set8(into, 0,
       message.advertisement ? k_icmp6_neighbour_advertisement : k_icmp6_neighbour_solicitation);
  set8(into, 1, 0);
  set16(into, 2, 0);
  set32(into, 4, flags);
  std::memcpy(into.data() + k_target_at, message.target.data(), message.target.size());
  if (message.link) {
    set8(into, k_options_at, message.advertisement ? k_target_link : k_source_link);
    set8(into, k_options_at + 1, k_link_option_bytes / 8);
    std::memcpy(into.data() + k_options_at + 2, message.link->data(), message.link->size());
  }
  set_icmpv6_checksum(into.first(size), source, destination);
  return size;
}

std::array<std::byte, 16> solicited_node_group(std::span<const std::byte, 16> target) {
  std::array<std::byte, 16> group;
  std::ranges::copy(k_solicited_node, group.begin());
  std::ranges::copy(target.last<3>(), group.begin() + k_solicited_node.size());
  return group;
}

}  // namespace patchbay
