#include "patchbay/tools/scan/session/service_search.hpp"

#include <gtest/gtest.h>

#include <string>

#include "patchbay/net/group.hpp"
#include "patchbay/tools/scan/service/service_fakes_fixture.hpp"

namespace patchbay {
namespace {

using Parts = std::vector<ScanPart>;

// The server of a FakeHost, of which so many ports from the first on were found open.
Parts parts_of(const IpAddress& server, std::uint16_t first, std::uint16_t ports,
               ScanListener& nobody) {
  const IpRange range{server, server};
  ScanPlan plan{.hosts = IpSet(std::span(&range, 1)), .ports = {}, .tcp = TcpMethod::connect};
  for (std::uint16_t i = 0; i < ports; ++i) {
    plan.ports.push_back({ScanProtocol::tcp, static_cast<std::uint16_t>(first + i)});
  }
  Parts parts;
  parts.emplace_back(std::move(plan), ScanPace(), nobody, 1U, ScanShard());
  for (ScanTarget target = 0; target < ports; ++target) {
    parts[0].run().next(Instant(1s));
    parts[0].run().answered(
        target, {.state = PortState::open, .reason = AnswerReason::connected, .round_trip = 2ms},
        Instant(1s));
  }
  return parts;
}

// "1000 ssh, 1001 ?": which ports were asked to the end, and what they serve.
std::string text_of(const ServiceSearch::Saved& saved) {
  std::string text;
  for (const auto& [target, answer] : saved.answers) {
    text += (text.empty() ? "" : ", ") + std::to_string(target.second.number) + " " +
            (answer.finding ? answer.finding->service : "?");
  }
  return text;
}

Task<> ask(ServiceSearch& search, const Parts& parts) {
  [[maybe_unused]] const auto asked = co_await search.ask(parts);
}

Task<> ask_for(Duration time, ServiceSearch& search, const Parts& parts) {
  TaskGroup group(co_await current_scope());
  group.spawn(ask, std::ref(search), std::cref(parts));
  EXPECT_TRUE(co_await sleep_for(time));
  group.cancel();
  co_await group.join();
}

class ServiceSearchTest : public testing::Test {
 protected:
  const IpAddress server() { return host_.pair.server.address(); }

  ScanListener nobody_;
  FakeHost host_;
  ServiceFake& ssh_ = host_.serve(1000, {.greeting = "SSH-2.0-OpenSSH_9.2p1 Debian-2\r\n"});
  ServiceFake& web_ = host_.serve(1001, {.answers = {{"GET / ", k_fake_page}}, .thinks = 3s});
  // Nobody is at 1002 any more.
};

TEST_F(ServiceSearchTest, AsksEachOpenPort) {
  const Parts parts = parts_of(server(), 1000, 3, nobody_);
  ServiceSearch search({});
  host_.pair.client.run(ask(search, parts));
  sim::run(host_.world);
  EXPECT_EQ(text_of(search.saved()), "1000 ssh, 1001 http, 1002 ?");
  const ServiceAnswer* const ssh = search.find(server(), {ScanProtocol::tcp, 1000});
  ASSERT_NE(ssh, nullptr);
  EXPECT_TRUE(ssh->connected);
  EXPECT_EQ(ssh->finding->product, "OpenSSH");
  EXPECT_EQ(search.find(server(), {ScanProtocol::tcp, 999}), nullptr);
}

Task<> in_two_pieces(const Parts& parts, std::string& first, std::string& second,
                     std::size_t& connections, const ServiceFake& fake) {
  ServiceSearch begun({});
  co_await ask_for(2s, begun, parts);
  first = text_of(begun.saved());
  connections = fake.connections;
  ServiceSearch rest({}, begun.saved());
  co_await ask(rest, parts);
  second = text_of(rest.saved());
}

// Whoever thinks for longer than it took is not known, though it has been connected to.
TEST_F(ServiceSearchTest, GoesOnWithThoseThatWereNotAskedToTheEnd) {
  const Parts parts = parts_of(server(), 1000, 3, nobody_);
  std::string first;
  std::string second;
  std::size_t connections = 0;
  host_.pair.client.run(in_two_pieces(parts, first, second, connections, ssh_));
  sim::run(host_.world);
  EXPECT_EQ(first, "1000 ssh, 1002 ?");
  EXPECT_EQ(second, "1000 ssh, 1001 http, 1002 ?");
  EXPECT_GT(connections, 0U);
  EXPECT_EQ(ssh_.connections, connections);
}

Task<> save_meanwhile(ServiceSearch& search, const Parts& parts, std::string& saved) {
  TaskGroup group(co_await current_scope());
  group.spawn(ask, std::ref(search), std::cref(parts));
  EXPECT_TRUE(co_await sleep_for(2s));
  saved = text_of(search.saved());
  co_await group.join();
}

TEST_F(ServiceSearchTest, IsSavedWhileItAsks) {
  const Parts parts = parts_of(server(), 1000, 3, nobody_);
  ServiceSearch search({});
  std::string saved;
  host_.pair.client.run(save_meanwhile(search, parts, saved));
  sim::run(host_.world);
  EXPECT_EQ(saved, "1000 ssh, 1002 ?");
}

Task<> find_machines(ServiceSearch& search, const Parts& parts) {
  const std::vector<std::uint16_t> unasked = {50'001, 50'002, 50'003};
  EXPECT_TRUE(co_await search.find_machines(parts, parts[0].plan(), unasked));
}

// Twelve ports that accept everybody and say nothing, and so do those that nobody had asked.
TEST_F(ServiceSearchTest, RemembersWhoAnswersEverything) {
  for (std::uint16_t port = 2000; port < 2012; ++port) host_.serve(port, {});
  for (std::uint16_t port = 50'001; port < 50'004; ++port) host_.serve(port, {});
  const Parts parts = parts_of(server(), 2000, 12, nobody_);
  ServiceSearch search({});
  EXPECT_FALSE(search.saved().machines);
  host_.pair.client.run(find_machines(search, parts));
  sim::run(host_.world);
  EXPECT_TRUE(search.is_machine(server()));
  const ServiceSearch later({}, search.saved());
  EXPECT_TRUE(later.is_machine(server()));
  EXPECT_TRUE(later.saved().machines);
}

}  // namespace
}  // namespace patchbay
