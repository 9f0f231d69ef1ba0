// The load generators on a bad network: each request is counted once, as answered or as not, and
// the server has seen no other.
#include <array>
#include <optional>

#include "patchbay/tools/echo/bench_tcp.hpp"
#include "patchbay/tools/echo/bench_udp.hpp"
#include "patchbay/tools/echo/serve_udp.hpp"
#include "tool_peers.hpp"

namespace patchbay::sim {
namespace {

constexpr std::size_t k_request_bytes = 64;

void expect_fine(World& world) {
  const Verdict verdict = world.run();
  EXPECT_TRUE(verdict) << verdict.describe();
}

std::uint64_t faults(const BenchReport& report, BenchFault fault) {
  return report.faults[static_cast<std::size_t>(fault)];
}

// A load without a warm-up: whatever is sent counts.
BenchOptions load_on(const Host& server, std::optional<double> rate) {
  return {.to = {server.address().to_string(), k_tool_port},
          .connections = 6,
          .size_bytes = k_request_bytes,
          .depth = 4,
          .rate = rate,
          .warmup = 0s,
          .time = 1s,
          .timeout = 3s};
}

// What the report says of itself, whatever has happened.
void expect_counted_once(const BenchReport& report, const BenchOptions& options) {
  EXPECT_EQ(report.requests, report.latency.count() + report.unanswered);
  EXPECT_EQ(report.answers, report.latency.count());
  EXPECT_LE(report.answers_in_time, report.answers);
  // A load ends early when there is nobody left to ask.
  EXPECT_LE(report.measured, options.time);
  if (report.faults_in_all() < options.connections) EXPECT_EQ(report.measured, options.time);
}

// --- TCP -----------------------------------------------------------------------------------------

struct TcpLoad {
  BenchReport report;
  std::array<ServedTcp, 2> lives;
  std::uint64_t resets = 0;

  std::uint64_t heard_by_server() const {
    return lives[0].totals.received_bytes + lives[1].totals.received_bytes;
  }
};

// A server that has one bad day of three kinds.
void trouble(World& world, Pair& pair, TcpLoad& load) {
  Chance chance = world.chance_for("trouble");
  const std::uint64_t kind = chance.bits() % 3;
  const Duration begin = 100ms + some_time(chance, 800ms);
  if (kind == 0) {
    world.every(200ms, [&] { load.resets += pair.server.reset_connection() ? 1U : 0U; });
  } else if (kind == 1) {
    world.at(begin, [&] { pair.server.kill(); });
    world.at(begin + 1500ms, [&] {
      pair.server.restart();
      pair.server.serve(serve_tool({}, load.lives[1]));
    });
  } else {
    world.at(begin, [&] { pair.server.pause(); });
    world.at(begin + some_time(chance, 2s), [&] { pair.server.resume(); });
  }
}

// Without a first connection there is no load, which is no failure of the test.
Task<Result<>> keep_end(BenchOptions options, BenchReport& report, Result<>& end) {
  end = co_await bench_tcp(std::move(options), report);
  co_return ok();
}

void load_tcp(World& world, std::optional<double> rate, std::uint64_t due) {
  TcpLoad load;
  Pair pair(world, {.delay = 5ms, .jitter = 2ms, .loss = 0.02});
  pair.server.faults() = {.short_reads = 0.1, .short_writes = 0.1};
  pair.client.faults() = {.short_reads = 0.1, .short_writes = 0.1};
  const BenchOptions options = load_on(pair.server, rate);
  pair.server.serve(serve_tool({}, load.lives[0]));
  Result<> end;
  pair.client.run(keep_end(options, load.report, end));
  trouble(world, pair, load);
  expect_fine(world);

  const BenchReport& report = load.report;
  if (!end) {
    EXPECT_EQ(report.faults_in_all(), 1U);
    EXPECT_EQ(report.requests, 0U);
    return;
  }
  expect_counted_once(report, options);
  for (const ServedTcp& life : load.lives) life.expect_consistent();
  EXPECT_LE(load.heard_by_server(), report.requests * k_request_bytes);
  EXPECT_GE(load.heard_by_server(), report.answers * k_request_bytes);
  // Each connection fails once at most, and only those that failed owe an answer.
  EXPECT_EQ(report.connected + report.faults_in_all(), options.connections +
                                                           faults(report, BenchFault::reset) +
                                                           faults(report, BenchFault::timed_out));
  EXPECT_LE(report.faults_in_all(), options.connections);
  if (!rate) EXPECT_LE(report.unanswered, report.faults_in_all() * options.depth);
  if (report.faults_in_all() > 0) return;
  EXPECT_EQ(report.unanswered, 0U);
  EXPECT_EQ(load.heard_by_server(), report.requests * k_request_bytes);
  if (rate) EXPECT_EQ(report.requests, due);
}

SIM_TEST(SimulatedBench, AClosedLoopOverTcpCountsEachRequestOnce) {
  load_tcp(world, std::nullopt, 0);
}
SIM_TEST(SimulatedBench, AnOpenLoopOverTcpCountsEachRequestOnce) { load_tcp(world, 600.0, 600); }

// --- UDP -----------------------------------------------------------------------------------------

Task<Result<>> serve_udp_tool(UdpServeTotals& totals) {
  auto socket = bind_udp_server(Endpoint(IpAddress::any(Family::v4), k_tool_port));
  if (!socket) co_return socket.error();
  std::vector<patchbay::UdpSocket> sockets;
  sockets.push_back(std::move(*socket));
  co_return co_await serve_udp(std::move(sockets), {}, totals, nullptr);
}

void load_udp(World& world, std::optional<double> rate, std::uint64_t due) {
  BenchReport report;
  UdpServeTotals totals;
  Pair pair(world, {.delay = 5ms, .jitter = 2ms, .loss = 0.05, .duplicate = 0.02, .reorder = 0.02});
  BenchOptions options = load_on(pair.server, rate);
  options.timeout = 300ms;
  pair.server.serve(serve_udp_tool(totals));
  pair.client.run(bench_udp(options, report));
  pair.client.run(stay(10s));  // for what is still under way
  pause_some_time(world, pair.server, 800ms, 100ms);
  expect_fine(world);

  expect_counted_once(report, options);
  EXPECT_EQ(report.measured, options.time);
  EXPECT_EQ(report.faults_in_all(), faults(report, BenchFault::lost));
  EXPECT_EQ(report.unanswered, faults(report, BenchFault::lost));
  // The link had each request once, and each answer once.
  const LinkTotals carried = pair.link.totals();
  EXPECT_EQ(carried.offered_packets, report.requests + totals.sent_datagrams);
  EXPECT_EQ(totals.sent_datagrams, totals.received_datagrams);
  EXPECT_LE(totals.received_datagrams, report.requests + carried.duplicated_packets);
  // Whatever arrived at either end was counted there, but for answers after the end of the load.
  const std::uint64_t arrived =
      carried.offered_packets + carried.duplicated_packets - carried.lost_packets;
  EXPECT_LE(totals.received_datagrams + report.answers + report.late_answers, arrived);
  EXPECT_GE(report.answers + carried.lost_packets + report.late_answers, report.requests);
  if (rate) EXPECT_EQ(report.requests, due);
  if (world.options().faults) return;
  EXPECT_EQ(report.unanswered, 0U);
}

SIM_TEST(SimulatedBench, AClosedLoopOverUdpCountsEachDatagramOnce) {
  load_udp(world, std::nullopt, 0);
}
SIM_TEST(SimulatedBench, AnOpenLoopOverUdpCountsEachDatagramOnce) { load_udp(world, 600.0, 600); }

// --- a slow rate ---------------------------------------------------------------------------------

// The last of them is answered long before the time is over, all of which counts for the rate.
void load_slowly(World& world, BenchReport& report) {
  Pair pair(world, {.delay = 5ms});
  ServedTcp tcp;
  UdpServeTotals udp;
  BenchOptions options = load_on(pair.server, 2.0);
  options.time = 10s;
  pair.server.serve(serve_tool({}, tcp));
  pair.server.serve(serve_udp_tool(udp));
  const bool over_tcp = world.chance_for("protocol").happens(0.5);
  pair.client.run(over_tcp ? bench_tcp(options, report) : bench_udp(options, report));
  expect_fine(world);
}
SIM_TEST(SimulatedBench, ASlowRateIsByAllOfItsTime) {
  BenchReport report;
  load_slowly(world, report);
  EXPECT_EQ(report.requests, 20U);
  EXPECT_EQ(report.answers_in_time, 20U);
  EXPECT_EQ(report.measured, 10s);
}

}  // namespace
}  // namespace patchbay::sim
