#include "patchbay/tools/scan/probe/port_reservation.hpp"

#include <gtest/gtest.h>

#include <cerrno>

#include "patchbay/net/loop.hpp"
#include "patchbay/net/udp.hpp"

namespace patchbay {
namespace {

constexpr PortRange k_usual{32'768, 60'999};

TEST(RowsOutside, CountsBothSidesOfTheTaken) {
  EXPECT_EQ(rows_outside(k_usual, 1), (32'768U - 1'024U) + (65'535U - 60'999U));
  EXPECT_EQ(rows_outside(k_usual, 17), (32'768U - 1'024U - 16U) + (65'535U - 60'999U - 16U));
  EXPECT_EQ(rows_outside({1'024, 65'535}, 1), 0U);
  EXPECT_EQ(rows_outside({1, 65'534}, 1), 1U);
  EXPECT_EQ(rows_outside({1, 65'534}, 2), 0U);
  EXPECT_EQ(rows_outside({1'030, 65'535}, 6), 1U);
}

TEST(RowsOutside, EachRowLiesOutside) {
  for (const unsigned count : {1U, 17U, 256U}) {
    const std::size_t rows = rows_outside(k_usual, count);
    unsigned previous = 0;
    for (std::size_t i = 0; i < rows; ++i) {
      const unsigned first = row_outside(k_usual, count, i);
      const unsigned last = first + count - 1;
      ASSERT_GT(first, previous);
      ASSERT_GE(first, 1'024U);
      ASSERT_LE(last, 65'535U);
      ASSERT_TRUE(last < k_usual.first || first > k_usual.last) << first;
      previous = first;
    }
  }
}

Task<> reserved() {
  const Endpoint any(IpAddress::any(Family::v4), 0);
  auto held = PortReservation::make({.count = 5, .tcp = true, .udp = true, .v6 = true});
  EXPECT_TRUE(held) << held.error().describe();
  if (!held) co_return;
  for (unsigned i = 0; i < 5; ++i) {
    const auto port = static_cast<std::uint16_t>(held->first() + i);
    for (const Family family : {Family::v4, Family::v6}) {
      const auto taken = UdpSocket::bind(Endpoint(IpAddress::any(family), port));
      EXPECT_EQ(taken.error().code(), EADDRINUSE) << port;
    }
    const auto again = PortReservation::make({.first = port});
    EXPECT_EQ(again.error().code(), EADDRINUSE) << port;
  }
  const std::uint16_t first = held->first();
  held = Error(Fault::closed, "hold");
  EXPECT_TRUE(PortReservation::make({.first = first, .count = 5, .udp = true, .v6 = true}));
  EXPECT_EQ(PortReservation::make({.first = 65'535, .count = 2}).error().fault(), Fault::limit);
}

TEST(PortReservation, KeepsItsPortsFromOthersAndGivesThemBack) {
  auto loop = Loop::make();
  ASSERT_TRUE(loop);
  (*loop)->run(reserved());
}

}  // namespace
}  // namespace patchbay
