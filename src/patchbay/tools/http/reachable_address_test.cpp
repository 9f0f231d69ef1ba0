#include "patchbay/tools/http/reachable_address.hpp"

#include <gtest/gtest.h>

#include <algorithm>

#include "patchbay/net/loop.hpp"
#include "patchbay/tools/self_certificate.hpp"

namespace patchbay {
namespace {

IpAddress address(const char* text) { return *IpAddress::parse(text); }

Interface device(std::vector<const char*> addresses, bool up = true, bool loopback = false) {
  Interface made;
  made.up = up;
  made.loopback = loopback;
  for (const char* const text : addresses) made.addresses.push_back({address(text), 24});
  return made;
}

std::string chosen(const char* local, const char* outward, std::vector<Interface> interfaces = {}) {
  const auto way = IpAddress::parse(outward);
  const auto found =
      reachable_address(address(local), way ? std::optional(*way) : std::nullopt, interfaces);
  return found ? found->to_string() : "(none)";
}

TEST(ReachableAddress, IsTheOneThatWasAskedFor) {
  EXPECT_EQ(chosen("127.0.0.1", "198.51.100.7"), "127.0.0.1");
  EXPECT_EQ(chosen("192.0.2.7", "198.51.100.7"), "192.0.2.7");
}

TEST(ReachableAddress, IsThatOfTheDefaultRoute) {
  const std::vector all = {device({"192.0.2.7"}), device({"198.51.100.7"})};
  EXPECT_EQ(chosen("0.0.0.0", "198.51.100.7", all), "198.51.100.7");
  EXPECT_EQ(chosen("::", "2001:db8::7", all), "2001:db8::7");
}

TEST(ReachableAddress, IsTheFirstThatOthersReachWithoutARoute) {
  const std::vector all = {device({"127.0.0.1", "192.0.2.1"}, true, true),
                           device({"192.0.2.2"}, false), device({"fe80::1", "169.254.1.1"}),
                           device({"192.0.2.3", "2001:db8::3"})};
  EXPECT_EQ(chosen("0.0.0.0", "", all), "192.0.2.3");
  EXPECT_EQ(chosen("0.0.0.0", "127.0.0.1", all), "192.0.2.3");
  EXPECT_EQ(chosen("0.0.0.0", "2001:db8::9", all), "192.0.2.3");
  EXPECT_EQ(chosen("::", "fe80::7", all), "2001:db8::3");
}

TEST(ReachableAddress, IsNoneWhereThereIsOnlyTheLoopback) {
  EXPECT_EQ(chosen("0.0.0.0", "", {device({"127.0.0.1"}, true, true)}), "(none)");
  EXPECT_EQ(chosen("::", "", {device({"192.0.2.3", "fe80::1"})}), "(none)");
}

TEST(ReachableAddress, IsOneThatTheCertificateNames) {
  const auto loop = Loop::make();
  ASSERT_TRUE(loop);
  const LoopGuard guard(**loop);
  for (const char* const all : {"0.0.0.0", "::"}) {
    const auto found = reachable_address(address(all));
    if (!found) continue;  // a machine that nobody reaches
    const auto names = names_of_this_host({all});
    EXPECT_NE(std::ranges::find(names, found->to_string()), names.end()) << found->to_string();
  }
}

}  // namespace
}  // namespace patchbay
