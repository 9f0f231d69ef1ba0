#include "patchbay/tools/port_holder.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <cerrno>

#include "patchbay/net/loop.hpp"
#include "patchbay/net/tcp.hpp"
#include "patchbay/net/udp.hpp"
#include "patchbay/tools/listen_on.hpp"

namespace patchbay {
namespace {

class PortHolder : public testing::TestWithParam<Family> {
 protected:
  void SetUp() override {
    auto made = Loop::make();
    ASSERT_TRUE(made);
    loop_ = std::move(*made);
    guard_.emplace(*loop_);
  }
  static Endpoint loopback() { return Endpoint(IpAddress::loopback(GetParam()), 0); }
  static Endpoint wildcard(std::uint16_t port) {
    return Endpoint(IpAddress::any(GetParam()), port);
  }
  // How this very program is called there.
  static std::string ourselves() { return fmt::format("(pid {})", ::getpid()); }

  std::unique_ptr<Loop> loop_;
  std::optional<LoopGuard> guard_;
};
INSTANTIATE_TEST_SUITE_P(, PortHolder, testing::Values(Family::v4, Family::v6),
                         [](const auto& info) { return info.param == Family::v4 ? "v4" : "v6"; });

TEST_P(PortHolder, NamesTheProgramThatListens) {
  const auto listener = TcpListener::bind(loopback());
  ASSERT_TRUE(listener) << listener.error().describe();
  EXPECT_TRUE(port_holder(Transport::tcp, listener->local()).ends_with(ourselves()));
  EXPECT_TRUE(
      port_holder(Transport::tcp, wildcard(listener->local().port())).ends_with(ourselves()));
}

TEST_P(PortHolder, NamesTheProgramWithTheDatagramSocket) {
  const auto socket = UdpSocket::bind(loopback());
  ASSERT_TRUE(socket) << socket.error().describe();
  EXPECT_TRUE(port_holder(Transport::udp, *socket->local()).ends_with(ourselves()));
  EXPECT_EQ(port_holder(Transport::tcp, *socket->local()), "") << "another transport's port";
}

TEST_P(PortHolder, ExplainsAPortInUse) {
  const auto listener = TcpListener::bind(loopback());
  ASSERT_TRUE(listener);
  const Endpoint wanted = listener->local();
  const auto second = TcpListener::bind(wanted);
  ASSERT_FALSE(second);
  const Failure failure =
      explain_bind(second.error(), Transport::tcp, wanted, "patchbay tcp serve");
  EXPECT_EQ(failure.what, "cannot listen on " + wanted.to_string());
  EXPECT_NE(failure.why.find(ourselves()), std::string::npos) << failure.why;
  EXPECT_NE(failure.remedy.find("patchbay tcp serve 0"), std::string::npos) << failure.remedy;
}

TEST(ExplainBind, TellsHowToGetAPrivilegedPort) {
  const Failure failure = explain_bind(Error::from_errno(EACCES, "bind to"), Transport::tcp,
                                       *Endpoint::parse("127.0.0.1:80"), "patchbay tcp serve");
  EXPECT_NE(failure.why.find("port 80 is a privileged one"), std::string::npos) << failure.why;
  EXPECT_NE(failure.remedy.find("cap_net_bind_service"), std::string::npos) << failure.remedy;
  EXPECT_NE(failure.remedy.find("ip_unprivileged_port_start=80"), std::string::npos);
}

TEST(ExplainBind, RemindsOfTheBracketsOfIpv6) {
  const Failure failure = explain_bind(Error::from_errno(EADDRNOTAVAIL, "bind to"), Transport::tcp,
                                       *Endpoint::parse("[2001:db8::1]:80"), "patchbay tcp serve");
  EXPECT_NE(failure.remedy.find("[::1]:5000"), std::string::npos) << failure.remedy;
}

TEST(ListenOn, TakesEveryFormAndFillsWhatIsMissing) {
  const HostPort defaults{"127.0.0.1", 5000};
  const auto parsed = [&](std::string_view text) {
    const auto where = parse_listen(text, defaults);
    return where ? where->to_string() : "refused";
  };
  EXPECT_EQ(parsed("7000"), "127.0.0.1:7000");
  EXPECT_EQ(parsed("192.0.2.1"), "192.0.2.1:5000");
  EXPECT_EQ(parsed("::1"), "[::1]:5000");
  EXPECT_EQ(parsed("[::1]:7000"), "[::1]:7000");
  EXPECT_EQ(parsed("0"), "127.0.0.1:0");
  for (const char* text : {"65536", "[::1", "127.0.0.1:", "127.0.0.1:http", "99999999999"}) {
    EXPECT_EQ(parsed(text), "refused") << text;
  }
}

TEST(ListenOn, AStarIsEveryAddressOfBothFamilies) {
  const auto endpoints = listen_endpoints({"*", 5000});
  ASSERT_TRUE(endpoints);
  ASSERT_EQ(endpoints->size(), 2U);
  EXPECT_EQ((*endpoints)[0].to_string(), "0.0.0.0:5000");
  EXPECT_EQ((*endpoints)[1].to_string(), "[::]:5000");
}

TEST(ListenOn, LocalhostIsBothLoopbacks) {
  const auto endpoints = listen_endpoints({"localhost", 5000});
  ASSERT_TRUE(endpoints) << endpoints.error().describe();
  EXPECT_GE(endpoints->size(), 1U);
  for (const Endpoint& endpoint : *endpoints) EXPECT_TRUE(endpoint.address().is_loopback());
}

TEST(ListenOn, AllAddressesGetThePortOfTheFirst) {
  auto loop = Loop::make();
  ASSERT_TRUE(loop);
  const LoopGuard guard(**loop);
  const auto listeners =
      bind_all<TcpListener>({*Endpoint::parse("127.0.0.1:0"), *Endpoint::parse("127.0.0.2:0")},
                            [](const Endpoint& endpoint) { return TcpListener::bind(endpoint); });
  ASSERT_TRUE(listeners);
  ASSERT_EQ(listeners->size(), 2U);
  EXPECT_NE((*listeners)[0].local().port(), 0);
  EXPECT_EQ((*listeners)[0].local().port(), (*listeners)[1].local().port());
}

TEST(ListenOn, OneAddressThatIsTakenIsAFailureOfAll) {
  auto loop = Loop::make();
  ASSERT_TRUE(loop);
  const LoopGuard guard(**loop);
  const auto taken = TcpListener::bind(*Endpoint::parse("127.0.0.2:0"));
  ASSERT_TRUE(taken);
  const Endpoint other(*IpAddress::parse("127.0.0.1"), taken->local().port());
  const auto listeners =
      bind_all<TcpListener>({other, taken->local()},
                            [](const Endpoint& endpoint) { return TcpListener::bind(endpoint); });
  ASSERT_FALSE(listeners);
  EXPECT_EQ(listeners.error().second, taken->local());
  EXPECT_EQ(listeners.error().first.code(), EADDRINUSE);
}

}  // namespace
}  // namespace patchbay
