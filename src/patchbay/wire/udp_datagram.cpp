#include "patchbay/wire/udp_datagram.hpp"

#include <algorithm>

#include "patchbay/wire/big_endian.hpp"
#include "patchbay/wire/internet_checksum.hpp"
#include "patchbay/wire/ip_packet.hpp"

namespace patchbay {
namespace {

constexpr std::size_t k_datagram_max_bytes = 65'535;
constexpr std::size_t k_checksum_at = 6;

}  // namespace

std::optional<UdpDatagramView> read_udp_datagram(std::span<const std::byte> bytes) {
  if (bytes.size() < k_udp_header_bytes) return std::nullopt;
  const std::size_t length = get16(bytes, 4);
  if (length < k_udp_header_bytes) return std::nullopt;
  return UdpDatagramView{
      .source_port = get16(bytes, 0),
      .destination_port = get16(bytes, 2),
      .checksum = get16(bytes, k_checksum_at),
      .cut = length > bytes.size(),
      .payload = bytes.first(std::min(length, bytes.size())).subspan(k_udp_header_bytes)};
}

std::size_t write_udp_header(const UdpHeader& header, std::span<std::byte> into) {
  if (into.size() < k_udp_header_bytes ||
      header.payload_bytes > k_datagram_max_bytes - k_udp_header_bytes) {
    return 0;
  }
  set16(into, 0, header.source_port);
  set16(into, 2, header.destination_port);
  set16(into, 4, static_cast<std::uint16_t>(k_udp_header_bytes + header.payload_bytes));
  set16(into, k_checksum_at, 0);
  return k_udp_header_bytes;
}

void set_udp_checksum(std::span<std::byte> datagram, std::span<const std::byte> source,
                      std::span<const std::byte> destination) {
  set16(datagram, k_checksum_at, 0);
  InternetSum sum = pseudo_header_sum(source, destination, k_protocol_udp, datagram.size());
  sum.add(datagram);
  const std::uint16_t checksum = sum.checksum();
  set16(datagram, k_checksum_at, checksum == 0 ? 0xffff : checksum);  // 0 would say: none made
}

}  // namespace patchbay
