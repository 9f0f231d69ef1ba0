// What goes wrong with datagrams, and who is told.
#include <string>
#include <vector>

#include "patchbay/net/conformance/udp_fixture.hpp"

namespace patchbay {
namespace {

class DatagramFaults : public EngineTest {};
INSTANTIATE_TEST_SUITE_P(, DatagramFaults, all_engines(), engine_name);

Task<> refused(Family family) {
  const Endpoint nobody = silent_port(family);
  auto client = UdpSocket::connected_to(nobody);
  EXPECT_TRUE(co_await client->send("anybody?", guard()));
  std::byte memory[64];
  const auto got = co_await client->receive(memory, guard());
  EXPECT_FALSE(got);
  EXPECT_EQ(got.error().fault(), Fault::refused);
  EXPECT_EQ(got.error().subject(), nobody.to_string());
  // Once: the next one waits.
  const auto again = co_await client->receive(memory, Deadline::after(1ms));
  EXPECT_EQ(again.error().fault(), Fault::timed_out);
}
TEST_P(DatagramFaults, ARefusalEndsAReceiveOnce) { run_on_both_families(refused); }

Task<Result<>> wait_for_one(UdpSocket& socket) {
  std::byte memory[64];
  const auto got = co_await socket.receive(memory, guard());
  if (!got) co_return got.error();
  co_return ok();
}

Task<Result<>> send_later(UdpSocket& socket) {
  for (int i = 0; i < 3; ++i) {
    if (const auto done = co_await yield(); !done) co_return done.error();
  }
  co_return co_await socket.send("anybody?", guard());
}

Task<> refused_while_waiting(Family family) {
  auto client = UdpSocket::connected_to(silent_port(family));
  const auto done = co_await both(wait_for_one(*client), send_later(*client));
  EXPECT_FALSE(done);
  EXPECT_EQ(done.error().fault(), Fault::refused);
}
TEST_P(DatagramFaults, ARefusalWakesAReceiveThatWaits) {
  run_on_both_families(refused_while_waiting);
}

Task<> error_queue(Family family) {
  const Endpoint nobody = silent_port(family);
  UdpSocket client = bound(family, {.ip = {.error_queue = true}});
  EXPECT_TRUE(co_await client.send_to("who is there", nobody, guard()));
  std::byte memory[64];
  const auto got = co_await client.receive_from(memory, guard());
  EXPECT_EQ(got.error().fault(), Fault::refused);
  const auto report = co_await client.receive_error(memory, guard());
  EXPECT_TRUE(report) << report.error().describe();
  if (!report) co_return;
  const bool v4 = family == Family::v4;
  EXPECT_EQ(report->code, ECONNREFUSED);
  EXPECT_EQ(report->origin, v4 ? ErrorReport::Origin::icmp : ErrorReport::Origin::icmp6);
  EXPECT_EQ(report->icmp_type, v4 ? 3 : 1);  // destination unreachable
  EXPECT_EQ(report->icmp_code, v4 ? 3 : 4);  // port unreachable
  EXPECT_EQ(report->offender, IpAddress::loopback(family));
  EXPECT_EQ(report->destination, nobody);
  EXPECT_EQ(as_text(std::span(memory).first(report->size)), "who is there");
  EXPECT_EQ(report->error().fault(), Fault::refused);
  EXPECT_EQ(report->error().what(), "cannot reach " + nobody.to_string());

  const auto none = co_await client.receive_error(memory, Deadline::after(1ms));
  EXPECT_EQ(none.error().fault(), Fault::timed_out);
}
TEST_P(DatagramFaults, TheErrorQueueTellsWhoSaidWhat) {
  NEEDS(error_queue);
  run_on_both_families(error_queue);
}

// Nobody receives meanwhile: an error is told to whoever asks for it, and several keep their order.
Task<> many_errors(Family family) {
  const Endpoint first = silent_port(family);
  const Endpoint second = silent_port(family);
  UdpSocket client = bound(family, {.ip = {.error_queue = true}});
  std::vector<Endpoint> told;
  for (const Endpoint& nobody : {first, second}) {
    // The error about an earlier datagram may be told here; then this one was not sent.
    auto sent = co_await client.send_to("x", nobody, guard());
    if (!sent) sent = co_await client.send_to("x", nobody, guard());
    EXPECT_TRUE(sent);
  }
  std::byte memory[64];
  for (int i = 0; i < 2; ++i) {
    const auto report = co_await client.receive_error(memory, guard());
    EXPECT_TRUE(report);
    if (!report) co_return;
    told.push_back(report->destination);
  }
  EXPECT_EQ(told, (std::vector{first, second}));
  // With the queue read, receiving works as if nothing had been.
  EXPECT_TRUE(co_await client.send_to("self", *client.local(), guard()));
  EXPECT_TRUE(co_await client.receive_from(memory, guard()));
}
TEST_P(DatagramFaults, ErrorsQueueUpInOrder) {
  NEEDS(error_queue);
  run_on_both_families(many_errors);
}

// A socket with an unread error must not keep the loop turning.
Task<> unread_error() {
  UdpSocket client = bound(Family::v4, {.ip = {.error_queue = true}});
  EXPECT_TRUE(co_await client.send_to("x", silent_port(Family::v4), guard()));
  std::byte memory[64];
  EXPECT_FALSE(co_await client.receive_from(memory, guard()));
  const std::uint64_t before = Loop::current().counters().wakeups;
  const auto none = co_await client.receive_from(memory, Deadline::after(50ms));
  EXPECT_EQ(none.error().fault(), Fault::timed_out);
  EXPECT_LE(Loop::current().counters().wakeups - before, 5U);
}
TEST_P(DatagramFaults, AnUnreadErrorDoesNotKeepTheLoopBusy) {
  NEEDS(error_queue);
  run(unread_error());
}

Task<> too_large(Family family) {
  UdpSocket server = bound(family);
  UdpSocket client = bound(family);
  const std::vector<std::byte> bytes(70'000);
  const auto sent = co_await client.send_to(bytes, *server.local(), guard());
  EXPECT_FALSE(sent);
  EXPECT_EQ(sent.error().code(), EMSGSIZE);
  EXPECT_EQ(sent.error().fault(), Fault::limit);
  const std::string limit = family == Family::v4 ? "65507" : "65527";
  EXPECT_NE(sent.error().what().find("70000 bytes; " + limit + " fit"), std::string::npos)
      << sent.error().what();
  EXPECT_NE(sent.error().remedy(), "");

  DatagramBatch batch({.datagrams = 3, .datagram_bytes = 32});
  EXPECT_TRUE(batch.add("first", *server.local()));
  EXPECT_TRUE(batch.add_borrowed(bytes, *server.local()));
  EXPECT_TRUE(batch.add("third", *server.local()));
  EXPECT_EQ((co_await client.send(batch, guard())).value_or(0), 2U);
  EXPECT_EQ(batch.refused(), 1U);
  EXPECT_EQ(batch.refusal_code(), EMSGSIZE);
  EXPECT_EQ(batch.first_refused(), 1U);
  EXPECT_TRUE(!batch.was_refused(0) && batch.was_refused(1) && !batch.was_refused(2));

  batch.clear();
  EXPECT_TRUE(batch.add_borrowed(bytes, *server.local()));
  const auto none = co_await client.send(batch, guard());
  EXPECT_FALSE(none);
  EXPECT_NE(none.error().what().find(limit + " fit"), std::string::npos) << none.error().what();
  EXPECT_TRUE(batch.was_refused(0));

  batch.clear();
  EXPECT_TRUE(batch.add("fits", *server.local()));
  EXPECT_TRUE(co_await client.send(batch, guard()));
  EXPECT_FALSE(batch.was_refused(0));  // what was before is forgotten
}
TEST_P(DatagramFaults, TooLargeSaysWhatFitsAndHoldsUpNoOther) { run_on_both_families(too_large); }

Task<> address_in_use(Family family) {
  UdpSocket first = bound(family);
  const auto second = UdpSocket::bind(*first.local());
  EXPECT_FALSE(second);
  EXPECT_EQ(second.error().code(), EADDRINUSE);
  EXPECT_EQ(second.error().subject(), first.local()->to_string());
  co_return;
}
TEST_P(DatagramFaults, AnAddressInUseIsNamed) { run_on_both_families(address_in_use); }

Task<Result<>> close_soon(UdpSocket& socket) {
  if (const auto done = co_await yield(); !done) co_return done.error();
  socket.close();
  co_return ok();
}
Task<> closed_meanwhile() {
  UdpSocket socket = bound(Family::v4);
  const auto done = co_await both(wait_for_one(socket), close_soon(socket));
  EXPECT_EQ(done.error().fault(), Fault::closed);
}
TEST_P(DatagramFaults, ClosingEndsAReceiveThatWaits) { run(closed_meanwhile()); }

}  // namespace
}  // namespace patchbay
