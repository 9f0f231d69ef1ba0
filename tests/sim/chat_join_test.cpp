// A bot of `chat join` on a bad network, with a server that hangs up now and then: whatever it read
// is said, in its order.
#include <algorithm>
#include <string>

#include "patchbay/net/sim/peers_fixture.hpp"
#include "patchbay/net/sim/seeds.hpp"
#include "patchbay/net/unix.hpp"
#include "patchbay/tools/chat_client/chat_feed.hpp"
#include "patchbay/tools/chat_client/chat_session.hpp"
#include "patchbay/tools/chat_client/irc_server_fixture.hpp"

namespace patchbay::sim {
namespace {

using namespace chat_client;

constexpr std::uint16_t k_port = 6667;
constexpr int k_lines = 60;
constexpr int k_most_resets = 5;

class NoView final : public ChatView {
 public:
  void happened(const ChatEvent&) override {}
  void connection(const ChatConnection&) override {}
};

Task<Result<>> server(const IrcServerScript& script, IrcServerLog& log) {
  auto listener = TcpListener::bind(Endpoint(IpAddress::any(Family::v4), k_port));
  if (!listener) co_return listener.error();
  co_return co_await serve_irc(*listener, script, log);
}

Task<Result<>> type(Stream& keys, Chance& chance) {
  for (int i = 0; i < k_lines; ++i) {
    const std::string line = "line " + std::to_string(i) + "\n";
    if (const auto written = co_await keys.write_all(line); !written) co_return written;
    if (chance.happens(0.9)) continue;
    if (const auto slept = co_await sleep_for(200ms); !slept) co_return slept;
  }
  co_return co_await keys.shutdown_write();
}

Task<Result<>> run_bot(ChatPlan& plan, Stream& input) {
  ChatModel model;
  NoView view;
  Output out({.quiet = true});
  ChatSession session(plan, "", model, view, 0);
  ChatFeed feed(session, model, out, {.room = "#lobby", .patience = 5min});
  co_return co_await either(session.run(), feed.run(input));
}

Task<Result<>> bot(ChatPlan& plan, Chance& chance) {
  auto listener = UnixListener::bind(*UnixAddress::parse("@input"));
  if (!listener) co_return listener.error();
  auto keys = co_await UnixStream::connect(listener->local());
  if (!keys) co_return keys.error();
  auto input = co_await listener->accept();
  if (!input) co_return input.error();
  co_return co_await both(run_bot(plan, *input), type(*keys, chance));
}

// A session waits by deadlines and a server by the end of its client, so there is no world without.
TEST(SimulatedChatJoin, ABotSaysAllThatItReads) {
  for_each_seed({.name = "SimulatedChatJoin.ABotSaysAllThatItReads", .calm = false},
                [](World& world) {
                  Pair pair(world, {.delay = 5ms, .jitter = 2ms, .loss = 0.02});
                  pair.server.faults() = {.short_reads = 0.1, .short_writes = 0.1};
                  pair.client.faults() = {.short_reads = 0.1, .short_writes = 0.1};
                  Chance chance = world.chance_for("typing");
                  const IrcServerScript script{.hang_up_after = 1 + chance.bits() % 30,
                                               .hang_ups = static_cast<int>(chance.bits() % 3)};
                  IrcServerLog log;
                  ChatPlan plan{.nick = "ann", .rooms = {"#lobby"}, .timeout = 1min};
                  plan.to = {pair.server.address().to_string(), k_port};
                  pair.server.serve(server(script, log));
                  int resets = 0;
                  world.every(3s, [&] {
                    if (resets < k_most_resets) resets += pair.server.reset_connection() ? 1 : 0;
                  });
                  // A first connection that is reset before the welcome is a failure and no loss.
                  pair.client.run(bot(plan, chance));
                  const Verdict verdict = world.run();
                  if (!verdict && log.said.empty()) return;
                  EXPECT_TRUE(verdict) << verdict.describe();
                  int next = 0;
                  for (const std::string& line : log.said) {
                    if (line == "line " + std::to_string(next)) ++next;
                  }
                  EXPECT_EQ(next, k_lines);
                });
}

}  // namespace
}  // namespace patchbay::sim
