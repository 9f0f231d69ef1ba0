#include "patchbay/tools/scan/output/scan_record.hpp"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "patchbay/tools/scan/output/scan_sample_fixture.hpp"

namespace patchbay {
namespace {

using nlohmann::json;

json plan_json(const ScanPlan& plan) { return json::parse(plan_record(plan, {}).json()); }

TEST(ScanRecord, ThePlanSaysWhoIsAskedByWhichEngine) {
  ScanPlan plan = sample_plan();
  EXPECT_EQ(plan_json(plan)["engine"], "packet");
  EXPECT_FALSE(plan_json(plan).contains("connects_to"));
  const IpRange here[] = {IpRange::parse("10.0.0.2").value()};
  plan.by_sockets = IpSet(here);
  EXPECT_EQ(plan_json(plan)["engine"], "packet");
  EXPECT_EQ(plan_json(plan)["method"], "syn");
  EXPECT_EQ(plan_json(plan)["connects_to"], json({"10.0.0.2"}));
  EXPECT_FALSE(plan_json(plan).contains("connects_why"));
  plan.connects_why = "this host reaches itself by sockets";
  EXPECT_EQ(plan_json(plan)["connects_why"], "this host reaches itself by sockets");
  plan = sample_plan();
  plan.tcp = TcpMethod::connect;
  EXPECT_EQ(plan_json(plan)["engine"], "connect");
}

TEST(ScanRecord, APortSaysWhoAskedIt) {
  const PortFinding udp{.port = {ScanProtocol::udp, 53},
                        .answer = {.state = PortState::open, .reason = AnswerReason::udp_response}};
  const auto method_of = [&](TcpMethod method) {
    return json::parse(port_record(sample_address("10.0.0.2"), "", udp, method, {}).json())
        .at("method");
  };
  EXPECT_EQ(method_of(TcpMethod::connect), "connect");
  EXPECT_EQ(method_of(TcpMethod::ack), "packet");
}

}  // namespace
}  // namespace patchbay
