// A program of somebody else: it knows the installed headers and the archive, not this repository.
// It listens, connects to itself, and prints what came across: over the kernel, and in a simulated
// world.
#include <cstdio>
#include <string>

#include <patchbay/base/text.hpp>
#include <patchbay/net/run.hpp>
#include <patchbay/net/sim/world.hpp>
#include <patchbay/net/tcp.hpp>

using namespace patchbay;

Task<Result<std::string>> talk_to_myself() {
  auto listener = TcpListener::bind(Endpoint(IpAddress::loopback(Family::v4), 0));
  if (!listener) co_return listener.error();
  auto client = co_await TcpStream::connect(listener->local(), {}, Deadline::after(5s));
  if (!client) co_return client.error();
  auto server = co_await listener->accept(Deadline::after(5s));
  if (!server) co_return server.error();
  auto sent = co_await client->write_all("hello from a stranger", Deadline::after(5s));
  if (!sent) co_return sent.error();
  client->close();

  std::string heard;
  for (;;) {
    auto data = co_await server->receive(Deadline::after(5s));
    if (!data) co_return data.error();
    if (data->empty()) co_return heard;
    heard += as_text(data->bytes());
  }
}

Task<Result<>> print_it() {
  auto heard = co_await talk_to_myself();
  if (!heard) co_return heard.error();
  std::puts(heard->c_str());
  co_return ok();
}

int main() {
  if (const int code = run_main(print_it()); code != 0) return code;
  sim::World world(1);
  world.host("10.0.0.1").run(print_it());
  return world.run() ? 0 : 1;
}
