#include "patchbay/tools/scan/probe/packet_answer.hpp"

#include <gtest/gtest.h>

#include "patchbay/tools/scan/probe/probe_fixture.hpp"
#include "patchbay/tools/scan/probe/udp_payloads.hpp"
#include "patchbay/wire/hex_fixture.hpp"

namespace patchbay {
namespace {

using Kind = PacketAnswer::Kind;

constexpr ScanPort k_https{.protocol = ScanProtocol::tcp, .number = 443};
constexpr ScanPort k_dns{.protocol = ScanProtocol::udp, .number = 53};
constexpr ScanPort k_nobody{.protocol = ScanProtocol::udp, .number = 40'123};
constexpr ScanPort k_ping{.protocol = ScanProtocol::ping};
constexpr std::uint8_t k_syn_ack = k_tcp_syn | k_tcp_ack;
constexpr std::uint8_t k_reset = k_tcp_rst | k_tcp_ack;

class AnswersOf : public testing::TestWithParam<bool> {
 protected:
  bool v6() const { return GetParam(); }
  IpAddress router() const { return ip(v6() ? "2001:db8::fe" : "203.0.113.1"); }
  std::uint8_t unreachable() const { return v6() ? k_icmp6_unreachable : k_icmp4_unreachable; }
  std::uint8_t port_code() const { return v6() ? 4 : 3; }
};
INSTANTIATE_TEST_SUITE_P(Both, AnswersOf, testing::Bool(),
                         [](const auto& of) { return of.param ? "v6" : "v4"; });

// TCP ----------------------------------------------------------------------------------------

TEST_P(AnswersOf, ASynAckIsAnOpenPort) {
  const ScanTalk talk(v6());
  const auto probe = talk.probe(k_https, 3);
  const auto segment = read_tcp_segment(read_ip_packet(probe)->payload);
  const auto clock = read_tcp_options(segment->options).timestamps->value;
  const auto read = talk.read(talk.tcp_answer(
      probe, {.acknowledgement = segment->sequence + 1,
              .flags = k_syn_ack,
              .window = 65'160,
              .options = {.timestamps = TcpHeaderOptions::Timestamps{.value = 7, .echo = clock}}}));
  ASSERT_EQ(read.kind, Kind::answer);
  EXPECT_EQ(read.target, talk.target);
  EXPECT_EQ(read.port, k_https);
  EXPECT_EQ(read.answer.state, PortState::open);
  EXPECT_EQ(read.answer.reason, AnswerReason::syn_ack);
  EXPECT_EQ(read.answer.attempt, 3);
  EXPECT_EQ(read.answer.hop_limit, 57);
  EXPECT_FALSE(read.answer.by);
  EXPECT_FALSE(read.answer.zero_window);
  ASSERT_TRUE(read.answer.round_trip);
  EXPECT_GE(*read.answer.round_trip, 20ms);
  EXPECT_LT(*read.answer.round_trip, 20ms + 1024ns);
}

TEST_P(AnswersOf, ASynAckWithoutTimestampsTellsTheTimeToATick) {
  const ScanTalk talk(v6());
  const auto probe = talk.probe(k_https);
  const auto read = talk.read(talk.tcp_answer(
      probe, {.acknowledgement = talk.sequence_of(probe) + 1, .flags = k_syn_ack, .window = 1}));
  ASSERT_EQ(read.kind, Kind::answer);
  ASSERT_TRUE(read.answer.round_trip);
  EXPECT_GE(*read.answer.round_trip, 20ms);
  EXPECT_LT(*read.answer.round_trip, 20ms + ProbeCookies::k_tick);
}

TEST_P(AnswersOf, ASynAckThatTakesNothingAndHasNoOptionsIsMarked) {
  const ScanTalk talk(v6());
  const auto probe = talk.probe(k_https);
  TcpHeader header{.acknowledgement = talk.sequence_of(probe) + 1, .flags = k_syn_ack};
  EXPECT_TRUE(talk.read(talk.tcp_answer(probe, header)).answer.zero_window);
  header.window = 1;
  EXPECT_FALSE(talk.read(talk.tcp_answer(probe, header)).answer.zero_window);
  header.window = 0;
  header.options.most_segment_bytes = 1460;
  EXPECT_FALSE(talk.read(talk.tcp_answer(probe, header)).answer.zero_window);
}

TEST_P(AnswersOf, AResetIsAClosedPort) {
  for (const TcpMethod method :
       {TcpMethod::syn, TcpMethod::fin, TcpMethod::null, TcpMethod::xmas}) {
    const ScanTalk talk(v6(), method);
    const auto probe = talk.probe(k_https, 2);
    for (const std::uint32_t more : {0U, 1U}) {
      const auto read = talk.read(talk.tcp_answer(
          probe, {.acknowledgement = talk.sequence_of(probe) + more, .flags = k_reset}));
      ASSERT_EQ(read.kind, Kind::answer);
      EXPECT_EQ(read.port, k_https);
      EXPECT_EQ(read.answer.state, PortState::closed);
      EXPECT_EQ(read.answer.reason, AnswerReason::reset);
      EXPECT_EQ(read.answer.attempt, 2);
    }
  }
}

TEST_P(AnswersOf, AResetOfAnAckIsAnUnfilteredPort) {
  const ScanTalk talk(v6(), TcpMethod::ack);
  const auto probe = talk.probe(k_https);
  const auto read =
      talk.read(talk.tcp_answer(probe, {.sequence = talk.sequence_of(probe), .flags = k_tcp_rst}));
  ASSERT_EQ(read.kind, Kind::answer);
  EXPECT_EQ(read.answer.state, PortState::unfiltered);
  EXPECT_EQ(read.answer.reason, AnswerReason::reset);

  // Only there is the number of a RST that acknowledges nothing worth anything.
  const ScanTalk other(v6(), TcpMethod::syn);
  const auto syn = other.probe(k_https);
  const auto forged =
      other.tcp_answer(syn, {.sequence = other.sequence_of(syn), .flags = k_tcp_rst});
  EXPECT_NE(other.kind_of(forged), Kind::answer);
}

TEST_P(AnswersOf, ForgedSegmentsAreForeign) {
  const ScanTalk talk(v6());
  const auto probe = talk.probe(k_https);
  const std::uint32_t sequence = talk.sequence_of(probe);
  const auto kind = [&](std::uint32_t acknowledgement, std::uint8_t flags) {
    return talk.kind_of(
        talk.tcp_answer(probe, {.acknowledgement = acknowledgement, .flags = flags}));
  };
  ASSERT_EQ(kind(sequence + 1, k_syn_ack), Kind::answer);
  EXPECT_EQ(kind(sequence, k_syn_ack), Kind::foreign);  // of a tarpit that counts wrong
  EXPECT_EQ(kind(sequence + 2, k_syn_ack), Kind::foreign);
  EXPECT_EQ(kind(0, k_syn_ack), Kind::foreign);
  EXPECT_EQ(kind(sequence + 2, k_reset), Kind::foreign);
  EXPECT_EQ(kind(sequence - 1, k_reset), Kind::foreign);
  EXPECT_EQ(kind(0, k_reset), Kind::foreign);
  EXPECT_EQ(kind(sequence + 1, k_tcp_ack), Kind::foreign);    // neither the one nor the other
  EXPECT_EQ(kind(sequence + 1, k_tcp_syn), Kind::unrelated);  // somebody connects to us
  for (int bit = 0; bit < 32; ++bit) {
    EXPECT_EQ(kind((sequence ^ 1U << bit) + 1, k_syn_ack), Kind::foreign) << bit;
  }
}

TEST_P(AnswersOf, SegmentsOfOtherPortsAndHostsAreForeign) {
  const ScanTalk talk(v6());
  const auto probe = talk.probe(k_https);
  auto answer =
      talk.tcp_answer(probe, {.acknowledgement = talk.sequence_of(probe) + 1, .flags = k_syn_ack});
  ASSERT_EQ(talk.kind_of(answer), Kind::answer);
  const std::size_t ip_bytes = v6() ? 40 : 20;
  const std::size_t source_at = v6() ? 8 : 12;
  const std::size_t destination_at = v6() ? 24 : 16;

  auto other = answer;
  set16(other, ip_bytes, 444);  // the port that was not asked
  EXPECT_EQ(talk.kind_of(other), Kind::foreign);
  other = answer;
  set16(other, ip_bytes + 2, 20'001);  // the port of another attempt
  EXPECT_EQ(talk.kind_of(other), Kind::foreign);
  other = answer;
  set16(other, ip_bytes + 2, 20'010);  // that of answers from elsewhere
  EXPECT_EQ(talk.kind_of(other), Kind::foreign);
  for (const std::uint16_t port : std::initializer_list<std::uint16_t>{19'999, 20'012}) {
    set16(other, ip_bytes + 2, port);
    EXPECT_EQ(talk.kind_of(other), Kind::unrelated);
  }
  other = answer;
  other[source_at + 3] ^= std::byte{1};
  EXPECT_EQ(talk.kind_of(other), Kind::foreign);
  other = answer;
  other[destination_at + 3] ^= std::byte{1};  // not to us
  EXPECT_EQ(talk.kind_of(other), Kind::unrelated);
}

TEST_P(AnswersOf, ASynAckAnswersNoOtherMethod) {
  for (const TcpMethod method :
       {TcpMethod::ack, TcpMethod::fin, TcpMethod::null, TcpMethod::xmas}) {
    const ScanTalk talk(v6(), method);
    const auto probe = talk.probe(k_https);
    EXPECT_EQ(talk.kind_of(talk.tcp_answer(
                  probe, {.acknowledgement = talk.sequence_of(probe) + 1, .flags = k_syn_ack})),
              Kind::foreign);
  }
}

TEST_P(AnswersOf, AnAnswerIsKnownForTenSecondsAndNoLonger) {
  const ScanTalk talk(v6());
  const auto probe = talk.probe(k_https);
  const auto answer =
      talk.tcp_answer(probe, {.acknowledgement = talk.sequence_of(probe) + 1, .flags = k_syn_ack});
  const auto late = talk.reader.read(answer, 0, ScanTalk::sent + 9900ms);
  ASSERT_EQ(late.kind, Kind::answer);
  EXPECT_GE(*late.answer.round_trip, 9900ms);
  EXPECT_EQ(talk.reader.read(answer, 0, ScanTalk::sent + 12s).kind, Kind::foreign);
  // A clock that was read before the probe's makes no time negative.
  const auto early = talk.reader.read(answer, 0, ScanTalk::sent - 1us);
  ASSERT_EQ(early.kind, Kind::answer);
  EXPECT_GE(*early.answer.round_trip, 0ns);
}

// UDP and ping -------------------------------------------------------------------------------

TEST_P(AnswersOf, ADatagramIsAnOpenPort) {
  const ScanTalk talk(v6());
  const auto probe = talk.probe(k_dns, 2);
  const auto payload = read_udp_datagram(read_ip_packet(probe)->payload)->payload;
  PacketBytes reply(payload.begin(), payload.end());
  reply[2] |= std::byte{0x80};
  auto read = talk.read(talk.udp_answer(probe, 53, reply));
  ASSERT_EQ(read.kind, Kind::answer);
  EXPECT_EQ(read.target, talk.target);
  EXPECT_EQ(read.port, k_dns);
  EXPECT_EQ(read.answer.state, PortState::open);
  EXPECT_EQ(read.answer.reason, AnswerReason::udp_response);
  EXPECT_EQ(read.answer.attempt, 2);
  ASSERT_TRUE(read.answer.round_trip);  // by the identifier, which is our cookie
  EXPECT_GE(*read.answer.round_trip, 20ms);
  EXPECT_LT(*read.answer.round_trip, 20ms + ProbeCookies::k_tick);

  reply[0] ^= std::byte{1};
  read = talk.read(talk.udp_answer(probe, 53, reply));
  ASSERT_EQ(read.kind, Kind::answer);  // another service than the number's says what it likes
  EXPECT_FALSE(read.answer.round_trip);
  read = talk.read(talk.udp_answer(probe, 53, {}));
  ASSERT_EQ(read.kind, Kind::answer);
  EXPECT_FALSE(read.answer.round_trip);
}

TEST_P(AnswersOf, WhatComesFromElsewhereIsOfWhoeverIsAskedFromThere) {
  const ScanTalk talk(v6());
  const auto tftp = talk.probe({ScanProtocol::udp, 69}, 4);
  const auto ssdp = talk.probe({ScanProtocol::udp, 1900}, 4);
  const auto error = from_hex("0005 0001 00");
  const auto found = from_hex("48545450 2f312e31 20323030 204f4b0d 0a");  // HTTP/1.1 200 OK
  for (const std::uint16_t from : std::to_array<std::uint16_t>({69, 1900, 51'234})) {
    const auto by_tftp = talk.read(talk.udp_answer(tftp, from, error));
    ASSERT_EQ(by_tftp.kind, Kind::answer);
    EXPECT_EQ(by_tftp.port, (ScanPort{ScanProtocol::udp, 69}));
    EXPECT_EQ(by_tftp.answer.attempt, 0);
    EXPECT_EQ(by_tftp.answer.state, PortState::open);
    const auto by_ssdp = talk.read(talk.udp_answer(ssdp, from, found));
    ASSERT_EQ(by_ssdp.kind, Kind::answer);
    EXPECT_EQ(by_ssdp.port, (ScanPort{ScanProtocol::udp, 1900}));
    EXPECT_EQ(by_ssdp.answer.attempt, 0);

    // What the other one of them would say, and what neither would.
    EXPECT_EQ(talk.kind_of(talk.udp_answer(tftp, from, found)), Kind::foreign);
    EXPECT_EQ(talk.kind_of(talk.udp_answer(ssdp, from, error)), Kind::foreign);
    EXPECT_EQ(talk.kind_of(talk.udp_answer(ssdp, from, {})), Kind::foreign);
    EXPECT_EQ(talk.kind_of(talk.udp_answer(ssdp, from, std::span(found).first(8))), Kind::foreign);
  }
  // Nor are they believed where they were not asked from.
  EXPECT_EQ(talk.kind_of(talk.udp_answer(talk.probe(k_dns), 69, error)), Kind::foreign);
  EXPECT_EQ(talk.kind_of(talk.udp_answer(talk.probe(k_dns), 1900, found)), Kind::foreign);
}

TEST_P(AnswersOf, AnErrorAboutAProbeFromElsewhereIsOfThatPortOnly) {
  const ScanTalk talk(v6());
  const ProbePorts& ports = talk.sender.ports;
  const auto ssdp = talk.probe({ScanProtocol::udp, 1900});
  const auto error = [&](std::uint16_t from, std::uint16_t to) {
    auto quoted = ssdp;
    const std::size_t head = read_ip_packet(ssdp)->header_bytes;
    set16(quoted, head, from);
    set16(quoted, head + 2, to);
    return talk.kind_of(talk.icmp_error(quoted, talk.target, unreachable(), port_code()));
  };
  EXPECT_EQ(error(ports.of_elsewhere(1900), 1900), Kind::answer);
  EXPECT_EQ(error(ports.of_elsewhere(69), 69), Kind::answer);
  EXPECT_EQ(error(ports.of_elsewhere(69), 1900), Kind::foreign);
  EXPECT_EQ(error(ports.of_elsewhere(1900), 53), Kind::foreign);
  EXPECT_EQ(error(ports.first, 1900), Kind::foreign);
  EXPECT_EQ(error(ports.first, 53), Kind::answer);
}

TEST_P(AnswersOf, AnEchoReplyIsAHostThatIsUp) {
  const ScanTalk talk(v6());
  const auto probe = talk.probe(k_ping, 2);
  const auto reply = talk.echo_reply(probe);
  const auto read = talk.read(reply);
  ASSERT_EQ(read.kind, Kind::answer);
  EXPECT_EQ(read.target, talk.target);
  EXPECT_EQ(read.port, k_ping);
  EXPECT_EQ(read.answer.state, PortState::open);
  EXPECT_EQ(read.answer.reason, AnswerReason::echo_reply);
  EXPECT_EQ(read.answer.attempt, 2);
  ASSERT_TRUE(read.answer.round_trip);
  EXPECT_LT(*read.answer.round_trip, 20ms + 1024ns);

  const std::size_t icmp = v6() ? 40 : 20;
  for (const std::size_t at : {icmp + 6, icmp + 7, icmp + 8, icmp + 11}) {
    auto forged = reply;
    forged[at] ^= std::byte{1};
    EXPECT_EQ(talk.kind_of(forged), Kind::foreign) << at;
  }
  auto other = reply;
  set16(other, icmp + 4, 20'002);  // another attempt's
  EXPECT_EQ(talk.kind_of(other), Kind::foreign);
  set16(other, icmp + 4, 19'999);
  EXPECT_EQ(talk.kind_of(other), Kind::unrelated);
  other = reply;
  other[v6() ? 23 : 15] ^= std::byte{1};  // of another host
  EXPECT_EQ(talk.kind_of(other), Kind::foreign);
  EXPECT_EQ(talk.kind_of(probe), Kind::unrelated);  // the request itself
}

// ICMP errors --------------------------------------------------------------------------------

TEST_P(AnswersOf, AnErrorIsAFilteredPortAndSaysWhoToldIt) {
  const ScanTalk talk(v6());
  const auto probe = talk.probe(k_https, 3);
  auto read = talk.read(talk.icmp_error(probe, router(), unreachable(), 1));
  ASSERT_EQ(read.kind, Kind::answer);
  EXPECT_EQ(read.target, talk.target);
  EXPECT_EQ(read.port, k_https);
  EXPECT_EQ(read.answer.state, PortState::filtered);
  EXPECT_EQ(read.answer.attempt, 3);
  EXPECT_EQ(read.answer.by, router());
  ASSERT_TRUE(read.answer.round_trip);
  EXPECT_GE(*read.answer.round_trip, 20ms);

  read = talk.read(talk.icmp_error(probe, talk.target, unreachable(), port_code()));
  ASSERT_EQ(read.kind, Kind::answer);
  EXPECT_EQ(read.answer.state, PortState::filtered);
  EXPECT_EQ(read.answer.reason, AnswerReason::port_unreachable);
  EXPECT_FALSE(read.answer.by);
}

TEST(Answers, ErrorsOfIpv4HaveTheNamesOfTheirCodes) {
  const ScanTalk talk(false);
  const auto probe = talk.probe(k_https);
  const AnswerReason reasons[] = {
      AnswerReason::net_unreachable,      AnswerReason::host_unreachable,
      AnswerReason::protocol_unreachable, AnswerReason::port_unreachable,
      AnswerReason::other_unreachable,    AnswerReason::other_unreachable,
      AnswerReason::net_unreachable,      AnswerReason::host_unreachable,
      AnswerReason::other_unreachable,    AnswerReason::net_prohibited,
      AnswerReason::host_prohibited,      AnswerReason::other_unreachable,
      AnswerReason::other_unreachable,    AnswerReason::admin_prohibited};
  for (std::uint8_t code = 0; code < std::size(reasons); ++code) {
    const auto read = talk.read(talk.icmp_error(probe, talk.target, 3, code));
    ASSERT_EQ(read.kind, Kind::answer) << int{code};
    EXPECT_EQ(read.answer.reason, reasons[code]) << int{code};
    EXPECT_EQ(read.answer.state, PortState::filtered) << int{code};
  }
  EXPECT_EQ(talk.read(talk.icmp_error(probe, talk.target, 11, 0)).answer.reason,
            AnswerReason::time_exceeded);
  for (const std::uint8_t type :
       std::initializer_list<std::uint8_t>{4, 5, 12}) {  // nothing about the port
    EXPECT_EQ(talk.kind_of(talk.icmp_error(probe, talk.target, type, 0)), Kind::unrelated);
  }
}

TEST(Answers, ErrorsOfIpv6HaveTheNamesOfTheirCodes) {
  const ScanTalk talk(true);
  const auto probe = talk.probe(k_https);
  const AnswerReason reasons[] = {AnswerReason::net_unreachable,  AnswerReason::admin_prohibited,
                                  AnswerReason::beyond_scope,     AnswerReason::host_unreachable,
                                  AnswerReason::port_unreachable, AnswerReason::policy_failed,
                                  AnswerReason::route_rejected,   AnswerReason::other_unreachable};
  for (std::uint8_t code = 0; code < std::size(reasons); ++code) {
    const auto read = talk.read(talk.icmp_error(probe, talk.target, 1, code));
    ASSERT_EQ(read.kind, Kind::answer) << int{code};
    EXPECT_EQ(read.answer.reason, reasons[code]) << int{code};
    EXPECT_EQ(read.answer.state, PortState::filtered) << int{code};
  }
  EXPECT_EQ(talk.read(talk.icmp_error(probe, talk.target, 3, 0)).answer.reason,
            AnswerReason::time_exceeded);
  EXPECT_EQ(talk.read(talk.icmp_error(probe, talk.target, 4, 1)).answer.reason,
            AnswerReason::protocol_unreachable);
  EXPECT_EQ(talk.kind_of(talk.icmp_error(probe, talk.target, 4, 0)), Kind::unrelated);
  EXPECT_EQ(talk.kind_of(talk.icmp_error(probe, talk.target, 2, 0)), Kind::unrelated);
}

TEST_P(AnswersOf, APortOfUdpIsClosedWhenItsHostSaysSo) {
  const ScanTalk talk(v6());
  const auto probe = talk.probe(k_nobody, 2);
  auto read = talk.read(talk.icmp_error(probe, talk.target, unreachable(), port_code()));
  ASSERT_EQ(read.kind, Kind::answer);
  EXPECT_EQ(read.port, k_nobody);
  EXPECT_EQ(read.answer.state, PortState::closed);
  EXPECT_EQ(read.answer.reason, AnswerReason::port_unreachable);
  EXPECT_EQ(read.answer.attempt, 2);
  ASSERT_TRUE(read.answer.round_trip);  // by what IP's header has of the cookie
  EXPECT_LT(*read.answer.round_trip, 20ms + ProbeCookies::k_tick);

  read = talk.read(talk.icmp_error(probe, router(), unreachable(), port_code()));
  EXPECT_EQ(read.answer.state, PortState::filtered);  // somebody speaks for the host
  read = talk.read(talk.icmp_error(probe, talk.target, unreachable(), 1));
  EXPECT_EQ(read.answer.state, PortState::filtered);

  // An identification that was rewritten on the way says nothing, and takes nothing back.
  auto rewritten = talk.icmp_error(probe, talk.target, unreachable(), port_code());
  rewritten[(v6() ? 40 + 8 + 2 : 20 + 8 + 4)] ^= std::byte{0x10};
  read = talk.read(rewritten);
  ASSERT_EQ(read.kind, Kind::answer);
  EXPECT_EQ(read.answer.state, PortState::closed);
  EXPECT_FALSE(read.answer.round_trip);
}

TEST_P(AnswersOf, AnErrorAboutAPingIsAHostThatNobodyReaches) {
  const ScanTalk talk(v6());
  const auto probe = talk.probe(k_ping);
  for (const std::size_t quoted : {8U, 16U, 64U}) {
    const auto error = talk.icmp_error(probe, router(), unreachable(), 1, quoted);
    const auto read = talk.read(error);
    ASSERT_EQ(read.kind, Kind::answer) << quoted;
    EXPECT_EQ(read.port, k_ping);
    EXPECT_EQ(read.answer.state, PortState::filtered);
    auto forged = error;
    const std::size_t inner = v6() ? 40 + 8 + 40 : 20 + 8 + 20;
    forged[quoted == 8 ? inner + 6 : inner + 8] ^= std::byte{1};
    EXPECT_EQ(talk.kind_of(forged), Kind::foreign) << quoted;
  }
}

TEST_P(AnswersOf, QuotationsOfOtherPacketsAreRefused) {
  const ScanTalk talk(v6());
  const auto error = talk.icmp_error(talk.probe(k_https), router(), unreachable(), 1);
  ASSERT_EQ(talk.kind_of(error), Kind::answer);
  const std::size_t inner = (v6() ? 40 : 20) + k_icmp_header_bytes;
  const std::size_t tcp = inner + (v6() ? 40 : 20);
  const auto with = [&](std::size_t at, unsigned bits) {
    auto forged = error;
    forged[at] ^= static_cast<std::byte>(bits);
    return talk.kind_of(forged);
  };
  EXPECT_EQ(with(inner + (v6() ? 8 : 12), 1), Kind::unrelated);  // not sent by us
  EXPECT_EQ(with(inner + (v6() ? 24 : 16), 1), Kind::foreign);   // to somebody else
  EXPECT_EQ(with(tcp, 1), Kind::unrelated);                      // from another port
  EXPECT_EQ(with(tcp + 1, 1), Kind::foreign);                    // from another attempt's
  EXPECT_EQ(with(tcp + 3, 1), Kind::foreign);                    // to another port
  for (std::size_t at = tcp + 4; at < tcp + 8; ++at) {
    EXPECT_EQ(with(at, 1), Kind::foreign) << at;  // another sequence number
  }
  EXPECT_EQ(with(inner + (v6() ? 6 : 9), 0x80), Kind::unrelated);  // of another protocol
}

TEST_P(AnswersOf, CutQuotationsAreRefused) {
  const ScanTalk talk(v6());
  for (const ScanPort& port : {k_https, k_nobody, k_ping}) {
    const auto error = talk.icmp_error(talk.probe(port), talk.target, unreachable(), 1);
    ASSERT_EQ(talk.kind_of(error), Kind::answer);
    for (std::size_t size = 0; size < error.size(); ++size) {
      EXPECT_EQ(talk.kind_of(std::span(error).first(size)), Kind::unrelated) << size;
    }
  }
}

TEST_P(AnswersOf, WhateverIsCutIsNoAnswer) {
  const ScanTalk talk(v6());
  const auto probe = talk.probe(k_https);
  const auto syn_ack =
      talk.tcp_answer(probe, {.acknowledgement = talk.sequence_of(probe) + 1, .flags = k_syn_ack});
  for (std::size_t size = 0; size < syn_ack.size(); ++size) {
    EXPECT_EQ(talk.kind_of(std::span(syn_ack).first(size)), Kind::unrelated) << size;
  }
  const auto reply = talk.echo_reply(talk.probe(k_ping));
  for (std::size_t size = 0; size < (v6() ? 48U : 28U); ++size) {
    EXPECT_EQ(talk.kind_of(std::span(reply).first(size)), Kind::unrelated) << size;
  }
}

TEST_P(AnswersOf, OurOwnProbesAreUnrelated) {
  const ScanTalk talk(v6());
  for (const ScanPort& port : {k_https, k_dns, k_ping}) {
    EXPECT_EQ(talk.kind_of(talk.probe(port)), Kind::unrelated);
  }
}

TEST(Answers, OfALinkLocalHostHaveItsScope) {
  const ScanTalk talk(true);
  ProbeSender sender = talk.sender;
  sender.source = ip("fe80::1");
  const ProbePackets packets(talk.cookies, sender);
  const AnswerReader reader(talk.cookies, {.sources = {sender.source}, .ports = sender.ports});
  PacketBytes probe(ProbePackets::k_most_bytes);
  probe.resize(packets.write(ip("fe80::9"), k_https, 1, ScanTalk::sent, probe));
  const auto answer =
      talk.tcp_answer(probe, {.acknowledgement = talk.sequence_of(probe) + 1, .flags = k_syn_ack});
  const auto read = reader.read(answer, 3, ScanTalk::now);
  ASSERT_EQ(read.kind, Kind::answer);
  EXPECT_EQ(read.target.scope(), 3U);
  EXPECT_EQ(read.target, IpAddress(ip("fe80::9").v6(), 3));
}

}  // namespace
}  // namespace patchbay
