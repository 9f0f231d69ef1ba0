#include "patchbay/net/sim/openssl_chance.hpp"

#include <gtest/gtest.h>
#include <openssl/rand.h>

#include <array>

#include "patchbay/net/event.hpp"
#include "patchbay/net/sim/world.hpp"

namespace patchbay::sim {
namespace {

using Numbers = std::array<unsigned char, 40>;

Numbers draw() {
  Numbers numbers{};
  EXPECT_EQ(RAND_bytes(numbers.data(), 20), 1);
  EXPECT_EQ(RAND_priv_bytes(numbers.data() + 20, 20), 1);
  return numbers;
}
Task<> draw_now_and_later(Numbers& now, Numbers& later) {
  now = draw();
  EXPECT_TRUE(co_await sleep_for(1s));
  later = draw();
}

struct Drawn {
  Numbers now{};
  Numbers later{};
  Numbers by_another{};
  Numbers by_the_test{};

  explicit Drawn(std::uint64_t seed) {
    World world(seed);
    Numbers unused;
    world.host("10.0.0.1").run(draw_now_and_later(now, later));
    by_the_test = draw();
    world.host("10.0.0.2").run(draw_now_and_later(by_another, unused));
    EXPECT_TRUE(world.run());
  }
};

TEST(SimOpensslChance, TheSeedDecidesWhatAHostDraws) {
  const Drawn first(1);
  const Drawn again(1);
  EXPECT_EQ(first.now, again.now);
  EXPECT_EQ(first.later, again.later);
  EXPECT_EQ(first.by_another, again.by_another);
  EXPECT_NE(first.now, first.later);
  EXPECT_NE(first.now, first.by_another);
  EXPECT_NE(first.now, Drawn(2).now);
}

TEST(SimOpensslChance, OutsideOfAWorldNothingIsDecided) {
  EXPECT_NE(Drawn(1).by_the_test, Drawn(1).by_the_test);
  EXPECT_NE(draw(), draw());
}

}  // namespace
}  // namespace patchbay::sim
