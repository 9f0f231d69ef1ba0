// Broadcast and multicast on a link: what holds on every engine.
#include <array>
#include <string_view>

#include "patchbay/net/conformance/link_fixture.hpp"

namespace patchbay {
namespace {

class Multicast : public LinkTest {};
INSTANTIATE_TEST_SUITE_P(, Multicast, all_engines(), engine_name);

std::uint32_t cable() { return link_interface().index; }

UdpSocket listener(Family family, bool shared = false) {
  auto socket = UdpSocket::bind(Endpoint(IpAddress::any(family), 0), {.reuse_address = shared});
  if (!socket) ADD_FAILURE() << socket.error().describe();
  return std::move(*socket);
}

UdpSocket sender(Family family) {
  auto socket = UdpSocket::bind(Endpoint(IpAddress::any(family), 0),
                                {.broadcast = true, .ip = {.multicast_interface = cable()}});
  if (!socket) ADD_FAILURE() << socket.error().describe();
  return std::move(*socket);
}

Task<bool> hears(UdpSocket& socket, std::string_view expected) {
  std::array<std::byte, 64> memory;
  const auto got = co_await socket.receive_from(memory, guard());
  co_return got && got->text() == expected;
}

// What this host hears of itself has come by the time the send returns, or very soon after.
Task<bool> hears_nothing(UdpSocket& socket) {
  std::array<std::byte, 64> memory;
  const auto got = co_await socket.receive_from(memory, Deadline::after(1ms));
  co_return !got && got.error().fault() == Fault::timed_out;
}

Task<> broadcast() {
  UdpSocket to = listener(Family::v4);
  const Endpoint everybody(broadcast_address(), to.local()->port());
  UdpSocket careful = listener(Family::v4);
  const auto refused = co_await careful.send_to("x", everybody, guard());
  EXPECT_EQ(refused.error().fault(), Fault::permission);
  UdpSocket from = sender(Family::v4);
  EXPECT_TRUE(co_await from.send_to("to all", everybody, guard()));
  EXPECT_TRUE(co_await hears(to, "to all"));
}
TEST_P(Multicast, BroadcastNeedsItsOption) { run(broadcast); }

Task<> groups(std::string_view group_text) {
  IpAddress group = *IpAddress::parse(group_text);
  if (group.is_v6()) group = IpAddress(group.v6(), cable());
  UdpSocket to = listener(group.family());
  UdpSocket from = sender(group.family());
  const Endpoint everybody(group, to.local()->port());
  const Membership membership{.group = group, .interface = cable()};

  const auto joined = to.join(membership);
  EXPECT_TRUE(joined) << joined.error().describe();
  EXPECT_TRUE(co_await from.send_to("one", everybody, guard()));
  EXPECT_TRUE(co_await hears(to, "one"));

  EXPECT_EQ(to.join(membership).error().code(), EADDRINUSE);
  EXPECT_TRUE(to.leave(membership));
  EXPECT_TRUE(co_await from.send_to("two", everybody, guard()));
  EXPECT_TRUE(co_await hears_nothing(to));
  EXPECT_FALSE(to.leave(membership));
}
TEST_P(Multicast, GroupsAreJoinedAndLeftOverIPv4) { run(groups, "239.1.2.3"); }
TEST_P(Multicast, GroupsAreJoinedAndLeftOverIPv6) { run(groups, "ff02::1234"); }

Task<> sources(std::string_view group_text, std::string_view other) {
  IpAddress group = *IpAddress::parse(group_text);
  if (group.is_v6()) group = IpAddress(group.v6(), cable());
  UdpSocket to = listener(group.family());
  UdpSocket from = sender(group.family());
  const Endpoint everybody(group, to.local()->port());
  const Membership strangers{
      .group = group, .interface = cable(), .source = *IpAddress::parse(other)};
  const Membership ours{
      .group = group, .interface = cable(), .source = own_address(group.family()).address};
  DatagramBatch batch({.datagrams = 1, .datagram_bytes = 16});

  EXPECT_TRUE(to.join(strangers));
  EXPECT_TRUE(batch.add("one", everybody, {.source = ours.source}));
  EXPECT_TRUE(co_await from.send(batch, guard()));
  EXPECT_TRUE(co_await hears_nothing(to));

  const auto joined = to.join(ours);
  EXPECT_TRUE(joined) << joined.error().describe();
  batch.clear();
  EXPECT_TRUE(batch.add("two", everybody, {.source = ours.source}));
  EXPECT_TRUE(co_await from.send(batch, guard()));
  EXPECT_TRUE(co_await hears(to, "two"));
  EXPECT_TRUE(to.leave(ours));
  EXPECT_TRUE(to.leave(strangers));
}
TEST_P(Multicast, OnlyTheNamedSourceIsHeardOverIPv4) { run(sources, "232.1.2.3", "192.0.2.9"); }
TEST_P(Multicast, OnlyTheNamedSourceIsHeardOverIPv6) { run(sources, "ff32::1234", "fd00:2::9"); }

// Linux alone would let the second socket hear what the first has joined.
Task<> others_groups() {
  const IpAddress first_group = *IpAddress::parse("239.1.1.1");
  const IpAddress second_group = *IpAddress::parse("239.2.2.2");
  UdpSocket first = listener(Family::v4, true);
  auto second = UdpSocket::bind(*first.local(), {.reuse_address = true});
  EXPECT_TRUE(first.join({.group = first_group, .interface = cable()}));
  EXPECT_TRUE(second->join({.group = second_group, .interface = cable()}));
  UdpSocket from = sender(Family::v4);
  EXPECT_TRUE(co_await from.send_to("x", Endpoint(first_group, first.local()->port()), guard()));
  EXPECT_TRUE(co_await hears(first, "x"));
  EXPECT_TRUE(co_await hears_nothing(*second));
}
TEST_P(Multicast, ASocketHearsOnlyItsOwnGroups) { run(others_groups); }

Task<> not_a_group() {
  UdpSocket socket = listener(Family::v4);
  const auto joined = socket.join({.group = *IpAddress::parse("192.0.2.7"), .interface = cable()});
  EXPECT_FALSE(joined);
  EXPECT_EQ(joined.error().why(), "it is not a multicast address");
  const auto nowhere = socket.join({.group = *IpAddress::parse("239.1.1.1"), .interface = 9999});
  EXPECT_FALSE(nowhere);
  EXPECT_EQ(nowhere.error().subject(), "239.1.1.1");
  co_return;
}
TEST_P(Multicast, BadMembershipsAreExplained) { run(not_a_group); }

// An answer to a group's datagram cannot come from the group's address.
Task<> answer_to_group(std::string_view group_text) {
  IpAddress group = *IpAddress::parse(group_text);
  if (group.is_v6()) group = IpAddress(group.v6(), cable());
  UdpSocket to = listener(group.family());
  EXPECT_TRUE(to.set({.metadata = {.destination = true}}));
  EXPECT_TRUE(to.join({.group = group, .interface = cable()}));
  UdpSocket from = sender(group.family());
  EXPECT_TRUE(co_await from.send_to("who", Endpoint(group, to.local()->port()), guard()));
  DatagramBatch batch({.datagrams = 2, .datagram_bytes = 32, .metadata = true});
  EXPECT_TRUE(co_await to.receive(batch, guard()));
  EXPECT_TRUE(batch[0].metadata().destination->is_multicast());
  EXPECT_EQ(batch[0].metadata().interface, cable());
  const auto sent = co_await to.send(batch, guard());
  EXPECT_TRUE(sent) << sent.error().describe();
  EXPECT_TRUE(co_await hears(from, "who"));
}
TEST_P(Multicast, AGroupsDatagramIsAnsweredOverIPv4) { run(answer_to_group, "239.1.2.3"); }
TEST_P(Multicast, AGroupsDatagramIsAnsweredOverIPv6) { run(answer_to_group, "ff02::1234"); }

}  // namespace
}  // namespace patchbay
