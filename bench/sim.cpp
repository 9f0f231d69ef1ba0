// How many events a second a simulated network is good for: TCP echo between pairs of hosts. An
// event is whatever the world takes off its agenda: a packet that arrives, a host's turn, an alarm.
#include <benchmark/benchmark.h>
#include <fmt/format.h>

#include <memory>
#include <string>

#include "patchbay/net/serve.hpp"
#include "patchbay/net/sim/world.hpp"
#include "patchbay/net/tcp.hpp"

namespace patchbay {
namespace {

constexpr std::uint16_t k_port = 7;
constexpr std::size_t k_message_bytes = 64;
constexpr std::int64_t k_exchanges = 200'000;  // of all clients together

Task<> echo(TcpStream stream) {
  for (;;) {
    const auto data = co_await stream.receive(Deadline::after(30s));
    if (!data || data->empty()) co_return;
    const auto sent = co_await stream.write_all(data->bytes(), Deadline::after(30s));
    if (!sent) co_return;
  }
}

Task<Result<>> serve_echo() {
  auto listener = TcpListener::bind(Endpoint(IpAddress::any(Family::v4), k_port));
  if (!listener) co_return listener.error();
  co_return co_await serve_each(*listener, echo);
}

Task<Result<>> ask_often(Endpoint server, int times) {
  auto stream = co_await TcpStream::connect(server);
  if (!stream) co_return stream.error();
  const std::string question(k_message_bytes, 'x');
  std::string answer = question;
  for (int i = 0; i < times; ++i) {
    const auto sent = co_await stream->write_all(question, Deadline::after(30s));
    if (!sent) co_return sent;
    const auto got = co_await stream->read_exact(std::as_writable_bytes(std::span(answer)),
                                                 Deadline::after(30s));
    if (!got) co_return got;
  }
  co_return ok();
}

std::unique_ptr<sim::World> make_world(std::int64_t pairs) {
  auto world = std::make_unique<sim::World>(1);
  for (std::int64_t pair = 0; pair < pairs; ++pair) {
    const std::string network = fmt::format("10.{}.{}.", pair / 256, pair % 256);
    sim::Host& server = world->host(network + "1");
    sim::Host& client = world->host(network + "2");
    world->link(server, client, {.delay = 1ms});
    server.serve(serve_echo());
    client.run(
        ask_often(Endpoint(server.address(), k_port), static_cast<int>(k_exchanges / pairs)));
  }
  return world;
}

// Hosts are made before the time is taken, connections while it is.
void simulated_echo(benchmark::State& state) {
  std::uint64_t events = 0;
  for (auto _ : state) {
    state.PauseTiming();
    auto world = make_world(state.range(0) / 2);
    state.ResumeTiming();
    const sim::Verdict verdict = world->run();
    if (!verdict) state.SkipWithError("the run failed");
    state.PauseTiming();
    events += world->events();
    world.reset();
    state.ResumeTiming();
  }
  state.counters["events"] =
      benchmark::Counter(static_cast<double>(events), benchmark::Counter::kIsRate);
}
BENCHMARK(simulated_echo)->ArgName("hosts")->Arg(2)->Arg(100)->Arg(1000)->MinTime(1);

}  // namespace
}  // namespace patchbay

BENCHMARK_MAIN();
