#include "patchbay/tools/scan/service/answers_everything.hpp"

#include <gtest/gtest.h>

#include "patchbay/tools/scan/service/service_fakes_fixture.hpp"

namespace patchbay {
namespace {

std::vector<std::uint16_t> range(std::uint16_t first, std::uint16_t last) {
  std::vector<std::uint16_t> ports;
  for (unsigned port = first; port <= last; ++port) {
    ports.push_back(static_cast<std::uint16_t>(port));
  }
  return ports;
}

const std::vector<std::uint16_t> k_unasked = range(50'000, 59'999);

Task<> inquire(IpAddress address, std::vector<std::uint16_t> open, std::size_t asked,
               bool& verdict) {
  const auto one = suspect_of(address, std::move(open), asked, k_unasked, {});
  if (one) verdict = co_await answers_everything(*one, {});
}

bool answers_everything_of(FakeHost& host, std::vector<std::uint16_t> open,
                           std::size_t asked = 1'000) {
  bool verdict = false;
  host.pair.client.run(inquire(host.pair.server.address(), std::move(open), asked, verdict));
  host.took = sim::run(host.world);
  return verdict;
}

TEST(AnswersEverything, IsSaidOfWhoeverAcceptsAndIsSilent) {
  FakeHost host;
  const auto open = range(1000, 1099);
  for (const std::uint16_t port : open) host.serve(port, {});
  EXPECT_TRUE(answers_everything_of(host, open));
  EXPECT_LT(host.took, 5s);
}

TEST(AnswersEverything, IsNotSaidOfAHostWithServices) {
  FakeHost host;
  const auto open = range(1000, 1099);
  for (const std::uint16_t port : open) host.serve(port, {.answers = {{"GET / ", k_fake_page}}});
  EXPECT_FALSE(answers_everything_of(host, open));
}

// Of two ports that were found open and a thousand that were asked nothing can be said.
TEST(AnswersEverything, IsNotEvenAskedOfFew) {
  for (const auto& [open, asked] : {std::pair(8U, 1'000U), std::pair(4U, 4U)}) {
    FakeHost host;
    const auto ports = range(1000, static_cast<std::uint16_t>(999 + open));
    const ServiceFake& fake = host.serve(ports.front(), {});
    for (const std::uint16_t port : range(50'000, 59'999)) host.serve(port, {});
    EXPECT_FALSE(answers_everything_of(host, ports, asked)) << open << " of " << asked;
    EXPECT_EQ(fake.connections, 0U);
  }
}

TEST(AnswersEverything, IsNotSaidOfManySilentPortsWhereOthersAreClosed) {
  FakeHost host;
  const auto open = range(1000, 1029);
  for (const std::uint16_t port : open) host.serve(port, {});
  // Some services listen up there, and no canary meets three of them.
  for (const std::uint16_t port : range(50'000, 50'011)) host.serve(port, {});
  EXPECT_FALSE(answers_everything_of(host, open, open.size()));
  EXPECT_LT(host.took, 1s);  // a canary is refused
}

TEST(AnswersEverything, IsSaidWhereTheCanariesSing) {
  for (const auto& [count, asked] : {std::pair(9U, 1'000U), std::pair(5U, 5U)}) {
    FakeHost host;
    const auto open = range(1000, static_cast<std::uint16_t>(999 + count));
    for (const std::uint16_t port : open) host.serve(port, {});
    for (const std::uint16_t port : range(50'000, 59'999)) host.serve(port, {});
    EXPECT_TRUE(answers_everything_of(host, open, asked)) << count << " of " << asked;
  }
}

TEST(AnswersEverything, IsNotSaidWhereOnePortSaysAWord) {
  FakeHost host;
  const auto open = range(1000, 1004);
  for (const std::uint16_t port : open) host.serve(port, {});
  for (const std::uint16_t port : range(50'000, 59'999)) {
    host.serve(port, {.greeting = "SSH-2.0-OpenSSH_9.2p1\r\n"});
  }
  EXPECT_FALSE(answers_everything_of(host, open, open.size()));
}

TEST(AnswersEverything, HasNothingToSayWithoutCanaries) {
  const IpAddress address = IpAddress::parse("10.0.0.1").value();
  EXPECT_FALSE(suspect_of(address, range(1, 20), 20, {}, {}));
}

Task<> search(std::vector<Suspect> suspects, std::vector<IpAddress>& found) {
  const ServiceOptions options{.at_once = 16};
  found = co_await find_answer_machines(suspects, options);
}

TEST(AnswersEverything, IsAskedOfSeveralAtATime) {
  FakeHost host;
  host.serve(1000, {});
  host.serve(1001, {.greeting = "220 hello\r\n"});
  const IpAddress address = host.pair.server.address();
  std::vector<Suspect> suspects(7, {.address = address, .samples = {1000}});
  suspects.push_back({.address = address, .samples = {1000, 1001}});
  std::vector<IpAddress> found;
  host.pair.client.run(search(suspects, found));
  host.took = sim::run(host.world);
  EXPECT_EQ(found, std::vector<IpAddress>(7, address));
  EXPECT_LT(host.took, 12s);  // two at a time, each some 2.2 s
}

}  // namespace
}  // namespace patchbay
