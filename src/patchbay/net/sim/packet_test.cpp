// Packet sockets on simulated links: they see what hosts say to each other, and can join in.
#include "patchbay/net/packet.hpp"

#include <gtest/gtest.h>
#include <linux/if_ether.h>

#include <array>
#include <string>

#include "patchbay/net/packet_filter.hpp"
#include "patchbay/net/sim/frame.hpp"
#include "patchbay/net/sim/peers_fixture.hpp"
#include "patchbay/net/udp.hpp"

namespace patchbay::sim {
namespace {

constexpr std::uint16_t k_port = 5000;

std::uint32_t first_link() { return 2; }  // the loopback is 1

Task<> capture(PacketOptions options, int frames, std::vector<std::vector<std::byte>>& into) {
  const auto program = PacketFilter().ip_protocol({IPPROTO_UDP}).program();
  options.filter = program;
  auto socket = patchbay::PacketSocket::open(options);
  EXPECT_TRUE(socket) << socket.error().describe();
  if (!socket) co_return;
  std::array<std::byte, 2000> memory;
  for (int i = 0; i < frames; ++i) {
    const auto got = co_await socket->receive(memory, Deadline::after(5s));
    EXPECT_TRUE(got);
    if (!got) co_return;
    into.emplace_back(memory.begin(), memory.begin() + static_cast<std::ptrdiff_t>(got->size));
  }
}

Task<> send_one(Endpoint to, std::string text) {
  const IpAddress any = IpAddress::any(to.family());
  auto socket = patchbay::UdpSocket::bind(Endpoint(any, k_port));
  EXPECT_TRUE(co_await socket->send_to(text, to));
  EXPECT_TRUE(co_await sleep_for(1s));
}
Task<> listen_for(Family family, Duration time, std::string& heard) {
  auto socket = patchbay::UdpSocket::bind(Endpoint(IpAddress::any(family), k_port));
  std::array<std::byte, 2000> memory;
  const auto got = co_await socket->receive_from(memory, Deadline::after(time));
  if (got) heard = got->text();
}

// The frame says what the datagram was, byte for byte.
void is_seen(Family family) {
  World world(1);
  Pair pair(world);
  std::string heard;
  std::vector<std::vector<std::byte>> frames;
  pair.server.run(capture({.interface = first_link()}, 1, frames));
  pair.server.run(listen_for(family, 5s, heard));
  pair.client.run(send_one(Endpoint(pair.server.address(family), k_port), "to be seen"));
  run(world);
  EXPECT_EQ(heard, "to be seen");
  ASSERT_EQ(frames.size(), 1U);
  PacketPool pool;
  const PacketPointer packet = decode_frame(frames[0], pool);
  ASSERT_TRUE(packet);
  EXPECT_EQ(packet->source, pair.client.address(family));
  EXPECT_EQ(packet->destination_port, k_port);
  EXPECT_EQ(as_text(packet->bytes()), "to be seen");
}
TEST(SimPackets, AreSeenByPacketSocketsOverIPv4) { is_seen(Family::v4); }
TEST(SimPackets, AreSeenByPacketSocketsOverIPv6) { is_seen(Family::v6); }

// The sums of RFC 1071 over a whole header come to zero.
TEST(SimPackets, HaveTheChecksumsOfTheWire) {
  PacketPool pool;
  PacketPointer packet = pool.make(3);
  packet->kind = Packet::Kind::udp;
  packet->source = *IpAddress::parse("10.0.0.1");
  packet->destination = *IpAddress::parse("10.0.0.2");
  packet->source_port = 4000;
  packet->destination_port = 5000;
  std::memcpy(packet->bytes().data(), "abc", 3);
  const auto frame = encode_frame(*packet);
  ASSERT_EQ(frame.size(), 14U + 20 + 8 + 3);
  // By hand: the addresses, protocol 17, length 11 twice, the ports, "abc\0".
  std::uint32_t sum =
      0x0a00 + 0x0001 + 0x0a00 + 0x0002 + 17 + 11 + 11 + 4000 + 5000 + 0x6162 + 0x6300;
  while (sum > 0xffff) sum = (sum & 0xffff) + (sum >> 16);
  const auto told = static_cast<std::uint32_t>(frame[40]) << 8 | static_cast<unsigned>(frame[41]);
  EXPECT_EQ(told, ~sum & 0xffff);
  std::uint32_t header = 0;
  for (std::size_t i = 14; i < 34; i += 2) {
    header += static_cast<std::uint32_t>(frame[i]) << 8 | static_cast<std::uint32_t>(frame[i + 1]);
  }
  EXPECT_EQ((header & 0xffff) + (header >> 16), 0xffffU);
}

// A datagram that a packet socket wrote by itself, for the other host's ordinary socket.
Task<> send_by_hand(IpAddress from, IpAddress to) {
  auto socket = patchbay::PacketSocket::open({.interface = first_link(), .protocol = 0});
  EXPECT_TRUE(socket);
  PacketPool pool;
  PacketPointer packet = pool.make(4);
  packet->kind = Packet::Kind::udp;
  packet->source = from;
  packet->destination = to;
  packet->source_port = 1234;
  packet->destination_port = k_port;
  std::memcpy(packet->bytes().data(), "hand", 4);
  EXPECT_TRUE(co_await socket->send(encode_frame(*packet)));
}
TEST(SimPackets, WrittenByHandArriveAtTheSocketTheyAreFor) {
  World world(1);
  Pair pair(world);
  std::string heard;
  pair.server.run(listen_for(Family::v4, 5s, heard));
  pair.client.run(send_by_hand(pair.client.address(), pair.server.address()));
  run(world);
  EXPECT_EQ(heard, "hand");
}

Task<> ask_who_has(IpAddress own, IpAddress wanted, HardwareAddress& answer) {
  auto socket = patchbay::PacketSocket::open({.interface = first_link(), .protocol = ETH_P_ARP});
  EXPECT_TRUE(socket);
  // An answer differs from its question in the operation, and in who asks.
  auto question = arp_answer({.asker_address = wanted, .wanted = own}, {2, 0, 0, 0, 0, 9});
  question[21] = std::byte{1};
  std::ranges::fill(std::span(question).first(6), std::byte{0xff});
  EXPECT_TRUE(co_await socket->send(question));
  std::array<std::byte, 100> memory;
  const auto got = co_await socket->receive(memory, Deadline::after(1s));
  EXPECT_TRUE(got);
  if (got) answer = source_of(memory);
}
TEST(SimPackets, AHostAnswersForItsAddress) {
  World world(1);
  Pair pair(world);
  HardwareAddress answer{};
  pair.client.run(ask_who_has(pair.client.address(), pair.server.address(), answer));
  run(world);
  EXPECT_EQ(answer, pair.server.stack().nic(first_link())->interface().hardware_address);
}

}  // namespace
}  // namespace patchbay::sim
