// AnswerReader: which probe of ours a packet answers, and what it says.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "patchbay/net/address.hpp"
#include "patchbay/tools/scan/probe/probe_cookie.hpp"
#include "patchbay/tools/scan/probe/probe_packet.hpp"
#include "patchbay/tools/scan/scan_answer.hpp"
#include "patchbay/wire/icmp_message.hpp"
#include "patchbay/wire/ip_packet.hpp"
#include "patchbay/wire/tcp_segment.hpp"

namespace patchbay {

struct PacketAnswer {
  enum class Kind : std::uint8_t {
    unrelated,  // nothing to do with the scan
    foreign,    // to one of its ports or about one of its probes, but no such probe was made
    answer,
  };

  Kind kind = Kind::unrelated;
  // Of an answer: who was asked, and what. Whether that is in the plan, the caller knows.
  IpAddress target = {};
  ScanPort port = {};
  ScanAnswer answer = {};
};

struct AnswerReaderOptions {
  std::vector<IpAddress> sources = {};  // from where probes went
  ProbePorts ports = {};
  TcpMethod tcp = TcpMethod::syn;
};

// What is believed (RFC 9293 section 3.10.7, RFC 792, RFC 4443):
//   SYN-ACK              acknowledges the probe's sequence number + 1
//   RST                  acknowledges that number or it + 1; or, of an ACK, has the number that it
//                        acknowledged
//   echo reply           has identifier, sequence number and data of the request
//   UDP datagram         comes from the port that was asked to the port that asked: no service has
//                        to say more than that; or from any port of the host to that which only
//                        TFTP or SSDP is asked from, and begins as an answer of theirs
//   ICMP error           quotes the probe: addresses, ports, and of TCP and ping also the cookie
// A source port or address that is not the scan's makes a packet unrelated.
class AnswerReader {
 public:
  // `cookies` outlives it.
  AnswerReader(const ProbeCookies& cookies, AnswerReaderOptions options);

  // `packet` begins with its IP header and may have anything behind it; fragments but the first are
  // unrelated. `scope` is the interface that it came by, for link-local addresses. `now` is when it
  // came, on the cookies' clock.
  PacketAnswer read(std::span<const std::byte> packet, std::uint32_t scope, Instant now) const;

 private:
  struct Arrival {
    IpPacketView ip = {};
    std::uint32_t scope = 0;
    Instant now{};
  };
  struct Probe {
    ProbeEnds ends = {};
    std::optional<Instant> sent = {};
  };
  struct Quote {
    PacketAnswer::Kind kind = PacketAnswer::Kind::unrelated;
    Probe probe = {};  // of an answer
  };

  bool is_ours(std::span<const std::byte> address) const;
  PacketAnswer read_tcp(const Arrival& arrival) const;
  PacketAnswer read_udp(const Arrival& arrival) const;
  PacketAnswer read_icmp(const Arrival& arrival) const;
  PacketAnswer read_echo_reply(const Arrival& arrival, const IcmpMessageView& reply) const;
  PacketAnswer read_error(const Arrival& arrival, const IcmpMessageView& error) const;
  Quote read_quote(const IpPacketView& packet, Instant now) const;
  Quote read_quoted_tcp(const IpPacketView& packet, Instant now, Quote quote) const;
  Quote read_quoted_udp(const IpPacketView& packet, Instant now, Quote quote) const;
  Quote read_quoted_ping(const IpPacketView& packet, Instant now, Quote quote) const;
  static Quote prove(Quote quote, const std::optional<ProbeCookie>& cookie);
  std::optional<ProbeCookie> cookie_of(const ProbeEnds& ends, const TcpSegmentView& segment,
                                       Instant now) const;
  PacketAnswer made(const Arrival& arrival, const Probe& probe, ScanAnswer answer) const;

  const ProbeCookies& cookies_;
  AnswerReaderOptions options_;
};

}  // namespace patchbay
