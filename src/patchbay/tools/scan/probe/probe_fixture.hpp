// A scanner's packets and those of whoever answers them, for tests.
#pragma once

#include <algorithm>
#include <string_view>
#include <vector>

#include "patchbay/tools/scan/probe/packet_answer.hpp"
#include "patchbay/tools/scan/probe/probe_packet.hpp"
#include "patchbay/wire/big_endian.hpp"
#include "patchbay/wire/udp_datagram.hpp"

namespace patchbay {

using PacketBytes = std::vector<std::byte>;

inline IpAddress ip(std::string_view text) { return IpAddress::parse(text).value_or(IpAddress()); }

// An IP packet with this in it, from one address to the other.
inline PacketBytes ip_packet(std::span<const std::byte> source,
                             std::span<const std::byte> destination, std::uint8_t protocol,
                             std::span<const std::byte> payload) {
  PacketBytes packet(40 + payload.size());
  const std::size_t head = write_ip_header({.source = source,
                                            .destination = destination,
                                            .protocol = protocol,
                                            .hop_limit = 57,
                                            .payload_bytes = payload.size()},
                                           packet);
  packet.resize(head + payload.size());
  std::ranges::copy(payload, packet.begin() + static_cast<std::ptrdiff_t>(head));
  return packet;
}

// One end that probes and reads, and what the other end may send.
struct ScanTalk {
  explicit ScanTalk(bool six, TcpMethod tcp = TcpMethod::syn)
      : v6(six),
        cookies(key, start),
        sender{.source = ip(six ? "2001:db8::1" : "192.0.2.1"),
               .ports = {.first = 20'000, .attempts = 10},
               .tcp = tcp},
        target(ip(six ? "2001:db8::ff" : "198.51.100.9")),
        packets(cookies, sender),
        reader(cookies, {.sources = {sender.source}, .ports = sender.ports, .tcp = tcp}) {}

  static constexpr ProbeCookies::Key key = {9, 8, 7, 6, 5, 4, 3, 2, 1};
  static constexpr Instant start{1'000s};
  static constexpr Instant sent{1'003s};
  static constexpr Instant now = sent + 20ms;

  bool v6;
  ProbeCookies cookies;
  ProbeSender sender;
  IpAddress target;
  ProbePackets packets;
  AnswerReader reader;

  PacketBytes probe(const ScanPort& port, unsigned attempt = 1) const {
    PacketBytes packet(ProbePackets::k_most_bytes);
    packet.resize(packets.write(target, port, attempt, sent, packet));
    return packet;
  }
  PacketAnswer read(std::span<const std::byte> packet) const { return reader.read(packet, 3, now); }
  PacketAnswer::Kind kind_of(std::span<const std::byte> packet) const { return read(packet).kind; }

  // A segment of the target's, in answer to `probe`.
  static PacketBytes tcp_answer(std::span<const std::byte> probe, TcpHeader header) {
    const auto asked = read_ip_packet(probe);
    const auto segment = read_tcp_segment(asked->payload);
    header.source_port = segment->destination_port;
    header.destination_port = segment->source_port;
    PacketBytes bytes(k_tcp_header_max_bytes);
    bytes.resize(write_tcp_header(header, bytes));
    set_tcp_checksum(bytes, asked->destination, asked->source);
    return ip_packet(asked->destination, asked->source, k_protocol_tcp, bytes);
  }
  static std::uint32_t sequence_of(std::span<const std::byte> probe) {
    return read_tcp_segment(read_ip_packet(probe)->payload)->sequence;
  }

  static PacketBytes udp_answer(std::span<const std::byte> probe, std::uint16_t from,
                                std::span<const std::byte> payload) {
    const auto asked = read_ip_packet(probe);
    const auto datagram = read_udp_datagram(asked->payload);
    PacketBytes bytes(k_udp_header_bytes + payload.size());
    write_udp_header({.source_port = from,
                      .destination_port = datagram->source_port,
                      .payload_bytes = payload.size()},
                     bytes);
    std::ranges::copy(payload, bytes.begin() + k_udp_header_bytes);
    return ip_packet(asked->destination, asked->source, k_protocol_udp, bytes);
  }

  static PacketBytes echo_reply(std::span<const std::byte> probe) {
    const auto asked = read_ip_packet(probe);
    PacketBytes bytes(asked->payload.begin(), asked->payload.end());
    const bool six = asked->version == IpVersion::v6;
    bytes[0] = static_cast<std::byte>(six ? k_icmp6_echo_reply : k_icmp4_echo_reply);
    return ip_packet(asked->destination, asked->source, asked->protocol, bytes);
  }

  // An ICMP error of `from` about `probe`, of which it quotes so many bytes behind the IP header.
  static PacketBytes icmp_error(std::span<const std::byte> probe, const IpAddress& from,
                                std::uint8_t type, std::uint8_t code, std::size_t quoted = 8) {
    const auto asked = read_ip_packet(probe);
    PacketBytes bytes(k_icmp_header_bytes);
    set8(bytes, 0, type);
    set8(bytes, 1, code);
    const auto quote = probe.first(std::min(asked->header_bytes + quoted, probe.size()));
    bytes.insert(bytes.end(), quote.begin(), quote.end());
    const bool six = asked->version == IpVersion::v6;
    return ip_packet(std::as_bytes(from.bytes()), asked->source,
                     six ? k_protocol_icmpv6 : k_protocol_icmp, bytes);
  }
};

}  // namespace patchbay
