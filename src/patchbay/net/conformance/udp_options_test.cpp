// What comes and goes beside the bytes of a datagram, and the options of its socket.
#include <string>
#include <vector>

#include "patchbay/net/conformance/udp_fixture.hpp"

namespace patchbay {
namespace {

class DatagramOptions : public EngineTest {};
INSTANTIATE_TEST_SUITE_P(, DatagramOptions, all_engines(), engine_name);

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
  EXPECT_EQ(told.interface, loopback_interface().index);
  EXPECT_TRUE(told.received_at && *told.received_at >= before - 1s);
  EXPECT_FALSE(told.segment_bytes);
  EXPECT_FALSE(told.auxdata);
}
TEST_P(DatagramOptions, TellsWhatWasAskedFor) { run_on_both_families(metadata); }

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
TEST_P(DatagramOptions, AnAnswerLeavesFromTheAddressThatWasAsked) {
  run(answers_from_where_it_was_asked());
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
TEST_P(DatagramOptions, ADatagramCanHaveSettingsOfItsOwn) { run_on_both_families(send_settings); }

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
TEST_P(DatagramOptions, SegmentsAreCutCoalescedAndAnsweredAlike) {
  NEEDS(segmentation_offload);
  run_on_both_families(segments);
}

Task<> options(Family family) {
  const Interface interface = loopback_interface();
  UdpOptions wanted{.reuse_address = true, .reuse_port = true, .broadcast = true};
  wanted.ip = {.interface = interface.name,
               .receive_buffer_bytes = 50'000,
               .send_buffer_bytes = 60'000,
               .hop_limit = 17,
               .multicast_hop_limit = 9,
               .multicast_loopback = false,
               .multicast_interface = interface.index,
               .traffic_class = 0x20,
               .fragmentation = Fragmentation::forbid};
  UdpSocket socket = bound(family, wanted);
  const auto told = socket.settings();
  CO_ASSERT(told);
  EXPECT_TRUE(told->reuse_address && told->reuse_port && told->broadcast);
  EXPECT_FALSE(told->coalesce || told->error_queue);
  EXPECT_EQ(told->interface, interface.name);
  EXPECT_GE(told->receive_buffer_bytes, 50'000U);  // how much more is the engine's choice
  EXPECT_GE(told->send_buffer_bytes, 60'000U);
  EXPECT_EQ(told->hop_limit, 17);
  EXPECT_EQ(told->multicast_hop_limit, 9);
  EXPECT_FALSE(told->multicast_loopback);
  if (family == Family::v6) EXPECT_EQ(told->multicast_interface, interface.index);
  EXPECT_EQ(told->traffic_class, 0x20);
  EXPECT_EQ(told->fragmentation, Fragmentation::forbid);
}
TEST_P(DatagramOptions, OptionsAreReadBack) { run_on_both_families(options); }

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
TEST_P(DatagramOptions, ADualSocketAnswersBothFamilies) { run(both_families_at_once()); }

}  // namespace
}  // namespace patchbay
