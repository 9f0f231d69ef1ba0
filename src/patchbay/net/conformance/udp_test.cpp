// UDP sockets: what holds on every engine.
#include <set>
#include <string>
#include <vector>

#include "patchbay/net/conformance/udp_fixture.hpp"

namespace patchbay {
namespace {

class Datagrams : public EngineTest {};
INSTANTIATE_TEST_SUITE_P(, Datagrams, all_engines(), engine_name);

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
  EXPECT_EQ(got->text(), "hello");
  EXPECT_EQ(got->peer, *client.local());
  EXPECT_FALSE(got->truncated);
}
TEST_P(Datagrams, CarriesSingleDatagramsWithTheirPeer) { run_on_both_families(single_datagrams); }

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
      EXPECT_EQ(got->text(), expected);
    }
  }
  const auto none = co_await server.receive_from(memory, Deadline::after(1ms));
  EXPECT_FALSE(none);
  EXPECT_EQ(none.error().fault(), Fault::timed_out);
}
TEST_P(Datagrams, OneReceiveTakesOneDatagramAndEmptyOnesCount) {
  run_on_both_families(one_read_a_datagram);
}

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
TEST_P(Datagrams, SaysWhenADatagramWasCut) { run_on_both_families(cut); }

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
    EXPECT_TRUE(to_b && to_b->text() == "from b");
  }
}
TEST_P(Datagrams, AnswersBatchesInPlaceAgainAndAgain) { run_on_both_families(batches); }

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
  EXPECT_TRUE(answer && answer->text() == "abc!");
}
TEST_P(Datagrams, AnAnswerMayBeWrittenIntoTheQuestionsMemory) {
  run_on_both_families(changed_in_place);
}

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
    EXPECT_TRUE(got && got->size == 3000 && got->text() == large);
  }
  // The same batch receives into its own memory again and leaves the lender's alone.
  EXPECT_TRUE(co_await server.send_to("short", *client.local(), guard()));
  EXPECT_EQ((co_await client.receive(batch, guard())).value_or(0), 1U);
  EXPECT_EQ(batch[0].text(), "short");
  EXPECT_EQ(large, std::string(3000, 'L'));
}
TEST_P(Datagrams, SendsBorrowedBytesWithoutACopy) { run_on_both_families(borrowed_then_received); }

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
  EXPECT_TRUE(answer && answer->text() == "answer");

  EXPECT_TRUE(client->disconnect());
  EXPECT_FALSE(client->peer());
  const auto nowhere = co_await client->send("lost", guard());
  EXPECT_EQ(nowhere.error().code(), EDESTADDRREQ);
}
TEST_P(Datagrams, ConnectedHearsOnlyItsPeer) { run_on_both_families(connected); }

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
TEST_P(Datagrams, ConnectedBatchesNeedNoAddress) { run_on_both_families(connected_batches); }

}  // namespace
}  // namespace patchbay
