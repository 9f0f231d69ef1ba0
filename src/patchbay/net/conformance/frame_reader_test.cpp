// FrameReader: what holds on every engine, by a ring or by batches.
#include "patchbay/net/frame_reader.hpp"

#include <arpa/inet.h>

#include <array>
#include <cstring>
#include <vector>

#include "patchbay/net/blocking.hpp"
#include "patchbay/net/conformance/link_fixture.hpp"
#include "patchbay/net/packet_filter.hpp"

namespace patchbay {
namespace {

class Frames : public LinkTest {};
INSTANTIATE_TEST_SUITE_P(, Frames, all_engines(), engine_name);

constexpr std::uint16_t k_experimental = 0x88b5;  // IEEE 802, local experimental ethertype
constexpr std::size_t k_frame_bytes = 60;

// Behind its header a number, so that the order can be told.
std::array<std::byte, k_frame_bytes> numbered_frame(std::uint32_t number) {
  std::array<std::byte, k_frame_bytes> frame{};
  std::memset(frame.data(), 0xff, 6);
  const std::array<std::uint8_t, 6> from = {2, 0, 0, 0, 0, 0x77};
  std::memcpy(frame.data() + 6, from.data(), 6);
  const std::uint16_t type = htons(k_experimental);
  std::memcpy(frame.data() + 12, &type, 2);
  std::memcpy(frame.data() + 14, &number, sizeof number);
  return frame;
}

// Hears what this host sends by its link, and of that the tests' own frames only.
FrameReader opened(FrameReaderOptions options, bool cooked = true) {
  static const std::vector<sock_filter> filter =
      PacketFilter().ethertype({k_experimental}).program();
  options.packets.interface = link_interface().index;
  options.packets.cooked = cooked;
  options.packets.filter = filter;
  auto reader = FrameReader::open(options);
  if (!reader) ADD_FAILURE() << reader.error().describe();
  return std::move(*reader);
}

Task<> send_numbered(std::uint32_t count) {
  auto out = PacketSocket::open({.interface = link_interface().index, .protocol = 0});
  CO_ASSERT(out);
  DatagramBatch batch({.datagrams = 32, .datagram_bytes = k_frame_bytes});
  for (std::uint32_t i = 0; i < count; ++i) {
    EXPECT_TRUE(batch.add(numbered_frame(i)));
    if (!batch.full() && i + 1 < count) continue;
    EXPECT_TRUE(co_await static_cast<DatagramSocket&>(*out).send(batch, guard()));
    batch.clear();
  }
}

struct Heard {
  std::vector<std::uint32_t> numbers;
  std::vector<LinkAddress> links;
  std::vector<std::size_t> sizes;
};

// All that comes until there is nothing for a while.
Task<Heard> hear_all(FrameReader& reader, std::size_t wanted, std::size_t offset = 0) {
  Heard heard;
  while (heard.numbers.size() < wanted) {
    const auto waited = co_await reader.wait(guard());
    EXPECT_TRUE(waited) << waited.error().describe();
    if (!waited) break;
    reader.read([&](const HeardFrame& frame) {
      std::uint32_t number = 0;
      std::memcpy(&number, frame.bytes.data() + offset, sizeof number);
      heard.numbers.push_back(number);
      heard.links.push_back(frame.link);
      heard.sizes.push_back(frame.bytes.size());
      EXPECT_EQ(frame.packet.size(), k_frame_bytes - 14);  // whatever stands before it
      EXPECT_EQ(frame.packet.data() + frame.packet.size(), frame.bytes.data() + frame.bytes.size());
      const auto age = Loop::current().wall_clock() - frame.at;
      EXPECT_GE(age, 0s);
      EXPECT_LT(age, 20s);
    });
  }
  co_return heard;
}

// More than a block or a batch holds, several times over.
Task<> in_order() {
  constexpr std::uint32_t count = 300;
  FrameReader reader = opened({.ring = {.block_bytes = 4096, .blocks = 64}});
  EXPECT_EQ(reader.has_ring(), Loop::current().engine().capabilities().packet_rings);
  co_await send_numbered(count);
  const Heard heard = co_await hear_all(reader, count);
  EXPECT_EQ(heard.numbers.size(), count);
  for (std::size_t i = 0; i < heard.numbers.size(); ++i) {
    EXPECT_EQ(heard.numbers[i], i);
    EXPECT_EQ(heard.sizes[i], k_frame_bytes - 14);
    EXPECT_EQ(heard.links[i].kind, LinkAddress::Kind::outgoing);
    EXPECT_EQ(heard.links[i].interface, link_interface().index);
    EXPECT_EQ(heard.links[i].protocol, k_experimental);
  }
  const auto counted = reader.statistics();
  EXPECT_TRUE(counted && counted->received == count && counted->dropped == 0);
}
TEST_P(Frames, AreAllHeardInTheirOrder) { run(in_order); }

// The ring comes round to blocks that it has used.
Task<> rounds() {
  FrameReader reader = opened({.ring = {.block_bytes = 4096, .blocks = 4}});
  for (int round = 0; round < 20; ++round) {
    co_await send_numbered(30);
    const Heard heard = co_await hear_all(reader, 30);
    CO_ASSERT(heard.numbers.size() == 30);
    EXPECT_EQ(heard.numbers.back(), 29U);
  }
}
TEST_P(Frames, AreHeardRoundAfterRound) { run(rounds); }

Task<> whole_frames() {
  FrameReader reader = opened({}, false);
  co_await send_numbered(1);
  const Heard heard = co_await hear_all(reader, 1, 14);
  CO_ASSERT(heard.numbers.size() == 1);
  EXPECT_EQ(heard.numbers[0], 0U);
  EXPECT_EQ(heard.sizes[0], k_frame_bytes);
}
TEST_P(Frames, HaveTheirHeaderWhereTheSocketIsNotCooked) { run(whole_frames); }

Task<> nothing() {
  FrameReader reader = opened({});
  EXPECT_EQ(reader.read([](const HeardFrame&) { ADD_FAILURE(); }), 0U);
  const auto waited = co_await reader.wait(Deadline::after(1ms));
  EXPECT_EQ(waited.error().fault(), Fault::timed_out);
  co_await send_numbered(1);
  EXPECT_EQ((co_await hear_all(reader, 1)).numbers.size(), 1U);
}
TEST_P(Frames, AWaitForThemEndsByItsDeadline) { run(nothing); }

// What there is no room for is lost and counted, and what comes later is heard again.
Task<> lost() {
  constexpr std::uint32_t count = 2000;
  FrameReader reader = opened(
      {.packets = {.receive_buffer_bytes = 4096}, .ring = {.block_bytes = 4096, .blocks = 2}});
  co_await send_numbered(count);
  const auto waited = co_await reader.wait(guard());
  EXPECT_TRUE(waited);
  std::size_t read = 0;
  for (int i = 0; i < 3; ++i) {  // a block that is not full is handed over a little later
    read += reader.read([](const HeardFrame&) {});
    (void)co_await sleep_for(20ms);
  }
  const auto counted = reader.statistics();
  CO_ASSERT(counted);
  EXPECT_EQ(counted->received, count);
  EXPECT_GT(counted->dropped, 0U);
  EXPECT_EQ(read + counted->dropped, count);
  EXPECT_EQ(reader.statistics()->dropped, 0U);
  co_await send_numbered(3);
  EXPECT_EQ((co_await hear_all(reader, 3)).numbers.back(), 2U);
}
TEST_P(Frames, ThatHaveNoRoomAreCounted) { run(lost); }

Task<> closed() {
  FrameReader reader = opened({});
  co_await send_numbered(3);
  EXPECT_EQ((co_await hear_all(reader, 3)).numbers.size(), 3U);
  reader.close_beside(Loop::current().blocking_pool());
  EXPECT_EQ((co_await reader.wait(guard())).error().fault(), Fault::closed);
}
TEST_P(Frames, AreHeardNoMoreOnceTheReaderIsClosed) { run(closed); }

}  // namespace
}  // namespace patchbay
