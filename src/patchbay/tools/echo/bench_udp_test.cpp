#include "patchbay/tools/echo/bench_udp.hpp"

#include "patchbay/net/udp.hpp"
#include "patchbay/tools/echo/connect_test_peers.hpp"

namespace patchbay {
namespace {

enum class Manner : std::uint8_t { echo, twice, lose_every_third, cut, corrupt, silent };

Task<Result<>> answer_all(UdpSocket& server, Manner manner) {
  std::vector<std::byte> memory(65'536);
  for (std::uint64_t heard = 1;; ++heard) {
    const auto got = co_await server.receive_from(memory);
    if (!got) co_return got.error();
    std::span<std::byte> bytes = got->bytes;
    if (manner == Manner::silent || (manner == Manner::lose_every_third && heard % 3 == 0))
      continue;
    if (manner == Manner::cut) bytes = bytes.first(bytes.size() - 1);
    if (manner == Manner::corrupt) bytes.back() ^= std::byte{1};
    for (int copies = manner == Manner::twice ? 2 : 1; copies > 0; --copies) {
      const auto sent = co_await server.send_to(bytes, got->peer);
      if (!sent) co_return sent;
    }
  }
}

Task<Result<>> keep_result(BenchOptions options, BenchReport& report, Result<>& result) {
  result = co_await bench_udp(std::move(options), report);
  co_return ok();
}

Task<> load_peer(Manner manner, BenchOptions options, BenchReport& report, Result<>& result) {
  auto server = UdpSocket::bind(loopback());
  CO_REQUIRE(server);
  const auto local = server->local();
  CO_REQUIRE(local);
  options.to = host_port(*local);
  [[maybe_unused]] const auto ended =
      co_await either(answer_all(*server, manner), keep_result(std::move(options), report, result));
}

void run_load(Manner manner, BenchOptions options, BenchReport& report) {
  Result<> result;
  run_with_loop(load_peer, manner, std::move(options), report, result);
  EXPECT_TRUE(result) << result.error().describe();
}

std::uint64_t faults(const BenchReport& report, BenchFault fault) {
  return report.faults[static_cast<std::size_t>(fault)];
}

// Loopback loses nothing while so little is on its way.
TEST(BenchUdp, EveryDatagramHasItsAnswer) {
  BenchReport report;
  run_load(Manner::echo,
           {.connections = 4, .depth = 8, .warmup = 10ms, .time = 100ms, .timeout = 30s}, report);
  EXPECT_EQ(report.faults_in_all(), 0U);
  EXPECT_EQ(report.unanswered, 0U);
  EXPECT_GT(report.requests, 0U);
  EXPECT_EQ(report.latency.count(), report.requests);
  EXPECT_EQ(report.late_answers, 0U);
  EXPECT_EQ(report.connected, 4U);
}

TEST(BenchUdp, AnOpenLoopSendsWhatIsDueAndNoMore) {
  BenchReport report;
  run_load(Manner::echo,
           {.connections = 3,
            .size_bytes = 8,
            .rate = 2000,
            .warmup = 0s,
            .time = 100ms,
            .timeout = 10s},
           report);
  EXPECT_EQ(report.requests, 200U);
  EXPECT_EQ(report.latency.count(), 200U);
  EXPECT_EQ(report.faults_in_all(), 0U);
}

TEST(BenchUdp, ASecondAnswerCountsAsLate) {
  BenchReport report;
  run_load(Manner::twice, {.warmup = 0s, .time = 50ms, .timeout = 30s}, report);
  EXPECT_EQ(report.faults_in_all(), 0U);
  EXPECT_EQ(report.unanswered, 0U);
  EXPECT_GT(report.late_answers, 0U);
}

TEST(BenchUdp, WhatIsLostIsCountedAndReplaced) {
  BenchReport report;
  run_load(Manner::lose_every_third, {.depth = 4, .warmup = 0s, .time = 200ms, .timeout = 20ms},
           report);
  EXPECT_GT(faults(report, BenchFault::lost), 4U);  // more than one round of the depth
  EXPECT_EQ(report.faults_in_all(), faults(report, BenchFault::lost));
  EXPECT_EQ(report.unanswered, faults(report, BenchFault::lost));
  EXPECT_EQ(report.latency.count() + report.unanswered, report.requests);
}

TEST(BenchUdp, AnOpenLoopCountsWhatIsLost) {
  BenchReport report;
  run_load(Manner::silent, {.rate = 1000, .warmup = 0s, .time = 100ms, .timeout = 20ms}, report);
  EXPECT_EQ(report.requests, 100U);
  EXPECT_EQ(faults(report, BenchFault::lost), 100U);
  EXPECT_EQ(report.unanswered, 100U);
}

TEST(BenchUdp, AWrongAnswerEndsItsSocket) {
  BenchReport cut;
  run_load(Manner::cut, {.connections = 2, .warmup = 0s, .time = 60s, .timeout = 30s}, cut);
  EXPECT_EQ(faults(cut, BenchFault::short_answer), 2U);
  EXPECT_EQ(cut.unanswered, 2U);
  BenchReport corrupt;
  run_load(Manner::corrupt, {.connections = 2, .rate = 100, .warmup = 0s, .time = 60s}, corrupt);
  EXPECT_EQ(faults(corrupt, BenchFault::mismatched), 2U);
  EXPECT_EQ(corrupt.faults_in_all(), 2U);
}

Endpoint closed_udp_port() {
  const auto socket = UdpSocket::bind(loopback());
  if (!socket) return loopback(1);
  return socket->local().value_or(loopback(1));
}
Task<> load_nobody(BenchReport& report, Result<>& result) {
  result = co_await bench_udp({.to = host_port(closed_udp_port()), .connections = 3, .time = 60s},
                              report);
}
TEST(BenchUdp, ARefusalEndsEachSocketAtOnce) {
  BenchReport report;
  Result<> result;
  run_with_loop(load_nobody, report, result);
  EXPECT_TRUE(result);
  EXPECT_EQ(faults(report, BenchFault::refused), 3U);
  EXPECT_EQ(report.latency.count(), 0U);
}

Task<> load_cancelled(BenchReport& report) {
  (co_await current_scope()).cancel();
  const auto ended = co_await bench_udp({.to = host_port(closed_udp_port())}, report);
  EXPECT_EQ(report.answers, 0U);
  EXPECT_EQ(report.faults_in_all(), 0U);
  if (!ended) EXPECT_EQ(ended.error().fault(), Fault::cancelled);
}
TEST(BenchUdp, StartedCancelledItCountsNoFault) {
  BenchReport report;
  run_with_loop(load_cancelled, report);
}

}  // namespace
}  // namespace patchbay
