// UDP asked by the kernel's own sockets, over the loopback; on bad networks it is in
// tests/sim/scan_udp_test.cpp, and what firewalls say in tests/lab/test_scan_udp.py.
#include "patchbay/tools/scan/probe/udp_try.hpp"

#include <fmt/format.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <utility>
#include <vector>

#include "patchbay/net/datagram_socket.hpp"
#include "patchbay/tools/scan/probe/connect_scan_fixture.hpp"

namespace patchbay {
namespace {

constexpr PortVerdict k_open{PortState::open, AnswerReason::udp_response};
constexpr PortVerdict k_closed{PortState::closed, AnswerReason::port_unreachable};
constexpr PortVerdict k_silent{PortState::open_or_filtered, AnswerReason::no_response};
// Of a service that runs in the same loop an answer may take its time.
constexpr ScanPace k_patient{.least_wait = 1s};
constexpr ScanPace k_hasty{.timeout = 50ms, .first_wait = 50ms, .least_wait = 10ms};

// A port that is taken, where nobody answers for as long as nobody is handed it.
class Taken {
 public:
  explicit Taken(const char* address = "127.0.0.1") {
    const Endpoint wanted(*IpAddress::parse(address), 0);
    socket_ = ::socket(wanted.native()->sa_family, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    EXPECT_EQ(::bind(socket_, wanted.native(), wanted.native_size()), 0);
    sockaddr_storage bound{};
    socklen_t size = sizeof bound;
    EXPECT_EQ(::getsockname(socket_, reinterpret_cast<sockaddr*>(&bound), &size), 0);
    port_ = Endpoint(reinterpret_cast<sockaddr*>(&bound)).port();
  }
  ~Taken() {
    if (socket_ >= 0) ::close(socket_);
  }
  Taken(const Taken&) = delete;
  Taken& operator=(const Taken&) = delete;
  std::uint16_t port() const { return port_; }
  int hand_over() { return std::exchange(socket_, -1); }

 private:
  int socket_;
  std::uint16_t port_;
};

// Answers so many datagrams and takes the others; `heard` is who sent them.
Task<Result<>> answer_by(int opened, std::size_t most, std::vector<Endpoint>& heard) {
  Engine& engine = Loop::current().engine();
  const auto handle = engine.adopt(opened);
  if (!handle) co_return handle.error();
  IpDatagramSocket socket(engine, *handle);
  std::array<std::byte, 64> room{};
  for (;;) {
    const auto got = co_await socket.receive_from(room);
    if (!got) co_return got.error();
    heard.push_back(got->peer);
    if (heard.size() > most) continue;
    const auto sent = co_await socket.send_to("yes", got->peer);
    if (!sent) co_return sent.error();
  }
}

// What comes from this host itself has to come twice, to two ports.
TEST(UdpTry, TellsOpenFromClosed) {
  for (const char* const address : {"127.0.0.1", "::1"}) {
    Taken open(address);
    const std::uint16_t nobody = Taken(address).port();
    ConnectScan scan(plan_of(address, {open.port(), nobody}, ScanProtocol::udp), k_patient);
    std::vector<Endpoint> heard;
    const auto done = scan.run_beside(answer_by(open.hand_over(), 1'000, heard));
    ASSERT_TRUE(done) << done.error().describe();
    const auto states = scan.states();
    EXPECT_EQ(states.size(), 2U);
    EXPECT_EQ(states.at(open.port()), k_open);
    EXPECT_EQ(states.at(nobody), k_closed);
    ASSERT_EQ(heard.size(), 2U);
    EXPECT_NE(heard[0].port(), heard[1].port());
    EXPECT_TRUE(scan.host().round_trip);
    EXPECT_TRUE(scan.notices().empty());
  }
}

TEST(UdpTry, WhoeverSaysNothingMayBeOpen) {
  const Taken mute;
  const std::uint16_t nobody = Taken().port();
  ConnectScan scan(plan_of("127.0.0.1", {mute.port(), nobody}, ScanProtocol::udp), k_hasty);
  ASSERT_TRUE(scan.run());
  EXPECT_EQ(scan.states().at(mute.port()), k_silent);
  EXPECT_EQ(scan.states().at(nobody), k_closed);
  EXPECT_GE(scan.totals().sent, 3U);
}

std::size_t lines_with(const std::vector<std::string>& lines, const std::string& words) {
  return static_cast<std::size_t>(std::ranges::count_if(
      lines, [&](const std::string& line) { return line.find(words) != line.npos; }));
}

TEST(UdpTry, EachDatagramAndEachAnswerIsTraced) {
  Taken open;
  const std::uint16_t nobody = Taken().port();
  std::vector<std::string> lines;
  ScanTrace trace([&](const std::string& line) { lines.push_back(line); });
  ConnectScan scan(plan_of("127.0.0.1", {open.port(), nobody}, ScanProtocol::udp), k_patient);
  std::vector<Endpoint> heard;
  ASSERT_TRUE(scan.run_beside(answer_by(open.hand_over(), 1'000, heard), {.trace = &trace}));
  const auto told = [&](const char* what, std::uint16_t port, const char* words) {
    return lines_with(lines, fmt::format("{}  udp 127.0.0.1:{}{}", what, port, words));
  };
  EXPECT_EQ(told("sent", open.port(), ", try 1"), heard.size());
  EXPECT_EQ(told("got ", open.port(), " open: udp-response, try 1"), 1U);
  EXPECT_EQ(told("sent", nobody, ", try 1"), 1U);
  EXPECT_EQ(told("got ", nobody, " closed: port-unreach, try 1"), 1U);
}

// A probe of ours may have come to another socket of ours.
TEST(UdpTry, OneAnswerOfThisHostIsNotBelieved) {
  Taken once;
  ScanPace pace = k_hasty;
  pace.most_tries = 1;
  ConnectScan scan(plan_of("127.0.0.1", {once.port()}, ScanProtocol::udp), pace);
  std::vector<Endpoint> heard;
  ASSERT_TRUE(scan.run_beside(answer_by(once.hand_over(), 1, heard)));
  EXPECT_EQ(scan.states().at(once.port()), k_silent);
}

// The port that it comes from is the one that it goes to: it hears itself.
TEST(UdpTry, DoesNotTakeItselfForAService) {
  for (const char* const address : {"127.0.0.1", "::1"}) {
    // Another program may take the port before the scan does: then there is another one.
    for (int tries = 1; tries <= 5; ++tries) {
      const std::uint16_t port = Taken(address).port();
      ConnectScan scan(plan_of(address, {port}, ScanProtocol::udp));
      const bool has_run = scan.run({.source = {.port = port}}).has_value();
      ASSERT_TRUE(has_run || tries < 5);
      if (!has_run) continue;
      EXPECT_EQ(scan.states().at(port), k_closed);
      break;
    }
  }
}

TEST(UdpTry, ComesFromWhereItIsTold) {
  Taken open;
  const std::uint16_t from = Taken().port();
  ConnectScan scan(plan_of("127.0.0.1", {open.port()}, ScanProtocol::udp), k_patient);
  const ConnectSource source{
      .address = *IpAddress::parse("127.5.6.7"), .port = from, .interface = "lo", .hop_limit = 3};
  std::vector<Endpoint> heard;
  ASSERT_TRUE(scan.run_beside(answer_by(open.hand_over(), 1'000, heard), {.source = source}));
  EXPECT_EQ(scan.states().at(open.port()), k_open);
  EXPECT_EQ(heard, (std::vector{Endpoint(*source.address, from)}));
}

TEST(UdpTry, TheAddressOfEverybodyOnALinkIsAskedNothing) {
  const std::uint16_t nobody = Taken().port();
  ConnectScan scan(plan_of("127.255.255.255", {nobody}, ScanProtocol::udp));
  ASSERT_TRUE(scan.run());
  EXPECT_EQ(scan.states().at(nobody),
            (PortVerdict{PortState::filtered, AnswerReason::net_unreachable}));
  EXPECT_EQ(scan.totals().sent, 0U);
}

TEST(UdpTry, BothProtocolsAreAskedInOneRun) {
  const Taken mute;
  const std::uint16_t nobody = Taken().port();
  ScanPlan plan = plan_of("127.0.0.1", {nobody}, ScanProtocol::udp);
  plan.ports.push_back({ScanProtocol::tcp, mute.port()});  // of UDP it is taken, of TCP not
  ConnectScan scan(std::move(plan));
  ASSERT_TRUE(scan.run());
  const HostReport host = scan.host();
  ASSERT_EQ(host.ports.size(), 2U);
  EXPECT_EQ(host.ports[0].port, (ScanPort{ScanProtocol::tcp, mute.port()}));
  EXPECT_EQ(host.ports[0].answer.reason, AnswerReason::refused);
  EXPECT_EQ(host.ports[1].port, (ScanPort{ScanProtocol::udp, nobody}));
  EXPECT_EQ(host.ports[1].answer.reason, AnswerReason::port_unreachable);
}

// -PU: whoever says that nobody listens is there, and who says nothing is asked in vain.
TEST(UdpTry, TellsWhoIsThere) {
  const Taken mute;
  const std::uint16_t nobody = Taken().port();
  for (const auto& [ports, is_there] : {std::pair{std::vector{nobody, mute.port()}, true},
                                        std::pair{std::vector{mute.port()}, false}}) {
    ScanPlan plan = plan_of("127.0.0.1", ports, ScanProtocol::udp);
    plan.one_answer_is_enough = true;
    ConnectScan scan(std::move(plan), k_hasty);
    ASSERT_TRUE(scan.run());
    EXPECT_EQ(scan.host().answered, is_there);
  }
}

TEST(UdpTry, WithoutDescriptorsItWaitsAndSaysSoOnce) {
  const std::uint16_t nobody = Taken("0.0.0.0").port();
  ConnectScan scan(plan_of("127.1.0.0-127.1.0.255", {nobody}, ScanProtocol::udp));
  const auto done = scan.run_with(take_descriptors_away(50ms));
  ASSERT_TRUE(done) << done.error().describe();
  for (std::uint64_t host = 0; host < 256; ++host) {
    EXPECT_EQ(scan.states(host).at(nobody), k_closed);
  }
  EXPECT_GT(scan.totals().shortages, 0U);
  EXPECT_EQ(scan.notices().size(), 1U);
}

Task<Result<>> pause(Duration time) { co_return co_await sleep_for(time); }

// A port of another program's cannot be come from; that is no state of the port that was asked.
TEST(UdpTry, APortThatIsTakenIsAShortage) {
  const Taken taken("0.0.0.0");
  ConnectScan scan(plan_of("127.0.0.1", {Taken().port()}, ScanProtocol::udp));
  ConnectProberOptions options{.source = {.port = taken.port()}};
  ASSERT_TRUE(scan.run_beside(pause(100ms), std::move(options)));
  EXPECT_GT(scan.totals().shortages, 0U);
  EXPECT_EQ(scan.totals().matched, 0U);
}

}  // namespace
}  // namespace patchbay
