#include "patchbay/wire/ethernet_header.hpp"

#include <fmt/format.h>

#include <cstring>

#include "patchbay/wire/big_endian.hpp"

namespace patchbay {
namespace {

constexpr std::size_t k_addresses_bytes = 12;
constexpr std::size_t k_tag_bytes = 4;
constexpr int k_most_tags = 2;

constexpr bool is_tag(std::uint16_t ethertype) {
  return ethertype == 0x8100 || ethertype == 0x88a8;  // of a customer, of a provider
}

}  // namespace

std::string to_string(const EthernetAddress& address) {
  return fmt::format("{:02x}", fmt::join(address, ":"));
}

std::optional<EthernetFrameView> read_ethernet_frame(std::span<const std::byte> frame) {
  if (frame.size() < k_ethernet_header_bytes) return std::nullopt;
  EthernetFrameView view;
  std::memcpy(view.header.destination.data(), frame.data(), view.header.destination.size());
  std::memcpy(view.header.source.data(), frame.data() + view.header.destination.size(),
              view.header.source.size());
  std::size_t at = k_addresses_bytes;
  view.header.ethertype = get16(frame, at);
  for (int tags = 0; is_tag(view.header.ethertype); ++tags) {
    if (tags == k_most_tags || frame.size() < at + k_tag_bytes + 2) return std::nullopt;
    if (!view.vlan) view.vlan = get16(frame, at + 2) & 0xfff;
    at += k_tag_bytes;
    view.header.ethertype = get16(frame, at);
  }
  view.payload = frame.subspan(at + 2);
  return view;
}

void write_ethernet_header(const EthernetHeader& header,
                           std::span<std::byte, k_ethernet_header_bytes> into) {
  std::memcpy(into.data(), header.destination.data(), header.destination.size());
  std::memcpy(into.data() + header.destination.size(), header.source.data(), header.source.size());
  set16(into, k_addresses_bytes, header.ethertype);
}

EthernetAddress ethernet_group_of(std::span<const std::byte, 16> ipv6_group) {
  EthernetAddress group = {0x33, 0x33};
  std::memcpy(group.data() + 2, ipv6_group.data() + 12, 4);
  return group;
}

}  // namespace patchbay
