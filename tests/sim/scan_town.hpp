// A network to scan by either engine, with whatever can go wrong in it, and what is true of it.
#pragma once

#include <algorithm>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "patchbay/net/packet.hpp"
#include "patchbay/net/sim/hop_finder.hpp"
#include "patchbay/tools/scan/probe/connect_prober.hpp"
#include "patchbay/tools/scan/probe/packet_prober.hpp"
#include "patchbay/tools/scan/probe/probe_fixture.hpp"
#include "patchbay/tools/scan/probe/scan_states_fixture.hpp"
#include "patchbay/wire/ethernet_header.hpp"
#include "tool_peers.hpp"

namespace patchbay::sim {

enum class ScanEngine : std::uint8_t { connect, packet };

// Each that comes is sent away, or left until the scanner's reset.
inline Task<> send_away(TcpStream stream) {
  [[maybe_unused]] const auto data = co_await stream.receive();
}

inline Task<Result<>> listen_at(Endpoint at) {
  auto listener = TcpListener::bind(at);
  if (!listener) co_return listener.error();
  co_return co_await serve_each(*listener, send_away);
}

inline Impairment some_impairment(Chance& chance) {
  Impairment link{.delay = some_time(chance, 30ms), .jitter = some_time(chance, 5ms)};
  link.jitter = std::min(link.jitter, link.delay);
  if (chance.happens(0.7)) link.loss = 0.05 * chance.fraction();
  if (link.loss > 0 && chance.happens(0.3)) link.burst_packets = 1 + 3 * chance.fraction();
  if (chance.happens(0.5)) link.duplicate = 0.1 * chance.fraction();
  if (chance.happens(0.5)) link.reorder = 0.1 * chance.fraction();
  return link;
}

// How scans of live hosts went, over all seeds. With up to 5 % lost each way, in bursts too, hardly
// any port may be missed: a closed one answers once to each try, an open one repeats its answer.
struct Recall {
  std::uint64_t open = 0;
  std::uint64_t missed_open = 0;
  std::uint64_t closed = 0;
  std::uint64_t missed_closed = 0;

  void add(const Recall& more) {
    open += more.open;
    missed_open += more.missed_open;
    closed += more.closed;
    missed_closed += more.missed_closed;
  }
  void expect_high() const {
    std::printf("open: %llu, missed: %llu; closed: %llu, missed: %llu\n",
                static_cast<unsigned long long>(open), static_cast<unsigned long long>(missed_open),
                static_cast<unsigned long long>(closed),
                static_cast<unsigned long long>(missed_closed));
    EXPECT_LE(missed_open, 1 + open / 1000);
    EXPECT_LE(missed_closed, 1 + closed / 500);
  }
};

// A host of which some ports are open, by two families. Beside it one that nothing reaches, an
// address that is nobody's, and somebody on the host's link who forges its answers.
struct ScanTown {
  static constexpr std::uint16_t k_first_port = 1000;
  static constexpr std::uint16_t k_ports = 60;
  static constexpr std::uint64_t k_live[] = {0, 3};     // the host, by its number in the plan
  static constexpr std::uint64_t k_mute[] = {1, 2, 4};  // who says nothing
  // Where the packet engine asks from when the forger may know it.
  static constexpr std::uint16_t k_known_port = 40'000;

  ScanTown(World& of, ScanEngine by)
      : world(of),
        engine(by),
        scanner(world.host("scanner", "10.0.0.2", "fd00::2")),
        server(world.host("server", "10.0.0.1", "fd00::1")),
        mute(world.host("mute", "10.0.0.3", "fd00::3")),
        forger(world.host("forger", "10.0.0.66")) {
    Chance chance = world.chance_for("town");
    link = &world.segment({scanner, server, forger}, some_impairment(chance));
    world.link(scanner, mute).cut();
    for (std::uint16_t i = 0; i < k_ports; ++i) {
      plan.ports.push_back({ScanProtocol::tcp, static_cast<std::uint16_t>(k_first_port + i)});
      is_open.push_back(chance.happens(0.3));
      if (!is_open.back()) continue;
      for (const Family family : {Family::v4, Family::v6}) {
        server.serve(listen_at(Endpoint(server.address(family), plan.ports[i].number)));
      }
    }
    std::vector<IpRange> hosts;
    for (const char* const host : {"10.0.0.1", "10.0.0.3", "10.0.0.9", "fd00::1", "fd00::3"}) {
      hosts.push_back(*IpRange::parse(host));
    }
    plan.hosts = IpSet(hosts);
    plan.tcp = engine == ScanEngine::connect ? TcpMethod::connect : TcpMethod::syn;
    if (chance.happens(0.3)) source_port = k_known_port;
  }

  Task<Result<>> probe(ScanRun& some) {
    if (engine == ScanEngine::connect) co_return co_await probe_by_connect(some);
    HopFinder finder(scanner);
    co_return co_await probe_by_packets(some, {.source_port = source_port, .hops = &finder});
  }

  void scan(const ScanPace& pace = {}) {
    run.emplace(plan, pace, listener, world.seed());
    scanner.run(probe(*run));
  }

  PortVerdict open() const {
    const bool connects = engine == ScanEngine::connect;
    return {PortState::open, connects ? AnswerReason::connected : AnswerReason::syn_ack};
  }
  PortVerdict closed() const {
    const bool connects = engine == ScanEngine::connect;
    return {PortState::closed, connects ? AnswerReason::refused : AnswerReason::reset};
  }
  // Nobody has answered, and that is what is said.
  bool is_unknown(const PortVerdict& said) const {
    if (said.state != PortState::filtered) return false;
    return said.reason == AnswerReason::no_response ||
           (may_vanish && said.reason == AnswerReason::host_unreachable);
  }

  // Nothing is ever told that is not so, and nobody who cannot answer is said to have answered.
  void expect_truth(const ScanRun& of, Recall& recall) const {
    for (const std::uint64_t host : k_live) expect_truth_of(of.report(host), recall);
    for (const std::uint64_t host : k_mute) {
      const auto states = states_of(of.report(host));
      EXPECT_EQ(states.size(), k_ports);
      for (const auto& [port, verdict] : states) EXPECT_EQ(verdict.state, PortState::filtered);
    }
  }
  void expect_truth_of(const HostReport& report, Recall& recall) const {
    const auto states = states_of(report);
    EXPECT_EQ(states.size(), k_ports);
    for (std::uint16_t i = 0; i < k_ports; ++i) {
      const auto found = states.find(plan.ports[i].number);
      if (found == states.end()) continue;
      ++(is_open[i] ? recall.open : recall.closed);
      const bool unknown = is_unknown(found->second);
      if (unknown) ++(is_open[i] ? recall.missed_open : recall.missed_closed);
      if (!unknown) EXPECT_EQ(found->second, is_open[i] ? open() : closed()) << found->first;
    }
  }

  World& world;
  ScanEngine engine;
  Host& scanner;
  Host& server;
  Host& mute;
  Host& forger;
  Link* link = nullptr;
  bool may_vanish = false;    // the server dies, or nothing passes for a while
  std::vector<bool> is_open;  // by port
  std::uint16_t source_port = 0;
  ScanPlan plan;
  ScanListener listener;
  std::optional<ScanRun> run;
};

// --- forgeries -----------------------------------------------------------------------------------

inline const Interface& interface_on(Host& host, const Link& link) {
  for (Nic& nic : host.stack().nics()) {
    if (nic.link() == &link) return nic.interface();
  }
  return host.stack().nics().front().interface();  // of no host of ours
}

inline PacketBytes forged_segment(Chance& chance, const ScanTown& town) {
  constexpr std::uint8_t k_kinds[] = {k_tcp_syn | k_tcp_ack, k_tcp_rst | k_tcp_ack, k_tcp_rst};
  const bool at_known_port = chance.happens(0.5);
  const patchbay::TcpHeader header{
      .source_port =
          static_cast<std::uint16_t>(ScanTown::k_first_port + chance.bits() % ScanTown::k_ports),
      .destination_port = at_known_port
                              ? ScanTown::k_known_port
                              : static_cast<std::uint16_t>(32'768 + chance.bits() % 28'000),
      .sequence = static_cast<std::uint32_t>(chance.bits()),
      .acknowledgement = static_cast<std::uint32_t>(chance.bits()),
      .flags = k_kinds[chance.bits() % std::size(k_kinds)],
      .window = 65'000};
  const Family family = chance.happens(0.5) ? Family::v4 : Family::v6;
  const IpAddress from = town.server.address(family);
  const IpAddress to = town.scanner.address(family);
  PacketBytes segment(k_tcp_header_max_bytes);
  segment.resize(write_tcp_header(header, segment));
  set_tcp_checksum(segment, std::as_bytes(from.bytes()), std::as_bytes(to.bytes()));
  return ip_packet(std::as_bytes(from.bytes()), std::as_bytes(to.bytes()), k_protocol_tcp, segment);
}

// An ICMP error about a packet that was never sent.
inline PacketBytes forged_error(Chance& chance, const ScanTown& town) {
  PacketBytes quoted = forged_segment(chance, town);
  const bool six = read_ip_packet(quoted)->version == IpVersion::v6;
  const IpAddress from = town.forger.address();
  // Its addresses and ports the other way round, as if the scanner had sent it.
  const auto asked = read_ip_packet(quoted);
  auto segment = *read_tcp_segment(asked->payload);
  PacketBytes probe(k_tcp_header_max_bytes);
  probe.resize(write_tcp_header({.source_port = segment.destination_port,
                                 .destination_port = segment.source_port,
                                 .sequence = segment.sequence,
                                 .flags = k_tcp_syn},
                                probe));
  const PacketBytes sent = ip_packet(asked->destination, asked->source, k_protocol_tcp, probe);
  const auto code = static_cast<std::uint8_t>(chance.bits() % 5);
  return ScanTalk::icmp_error(sent, six ? town.server.address(Family::v6) : from,
                              six ? k_icmp6_unreachable : k_icmp4_unreachable, code, 20);
}

inline PacketBytes forged_packet(Chance& chance, const ScanTown& town) {
  PacketBytes packet =
      chance.happens(0.7) ? forged_segment(chance, town) : forged_error(chance, town);
  // Rubbish: a part of it, or a byte changed.
  if (chance.happens(0.2)) packet.resize(1 + chance.bits() % packet.size());
  if (chance.happens(0.2)) packet[chance.bits() % packet.size()] = std::byte(chance.bits() & 0xff);
  return packet;
}

// Some answers to nobody, all of them before the scan can have ended, and then silence.
inline Task<Result<>> forge(ScanTown& town) {
  Chance chance = town.world.chance_for("forger");
  const Interface& own = interface_on(town.forger, *town.link);
  auto socket = patchbay::PacketSocket::open({.interface = own.index, .protocol = 0});
  if (!socket) co_return socket.error();
  for (int left = 30; left > 0; --left) {
    if (const auto slept = co_await sleep_for(some_time(chance, 20ms)); !slept) co_return slept;
    const PacketBytes packet = forged_packet(chance, town);
    const bool six = (std::to_integer<unsigned>(packet[0]) >> 4) == 6;
    PacketBytes frame(k_ethernet_header_bytes);
    write_ethernet_header({.destination = interface_on(town.scanner, *town.link).hardware_address,
                           .source = interface_on(town.server, *town.link).hardware_address,
                           .ethertype = six ? k_ethertype_ipv6 : k_ethertype_ipv4},
                          std::span<std::byte, k_ethernet_header_bytes>(frame));
    frame.insert(frame.end(), packet.begin(), packet.end());
    if (const auto sent = co_await socket->send(frame); !sent) co_return sent;
  }
  co_return co_await sleep_for(24h);
}

// --- what befalls it -----------------------------------------------------------------------------

// Some of all that can go wrong, by the seed. False: so much that nobody can find every port.
inline bool befall(ScanTown& town) {
  World& world = town.world;
  Chance chance = world.chance_for("what befalls the town");
  world.every(200ms, [&town] { town.server.reset_connection(); });
  world.every(200ms, [&town] { town.scanner.reset_connection(); });
  pause_some_time(world, town.server, 300ms, 500ms);
  pause_some_time(world, town.scanner, 300ms, 500ms);
  if (chance.happens(0.5)) town.forger.serve(forge(town));
  const double luck = chance.fraction();
  if (luck > 0.4) return true;
  town.may_vanish = world.options().faults;
  const Duration begin = some_time(chance, 1s);
  const Duration end = begin + some_time(chance, 3s);
  if (luck < 0.1) {
    world.at(begin, [&town] { town.server.kill(); });
  } else if (luck < 0.2) {
    world.at(begin, [&town] { town.link->cut(); });
    world.at(end, [&town] { town.link->mend(); });
  } else {
    // A thin pipe with a short queue: so many answers a second pass, and no more.
    Impairment thin = town.link->impairment();
    thin.rate_bits_per_second = 100'000 + chance.bits() % 400'000;
    thin.queue_packets = 2 + chance.bits() % 20;
    town.link->impair(thin);
  }
  return false;
}

}  // namespace patchbay::sim
