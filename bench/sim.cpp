// How many events a second a simulated network is good for: TCP echo between pairs of hosts. An
// event is whatever the world takes off its agenda: a packet that arrives, a host's turn, an alarm.
#include <fmt/format.h>

#include <charconv>
#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "patchbay/net/serve.hpp"
#include "patchbay/net/sim/world.hpp"
#include "patchbay/net/tcp.hpp"

namespace patchbay {
namespace {

constexpr std::uint16_t k_port = 7;
constexpr std::size_t k_message_bytes = 64;
constexpr std::int64_t k_exchanges = 1'000'000;  // of all clients together

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

}  // namespace
}  // namespace patchbay

// Hosts are made before the time is taken, connections while it is.
int main(int argc, char** argv) {
  std::int64_t hosts = 0;
  const std::string_view text = argc == 2 ? argv[1] : "";
  const auto [end, error] = std::from_chars(text.begin(), text.end(), hosts);
  if (error != std::errc() || end != text.end() || hosts < 2 || hosts > 10'000) {
    fmt::print(stderr, "usage: {} HOSTS (2 to 10,000)\n", argv[0]);
    return 2;
  }
  const auto world = patchbay::make_world(hosts / 2);
  const auto begin = std::chrono::steady_clock::now();
  const patchbay::sim::Verdict verdict = world->run();
  const std::chrono::duration<double> took = std::chrono::steady_clock::now() - begin;
  if (!verdict) {
    fmt::print(stderr, "{}\n", verdict.describe());
    return 1;
  }
  fmt::print("{{\"events\": {}, \"seconds\": {}}}\n", world->events(), took.count());
}
