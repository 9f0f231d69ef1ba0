// What a scan found, as it is told: a host at a time, and the totals.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "patchbay/base/time.hpp"
#include "patchbay/net/address.hpp"
#include "patchbay/tools/scan/scan_answer.hpp"
#include "patchbay/tools/scan/scan_port.hpp"
#include "patchbay/wire/ethernet_header.hpp"

namespace patchbay {

// What a port was found to serve, by what it said (-sV) and not by its number. All of it comes
// from the peer and is escaped by whoever prints it.
struct ServiceFinding {
  std::string service;  // "ssh"; as in data/probes.toml
  std::string product;  // "OpenSSH"
  std::string version;  // "9.2p1"
  std::string info;     // "Debian-2+deb12u3", a page's title, a greeting
  bool tls = false;     // spoken inside TLS
  struct Certificate {
    std::string subject;  // "CN=web1.lab"
    std::string issuer;
    std::vector<std::string> names;  // subjectAltName
    std::chrono::sys_seconds not_after;
    std::string tls_version;  // "TLSv1.3"
    std::string alpn;         // "h2"
  };
  // Without `tls`: it was shown when the service was asked to speak TLS from then on (STARTTLS).
  std::optional<Certificate> certificate = {};
};

struct PortFinding {
  ScanPort port;
  ScanAnswer answer;
  std::optional<ServiceFinding> service = {};
  // It was asked once more, by a socket of the kernel's, and was open again: TCP has made a whole
  // connection, UDP has answered.
  bool verified = false;
};

// "zero-window", "verified": what is to be known of a port beside its state.
std::vector<std::string> flags_of(const PortFinding& finding);

// Ports that are told together: of one protocol, in one state, for one reason.
struct PortGroup {
  ScanProtocol protocol = ScanProtocol::tcp;
  PortState state = PortState::closed;
  AnswerReason reason = AnswerReason::no_response;
  std::uint32_t count = 0;
  std::vector<std::pair<std::uint16_t, std::uint16_t>> ports;  // "1-21", "23-79"; in order
};

// "1-21,23-79"
std::string ranges_to_string(const std::vector<std::pair<std::uint16_t, std::uint16_t>>& ports);

// Of the network card of a host that is on a link with this one.
struct HardwareAddress {
  EthernetAddress address = {};
  std::string maker = {};  // of the card, by the registry of the IEEE; empty: not known
};

struct HostReport {
  IpAddress address;
  std::string name;      // what the user called it; empty where that was the address
  std::string dns_name;  // that its address has (-R): others' words, escaped by whoever prints it
  std::optional<HardwareAddress> hardware = {};
  bool answered = false;                            // anything at all
  AnswerReason reason = AnswerReason::no_response;  // of the first answer
  std::optional<Duration> round_trip = {};          // the shortest
  std::vector<PortFinding> ports;                   // told each, by protocol and number
  std::vector<PortGroup> rest;                      // told by their number: what is not in `ports`
  bool rate_limited = false;                        // holds answers back: silence may be that
  bool answers_everything = false;                  // every port is open, which no host's are
  bool skipped = false;    // given up on by the user: what is silent was not asked to the end
  bool timed_out = false;  // likewise, since it took longer than --host-timeout
};

struct ScanTotals {
  std::uint64_t hosts = 0;
  std::uint64_t hosts_up = 0;
  std::uint64_t targets = 0;
  std::uint64_t sent = 0;
  std::uint64_t matched = 0;     // answers to a probe of ours, the first to each
  std::uint64_t duplicates = 0;  // further ones
  std::uint64_t foreign = 0;     // what looked like an answer, and was none to a probe of ours
  std::uint64_t corrupt = 0;     // … whose checksum is wrong: nothing in it is believed
  std::uint64_t dropped = 0;     // lost in this host: rings that ran over
  // Frames that this host threw away before a socket could count them (softnet_drops.hpp): of
  // whatever program and network namespace, while the scan ran.
  std::uint64_t backlog_drops = 0;
  std::uint64_t shortages = 0;  // probes put off for want of descriptors, ports or buffers
  double loss = 0;              // of an exchange, 0 to 1
  double residual = 0;          // open ports that were missed, as expected
  bool went_silent = false;     // at the end nobody answered who had before
  Duration elapsed{};
  bool complete = false;  // every target has a state, and the accuracy that was asked for
  std::array<std::uint64_t, std::size(k_port_states)> states = {};

  std::uint64_t& of(PortState state) { return states[static_cast<std::size_t>(state)]; }
  std::uint64_t of(PortState state) const { return states[static_cast<std::size_t>(state)]; }
};

}  // namespace patchbay
