#include "patchbay/tools/scan/session/resume_file.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <string>

#include "patchbay/tools/scan/run/scan_checkpoint_fixture.hpp"
#include "patchbay/tools/scan/run/scan_run_fixture.hpp"
#include "patchbay/tools/scan/session/resume_file_fixture.hpp"

namespace patchbay {
namespace {

const std::string k_any_bytes("ng\xff\0inx", 7);

IpAddress address(std::string_view text) { return IpAddress::parse(text).value(); }

ScanCheckpoint part_of(ScanPlan plan) {
  CountingListener listener;
  ScanRun run(plan, {}, listener, 7);
  run.next(Instant(1s));
  run.answered(0, {.reason = AnswerReason::reset}, Instant(1s));
  return checkpoint_of(run, {.seed = 7});
}

ScanCheckpoint way_of(ScanPlan plan) {
  plan.one_answer_is_enough = true;
  return part_of(std::move(plan));
}

ResumeFile sample() {
  ResumeFile file{.aims = {.resolve = true,
                           .services = ScanAims::Services{.intensity = 3, .allow_ot = true},
                           .exclude_ports = {"50000-50009", "U:1"}},
                  .ways = {way_of(model_plan(3, 2))},
                  .parts = {part_of(model_plan(3, 40)), part_of(model_plan(2, 40))}};
  file.services.machines = {address("10.0.0.2"), address("fd00::1")};
  ServiceFinding web{.service = "http", .product = k_any_bytes, .version = "1", .info = "\n"};
  web.tls = true;
  web.certificate = {.subject = "CN=web1.lab",
                     .issuer = "CN=lab",
                     .names = {"web1.lab", "\xfe"},
                     .not_after = std::chrono::sys_seconds(-1s),
                     .tls_version = "TLSv1.3",
                     .alpn = "h2"};
  file.services.answers[{address("10.0.0.0"), {ScanProtocol::tcp, 1}}] = {
      .asked = true, .connected = true, .finding = web};
  file.services.answers[{address("10.0.0.0"), {ScanProtocol::tcp, 2}}] = {
      .asked = true, .connected = true, .finding = ServiceFinding{.service = "ssh"}};
  file.services.answers[{address("fd00::1"), {ScanProtocol::udp, 53}}] = {.asked = true};
  return file;
}

TEST(ResumeFile, IsReadAsItWasWritten) {
  const ResumeFile before = sample();
  const auto after = ResumeFile::parse(text_of(before));
  ASSERT_TRUE(after) << after.error().why;
  EXPECT_FALSE(after->aims.hosts_only);
  EXPECT_TRUE(after->aims.resolve);
  ASSERT_TRUE(after->aims.services);
  EXPECT_EQ(after->aims.services->intensity, 3U);
  EXPECT_TRUE(after->aims.services->allow_ot);
  EXPECT_EQ(after->aims.exclude_ports, before.aims.exclude_ports);
  ASSERT_EQ(after->ways.size(), 1U);
  ASSERT_EQ(after->parts.size(), 2U);
  EXPECT_EQ(after->parts[1].plan.host_count(), 2U);
  EXPECT_EQ(after->services.machines, before.services.machines);
  ASSERT_EQ(after->services.answers.size(), 3U);
  const auto at = [&](const char* ip, ScanPort port) {
    return after->services.answers.at({address(ip), port});
  };
  const ServiceAnswer web = at("10.0.0.0", {ScanProtocol::tcp, 1});
  EXPECT_TRUE(web.asked);
  EXPECT_TRUE(web.connected);
  ASSERT_TRUE(web.finding);
  EXPECT_EQ(web.finding->product, k_any_bytes);
  EXPECT_TRUE(web.finding->tls);
  ASSERT_TRUE(web.finding->certificate);
  EXPECT_EQ(web.finding->certificate->names, (std::vector<std::string>{"web1.lab", "\xfe"}));
  EXPECT_EQ(web.finding->certificate->not_after, std::chrono::sys_seconds(-1s));
  EXPECT_FALSE(at("10.0.0.0", {ScanProtocol::tcp, 2}).finding->certificate);
  EXPECT_FALSE(at("fd00::1", {ScanProtocol::udp, 53}).finding);
  EXPECT_EQ(text_of(*after), text_of(before));
}

TEST(ResumeFile, NothingMoreIsAimedAtThanWas) {
  const ResumeFile before{.aims = {}, .parts = {part_of(model_plan(1, 3))}};
  const auto after = ResumeFile::parse(text_of(before));
  ASSERT_TRUE(after) << after.error().why;
  EXPECT_FALSE(after->aims.services);
  EXPECT_FALSE(after->aims.resolve);
  EXPECT_FALSE(after->services.machines);
}

// Hosts that are asked in two ways are one scan, as its outputs know it.
TEST(ResumeFile, IsOnePlan) {
  ScanPlan here = model_plan(1, 5);
  here.tcp = TcpMethod::connect;
  ScanPlan elsewhere = model_plan(4, 5, 2);
  const IpRange range = IpRange::parse("10.0.1.0/30").value();
  elsewhere.hosts = IpSet(std::span(&range, 1));
  elsewhere.names["10.0.1.1"] = "web1.lab";
  const ScanPlan plan = ResumeFile{.aims = {}, .parts = {part_of(here), part_of(elsewhere)}}.plan();
  EXPECT_EQ(plan.host_count(), 5U);
  EXPECT_EQ(plan.ports.size(), 5U);
  EXPECT_EQ(plan.tcp, TcpMethod::syn);
  EXPECT_EQ(plan.by_sockets.ranges(), here.hosts.ranges());
  EXPECT_EQ(plan.names.size(), 1U);
}

// What has come to its end is not asked again, in whatever way it was.
TEST(ResumeFile, TakesTheRightOnlyForWhatIsLeft) {
  ScanPlan by_sockets = model_plan(1, 5);
  by_sockets.tcp = TcpMethod::connect;
  ScanCheckpoint over = part_of(model_plan(4, 5));
  over.position.is_whole = true;
  ResumeFile file{.aims = {}, .ways = {over}, .parts = {over, part_of(by_sockets)}};
  EXPECT_FALSE(file.needs_packets());
  file.parts[0].position.is_whole = false;
  EXPECT_TRUE(file.needs_packets());
  file.parts[0].position.is_whole = true;
  file.ways[0].position.is_whole = false;
  EXPECT_TRUE(file.needs_packets());
}

TEST(ResumeFile, OfHostsAloneHasNoPorts) {
  ScanPlan by_ack = model_plan(3, 1);
  by_ack.tcp = TcpMethod::ack;
  const ResumeFile before{.aims = {.hosts_only = true},
                          .ways = {way_of(model_plan(4, 6)), way_of(by_ack)}};
  const auto after = ResumeFile::parse(text_of(before));
  ASSERT_TRUE(after) << after.error().why;
  EXPECT_TRUE(after->aims.hosts_only);
  EXPECT_EQ(after->ways.size(), 2U);
  const ScanPlan plan = after->plan();
  EXPECT_EQ(plan.host_count(), 4U);
  EXPECT_EQ(plan.ports.size(), 0U);
  EXPECT_EQ(plan.tcp, TcpMethod::syn);
  EXPECT_FALSE(plan.one_answer_is_enough);
}

TEST(ResumeFile, OneOfAnotherVersionIsRefused) {
  for (const char* text : {"{\"type\":\"patchbay-scan-checkpoint\",\"schema\":2}",
                           "{\"type\":\"patchbay-scan-checkpoint\",\"schema\":4}\n",
                           "{\"type\":\"patchbay-scan-checkpoint\"}"}) {
    const auto old = ResumeFile::parse(text);
    ASSERT_FALSE(old);
    EXPECT_EQ(old.error().why, "another version of Patchbay wrote it");
  }
}

TEST(ResumeFile, AFileThatIsNoneSaysSo) {
  const auto none = ResumeFile::parse("{\"type\":\"start\"}");
  ASSERT_FALSE(none);
  EXPECT_EQ(none.error().why, "it is no checkpoint of a scan");
  EXPECT_FALSE(ResumeFile::parse("[[[["));
  const auto empty = ResumeFile::parse("");
  ASSERT_FALSE(empty);
  EXPECT_EQ(empty.error().why, "it is empty");
}

// Whatever is cut off or changed: it is refused, or it is a scan that holds together.
TEST(ResumeFile, BrokenOnesAreRefused) {
  const std::string whole = text_of(sample());
  for (std::size_t size = 0; size + 1 < whole.size(); ++size) {
    EXPECT_FALSE(ResumeFile::parse(whole.substr(0, size))) << size;
  }
  EXPECT_FALSE(ResumeFile::parse(whole + "{}\n"));
  const auto replaced = [&](std::string_view from, std::string_view to) {
    std::string text = whole;
    const auto at = text.find(from);
    EXPECT_NE(at, std::string::npos) << from;
    text.replace(at, from.size(), to);
    return ResumeFile::parse(text);
  };
  EXPECT_FALSE(replaced("\"hosts_only\":false", "\"hosts_only\":true")) << "it has ports";
  EXPECT_FALSE(replaced("\"hosts_only\":false", "\"hosts_only\":7"));
  EXPECT_FALSE(replaced("\"intensity\":3", "\"intensity\":10"));
  EXPECT_FALSE(replaced("\"parts\":3", "\"parts\":4"));
  EXPECT_FALSE(replaced("\"parts\":3", "\"parts\":2"));
  EXPECT_FALSE(replaced("\"ports\":3", "\"ports\":99999999999999999999999"));
  EXPECT_FALSE(replaced("\"machines\":[\"10.0.0.2\"", "\"machines\":[\"10.0.0\""));
  EXPECT_FALSE(replaced("\"port\":[0,2]", "\"port\":[0,1]")) << "it is there twice";
  EXPECT_FALSE(replaced("\"port\":[0,2]", "\"port\":[0,65536]"));
  EXPECT_FALSE(replaced("\"port\":[0,2]", "\"port\":[2,2]")) << "a ping has no service";
  EXPECT_FALSE(replaced("\"not_after\":-1", "\"not_after\":-1000000000000"));
  EXPECT_FALSE(replaced("\"not_after\":-1", "\"not_after\":1.5"));
  EXPECT_FALSE(replaced("\"tls\":true", "\"tls\":1"));
  EXPECT_FALSE(replaced("\"service\":\"aHR0cA==\"", "\"service\":\"aHR0cA\""));
}

}  // namespace
}  // namespace patchbay
