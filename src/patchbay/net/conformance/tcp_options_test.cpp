// The options of TCP sockets: what was asked for is in force, is read back, and does what it says.
#include <cerrno>
#include <string>

#include "patchbay/net/conformance/udp_fixture.hpp"

namespace patchbay {
namespace {

class TcpSocketOptions : public EngineTest {};
INSTANTIATE_TEST_SUITE_P(, TcpSocketOptions, all_engines(), engine_name);

Task<> are_read_back() {
  auto pair = co_await connect_pair();
  CO_ASSERT(pair);
  const TcpOptions wanted{.keepalive = Keepalive{.idle = 30s, .interval = 5s, .probes = 3},
                          .receive_buffer_bytes = 32 * 1024,
                          .send_buffer_bytes = 32 * 1024,
                          .unsent_bytes = 96 * 1024,
                          .user_timeout = 20s,
                          .congestion = "reno"};
  EXPECT_TRUE(pair->client.set(wanted));
  const auto settings = pair->client.settings();
  CO_ASSERT(settings && settings->keepalive);
  EXPECT_TRUE(settings->no_delay);
  EXPECT_EQ(settings->keepalive->idle, 30s);
  EXPECT_EQ(settings->keepalive->interval, 5s);
  EXPECT_EQ(settings->keepalive->probes, 3);
  EXPECT_GE(settings->receive_buffer_bytes, 32U * 1024);
  EXPECT_GE(settings->send_buffer_bytes, 32U * 1024);
  EXPECT_EQ(settings->unsent_bytes, 96U * 1024);
  EXPECT_EQ(settings->user_timeout, 20s);
  EXPECT_EQ(settings->congestion, "reno");
}
TEST_P(TcpSocketOptions, AreReadBack) { run(are_read_back()); }

// Every stream begins without delay, so that `false` has to take it away.
Task<> delay_comes_back() {
  auto pair = co_await connect_pair();
  CO_ASSERT(pair);
  for (const bool wanted : {false, true}) {
    EXPECT_TRUE(pair->client.set({.no_delay = wanted}));
    const auto settings = pair->client.settings();
    CO_ASSERT(settings);
    EXPECT_EQ(settings->no_delay, wanted);
  }
}
TEST_P(TcpSocketOptions, ADelayCanBeAskedForAgain) { run(delay_comes_back()); }

Task<> unknown_congestion() {
  auto pair = co_await connect_pair();
  CO_ASSERT(pair);
  const auto set = pair->client.set({.congestion = "carrier-pigeon"});
  CO_ASSERT(!set);
  EXPECT_EQ(set.error().code(), ENOENT);
  EXPECT_EQ(set.error().subject(), "carrier-pigeon");
  EXPECT_NE(set.error().remedy().find("tcp_available_congestion_control"), std::string::npos);
}
TEST_P(TcpSocketOptions, AnUnknownCongestionControlIsNamed) { run(unknown_congestion()); }

Task<> accepted_streams_inherit() {
  auto pair = co_await connect_pair(
      {.stream = {.keepalive = Keepalive{.idle = 45s}, .unsent_bytes = 64 * 1024}});
  CO_ASSERT(pair);
  const auto settings = pair->server.settings();
  CO_ASSERT(settings && settings->keepalive);
  EXPECT_TRUE(settings->no_delay);
  EXPECT_EQ(settings->keepalive->idle, 45s);
  EXPECT_EQ(settings->unsent_bytes, 64U * 1024);
}
TEST_P(TcpSocketOptions, AreInheritedByAcceptedStreams) { run(accepted_streams_inherit()); }

Task<> backlogs() {
  for (const int wanted : {1, 7}) {
    const auto listener = TcpListener::bind(loopback(), {.backlog = wanted});
    CO_ASSERT(listener);
    EXPECT_EQ(listener->backlog().value_or(-1), wanted);
  }
  const auto greedy = TcpListener::bind(loopback(), {.backlog = 2'000'000'000});
  CO_ASSERT(greedy);
  EXPECT_LT(greedy->backlog().value_or(0), 2'000'000'000);  // net.core.somaxconn
  EXPECT_GT(greedy->backlog().value_or(0), 7);
}
TEST_P(TcpSocketOptions, TheBacklogIsReadBackAsItWasCapped) { run(backlogs()); }

// A server of several threads learns so that its port is free, and breaks nobody off by it.
Task<> held_addresses() {
  const auto held = TcpListener::bind(loopback(), {.listen = false});
  CO_ASSERT(held);
  EXPECT_NE(held->local().port(), 0);
  const auto client = co_await TcpStream::connect(held->local());
  CO_ASSERT(!client);
  EXPECT_EQ(client.error().fault(), Fault::refused);

  const auto listener = TcpListener::bind(loopback());
  CO_ASSERT(listener);
  const auto second = TcpListener::bind(listener->local(), {.listen = false});
  CO_ASSERT(!second);
  EXPECT_EQ(second.error().code(), EADDRINUSE);
}
TEST_P(TcpSocketOptions, AnAddressMayBeHeldWithoutListening) { run(held_addresses()); }

Task<> by_one_interface() {
  auto listener = TcpListener::bind(loopback());
  CO_ASSERT(listener);
  const auto stream = co_await TcpStream::connect(
      listener->local(), {.interface = loopback_interface().name}, guard());
  EXPECT_TRUE(stream) << stream.error().describe();
  const auto nowhere =
      co_await TcpStream::connect(listener->local(), {.interface = "no-such-link"}, guard());
  CO_ASSERT(!nowhere);
  EXPECT_EQ(nowhere.error().code(), ENODEV);
  EXPECT_EQ(nowhere.error().subject(), "no-such-link");
}
TEST_P(TcpSocketOptions, AConnectionLeavesByTheInterfaceItWasGiven) { run(by_one_interface()); }

// [::] takes IPv4 only where that is asked for; alone it leaves the port to a listener of IPv4.
Task<> both_families_at_once() {
  for (const bool v6_only : {false, true}) {
    auto listener =
        TcpListener::bind(Endpoint(IpAddress::any(Family::v6), 0), {.v6_only = v6_only});
    CO_ASSERT(listener);
    const std::uint16_t port = listener->local().port();
    for (const Family family : {Family::v4, Family::v6}) {
      const bool wanted = family == Family::v6 || !v6_only;
      const auto stream = co_await TcpStream::connect(loopback(family, port), guard());
      EXPECT_EQ(stream.has_value(), wanted);
    }
    const auto second = TcpListener::bind(Endpoint(IpAddress::any(Family::v4), port));
    EXPECT_EQ(second.has_value(), v6_only);
  }
}
TEST_P(TcpSocketOptions, AListenerTakesBothFamiliesWhenAsked) { run(both_families_at_once()); }

}  // namespace
}  // namespace patchbay
