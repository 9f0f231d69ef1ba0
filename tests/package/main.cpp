// A program of somebody else: it knows the installed headers and the archive, not this repository.
// It listens, connects to itself, and prints what came across.
#include <cstdio>
#include <string>

#include <patchbay/base/text.hpp>
#include <patchbay/net/run.hpp>
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

Task<int> print_it() {
  auto heard = co_await talk_to_myself();
  if (!heard) {
    std::puts(heard.error().describe().c_str());
    co_return 1;
  }
  std::puts(heard->c_str());
  co_return 0;
}

int main() {
  auto result = run(print_it());
  return result ? result->value : 1;
}
