// `udp serve` and `udp connect` on a bad network: every datagram is lost, doubled or received, and
// the counts of both programs and of the link say the same.
#include <algorithm>

#include "patchbay/tools/echo/connect_udp.hpp"
#include "patchbay/tools/echo/serve_udp.hpp"
#include "tool_peers.hpp"

namespace patchbay::sim {
namespace {

void expect_fine(World& world) {
  const Verdict verdict = world.run();
  EXPECT_TRUE(verdict) << verdict.describe();
}

Task<Result<>> serve_udp_tool(UdpServeOptions options, UdpServeTotals& totals) {
  auto socket = bind_udp_server(Endpoint(IpAddress::any(Family::v4), k_tool_port));
  if (!socket) co_return socket.error();
  std::vector<patchbay::UdpSocket> sockets;
  sockets.push_back(std::move(*socket));
  co_return co_await serve_udp(std::move(sockets), std::move(options), totals, nullptr);
}

struct Asked {
  unsigned sent = 0;
  std::uint64_t answered = 0;
  std::uint64_t late = 0;
};

// When each datagram of a question is due.
constexpr std::array<Duration, 4> k_sent_at = {0ms, 500ms, 1500ms, 3500ms};

// How many were due within that time.
unsigned due_within(Duration time) {
  return static_cast<unsigned>(
      std::ranges::count_if(k_sent_at, [time](Duration at) { return at <= time; }));
}

Task<Result<>> ask(Endpoint server, std::string question, Asked& asked) {
  auto socket = co_await connect_udp({.to = {server.address().to_string(), server.port()}});
  if (!socket) co_return socket.error();
  const Instant begin = Loop::current().now();
  unsigned sent = 0;
  const auto answer = co_await ask_udp(*socket, {.question = question}, sent);
  const Duration took = Loop::current().now() - begin;
  asked.sent += sent;
  // A turn may begin a little after its time.
  EXPECT_GE(sent, due_within(took - 10ms));
  EXPECT_LE(sent, due_within(took));
  if (answer) {
    EXPECT_EQ(answer->bytes, question);
    ++asked.answered;
    co_return ok();
  }
  EXPECT_EQ(answer.error().fault(), Fault::timed_out) << answer.error().describe();
  EXPECT_EQ(sent, 4U);
  EXPECT_GE(took, 5s);
  EXPECT_LE(took, 5s + 10ms);
  ++asked.late;
  co_return ok();
}

// What entered the link and what left it, after all has arrived.
void expect_balance(const Link& link, const Asked& asked, const UdpServeTotals& totals) {
  const LinkTotals carried = link.totals();
  EXPECT_EQ(totals.received_datagrams, totals.sent_datagrams);
  EXPECT_EQ(totals.received_bytes, totals.sent_bytes);
  EXPECT_EQ(carried.offered_packets, asked.sent + totals.sent_datagrams);
  EXPECT_LE(totals.received_datagrams, asked.sent + carried.duplicated_packets);
  EXPECT_GE(totals.received_datagrams + carried.lost_packets, asked.sent);
}

void all_is_lost(World& world) {
  Asked asked;
  UdpServeTotals totals;
  Pair pair(world, {.delay = 20ms, .jitter = 5ms, .loss = 1});
  pair.server.serve(serve_udp_tool({}, totals));
  pair.client.run(ask(tool_at(pair.server), "anybody there?", asked));
  expect_fine(world);
  EXPECT_EQ(asked.sent, 4U);
  EXPECT_EQ(asked.late, 1U);
  EXPECT_EQ(totals.received_datagrams, 0U);
  EXPECT_EQ(pair.link.totals().lost_packets, 4U);
}
TEST(SimulatedUdpConnect, AsksFourTimesInFiveSeconds) {
  for_each_seed({.name = "SimulatedUdpConnect.AsksFourTimesInFiveSeconds", .calm = false},
                all_is_lost);
}

SIM_TEST(SimulatedUdpConnect, IsAnsweredDespiteLosses) {
  Asked asked;
  UdpServeTotals totals;
  Pair pair(world, {.delay = 20ms, .jitter = 5ms, .loss = 0.3, .duplicate = 0.05});
  pair.server.serve(serve_udp_tool({}, totals));
  for (int i = 0; i < 20; ++i) {
    pair.client.run(ask(tool_at(pair.server), "question " + std::to_string(i), asked));
  }
  pair.client.run(stay(10s));  // for what comes too late
  expect_fine(world);
  EXPECT_EQ(asked.answered + asked.late, 20U);
  EXPECT_GE(asked.answered, 10U);  // of 18.6 on average
  expect_balance(pair.link, asked, totals);
  if (world.options().faults) return;
  EXPECT_EQ(asked.answered, 20U);
  EXPECT_EQ(asked.sent, 20U);
}

Task<Result<>> be_refused(Endpoint server, unsigned& sent) {
  auto socket = co_await connect_udp({.to = {server.address().to_string(), server.port()}});
  if (!socket) co_return socket.error();
  const auto answer = co_await ask_udp(*socket, {.question = "hello"}, sent);
  EXPECT_FALSE(answer);
  // The refusal may be lost each time.
  if (!answer && answer.error().fault() != Fault::timed_out) {
    EXPECT_EQ(answer.error().fault(), Fault::refused);
  }
  co_return ok();
}

SIM_TEST(SimulatedUdpConnect, IsRefusedAtOnce) {
  unsigned sent = 0;
  Pair pair(world, {.delay = 20ms, .loss = 0.02});
  pair.client.run(be_refused(tool_at(pair.server), sent));
  expect_fine(world);
  const LinkTotals carried = pair.link.totals();
  EXPECT_LE(sent, 1 + carried.lost_packets);
}

}  // namespace
}  // namespace patchbay::sim
