#include "patchbay/tools/scan/targets/scan_listing.hpp"

#include <gtest/gtest.h>
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>

#include "patchbay/tools/command_fixture.hpp"
#include "patchbay/tools/scan/targets/look_up_fixture.hpp"

namespace patchbay {
namespace {

TargetSet targets(std::vector<const char*> texts) {
  std::vector<IpRange> ranges;
  for (const char* text : texts) ranges.push_back(IpRange::parse(text).value());
  return {.hosts = IpSet(ranges)};
}

struct Told {
  std::string out;
  std::string err;
};

template <class Print>
Told tell(bool json, Print print) {
  OutputOptions options{.json = json};
  options.out_fd = memfd_create("out", MFD_CLOEXEC);
  options.err_fd = memfd_create("err", MFD_CLOEXEC);
  Output out(options);
  print(out);
  return {content_of(options.out_fd), content_of(options.err_fd)};
}

TEST(ScanListing, AddressesAreListedWithTheirNames) {
  TargetSet set = targets({"10.0.0.1-2", "fd00::1"});
  set.names = {{"10.0.0.2", "web1"}, {"fd00::1", "we\x1b[31mb"}};
  set.excluded = 1;
  set.excluded_always = 256;
  const Told told = tell(false, [&](Output& out) { list_targets(set, out); });
  EXPECT_EQ(told.out, "10.0.0.1\n10.0.0.2 (web1)\nfd00::1 (we\\x1b[31mb)\n");
  EXPECT_EQ(told.err,
            "3 addresses; 1 address is excluded, 256 more by /etc/patchbay/scan-exclude; nothing "
            "was sent\n");
}

TEST(ScanListing, JsonHasARecordEach) {
  TargetSet set = targets({"10.0.0.1-2"});
  set.names = {{"10.0.0.2", "web1"}};
  const Told told = tell(true, [&](Output& out) {
    list_targets(set, out);
    EXPECT_EQ(out.totals().json(),
              R"({"type":"end","targets":2,"excluded":0,"excluded_always":0})");
  });
  EXPECT_EQ(told.out,
            "{\"type\":\"target\",\"ip\":\"10.0.0.1\"}\n"
            "{\"type\":\"target\",\"ip\":\"10.0.0.2\",\"name\":\"web1\"}\n");
}

struct Listed {
  TargetSet targets;
  bool json = false;
  std::string found = {};  // on stdout, and then on stderr
};

Task<> ask(Listed& listed) {
  OutputOptions options{.json = listed.json};
  options.out_fd = memfd_create("out", MFD_CLOEXEC);
  options.err_fd = memfd_create("err", MFD_CLOEXEC);
  {
    Output out(options);
    co_await list_named_targets(listed.targets, out);
  }
  listed.found = content_of(options.out_fd) + content_of(options.err_fd);
}

class NamedListing : public LookUpTest<Listed> {
 protected:
  NamedListing() {
    world_.names().add("web1.lab", address("10.0.0.1"));
    world_.names().add("d\x1b[31mb", address("10.0.0.2"));
    world_.names().hang("10.0.0.9");
  }
};

TEST_F(NamedListing, AddressesHaveTheirNamesAndTheUsers) {
  TargetSet set = targets({"10.0.0.1-4"});
  set.names = {{"10.0.0.1", "web1.lab"}, {"10.0.0.2", "db"}};
  EXPECT_EQ(look_up({.targets = set}),
            "10.0.0.1 (web1.lab)\n10.0.0.2 (db, d\\x1b[31mb)\n10.0.0.3\n10.0.0.4\n"
            "4 addresses; nothing was sent\n");
}

TEST_F(NamedListing, JsonTellsThemApart) {
  TargetSet set = targets({"10.0.0.1"});
  set.names = {{"10.0.0.1", "web"}};
  EXPECT_EQ(look_up({.targets = set, .json = true}),
            "{\"type\":\"target\",\"ip\":\"10.0.0.1\",\"name\":\"web\",\"hostnames\":"
            "[{\"name\":\"web1.lab\",\"type\":\"PTR\"}]}\n1 address; nothing was sent\n");
}

// More than are looked up at a time, one of which nobody answers for.
TEST_F(NamedListing, ManyComeInPieces) {
  const std::string told = look_up({.targets = targets({"10.0.0.0-10.0.4.255"})});
  EXPECT_EQ(std::ranges::count(told, '\n'), 1280 + 2);
  EXPECT_TRUE(told.starts_with("10.0.0.0\n10.0.0.1 (web1.lab)\n")) << told.substr(0, 80);
  EXPECT_NE(told.find("10.0.4.255\n[*] The names of 1 of 1,280 addresses could not be looked up: "),
            std::string::npos)
      << told.substr(told.size() - 200);
}

TEST_F(NamedListing, EndsWithACancel) {
  EXPECT_EQ(look_up_and_cancel({.targets = targets({"10.0.0.9"})}), "");
}

TEST(ScanListing, LongListsAreWrittenInPieces) {
  const Told told = tell(false, [&](Output& out) { list_targets(targets({"10.0.0.0/16"}), out); });
  EXPECT_EQ(std::ranges::count(told.out, '\n'), 65'536);
  EXPECT_TRUE(told.out.ends_with("10.0.255.254\n10.0.255.255\n"));
  EXPECT_EQ(told.err, "65,536 addresses; nothing was sent\n");
}

// A /0 into a pipe that nobody reads any more.
TEST(ScanListing, EndsWithItsReader) {
  ::signal(SIGPIPE, SIG_IGN);  // as the program does
  int ends[2];
  ASSERT_EQ(::pipe(ends), 0);
  ::close(ends[0]);
  OutputOptions options{.quiet = true};
  options.out_fd = ends[1];
  Output out(options);
  list_targets(targets({"0.0.0.0/0"}), out);
  EXPECT_TRUE(out.gone());
  ::close(ends[1]);
}

TEST(ScanListing, ADryRunTellsWhatWouldBe) {
  ScanPlan plan{.hosts = targets({"10.0.0.0/24", "8.8.8.8"}).hosts,
                .ports = {{ScanProtocol::tcp, 443},
                          {ScanProtocol::tcp, 80},
                          {ScanProtocol::udp, 53},
                          {ScanProtocol::tcp, 81}}};
  TargetSet set = targets({"10.0.0.0/24"});
  set.excluded_always = 3;
  ScanForecast forecast{.targets = 1028,
                        .public_hosts = 1,
                        .least_probes = 1028,
                        .most_probes = 2056,
                        .least_bytes = 77'000,
                        .most_bytes = 154'000,
                        .least_time = 2ms,
                        .most_time = 1200ms};
  const ScanPace pace;
  const std::vector<ScanPlan> none;
  const DryRunFacts facts{plan, set, pace, forecast, "packet", "CAP_NET_RAW is there", none};
  const Told text = tell(false, [&](Output& out) { print_dry_run(facts, out); });
  EXPECT_EQ(text.out,
            "hosts    257 addresses, 1 public\n"
            "         3 addresses are excluded by /etc/patchbay/scan-exclude\n"
            "ports    3 ports tcp (80-81,443), 1 port udp (53)\n"
            "targets  1,028\n"
            "probes   1,028 to 2,056, from all answer to none does\n"
            "bytes    about 77 kB to 154 kB on the wire\n"
            "time     about 2 ms to 1.2 s, with at most 10 k/s unanswered\n"
            "engine   packet: CAP_NET_RAW is there\n");
  EXPECT_EQ(text.err, "nothing was sent\n");
  const Told json = tell(true, [&](Output& out) { print_dry_run(facts, out); });
  EXPECT_EQ(json.out,
            R"({"type":"dry_run","hosts":257,"public_hosts":1,"ports":4,"targets":1028,)"
            R"("excluded":0,"excluded_always":3,"least_probes":1028,"most_probes":2056,)"
            R"("least_bytes":77000,"most_bytes":154000,"least_us":2000,"most_us":1200000,)"
            R"("engine":"packet","engine_why":"CAP_NET_RAW is there"})"
            "\n");
}

TEST(ScanListing, ADryRunTellsWhoIsAskedByTheOtherEngine) {
  ScanPlan plan{.hosts = targets({"10.0.0.1", "127.0.0.1"}).hosts,
                .ports = {{ScanProtocol::tcp, 80}}};
  plan.by_sockets = targets({"127.0.0.1"}).hosts;
  const TargetSet set = targets({"10.0.0.1"});
  const ScanPace pace;
  const std::vector<ScanPlan> none;
  const DryRunFacts facts{plan, set, pace, forecast_scan(plan, pace), "packet", "", none};
  const Told text = tell(false, [&](Output& out) { print_dry_run(facts, out); });
  EXPECT_TRUE(text.out.ends_with("engine   packet\n         connect for 127.0.0.1\n")) << text.out;
  const Told json = tell(true, [&](Output& out) { print_dry_run(facts, out); });
  EXPECT_NE(json.out.find(R"("engine":"packet","connects_to":["127.0.0.1"])"), std::string::npos)
      << json.out;
}

TEST(ScanListing, ADryRunTellsHowWhoIsThereIsFoundOut) {
  const TargetSet set = targets({"10.0.0.0/24"});
  ScanPlan plan{.hosts = set.hosts, .ports = {{ScanProtocol::tcp, 80}}};
  ScanPlan by_syn{.hosts = set.hosts, .ports = {{ScanProtocol::ping, 0}, {ScanProtocol::tcp, 443}}};
  ScanPlan by_ack{.hosts = set.hosts, .ports = {{ScanProtocol::tcp, 443}}};
  ScanPlan here{.hosts = {}, .ports = {{ScanProtocol::tcp, 22}}};
  const std::vector<ScanPlan> ways = {here, by_syn, by_ack};
  const ScanPace pace{.least_tries = 2};
  const auto dry_run = [&](bool json) {
    const DryRunFacts facts{plan, set, pace, forecast_scan(plan, pace), "packet", "", ways};
    return tell(json, [&](Output& out) { print_dry_run(facts, out); }).out;
  };
  EXPECT_NE(dry_run(false).find("probes   256 to 512, from all answer to none does\n"
                                "         and before, who is there: 256 to 1,536 by "
                                "1 port tcp (443), ping\n"),
            std::string::npos)
      << dry_run(false);
  EXPECT_NE(dry_run(true).find(R"("discovery_least_probes":256,"discovery_most_probes":1536)"),
            std::string::npos)
      << dry_run(true);
  plan.ports.clear();  // -sn
  EXPECT_NE(dry_run(false).find("ways     1 port tcp (443), ping\n"
                                "targets  768\n"
                                "probes   256 to 1,536, from all answer to none does\n"),
            std::string::npos)
      << dry_run(false);
  EXPECT_NE(dry_run(true).find(R"("least_probes":256,"most_probes":1536)"), std::string::npos);
}

TEST(ScanListing, ManyPortsAreCounted) {
  ScanPlan plan{.hosts = targets({"10.0.0.1"}).hosts, .ports = {}};
  for (std::uint16_t i = 0; i < 100; ++i) {
    plan.ports.push_back({ScanProtocol::tcp, static_cast<std::uint16_t>(1 + 2 * i)});
  }
  plan.ports.push_back({ScanProtocol::ping, 0});
  const TargetSet set = targets({"10.0.0.1"});
  const ScanPace pace;
  const std::vector<ScanPlan> none;
  const Told told = tell(false, [&](Output& out) {
    print_dry_run({plan, set, pace, forecast_scan(plan, pace), "connect", "", none}, out);
  });
  EXPECT_NE(told.out.find("ports    100 ports tcp, ping\n"), std::string::npos) << told.out;
  EXPECT_NE(told.out.find("engine   connect\n"), std::string::npos) << told.out;
}

}  // namespace
}  // namespace patchbay
