// How many events a second a simulated network is good for: TCP echo between pairs of hosts. An
// event is whatever the world takes off its agenda: a packet that arrives, a host's turn, an alarm.
#include <benchmark/benchmark.h>
#include <fmt/format.h>

#include <string>

#include "patchbay/net/serve.hpp"
#include "patchbay/net/sim/world.hpp"
#include "patchbay/net/tcp.hpp"

namespace patchbay {
namespace {

constexpr std::uint16_t k_port = 7;
constexpr std::size_t k_message_bytes = 64;

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

// Goes on for as long as the benchmark does.
Task<Result<>> ask_again_and_again(Endpoint server) {
  auto stream = co_await TcpStream::connect(server);
  if (!stream) co_return stream.error();
  const std::string question(k_message_bytes, 'x');
  std::string answer = question;
  for (;;) {
    const auto sent = co_await stream->write_all(question, Deadline::after(30s));
    if (!sent) co_return sent;
    const auto got = co_await stream->read_exact(std::as_writable_bytes(std::span(answer)),
                                                 Deadline::after(30s));
    if (!got) co_return got;
  }
}

void simulated_echo(benchmark::State& state) {
  sim::World world(1);
  for (int pair = 0; pair < state.range(0) / 2; ++pair) {
    const std::string network = fmt::format("10.{}.{}.", pair / 256, pair % 256);
    sim::Host& server = world.host(network + "1");
    sim::Host& client = world.host(network + "2");
    world.link(server, client, {.delay = 1ms});
    server.serve(serve_echo());
    client.serve(ask_again_and_again(Endpoint(server.address(), k_port)));
  }
  world.run_for(100ms);
  const std::uint64_t before = world.events();
  for (auto _ : state) world.run_for(10ms);
  state.counters["events"] =
      benchmark::Counter(static_cast<double>(world.events() - before), benchmark::Counter::kIsRate);
}
BENCHMARK(simulated_echo)->Arg(2)->Arg(100)->Arg(1000)->MinTime(1);

}  // namespace
}  // namespace patchbay

BENCHMARK_MAIN();
