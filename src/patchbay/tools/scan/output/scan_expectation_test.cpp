#include "patchbay/tools/scan/output/scan_expectation.hpp"

#include <gtest/gtest.h>

#include "patchbay/tools/scan/output/scan_sample_fixture.hpp"

namespace patchbay {
namespace {

std::string why_not(std::string_view text) {
  const auto read = ScanExpectation::parse(text);
  return read ? "" : read.error().why;
}

TEST(ScanExpectation, ReadsClauses) {
  const auto read = ScanExpectation::parse(
      " tcp/22, 443 open; 10.0.0.0/28: udp/53 open|filtered,open;rest not open ;; web1: 80 closed");
  ASSERT_TRUE(read) << read.error().why;
  const auto& clauses = read->clauses();
  ASSERT_EQ(clauses.size(), 4U);
  EXPECT_EQ(clauses[0].text, "tcp/22, 443 open");
  EXPECT_EQ(clauses[0].ports, (PortRanges{{22, 22}, {443, 443}}));
  EXPECT_TRUE(clauses[0].allows(PortState::open));
  EXPECT_FALSE(clauses[0].allows(PortState::closed));
  EXPECT_FALSE(clauses[0].has_host());
  EXPECT_EQ(clauses[1].protocol, ScanProtocol::udp);
  EXPECT_TRUE(clauses[1].allows(PortState::open_or_filtered));
  EXPECT_TRUE(clauses[1].allows(PortState::open));
  EXPECT_TRUE(clauses[1].is_about(sample_address("10.0.0.15"), ""));
  EXPECT_FALSE(clauses[1].is_about(sample_address("10.0.0.16"), ""));
  EXPECT_TRUE(clauses[2].is_rest);
  EXPECT_FALSE(clauses[2].allows(PortState::open));
  EXPECT_TRUE(clauses[2].allows(PortState::filtered));
  EXPECT_EQ(clauses[3].host, "web1");
  EXPECT_EQ(clauses[3].protocol, ScanProtocol::tcp);
  EXPECT_TRUE(clauses[3].is_about(sample_address("10.0.0.1"), "web1"));
  EXPECT_FALSE(clauses[3].is_about(sample_address("10.0.0.1"), "web2"));
}

TEST(ScanExpectation, AnAddressOfIpv6MayHaveBrackets) {
  for (const char* text : {"2001:db8::1: tcp/22 open", "[2001:db8::1]: tcp/22 open"}) {
    const auto read = ScanExpectation::parse(text);
    ASSERT_TRUE(read) << text;
    EXPECT_TRUE(read->clauses()[0].is_about(sample_address("2001:db8::1"), ""));
  }
}

TEST(ScanExpectation, SaysWhereItIsWrong) {
  EXPECT_EQ(why_not(""), "it is empty");
  EXPECT_EQ(why_not(" ; ;"), "it is empty");
  EXPECT_EQ(why_not("tcp/22 opn"), "at character 8, 'opn' is no state of a port");
  EXPECT_EQ(why_not("tcp/22 open; tcp/80  not shut"),
            "at character 26, 'shut' is no state of a port");
  EXPECT_EQ(why_not("tcp/22 open,shut"), "at character 13, 'shut' is no state of a port");
  EXPECT_EQ(why_not("sctp/22 open"), "at character 1, 'sctp' is no protocol that has ports");
  EXPECT_EQ(why_not("tcp/22-x open"), "at character 1, 'tcp/22-x' names no ports");
  EXPECT_EQ(why_not("tcp/ open"), "at character 1, 'tcp/' names no ports");
  EXPECT_EQ(why_not("tcp/22 open closed"), "at character 13, 'closed' is one word too many");
  EXPECT_EQ(why_not("web1:tcp/22 open"),
            "at character 1, 'web1' is no host: one ends with a colon and a space");
  EXPECT_EQ(why_not("web1: "), "at character 1, 'web1:' says nothing of ports");
  EXPECT_EQ(why_not("a b: tcp/22 open"), "at character 1, 'a b' is no host");
  EXPECT_EQ(why_not(": tcp/22 open"),
            "at character 1, ': tcp/22 open' has no host before its colon");
  EXPECT_EQ(why_not("tcp/22"), "at character 7, '' is there where a state should be");
  EXPECT_EQ(why_not("tcp/22 not"), "at character 11, '' is there where a state should be");
  EXPECT_EQ(why_not("tcp/22 \x1b[31m"), "at character 8, '\\x1b[31m' is no state of a port");
}

TEST(ScanExpectation, LongOnesAreRefused) {
  EXPECT_EQ(why_not(std::string(70'000, ' ')), "it is longer than 65536 bytes");
  std::string many;
  for (int i = 0; i < 1'001; ++i) many += "1 open;";
  EXPECT_EQ(why_not(many), "at character 7001, '1 open' is one clause too many");
}

TEST(ScanExpectation, MustBeAboutWhatIsScanned) {
  const ScanPlan plan = sample_plan();
  const auto check = [&plan](std::string_view text) {
    const auto checked = ScanExpectation::parse(text).value().check(plan);
    return checked ? "" : checked.error().why + " / " + checked.error().remedy;
  };
  EXPECT_EQ(check("tcp/22,80 open; rest closed; udp/53 open"), "");
  EXPECT_EQ(check("web1.lab: 22 open; 10.0.0.0/8: 22 open; 2001:db8::1: 22 open"), "");
  EXPECT_EQ(check("tcp/22,81-90 open"), "tcp/81-90 is not scanned / add 81-90 to -p");
  EXPECT_EQ(check("udp/53,54 open"), "udp/54 is not scanned / add U:54 to -p");
  const char* const unknown =
      "its host is not among the targets / name it as the target is named, or scan it too";
  EXPECT_EQ(check("web2.lab: 22 open"), unknown);
  EXPECT_EQ(check("10.0.0.4: 22 open"), unknown);
}

}  // namespace
}  // namespace patchbay
