// For tests: an echo server, and clients that account for every byte.
#pragma once

#include <gtest/gtest.h>

#include <string>

#include "patchbay/net/serve.hpp"
#include "patchbay/net/sim/world.hpp"
#include "patchbay/net/tcp.hpp"

namespace patchbay::sim {

inline constexpr std::uint16_t k_echo_port = 7;

inline Task<> echo(TcpStream stream) {
  for (;;) {
    const auto data = co_await stream.receive();
    if (!data || data->empty()) co_return;
    if (const auto sent = co_await stream.write_all(data->bytes()); !sent) co_return;
  }
}

inline Task<Result<>> echo_server(Family family = Family::v4, ListenOptions options = {}) {
  auto listener =
      TcpListener::bind(Endpoint(IpAddress::any(family), k_echo_port), std::move(options));
  if (!listener) co_return listener.error();
  co_return co_await serve_each(*listener, echo);
}

inline Endpoint echo_at(Host& server, Family family = Family::v4) {
  return Endpoint(server.address(family), k_echo_port);
}

inline std::string pattern(std::size_t size, std::uint64_t salt = 0) {
  std::string text(size, '\0');
  for (std::size_t i = 0; i < size; ++i) text[i] = static_cast<char>(i * 7 + (i >> 8) + salt);
  return text;
}

inline Task<Result<>> hear(TcpStream& stream, const std::string& expected) {
  std::string heard;
  while (heard.size() < expected.size()) {
    const auto data = co_await stream.receive();
    if (!data) co_return data.error();
    if (data->empty()) co_return Error(Fault::closed, "hear all of the answer");
    heard += data->text();
  }
  if (heard != expected) co_return Error(Fault::integrity, "hear what was said");
  co_return ok();
}

inline Task<Result<>> tell(TcpStream& stream, const std::string& text) {
  co_return co_await stream.write_all(text);
}

// Writes all of it and reads it back at the same time.
inline Task<Result<>> say(Endpoint to, std::string text) {
  auto stream = co_await TcpStream::connect(to);
  if (!stream) co_return stream.error();
  co_return co_await both(tell(*stream, text), hear(*stream, text));
}

// A world with two hosts and a link, as most tests need it.
struct Pair {
  explicit Pair(World& world, const Impairment& impairment = {.delay = 10ms},
                const WireOptions& wire = {})
      : server(world.host("server", "10.0.0.1", "fd00::1")),
        client(world.host("client", "10.0.0.2", "fd00::2")),
        link(world.link(server, client, impairment, wire)) {}
  Host& server;
  Host& client;
  Link& link;
};

// Runs it, and gives the time that it took.
inline Duration run(World& world) {
  const Verdict verdict = world.run();
  EXPECT_TRUE(verdict) << verdict.describe();
  return verdict.took;
}

}  // namespace patchbay::sim
