#include "patchbay/net/packet.hpp"

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <netinet/in.h>

#include <array>
#include <cstring>
#include <string>
#include <vector>

#include "patchbay/net/namespace_fixture.hpp"
#include "patchbay/net/packet_filter.hpp"
#include "patchbay/net/udp.hpp"

namespace patchbay {
namespace {

class Packets : public InNamespace {};

constexpr std::uint16_t k_experimental = 0x88b5;  // IEEE 802, local experimental ethertype
constexpr std::array<std::uint8_t, 6> k_everybody = {0xff, 0xff, 0xff, 0xff, 0xff, 0xff};

std::uint32_t index_of(const char* name) { return ::if_nametoindex(name); }

PacketSocket opened(const PacketOptions& options) {
  auto socket = PacketSocket::open(options);
  if (!socket) ADD_FAILURE() << socket.error().describe();
  return std::move(*socket);
}

// Hears nothing but the tests' own frames: a fresh interface talks on its own (IPv6).
PacketSocket ear(PacketOptions options = {}) {
  if (options.interface == 0) options.interface = index_of("v1");
  if (options.protocol == ETH_P_ALL) options.protocol = k_experimental;
  return opened(options);
}

PacketSocket mouth() { return opened({.interface = index_of("v0"), .protocol = 0}); }

std::vector<std::byte> frame(std::span<const std::uint8_t> to, std::uint16_t ethertype,
                             std::string_view text) {
  std::vector<std::byte> bytes(14 + text.size());
  const std::array<std::uint8_t, 6> from = {2, 0, 0, 0, 0, 0x77};
  std::memcpy(bytes.data(), to.data(), 6);
  std::memcpy(bytes.data() + 6, from.data(), 6);
  const std::uint16_t type = htons(ethertype);
  std::memcpy(bytes.data() + 12, &type, 2);
  std::memcpy(bytes.data() + 14, text.data(), text.size());
  return bytes;
}

Task<> raw_frames() {
  PacketSocket in = ear();
  PacketSocket out = mouth();
  const auto sent_bytes = frame(k_everybody, k_experimental, "raw frame");
  const auto sent = co_await out.send(sent_bytes, guard());
  EXPECT_TRUE(sent) << sent.error().describe();
  std::array<std::byte, 256> memory;
  const auto got = co_await in.receive(memory, guard());
  EXPECT_TRUE(got) << got.error().describe();
  if (!got) co_return;
  EXPECT_TRUE(std::ranges::equal(std::span(memory).first(got->size), sent_bytes));
  EXPECT_EQ(got->link.kind, LinkAddress::Kind::broadcast);
  EXPECT_EQ(got->link.interface, index_of("v1"));
  EXPECT_EQ(got->link.protocol, k_experimental);
  EXPECT_EQ(got->link.to_string(), "02:00:00:00:00:77%v1");

  std::array<std::byte, 16> little;
  EXPECT_TRUE(co_await out.send(sent_bytes, guard()));
  const auto cut = co_await in.receive(little, guard());
  EXPECT_TRUE(cut && cut->truncated && cut->size == 16);
}
TEST_F(Packets, CarriesRawFrames) { run(raw_frames); }

Task<> cooked_frames() {
  PacketSocket in = ear({.cooked = true});
  PacketSocket out = opened({.interface = index_of("v0"), .protocol = 0, .cooked = true});
  const LinkAddress to(index_of("v0"), k_experimental, k_everybody);
  const std::string text = "cooked";
  EXPECT_TRUE(co_await out.send_to(std::as_bytes(std::span(text)), to, guard()));
  DatagramBatch batch({.datagrams = 4, .datagram_bytes = 64});
  EXPECT_EQ((co_await in.receive(batch, guard())).value_or(0), 1U);
  EXPECT_EQ(batch[0].text(), text);
  EXPECT_EQ(batch[0].link().kind, LinkAddress::Kind::broadcast);

  batch.clear();
  EXPECT_TRUE(batch.add(std::as_bytes(std::span(text)), to));
  EXPECT_TRUE(batch.add(std::as_bytes(std::span(text)), to));
  EXPECT_EQ((co_await out.send(batch, guard())).value_or(0), 2U);
  std::array<std::byte, 64> memory;
  for (int i = 0; i < 2; ++i) {
    const auto got = co_await in.receive(memory, guard());
    EXPECT_TRUE(got && got->size == text.size());
  }
}
TEST_F(Packets, CarriesCookedFramesInBatches) { run(cooked_frames); }

Task<> auxdata() {
  // The tag is off the frame when the socket sees it, and the ethertype is the one behind the tag.
  PacketSocket in = opened({.interface = index_of("v1"),
                            .filter = PacketFilter().ethertype({k_experimental}).program(),
                            .auxdata = true,
                            .timestamp = true});
  PacketSocket out = mouth();
  std::vector<std::byte> tagged = frame(k_everybody, 0x8100, "....tagged frame");
  const std::uint16_t tag = htons(0x602a);  // priority 3, VLAN 42
  const std::uint16_t type = htons(k_experimental);
  std::memcpy(tagged.data() + 14, &tag, 2);
  std::memcpy(tagged.data() + 16, &type, 2);
  EXPECT_TRUE(co_await out.send(tagged, guard()));
  DatagramBatch batch({.datagrams = 1, .datagram_bytes = 20, .metadata = true});
  EXPECT_TRUE(co_await in.receive(batch, guard()));
  EXPECT_TRUE(batch[0].truncated());
  const DatagramMetadata told = batch[0].metadata();
  EXPECT_TRUE(told.received_at);
  EXPECT_TRUE(told.auxdata);
  if (!told.auxdata) co_return;
  EXPECT_EQ(told.auxdata->vlan_tag, 0x602a);
  EXPECT_EQ(told.auxdata->vlan_protocol, 0x8100);
  EXPECT_EQ(told.auxdata->original_bytes, tagged.size() - 4);
}
TEST_F(Packets, AuxdataTellsTheTagAndTheLength) { run(auxdata); }

Task<> checksum() {
  PacketSocket in = opened({.interface = index_of("v0"),
                            .filter = PacketFilter().udp_port({5353}).program(),
                            .auxdata = true});
  auto socket = UdpSocket::bind(Endpoint(IpAddress::any(Family::v4), 0),
                                {.ip = {.multicast_interface = index_of("v0")}});
  EXPECT_TRUE(co_await socket->send_to("x", *Endpoint::parse("224.0.0.251:5353"), guard()));
  DatagramBatch batch({.datagrams = 1, .datagram_bytes = 256, .metadata = true});
  EXPECT_TRUE(co_await in.receive(batch, guard()));
  EXPECT_EQ(batch[0].link().kind, LinkAddress::Kind::outgoing);
  EXPECT_TRUE(batch[0].metadata().auxdata && batch[0].metadata().auxdata->checksum_not_ready);
}
TEST_F(Packets, AuxdataTellsAChecksumThatIsStillToCome) { run(checksum); }

Task<> promiscuous() {
  const std::array<std::uint8_t, 6> stranger = {2, 0, 0, 0, 0, 0x99};
  PacketSocket in = ear();
  PacketSocket out = mouth();
  EXPECT_TRUE(in.set_promiscuous(index_of("v1"), true));
  EXPECT_EQ(std::system("ip -d link show v1 | grep -q 'promiscuity 1 '"), 0);
  EXPECT_TRUE(co_await out.send(frame(stranger, k_experimental, "for another"), guard()));
  std::array<std::byte, 64> memory;
  const auto got = co_await in.receive(memory, guard());
  EXPECT_TRUE(got && got->link.kind == LinkAddress::Kind::to_others);
  EXPECT_TRUE(in.set_promiscuous(index_of("v1"), false));
  EXPECT_EQ(std::system("ip -d link show v1 | grep -q 'promiscuity 0 '"), 0);

  const std::array<std::uint8_t, 6> group = {0x01, 0x80, 0xc2, 0, 0, 0x0e};  // LLDP
  EXPECT_TRUE(in.join(index_of("v1"), group));
  EXPECT_EQ(std::system("ip maddress show dev v1 | grep -q 01:80:c2:00:00:0e"), 0);
  EXPECT_TRUE(in.leave(index_of("v1"), group));
  EXPECT_NE(std::system("ip maddress show dev v1 | grep -q 01:80:c2:00:00:0e"), 0);
  EXPECT_FALSE(in.join(9999, group));

  const auto statistics = in.statistics();
  EXPECT_TRUE(statistics && statistics->received == 1 && statistics->dropped == 0);
}
TEST_F(Packets, HearsWhatIsForOthersOnlyWhenAsked) { run(promiscuous); }

Task<> faults() {
  const auto nowhere = PacketSocket::open({.interface = 9999});
  EXPECT_EQ(nowhere.error().why(), "there is no such interface, or none was named");
  PacketSocket out = mouth();
  const std::vector<std::byte> huge = frame(k_everybody, k_experimental, std::string(3000, 'x'));
  const auto sent = co_await out.send(huge, guard());
  EXPECT_EQ(sent.error().code(), EMSGSIZE);
  EXPECT_EQ(sent.error().why(), "the frame is larger than the interface's MTU allows");

  // The interface goes down: told once, and then the socket just waits.
  PacketSocket in = ear();
  std::array<std::byte, 64> memory;
  EXPECT_EQ(std::system("ip link set v1 down"), 0);
  const auto down = co_await in.receive(memory, guard());
  EXPECT_EQ(down.error().fault(), Fault::unreachable);
  const auto again = co_await in.receive(memory, Deadline::after(1ms));
  EXPECT_EQ(again.error().fault(), Fault::timed_out);
}
TEST_F(Packets, FaultsSpeakOfTheInterface) { run(faults); }

Task<> cancelled_in_group(TaskGroup& group) {
  group.cancel();
  PacketSocket socket = mouth();
  std::array<std::byte, 64> memory{};
  DatagramBatch batch;
  const LinkAddress to(index_of("v0"), k_experimental, k_everybody);
  EXPECT_EQ((co_await socket.receive(memory, guard())).error().fault(), Fault::cancelled);
  EXPECT_EQ((co_await socket.receive(batch, guard())).error().fault(), Fault::cancelled);
  EXPECT_EQ((co_await socket.send(memory, guard())).error().fault(), Fault::cancelled);
  EXPECT_EQ((co_await socket.send(batch, guard())).error().fault(), Fault::cancelled);
  EXPECT_EQ((co_await socket.send_to(memory, to, guard())).error().fault(), Fault::cancelled);
}
Task<> started_cancelled() { co_await with_group(cancelled_in_group); }
TEST_F(Packets, EveryOperationStartedCancelledIsCancelled) { run(started_cancelled); }

// --- filters -------------------------------------------------------------------------------------

// A packet of `protocol` from port to port, behind an Ethernet header.
struct Sample {
  std::uint16_t ethertype;
  std::uint8_t protocol;
  std::uint16_t from;
  std::uint16_t to;
  std::uint8_t header_words = 5;      // of IPv4
  std::uint16_t fragment_offset = 0;  // of IPv4
};

std::vector<std::byte> packet(const Sample& sample) {
  const bool v4 = sample.ethertype == ETH_P_IP;
  const std::size_t header = v4 ? sample.header_words * 4U : 40U;
  std::string bytes(header + 8, '\0');
  const auto put = [&](std::size_t at, unsigned value) { bytes[at] = static_cast<char>(value); };
  const auto put_half = [&](std::size_t at, unsigned value) {
    put(at, value >> 8);
    put(at + 1, value & 0xff);
  };
  put(0, v4 ? 0x40U | sample.header_words : 0x60U);
  put(v4 ? 9 : 6, sample.protocol);
  if (v4) put_half(6, sample.fragment_offset);
  put_half(header, sample.from);
  put_half(header + 2, sample.to);
  return frame(k_everybody, sample.ethertype, bytes);
}

constexpr Sample k_dhcp4{ETH_P_IP, IPPROTO_UDP, 68, 67};
constexpr Sample k_samples[] = {
    k_dhcp4,
    {ETH_P_IP, IPPROTO_UDP, 1000, 68},
    {ETH_P_IP, IPPROTO_UDP, 67, 1000, 15},  // with options in the header
    {ETH_P_IPV6, IPPROTO_UDP, 546, 547},
    {ETH_P_IP, IPPROTO_UDP, 68, 67, 5, 100},  // a later fragment: no ports there
    {ETH_P_IP, IPPROTO_UDP, 1000, 1001},
    {ETH_P_IP, IPPROTO_TCP, 68, 67},
    {ETH_P_IPV6, IPPROTO_ICMPV6, 68, 67},
    {ETH_P_IP, IPPROTO_ICMP, 0, 0},
    {ETH_P_ARP, IPPROTO_UDP, 68, 67},
};

// Which samples pass; the mark behind them tells that all have come.
Task<std::vector<std::size_t>> passing(std::vector<sock_filter> program, bool cooked) {
  PacketSocket in = opened({.interface = index_of("v1"), .cooked = cooked, .filter = program});
  PacketSocket mark = ear();
  PacketSocket out = mouth();
  for (const Sample& sample : k_samples) EXPECT_TRUE(co_await out.send(packet(sample), guard()));
  EXPECT_TRUE(co_await out.send(frame(k_everybody, k_experimental, "end"), guard()));
  std::array<std::byte, 256> memory;
  EXPECT_TRUE(co_await mark.receive(memory, guard()));

  std::vector<std::size_t> passed;
  for (;;) {
    const auto got = co_await in.receive(memory, Deadline::after(1ms));
    if (!got) co_return passed;
    for (std::size_t i = 0; i < std::size(k_samples); ++i) {
      std::vector<std::byte> whole = packet(k_samples[i]);
      if (cooked) whole.erase(whole.begin(), whole.begin() + 14);
      if (std::ranges::equal(std::span(memory).first(got->size), whole)) passed.push_back(i);
    }
  }
}

Task<> filters(bool cooked) {
  using Passed = std::vector<std::size_t>;
  EXPECT_EQ(co_await passing(PacketFilter().udp_port({67, 68, 547}).program(), cooked),
            (Passed{0, 1, 2, 3}));
  EXPECT_EQ(co_await passing(PacketFilter().udp_port({1001}).program(), cooked), (Passed{5}));
  EXPECT_EQ(co_await passing(PacketFilter().ethertype({ETH_P_ARP}).program(), cooked), (Passed{9}));
  EXPECT_EQ(co_await passing(PacketFilter().ip_protocol({IPPROTO_ICMP, IPPROTO_ICMPV6}).program(),
                             cooked),
            (Passed{7, 8}));
  EXPECT_EQ(
      co_await passing(PacketFilter().ethertype({ETH_P_IPV6}).udp_port({547}).program(), cooked),
      (Passed{3}));
}
TEST_F(Packets, FiltersPassWhatTheySayOnRawSockets) { run(filters, false); }
TEST_F(Packets, FiltersPassWhatTheySayOnCookedSockets) { run(filters, true); }

Task<> changed_filter() {
  PacketSocket in = ear();
  PacketSocket out = mouth();
  const auto bytes = frame(k_everybody, k_experimental, "x");
  const auto none = PacketFilter().ethertype({ETH_P_ARP}).program();
  EXPECT_TRUE(attach_filter(in.port(), in.handle(), none));
  EXPECT_TRUE(co_await out.send(bytes, guard()));
  std::array<std::byte, 64> memory;
  EXPECT_FALSE(co_await in.receive(memory, Deadline::after(1ms)));
  EXPECT_TRUE(detach_filter(in.port(), in.handle()));
  EXPECT_TRUE(detach_filter(in.port(), in.handle()));  // having none is fine
  EXPECT_TRUE(co_await out.send(bytes, guard()));
  EXPECT_TRUE(co_await in.receive(memory, guard()));
  const std::vector<sock_filter> invalid(1, sock_filter{0xffff, 0, 0, 0});
  EXPECT_EQ(attach_filter(in.port(), in.handle(), invalid).error().code(), EINVAL);
  const std::vector<sock_filter> endless(5000);
  EXPECT_EQ(attach_filter(in.port(), in.handle(), endless).error().fault(), Fault::limit);
}
TEST_F(Packets, AFilterCanBeChangedAndTakenAway) { run(changed_filter); }

}  // namespace
}  // namespace patchbay
