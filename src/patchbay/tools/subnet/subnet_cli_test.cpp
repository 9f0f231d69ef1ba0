#include "patchbay/tools/subnet/subnet_cli.hpp"

#include <gtest/gtest.h>

#include "patchbay/tools/command_fixture.hpp"

namespace patchbay {
namespace {

using Ran = CommandRan;
using Words = CommandWords;

Ran subnet(const Words& words) {
  Command root("patchbay", "", nullptr);
  declare_subnet(root);
  return run_command(*root.find("subnet"), words);
}

TEST(SubnetCli, ARangeIsToldByItsNetworks) {
  const Ran ran = subnet({{"", "10.0.0.1-10.0.0.2"}});
  EXPECT_EQ(ran.code, exit_ok);
  EXPECT_EQ(ran.out,
            "10.0.0.1/32          10.0.0.1                          1 host\n"
            "10.0.0.2/32          10.0.0.2                          1 host\n");
}

TEST(SubnetCli, MergesAndExcludes) {
  const Ran merged = subnet({{"", "10.0.0.0/25"}, {"", "10.0.0.128-255"}, {"merge", "true"}});
  EXPECT_TRUE(merged.out.starts_with("10.0.0.0/24 ")) << merged.out;
  const Ran left = subnet({{"", "10.0.0.0/24"}, {"exclude", "10.0.0.0/25"}});
  EXPECT_TRUE(left.out.starts_with("10.0.0.128/25 ")) << left.out;
}

TEST(SubnetCli, SaysInWhichAnAddressIs) {
  const Ran in = subnet({{"", "10.0.0.0/8"}, {"", "10.1.0.0/16"}, {"contains", "10.1.2.3"}});
  EXPECT_EQ(in.code, exit_ok);
  EXPECT_EQ(in.out, "10.1.2.3 is in 10.1.0.0/16\n");
  const Ran out = subnet({{"", "10.0.0.0/8"}, {"contains", "11.0.0.1"}, {"contains", "10.0.0.1"}});
  EXPECT_EQ(out.code, exit_condition);
  EXPECT_EQ(out.out, "11.0.0.1 is in none of them\n10.0.0.1 is in 10.0.0.0/8\n");
}

TEST(SubnetCli, PlansWithNames) {
  const Ran ran = subnet({{"", "10.0.0.0/26"}, {"hosts", "office=20,lab=5"}});
  EXPECT_EQ(ran.code, exit_ok);
  EXPECT_EQ(ran.out,
            "office 10.0.0.0/27          10.0.0.1-10.0.0.30                30 hosts, 20 needed\n"
            "lab    10.0.0.32/29         10.0.0.33-10.0.0.38               6 hosts, 5 needed\n"
            "       10.0.0.40/29         unused\n"
            "       10.0.0.48/28         unused\n");
}

TEST(SubnetCli, MistakesAreUsageErrors) {
  for (const Words& words :
       {Words{{"", "10.0.0.0/33"}}, Words{{"", "10.0.0.0/24"}, {"split", "x"}},
        Words{{"", "10.0.0.0/24"}, {"hosts", "x"}}, Words{{"", "10.0.0.0/24"}, {"contains", "x"}},
        Words{{"", "10.0.0.0/24"}, {"exclude", "x"}}, Words{{"", "10.0.0.1-5"}, {"hosts", "2"}}}) {
    const Ran ran = subnet(words);
    EXPECT_EQ(ran.code, exit_usage);
    EXPECT_EQ(ran.out, "");
    EXPECT_NE(ran.err.find("try: "), ran.err.npos) << ran.err;
  }
  EXPECT_EQ(subnet({{"", "10.0.0.0/24"}, {"hosts", "255"}}).code, exit_failed);
}

}  // namespace
}  // namespace patchbay
