#include "patchbay/wire/icmp_message.hpp"

#include <algorithm>

#include "patchbay/wire/big_endian.hpp"
#include "patchbay/wire/internet_checksum.hpp"

namespace patchbay {
namespace {

constexpr std::size_t k_checksum_at = 2;
constexpr std::uint8_t k_icmp6_first_information = 128;  // below are errors (RFC 4443 section 2.1)

}  // namespace

bool IcmpMessageView::is_error() const {
  if (version == IpVersion::v6) return type < k_icmp6_first_information;
  switch (type) {
    case k_icmp4_unreachable:
    case k_icmp4_source_quench:
    case k_icmp4_redirect:
    case k_icmp4_time_exceeded:
    case k_icmp4_parameter_problem: return true;
    default: return false;
  }
}

std::optional<IcmpMessageView> read_icmp_message(std::span<const std::byte> bytes,
                                                 IpVersion version) {
  if (bytes.size() < k_icmp_header_bytes) return std::nullopt;
  return IcmpMessageView{.version = version,
                         .type = get8(bytes, 0),
                         .code = get8(bytes, 1),
                         .rest = get32(bytes, 4),
                         .body = bytes.subspan(k_icmp_header_bytes)};
}

std::optional<IpPacketView> read_quoted_packet(const IcmpMessageView& message) {
  if (!message.is_error()) return std::nullopt;
  const auto packet = read_ip_packet(message.body);
  if (!packet || packet->version != message.version || !packet->begins()) return std::nullopt;
  return packet;
}

std::size_t write_icmp_echo_request(const IcmpEcho& echo, std::span<std::byte> into) {
  const std::size_t size = k_icmp_header_bytes + echo.data.size();
  if (into.size() < size) return 0;
  const bool v4 = echo.version == IpVersion::v4;
  set8(into, 0, v4 ? k_icmp4_echo_request : k_icmp6_echo_request);
  set8(into, 1, 0);
  set16(into, k_checksum_at, 0);
  set16(into, 4, echo.identifier);
  set16(into, 6, echo.sequence);
  std::ranges::copy(echo.data, into.begin() + k_icmp_header_bytes);
  if (v4) set16(into, k_checksum_at, internet_checksum(into.first(size)));
  return size;
}

void set_icmpv6_checksum(std::span<std::byte> message, std::span<const std::byte> source,
                         std::span<const std::byte> destination) {
  set16(message, k_checksum_at, 0);
  InternetSum sum = pseudo_header_sum(source, destination, k_protocol_icmpv6, message.size());
  sum.add(message);
  set16(message, k_checksum_at, sum.checksum());
}

}  // namespace patchbay
