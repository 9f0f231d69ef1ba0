// `udp connect` as a library: ask one question, again and again until it is answered, or join
// standard input and output to a peer.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "patchbay/net/udp.hpp"
#include "patchbay/tools/echo/connect_view.hpp"

namespace patchbay {

inline constexpr std::size_t k_largest_datagram_bytes = 65'507;  // of UDP over IPv4

struct UdpConnectOptions {
  HostPort to;
  std::optional<Endpoint> local = {};
  Duration timeout = 5s;  // for the name
};

// A socket that hears only the peer, so that nobody else can answer in its place. Nothing is sent.
// Faults: resolve, unreachable, timed_out, system (EADDRNOTAVAIL).
Task<Result<UdpSocket>> connect_udp(UdpConnectOptions options);

struct AskUdpOptions {
  std::string question;         // one datagram
  Duration timeout = 5s;        // for an answer to any of the datagrams
  Duration first_wait = 500ms;  // before the question is sent again; doubles with each
};

struct UdpAnswer {
  std::string bytes;  // possibly none
  Duration took{};    // since the question was first sent
};

// The first answer that comes. Faults: refused, as soon as the peer's host says so; timed_out;
// unreachable; limit (the question is too large). `sent` counts the datagrams, also when it fails.
Task<Result<UdpAnswer>> ask_udp(UdpSocket& socket, AskUdpOptions options, unsigned& sent);

struct UdpRelayOptions {
  bool crlf = false;            // newlines to the peer become CR LF
  Duration linger = 1s;         // silence that ends the relay after the end of the input
  ConnectView* view = nullptr;  // borrowed; null passes bytes as they are
};

struct UdpRelayTotals {
  std::uint64_t sent_datagrams = 0;
  std::uint64_t received_datagrams = 0;
  std::uint64_t sent_bytes = 0;
  std::uint64_t received_bytes = 0;
};

struct UdpRelayStreams {
  UdpSocket& peer;
  Stream& input;
  Stream& output;
};

// Each line of the input is a datagram, its newline included; a line that fits into none is cut
// into several. Answers go to the output as they come. `refused` ends it at once.
Task<Result<>> relay_udp(UdpRelayStreams streams, UdpRelayOptions options, UdpRelayTotals& totals);

}  // namespace patchbay
