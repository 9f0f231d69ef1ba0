// The packet engine against the kernel: two namespaces and a cable between them. Needs root;
// otherwise the tests are skipped and say so.
#include <sched.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <fstream>
#include <thread>

#include "patchbay/net/conformance/engine_test.hpp"
#include "patchbay/net/network_namespace.hpp"
#include "patchbay/net/rtnetlink.hpp"
#include "patchbay/net/tun.hpp"
#include "patchbay/tools/scan/probe/packet_prober_fixture.hpp"
#include "patchbay/wire/ip_packet.hpp"
#include "patchbay/wire/tcp_segment.hpp"

namespace patchbay {
namespace {

InterfaceAddress with_prefix(std::string_view address, int prefix_length) {
  return {*IpAddress::parse(address), prefix_length};
}

void expect(const Result<>& done) { EXPECT_TRUE(done) << done.error().describe(); }

// Sockets of the calling thread's namespace that are open, and a service that answers datagrams.
class Services {
 public:
  ~Services() {
    if (answering_.joinable()) {
      ::shutdown(datagrams_, SHUT_RDWR);
      answering_.join();
    }
    for (const int each : open_) ::close(each);
  }

  void listen_on(std::uint16_t port) {
    const Endpoint any(IpAddress::any(Family::v6), port);
    open_.push_back(::socket(AF_INET6, SOCK_STREAM | SOCK_CLOEXEC, 0));
    EXPECT_EQ(::bind(open_.back(), any.native(), any.native_size()), 0);
    EXPECT_EQ(::listen(open_.back(), 100), 0);
  }

  void answer_datagrams_on(std::uint16_t port) {
    const Endpoint any(IpAddress::any(Family::v6), port);
    open_.push_back(::socket(AF_INET6, SOCK_DGRAM | SOCK_CLOEXEC, 0));
    datagrams_ = open_.back();
    EXPECT_EQ(::bind(datagrams_, any.native(), any.native_size()), 0);
    answering_ = std::thread([socket = datagrams_] {
      char text[64];
      Endpoint from;
      for (;;) {
        socklen_t size = Endpoint::k_native_capacity;
        if (::recvfrom(socket, text, sizeof text, 0, from.native(), &size) < 0 || size == 0) return;
        if (::sendto(socket, "yes", 3, 0, from.native(), size) < 0) return;
      }
    });
  }

 private:
  std::vector<int> open_;
  int datagrams_ = -1;
  std::thread answering_;
};

// The scanner's namespace is the calling thread's; the target's is at the other end of the cable
// s0 - t0, with 10.60.0.2, fd00:60::2 and, behind it, 10.50.0.1 to .20. 22 and 80 are open there.
class TwoNamespaces : public testing::Test {
 protected:
  // Runs body(arguments…) on a thread of its own, which alone moves.
  template <class... Parameters, class... Arguments>
  void run(Task<> (*body)(Parameters...), Arguments... arguments) {
    std::string missing;
    std::thread([&] {
      if (::unshare(CLONE_NEWNET) != 0) {
        missing = std::string("no network namespace (CAP_SYS_ADMIN): ") + std::strerror(errno);
        return;
      }
      auto target = NetworkNamespace::make();
      ASSERT_TRUE(target) << target.error().describe();
      Services services;
      set_up(*target, services);
      auto loop = Loop::make();
      ASSERT_TRUE(loop) << loop.error().describe();
      (*loop)->run(body(arguments...));
    }).join();
    if (!missing.empty()) GTEST_SKIP() << missing;
  }

 private:
  static Result<> set_up_target(Services& services) {
    // It tells of every closed port, and not of one a second.
    std::ofstream("/proc/sys/net/ipv4/icmp_ratelimit") << 0;
    std::ofstream("/proc/sys/net/ipv6/icmp/ratelimit") << 0;
    auto kernel = Rtnetlink::open();
    if (!kernel) return kernel.error();
    expect(kernel->set_up("lo"));
    expect(kernel->add_address("t0", with_prefix("10.60.0.2", 24)));
    expect(kernel->add_address("t0", with_prefix("fd00:60::2", 64)));
    for (int i = 1; i <= 20; ++i) {
      expect(kernel->add_address("lo", with_prefix("10.50.0." + std::to_string(i), 32)));
    }
    expect(kernel->set_up("t0", {.link_local = false}));
    services.listen_on(22);
    services.listen_on(80);
    services.answer_datagrams_on(5'000);
    return ok();
  }

  static void set_up(const NetworkNamespace& target, Services& services) {
    auto kernel = Rtnetlink::open();
    ASSERT_TRUE(kernel);
    expect(kernel->set_up("lo"));
    expect(kernel->add_veth("s0", "t0", target));
    expect(target.run_inside([&] { return set_up_target(services); }));
    expect(kernel->add_address("s0", with_prefix("10.60.0.1", 24)));
    expect(kernel->add_address("s0", with_prefix("fd00:60::1", 64)));
    expect(kernel->set_up("s0", {.link_local = false}));
    expect(kernel->add_route(with_prefix("10.50.0.0", 16), *IpAddress::parse("10.60.0.2")));
  }
};

void expect_true_states(const PacketScan& scan, std::string_view host, std::size_t ports,
                        std::string_view open = "open syn-ack",
                        std::string_view closed = "closed reset") {
  const auto found = scan.findings(host);
  EXPECT_EQ(found.size(), ports) << host;
  for (const auto& [port, words] : found) {
    const bool is_open = port == "tcp/22" || port == "tcp/80";
    EXPECT_EQ(words, is_open ? open : closed) << host << " " << port;
  }
}

Task<> whole_host(std::size_t threads) {
  PacketScan scan(plan_of({"10.60.0.2", "fd00:60::2"}, tcp_ports(1, 3'000)));
  scan.use_threads(threads);
  expect(co_await scan.go());
  expect_true_states(scan, "10.60.0.2", 3'000);
  expect_true_states(scan, "fd00:60::2", 3'000);
  const ScanTotals totals = scan.run().totals(Loop::current().engine().now());
  EXPECT_EQ(totals.matched, 6'000U);
  EXPECT_EQ(totals.foreign, 0U);
  EXPECT_EQ(totals.corrupt, 0U);  // though the SYN-ACKs come without a checksum: they are local
}
TEST_F(TwoNamespaces, EveryPortOfAHostHasItsState) { run(whole_host, std::size_t{0}); }
TEST_F(TwoNamespaces, EveryPortOfAHostHasItsStateByAThread) { run(whole_host, std::size_t{1}); }
TEST_F(TwoNamespaces, EveryPortOfAHostHasItsStateByTwoThreads) { run(whole_host, std::size_t{2}); }

// Where a kernel makes no ring of such blocks, it tells of checksums in another way.
Task<> without_a_ring() {
  PacketScan scan(plan_of({"10.60.0.2", "fd00:60::2"}, tcp_ports(1, 500)));
  expect(co_await scan.go({.ring = {.block_bytes = 1}}));
  expect_true_states(scan, "10.60.0.2", 500);
  expect_true_states(scan, "fd00:60::2", 500);
  EXPECT_EQ(scan.run().totals(Loop::current().engine().now()).corrupt, 0U);
}
TEST_F(TwoNamespaces, WithoutARing) { run(without_a_ring); }

Task<> behind_a_gateway() {
  PacketScan scan(plan_of({"10.50.0.1-10.50.0.20", "10.60.0.2"}, tcp_ports(20, 100)));
  expect(co_await scan.go());
  for (int i = 1; i <= 20; ++i) expect_true_states(scan, "10.50.0." + std::to_string(i), 81);
  expect_true_states(scan, "10.60.0.2", 81);
}
TEST_F(TwoNamespaces, HostsBehindAGatewayAndOnTheLink) { run(behind_a_gateway); }

Task<> methods() {
  const auto scanned = [](TcpMethod method) {
    return plan_of({"10.60.0.2"}, tcp_ports(20, 90), method);
  };
  for (const TcpMethod method : {TcpMethod::fin, TcpMethod::null, TcpMethod::xmas}) {
    PacketScan scan(scanned(method), {.most_tries = 2});
    expect(co_await scan.go());
    expect_true_states(scan, "10.60.0.2", 71, "open|filtered no-response");
  }
  PacketScan scan(scanned(TcpMethod::ack));
  expect(co_await scan.go());
  expect_true_states(scan, "10.60.0.2", 71, "unfiltered reset", "unfiltered reset");
}
TEST_F(TwoNamespaces, TheOtherMethodsOfTcp) { run(methods); }

Task<> other_protocols() {
  for (const char* const host : {"10.60.0.2", "fd00:60::2"}) {
    PacketScan scan(plan_of({host}, {{ScanProtocol::udp, 5'000},
                                     {ScanProtocol::udp, 5'001},
                                     {ScanProtocol::ping, 0},
                                     {ScanProtocol::neighbour, 0}}));
    expect(co_await scan.go());
    const auto found = scan.findings(host);
    EXPECT_EQ(found.at("udp/5000"), "open udp-response") << host;
    EXPECT_EQ(found.at("udp/5001"), "closed port-unreach") << host;
    EXPECT_EQ(found.at("ping/0"), "open echo-reply") << host;
    EXPECT_EQ(found.at("neighbour/0"), "open neighbour-reply") << host;
  }
}
TEST_F(TwoNamespaces, UdpPingAndNeighboursOfBothFamilies) { run(other_protocols); }

Task<> unreachable() {
  PacketScan scan(
      plan_of({"10.60.0.2", "10.60.0.99", "fd00:60::99", "203.0.113.7"}, tcp_ports(21, 23)));
  expect(co_await scan.go());
  EXPECT_EQ(scan.findings("10.60.0.2").at("tcp/22"), "open syn-ack");
  for (const char* const absent : {"10.60.0.99", "fd00:60::99"}) {
    for (const auto& [port, words] : scan.findings(absent)) {
      EXPECT_EQ(words, "filtered host-unreach") << absent << " " << port;
    }
  }
  for (const auto& [port, words] : scan.findings("203.0.113.7")) {
    EXPECT_EQ(words, "filtered net-unreach") << port;
  }
  EXPECT_EQ(scan.notices().size(), 1U);
}
TEST_F(TwoNamespaces, WhereNobodyIsAndWhereNoRouteLeads) { run(unreachable); }

// This host's own addresses, which no link leads to.
Task<> here() {
  PacketScan scan(plan_of({"10.60.0.1", "127.0.0.1", "::1", "10.60.0.2"}, tcp_ports(20, 30)));
  expect(co_await scan.go());
  for (const char* const own : {"10.60.0.1", "127.0.0.1", "::1"}) {
    for (const auto& [port, words] : scan.findings(own)) {
      EXPECT_EQ(words, "closed reset") << own << " " << port;
    }
  }
  EXPECT_EQ(scan.findings("10.60.0.2").at("tcp/22"), "open syn-ack");
}
TEST_F(TwoNamespaces, ThisHostItself) { run(here); }

Task<> source_port() {
  PacketScan scan(plan_of({"10.60.0.2"}, tcp_ports(20, 90)));
  expect(co_await scan.go({.source_port = 53}));
  expect_true_states(scan, "10.60.0.2", 71);
}
TEST_F(TwoNamespaces, FromAPortThatWasNamed) { run(source_port); }

// A link whose queue is full refuses packets: they are put off, and none of it is a state.
Task<> full_queue(std::size_t threads) {
  if (std::system("tc qdisc add dev s0 root tbf rate 2mbit burst 3000 limit 4000") != 0) {
    std::fprintf(stderr, "not tested: no queue of that kind (tc, sch_tbf)\n");
    co_return;
  }
  PacketScan scan(plan_of({"10.60.0.2"}, tcp_ports(1, 1'000)));
  scan.use_threads(threads);
  expect(co_await scan.go());
  expect_true_states(scan, "10.60.0.2", 1'000);
  const ScanTotals totals = scan.run().totals(Loop::current().engine().now());
  EXPECT_GT(totals.shortages, 0U);
  EXPECT_EQ(totals.sent, 1'000U);
}
TEST_F(TwoNamespaces, AFullQueueIsAShortage) { run(full_queue, std::size_t{0}); }
TEST_F(TwoNamespaces, AFullQueueIsAShortageOfAThreadToo) { run(full_queue, std::size_t{1}); }

// A ring that is far too small loses answers, which are counted and asked for again.
Task<> small_ring() {
  PacketScan scan(plan_of({"10.60.0.2"}, tcp_ports(1, 5'000)));
  expect(co_await scan.go({.batch_packets = 512, .ring = {.block_bytes = 4096, .blocks = 2}}));
  expect_true_states(scan, "10.60.0.2", 5'000);
  EXPECT_GT(scan.run().totals(Loop::current().engine().now()).dropped, 0U);
}
TEST_F(TwoNamespaces, ASmallRingLosesNoState) { run(small_ring); }

Task<Result<>> scan_all(PacketScan& scan) { co_return co_await scan.go(); }
// Threads may be sending just then; whatever was handed to them outlives that.
Task<Result<>> lose_patience(int turns) {
  for (; turns > 0; --turns) {
    if (const auto others = co_await yield(); !others) co_return others;
  }
  co_return Error(Fault::cancelled, "wait any longer");
}
Task<> broken_off() {
  for (int turns = 1; turns <= 20; ++turns) {
    PacketScan scan(plan_of({"10.60.0.2"}, tcp_ports(100, 5'000)));
    scan.use_threads(2);
    (void)co_await either(scan_all(scan), lose_patience(turns));
    for (const auto& [port, words] : scan.findings("10.60.0.2")) {
      if (words != "filtered no-response") EXPECT_EQ(words, "closed reset") << port;
    }
  }
}
TEST_F(TwoNamespaces, MayBeBrokenOffAtAnyTime) { run(broken_off); }

Task<Result<>> pull_the_cable() {
  if (const auto slept = co_await sleep_for(100ms); !slept) co_return slept;
  EXPECT_EQ(std::system("ip link set s0 down"), 0);
  co_return ok();
}
// Nobody is at 10.50.0.99, and the gateway, which does not forward, says nothing.
Task<> interface_down() {
  PacketScan scan(plan_of({"10.50.0.99"}, tcp_ports(1, 60'000)));
  const auto ended = co_await both(scan_all(scan), pull_the_cable());
  EXPECT_EQ(ended.error().fault(), Fault::unreachable) << ended.error().describe();
}
TEST_F(TwoNamespaces, AnInterfaceThatGoesDownEndsIt) { run(interface_down); }

// --- no Ethernet ---------------------------------------------------------------------------------

constexpr std::uint16_t k_damaged = 33;

// The other end of a TUN device: 22 is open there, the rest is closed. Answers of one port are
// damaged on their way.
std::size_t answer_packet(std::span<const std::byte> asked, std::span<std::byte> into) {
  const auto ip = read_ip_packet(asked);
  if (!ip || ip->protocol != k_protocol_tcp) return 0;
  const auto segment = read_tcp_segment(ip->payload);
  if (!segment || !segment->has(k_tcp_syn)) return 0;
  const bool open = segment->destination_port == 22;
  const std::size_t header = write_ip_header({.source = ip->destination,
                                              .destination = ip->source,
                                              .protocol = k_protocol_tcp,
                                              .payload_bytes = k_tcp_header_bytes},
                                             into);
  const std::uint8_t flags = open ? k_tcp_syn | k_tcp_ack : k_tcp_rst | k_tcp_ack;
  write_tcp_header({.source_port = segment->destination_port,
                    .destination_port = segment->source_port,
                    .sequence = 1,
                    .acknowledgement = segment->sequence + 1,
                    .flags = flags,
                    .window = 1'000},
                   into.subspan(header));
  set_tcp_checksum(into.subspan(header, k_tcp_header_bytes), ip->destination, ip->source);
  if (segment->destination_port == k_damaged) into[header + 15] ^= std::byte{1};  // the window
  return header + k_tcp_header_bytes;
}

Task<Result<>> answer_by(Tun& tun) {
  for (;;) {
    std::array<std::byte, 2048> asked, answer;
    const auto got = co_await tun.receive(asked);
    if (!got) co_return got.error();
    const std::size_t size = answer_packet(std::span(asked).first(*got), answer);
    if (size == 0) continue;
    const auto sent = co_await tun.send(std::span(answer).first(size));
    if (!sent) co_return sent.error();
  }
}

Task<> without_ethernet() {
  const auto here = NetworkNamespace::current();
  CO_ASSERT(here);
  auto tun = Tun::open(
      *here, {.addresses = {with_prefix("10.70.0.1", 24), with_prefix("fd00:70::1", 64)}});
  if (!tun) {
    // Some containers are not given the device.
    std::fprintf(stderr, "not tested: %s\n", tun.error().describe().c_str());
    co_return;
  }
  PacketScan scan(plan_of({"10.70.0.2", "fd00:70::2"}, tcp_ports(20, 120)));
  expect(co_await either(scan_all(scan), answer_by(*tun)));
  for (const char* const host : {"10.70.0.2", "fd00:70::2"}) {
    for (const auto& [port, words] : scan.findings(host)) {
      const std::string_view closed = port == "tcp/33" ? "filtered no-response" : "closed reset";
      EXPECT_EQ(words, port == "tcp/22" ? "open syn-ack" : closed) << host << " " << port;
    }
  }
  // An answer to each try of that port of both.
  EXPECT_GE(scan.run().totals(Loop::current().engine().now()).corrupt, 4U);
}
TEST_F(TwoNamespaces, ByALinkWithoutEthernet) { run(without_ethernet); }

}  // namespace
}  // namespace patchbay
