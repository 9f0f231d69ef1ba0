#include "patchbay/tools/scan/probe/packet_sockets.hpp"

#include <algorithm>
#include <span>
#include <utility>
#include <vector>

#include "patchbay/net/loop.hpp"
#include "patchbay/tools/scan/probe/answer_filter.hpp"
#include "patchbay/tools/scan/scan_rights.hpp"

namespace patchbay {

namespace {

constexpr unsigned k_attempts = 16;  // that have a source port of their own
constexpr unsigned k_elsewhere = k_elsewhere_ports.size();

ProbeCookies::Key random_key() {
  ProbeCookies::Key key{};
  for (std::size_t i = 0; i < key.size(); i += sizeof(std::uint64_t)) {
    const std::uint64_t bits = Loop::current().random_bits();
    std::copy_n(reinterpret_cast<const std::uint8_t*>(&bits), sizeof bits, key.begin() + i);
  }
  return key;
}

bool needs(const ScanPlan& plan, ScanProtocol protocol) {
  return std::ranges::any_of(plan.ports,
                             [&](const ScanPort& port) { return port.protocol == protocol; });
}

}  // namespace

Result<> PacketSockets::open(const ScanPlan& plan, const PacketProberOptions& options,
                             std::size_t batch_packets) {
  const RaisedRights raised(k_packet_rights);
  HopFinder& finder = options.hops != nullptr ? *options.hops : kernel_;
  auto found = PacketWays::make(
      plan, finder,
      {.hops = {.interface = options.interface,
                .source_v4 = options.source_v4,
                .source_v6 = options.source_v6},
       .neighbours = options.neighbours,
       .links = {.batch_packets = batch_packets + k_questions,
                 .packet_bytes = needs(plan, ScanProtocol::udp) ? ProbePackets::k_most_bytes
                                                                : ProbePackets::k_most_short_bytes,
                 .threads = options.threads},
       .hop_limit = options.hop_limit,
       .notice = options.notice});
  if (!found) return found.error();
  ways = std::move(*found);
  if (const auto reserved = reserve_ports(plan, options.source_port); !reserved) return reserved;
  if (const auto opened = open_reader(options.ring); !opened) return opened;
  cookies.emplace(random_key(), Loop::current().engine().now());
  PacketSocket* const shared = ways->only_interface() ? &reader->socket() : nullptr;
  if (const auto opened = ways->open(*cookies, ports, shared); !opened) return opened;
  answers.emplace(*cookies,
                  AnswerReaderOptions{.sources = ways->sources(), .ports = ports, .tcp = plan.tcp});
  return ok();
}

// A port that the user names is that of every try; then answers do not tell which it was.
Result<> PacketSockets::reserve_ports(const ScanPlan& plan, std::uint16_t source_port) {
  ports.attempts = source_port != 0 ? 1 : k_attempts;
  const bool tcp = needs(plan, ScanProtocol::tcp);
  const bool udp = needs(plan, ScanProtocol::udp);
  auto made = PortReservation::make({.first = source_port,
                                     .count = ports.attempts + (udp ? k_elsewhere : 0U),
                                     .tcp = tcp,
                                     .udp = udp,
                                     .v4 = ways->uses(Family::v4),
                                     .v6 = ways->uses(Family::v6)});
  if (!made) return made.error();
  ports.first = made->first();
  reservation_.emplace(std::move(*made));
  return ok();
}

// It also sends where that is possible: a kernel waits until every processor has seen a packet
// socket go, some 10 ms for each.
Result<> PacketSockets::open_reader(const PacketRingOptions& ring) {
  const std::vector<std::uint32_t> interfaces = ways->interfaces();
  const bool one = interfaces.size() == 1;
  const std::vector<sock_filter> filter =
      answer_filter({.first_port = ports.first,
                     .last_port = ports.last(),
                     .interfaces = one ? std::span<const std::uint32_t>() : interfaces});
  auto opened =
      FrameReader::open({.packets = {.interface = one ? interfaces.front() : 0,
                                     .protocol = ETH_P_ALL,
                                     .cooked = !ways->only_interface(),
                                     .filter = filter,
                                     .ignore_outgoing = true,
                                     .auxdata = true,
                                     .send_buffer_bytes = ProbeLink::k_send_buffer_bytes},
                         .ring = ring,
                         .batch = {.datagram_bytes = k_most_answer_bytes, .metadata = true}});
  if (!opened) return opened.error();
  reader.emplace(std::move(*opened));
  return ok();
}

}  // namespace patchbay
