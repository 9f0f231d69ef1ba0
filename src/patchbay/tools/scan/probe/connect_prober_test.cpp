// A connect scan of the loopback, by the kernel's own sockets; on bad networks it is scanned in
// tests/sim/scan_engines_test.cpp.
#include "patchbay/tools/scan/probe/connect_prober.hpp"

#include <sys/resource.h>
#include <unistd.h>

#include <array>
#include <cstdio>
#include <cstdlib>
#include <vector>

#include "patchbay/tools/scan/probe/connect_scan_fixture.hpp"

namespace patchbay {
namespace {

// A port with nobody behind it for as long as this stands: bound and not listening.
class Closed {
 public:
  explicit Closed(const char* address = "127.0.0.1") {
    const Endpoint wanted(*IpAddress::parse(address), 0);
    socket_ = ::socket(wanted.native()->sa_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
    EXPECT_EQ(::bind(socket_, wanted.native(), wanted.native_size()), 0);
    sockaddr_storage bound{};
    socklen_t size = sizeof bound;
    EXPECT_EQ(::getsockname(socket_, reinterpret_cast<sockaddr*>(&bound), &size), 0);
    port_ = Endpoint(reinterpret_cast<sockaddr*>(&bound)).port();
  }
  ~Closed() { ::close(socket_); }
  Closed(const Closed&) = delete;
  Closed& operator=(const Closed&) = delete;
  std::uint16_t port() const { return port_; }

 protected:
  int socket_;

 private:
  std::uint16_t port_;
};

// One that listens, without anybody who accepts.
class Listening : public Closed {
 public:
  explicit Listening(const char* address = "127.0.0.1", int backlog = 4096) : Closed(address) {
    EXPECT_EQ(::listen(socket_, backlog), 0);
  }
  // Where the first in its queue comes from, though it has long gone again.
  Endpoint first_client() const {
    sockaddr_storage from{};
    socklen_t size = sizeof from;
    ::close(::accept(socket_, reinterpret_cast<sockaddr*>(&from), &size));
    return Endpoint(reinterpret_cast<sockaddr*>(&from));
  }
};

constexpr PortVerdict k_open{PortState::open, AnswerReason::connected};
constexpr PortVerdict k_closed{PortState::closed, AnswerReason::refused};
constexpr PortVerdict k_silent{PortState::filtered, AnswerReason::no_response};

TEST(ConnectProber, TellsOpenFromClosed) {
  for (const char* const address : {"127.0.0.1", "::1"}) {
    const Listening one(address), two(address);
    const Closed shut(address), barred(address);
    ConnectScan scan(plan_of(address, {one.port(), shut.port(), two.port(), barred.port()}));
    const auto done = scan.run();
    ASSERT_TRUE(done) << done.error().describe();
    const auto states = scan.states();
    EXPECT_EQ(states.size(), 4U);
    EXPECT_EQ(states.at(one.port()), k_open);
    EXPECT_EQ(states.at(two.port()), k_open);
    EXPECT_EQ(states.at(shut.port()), k_closed);
    EXPECT_EQ(states.at(barred.port()), k_closed);
    EXPECT_TRUE(scan.host().round_trip);
    EXPECT_TRUE(scan.notices().empty());
    EXPECT_EQ(scan.totals().shortages, 0U);
  }
}

// A refused one is used again, and what has opened is closed: the calls tell.
TEST(ConnectProber, TwoCallsAreEnoughForAPortThatIsClosed) {
  std::vector<std::uint16_t> ports;
  for (std::uint16_t port = 1; port <= 3000; ++port) ports.push_back(port);
  ConnectScan scan(plan_of("127.77.0.1", ports));
  ASSERT_TRUE(scan.run());
  const auto closed = scan.totals().of(PortState::closed);
  EXPECT_GT(closed, 2900U);  // whatever this machine listens with on all addresses
  const std::uint64_t calls = scan.loop().counters().syscalls;
  EXPECT_LT(calls, 3000 * 5 / 2 + 10 * (3000 - closed));
}

// The port that it comes from is the one that it goes to: it meets itself.
TEST(ConnectProber, DoesNotTakeItselfForAService) {
  for (const char* const address : {"127.0.0.1", "::1"}) {
    const std::uint16_t port = Closed(address).port();
    ConnectScan scan(plan_of(address, {port}));
    ASSERT_TRUE(scan.run({.source = {.port = port}}));
    EXPECT_EQ(scan.states().at(port), k_closed);
  }
}

TEST(ConnectProber, ComesFromWhereItIsTold) {
  const Listening open;
  const Closed shut;
  const std::uint16_t from = Closed().port();
  ConnectScan scan(plan_of("127.0.0.1", {open.port(), shut.port()}));
  const ConnectSource source{
      .address = *IpAddress::parse("127.5.6.7"), .port = from, .interface = "lo"};
  ASSERT_TRUE(scan.run({.source = source}));
  EXPECT_EQ(scan.states().at(open.port()), k_open);
  EXPECT_EQ(scan.states().at(shut.port()), k_closed);
  EXPECT_EQ(open.first_client(), Endpoint(*source.address, from));
}

TEST(ConnectProber, ASourceThatIsNotThisHostsIsAnError) {
  ConnectScan scan(plan_of("127.0.0.1", {1}));
  const auto done = scan.run({.source = {.address = *IpAddress::parse("192.0.2.77")}});
  ASSERT_FALSE(done);
  EXPECT_EQ(done.error().code(), EADDRNOTAVAIL);
  EXPECT_EQ(done.error().subject(), "192.0.2.77:0");
  EXPECT_EQ(scan.totals().sent, 0U);
}

TEST(ConnectProber, AnInterfaceThatIsNotThereIsAnError) {
  ConnectScan scan(plan_of("127.0.0.1", {1}));
  const auto done = scan.run({.source = {.interface = "no-such0"}});
  ASSERT_FALSE(done);
  EXPECT_EQ(done.error().subject(), "no-such0");
}

// --- shortages -----------------------------------------------------------------------------------

TEST(ConnectProber, WithoutDescriptorsItWaitsAndSaysSoOnce) {
  const Listening open("0.0.0.0");
  ConnectScan scan(plan_of("127.1.0.0-127.1.0.255", {open.port()}));
  const auto done = scan.run_with(take_descriptors_away(50ms));
  ASSERT_TRUE(done) << done.error().describe();
  for (std::uint64_t host = 0; host < 256; ++host) {
    EXPECT_EQ(scan.states(host).at(open.port()), k_open);
  }
  EXPECT_GT(scan.totals().shortages, 0U);
  ASSERT_EQ(scan.notices().size(), 1U);
  EXPECT_NE(scan.notices()[0].find("fewer are open at a time"), std::string::npos);
}

// Accepts nobody, and its queue is full: the kernel leaves whoever comes without an answer.
class Silent {
 public:
  Silent() {
    for (int& client : clients_) {
      client = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
      const Endpoint to(IpAddress::loopback(Family::v4), port());
      ::connect(client, to.native(), to.native_size());
    }
  }
  ~Silent() {
    for (const int client : clients_) ::close(client);
  }
  Silent(const Silent&) = delete;
  Silent& operator=(const Silent&) = delete;
  std::uint16_t port() const { return listening_.port(); }

 private:
  Listening listening_{"0.0.0.0", 0};
  std::array<int, 3> clients_;
};

// In a process that may have 256 descriptors, with 1,500 targets of which a third is silent: what
// is right must not depend on it. Ends the process: 0 if it was.
[[noreturn]] void scan_with_few_descriptors() {
  const rlimit few{.rlim_cur = 64, .rlim_max = 256};
  ::setrlimit(RLIMIT_NOFILE, &few);
  const Listening open("0.0.0.0");
  const Closed shut("0.0.0.0");
  const Silent silent;
  ConnectScan scan(plan_of("127.1.0.0-127.1.1.243", {open.port(), shut.port(), silent.port()}),
                   {.timeout = 100ms, .first_wait = 100ms, .least_wait = 50ms, .most_tries = 2});
  const auto done = scan.run();
  bool right = done.has_value();
  for (std::uint64_t host = 0; host < 500; ++host) {
    const auto states = scan.states(host);
    right = right && states.at(open.port()) == k_open && states.at(shut.port()) == k_closed &&
            states.at(silent.port()) == k_silent;
  }
  std::fprintf(stderr, "%s, %zu notices, %llu shortages\n", right ? "right" : "wrong",
               scan.notices().size(), static_cast<unsigned long long>(scan.totals().shortages));
  std::_Exit(right ? 0 : 1);
}

TEST(ConnectProberDeathTest, WithFewDescriptorsItIsSlowerAndRight) {
  EXPECT_EXIT(scan_with_few_descriptors(), testing::ExitedWithCode(0),
              "right, 0 notices, 0 shortages");
}

}  // namespace
}  // namespace patchbay
