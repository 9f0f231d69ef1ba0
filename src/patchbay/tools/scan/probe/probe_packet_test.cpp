#include "patchbay/tools/scan/probe/probe_packet.hpp"

#include <gtest/gtest.h>

#include <algorithm>

#include "patchbay/tools/scan/probe/probe_fixture.hpp"
#include "patchbay/tools/scan/probe/udp_payloads.hpp"
#include "patchbay/wire/hex_fixture.hpp"
#include "patchbay/wire/packet_checksum.hpp"

namespace patchbay {
namespace {

constexpr ScanPort k_https{.protocol = ScanProtocol::tcp, .number = 443};
constexpr ScanPort k_ping{.protocol = ScanProtocol::ping};

// Whether both checksums of a packet come out.
bool is_right(std::span<const std::byte> packet) {
  const auto ip = read_ip_packet(packet);
  if (!ip || ip->cut || ip->header_bytes + ip->payload.size() != packet.size()) return false;
  return has_right_header_checksum(packet) && has_right_transport_checksum(*ip);
}

TEST(ProbePorts, HaveOneForEachTryAndForEachThatAnswersFromElsewhere) {
  const ProbePorts ports{.first = 20'000, .attempts = 10};
  EXPECT_EQ(ports.last(), 20'011);
  EXPECT_FALSE(ports.has(19'999) || ports.has(20'012));
  EXPECT_EQ(ports.attempt_of(20'009), 10);
  EXPECT_EQ(ports.attempt_of(20'010), 0);
  EXPECT_EQ(ports.of_elsewhere(69), 20'010);
  EXPECT_EQ(ports.of_elsewhere(1900), 20'011);
  EXPECT_EQ(ports.asked_elsewhere(20'009), std::nullopt);
  EXPECT_EQ(ports.asked_elsewhere(20'010), 69);
  EXPECT_EQ(ports.asked_elsewhere(20'011), 1900);

  const ProbePorts highest{.first = 65'535, .attempts = 1};
  EXPECT_TRUE(highest.has(65'535));
  EXPECT_EQ(highest.attempt_of(65'535), 1);
}

class ProbePacketsOf : public testing::TestWithParam<bool> {};
INSTANTIATE_TEST_SUITE_P(Both, ProbePacketsOf, testing::Bool(),
                         [](const auto& of) { return of.param ? "v6" : "v4"; });

TEST_P(ProbePacketsOf, EveryKindIsAWholePacketWithRightSums) {
  for (const TcpMethod tcp :
       {TcpMethod::syn, TcpMethod::ack, TcpMethod::fin, TcpMethod::null, TcpMethod::xmas}) {
    const ScanTalk talk(GetParam(), tcp);
    for (unsigned attempt = 1; attempt <= 3; ++attempt) {
      for (unsigned port = 1; port < 65'536; port += 251) {
        const auto number = static_cast<std::uint16_t>(port);
        ASSERT_TRUE(is_right(talk.probe({ScanProtocol::tcp, number}, attempt))) << number;
        ASSERT_TRUE(is_right(talk.probe({ScanProtocol::udp, number}, attempt))) << number;
      }
      EXPECT_TRUE(is_right(talk.probe(k_ping, attempt)));
    }
  }
  const ScanTalk talk(GetParam());
  for (const UdpPort& known : udp_ports()) {
    EXPECT_TRUE(is_right(talk.probe({ScanProtocol::udp, known.port}))) << known.port;
  }
}

TEST_P(ProbePacketsOf, GoWhereTheyShallFromThePortOfTheirAttempt) {
  const ScanTalk talk(GetParam());
  for (unsigned attempt = 1; attempt <= 23; ++attempt) {
    const auto packet = talk.probe(k_https, attempt);
    const auto read = read_ip_packet(packet);
    ASSERT_TRUE(read);
    EXPECT_TRUE(std::ranges::equal(read->source, std::as_bytes(talk.sender.source.bytes())));
    EXPECT_TRUE(std::ranges::equal(read->destination, std::as_bytes(talk.target.bytes())));
    EXPECT_EQ(read->hop_limit, 64);
    const auto segment = read_tcp_segment(read->payload);
    ASSERT_TRUE(segment);
    EXPECT_EQ(segment->source_port, 20'000 + (attempt - 1) % 10);
    EXPECT_EQ(segment->destination_port, 443);
  }
}

TEST_P(ProbePacketsOf, ASynIsAsLinuxSendsIt) {
  const ScanTalk talk(GetParam());
  const auto packet = talk.probe(k_https);
  const auto read = read_ip_packet(packet);
  const auto segment = read_tcp_segment(read->payload);
  ASSERT_TRUE(segment);
  const std::uint16_t mss = GetParam() ? 1440 : 1460;
  EXPECT_EQ(segment->flags, k_tcp_syn);
  EXPECT_EQ(segment->acknowledgement, 0U);
  EXPECT_EQ(segment->window, GetParam() ? 64'800 : 64'240);
  const auto options = read_tcp_options(segment->options);
  EXPECT_EQ(options.most_segment_bytes, mss);
  EXPECT_TRUE(options.selective_acknowledgement);
  EXPECT_EQ(options.window_scale, 7);
  ASSERT_TRUE(options.timestamps);
  EXPECT_EQ(options.timestamps->echo, 0U);
  if (!GetParam()) EXPECT_EQ(get16(packet, 6), 0x4000);  // never fragmented

  const auto cookie = talk.cookies.find({.source = read->source,
                                         .destination = read->destination,
                                         .protocol = ScanProtocol::tcp,
                                         .source_port = 20'000,
                                         .destination_port = 443},
                                        segment->sequence, 32, ScanTalk::now);
  ASSERT_TRUE(cookie);
  const Instant sent = ProbeCookies::sent_at(*cookie, options.timestamps->value);
  EXPECT_LE(ScanTalk::sent - sent, 1024ns);
  EXPECT_EQ(read->label, segment->sequence & (GetParam() ? 0xfffff : 0xffff));
}

TEST_P(ProbePacketsOf, OtherMethodsHaveNoOptionsAndTheirFlags) {
  const std::pair<TcpMethod, unsigned> flags[] = {
      {TcpMethod::ack, k_tcp_ack},
      {TcpMethod::fin, k_tcp_fin},
      {TcpMethod::null, 0},
      {TcpMethod::xmas, k_tcp_fin | k_tcp_psh | k_tcp_urg}};
  for (const auto& [method, wanted] : flags) {
    const ScanTalk talk(GetParam(), method);
    const auto packet = talk.probe(k_https);
    const auto segment = read_tcp_segment(read_ip_packet(packet)->payload);
    ASSERT_TRUE(segment);
    EXPECT_EQ(segment->flags, wanted);
    EXPECT_TRUE(segment->options.empty());
    EXPECT_EQ(segment->acknowledgement, method == TcpMethod::ack ? segment->sequence : 0);
  }
}

TEST_P(ProbePacketsOf, TheSegmentSizeIsThatOfTheLink) {
  const std::size_t headers = GetParam() ? 60 : 40;
  for (const std::uint16_t link :
       {std::uint16_t{1280}, std::uint16_t{9000}, std::uint16_t{65'535}, std::uint16_t{100}}) {
    const ScanTalk talk(GetParam());
    ProbeSender sender = talk.sender;
    sender.link_bytes = link;
    const ProbePackets packets(talk.cookies, sender);
    PacketBytes packet(ProbePackets::k_most_bytes);
    packet.resize(packets.write(talk.target, k_https, 1, ScanTalk::sent, packet));
    EXPECT_TRUE(is_right(packet));
    const auto segment = read_tcp_segment(read_ip_packet(packet)->payload);
    const std::size_t mss = link == 100 ? 536 : link - headers;
    EXPECT_EQ(read_tcp_options(segment->options).most_segment_bytes, mss);
    EXPECT_EQ(segment->window % mss, 0U);
    EXPECT_GT(segment->window, 65'535 - mss);
  }
}

TEST_P(ProbePacketsOf, APortOfUdpIsAskedWhatItsServiceAnswers) {
  const ScanTalk talk(GetParam());
  const auto dns = talk.probe({ScanProtocol::udp, 53});
  auto datagram = read_udp_datagram(read_ip_packet(dns)->payload);
  ASSERT_TRUE(datagram);
  const auto payload = udp_payload(53, 1).bytes;
  ASSERT_EQ(datagram->payload.size(), payload.size());
  EXPECT_TRUE(std::ranges::equal(datagram->payload.subspan(2), payload.subspan(2)));
  EXPECT_EQ(get16(datagram->payload, 0), read_ip_packet(dns)->label & 0xffff);

  const auto unknown = talk.probe({ScanProtocol::udp, 40'123});
  datagram = read_udp_datagram(read_ip_packet(unknown)->payload);
  ASSERT_TRUE(datagram);
  EXPECT_TRUE(datagram->payload.empty());
  EXPECT_EQ(datagram->source_port, 20'000);

  const auto tftp = talk.probe({ScanProtocol::udp, 69}, 2);
  EXPECT_EQ(read_udp_datagram(read_ip_packet(tftp)->payload)->source_port, 20'010);

  // Two payloads for one port take turns.
  const auto first = talk.probe({ScanProtocol::udp, 161}, 1);
  EXPECT_NE(first.size(), talk.probe({ScanProtocol::udp, 161}, 2).size());
  EXPECT_EQ(first.size(), talk.probe({ScanProtocol::udp, 161}, 3).size());
}

TEST_P(ProbePacketsOf, WhatCannotBeWrittenIsNot) {
  const ScanTalk talk(GetParam());
  PacketBytes packet(ProbePackets::k_most_bytes);
  const auto write = [&](const IpAddress& to, const ScanPort& port, std::size_t room) {
    return talk.packets.write(to, port, 1, ScanTalk::sent, std::span(packet).first(room));
  };
  EXPECT_EQ(write(ip(GetParam() ? "192.0.2.7" : "2001:db8::7"), k_https, packet.size()), 0U);
  EXPECT_EQ(write(talk.target, {ScanProtocol::neighbour}, packet.size()), 0U);
  for (const ScanPort& port : {k_https, k_ping, ScanPort{ScanProtocol::udp, 443}}) {
    const std::size_t size = write(talk.target, port, packet.size());
    ASSERT_GT(size, 0U);
    EXPECT_EQ(write(talk.target, port, size), size);
    EXPECT_EQ(write(talk.target, port, size - 1), 0U);
    EXPECT_EQ(write(talk.target, port, 0), 0U);
  }
}

TEST(ProbePackets, NoPayloadMakesALongerPacketThanTheySay) {
  const ScanTalk talk(true);
  for (const UdpPort& known : udp_ports()) {
    EXPECT_GT(talk.probe({ScanProtocol::udp, known.port}).size(), 48U) << known.port;
  }
}

}  // namespace
}  // namespace patchbay
