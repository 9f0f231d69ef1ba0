// The packet engine in the simulated network: what it finds, over losses, and by what address.
#include "patchbay/net/sim/hop_finder.hpp"
#include "patchbay/net/sim/peers_fixture.hpp"
#include "patchbay/net/udp.hpp"
#include "patchbay/tools/scan/probe/packet_prober_fixture.hpp"

namespace patchbay {
namespace {

Task<Result<>> go(PacketScan& scan, sim::Host& from, PacketProberOptions options = {}) {
  sim::HopFinder finder(from);
  options.hops = &finder;
  co_return co_await scan.go(options);
}

// Nobody accepts: the connections wait, which is as good.
Task<Result<>> listen_on(std::vector<std::uint16_t> ports, Family family) {
  std::vector<TcpListener> listeners;
  for (const std::uint16_t port : ports) {
    auto listener = TcpListener::bind(Endpoint(IpAddress::any(family), port));
    if (!listener) co_return listener.error();
    listeners.push_back(std::move(*listener));
  }
  co_return co_await sleep_for(24h);
}

Task<Result<>> answer_datagrams(std::uint16_t port) {
  auto socket = UdpSocket::bind(Endpoint(IpAddress::any(Family::v4), port));
  if (!socket) co_return socket.error();
  for (;;) {
    std::array<std::byte, 2048> memory;
    const auto got = co_await socket->receive_from(memory);
    if (!got) co_return got.error();
    if (const auto sent = co_await socket->send_to("yes", got->peer); !sent) co_return sent;
  }
}

// 22 and 80 are open, everything else is closed.
void expect_true_states(const PacketScan& scan, std::string_view host, std::size_t ports) {
  const auto found = scan.findings(host);
  EXPECT_EQ(found.size(), ports) << host;
  for (const auto& [port, words] : found) {
    const bool open = port == "tcp/22" || port == "tcp/80";
    EXPECT_EQ(words, open ? "open syn-ack" : "closed reset") << host << " " << port;
  }
}

TEST(PacketProber, FindsOpenAndClosedPortsOverBothFamilies) {
  sim::World world(1);
  const sim::Pair pair(world);
  pair.server.serve(listen_on({22, 80}, Family::v4));
  pair.server.serve(listen_on({22, 80}, Family::v6));
  PacketScan scan(plan_of({"10.0.0.1", "fd00::1"}, tcp_ports(1, 1'500)));
  pair.client.run(go(scan, pair.client));
  const Duration took = sim::run(world);
  expect_true_states(scan, "10.0.0.1", 1'500);
  expect_true_states(scan, "fd00::1", 1'500);
  const ScanTotals totals = scan.run().totals(world.now());
  EXPECT_EQ(totals.matched, 3'000U);
  EXPECT_EQ(totals.foreign, 0U);
  EXPECT_TRUE(totals.complete);
  EXPECT_LT(took, 1s);  // of the world's time: nobody waits for what has answered
}

TEST(PacketProber, TellsTheRoundTripAndTheTry) {
  sim::World world(1);
  const sim::Pair pair(world, {.delay = 10ms});
  pair.server.serve(listen_on({22}, Family::v4));
  PacketScan scan(plan_of({"10.0.0.1"}, tcp_ports(22, 22)));
  pair.client.run(go(scan, pair.client));
  sim::run(world);
  const HostReport report = scan.report("10.0.0.1");
  ASSERT_EQ(report.ports.size(), 1U);
  EXPECT_EQ(report.ports[0].answer.attempt, 1);
  ASSERT_TRUE(report.ports[0].answer.round_trip);
  EXPECT_GE(*report.ports[0].answer.round_trip, 20ms);
  EXPECT_LT(*report.ports[0].answer.round_trip, 23ms);  // a tick, where no timestamp is echoed
}

TEST(PacketProber, FindsTheSameOverLosses) {
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    SCOPED_TRACE(seed);
    sim::World world(seed);
    const sim::Pair pair(world, {.delay = 5ms, .loss = 0.05});
    pair.server.serve(listen_on({22, 80}, Family::v4));
    PacketScan scan(plan_of({"10.0.0.1"}, tcp_ports(1, 500)), {.residual = 1e-6}, seed);
    pair.client.run(go(scan, pair.client));
    sim::run(world);
    expect_true_states(scan, "10.0.0.1", 500);
  }
}

TEST(PacketProber, AHostThatIsNotThereIsUnreachableAndSoIsANetworkWithoutARoute) {
  sim::World world(1);
  const sim::Pair pair(world);
  PacketScan scan(plan_of({"10.0.0.1", "10.0.0.9", "192.168.9.9"}, tcp_ports(1, 50)));
  pair.client.run(go(scan, pair.client));
  const Duration took = sim::run(world);
  for (const auto& [port, words] : scan.findings("10.0.0.1")) {
    EXPECT_EQ(words, "closed reset") << port;
  }
  for (const auto& [port, words] : scan.findings("10.0.0.9")) {
    EXPECT_EQ(words, "filtered host-unreach") << port;
  }
  for (const auto& [port, words] : scan.findings("192.168.9.9")) {
    EXPECT_EQ(words, "filtered net-unreach") << port;
  }
  ASSERT_EQ(scan.notices().size(), 1U);
  EXPECT_NE(scan.notices()[0].find("192.168.9.9"), std::string::npos) << scan.notices()[0];
  EXPECT_LT(took, 2s);
}

TEST(PacketProber, AsksByUdpAndAsNeighbour) {
  sim::World world(1);
  const sim::Pair pair(world);
  pair.server.serve(answer_datagrams(5'000));
  PacketScan scan(plan_of(
      {"10.0.0.1"},
      {{ScanProtocol::udp, 5'000}, {ScanProtocol::udp, 5'001}, {ScanProtocol::neighbour, 0}}));
  pair.client.run(go(scan, pair.client));
  sim::run(world);
  const auto found = scan.findings("10.0.0.1");
  EXPECT_EQ(found.at("udp/5000"), "open udp-response");
  EXPECT_EQ(found.at("udp/5001"), "closed port-unreach");
  EXPECT_EQ(found.at("neighbour/0"), "open neighbour-reply");
}

using Cards = std::map<std::string, std::string>;  // by address

PacketProberOptions noting(Cards& cards) {
  return {.neighbour = [&cards](const IpAddress& address, const EthernetAddress& card) {
    cards[address.to_string()] = to_string(card);
  }};
}

// Of hosts on a link with this one, in whatever way they were asked; not of who is not there, nor
// of whoever else the kernel knows.
TEST(PacketProber, TellsTheCardsOfNeighbours) {
  for (const std::vector<ScanPort>& ports :
       {std::vector<ScanPort>{{ScanProtocol::neighbour, 0}}, tcp_ports(80, 80)}) {
    sim::World world(1);
    const sim::Pair pair(world);
    PacketScan scan(plan_of({"10.0.0.1", "10.0.0.9", "fd00::1"}, ports));
    Cards cards;
    pair.client.run(go(scan, pair.client, noting(cards)));
    sim::run(world);
    const std::string card =
        to_string(pair.server.stack().nics().back().interface().hardware_address);
    EXPECT_EQ(cards, (Cards{{"10.0.0.1", card}, {"fd00::1", card}})) << ports.size();
  }
}

TEST(PacketProber, TellsOfEachProbeAndEachAnswer) {
  sim::World world(1);
  const sim::Pair pair(world);
  PacketScan scan(plan_of({"10.0.0.1"}, {{ScanProtocol::tcp, 80}, {ScanProtocol::neighbour, 0}},
                          TcpMethod::ack));
  std::vector<std::string> lines;
  ScanTrace trace([&](const std::string& line) { lines.push_back(line); });
  pair.client.run(go(scan, pair.client, {.trace = &trace}));
  sim::run(world);
  const auto count = [&](std::string_view part) {
    return std::ranges::count_if(lines,
                                 [&](const std::string& line) { return line.contains(part); });
  };
  EXPECT_EQ(count("sent  tcp 10.0.0.1:80 by ack, try 1"), 1);
  EXPECT_EQ(count("got   tcp 10.0.0.1:80 unfiltered: reset, try 1"), 1);
  EXPECT_EQ(count("sent  neighbour 10.0.0.1, try 1"), 1);
  // Another question, for whose frame the segment goes in, may have been answered, too.
  EXPECT_GE(count("got   neighbour 10.0.0.1 open: neighbour-reply"), 1);
  EXPECT_EQ(count("sent"), 2);
}

// The neighbour is asked for first, and what waits for it does not leave all at once then.
TEST(PacketProber, HostsAreSparedByTheirDelay) {
  sim::World world(1);
  const sim::Pair pair(world);
  PacketScan scan(plan_of({"10.0.0.1"}, tcp_ports(1, 10)), {.host_spacing = 200ms});
  std::vector<Instant> sent;
  ScanTrace trace([&](const std::string& line) {
    if (line.contains("sent")) sent.push_back(world.now());
  });
  pair.client.run(go(scan, pair.client, {.trace = &trace}));
  sim::run(world);
  ASSERT_EQ(sent.size(), 10U);
  for (std::size_t i = 1; i < sent.size(); ++i) EXPECT_GE(sent[i] - sent[i - 1], 200ms) << i;
}

// Two links, and hosts on both.
TEST(PacketProber, GoesByAsManyLinksAsItTakes) {
  sim::World world(1);
  sim::Host& near = world.host("near", "10.0.1.1");
  sim::Host& far = world.host("far", "10.0.2.1");
  sim::Host& client = world.host("client", "10.0.1.9", "10.0.2.9");
  world.link(near, client, {.delay = 1ms});
  world.link(far, client, {.delay = 30ms});
  near.serve(listen_on({22, 80}, Family::v4));
  far.serve(listen_on({22, 80}, Family::v4));
  PacketScan scan(plan_of({"10.0.1.1", "10.0.2.1"}, tcp_ports(1, 200)));
  client.run(go(scan, client));
  sim::run(world);
  expect_true_states(scan, "10.0.1.1", 200);
  expect_true_states(scan, "10.0.2.1", 200);
}

TEST(PacketProber, TheSameSeedGivesTheSameRun) {
  const auto hash = [](std::uint64_t seed) {
    sim::World world(seed);
    const sim::Pair pair(world, {.delay = 5ms, .loss = 0.05});
    pair.server.serve(listen_on({22}, Family::v4));
    PacketScan scan(plan_of({"10.0.0.1"}, tcp_ports(1, 100)));
    pair.client.run(go(scan, pair.client));
    sim::run(world);
    return world.hash();
  };
  EXPECT_EQ(hash(7), hash(7));
  EXPECT_NE(hash(7), hash(8));
}

Task<Result<>> stop_after(PacketScan& scan, Duration time) {
  if (const auto slept = co_await sleep_for(time); !slept) co_return slept;
  scan.run().stop(Loop::current().now());
  co_return ok();
}

// Nothing answers there, and it would go on for a while.
TEST(PacketProber, EndsSoonAfterItIsStopped) {
  sim::World world(1);
  const sim::Pair pair(world, {.delay = 1ms});
  pair.link.cut();
  PacketScan scan(plan_of({"fd00::1"}, tcp_ports(1, 60'000)));
  pair.client.run(go(scan, pair.client));
  pair.client.run(stop_after(scan, 500ms));
  EXPECT_LT(sim::run(world), 1s);
}

}  // namespace
}  // namespace patchbay
