#include "patchbay/tools/scan/probe/packet_answer.hpp"

#include <algorithm>
#include <cstring>

#include "patchbay/tools/scan/probe/icmp_reason.hpp"
#include "patchbay/tools/scan/probe/udp_payloads.hpp"
#include "patchbay/wire/big_endian.hpp"
#include "patchbay/wire/udp_datagram.hpp"

namespace patchbay {
namespace {

constexpr unsigned k_word_bits = 32;
constexpr unsigned k_sequence_bits = 16;  // of a ping
constexpr unsigned k_ipv4_label_bits = 16;
constexpr unsigned k_ipv6_label_bits = 20;
constexpr std::size_t k_ping_cookie_bytes = 8;

PacketAnswer unrelated() { return {}; }
PacketAnswer foreign() { return {.kind = PacketAnswer::Kind::foreign}; }

bool same(std::span<const std::byte> one, std::span<const std::byte> other) {
  return std::ranges::equal(one, other);
}

IpAddress address_of(std::span<const std::byte> bytes, std::uint32_t scope) {
  if (bytes.size() == sizeof(in_addr)) {
    in_addr v4;
    std::memcpy(&v4, bytes.data(), sizeof v4);
    return IpAddress(v4);
  }
  in6_addr v6;
  std::memcpy(&v6, bytes.data(), sizeof v6);
  const bool link_local = (get16(bytes, 0) & 0xffc0) == 0xfe80;
  return IpAddress(v6, link_local ? scope : 0);
}

}  // namespace

AnswerReader::AnswerReader(const ProbeCookies& cookies, AnswerReaderOptions options)
    : cookies_(cookies), options_(std::move(options)) {}

bool AnswerReader::is_ours(std::span<const std::byte> address) const {
  return std::ranges::any_of(options_.sources, [&](const IpAddress& source) {
    return same(std::as_bytes(source.bytes()), address);
  });
}

PacketAnswer AnswerReader::read(std::span<const std::byte> packet, std::uint32_t scope,
                                Instant now) const {
  const auto ip = read_ip_packet(packet);
  if (!ip || !ip->begins() || !is_ours(ip->destination)) return unrelated();
  const Arrival arrival{.ip = *ip, .scope = scope, .now = now};
  switch (ip->protocol) {
    case k_protocol_tcp: return read_tcp(arrival);
    case k_protocol_udp: return read_udp(arrival);
    case k_protocol_icmp: return ip->version == IpVersion::v4 ? read_icmp(arrival) : unrelated();
    case k_protocol_icmpv6: return ip->version == IpVersion::v6 ? read_icmp(arrival) : unrelated();
    default: return unrelated();
  }
}

PacketAnswer AnswerReader::made(const Arrival& arrival, const Probe& probe,
                                ScanAnswer answer) const {
  const ProbeEnds& ends = probe.ends;
  const bool ping = ends.protocol == ScanProtocol::ping;
  if (!same(ends.destination, arrival.ip.source)) {
    answer.by = address_of(arrival.ip.source, arrival.scope);
  }
  answer.hop_limit = arrival.ip.hop_limit;
  answer.attempt = options_.ports.attempt_of(ends.source_port);
  if (probe.sent) answer.round_trip = std::max(arrival.now - *probe.sent, Duration::zero());
  return {.kind = PacketAnswer::Kind::answer,
          .target = address_of(ends.destination, arrival.scope),
          .port = {.protocol = ends.protocol,
                   .number = ping ? std::uint16_t{0} : ends.destination_port},
          .answer = answer};
}

// By the number that answers the probe's: its sequence number, or that and 1 for its SYN or FIN;
// or the number that an ACK acknowledged, which was the same.
std::optional<ProbeCookie> AnswerReader::cookie_of(const ProbeEnds& ends,
                                                   const TcpSegmentView& segment,
                                                   Instant now) const {
  const bool reset = segment.has(k_tcp_rst);
  if (segment.has(k_tcp_ack)) {
    auto found = cookies_.find(ends, segment.acknowledgement - 1, k_word_bits, now);
    if (!found && reset) found = cookies_.find(ends, segment.acknowledgement, k_word_bits, now);
    if (found) return found;
  }
  if (!reset || options_.tcp != TcpMethod::ack) return std::nullopt;
  return cookies_.find(ends, segment.sequence, k_word_bits, now);
}

PacketAnswer AnswerReader::read_tcp(const Arrival& arrival) const {
  const auto segment = read_tcp_segment(arrival.ip.payload);
  if (!segment || !options_.ports.has(segment->destination_port)) return unrelated();
  const bool reset = segment->has(k_tcp_rst);
  const bool asked_by_syn = options_.tcp == TcpMethod::syn || options_.tcp == TcpMethod::connect;
  if (!reset && !segment->has(k_tcp_ack)) return unrelated();  // somebody else asks us
  if (!reset && !(segment->has(k_tcp_syn) && asked_by_syn)) return foreign();

  Probe probe{.ends = {.source = arrival.ip.destination,
                       .destination = arrival.ip.source,
                       .protocol = ScanProtocol::tcp,
                       .source_port = segment->destination_port,
                       .destination_port = segment->source_port}};
  const auto cookie = cookie_of(probe.ends, *segment, arrival.now);
  if (!cookie) return foreign();
  const auto timestamps = read_tcp_options(segment->options).timestamps;
  probe.sent =
      ProbeCookies::sent_at(*cookie, timestamps ? std::optional(timestamps->echo) : std::nullopt);
  if (reset) {
    const bool ack = options_.tcp == TcpMethod::ack;
    return made(
        arrival, probe,
        {.state = ack ? PortState::unfiltered : PortState::closed, .reason = AnswerReason::reset});
  }
  return made(arrival, probe,
              {.state = PortState::open,
               .reason = AnswerReason::syn_ack,
               .zero_window = segment->window == 0 && segment->options.empty()});
}

PacketAnswer AnswerReader::read_udp(const Arrival& arrival) const {
  const auto datagram = read_udp_datagram(arrival.ip.payload);
  if (!datagram || !options_.ports.has(datagram->destination_port)) return unrelated();
  const std::uint16_t own_port = datagram->destination_port;
  const auto elsewhere = options_.ports.asked_elsewhere(own_port);
  Probe probe{.ends = {.source = arrival.ip.destination,
                       .destination = arrival.ip.source,
                       .protocol = ScanProtocol::udp,
                       .source_port = own_port,
                       .destination_port = elsewhere.value_or(datagram->source_port)}};
  const UdpPayload& asked =
      udp_payload(probe.ends.destination_port, options_.ports.attempt_of(own_port));
  if (asked.from_another_port != elsewhere.has_value()) return foreign();
  if (elsewhere && !asked.is_begun_by(datagram->payload)) return foreign();
  if (asked.cookie_bytes > 0 && datagram->payload.size() >= asked.echo_at + asked.cookie_bytes) {
    const std::uint32_t word = asked.cookie_bytes == 4 ? get32(datagram->payload, asked.echo_at)
                                                       : get16(datagram->payload, asked.echo_at);
    const auto cookie = cookies_.find(probe.ends, word, 8U * asked.cookie_bytes, arrival.now);
    if (cookie) probe.sent = cookie->time;
  }
  return made(arrival, probe, {.state = PortState::open, .reason = AnswerReason::udp_response});
}

PacketAnswer AnswerReader::read_icmp(const Arrival& arrival) const {
  const auto message = read_icmp_message(arrival.ip.payload, arrival.ip.version);
  if (!message) return unrelated();
  if (message->is_echo_reply()) return read_echo_reply(arrival, *message);
  return read_error(arrival, *message);
}

PacketAnswer AnswerReader::read_echo_reply(const Arrival& arrival,
                                           const IcmpMessageView& reply) const {
  if (!options_.ports.has(reply.identifier())) return unrelated();
  if (reply.body.size() < k_ping_cookie_bytes) return foreign();
  Probe probe{.ends = {.source = arrival.ip.destination,
                       .destination = arrival.ip.source,
                       .protocol = ScanProtocol::ping,
                       .source_port = reply.identifier()}};
  const std::uint32_t word = get32(reply.body, 0);
  if ((word & 0xffff) != reply.sequence()) return foreign();
  const auto cookie = cookies_.find(probe.ends, word, k_word_bits, arrival.now);
  if (!cookie) return foreign();
  probe.sent = ProbeCookies::sent_at(*cookie, get32(reply.body, 4));
  return made(arrival, probe, {.state = PortState::open, .reason = AnswerReason::echo_reply});
}

AnswerReader::Quote AnswerReader::read_quote(const IpPacketView& packet, Instant now) const {
  Quote quote{.probe = {.ends = {.source = packet.source, .destination = packet.destination}}};
  switch (packet.protocol) {
    case k_protocol_tcp: return read_quoted_tcp(packet, now, quote);
    case k_protocol_udp: return read_quoted_udp(packet, now, quote);
    case k_protocol_icmp:
    case k_protocol_icmpv6: return read_quoted_ping(packet, now, quote);
    default: return quote;
  }
}

AnswerReader::Quote AnswerReader::read_quoted_tcp(const IpPacketView& packet, Instant now,
                                                  Quote quote) const {
  const auto tcp = read_tcp_quote(packet.payload);
  if (!tcp || !options_.ports.has(tcp->source_port)) return quote;
  quote.probe.ends.protocol = ScanProtocol::tcp;
  quote.probe.ends.source_port = tcp->source_port;
  quote.probe.ends.destination_port = tcp->destination_port;
  return prove(quote, cookies_.find(quote.probe.ends, tcp->sequence, k_word_bits, now));
}

AnswerReader::Quote AnswerReader::read_quoted_ping(const IpPacketView& packet, Instant now,
                                                   Quote quote) const {
  const auto ping = read_icmp_message(packet.payload, packet.version);
  if (!ping || !ping->is_echo_request() || !options_.ports.has(ping->identifier())) return quote;
  quote.probe.ends.protocol = ScanProtocol::ping;
  quote.probe.ends.source_port = ping->identifier();
  if (ping->body.size() < k_ping_cookie_bytes) {
    return prove(quote, cookies_.find(quote.probe.ends, ping->sequence(), k_sequence_bits, now));
  }
  return prove(quote, cookies_.find(quote.probe.ends, get32(ping->body, 0), k_word_bits, now));
}

// Nothing in it is secret but what IP carries, and that may be rewritten on the way: it tells the
// time, where it fits.
AnswerReader::Quote AnswerReader::read_quoted_udp(const IpPacketView& packet, Instant now,
                                                  Quote quote) const {
  const auto udp = read_udp_datagram(packet.payload);
  if (!udp || !options_.ports.has(udp->source_port)) return quote;
  quote.probe.ends.protocol = ScanProtocol::udp;
  quote.probe.ends.source_port = udp->source_port;
  quote.probe.ends.destination_port = udp->destination_port;
  const auto elsewhere = options_.ports.asked_elsewhere(udp->source_port);
  const bool is_elsewhere = udp_payload(udp->destination_port, 1).from_another_port;
  if (is_elsewhere ? elsewhere != udp->destination_port : elsewhere.has_value()) {
    quote.kind = PacketAnswer::Kind::foreign;
    return quote;
  }
  const unsigned bits = packet.version == IpVersion::v4 ? k_ipv4_label_bits : k_ipv6_label_bits;
  const auto cookie = cookies_.find(quote.probe.ends, packet.label, bits, now);
  if (cookie) quote.probe.sent = cookie->time;
  quote.kind = PacketAnswer::Kind::answer;
  return quote;
}

AnswerReader::Quote AnswerReader::prove(Quote quote, const std::optional<ProbeCookie>& cookie) {
  quote.kind = cookie ? PacketAnswer::Kind::answer : PacketAnswer::Kind::foreign;
  if (cookie) quote.probe.sent = cookie->time;
  return quote;
}

PacketAnswer AnswerReader::read_error(const Arrival& arrival, const IcmpMessageView& error) const {
  const auto reason = icmp_reason(error.version, error.type, error.code);
  const auto packet = read_quoted_packet(error);
  if (!reason || !packet || !is_ours(packet->source)) return unrelated();
  const Quote quote = read_quote(*packet, arrival.now);
  if (quote.kind != PacketAnswer::Kind::answer) return {.kind = quote.kind};
  const ProbeEnds& ends = quote.probe.ends;
  const bool by_target = same(arrival.ip.source, ends.destination);
  return made(arrival, quote.probe,
              {.state = icmp_state(ends.protocol, *reason, by_target), .reason = *reason});
}

}  // namespace patchbay
