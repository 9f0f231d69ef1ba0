// TCP streams, many at once: what must hold whoever is first.
#include <array>
#include <utility>

#include "patchbay/net/conformance/engine_test.hpp"

namespace patchbay {
namespace {

class StreamRaces : public EngineTest {};
INSTANTIATE_TEST_SUITE_P(, StreamRaces, all_engines(), engine_name);

// Connect, exchange, cancel and time out at random moments, 10,000 times: for the sanitizers.
Task<> echo(TcpStream stream) {
  for (;;) {
    const auto got = co_await stream.receive(Deadline::after(1s));
    if (!got || got->empty()) co_return;
    const auto sent = co_await stream.write_all(got->bytes(), Deadline::after(1s));
    if (!sent) co_return;
  }
}
Task<Result<>> serve(TaskGroup& group, TcpListener& listener) {
  for (;;) {
    auto client = co_await listener.accept();
    if (!client) co_return client.error();
    group.spawn(echo, std::move(*client));
  }
}
Task<Result<>> exchange(Endpoint endpoint) {
  auto stream = co_await TcpStream::connect(endpoint);
  if (!stream) co_return stream.error();
  for (int i = 0; i < 3; ++i) {
    const auto sent = co_await stream->write_all("ping");
    if (!sent) co_return sent;
    std::array<std::byte, 4> answer;
    const auto got = co_await stream->read_exact(answer);
    if (!got) co_return got;
  }
  co_return ok();
}
Task<Result<>> cut_after(Duration delay) {
  const auto slept = co_await sleep_for(delay);
  if (!slept) co_return slept;
  co_return Error(Fault::cancelled, "go on");
}
struct Races {
  Endpoint endpoint;
  int timed_out = 0;
  int cancelled = 0;
};
Task<> race(Races& races, Duration limit, bool by_deadline) {
  const auto end = by_deadline
                       ? co_await with_deadline(Deadline::after(limit), exchange(races.endpoint))
                       : co_await either(exchange(races.endpoint), cut_after(limit));
  if (end) co_return;
  const Fault fault = end.error().fault();
  EXPECT_TRUE(fault == (by_deadline ? Fault::timed_out : Fault::cancelled))
      << end.error().describe();
  ++(by_deadline ? races.timed_out : races.cancelled);
}
Task<> race_batch(TaskGroup& group, Races& races) {
  Loop& loop = Loop::current();
  for (int i = 0; i < 100; ++i) {
    const std::uint64_t dice = loop.random_bits();
    group.spawn(race, std::ref(races), Duration(dice % 3'000'000), (dice >> 32) % 2 == 0);
  }
  co_return;
}
Task<Result<>> race_many(Races& races) {
  for (int i = 0; i < 100; ++i) co_await with_group(race_batch, std::ref(races));
  co_return ok();
}
Task<Result<>> run_server(TcpListener& listener) {
  co_return co_await with_group(serve, std::ref(listener));
}
Task<> ten_thousand_races() {
  auto listener = TcpListener::bind(loopback());
  CO_ASSERT(listener);
  Races races{listener->local()};
  EXPECT_TRUE(co_await either(race_many(races), run_server(*listener)));
  // Some limits are shorter than a turn of the loop takes, on any machine.
  EXPECT_GT(races.timed_out, 0);
  EXPECT_GT(races.cancelled, 0);
}
TEST_P(StreamRaces, TenThousandRaces) { run(ten_thousand_races()); }

}  // namespace
}  // namespace patchbay
