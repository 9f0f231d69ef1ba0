// A connect scan on a bad network: what it calls open is open, what it calls closed is closed,
// whatever is lost, repeated or reset on the way and whatever its own host lacks; and it ends.
#include <algorithm>
#include <optional>

#include "patchbay/tools/scan/probe/connect_prober.hpp"
#include "patchbay/tools/scan/probe/scan_states_fixture.hpp"
#include "tool_peers.hpp"

namespace patchbay::sim {
namespace {

constexpr std::uint16_t k_first_port = 1000;
constexpr std::uint16_t k_ports = 60;

constexpr PortVerdict k_open{PortState::open, AnswerReason::connected};
constexpr PortVerdict k_closed{PortState::closed, AnswerReason::refused};
constexpr PortVerdict k_silent{PortState::filtered, AnswerReason::no_response};

// Each that comes is sent away, or left until the scanner's reset.
Task<> send_away(TcpStream stream) { [[maybe_unused]] const auto data = co_await stream.receive(); }

Task<Result<>> listen_at(Endpoint at) {
  auto listener = TcpListener::bind(at);
  if (!listener) co_return listener.error();
  co_return co_await serve_each(*listener, send_away);
}

Impairment some_impairment(Chance& chance) {
  Impairment link{.delay = some_time(chance, 30ms), .jitter = some_time(chance, 5ms)};
  link.jitter = std::min(link.jitter, link.delay);
  if (chance.happens(0.7)) link.loss = 0.05 * chance.fraction();
  if (link.loss > 0 && chance.happens(0.3)) link.burst_packets = 1 + 3 * chance.fraction();
  if (chance.happens(0.5)) link.duplicate = 0.1 * chance.fraction();
  if (chance.happens(0.5)) link.reorder = 0.1 * chance.fraction();
  return link;
}

// How scans of live hosts went, over all seeds.
struct Recall {
  std::uint64_t open = 0;
  std::uint64_t missed_open = 0;
  std::uint64_t closed = 0;
  std::uint64_t missed_closed = 0;
};

// A host with a firewall of luck: some ports are open. Beside it one that nothing reaches, and an
// address that is nobody's.
struct Town {
  explicit Town(World& of)
      : world(of),
        scanner(world.host("scanner", "10.0.0.2", "fd00::2")),
        server(world.host("server", "10.0.0.1", "fd00::1")),
        mute(world.host("mute", "10.0.0.3")) {
    Chance chance = world.chance_for("town");
    link = &world.link(scanner, server, some_impairment(chance));
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
    for (const char* const host : {"10.0.0.1", "10.0.0.3", "10.0.0.9", "fd00::1"}) {
      hosts.push_back(*IpRange::parse(host));
    }
    plan.hosts = IpSet(hosts);
    plan.tcp = TcpMethod::connect;
  }

  void scan(const ScanPace& pace = {}) {
    run.emplace(plan, pace, listener, world.seed());
    scanner.run(probe_by_connect(*run));
  }

  // Nothing is ever told that is not so, and nobody who cannot answer is said to have answered.
  void expect_truth(Recall& recall) const {
    for (const std::uint64_t host : {0U, 3U}) expect_truth_of(host, recall);
    for (const std::uint64_t host : {1U, 2U}) {
      const auto states = states_of(run->report(host));
      EXPECT_EQ(states.size(), k_ports);
      for (const auto& [port, verdict] : states) EXPECT_EQ(verdict.state, PortState::filtered);
    }
  }

  void expect_truth_of(std::uint64_t host, Recall& recall) const {
    const auto states = states_of(run->report(host));
    EXPECT_EQ(states.size(), k_ports);
    for (std::uint16_t i = 0; i < k_ports; ++i) {
      const auto found = states.find(plan.ports[i].number);
      if (found == states.end()) continue;
      ++(is_open[i] ? recall.open : recall.closed);
      const bool silent = found->second == k_silent;
      if (silent) ++(is_open[i] ? recall.missed_open : recall.missed_closed);
      if (!silent) EXPECT_EQ(found->second, is_open[i] ? k_open : k_closed) << found->first;
    }
  }

  World& world;
  Host& scanner;
  Host& server;
  Host& mute;
  Link* link = nullptr;
  std::vector<bool> is_open;  // by port
  ScanPlan plan;
  ScanListener listener;
  std::optional<ScanRun> run;
};

void expect_finished(World& world, Town& town, Recall& recall) {
  const Verdict verdict = world.run();
  EXPECT_TRUE(verdict) << verdict.describe();
  EXPECT_TRUE(town.run->finished(world.now()));
  const ScanTotals totals = town.run->totals(world.now());
  EXPECT_EQ(totals.targets, 4U * k_ports);
  std::uint64_t states = 0;
  for (const PortState state : k_port_states) states += totals.of(state);
  EXPECT_EQ(states, totals.targets);
  EXPECT_GE(totals.sent, totals.targets);
  Recall here;
  town.expect_truth(here);
  if (!world.options().faults) {
    EXPECT_EQ(here.missed_open, 0U);
    EXPECT_EQ(here.missed_closed, 0U);
    EXPECT_EQ(totals.shortages, 0U);
  }
  recall.open += here.open;
  recall.missed_open += here.missed_open;
  recall.closed += here.closed;
  recall.missed_closed += here.missed_closed;
}

// With up to 5 % lost each way, in bursts too, hardly any port may be missed: a closed one answers
// once to each try, an open one repeats its answer.
void expect_recall(const Recall& recall) {
  std::printf("open: %llu, missed: %llu; closed: %llu, missed: %llu\n",
              static_cast<unsigned long long>(recall.open),
              static_cast<unsigned long long>(recall.missed_open),
              static_cast<unsigned long long>(recall.closed),
              static_cast<unsigned long long>(recall.missed_closed));
  EXPECT_LE(recall.missed_open, 1 + recall.open / 1000);
  EXPECT_LE(recall.missed_closed, 1 + recall.closed / 500);
}

TEST(SimulatedConnectScan, TellsWhatIsSo) {
  Recall recall;
  for_each_seed({.name = "SimulatedConnectScan.TellsWhatIsSo"}, [&](World& world) {
    Town town(world);
    town.scan();
    world.every(200ms, [&] { town.server.reset_connection(); });
    world.every(200ms, [&] { town.scanner.reset_connection(); });
    pause_some_time(world, town.server, 300ms, 500ms);
    pause_some_time(world, town.scanner, 300ms, 500ms);
    expect_finished(world, town, recall);
  });
  expect_recall(recall);
}

// Between none and forty, and never the same for long.
TEST(SimulatedConnectScan, AShortageOfDescriptorsIsNoState) {
  Recall recall;
  std::uint64_t shortages = 0;
  for_each_seed(
      {.name = "SimulatedConnectScan.AShortageOfDescriptorsIsNoState"}, [&](World& world) {
        Town town(world);
        Chance chance = world.chance_for("descriptors");
        const auto change = [&] { town.scanner.faults() = {.descriptors = chance.bits() % 40}; };
        town.scanner.faults() = {.descriptors = 10};
        world.every(100ms, change);
        town.scan();
        expect_finished(world, town, recall);
        const ScanTotals totals = town.run->totals(world.now());
        shortages += totals.shortages;
        EXPECT_EQ(town.scanner.notices().size(), totals.shortages > 0 ? 1U : 0U);
      });
  expect_recall(recall);
  EXPECT_GT(shortages, 0U);
}

Task<Result<>> scan_without_descriptors(ScanRun& run) {
  const auto done = co_await probe_by_connect(run);
  EXPECT_FALSE(done);
  if (!done) EXPECT_EQ(done.error().fault(), Fault::limit) << done.error().describe();
  co_return ok();
}

// Then it does not go on for ever, and calls nothing anything.
TEST(SimulatedConnectScan, AShortageThatStaysIsAnError) {
  for_each_seed(
      {.name = "SimulatedConnectScan.AShortageThatStaysIsAnError", .seeds = 20, .calm = false},
      [](World& world) {
        Town town(world);
        town.scanner.faults() = {.descriptors = 0};
        town.run.emplace(town.plan, ScanPace(), town.listener, world.seed());
        town.scanner.run(scan_without_descriptors(*town.run));
        const Verdict verdict = world.run();
        EXPECT_TRUE(verdict) << verdict.describe();
        EXPECT_EQ(town.run->totals(world.now()).matched, 0U);
        EXPECT_FALSE(town.run->totals(world.now()).complete);
      });
}

// --- an end before the end -----------------------------------------------------------------------

Task<Result<>> scan_until(ScanRun& run, Duration time) {
  const auto done = co_await with_deadline(Deadline::after(time), probe_by_connect(run));
  if (!done) EXPECT_EQ(done.error().fault(), Fault::timed_out) << done.error().describe();
  co_return ok();
}

// As by Ctrl-C, at any moment: nothing is left behind, and what was told by then is so.
TEST(SimulatedConnectScan, EndsAtOnceWhenItIsCancelled) {
  for_each_seed({.name = "SimulatedConnectScan.EndsAtOnceWhenItIsCancelled", .calm = false},
                [&](World& world) {
                  Town town(world);
                  Chance chance = world.chance_for("cancel");
                  const Duration until = some_time(chance, 2s);
                  town.run.emplace(town.plan, ScanPace(), town.listener, world.seed());
                  town.scanner.run(scan_until(*town.run, until));
                  const Verdict verdict = world.run();
                  EXPECT_TRUE(verdict) << verdict.describe();
                  EXPECT_LE(verdict.took, until + 10ms);
                  for (const std::uint64_t host : {0U, 3U}) {
                    for (const auto& [port, said] : states_of(town.run->report(host))) {
                      const bool is_open = town.is_open[port - k_first_port];
                      if (said.state == PortState::open) EXPECT_TRUE(is_open);
                      if (said.state == PortState::closed) EXPECT_FALSE(is_open);
                    }
                  }
                });
}

Task<Result<>> stop_after(Duration time, ScanRun& run) {
  const auto slept = co_await sleep_for(time);
  run.stop(Loop::current().now());
  co_return slept;
}

TEST(SimulatedConnectScan, EndsSoonWhenItsRunIsStopped) {
  for_each_seed({.name = "SimulatedConnectScan.EndsSoonWhenItsRunIsStopped"}, [](World& world) {
    Town town(world);
    Chance chance = world.chance_for("stop");
    const Duration until = some_time(chance, 2s);
    town.scan();
    town.scanner.run(stop_after(until, *town.run));
    const Verdict verdict = world.run();
    EXPECT_TRUE(verdict) << verdict.describe();
    EXPECT_LE(verdict.took, until + 2s);
  });
}

}  // namespace
}  // namespace patchbay::sim
