// Connections by name: what holds on every engine. The race itself is in connect_test.cpp.
#include <memory>

#include "patchbay/net/conformance/resolver_fixture.hpp"
#include "patchbay/net/conformance/udp_fixture.hpp"

namespace patchbay {
namespace {

class Names : public EngineTest {
 protected:
  // What host.test is called; counted in asked_.
  void know(std::optional<Answer> v6, std::optional<Answer> v4) {
    loop().set_resolver(std::make_unique<ScriptedResolver>(std::move(v6), std::move(v4), asked_));
  }

  int asked_ = 0;
};
INSTANTIATE_TEST_SUITE_P(, Names, all_engines(), engine_name);

HostPort host_at(std::uint16_t port) { return {.host = "host.test", .port = port}; }

Task<> reach(Family family) {
  const auto listener = TcpListener::bind(loopback(family));
  CO_ASSERT(listener);
  const auto stream = co_await TcpStream::connect(host_at(listener->local().port()), guard());
  CO_ASSERT(stream);
  const auto peer = stream->peer();
  EXPECT_TRUE(peer && *peer == listener->local());
}
TEST_P(Names, TheFamilyThatAnswersIsReached) {
  for (const Family family : {Family::v4, Family::v6}) {
    know(now({"::1"}), now({"127.0.0.1"}));
    run(reach(family));
  }
  EXPECT_EQ(asked_, 4);
}

Task<> reach_nobody() {
  auto listener = TcpListener::bind(loopback());
  CO_ASSERT(listener);
  const HostPort nobody = host_at(listener->local().port());
  listener->close();
  const auto stream = co_await TcpStream::connect(nobody, guard());
  CO_ASSERT(!stream);
  EXPECT_EQ(stream.error().fault(), Fault::refused);
  EXPECT_EQ(stream.error().subject(), nobody.to_string());
}
TEST_P(Names, WhenAllRefuseTheNameIsNamed) {
  know(now({"::1"}), now({"127.0.0.1"}));
  run(reach_nobody());
}

Task<> reach_no_name() {
  const auto stream = co_await TcpStream::connect(host_at(80), guard());
  CO_ASSERT(!stream);
  EXPECT_EQ(stream.error().fault(), Fault::resolve);
  const auto socket = co_await UdpSocket::connected_to(host_at(80), {}, guard());
  CO_ASSERT(!socket);
  EXPECT_EQ(socket.error().fault(), Fault::resolve);
}
TEST_P(Names, ANameThatDoesNotExistIsNoConnection) {
  know(failing(ResolveFailure::no_such_name), failing(ResolveFailure::no_such_name));
  run(reach_no_name());
}

Task<> silent_server() {
  const auto stream = co_await TcpStream::connect(host_at(80), Deadline::after(1ms));
  CO_ASSERT(!stream);
  EXPECT_EQ(stream.error().fault(), Fault::timed_out);
}
TEST_P(Names, TheDeadlineHoldsForTheLookUpToo) {
  know(std::nullopt, std::nullopt);
  run(silent_server());
}

Task<> datagrams() {
  UdpSocket server = bound(Family::v4);
  auto client = co_await UdpSocket::connected_to(host_at(server.local()->port()), {}, guard());
  CO_ASSERT(client);
  EXPECT_EQ(*client->peer(), *server.local());
  EXPECT_TRUE(co_await client->send("hello", guard()));
  std::array<std::byte, 16> memory{};
  const auto heard = co_await server.receive_from(memory, guard());
  EXPECT_TRUE(heard && heard->text() == "hello");
}
TEST_P(Names, DatagramsGoToNamesToo) {
  know(failing(ResolveFailure::no_address_of_family), now({"127.0.0.1"}));
  run(datagrams());
}

Task<Result<>> connect_to_host() {
  const auto stream = co_await TcpStream::connect(host_at(80), guard());
  if (!stream) co_return stream.error();
  co_return ok();
}
Task<> started_cancelled() {
  const auto end = co_await when_cancelled(connect_to_host());
  CO_ASSERT(!end);
  EXPECT_EQ(end.error().fault(), Fault::cancelled);
}
TEST_P(Names, StartedCancelledNobodyIsAsked) {
  know(now({"::1"}), now({"127.0.0.1"}));
  run(started_cancelled());
  EXPECT_EQ(asked_, 0);
}

}  // namespace
}  // namespace patchbay
