// ProbePackets: the packets that a scan sends, from the IP header on.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

#include "patchbay/net/address.hpp"
#include "patchbay/tools/scan/probe/probe_cookie.hpp"
#include "patchbay/tools/scan/probe/udp_payloads.hpp"
#include "patchbay/tools/scan/scan_plan.hpp"
#include "patchbay/wire/internet_checksum.hpp"

namespace patchbay {

// The source ports of a scan, and the identifiers of its pings: `attempts` of them, one a try, so
// that a retry is a new connection; and one for each of k_elsewhere_ports, so that whatever comes
// there is known by that, and not by the port that it comes from.
struct ProbePorts {
  std::uint16_t first = 0;
  std::uint8_t attempts = 16;  // a try above that uses the ports from the first on again

  std::uint16_t of_attempt(unsigned attempt) const {  // counted from 1
    return static_cast<std::uint16_t>(first + (attempt - 1) % attempts);
  }
  // 65,535 at the most: near there TCP is asked all the same, and UDP not by all of these ports.
  std::uint16_t last() const {
    const std::size_t last = std::size_t{first} + attempts + k_elsewhere_ports.size() - 1;
    return static_cast<std::uint16_t>(std::min<std::size_t>(last, UINT16_MAX));
  }
  bool has(std::uint16_t port) const { return port >= first && port <= last(); }
  // 0: not known, as of what comes to a port that has no tries.
  std::uint8_t attempt_of(std::uint16_t port) const {
    return port - first < attempts ? static_cast<std::uint8_t>(port - first + 1) : std::uint8_t{0};
  }
  // From where one of k_elsewhere_ports is asked, and which of them it is that is asked from there.
  std::uint16_t of_elsewhere(std::uint16_t asked) const;
  std::optional<std::uint16_t> asked_elsewhere(std::uint16_t from) const;
};

struct ProbeSender {
  IpAddress source = {};  // targets of the other family are not for this sender
  ProbePorts ports = {};
  TcpMethod tcp = TcpMethod::syn;  // connect is as syn
  std::uint8_t hop_limit = 64;
  std::uint16_t link_bytes = 1500;  // the link's MTU, for the MSS of a SYN
};

// A packet is a template in which a few fields are put in and its sums are gone on with.
class ProbePackets {
 public:
  // No packet is longer; and none of TCP, and no ping, is longer than the second.
  static constexpr std::size_t k_most_bytes = 1280;
  static constexpr std::size_t k_most_short_bytes = 104;

  // `cookies` outlives it.
  ProbePackets(const ProbeCookies& cookies, const ProbeSender& sender);

  // Writes an IP packet and returns its size. 0: `into` is too short (k_most_bytes always do), the
  // target is of the other family, or the protocol is `neighbour`, which is not made here.
  // `attempt` is 1 to 255.
  std::size_t write(const IpAddress& target, const ScanPort& port, unsigned attempt, Instant now,
                    std::span<std::byte> into) const;

  const ProbeSender& sender() const { return sender_; }

 private:
  struct Template {
    std::array<std::byte, k_most_short_bytes> bytes{};
    std::size_t size = 0;
    InternetSum ip = {};         // of what stays the same in IPv4's header
    InternetSum transport = {};  // of what does behind it, the pseudo header included
  };

  Template make_template(ScanProtocol protocol) const;
  std::size_t write_tcp(std::span<const std::byte> target, std::uint16_t port, unsigned attempt,
                        Instant now, std::span<std::byte> into) const;
  std::size_t write_udp(std::span<const std::byte> target, std::uint16_t port, unsigned attempt,
                        Instant now, std::span<std::byte> into) const;
  std::size_t write_ping(std::span<const std::byte> target, unsigned attempt, Instant now,
                         std::span<std::byte> into) const;
  void put_ip(const Template& from, std::span<const std::byte> target, std::uint32_t word,
              std::size_t bytes, std::span<std::byte> into) const;

  const ProbeCookies& cookies_;
  ProbeSender sender_;
  bool v6_;
  std::size_t ip_bytes_;
  Template tcp_;
  Template udp_;
  Template ping_;
};

}  // namespace patchbay
