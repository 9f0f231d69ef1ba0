#include "patchbay/http/failure_limit.hpp"

#include <gtest/gtest.h>

namespace patchbay {
namespace {

constexpr Instant k_start{1000s};

IpAddress address(std::string_view text) {
  const auto parsed = IpAddress::parse(text);
  EXPECT_TRUE(parsed) << text;
  return *parsed;
}

bool may_try(const FailureLimit& limit, std::string_view who, Instant now) {
  Duration wait{};
  return limit.may_try(address(who), now, wait);
}

TEST(FailureLimit, StopsAnAddressThatFailsTooOften) {
  FailureLimit limit({.failures = 3, .window = 60s});
  for (int i = 0; i < 3; ++i) {
    EXPECT_TRUE(may_try(limit, "10.0.0.1", k_start + i * 1s)) << i;
    limit.failed(address("10.0.0.1"), k_start + i * 1s);
  }
  Duration wait{};
  EXPECT_FALSE(limit.may_try(address("10.0.0.1"), k_start + 10s, wait));
  EXPECT_EQ(wait, 50s);
  EXPECT_TRUE(may_try(limit, "10.0.0.2", k_start + 10s));
}

TEST(FailureLimit, ForgivesWhenItsTimeIsOver) {
  FailureLimit limit({.failures = 2, .window = 60s});
  limit.failed(address("10.0.0.1"), k_start);
  limit.failed(address("10.0.0.1"), k_start + 59s);
  EXPECT_FALSE(may_try(limit, "10.0.0.1", k_start + 59s));
  EXPECT_TRUE(may_try(limit, "10.0.0.1", k_start + 60s));
  limit.failed(address("10.0.0.1"), k_start + 60s);
  EXPECT_TRUE(may_try(limit, "10.0.0.1", k_start + 61s));
  limit.failed(address("10.0.0.1"), k_start + 61s);
  EXPECT_FALSE(may_try(limit, "10.0.0.1", k_start + 61s));
}

TEST(FailureLimit, TakesBackWhatWasNoFailure) {
  FailureLimit limit({.failures = 2});
  limit.forgive(address("10.0.0.1"));
  for (int i = 0; i < 5; ++i) {
    limit.failed(address("10.0.0.1"), k_start);
    limit.forgive(address("10.0.0.1"));
  }
  limit.failed(address("10.0.0.1"), k_start);
  EXPECT_TRUE(may_try(limit, "10.0.0.1", k_start));
  limit.failed(address("10.0.0.1"), k_start);
  EXPECT_FALSE(may_try(limit, "10.0.0.1", k_start));
  limit.forgive(address("10.0.0.1"));
  EXPECT_TRUE(may_try(limit, "10.0.0.1", k_start));
}

TEST(FailureLimit, CountsANetworkOfIpv6AsOne) {
  FailureLimit limit({.failures = 2});
  limit.failed(address("2001:db8::1"), k_start);
  limit.failed(address("2001:db8::ffff:2"), k_start);
  EXPECT_FALSE(may_try(limit, "2001:db8:0:0:9::1", k_start));
  EXPECT_TRUE(may_try(limit, "2001:db8:0:1::1", k_start));
}

TEST(FailureLimit, RemembersSoManyAddressesAndNoMore) {
  FailureLimit limit({.failures = 1, .window = 60s, .addresses = 3});
  for (int i = 0; i < 3; ++i)
    limit.failed(address("10.0.0." + std::to_string(i)), k_start + i * 1s);
  limit.failed(address("10.0.0.9"), k_start + 5s);
  EXPECT_TRUE(may_try(limit, "10.0.0.0", k_start + 5s));  // the oldest is forgotten
  EXPECT_FALSE(may_try(limit, "10.0.0.1", k_start + 5s));
  EXPECT_FALSE(may_try(limit, "10.0.0.9", k_start + 5s));
  // Those whose time is over go first, all of them.
  limit.failed(address("10.0.1.1"), k_start + 62s);
  EXPECT_FALSE(may_try(limit, "10.0.0.9", k_start + 62s));
  EXPECT_FALSE(may_try(limit, "10.0.1.1", k_start + 62s));
}

}  // namespace
}  // namespace patchbay
