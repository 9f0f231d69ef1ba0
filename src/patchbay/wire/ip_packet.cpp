#include "patchbay/wire/ip_packet.hpp"

#include <algorithm>
#include <cstring>

#include "patchbay/wire/big_endian.hpp"
#include "patchbay/wire/internet_checksum.hpp"

namespace patchbay {
namespace {

constexpr std::size_t k_packet_max_bytes = 65'535;
constexpr std::uint16_t k_more_fragments = 0x2000;  // IPv4's flags and offset (RFC 791 3.1)
constexpr std::uint16_t k_do_not_fragment = 0x4000;
constexpr std::uint16_t k_offset_mask = 0x1fff;
constexpr int k_most_extensions = 8;

// IANA's "IPv6 Extension Header Types". ESP is one too, but what it hides nobody can walk.
enum Extension : std::uint8_t {
  k_hop_by_hop = 0,
  k_routing = 43,
  k_fragment = 44,
  k_authentication = 51,
  k_destination_options = 60,
  k_mobility = 135,
  k_host_identity = 139,
  k_shim6 = 140,
};

std::optional<IpPacketView> read_ipv4(std::span<const std::byte> bytes) {
  if (bytes.size() < k_ipv4_header_bytes) return std::nullopt;
  IpPacketView view;
  view.header_bytes = (get8(bytes, 0) & 0xf) * std::size_t{4};
  const std::size_t total = get16(bytes, 2);
  if (view.header_bytes < k_ipv4_header_bytes || view.header_bytes > bytes.size() ||
      total < view.header_bytes) {
    return std::nullopt;
  }
  const std::uint16_t fragment = get16(bytes, 6);
  view.version = IpVersion::v4;
  view.traffic_class = get8(bytes, 1);
  view.label = get16(bytes, 4);
  view.fragment_offset = static_cast<std::uint16_t>((fragment & k_offset_mask) * 8);
  view.more_fragments = (fragment & k_more_fragments) != 0;
  view.hop_limit = get8(bytes, 8);
  view.protocol = get8(bytes, 9);
  view.source = bytes.subspan(12, 4);
  view.destination = bytes.subspan(16, 4);
  view.cut = total > bytes.size();
  view.payload = bytes.first(std::min(total, bytes.size())).subspan(view.header_bytes);
  return view;
}

// How long the extension header is that `bytes` begins with; 0: it is none, or its length is not
// there (RFC 8200 section 4, RFC 4302 section 2.2).
std::size_t extension_bytes(std::uint8_t kind, std::span<const std::byte> bytes) {
  if (bytes.size() < 8) return 0;
  switch (kind) {
    case k_fragment: return 8;
    case k_authentication: return (get8(bytes, 1) + std::size_t{2}) * 4;
    case k_hop_by_hop:
    case k_routing:
    case k_destination_options:
    case k_mobility:
    case k_host_identity:
    case k_shim6: return (get8(bytes, 1) + std::size_t{1}) * 8;
    default: return 0;
  }
}

// Leaves the payload as what stands behind the last header that could be walked.
void walk_extensions(IpPacketView& view) {
  for (int count = 0; count < k_most_extensions && view.begins(); ++count) {
    const std::size_t size = extension_bytes(view.protocol, view.payload);
    if (size == 0 || size > view.payload.size()) return;
    if (view.protocol == k_fragment) {
      const std::uint16_t fragment = get16(view.payload, 2);
      view.fragment_offset = fragment & 0xfff8;
      view.more_fragments = (fragment & 1) != 0;
    }
    view.protocol = get8(view.payload, 0);
    view.header_bytes += size;
    view.payload = view.payload.subspan(size);
  }
}

std::optional<IpPacketView> read_ipv6(std::span<const std::byte> bytes) {
  if (bytes.size() < k_ipv6_header_bytes) return std::nullopt;
  IpPacketView view;
  const std::uint32_t first = get32(bytes, 0);
  const std::size_t total = k_ipv6_header_bytes + get16(bytes, 4);
  view.version = IpVersion::v6;
  view.traffic_class = static_cast<std::uint8_t>(first >> 20);
  view.label = first & 0xfffff;
  view.protocol = get8(bytes, 6);
  view.hop_limit = get8(bytes, 7);
  view.source = bytes.subspan(8, 16);
  view.destination = bytes.subspan(24, 16);
  view.header_bytes = k_ipv6_header_bytes;
  view.cut = total > bytes.size();
  view.payload = bytes.first(std::min(total, bytes.size())).subspan(k_ipv6_header_bytes);
  walk_extensions(view);
  return view;
}

void write_ipv4_header(const IpHeader& header, std::size_t total, std::span<std::byte> into) {
  set8(into, 0, 0x45);
  set8(into, 1, header.traffic_class);
  set16(into, 2, static_cast<std::uint16_t>(total));
  set16(into, 4, static_cast<std::uint16_t>(header.label));
  set16(into, 6, header.may_fragment ? 0 : k_do_not_fragment);
  set8(into, 8, header.hop_limit);
  set8(into, 9, header.protocol);
  set16(into, 10, 0);
  std::memcpy(into.data() + 12, header.source.data(), 4);
  std::memcpy(into.data() + 16, header.destination.data(), 4);
  set16(into, 10, internet_checksum(into.first(k_ipv4_header_bytes)));
}

void write_ipv6_header(const IpHeader& header, std::span<std::byte> into) {
  set32(into, 0, 6U << 28 | std::uint32_t{header.traffic_class} << 20 | (header.label & 0xfffff));
  set16(into, 4, static_cast<std::uint16_t>(header.payload_bytes));
  set8(into, 6, header.protocol);
  set8(into, 7, header.hop_limit);
  std::memcpy(into.data() + 8, header.source.data(), 16);
  std::memcpy(into.data() + 24, header.destination.data(), 16);
}

}  // namespace

std::optional<IpPacketView> read_ip_packet(std::span<const std::byte> bytes) {
  if (bytes.empty()) return std::nullopt;
  switch (get8(bytes, 0) >> 4) {
    case 4: return read_ipv4(bytes);
    case 6: return read_ipv6(bytes);
    default: return std::nullopt;
  }
}

bool has_right_header_checksum(std::span<const std::byte> packet) {
  const auto view = read_ip_packet(packet);
  if (!view) return false;
  return view->version == IpVersion::v6 || internet_checksum(packet.first(view->header_bytes)) == 0;
}

std::size_t write_ip_header(const IpHeader& header, std::span<std::byte> into) {
  const bool v6 = header.source.size() == 16;
  if (header.source.size() != header.destination.size() || (!v6 && header.source.size() != 4)) {
    return 0;
  }
  const std::size_t size = v6 ? k_ipv6_header_bytes : k_ipv4_header_bytes;
  const std::size_t total = header.payload_bytes + (v6 ? 0 : size);
  if (into.size() < size || header.payload_bytes > k_packet_max_bytes ||
      total > k_packet_max_bytes) {
    return 0;
  }
  if (v6) {
    write_ipv6_header(header, into);
  } else {
    write_ipv4_header(header, total, into);
  }
  return size;
}

}  // namespace patchbay
