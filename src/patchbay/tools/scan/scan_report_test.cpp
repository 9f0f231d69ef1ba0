#include "patchbay/tools/scan/scan_report.hpp"

#include <gtest/gtest.h>

namespace patchbay {
namespace {

TEST(ScanReport, RangesAreWrittenAsPortsAreAskedFor) {
  EXPECT_EQ(ranges_to_string({}), "");
  EXPECT_EQ(ranges_to_string({{1, 21}, {23, 23}, {80, 65'535}}), "1-21,23,80-65535");
}

TEST(ScanAnswer, EveryStateAndReasonIsFoundAgainByItsName) {
  for (const PortState state : k_port_states) EXPECT_EQ(port_state_named(name_of(state)), state);
  for (int i = 0; i <= static_cast<int>(AnswerReason::not_permitted); ++i) {
    const auto reason = static_cast<AnswerReason>(i);
    ASSERT_FALSE(name_of(reason).empty()) << i;
    EXPECT_EQ(answer_reason_named(name_of(reason)), reason);
  }
  EXPECT_FALSE(port_state_named("ajar"));
  EXPECT_FALSE(answer_reason_named(""));
}

}  // namespace
}  // namespace patchbay
