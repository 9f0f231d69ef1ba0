// Bugs put in on purpose: a simulated run finds them, and names the guilty.
#include <gtest/gtest.h>

#include <string>

#include "patchbay/net/event.hpp"
#include "patchbay/net/sim/peers_fixture.hpp"
#include "patchbay/net/sim/world.hpp"

namespace patchbay {
namespace {

bool names(const sim::Verdict& verdict, std::string_view text) {
  return verdict.describe().find(text) != std::string::npos;
}

// --- a lost wake-up ------------------------------------------------------------------------------

// A queue of one. The consumer looks, finds nothing, and is about to wait when the producer rings.
struct Mailbox {
  Event news;
  bool full = false;
};

Task<Result<>> consume(Mailbox& mailbox) {
  if (mailbox.full) co_return ok();
  // The bug: whatever happens during this turn is not seen again.
  if (const auto turn = co_await yield(); !turn) co_return turn;
  mailbox.news.reset();
  co_return co_await mailbox.news.wait();
}
Task<Result<>> produce(Mailbox& mailbox) {
  mailbox.full = true;
  mailbox.news.set();
  co_return ok();
}

TEST(SimulatedBugs, ALostWakeUpIsFoundAndNamed) {
  Mailbox mailbox;
  sim::World world(1);
  sim::Host& host = world.host("worker", "10.0.0.1");
  host.run(consume(mailbox));
  host.run(produce(mailbox));
  const sim::Verdict verdict = world.run();
  EXPECT_EQ(verdict.end, sim::Verdict::End::hung);
  EXPECT_TRUE(names(verdict, "worker waits for")) << verdict.describe();
  EXPECT_TRUE(names(verdict, "to see an event: consume (hang_test.cpp:")) << verdict.describe();
}

// --- a forgotten deadline ------------------------------------------------------------------------

Task<Result<>> ask_without_a_deadline(Endpoint server) {
  auto stream = co_await TcpStream::connect(server, Deadline::after(10s));
  if (!stream) co_return stream.error();
  if (const auto slept = co_await sleep_for(1s); !slept) co_return slept;
  const auto news = co_await stream->receive();  // the bug: there is no deadline
  co_return news ? ok() : Result<>(news.error());
}

TEST(SimulatedBugs, AForgottenDeadlineIsFoundAndNamed) {
  sim::World world(1);
  sim::Pair pair(world);
  pair.server.serve(sim::echo_server());
  pair.client.run(ask_without_a_deadline(sim::echo_at(pair.server)));
  world.at(500ms, [&] { pair.server.kill(); });
  const sim::Verdict verdict = world.run();
  EXPECT_EQ(verdict.end, sim::Verdict::End::hung);
  EXPECT_TRUE(names(verdict, "client waits for")) << verdict.describe();
  EXPECT_TRUE(names(verdict, "to read from 10.0.0.1:7: ask_without_a_deadline"))
      << verdict.describe();
}

}  // namespace
}  // namespace patchbay
