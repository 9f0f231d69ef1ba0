#include "patchbay/tools/scan/output/port_ranges.hpp"

#include <gtest/gtest.h>

#include "patchbay/tools/scan/output/port_states.hpp"

namespace patchbay {
namespace {

TEST(PortRanges, AreReadAsTheyAreWritten) {
  EXPECT_EQ(parse_port_ranges("1-21,23,80-65535"), (PortRanges{{1, 21}, {23, 23}, {80, 65'535}}));
  EXPECT_EQ(parse_port_ranges("80,22,23-30,25"), (PortRanges{{22, 30}, {80, 80}}));
  EXPECT_EQ(parse_port_ranges(""), PortRanges());
  for (const char* text : {"x", "1,", ",1", "65536", "9-8", "-1", "1-", "1--2", " 1", "1-2-3"}) {
    EXPECT_FALSE(parse_port_ranges(text)) << text;
  }
}

TEST(PortRanges, KnowTheirEnds) {
  const PortRanges all = {{0, 65'535}};
  EXPECT_EQ(port_count(all), 65'536U);
  EXPECT_EQ(port_count({}), 0U);
  const PortRanges some = {{1, 5}, {9, 9}};
  for (std::uint16_t port = 0; port < 11; ++port) {
    EXPECT_EQ(contains(some, port), (port >= 1 && port <= 5) || port == 9) << port;
  }
}

TEST(PortRanges, AreTakenFromEachOther) {
  const PortRanges all = {{0, 65'535}};
  EXPECT_EQ(without(all, {{0, 0}, {22, 25}, {65'535, 65'535}}),
            (PortRanges{{1, 21}, {26, 65'534}}));
  EXPECT_EQ(without({{1, 5}, {7, 9}}, {{4, 8}}), (PortRanges{{1, 3}, {9, 9}}));
  EXPECT_EQ(without({{1, 5}}, {{1, 5}}), PortRanges());
  EXPECT_EQ(without({{5, 6}}, {{1, 2}, {8, 9}}), (PortRanges{{5, 6}}));
  EXPECT_EQ(without({{1, 10}, {20, 30}}, {{5, 25}}), (PortRanges{{1, 4}, {26, 30}}));
}

TEST(PortRanges, OfAPlanAreThoseOfOneProtocol) {
  ScanPlan plan;
  plan.ports = {{ScanProtocol::tcp, 80},
                {ScanProtocol::udp, 53},
                {ScanProtocol::tcp, 81},
                {ScanProtocol::ping, 0}};
  EXPECT_EQ(ports_of(plan, ScanProtocol::tcp), (PortRanges{{80, 81}}));
  EXPECT_EQ(ports_of(plan, ScanProtocol::udp), (PortRanges{{53, 53}}));
}

TEST(PortStates, OfWhatOverlapsTheFirstCounts) {
  const PortStates states({{20, 30, PortState::closed},
                           {25, 40, PortState::open},
                           {22, 22, PortState::filtered},
                           {41, 50, PortState::open}});
  ASSERT_EQ(states.spans().size(), 2U);
  EXPECT_EQ(states.spans()[1].first, 31);
  EXPECT_EQ(states.spans()[1].last, 50) << "neighbours in one state are one";
}

TEST(PortStates, SayHowFarWhatTheyKnowHolds) {
  const PortStates states({{10, 20, PortState::open}, {30, 65'535, PortState::closed}});
  EXPECT_EQ(states.piece_at(0).span, nullptr);
  EXPECT_EQ(states.piece_at(0).last, 9);
  EXPECT_EQ(states.piece_at(20).span->state, PortState::open);
  EXPECT_EQ(states.piece_at(20).last, 20);
  EXPECT_EQ(states.piece_at(21).last, 29);
  EXPECT_EQ(states.piece_at(65'535).span->state, PortState::closed);
  EXPECT_EQ(PortStates().piece_at(7).last, 65'535);
}

}  // namespace
}  // namespace patchbay
