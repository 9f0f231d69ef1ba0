#include "patchbay/net/udp.hpp"

#include <gtest/gtest.h>

#include <set>
#include <string>
#include <vector>

#include "patchbay/net/group.hpp"
#include "patchbay/net/loop.hpp"

namespace patchbay {
namespace {

// Only against a hang: nothing here takes that long.
Deadline guard() { return Deadline::after(20s); }

template <class... Parameters, class... Arguments>
void run(Task<> (*body)(Parameters...), Arguments... arguments) {
  auto loop = Loop::make();
  ASSERT_TRUE(loop) << loop.error().describe();
  (*loop)->run(body(arguments...));
}

Endpoint loopback(Family family, std::uint16_t port = 0) {
  return Endpoint(IpAddress::loopback(family), port);
}

UdpSocket bound(Family family, const UdpOptions& options = {}) {
  auto socket = UdpSocket::bind(loopback(family), options);
  if (!socket) ADD_FAILURE() << socket.error().describe();
  return std::move(*socket);
}

std::string text_of(std::span<const std::byte> bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

// A port of this host that nobody has: it was bound a moment ago.
Endpoint silent_port(Family family) { return *bound(family).local(); }

class Udp : public testing::TestWithParam<Family> {};
INSTANTIATE_TEST_SUITE_P(Families, Udp, testing::Values(Family::v4, Family::v6),
                         [](const auto& info) { return info.param == Family::v4 ? "v4" : "v6"; });

Task<> single_datagrams(Family family) {
  UdpSocket server = bound(family);
  UdpSocket client = bound(family);
  EXPECT_NE(server.local()->port(), 0);
  const auto sent = co_await client.send_to("hello", *server.local(), guard());
  EXPECT_TRUE(sent) << sent.error().describe();
  std::byte memory[64];
  const auto got = co_await server.receive_from(memory, guard());
  EXPECT_TRUE(got) << got.error().describe();
  if (!got) co_return;
  EXPECT_EQ(text_of(std::span(memory).first(got->size)), "hello");
  EXPECT_EQ(got->peer, *client.local());
  EXPECT_FALSE(got->truncated);
}
TEST_P(Udp, CarriesSingleDatagramsWithTheirPeer) { run(single_datagrams, GetParam()); }

Task<> one_read_a_datagram(Family family) {
  UdpSocket server = bound(family);
  UdpSocket client = bound(family);
  for (const char* text : {"one", "", "three"}) {
    EXPECT_TRUE(co_await client.send_to(text, *server.local(), guard()));
  }
  std::byte memory[64];
  for (const std::string expected : {"one", "", "three"}) {
    const auto got = co_await server.receive_from(memory, guard());
    EXPECT_TRUE(got);
    if (got) {
      EXPECT_EQ(text_of(std::span(memory).first(got->size)), expected);
    }
  }
  const auto none = co_await server.receive_from(memory, Deadline::after(1ms));
  EXPECT_FALSE(none);
  EXPECT_EQ(none.error().fault(), Fault::timed_out);
}
TEST_P(Udp, OneReceiveTakesOneDatagramAndEmptyOnesCount) { run(one_read_a_datagram, GetParam()); }

Task<> cut(Family family) {
  UdpSocket server = bound(family);
  UdpSocket client = bound(family);
  EXPECT_TRUE(co_await client.send_to("too long for it", *server.local(), guard()));
  std::byte memory[8];
  const auto got = co_await server.receive_from(memory, guard());
  EXPECT_TRUE(got && got->truncated && got->size == 8);

  EXPECT_TRUE(co_await client.send_to("too long for it", *server.local(), guard()));
  EXPECT_TRUE(co_await client.send_to("fits", *server.local(), guard()));
  DatagramBatch batch({.datagrams = 4, .datagram_bytes = 8});
  std::vector<bool> truncated;
  std::vector<std::string> texts;
  while (texts.size() < 2) {
    const auto count = co_await server.receive(batch, guard());
    EXPECT_TRUE(count);
    if (!count) co_return;
    for (const BatchedDatagram datagram : batch) {
      truncated.push_back(datagram.truncated());
      texts.emplace_back(datagram.text());
    }
  }
  EXPECT_EQ(texts, (std::vector<std::string>{"too long", "fits"}));
  EXPECT_EQ(truncated, (std::vector<bool>{true, false}));
}
TEST_P(Udp, SaysWhenADatagramWasCut) { run(cut, GetParam()); }

Task<> echo_once(UdpSocket& server, DatagramBatch& batch, std::size_t total) {
  for (std::size_t seen = 0; seen < total;) {
    const auto count = co_await server.receive(batch, guard());
    EXPECT_TRUE(count) << count.error().describe();
    if (!count) co_return;
    const auto sent = co_await server.send(batch, guard());
    EXPECT_TRUE(sent && *sent == *count);
    seen += *count;
  }
}

// Three rounds, so that headers are used again after they were sent from.
Task<> batches(Family family) {
  UdpSocket server = bound(family);
  UdpSocket a = bound(family);
  UdpSocket b = bound(family);
  DatagramBatch echo({.datagrams = 8, .datagram_bytes = 128});
  for (int round = 0; round < 3; ++round) {
    DatagramBatch questions({.datagrams = 20, .datagram_bytes = 128});
    std::set<std::string> asked;
    for (std::size_t i = 0; i < 20; ++i) {
      const std::string text = std::string(i, 'x') + std::to_string(round);
      EXPECT_TRUE(questions.add(text, *server.local()));
      asked.insert(text);
    }
    EXPECT_TRUE(questions.full());
    EXPECT_FALSE(questions.add("one too many", *server.local()));
    EXPECT_EQ((co_await a.send(questions, guard())).value_or(0), 20U);
    EXPECT_TRUE(co_await b.send_to("from b", *server.local(), guard()));
    co_await echo_once(server, echo, 21);

    std::set<std::string> answered;
    DatagramBatch answers({.datagrams = 64, .datagram_bytes = 128});
    while (answered.size() < 20) {
      const auto count = co_await a.receive(answers, guard());
      EXPECT_TRUE(count);
      if (!count) co_return;
      for (const BatchedDatagram answer : answers) {
        answered.emplace(answer.text());
        EXPECT_EQ(answer.peer(), *server.local());
      }
    }
    EXPECT_EQ(answered, asked);
    std::byte memory[64];
    const auto to_b = co_await b.receive_from(memory, guard());
    EXPECT_TRUE(to_b && text_of(std::span(memory).first(to_b->size)) == "from b");
  }
}
TEST_P(Udp, AnswersBatchesInPlaceAgainAndAgain) { run(batches, GetParam()); }

Task<> changed_in_place(Family family) {
  UdpSocket server = bound(family);
  UdpSocket client = bound(family);
  EXPECT_TRUE(co_await client.send_to("abc", *server.local(), guard()));
  DatagramBatch batch({.datagrams = 2, .datagram_bytes = 16});
  EXPECT_TRUE(co_await server.receive(batch, guard()));
  const BatchedDatagram question = batch[0];
  EXPECT_EQ(question.room().size(), 16U);
  question.room()[3] = std::byte{'!'};
  question.resize(4);
  EXPECT_TRUE(co_await server.send(batch, guard()));
  std::byte memory[64];
  const auto answer = co_await client.receive_from(memory, guard());
  EXPECT_TRUE(answer && text_of(std::span(memory).first(answer->size)) == "abc!");
}
TEST_P(Udp, AnAnswerMayBeWrittenIntoTheQuestionsMemory) { run(changed_in_place, GetParam()); }

Task<> borrowed_then_received(Family family) {
  UdpSocket server = bound(family);
  UdpSocket client = bound(family);
  const std::string large(3000, 'L');  // larger than the batch's own memory
  DatagramBatch batch({.datagrams = 3, .datagram_bytes = 16});
  EXPECT_FALSE(batch.add(large, *server.local()));
  for (int i = 0; i < 3; ++i) {
    EXPECT_TRUE(batch.add_borrowed(std::as_bytes(std::span(large)), *server.local()));
  }
  EXPECT_EQ((co_await client.send(batch, guard())).value_or(0), 3U);
  std::vector<std::byte> memory(4000);
  for (int i = 0; i < 3; ++i) {
    const auto got = co_await server.receive_from(memory, guard());
    EXPECT_TRUE(got && got->size == 3000 && text_of(std::span(memory).first(3000)) == large);
  }
  // The same batch receives into its own memory again and leaves the lender's alone.
  EXPECT_TRUE(co_await server.send_to("short", *client.local(), guard()));
  EXPECT_EQ((co_await client.receive(batch, guard())).value_or(0), 1U);
  EXPECT_EQ(batch[0].text(), "short");
  EXPECT_EQ(large, std::string(3000, 'L'));
}
TEST_P(Udp, SendsBorrowedBytesWithoutACopy) { run(borrowed_then_received, GetParam()); }

Task<> connected(Family family) {
  UdpSocket server = bound(family);
  auto client = UdpSocket::connected_to(*server.local());
  EXPECT_TRUE(client);
  if (!client) co_return;
  EXPECT_EQ(*client->peer(), *server.local());
  EXPECT_TRUE(co_await client->send("hello", guard()));
  std::byte memory[64];
  const auto got = co_await server.receive_from(memory, guard());
  EXPECT_TRUE(got && got->size == 5);

  // A stranger is not heard.
  UdpSocket stranger = bound(family);
  EXPECT_TRUE(co_await stranger.send_to("psst", *client->local(), guard()));
  EXPECT_TRUE(co_await server.send_to("answer", got->peer, guard()));
  const auto answer = co_await client->receive(memory, guard());
  EXPECT_TRUE(answer && text_of(std::span(memory).first(answer->size)) == "answer");

  EXPECT_TRUE(client->disconnect());
  EXPECT_FALSE(client->peer());
  const auto nowhere = co_await client->send("lost", guard());
  EXPECT_EQ(nowhere.error().code(), EDESTADDRREQ);
}
TEST_P(Udp, ConnectedHearsOnlyItsPeer) { run(connected, GetParam()); }

Task<> connected_batches(Family family) {
  UdpSocket server = bound(family);
  auto client = UdpSocket::connected_to(*server.local());
  DatagramBatch batch({.datagrams = 4, .datagram_bytes = 32});
  const std::string text = "to the peer";
  EXPECT_TRUE(batch.add(std::as_bytes(std::span(text))));
  EXPECT_TRUE(batch.add(std::as_bytes(std::span(text))));
  EXPECT_EQ((co_await client->send(batch, guard())).value_or(0), 2U);
  DatagramBatch echo({.datagrams = 4, .datagram_bytes = 32});
  co_await echo_once(server, echo, 2);
  for (std::size_t seen = 0; seen < 2;) {
    const auto count = co_await client->receive(batch, guard());
    EXPECT_TRUE(count);
    if (!count) co_return;
    for (const BatchedDatagram datagram : batch) EXPECT_EQ(datagram.text(), text);
    seen += *count;
  }
}
TEST_P(Udp, ConnectedBatchesNeedNoAddress) { run(connected_batches, GetParam()); }

// --- faults --------------------------------------------------------------------------------------

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
TEST_P(Udp, ARefusalEndsAReceiveOnce) { run(refused, GetParam()); }

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
TEST_P(Udp, ARefusalWakesAReceiveThatWaits) { run(refused_while_waiting, GetParam()); }

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
  EXPECT_EQ(text_of(std::span(memory).first(report->size)), "who is there");
  EXPECT_EQ(report->error().fault(), Fault::refused);
  EXPECT_EQ(report->error().what(), "cannot reach " + nobody.to_string());

  const auto none = co_await client.receive_error(memory, Deadline::after(1ms));
  EXPECT_EQ(none.error().fault(), Fault::timed_out);
}
TEST_P(Udp, TheErrorQueueTellsWhoSaidWhat) { run(error_queue, GetParam()); }

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
TEST_P(Udp, ErrorsQueueUpInOrder) { run(many_errors, GetParam()); }

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
TEST(UdpErrors, AnUnreadErrorDoesNotKeepTheLoopBusy) { run(unread_error); }

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

  batch.clear();
  EXPECT_TRUE(batch.add_borrowed(bytes, *server.local()));
  const auto none = co_await client.send(batch, guard());
  EXPECT_FALSE(none);
  EXPECT_NE(none.error().what().find(limit + " fit"), std::string::npos) << none.error().what();
}
TEST_P(Udp, TooLargeSaysWhatFitsAndHoldsUpNoOther) { run(too_large, GetParam()); }

Task<> address_in_use(Family family) {
  UdpSocket first = bound(family);
  const auto second = UdpSocket::bind(*first.local());
  EXPECT_FALSE(second);
  EXPECT_EQ(second.error().code(), EADDRINUSE);
  EXPECT_EQ(second.error().subject(), first.local()->to_string());
  co_return;
}
TEST_P(Udp, AnAddressInUseIsNamed) { run(address_in_use, GetParam()); }

Task<> cancelled_in_group(TaskGroup& group) {
  group.cancel();
  UdpSocket socket = bound(Family::v4);
  std::byte memory[64];
  DatagramBatch batch;
  EXPECT_TRUE(batch.add("x", *socket.local()));
  const Deadline deadline = guard();
  EXPECT_EQ((co_await socket.send_to("x", *socket.local(), deadline)).error().fault(),
            Fault::cancelled);
  EXPECT_EQ((co_await socket.send("x", deadline)).error().fault(), Fault::cancelled);
  EXPECT_EQ((co_await socket.send(batch, deadline)).error().fault(), Fault::cancelled);
  EXPECT_EQ((co_await socket.receive_from(memory, deadline)).error().fault(), Fault::cancelled);
  EXPECT_EQ((co_await socket.receive(memory, deadline)).error().fault(), Fault::cancelled);
  EXPECT_EQ((co_await socket.receive(batch, deadline)).error().fault(), Fault::cancelled);
  EXPECT_EQ((co_await socket.receive_error(memory, deadline)).error().fault(), Fault::cancelled);
}
Task<> started_cancelled() { co_await with_group(cancelled_in_group); }
TEST(UdpErrors, EveryOperationStartedCancelledIsCancelled) { run(started_cancelled); }

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
TEST(UdpErrors, ClosingEndsAReceiveThatWaits) { run(closed_meanwhile); }

// --- what comes beside the bytes -----------------------------------------------------------------

constexpr ReceiveMetadata k_all_metadata = {.destination = true,
                                            .hop_limit = true,
                                            .traffic_class = true,
                                            .timestamp = true,
                                            .dropped = true};

Task<> metadata(Family family) {
  UdpSocket server = bound(family, {.ip = {.metadata = k_all_metadata}});
  UdpSocket client = bound(family, {.ip = {.hop_limit = 33, .traffic_class = 0x28}});
  const auto before = Loop::current().wall_clock();
  EXPECT_TRUE(co_await client.send_to("x", *server.local(), guard()));
  DatagramBatch batch({.datagrams = 2, .datagram_bytes = 32, .metadata = true});
  EXPECT_TRUE(co_await server.receive(batch, guard()));
  const DatagramMetadata told = batch[0].metadata();
  EXPECT_EQ(told.hop_limit, 33);
  EXPECT_EQ(told.traffic_class, 0x28);
  EXPECT_EQ(told.destination, IpAddress::loopback(family));
  EXPECT_EQ(told.interface, 1U);  // every network namespace's loopback
  EXPECT_TRUE(told.received_at && *told.received_at >= before - 1s);
  EXPECT_FALSE(told.segment_bytes);
  EXPECT_FALSE(told.auxdata);
}
TEST_P(Udp, TellsWhatWasAskedFor) { run(metadata, GetParam()); }

// 127.0.0.2 is as much this host as 127.0.0.1, so the routes alone would answer from the wrong one.
Task<> answers_from_where_it_was_asked() {
  UdpOptions options;
  options.ip.metadata.destination = true;
  auto server = UdpSocket::bind(Endpoint(IpAddress::any(Family::v4), 0), options);
  UdpSocket client = bound(Family::v4);
  const Endpoint asked(*IpAddress::parse("127.0.0.2"), server->local()->port());
  EXPECT_TRUE(co_await client.send_to("x", asked, guard()));
  DatagramBatch batch({.datagrams = 2, .datagram_bytes = 32, .metadata = true});
  EXPECT_TRUE(co_await server->receive(batch, guard()));
  EXPECT_TRUE(co_await server->send(batch, guard()));
  std::byte memory[64];
  const auto answer = co_await client.receive_from(memory, guard());
  EXPECT_TRUE(answer);
  EXPECT_EQ(answer->peer, asked);
}
TEST(UdpMetadata, AnAnswerLeavesFromTheAddressThatWasAsked) {
  run(answers_from_where_it_was_asked);
}

Task<> send_settings(Family family) {
  UdpSocket server = bound(family, {.ip = {.metadata = k_all_metadata}});
  UdpSocket client = bound(family);
  DatagramBatch out({.datagrams = 2, .datagram_bytes = 32});
  EXPECT_TRUE(out.add("x", *server.local(), {.hop_limit = 7, .traffic_class = 0x10}));
  EXPECT_TRUE(out.add("y", *server.local()));
  EXPECT_EQ((co_await client.send(out, guard())).value_or(0), 2U);
  DatagramBatch in({.datagrams = 1, .datagram_bytes = 32, .metadata = true});
  EXPECT_TRUE(co_await server.receive(in, guard()));
  EXPECT_EQ(in[0].metadata().hop_limit, 7);
  EXPECT_EQ(in[0].metadata().traffic_class, 0x10);
  EXPECT_TRUE(co_await server.receive(in, guard()));
  EXPECT_NE(in[0].metadata().hop_limit, 7);
  EXPECT_EQ(in[0].text(), "y");
}
TEST_P(Udp, ADatagramCanHaveSettingsOfItsOwn) { run(send_settings, GetParam()); }

Task<> segments(Family family) {
  UdpSocket server = bound(family, {.coalesce = true});
  UdpSocket client = bound(family, {.coalesce = true});
  std::string text;
  for (int i = 0; i < 10; ++i) text += std::string(1000, static_cast<char>('a' + i));
  text += "tail";
  DatagramBatch out({.datagrams = 1, .datagram_bytes = 65'000});
  EXPECT_TRUE(out.add(text, *server.local(), {.segment_bytes = 1000}));
  EXPECT_EQ((co_await client.send(out, guard())).value_or(0), 1U);

  // Whether the kernel coalesces is its choice; that nothing is lost or mixed up is not.
  DatagramBatch in({.datagrams = 16, .datagram_bytes = 65'536, .metadata = true});
  std::string received;
  while (received.size() < text.size()) {
    const auto count = co_await server.receive(in, guard());
    EXPECT_TRUE(count);
    if (!count) co_return;
    for (const BatchedDatagram datagram : in) {
      received += datagram.text();
      const auto size = datagram.metadata().segment_bytes;
      if (datagram.bytes().size() > 1000) {
        EXPECT_EQ(size, 1000U);
      }
    }
    EXPECT_EQ((co_await server.send(in, guard())).value_or(0), *count);
  }
  EXPECT_EQ(received, text);
  std::string answered;
  while (answered.size() < text.size()) {
    const auto count = co_await client.receive(in, guard());
    EXPECT_TRUE(count) << count.error().describe();
    if (!count) co_return;
    for (const BatchedDatagram datagram : in) answered += datagram.text();
  }
  EXPECT_EQ(answered, text);
}
TEST_P(Udp, SegmentsAreCutCoalescedAndAnsweredAlike) { run(segments, GetParam()); }

// --- options -------------------------------------------------------------------------------------

Task<> options(Family family) {
  UdpOptions wanted{.reuse_address = true, .reuse_port = true, .broadcast = true, .coalesce = true};
  wanted.ip = {.interface = "lo",
               .receive_buffer_bytes = 50'000,
               .send_buffer_bytes = 60'000,
               .hop_limit = 17,
               .multicast_hop_limit = 9,
               .multicast_loopback = false,
               .multicast_interface = 1,
               .traffic_class = 0x20,
               .fragmentation = Fragmentation::forbid,
               .error_queue = true};
  UdpSocket socket = bound(family, wanted);
  EXPECT_TRUE(socket.connect(*bound(family).local()));
  const auto told = socket.settings();
  EXPECT_TRUE(told) << told.error().describe();
  if (!told) co_return;
  EXPECT_TRUE(told->reuse_address && told->reuse_port && told->broadcast && told->coalesce);
  EXPECT_TRUE(told->error_queue);
  EXPECT_EQ(told->interface, "lo");
  EXPECT_EQ(told->receive_buffer_bytes, 100'000U);  // doubled, as socket(7) says
  EXPECT_EQ(told->send_buffer_bytes, 120'000U);
  EXPECT_EQ(told->hop_limit, 17);
  EXPECT_EQ(told->multicast_hop_limit, 9);
  EXPECT_FALSE(told->multicast_loopback);
  if (family == Family::v6) {
    EXPECT_EQ(told->multicast_interface, 1U);
  }
  EXPECT_EQ(told->traffic_class, 0x20);
  EXPECT_EQ(told->fragmentation, Fragmentation::forbid);
  EXPECT_TRUE(told->path_mtu_bytes && *told->path_mtu_bytes >= 1280);
}
TEST_P(Udp, OptionsAreReadBackAsTheKernelMadeThem) { run(options, GetParam()); }

Task<> both_families_at_once() {
  UdpOptions dual;
  dual.v6_only = false;
  dual.ip.metadata = k_all_metadata;
  auto server = UdpSocket::bind(Endpoint(IpAddress::any(Family::v6), 0), dual);
  EXPECT_TRUE(server) << server.error().describe();
  DatagramBatch batch({.datagrams = 4, .datagram_bytes = 32, .metadata = true});
  for (const Family family : {Family::v4, Family::v6}) {
    UdpSocket client = bound(family);
    const Endpoint to = loopback(family, server->local()->port());
    EXPECT_TRUE(co_await client.send_to("x", to, guard()));
    EXPECT_TRUE(co_await server->receive(batch, guard()));
    EXPECT_TRUE(batch[0].metadata().hop_limit.has_value());
    const auto sent = co_await server->send(batch, guard());
    EXPECT_TRUE(sent) << sent.error().describe();
    std::byte memory[64];
    const auto answer = co_await client.receive_from(memory, guard());
    EXPECT_TRUE(answer && answer->peer == to);
  }
}
TEST(UdpOptionsOf, ADualSocketAnswersBothFamilies) { run(both_families_at_once); }

}  // namespace
}  // namespace patchbay
