// TCP between simulated hosts.
#include "patchbay/net/tcp.hpp"

#include <gtest/gtest.h>

#include <string>

#include "patchbay/net/serve.hpp"
#include "patchbay/net/sim/world.hpp"

namespace patchbay::sim {
namespace {

Task<> echo(TcpStream stream) {
  for (;;) {
    const auto data = co_await stream.receive();
    if (!data || data->empty()) co_return;
    if (const auto sent = co_await stream.write_all(data->bytes()); !sent) co_return;
  }
}

Task<Result<>> echo_server(Endpoint local) {
  auto listener = TcpListener::bind(local);
  if (!listener) co_return listener.error();
  co_return co_await serve_each(*listener, echo);
}

Task<Result<>> say(Endpoint to, std::string text) {
  auto stream = co_await TcpStream::connect(to);
  if (!stream) co_return stream.error();
  if (const auto sent = co_await stream->write_all(text); !sent) co_return sent;
  std::string heard(text.size(), '\0');
  const auto got = co_await stream->read_exact(std::as_writable_bytes(std::span(heard)));
  if (!got) co_return got;
  EXPECT_EQ(heard, text);
  co_return ok();
}

TEST(SimTcp, EchoesBetweenTwoHosts) {
  World world(1);
  Host& server = world.host("10.0.0.1", "fd00::1");
  Host& client = world.host("10.0.0.2", "fd00::2");
  world.link(server, client, {.delay = 50ms});
  server.serve(echo_server(Endpoint(server.address(), 7)));
  server.serve(echo_server(Endpoint(server.address(Family::v6), 7)));
  client.run(say(Endpoint(server.address(), 7), "hello"));
  client.run(say(Endpoint(server.address(Family::v6), 7), "hello"));
  const Verdict verdict = world.run();
  EXPECT_TRUE(verdict) << verdict.describe();
  EXPECT_GE(verdict.took, 200ms);  // the handshake's round trip and the echo's
  EXPECT_LT(verdict.took, 201ms);
}

}  // namespace
}  // namespace patchbay::sim
