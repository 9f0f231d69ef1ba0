#include "patchbay/tools/scan/probe/connect_sockets.hpp"

#include <gtest/gtest.h>

#include <cerrno>

#include "patchbay/net/loop.hpp"
#include "patchbay/net/sim/peers_fixture.hpp"

namespace patchbay {
namespace {

// On a host that has two descriptors.
Task<Result<>> take_three() {
  ConnectSockets sockets(Loop::current().engine(), {}, 100);
  const auto other = sockets.take(Family::v6);
  EXPECT_TRUE(other);
  if (other) sockets.keep(Family::v6, other->handle);
  const auto first = sockets.take(Family::v4);
  EXPECT_TRUE(first);
  EXPECT_EQ(sockets.kept(), 1U);
  const auto second = sockets.take(Family::v4);
  EXPECT_TRUE(second) << second.error().describe();
  EXPECT_EQ(sockets.kept(), 0U);
  const auto third = sockets.take(Family::v4);
  EXPECT_FALSE(third);
  for (const auto* const taken : {&first, &second}) {
    if (*taken) sockets.close((*taken)->handle);
  }
  co_return ok();
}

// That is a shortage only when nothing of it is the scan's own.
TEST(ConnectSockets, WhatIsKeptOfTheOtherFamilyMakesRoom) {
  sim::World world(1);
  const sim::Pair pair(world);
  pair.client.faults() = {.descriptors = 2};
  pair.client.run(take_three());
  sim::run(world);
}

}  // namespace
}  // namespace patchbay
