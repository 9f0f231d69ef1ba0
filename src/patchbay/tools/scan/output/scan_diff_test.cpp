#include "patchbay/tools/scan/output/scan_diff.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "patchbay/tools/command_fixture.hpp"
#include "patchbay/tools/scan/output/scan_diff_cli.hpp"
#include "patchbay/tools/scan/output/scan_sample_fixture.hpp"

namespace patchbay {
namespace {

// Records as lines, between a plan of 10.0.0.0/24 and an end.
std::string scan(std::string_view records, std::string_view ports = "1-100") {
  return fmt::format(R"({{"type":"plan","targets":["10.0.0.0/24"],"ports":{{"tcp":"{}"}}}})"
                     "\n{}\n"
                     R"({{"type":"end","complete":true}})"
                     "\n",
                     ports, records);
}

std::string port(std::string_view ip, int number, std::string_view state = "open") {
  return fmt::format(R"({{"type":"port","ip":"{}","port":{},"proto":"tcp","state":"{}"}})"
                     "\n",
                     ip, number, state);
}

std::string group(std::string_view ip, std::string_view ports, std::string_view state) {
  return fmt::format(R"({{"type":"group","ip":"{}","ports":"{}","proto":"tcp","state":"{}"}})"
                     "\n",
                     ip, ports, state);
}

ScanDiff diff_of(std::string_view before, std::string_view after, ScanDiffOptions options = {}) {
  return compare_scans(read_scan_results(before, "a").value(),
                       read_scan_results(after, "b").value(), options);
}

std::vector<std::string> texts(const ScanDiff& diff) {
  std::vector<std::string> result;
  for (const ScanChange& change : diff.changes) {
    result.push_back(to_string(change.host) + ' ' + change_text(change));
  }
  return result;
}

using Texts = std::vector<std::string>;

TEST(ScanDiff, NothingChangesBetweenAScanAndItself) {
  const std::string same = scan(port("10.0.0.1", 22) + group("10.0.0.1", "1-21,23-100", "closed"));
  EXPECT_EQ(texts(diff_of(same, same)), Texts());
}

TEST(ScanDiff, TellsWhatOpenedClosedAndChanged) {
  const std::string before = scan(port("10.0.0.1", 22) + port("10.0.0.1", 25) +
                                  group("10.0.0.1", "1-21,23-24,26-100", "closed"));
  const std::string after =
      scan(port("10.0.0.1", 22) + port("10.0.0.1", 80) + group("10.0.0.1", "1-9,25", "filtered") +
           group("10.0.0.1", "10-21,23-24,26-79,81-100", "closed"));
  EXPECT_EQ(texts(diff_of(before, after)),
            (Texts{"10.0.0.1 ~ 1-9/tcp filtered, was closed", "10.0.0.1 + 80/tcp open, was closed",
                   "10.0.0.1 - 25/tcp filtered, was open"}));
  EXPECT_EQ(texts(diff_of(before, after, {.only_open = true})),
            (Texts{"10.0.0.1 + 80/tcp open, was closed", "10.0.0.1 - 25/tcp filtered, was open"}));
}

TEST(ScanDiff, HostsComeAndGo) {
  const std::string before = scan(port("10.0.0.1", 22) + port("10.0.0.1", 80));
  const std::string after = scan(port("10.0.0.9", 25) + group("10.0.0.8", "1-100", "closed"));
  const ScanDiff diff = diff_of(before, after);
  EXPECT_EQ(texts(diff),
            (Texts{"10.0.0.1 - host is gone: had 22,80/tcp open",
                   "10.0.0.8 + new host: nothing open", "10.0.0.9 + new host: 25/tcp open"}));
  EXPECT_EQ(texts(diff_of(before, after, {.only_open = true})).size(), 2U);
}

TEST(ScanDiff, WhatWasNotAskedIsNotGone) {
  const std::string before = scan(port("10.0.0.1", 22) + port("10.0.0.1", 80) +
                                  group("10.0.0.1", "1-21", "closed") + port("10.9.9.9", 22));
  const std::string after = scan(port("10.0.0.1", 22), "22-79");
  const ScanDiff diff = diff_of(before, after);
  EXPECT_EQ(texts(diff), Texts());
  EXPECT_EQ(diff.ports_not_asked, 1U) << "80; of what was closed nobody asks";
  EXPECT_EQ(diff.hosts_not_asked, 1U) << "10.9.9.9";
}

TEST(ScanDiff, AFileOfOpenPortsOnlySaysWhichAreNot) {
  const std::string all = scan(port("10.0.0.1", 22) + port("10.0.0.1", 80) +
                               group("10.0.0.1", "1-21,23-79,81-100", "closed"));
  const std::string only_open = scan(port("10.0.0.1", 22) + port("10.0.0.1", 25));
  EXPECT_EQ(texts(diff_of(all, only_open)), (Texts{"10.0.0.1 + 25/tcp open, was closed",
                                                   "10.0.0.1 - 80/tcp closed|filtered, was open"}));
}

TEST(ScanDiff, WhatAKilledScanHasNotIsNotKnown) {
  const std::string before = scan(port("10.0.0.1", 22) + port("10.0.0.2", 22));
  std::string after = scan(port("10.0.0.1", 80));
  after.erase(after.rfind("{\"type\":\"end\""));
  const ScanDiff diff = diff_of(before, after);
  EXPECT_EQ(texts(diff), Texts{"10.0.0.1 + 80/tcp open, was closed|filtered"});
  EXPECT_EQ(diff.ports_not_asked, 1U);
  EXPECT_EQ(diff.hosts_not_asked, 1U);
}

std::string service(std::string_view product, std::string_view until) {
  return port("10.0.0.1", 443) +
         fmt::format(R"({{"type":"service","ip":"10.0.0.1","port":443,"proto":"tcp",)"
                     R"("service":"http","product":"{}","tls":true,)"
                     R"("certificate":{{"subject":"CN=a","not_after":"{}"}}}})",
                     product, until);
}

TEST(ScanDiff, ServicesAreComparedWhereBothAskedThem) {
  EXPECT_EQ(texts(diff_of(scan(service("nginx", "2030")), scan(service("caddy\\u001b", "2031")))),
            (Texts{"10.0.0.1 ~ 443/tcp is tls/http caddy\\x1b, was tls/http nginx",
                   "10.0.0.1 ~ 443/tcp certificate CN=a until 2031, was CN=a until 2030"}));
  EXPECT_EQ(texts(diff_of(scan(service("nginx", "2030")), scan(port("10.0.0.1", 443)))), Texts());
}

TEST(ScanDiff, ClosedOrFilteredIsNoChangeOfEither) {
  const std::string old_nmap =
      R"(<nmaprun><scaninfo protocol="tcp" services="1-3"/><host><address addr="10.0.0.1"/><ports>)"
      R"(<extraports state="closed" count="2"/><extraports state="filtered" count="1"/>)"
      R"(</ports></host><runstats><finished/></runstats></nmaprun>)";
  const std::string after = scan(
      group("10.0.0.1", "1", "closed") + group("10.0.0.1", "2", "filtered") + port("10.0.0.1", 3),
      "1-3");
  EXPECT_EQ(texts(diff_of(old_nmap, after)), Texts{"10.0.0.1 + 3/tcp open, was closed|filtered"});
}

class ScanDiffCommand : public testing::Test {
 protected:
  CommandRan run(std::string_view before, std::string_view after, OutputOptions options = {}) {
    Command scan("scan", "", nullptr);
    declare_scan_diff(scan);
    write_file(folder_ / "a", before);
    write_file(folder_ / "b", after);
    Command& diff = *scan.find("diff");
    EXPECT_TRUE(diff.arguments()[0].value.assign(folder_ / "a"));
    EXPECT_TRUE(diff.arguments()[1].value.assign(folder_ / "b"));
    return run_command(diff, {}, options);
  }

  TemporaryFolder folder_;
};

TEST_F(ScanDiffCommand, PrintsABlockAHost) {
  const std::string before = scan(port("10.0.0.1", 22) + group("10.0.0.1", "1-21", "closed"));
  const std::string after = scan(port("10.0.0.1", 80) + group("10.0.0.1", "1-22", "closed") +
                                 R"({"type":"host","ip":"10.0.0.1","name":"web1"})");
  const CommandRan ran = run(before, after);
  EXPECT_EQ(ran.code, exit_condition);
  EXPECT_EQ(ran.out,
            "10.0.0.1 (web1)\n"
            "  + 80/tcp open, was closed|filtered\n"
            "  - 22/tcp closed, was open\n"
            "diff: 0 hosts new, 0 gone; 1 port opened, 1 closed, 0 in another state; "
            "0 services changed, 0 certificates changed\n");
  EXPECT_EQ(ran.err, "");
  EXPECT_EQ(run(before, before).code, exit_ok);
}

TEST_F(ScanDiffCommand, SpeaksJson) {
  const CommandRan ran =
      run(scan(port("10.0.0.1", 22)), scan(port("10.0.0.1", 80)), {.json = true});
  std::istringstream lines(ran.out);
  std::vector<nlohmann::json> records;
  for (std::string line; std::getline(lines, line);) {
    records.push_back(nlohmann::json::parse(line, nullptr, false));
    EXPECT_FALSE(records.back().is_discarded()) << line;
  }
  ASSERT_EQ(records.size(), 4U) << ran.out;
  EXPECT_EQ(records[1], nlohmann::json({{"type", "change"},
                                        {"ip", "10.0.0.1"},
                                        {"change", "opened"},
                                        {"proto", "tcp"},
                                        {"ports", "80"},
                                        {"before", "closed|filtered"},
                                        {"after", "open"}}));
  EXPECT_EQ(records[3]["opened"], 1);
  EXPECT_EQ(records[3]["host_new"], 0);
  EXPECT_EQ(records[3]["exit"], 5);
}

TEST_F(ScanDiffCommand, ABadFileIsAUsageErrorAndAMissingOneAFailure) {
  const CommandRan bad = run("{}", scan(""));
  EXPECT_EQ(bad.code, exit_usage);
  EXPECT_TRUE(bad.err.contains("because: no record of a scan is in it")) << bad.err;
  Output out({.out_fd = memfd_create("out", 0), .err_fd = memfd_create("err", 0)});
  EXPECT_EQ(run_scan_diff({.before = folder_ / "none", .after = folder_ / "b"}, out), exit_failed);
}

TEST_F(ScanDiffCommand, SaysWhatItCannotCompare) {
  std::string after = scan(port("10.0.0.1", 22));
  after.erase(after.rfind("{\"type\":\"end\""));
  const CommandRan ran = run(scan(port("10.0.0.1", 22) + port("10.0.0.2", 22)), after);
  EXPECT_EQ(ran.code, exit_ok);
  EXPECT_TRUE(ran.err.contains("of a scan that did not come to its end")) << ran.err;
  EXPECT_TRUE(ran.err.contains("1 host in one of the scans, and not asked in the other"));
}

}  // namespace
}  // namespace patchbay
