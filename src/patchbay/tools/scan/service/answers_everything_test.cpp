#include "patchbay/tools/scan/service/answers_everything.hpp"

#include <gtest/gtest.h>

#include "patchbay/tools/scan/service/service_fakes_fixture.hpp"

namespace patchbay {
namespace {

Task<> inquire(IpAddress address, std::vector<std::uint16_t> open, bool& verdict) {
  verdict = co_await answers_everything(address, std::move(open), {});
}

bool answers_everything_of(FakeHost& host, std::vector<std::uint16_t> open) {
  bool verdict = false;
  host.pair.client.run(inquire(host.pair.server.address(), std::move(open), verdict));
  host.took = sim::run(host.world);
  return verdict;
}

std::vector<std::uint16_t> range(std::uint16_t first, std::uint16_t last) {
  std::vector<std::uint16_t> ports;
  for (std::uint16_t port = first; port <= last; ++port) ports.push_back(port);
  return ports;
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

TEST(AnswersEverything, IsNotSaidOfFewSilentPorts) {
  FakeHost host;
  const auto open = range(1000, 1009);
  for (const std::uint16_t port : open) host.serve(port, {});
  EXPECT_FALSE(answers_everything_of(host, open));
  EXPECT_LT(host.took, 1s);  // the canary is refused
}

TEST(AnswersEverything, IsSaidWhereTheCanarySings) {
  FakeHost host;
  const auto few = range(1000, 1001);
  for (const std::uint16_t port : few) host.serve(port, {});
  for (const std::uint16_t port : range(50'000, 59'999)) host.serve(port, {});
  EXPECT_TRUE(answers_everything_of(host, few));
}

}  // namespace
}  // namespace patchbay
