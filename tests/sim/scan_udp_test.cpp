// UDP asked by the kernel's sockets on a bad network: what answers is open, what refuses is closed,
// and silence is never more than that, whatever is lost or repeated on the way and whatever the
// scanner's host lacks; and it ends.
#include <algorithm>
#include <optional>

#include "patchbay/net/udp.hpp"
#include "patchbay/tools/scan/probe/connect_prober.hpp"
#include "patchbay/tools/scan/probe/scan_states_fixture.hpp"
#include "tool_peers.hpp"

namespace patchbay::sim {
namespace {

constexpr std::uint16_t k_first_port = 1000;
constexpr std::uint16_t k_ports = 60;

constexpr PortVerdict k_open{PortState::open, AnswerReason::udp_response};
constexpr PortVerdict k_closed{PortState::closed, AnswerReason::port_unreachable};
constexpr PortVerdict k_silent{PortState::open_or_filtered, AnswerReason::no_response};

enum class Service : std::uint8_t { none, answering, mute };

Task<Result<>> serve_at(Endpoint at, Service service) {
  auto socket = patchbay::UdpSocket::bind(at);
  if (!socket) co_return socket.error();
  std::array<std::byte, 64> room{};
  for (;;) {
    const auto got = co_await socket->receive_from(room);
    if (!got) co_return got.error();
    if (service == Service::mute) continue;
    const auto sent = co_await socket->send_to("yes", got->peer);
    if (!sent) co_return sent.error();
  }
}

Impairment some_impairment(Chance& chance) {
  Impairment link{.delay = some_time(chance, 30ms), .jitter = some_time(chance, 5ms)};
  link.jitter = std::min(link.jitter, link.delay);
  if (chance.happens(0.7)) link.loss = 0.05 * chance.fraction();
  if (chance.happens(0.5)) link.duplicate = 0.1 * chance.fraction();
  if (chance.happens(0.5)) link.reorder = 0.1 * chance.fraction();
  return link;
}

// Over all seeds.
struct Recall {
  std::uint64_t answering = 0;  // ports that answer or refuse
  std::uint64_t missed = 0;     // … and were found silent
};

// A host of which some ports answer, some hear and say nothing, and the others refuse. Beside it
// one that nothing reaches.
struct Town {
  explicit Town(World& of)
      : world(of),
        scanner(world.host("scanner", "10.0.0.2", "fd00::2")),
        server(world.host("server", "10.0.0.1", "fd00::1")),
        mute(world.host("mute", "10.0.0.3")) {
    Chance chance = world.chance_for("town");
    world.link(scanner, server, some_impairment(chance));
    world.link(scanner, mute).cut();
    for (std::uint16_t i = 0; i < k_ports; ++i) {
      const auto port = static_cast<std::uint16_t>(k_first_port + i);
      plan.ports.push_back({ScanProtocol::udp, port});
      services.push_back(static_cast<Service>(chance.bits() % 3));
      if (services.back() == Service::none) continue;
      for (const Family family : {Family::v4, Family::v6}) {
        server.serve(serve_at(Endpoint(server.address(family), port), services.back()));
      }
    }
    std::vector<IpRange> hosts;
    for (const char* const host : {"10.0.0.1", "10.0.0.3", "fd00::1"}) {
      hosts.push_back(*IpRange::parse(host));
    }
    plan.hosts = IpSet(hosts);
    plan.tcp = TcpMethod::connect;
  }

  void scan(const ScanPace& pace = {}) {
    run.emplace(plan, pace, listener, world.seed());
    scanner.run(probe_by_connect(*run));
  }

  void expect_truth(Recall& recall) const {
    for (const std::uint64_t host : {0U, 2U}) expect_truth_of(host, recall);
    const auto states = states_of(run->report(1));
    EXPECT_EQ(states.size(), k_ports);
    for (const auto& [port, verdict] : states) EXPECT_EQ(verdict, k_silent) << port;
  }

  void expect_truth_of(std::uint64_t host, Recall& recall) const {
    const auto states = states_of(run->report(host));
    EXPECT_EQ(states.size(), k_ports);
    for (const auto& [port, verdict] : states) {
      const Service service = services[port - k_first_port];
      if (service == Service::mute) {
        EXPECT_EQ(verdict, k_silent) << port;
        continue;
      }
      ++recall.answering;
      if (verdict == k_silent) {
        ++recall.missed;
      } else {
        EXPECT_EQ(verdict, service == Service::answering ? k_open : k_closed) << port;
      }
    }
  }

  World& world;
  Host& scanner;
  Host& server;
  Host& mute;
  std::vector<Service> services;  // by port
  ScanPlan plan;
  ScanListener listener;
  std::optional<ScanRun> run;
};

void expect_finished(World& world, Town& town, Recall& recall) {
  const Verdict verdict = world.run();
  EXPECT_TRUE(verdict) << verdict.describe();
  EXPECT_TRUE(town.run->finished(world.now()));
  const ScanTotals totals = town.run->totals(world.now());
  EXPECT_EQ(totals.targets, 3U * k_ports);
  EXPECT_EQ(totals.foreign, 0U);
  Recall here;
  town.expect_truth(here);
  if (!world.options().faults) EXPECT_EQ(here.missed, 0U);
  recall.answering += here.answering;
  recall.missed += here.missed;
}

// Nobody can tell loss from what is silent by right, so each is asked three times and no more; and
// a host that stands still for half a second may be silent to all of them.
void expect_recall(const Recall& recall) {
  std::printf("answering: %llu, missed: %llu\n", static_cast<unsigned long long>(recall.answering),
              static_cast<unsigned long long>(recall.missed));
  EXPECT_LE(recall.missed, 1 + recall.answering / 200);
}

TEST(SimulatedUdpScan, TellsWhatIsSo) {
  Recall recall;
  for_each_seed({.name = "SimulatedUdpScan.TellsWhatIsSo"}, [&](World& world) {
    Town town(world);
    town.scan();
    pause_some_time(world, town.server, 300ms, 500ms);
    pause_some_time(world, town.scanner, 300ms, 500ms);
    expect_finished(world, town, recall);
  });
  expect_recall(recall);
}

// Between none and forty, and never the same for long.
TEST(SimulatedUdpScan, AShortageOfDescriptorsIsNoState) {
  Recall recall;
  std::uint64_t shortages = 0;
  for_each_seed({.name = "SimulatedUdpScan.AShortageOfDescriptorsIsNoState"}, [&](World& world) {
    Town town(world);
    Chance chance = world.chance_for("descriptors");
    town.scanner.faults() = {.descriptors = 10};
    world.every(100ms, [&] { town.scanner.faults() = {.descriptors = chance.bits() % 40}; });
    town.scan();
    expect_finished(world, town, recall);
    const ScanTotals totals = town.run->totals(world.now());
    shortages += totals.shortages;
    EXPECT_EQ(town.scanner.notices().size(), totals.shortages > 0 ? 1U : 0U);
  });
  expect_recall(recall);
  EXPECT_GT(shortages, 0U);
}

Task<Result<>> scan_until(ScanRun& run, Duration time) {
  const auto done = co_await with_deadline(Deadline::after(time), probe_by_connect(run));
  if (!done) EXPECT_EQ(done.error().fault(), Fault::timed_out) << done.error().describe();
  co_return ok();
}

// As by Ctrl-C, at any moment: nothing is left behind, and what was told by then is so.
TEST(SimulatedUdpScan, EndsAtOnceWhenItIsCancelled) {
  for_each_seed({.name = "SimulatedUdpScan.EndsAtOnceWhenItIsCancelled", .calm = false},
                [&](World& world) {
                  Town town(world);
                  Chance chance = world.chance_for("cancel");
                  const Duration until = some_time(chance, 2s);
                  town.run.emplace(town.plan, ScanPace(), town.listener, world.seed());
                  town.scanner.run(scan_until(*town.run, until));
                  const Verdict verdict = world.run();
                  EXPECT_TRUE(verdict) << verdict.describe();
                  EXPECT_LE(verdict.took, until + 10ms);
                  for (const std::uint64_t host : {0U, 2U}) {
                    for (const auto& [port, said] : states_of(town.run->report(host))) {
                      const Service service = town.services[port - k_first_port];
                      if (said.state == PortState::open) EXPECT_EQ(service, Service::answering);
                      if (said.state == PortState::closed) EXPECT_EQ(service, Service::none);
                    }
                  }
                });
}

}  // namespace
}  // namespace patchbay::sim
