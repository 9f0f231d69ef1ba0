#include "patchbay/tools/scan/probe/probe_packet.hpp"

#include <algorithm>
#include <cstring>

#include "patchbay/wire/big_endian.hpp"
#include "patchbay/wire/icmp_message.hpp"
#include "patchbay/wire/ip_packet.hpp"
#include "patchbay/wire/tcp_segment.hpp"
#include "patchbay/wire/udp_datagram.hpp"

namespace patchbay {
namespace {

constexpr std::size_t k_tcp_checksum_at = 16;
constexpr std::size_t k_timestamp_at = 28;  // its value, behind the MSS and SACK permitted
constexpr std::size_t k_icmp_checksum_at = 2;
constexpr std::size_t k_ping_data_bytes = 56;  // as ping(8) sends
constexpr std::uint8_t k_window_scale = 7;
constexpr std::uint16_t k_window_of_others = 501;  // what Linux has open at first, scaled
constexpr std::size_t k_least_segment = 536;       // RFC 9293 section 3.7.1
constexpr std::size_t k_ping_cookie_bytes = 8;     // of the data: word and clock
constexpr std::size_t k_ipv4_length_at = 2;
constexpr std::size_t k_ipv4_checksum_at = 10;

std::uint8_t flags_of(TcpMethod method) {
  switch (method) {
    case TcpMethod::connect:
    case TcpMethod::syn: return k_tcp_syn;
    case TcpMethod::ack: return k_tcp_ack;
    case TcpMethod::fin: return k_tcp_fin;
    case TcpMethod::null: return 0;
    case TcpMethod::xmas: return k_tcp_fin | k_tcp_psh | k_tcp_urg;
  }
  return 0;
}

bool is_syn(TcpMethod method) { return flags_of(method) == k_tcp_syn; }

// As Linux asks for a connection: firewalls drop what looks otherwise.
TcpHeader tcp_header_of(const ProbeSender& sender, std::size_t ip_bytes) {
  TcpHeader header{.flags = flags_of(sender.tcp), .window = k_window_of_others};
  if (!is_syn(sender.tcp)) return header;
  const std::size_t headers = ip_bytes + k_tcp_header_bytes;
  const std::size_t segment =
      std::max(sender.link_bytes > headers ? sender.link_bytes - headers : 0, k_least_segment);
  header.window = static_cast<std::uint16_t>(0xffff / segment * segment);
  header.options = {.most_segment_bytes = static_cast<std::uint16_t>(segment),
                    .selective_acknowledgement = true,
                    .timestamps = TcpHeaderOptions::Timestamps{},
                    .window_scale = k_window_scale};
  return header;
}

void add_address(InternetSum& sum, std::span<const std::byte> address) {
  for (std::size_t at = 0; at < address.size(); at += 4) sum.add32(get32(address, at));
}

std::uint8_t protocol_number(ScanProtocol protocol, bool v6) {
  switch (protocol) {
    case ScanProtocol::tcp: return k_protocol_tcp;
    case ScanProtocol::udp: return k_protocol_udp;
    default: return v6 ? k_protocol_icmpv6 : k_protocol_icmp;
  }
}

}  // namespace

std::uint16_t ProbePorts::of_elsewhere(std::uint16_t asked) const {
  const auto place = std::ranges::find(k_elsewhere_ports, asked) - k_elsewhere_ports.begin();
  return static_cast<std::uint16_t>(first + attempts + place);
}

std::optional<std::uint16_t> ProbePorts::asked_elsewhere(std::uint16_t from) const {
  if (!has(from) || from - first < attempts) return std::nullopt;
  return k_elsewhere_ports[static_cast<std::size_t>(from - first - attempts)];
}

ProbePackets::ProbePackets(const ProbeCookies& cookies, const ProbeSender& sender)
    : cookies_(cookies),
      sender_(sender),
      v6_(sender.source.is_v6()),
      ip_bytes_(v6_ ? k_ipv6_header_bytes : k_ipv4_header_bytes),
      tcp_(make_template(ScanProtocol::tcp)),
      udp_(make_template(ScanProtocol::udp)),
      ping_(make_template(ScanProtocol::ping)) {}

ProbePackets::Template ProbePackets::make_template(ScanProtocol protocol) const {
  Template made;
  const std::span<std::byte> bytes = made.bytes;
  const std::span<std::byte> transport = bytes.subspan(ip_bytes_);
  std::size_t size = 0;  // UDP's header is written whole each time
  if (protocol == ScanProtocol::tcp) {
    size = write_tcp_header(tcp_header_of(sender_, ip_bytes_), transport);
  } else if (protocol == ScanProtocol::ping) {
    std::array<std::byte, k_ping_data_bytes> data{};
    for (std::size_t i = k_ping_cookie_bytes; i < data.size(); ++i) {
      data[i] = static_cast<std::byte>(i);
    }
    size = write_icmp_echo_request({.version = v6_ ? IpVersion::v6 : IpVersion::v4, .data = data},
                                   transport);
    set16(transport, k_icmp_checksum_at, 0);
  }
  const std::array<std::byte, 16> nobody{};
  const auto source = std::as_bytes(sender_.source.bytes());
  const std::uint8_t number = protocol_number(protocol, v6_);
  write_ip_header({.source = source,
                   .destination = std::span(nobody).first(source.size()),
                   .protocol = number,
                   .hop_limit = sender_.hop_limit},
                  bytes);
  if (!v6_) {
    set16(bytes, k_ipv4_length_at, 0);
    set16(bytes, k_ipv4_checksum_at, 0);
    made.ip.add(bytes.first(ip_bytes_));
  }
  if (v6_ || protocol != ScanProtocol::ping) {
    made.transport = pseudo_header_sum(source, {}, number, size);
  }
  made.transport.add(transport.first(size));
  made.size = ip_bytes_ + size;
  return made;
}

std::size_t ProbePackets::write(const IpAddress& target, const ScanPort& port, unsigned attempt,
                                Instant now, std::span<std::byte> into) const {
  if (target.is_v6() != v6_) return 0;
  const auto address = std::as_bytes(target.bytes());
  attempt = std::max(attempt, 1U);
  switch (port.protocol) {
    case ScanProtocol::tcp: return write_tcp(address, port.number, attempt, now, into);
    case ScanProtocol::udp: return write_udp(address, port.number, attempt, now, into);
    case ScanProtocol::ping: return write_ping(address, attempt, now, into);
    case ScanProtocol::neighbour: return 0;
  }
  return 0;
}

// The template's header with what differs: length, target, and the cookie as far as it has room.
void ProbePackets::put_ip(const Template& from, std::span<const std::byte> target,
                          std::uint32_t word, std::size_t bytes, std::span<std::byte> into) const {
  if (v6_) {
    set32(into, 0, get32(into, 0) | (word & 0xfffff));
    set16(into, 4, static_cast<std::uint16_t>(bytes - ip_bytes_));
    std::memcpy(into.data() + 24, target.data(), 16);
    return;
  }
  const auto length = static_cast<std::uint16_t>(bytes);
  const auto label = static_cast<std::uint16_t>(word);
  InternetSum sum = from.ip;
  sum.add16(length);
  sum.add16(label);
  add_address(sum, target);
  set16(into, k_ipv4_length_at, length);
  set16(into, 4, label);
  set16(into, k_ipv4_checksum_at, sum.checksum());
  std::memcpy(into.data() + 16, target.data(), 4);
}

std::size_t ProbePackets::write_tcp(std::span<const std::byte> target, std::uint16_t port,
                                    unsigned attempt, Instant now,
                                    std::span<std::byte> into) const {
  if (into.size() < tcp_.size) return 0;
  const ProbeEnds ends{.source = std::as_bytes(sender_.source.bytes()),
                       .destination = target,
                       .protocol = ScanProtocol::tcp,
                       .source_port = sender_.ports.of_attempt(attempt),
                       .destination_port = port};
  const ProbeCookie cookie = cookies_.make(ends, now);
  std::memcpy(into.data(), tcp_.bytes.data(), tcp_.size);
  put_ip(tcp_, target, cookie.word, tcp_.size, into);

  const std::span<std::byte> segment = into.subspan(ip_bytes_);
  InternetSum sum = tcp_.transport;
  add_address(sum, target);
  sum.add16(ends.source_port);
  sum.add16(port);
  sum.add32(cookie.word);
  set16(segment, 0, ends.source_port);
  set16(segment, 2, port);
  set32(segment, 4, cookie.word);
  if (sender_.tcp == TcpMethod::ack) {
    sum.add32(cookie.word);
    set32(segment, 8, cookie.word);
  }
  if (is_syn(sender_.tcp)) {
    sum.add32(cookie.clock);
    set32(segment, k_timestamp_at, cookie.clock);
  }
  set16(segment, k_tcp_checksum_at, sum.checksum());
  return tcp_.size;
}

std::size_t ProbePackets::write_udp(std::span<const std::byte> target, std::uint16_t port,
                                    unsigned attempt, Instant now,
                                    std::span<std::byte> into) const {
  const UdpPayload& payload = udp_payload(port, attempt);
  const std::size_t size = udp_.size + k_udp_header_bytes + payload.bytes.size();
  if (into.size() < size) return 0;
  const ProbePorts& ports = sender_.ports;
  const ProbeEnds ends{.source = std::as_bytes(sender_.source.bytes()),
                       .destination = target,
                       .protocol = ScanProtocol::udp,
                       .source_port = payload.from_another_port ? ports.of_elsewhere(port)
                                                                : ports.of_attempt(attempt),
                       .destination_port = port};
  const ProbeCookie cookie = cookies_.make(ends, now);
  std::memcpy(into.data(), udp_.bytes.data(), udp_.size);
  put_ip(udp_, target, cookie.word, size, into);

  const std::span<std::byte> datagram = into.subspan(ip_bytes_, size - ip_bytes_);
  const std::span<std::byte> body = datagram.subspan(k_udp_header_bytes);
  write_udp_header({.source_port = ends.source_port,
                    .destination_port = port,
                    .payload_bytes = payload.bytes.size()},
                   datagram);
  std::ranges::copy(payload.bytes, body.begin());
  if (payload.cookie_bytes == 4) set32(body, payload.cookie_at, cookie.word);
  if (payload.cookie_bytes == 2) {
    set16(body, payload.cookie_at, static_cast<std::uint16_t>(cookie.word));
  }
  set_udp_checksum(datagram, ends.source, target);
  return size;
}

std::size_t ProbePackets::write_ping(std::span<const std::byte> target, unsigned attempt,
                                     Instant now, std::span<std::byte> into) const {
  if (into.size() < ping_.size) return 0;
  const ProbeEnds ends{.source = std::as_bytes(sender_.source.bytes()),
                       .destination = target,
                       .protocol = ScanProtocol::ping,
                       .source_port = sender_.ports.of_attempt(attempt),
                       .destination_port = 0};
  const ProbeCookie cookie = cookies_.make(ends, now);
  std::memcpy(into.data(), ping_.bytes.data(), ping_.size);
  put_ip(ping_, target, cookie.word, ping_.size, into);

  const std::span<std::byte> message = into.subspan(ip_bytes_);
  const auto sequence = static_cast<std::uint16_t>(cookie.word);
  InternetSum sum = ping_.transport;
  if (v6_) add_address(sum, target);
  sum.add16(ends.source_port);
  sum.add16(sequence);
  sum.add32(cookie.word);
  sum.add32(cookie.clock);
  set16(message, 4, ends.source_port);
  set16(message, 6, sequence);
  set32(message, k_icmp_header_bytes, cookie.word);
  set32(message, k_icmp_header_bytes + 4, cookie.clock);
  set16(message, k_icmp_checksum_at, sum.checksum());
  return ping_.size;
}

}  // namespace patchbay
