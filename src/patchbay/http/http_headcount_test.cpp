#include "patchbay/http/http_headcount.hpp"

#include <gtest/gtest.h>
#include <netinet/in.h>

#include <atomic>
#include <thread>
#include <vector>

namespace patchbay {
namespace {

IpAddress address(const char* text) { return *IpAddress::parse(text); }

TEST(HttpHeadcount, LetsSoManyOfAnAddressIn) {
  HttpHeadcount count;
  EXPECT_TRUE(count.enter(address("192.0.2.1"), 2));
  EXPECT_TRUE(count.enter(address("192.0.2.1"), 2));
  EXPECT_FALSE(count.enter(address("192.0.2.1"), 2));
  EXPECT_TRUE(count.enter(address("192.0.2.2"), 2));
  EXPECT_TRUE(count.enter(address("192.0.2.1"), 3)) << "the limit was raised meanwhile";
  count.leave(address("192.0.2.1"));
  EXPECT_FALSE(count.enter(address("192.0.2.1"), 2));
  count.leave(address("192.0.2.1"));
  EXPECT_TRUE(count.enter(address("192.0.2.1"), 2));
}

TEST(HttpHeadcount, KnowsNobodyWhoHasLeft) {
  HttpHeadcount count;
  for (int round = 0; round < 3; ++round) {
    for (int i = 0; i < 250; ++i) {
      const IpAddress one(in_addr{htonl(0x0a000000U + static_cast<unsigned>(i))});
      EXPECT_TRUE(count.enter(one, 1));
    }
    EXPECT_EQ(count.addresses(), 250U);
    for (int i = 0; i < 250; ++i) {
      count.leave(IpAddress(in_addr{htonl(0x0a000000U + static_cast<unsigned>(i))}));
    }
    EXPECT_EQ(count.addresses(), 0U);
  }
  count.leave(address("192.0.2.1"));
  EXPECT_TRUE(count.enter(address("192.0.2.1"), 1)) << "nobody can be fewer than none";
}

// However many threads ask at the same time, no more get in than may.
TEST(HttpHeadcount, IsExactForSeveralThreads) {
  HttpHeadcount count;
  std::atomic<int> inside = 0;
  std::atomic<int> most = 0;
  {
    std::vector<std::jthread> threads;
    for (int i = 0; i < 4; ++i) {
      threads.emplace_back([&] {
        for (int round = 0; round < 20'000; ++round) {
          count.enter();
          if (count.enter(address("192.0.2.1"), 3)) {
            const int now = ++inside;
            for (int seen = most; now > seen && !most.compare_exchange_weak(seen, now);) {
            }
            --inside;
            count.leave(address("192.0.2.1"));
          }
          count.leave();
        }
      });
    }
  }
  EXPECT_GE(most, 1);
  EXPECT_LE(most, 3);
  EXPECT_EQ(count.all(), 0U);
  EXPECT_EQ(count.addresses(), 0U);
}

}  // namespace
}  // namespace patchbay
