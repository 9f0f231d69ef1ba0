#include "patchbay/tools/scan/scan_cli.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <span>
#include <sstream>
#include <thread>

#include "patchbay/net/rights.hpp"
#include "patchbay/tools/command_fixture.hpp"
#include "patchbay/tools/read_file.hpp"
#include "patchbay/tools/replace_file.hpp"
#include "patchbay/tools/scan/run/scan_checkpoint_fixture.hpp"
#include "patchbay/tools/scan/scan_wish.hpp"
#include "patchbay/tools/scan/session/resume_file_fixture.hpp"

namespace patchbay {
namespace {

// A port of 127.0.0.1 that somebody listens on, or that is bound and therefore refuses.
class LocalPort {
 public:
  explicit LocalPort(bool listens) : socket_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    EXPECT_EQ(::bind(socket_, reinterpret_cast<sockaddr*>(&address), size), 0);
    if (listens) {
      EXPECT_EQ(::listen(socket_, 16), 0);
    }
    EXPECT_EQ(::getsockname(socket_, reinterpret_cast<sockaddr*>(&address), &size), 0);
    number_ = ntohs(address.sin_port);
  }
  ~LocalPort() { ::close(socket_); }
  LocalPort(const LocalPort&) = delete;
  LocalPort& operator=(const LocalPort&) = delete;

  std::uint16_t number() const { return number_; }

 private:
  int socket_;
  std::uint16_t number_ = 0;
};

// What a scan of 127.0.0.1 by FIN packets leaves behind when it is broken off before its first.
std::string resume_file_of_packets(bool is_whole) {
  const IpRange range = IpRange::parse("127.0.0.1").value();
  const ScanPlan plan{.hosts = IpSet(std::span(&range, 1)),
                      .ports = {{ScanProtocol::tcp, 1}},
                      .tcp = TcpMethod::fin};
  ScanListener nobody;
  const ScanRun run(plan, {}, nobody, 7);
  ResumeFile file{.aims = {}, .parts = {checkpoint_of(run, {.seed = 7})}};
  file.parts[0].position.is_whole = is_whole;
  return text_of(file);
}

// On a thread of its own: a scan gives up the rights of its thread, which other tests need.
CommandRan scan(CommandWords words, bool json = false, bool has_rights = true) {
  CommandRan ran{};
  std::thread([&] {
    if (!has_rights) EXPECT_TRUE(keep_rights({}));
    Command root("patchbay", "", nullptr);
    declare_scan(root);
    ran = run_command(*root.find("scan"), words, {.json = json});
  }).join();
  return ran;
}

std::vector<nlohmann::json> records_of(const std::string& lines, const std::string& type) {
  std::vector<nlohmann::json> records;
  std::istringstream in(lines);
  for (std::string line; std::getline(in, line);) {
    auto record = nlohmann::json::parse(line);
    if (record.at("type") == type) records.push_back(std::move(record));
  }
  return records;
}

TEST(ScanCommand, TellsWhatIsOpenAndWhatIsNot) {
  const LocalPort open(true);
  const LocalPort closed(false);
  const auto ran =
      scan({{"", "127.0.0.1"}, {"ports", fmt::format("{},{}", open.number(), closed.number())}});
  EXPECT_EQ(ran.code, exit_ok) << ran.err;
  EXPECT_NE(ran.out.find(fmt::format("{}/tcp", open.number())), std::string::npos) << ran.out;
  EXPECT_NE(ran.out.find("open"), std::string::npos) << ran.out;
  EXPECT_NE(ran.out.find("closed"), std::string::npos) << ran.out;
  EXPECT_NE(ran.out.find("expected missed open ports"), std::string::npos) << ran.out;
}

TEST(ScanCommand, EveryLineOfJsonIsARecord) {
  const LocalPort open(true);
  const LocalPort closed(false);
  const auto ran = scan(
      {{"", "127.0.0.1"}, {"ports", fmt::format("{},{}", open.number(), closed.number())}}, true);
  EXPECT_EQ(ran.code, exit_ok) << ran.err;
  const auto ports = records_of(ran.out, "port");
  ASSERT_EQ(ports.size(), 2U) << ran.out;
  EXPECT_EQ(ports[0].at("ip"), "127.0.0.1");
  EXPECT_EQ(ports[0].at("port"), open.number());
  EXPECT_EQ(ports[0].at("state"), "open");
  EXPECT_EQ(ports[0].at("method"), "connect");
  EXPECT_EQ(ports[1].at("reason"), "conn-refused");
  const auto end = records_of(ran.out, "end");
  ASSERT_EQ(end.size(), 1U);
  EXPECT_EQ(end[0].at("complete"), true);
  EXPECT_EQ(end[0].at("sent"), 2);
}

// Whoever is given a port of TCP finds that of UDP free, most likely.
TEST(ScanCommand, UdpOfThisHostTakesNoRight) {
  const LocalPort closed(false);
  const auto ran =
      scan({{"", "127.0.0.1"}, {"udp", "true"}, {"ports", std::to_string(closed.number())}}, true);
  EXPECT_EQ(ran.code, exit_ok) << ran.err;
  const auto plan = records_of(ran.out, "plan");
  ASSERT_EQ(plan.size(), 1U) << ran.out;
  EXPECT_EQ(plan[0].at("engine"), "connect");
  const auto ports = records_of(ran.out, "port");
  ASSERT_EQ(ports.size(), 1U) << ran.out;
  EXPECT_EQ(ports[0].at("proto"), "udp");
  EXPECT_EQ(ports[0].at("state"), "closed");
  EXPECT_EQ(ports[0].at("reason"), "port-unreach");
  EXPECT_EQ(ports[0].at("method"), "connect");
}

TEST(ScanCommand, WhatOnlyPacketsCanAskTakesTheRight) {
  const LocalPort closed(false);
  const auto ran =
      scan({{"", "127.0.0.1"}, {"fin", "true"}, {"ports", std::to_string(closed.number())}});
  if (ran.code == exit_ok) {
    EXPECT_NE(ran.out.find("closed"), std::string::npos) << ran.out;
    return;
  }
  EXPECT_EQ(ran.code, exit_permission) << ran.err;
  EXPECT_NE(ran.err.find("CAP_NET_RAW"), std::string::npos) << ran.err;
  EXPECT_EQ(ran.out, "");
}

// Before it begins: nothing is told and no file is touched.
TEST(ScanCommand, WhatNeedsTheRightIsNotGoneOnWithWithoutIt) {
  const std::string path = testing::TempDir() + "patchbay-resume-packets";
  const std::string out = path + ".ndjson";
  ASSERT_TRUE(replace_file(path, resume_file_of_packets(false)));
  ::unlink(out.c_str());
  const auto refused =
      scan({{"resume", path}, {"save-ndjson", out}, {"checkpoint", path}}, false, false);
  EXPECT_EQ(refused.code, exit_permission) << refused.err;
  EXPECT_NE(refused.err.find("CAP_NET_RAW"), std::string::npos) << refused.err;
  EXPECT_NE(refused.err.find("cannot go on with " + path), std::string::npos) << refused.err;
  EXPECT_EQ(refused.out, "");
  EXPECT_NE(::access(out.c_str(), F_OK), 0) << "the output is there";
  EXPECT_EQ(read_whole_file(path, 100'000).value(), resume_file_of_packets(false));

  ASSERT_TRUE(replace_file(path, resume_file_of_packets(true)));
  const auto over = scan({{"resume", path}}, true, false);
  EXPECT_NE(over.code, exit_permission) << over.err;
  EXPECT_EQ(records_of(over.out, "end").size(), 1U) << over.err;
  ::unlink(path.c_str());
}

TEST(ScanCommand, WhatIsExpectedDecidesTheExitCode) {
  const LocalPort open(true);
  const CommandWords asked = {{"", "127.0.0.1"}, {"ports", std::to_string(open.number())}};
  CommandWords right = asked;
  right.emplace_back("expect", fmt::format("tcp/{} open", open.number()));
  EXPECT_EQ(scan(right).code, exit_ok);
  CommandWords wrong = asked;
  wrong.emplace_back("expect", fmt::format("tcp/{} not open", open.number()));
  EXPECT_EQ(scan(wrong).code, exit_condition);
}

struct Refused {
  CommandWords words;
  int code;
  const char* says;
};

TEST(ScanCommand, BadInputIsRefusedBeforeAnythingIsSent) {
  const Refused cases[] = {
      {{}, exit_usage, "nobody to scan"},
      {{{"", "127.0.0.1"}, {"ports", "0"}}, exit_usage, "0"},
      {{{"", "127.0.0.1"}, {"ports", "65536"}}, exit_usage, "65536"},
      {{{"", "127.0.0.1"}, {"ports", "90-80"}}, exit_usage, "90"},
      {{{"", "10.0.0.40-10.0.0.1"}}, exit_usage, "10.0.0.40"},
      {{{"", "224.0.0.1"}}, exit_usage, "224.0.0.1"},
      {{{"", "0.0.0.0/0"}}, exit_usage, ""},
      {{{"", "127.0.0.1"}, {"shard", "8/7"}, {"seed", "1"}}, exit_usage, "8/7"},
      {{{"", "127.0.0.1"}, {"syn", "true"}, {"fin", "true"}}, exit_usage, "fin"},
      {{{"", "127.0.0.1"}, {"interface", "no-such-link"}}, exit_usage, "no-such-link"},
      {{{"", "127.0.0.1"}, {"resume", "/nowhere"}}, exit_usage, "--resume"},
      {{{"resume", "/dev/null"}}, exit_usage, "/dev/null"},
      {{{"", "127.0.0.1"}, {"min-rate", "20"}, {"max-rate", "10"}}, exit_usage, "--min-rate 20/s"},
      {{{"", "127.0.0.1"}, {"min-rate", "10001"}}, exit_usage, "-T3"},
      {{{"", "127.0.0.1"}, {"udp", "true"}, {"ports", "T:80"}}, exit_usage, "--udp has no ports"},
      {{{"", "127.0.0.1"}, {"syn", "true"}, {"ports", "U:53"}}, exit_usage, "of TCP has no ports"},
      {{{"", "127.0.0.1"}, {"ping-syn", "22,0"}}, exit_usage, "0"},
      {{{"", "127.0.0.1"}, {"ping-ack", "U:53"}}, exit_usage, "--ping-ack asks no ports of UDP"},
      {{{"", "127.0.0.1"}, {"ping-udp", "T:53"}}, exit_usage, "--ping-udp asks no ports of TCP"},
      {{{"", "127.0.0.1"}, {"ping-syn", "-"}}, exit_usage, "100 ports at the most"},
      {{{"", "127.0.0.1"}, {"shard", "1/2"}, {"seed", "1"}, {"ping-syn", "22"}},
       exit_usage,
       "--shard never looks first"},
      {{{"", "22,80"}, {"", "127.0.0.1"}, {"ping-syn", "443"}}, exit_usage, "-PS22,80, without a"},
      {{{"", "53"}, {"", "127.0.0.1"}, {"ping-udp", "33434"}}, exit_usage, "-PU53, without a bl"},
      {{{"", "22"}, {"", "127.0.0.1"}}, exit_usage, "-p 22"},
      {{{"", "fe80::1"}}, exit_usage, "-e NAME"},
  };
  for (const Refused& refused : cases) {
    const auto ran = scan(refused.words);
    EXPECT_EQ(ran.code, refused.code) << refused.says << ": " << ran.err;
    EXPECT_NE(ran.err.find(refused.says), std::string::npos) << ran.err;
    EXPECT_EQ(ran.out, "") << refused.says;
  }
}

// This host is asked by connections whatever is wanted, and that takes no right.
TEST(ScanCommand, ThisHostIsFoundInEveryWay) {
  const LocalPort closed(false);
  const std::string port = std::to_string(closed.number());
  for (const auto& [flag, word] : CommandWords{{"ping-syn", port},
                                               {"ping-echo", "true"},
                                               {"ping-ack", port},
                                               {"ping-udp", port},
                                               {"ping-neighbour", "true"}}) {
    const auto ran = scan({{"", "127.0.0.1"}, {"hosts-only", "true"}, {flag, word}}, true);
    EXPECT_EQ(ran.code, exit_ok) << flag << ran.err;
    ASSERT_EQ(records_of(ran.out, "host").size(), 1U) << flag;
    EXPECT_EQ(records_of(ran.out, "end").at(0).at("hosts"), 1) << flag;
  }
}

TEST(ScanCommand, AddressesHaveNamesOnlyWhenThatIsWanted) {
  const LocalPort closed(false);
  const CommandWords words = {{"", "127.0.0.1"}, {"ports", std::to_string(closed.number())}};
  CommandWords by_name = words;
  by_name.emplace_back("resolve", "true");
  const auto host = records_of(scan(by_name, true).out, "host").at(0);
  EXPECT_EQ(host.at("hostnames").at(0).at("type"), "PTR") << host;
  EXPECT_NE(host.at("hostnames").at(0).at("name"), "") << host;
  EXPECT_FALSE(records_of(scan(words, true).out, "host").at(0).contains("hostnames"));
}

TEST(ScanCommand, EachProbeAndItsAnswerAreTraced) {
  const LocalPort open(true);
  const LocalPort closed(false);
  const auto ran = scan({{"", "127.0.0.1"},
                         {"ports", fmt::format("{},{}", open.number(), closed.number())},
                         {"packet-trace", "true"}});
  for (const std::string& line :
       {fmt::format("sent  tcp 127.0.0.1:{} by connect, try 1\n", open.number()),
        fmt::format("sent  tcp 127.0.0.1:{} by connect, try 1\n", closed.number()),
        fmt::format("got   tcp 127.0.0.1:{} open: connected, try 1", open.number()),
        fmt::format("got   tcp 127.0.0.1:{} closed: conn-refused, try 1", closed.number())}) {
    EXPECT_NE(ran.err.find(line), std::string::npos) << ran.err;
  }
  EXPECT_EQ(ran.out.find("sent  tcp"), std::string::npos);
}

TEST(ScanCommand, DatagramsAreTracedToo) {
  const LocalPort closed(false);
  const auto ran = scan({{"", "127.0.0.1"},
                         {"udp", "true"},
                         {"ports", std::to_string(closed.number())},
                         {"packet-trace", "true"}});
  for (const std::string& line :
       {fmt::format("sent  udp 127.0.0.1:{}, try 1\n", closed.number()),
        fmt::format("got   udp 127.0.0.1:{} closed: port-unreach, try 1", closed.number())}) {
    EXPECT_NE(ran.err.find(line), std::string::npos) << ran.err;
  }
}

TEST(ScanCommand, ANameWithoutAnAddressDoesNotKeepTheOthersFromBeingScanned) {
  const LocalPort open(true);
  const auto ran = scan(
      {{"", "127.0.0.1"}, {"", "no-such-host.invalid"}, {"ports", std::to_string(open.number())}});
  EXPECT_EQ(ran.code, exit_partly) << ran.err;
  EXPECT_NE(ran.out.find("open"), std::string::npos) << ran.out;
  EXPECT_NE(ran.err.find("no-such-host.invalid"), std::string::npos) << ran.err;
}

TEST(ScanCommand, OnlyTellsWhatItWouldDo) {
  const auto listed = scan({{"", "192.0.2.8/30"}, {"list", "true"}});
  EXPECT_EQ(listed.code, exit_ok);
  EXPECT_EQ(listed.out, "192.0.2.8\n192.0.2.9\n192.0.2.10\n192.0.2.11\n");
  const auto dry = scan({{"", "10.0.0.0/24"}, {"ports", "-"}, {"dry-run", "true"}});
  EXPECT_EQ(dry.code, exit_ok) << dry.err;
  EXPECT_NE(dry.out.find("16,776,960"), std::string::npos) << dry.out;
}

// The field that -T has set, or the failure.
std::string timing_of(std::string_view word) {
  Command root("patchbay", "", nullptr);
  ScanFlags flags;
  declare_scan_flags(root, flags);
  const auto timing = std::ranges::find(root.flags(), "timing", &Flag::name);
  const auto assigned = timing->value.assign(word);
  if (assigned) return std::to_string(flags.timing.level);
  return assigned.error().why + " / " + assigned.error().remedy;
}

TEST(ScanCommand, TimingHasNumbersAndNames) {
  for (const char* word : {"0", "paranoid"}) EXPECT_EQ(timing_of(word), "0");
  EXPECT_EQ(timing_of("sneaky"), "1");
  EXPECT_EQ(timing_of("polite"), "2");
  EXPECT_EQ(timing_of("normal"), "3");
  for (const char* word : {"4", "aggressive"}) EXPECT_EQ(timing_of(word), "4");
  for (const char* word : {"5", "insane"}) EXPECT_EQ(timing_of(word), "5");
  for (const char* word : {"6", "9", "4a", "", "Insane", "agressive"}) {
    EXPECT_GT(timing_of(word).size(), 1U) << word;
  }
  EXPECT_EQ(timing_of("fast"),
            "it is neither a number nor the name of one / 0 to 5, or paranoid, sneaky, polite, "
            "normal, aggressive, insane");
}

TEST(ScanCommand, PartsOfAScanAreNamedFromOne) {
  EXPECT_EQ(parse_shard("1/4")->index, 0U);
  EXPECT_EQ(parse_shard("4/4")->index, 3U);
  for (const char* wrong : {"", "0/4", "5/4", "1", "1/", "/4", "1/4/", "-1/4", "1/70000", "a/b"}) {
    EXPECT_FALSE(parse_shard(wrong)) << wrong;
  }
}

}  // namespace
}  // namespace patchbay
