#include "patchbay/net/raw.hpp"

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <netinet/in.h>

#include <array>
#include <cstring>
#include <vector>

#include "patchbay/net/namespace_fixture.hpp"

namespace patchbay {
namespace {

// In a namespace nobody else's ICMP disturbs.
class Raw : public InNamespace {};

constexpr std::uint8_t k_echo_request = 8;
constexpr std::uint8_t k_echo_reply = 0;
constexpr std::uint8_t k_echo_request6 = 128;
constexpr std::uint8_t k_echo_reply6 = 129;

std::uint16_t checksum(std::span<const std::byte> bytes) {
  std::uint32_t sum = 0;
  for (std::size_t i = 0; i < bytes.size(); i += 2) {
    sum += std::to_integer<std::uint32_t>(bytes[i]) << 8;
    if (i + 1 < bytes.size()) sum += std::to_integer<std::uint32_t>(bytes[i + 1]);
  }
  while (sum > 0xffff) sum = (sum & 0xffff) + (sum >> 16);
  return static_cast<std::uint16_t>(~sum);
}

// Over IPv6 the kernel fills the checksum in.
std::array<std::byte, 16> echo_request(Family family) {
  std::array<std::byte, 16> message{};
  message[0] = std::byte{family == Family::v4 ? k_echo_request : k_echo_request6};
  std::memcpy(message.data() + 8, "patchbay", 8);
  const std::uint16_t sum = checksum(message);
  if (family == Family::v4) {
    message[2] = static_cast<std::byte>(sum >> 8);
    message[3] = static_cast<std::byte>(sum & 0xff);
  }
  return message;
}

RawSocket opened(Family family, const RawOptions& options = {}) {
  const int protocol = family == Family::v4 ? int{IPPROTO_ICMP} : int{IPPROTO_ICMPV6};
  auto socket = RawSocket::open(family, protocol, options);
  if (!socket) ADD_FAILURE() << socket.error().describe();
  return std::move(*socket);
}

Task<> ping(Family family) {
  RawSocket socket = opened(family, {.ip = {.metadata = {.hop_limit = true}}});
  const std::uint8_t reply = family == Family::v4 ? k_echo_reply : k_echo_reply6;
  EXPECT_TRUE(socket.hear_only(std::array{reply}));
  const Endpoint self(IpAddress::loopback(family), 0);
  const auto sent = co_await socket.send_to(echo_request(family), self, guard());
  EXPECT_TRUE(sent) << sent.error().describe();
  // The request comes by as well, since it arrives at this host; the filter keeps it away.
  DatagramBatch batch({.datagrams = 2, .datagram_bytes = 256, .metadata = true});
  EXPECT_EQ((co_await socket.receive(batch, guard())).value_or(0), 1U);
  const auto payload = socket.payload_of(batch[0].bytes());
  EXPECT_EQ(payload.size(), 16U);
  if (payload.size() != 16) co_return;
  EXPECT_EQ(std::to_integer<std::uint8_t>(payload[0]), reply);
  EXPECT_EQ(std::memcmp(payload.data() + 8, "patchbay", 8), 0);
  EXPECT_EQ(batch[0].peer(), self);
  EXPECT_EQ(batch[0].metadata().hop_limit, 64);
}
TEST_F(Raw, PingsOverIPv4) { run(ping, Family::v4); }
TEST_F(Raw, PingsOverIPv6) { run(ping, Family::v6); }

Task<> own_header() {
  RawSocket in = opened(Family::v4);
  EXPECT_TRUE(in.hear_only(std::array{k_echo_reply}));
  RawSocket out = opened(Family::v4, {.with_header = true});
  const auto request = echo_request(Family::v4);
  std::array<std::byte, 36> packet{};
  packet[0] = std::byte{0x45};
  packet[8] = std::byte{5};  // time to live
  packet[9] = std::byte{IPPROTO_ICMP};
  const in_addr_t from = inet_addr("127.0.0.9");
  const in_addr_t to = inet_addr("127.0.0.1");
  std::memcpy(packet.data() + 12, &from, 4);
  std::memcpy(packet.data() + 16, &to, 4);
  std::memcpy(packet.data() + 20, request.data(), request.size());
  EXPECT_TRUE(co_await out.send_to(packet, *Endpoint::parse("127.0.0.1:0"), guard()));
  std::array<std::byte, 256> memory;
  const auto got = co_await in.receive_from(memory, guard());
  EXPECT_TRUE(got);
  if (!got) co_return;
  // The answer goes to the address that was written into the header.
  EXPECT_EQ(std::memcmp(memory.data() + 16, &from, 4), 0);
}
TEST_F(Raw, SendsAHeaderOfItsOwn) { run(own_header); }

Task<> bound() {
  RawSocket socket = opened(Family::v4);
  EXPECT_TRUE(socket.hear_only(std::array{k_echo_reply}));
  EXPECT_TRUE(socket.bind(*IpAddress::parse("127.0.0.5")));
  EXPECT_EQ(socket.bind(*IpAddress::parse("192.0.2.77")).error().code(), EADDRNOTAVAIL);
  const Endpoint self = *Endpoint::parse("127.0.0.1:0");
  EXPECT_TRUE(co_await socket.send_to(echo_request(Family::v4), self, guard()));
  std::array<std::byte, 256> memory;
  const auto got = co_await socket.receive_from(memory, guard());
  EXPECT_TRUE(got);
  const in_addr_t local = inet_addr("127.0.0.5");
  EXPECT_EQ(std::memcmp(memory.data() + 16, &local, 4), 0);
}
TEST_F(Raw, ABoundSocketSendsFromItsAddress) { run(bound); }

// A datagram to a host that is not there: its neighbour never answers, and the kernel says so
// itself.
Task<> local_error() {
  RawSocket socket = opened(Family::v4, {.ip = {.error_queue = true}});
  const std::vector<std::byte> large(3000);
  EXPECT_TRUE(socket.set({.fragmentation = Fragmentation::forbid}));
  const Endpoint away = *Endpoint::parse("192.0.2.9:0");
  const auto sent = co_await socket.send_to(large, away, guard());
  EXPECT_EQ(sent.error().code(), EMSGSIZE);
  EXPECT_EQ(sent.error().why(), "it does not fit the path's MTU, and fragmenting is off");
  std::array<std::byte, 64> memory;
  const auto report = co_await socket.receive_error(memory, guard());
  EXPECT_TRUE(report) << report.error().describe();
  if (!report) co_return;
  EXPECT_EQ(report->origin, ErrorReport::Origin::local);
  EXPECT_EQ(report->code, EMSGSIZE);
  EXPECT_EQ(report->mtu_bytes, 1500U);
}
TEST_F(Raw, TheErrorQueueTellsThePathsMtu) { run(local_error); }

Task<> short_packets() {
  RawSocket socket = opened(Family::v4);
  std::array<std::byte, 24> packet{};
  packet[0] = std::byte{0x45};
  EXPECT_EQ(socket.payload_of(packet).size(), 4U);
  EXPECT_TRUE(socket.payload_of(std::span(packet).first(19)).empty());
  packet[0] = std::byte{0x4f};  // a header of 60 bytes
  EXPECT_TRUE(socket.payload_of(packet).empty());
  packet[0] = std::byte{0x44};  // of 16
  EXPECT_TRUE(socket.payload_of(packet).empty());
  co_return;
}
TEST_F(Raw, TooShortAPacketHasNoPayload) { run(short_packets); }

Task<> cancelled_in_group(TaskGroup& group) {
  group.cancel();
  RawSocket socket = opened(Family::v4);
  std::array<std::byte, 64> memory{};
  const Endpoint self = *Endpoint::parse("127.0.0.1:0");
  EXPECT_EQ((co_await socket.receive_from(memory, guard())).error().fault(), Fault::cancelled);
  EXPECT_EQ((co_await socket.send_to(memory, self, guard())).error().fault(), Fault::cancelled);
  EXPECT_EQ((co_await socket.receive_error(memory, guard())).error().fault(), Fault::cancelled);
}
Task<> started_cancelled() { co_await with_group(cancelled_in_group); }
TEST_F(Raw, EveryOperationStartedCancelledIsCancelled) { run(started_cancelled); }

}  // namespace
}  // namespace patchbay
