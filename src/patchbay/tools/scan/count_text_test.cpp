#include "patchbay/tools/scan/count_text.hpp"

#include <gtest/gtest.h>

namespace patchbay {
namespace {

TEST(CountText, GroupsDigitsByThree) {
  EXPECT_EQ(grouped(0), "0");
  EXPECT_EQ(grouped(999), "999");
  EXPECT_EQ(grouped(1000), "1,000");
  EXPECT_EQ(grouped(1'048'576), "1,048,576");
  EXPECT_EQ(grouped(~IpNumber{0}), "340,282,366,920,938,463,463,374,607,431,768,211,455");
}

TEST(CountText, KnowsOneFromMany) {
  EXPECT_EQ(counted(1, "host"), "1 host");
  EXPECT_EQ(counted(0, "host"), "0 hosts");
  EXPECT_EQ(counted(1, "address"), "1 address");
  EXPECT_EQ(counted(65'536, "address"), "65,536 addresses");
}

}  // namespace
}  // namespace patchbay
