#include "patchbay/tools/scan/output/expectation_check.hpp"

#include <gtest/gtest.h>

#include "patchbay/tools/scan/output/scan_sample_fixture.hpp"

namespace patchbay {
namespace {

class ExpectationCheckTest : public testing::Test {
 protected:
  ExpectationCheck expecting(std::string_view text) {
    return {ScanExpectation::parse(text).value(), plan_};
  }
  // What is told of the web server.
  std::vector<std::string> of_web(std::string_view text) {
    return texts(expecting(text).host(sample_web()));
  }
  static std::vector<std::string> texts(const std::vector<Violation>& violations) {
    std::vector<std::string> result;
    for (const Violation& violation : violations) result.push_back(violation_text(violation));
    return result;
  }
  using Texts = std::vector<std::string>;

  ScanPlan plan_ = sample_plan();
};

TEST_F(ExpectationCheckTest, WhatIsAsExpectedIsNotTold) {
  EXPECT_EQ(of_web("tcp/22,443 open; tcp/8080 filtered; tcp/20-21,23-25,80 closed"), Texts());
  EXPECT_EQ(of_web("tcp/22,443 open; rest not open"), Texts());
  EXPECT_EQ(of_web("udp/53 open|filtered"), Texts());
}

TEST_F(ExpectationCheckTest, TellsPortsInOneStateTogether) {
  EXPECT_EQ(of_web("tcp/20-25 closed"),
            Texts{"10.0.0.1 (web1.lab): tcp/22 is open, expected: tcp/20-25 closed"});
  EXPECT_EQ(of_web("tcp/20-25,8080 open"),
            (Texts{"10.0.0.1 (web1.lab): tcp/20-21,23-25 is closed, expected: tcp/20-25,8080 open",
                   "10.0.0.1 (web1.lab): tcp/8080 is filtered, expected: tcp/20-25,8080 open"}));
}

TEST_F(ExpectationCheckTest, TheRestIsWhatNoClauseNames) {
  EXPECT_EQ(of_web("tcp/22 open; rest closed"),
            (Texts{"10.0.0.1 (web1.lab): tcp/443 is open, expected: rest closed",
                   "10.0.0.1 (web1.lab): tcp/8080 is filtered, expected: rest closed",
                   "10.0.0.1 (web1.lab): udp/53 is open|filtered, expected: rest closed"}));
}

TEST_F(ExpectationCheckTest, AClauseWithAHostGoesBeforeOneWithout) {
  EXPECT_EQ(of_web("tcp/22,443 closed; web1.lab: tcp/22,443 open"), Texts());
  EXPECT_EQ(of_web("10.0.0.1: tcp/443 closed; tcp/22,443 open"),
            Texts{"10.0.0.1 (web1.lab): tcp/443 is open, expected: 10.0.0.1: tcp/443 closed"});
  EXPECT_EQ(of_web("10.0.0.2: tcp/22 closed; tcp/22 open"), Texts());
  EXPECT_EQ(of_web("rest closed; web1.lab: rest open,closed,filtered,open|filtered"), Texts());
}

TEST_F(ExpectationCheckTest, WhatIsNotKnownIsNotAsExpected) {
  HostReport report = sample_web();
  report.rest.clear();
  EXPECT_EQ(texts(expecting("tcp/80 closed").host(report)),
            Texts{"10.0.0.1 (web1.lab): tcp/80 is not known, expected: tcp/80 closed"});
}

TEST_F(ExpectationCheckTest, WhoNeverAnsweredIsHeldToItToo) {
  ExpectationCheck check = expecting("tcp/22 open; udp/53 not open");
  EXPECT_EQ(check.host(sample_liar()).size(), 1U) << "its udp is not known";
  EXPECT_EQ(texts(check.silent()),
            (Texts{"10.0.0.0: tcp/22 is filtered, expected: tcp/22 open",
                   "10.0.0.1 (web1.lab): tcp/22 is filtered, expected: tcp/22 open",
                   "10.0.0.2-10.0.0.3: tcp/22 is filtered, expected: tcp/22 open"}));
  EXPECT_EQ(texts(expecting("rest not open").silent()), Texts());
}

TEST_F(ExpectationCheckTest, SilenceIsPartedWhereTheClausesAre) {
  plan_.names.clear();
  ExpectationCheck check = expecting("10.0.0.2/31: tcp/22 open; 10.0.0.3: tcp/80 closed");
  check.host(sample_web());
  EXPECT_EQ(texts(check.silent()),
            (Texts{"10.0.0.2: tcp/22 is filtered, expected: 10.0.0.2/31: tcp/22 open",
                   "10.0.0.3: tcp/22 is filtered, expected: 10.0.0.2/31: tcp/22 open",
                   "10.0.0.3: tcp/80 is filtered, expected: 10.0.0.3: tcp/80 closed"}));
}

TEST_F(ExpectationCheckTest, SilenceMeansWhatTheProbeMakesOfIt) {
  plan_.tcp = TcpMethod::fin;
  EXPECT_EQ(texts(expecting("10.0.0.1: tcp/22 filtered").silent()),
            Texts{"10.0.0.1 (web1.lab): tcp/22 is open|filtered, expected: "
                  "10.0.0.1: tcp/22 filtered"});
}

TEST_F(ExpectationCheckTest, ARecordHasItToo) {
  const auto violations = expecting("tcp/22 closed").host(sample_web());
  ASSERT_EQ(violations.size(), 1U);
  EXPECT_EQ(violation_record(violations[0]).json(),
            R"({"type":"violation","ip":"10.0.0.1","name":"web1.lab","proto":"tcp","ports":"22",)"
            R"("state":"open","expected":"tcp/22 closed"})");
}

}  // namespace
}  // namespace patchbay
