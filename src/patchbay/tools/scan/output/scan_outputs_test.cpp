#include "patchbay/tools/scan/output/scan_outputs.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <sstream>
#include <utility>

#include "patchbay/base/text.hpp"
#include "patchbay/tools/command_fixture.hpp"
#include "patchbay/tools/scan/count_text.hpp"
#include "patchbay/tools/scan/output/scan_results.hpp"
#include "patchbay/tools/scan/output/scan_sample_fixture.hpp"
#include "patchbay/tools/scan/output/xml_text.hpp"

namespace patchbay {
namespace {

using nlohmann::json;

struct Told {
  int code;
  std::string out;
  std::string err;
};

class ScanOutputsTest : public testing::Test {
 protected:
  // The sample, told with these flags.
  Told tell(const ScanOutputFlags& flags, OutputOptions options = {}) {
    options.out_fd = memfd_create("out", MFD_CLOEXEC);
    options.err_fd = memfd_create("err", MFD_CLOEXEC);
    Output out(options);
    out.start("scan", "1.2.3", 1);
    auto outputs = ScanOutputs::open(flags, sample_heading(), out);
    int code = exit_ok;
    if (outputs) {
      play_sample(**outputs, plan_);
      code = (*outputs)->exit_code();
    } else {
      code = outputs.error();
    }
    code = out.finish(code);
    return {code, content_of(options.out_fd), content_of(options.err_fd)};
  }

  static std::vector<json> records_of(const std::string& text) {
    std::vector<json> records;
    std::istringstream lines(text);
    for (std::string line; std::getline(lines, line);) {
      records.push_back(json::parse(line, nullptr, false));
      EXPECT_FALSE(records.back().is_discarded()) << line;
    }
    return records;
  }

  ScanPlan plan_ = sample_plan();
  TemporaryFolder folder_;
};

const std::string k_table =
    "10.0.0.1 (web1.lab)  up, 210 µs  via syn-ack\n"
    "PORT      STATE     SERVICE   REASON        INFO\n"
    "22/tcp    open      ssh       syn-ack       OpenSSH 9.2p1 (probed)\n"
    "443/tcp   open      https     syn-ack       nginx (probed); TLSv1.3, CN=web1.lab, "
    "*.web1.lab, 41 days left, ALPN h2; \"" +
    escape_terminal(k_hostile) +
    "\"; zero window: takes no data, as a proxy or a tarpit would\n"
    "8080/tcp  filtered  http-alt  admin-prohib  from 10.0.0.9\n"
    "not shown: 6 closed (reset), 1 open|filtered udp (no-response)\n"
    "\n"
    "2001:db8::1  up  via syn-ack\n"
    "not shown: 9 open (syn-ack)\n"
    "answers everything: all ports look open, so what they say of services is no proof\n"
    "rate-limited: it holds answers back, so a silent port may be a closed one\n"
    "\n"
    "scan: 5 hosts (2 up), 10 ports, 310 ms; sent 1,234; loss 2.1 %; local drops 3 (and 5 "
    "before any socket); 4 not believed for a wrong checksum; expected missed open ports < 0.001\n";

TEST_F(ScanOutputsTest, PeopleGetATable) {
  const Told told = tell({});
  EXPECT_EQ(told.out, k_table);
  EXPECT_EQ(told.err, "");
  EXPECT_EQ(told.code, exit_ok);
}

TEST_F(ScanOutputsTest, NothingOfAPeerReachesATerminalUnescaped) {
  for (const bool json : {false, true}) {
    const Told told = tell({.list = {}, .reason = true}, {.json = json, .verbose = 1});
    EXPECT_EQ(escape_terminal(told.out, {.newline = true}), told.out);
  }
}

TEST_F(ScanOutputsTest, ColourGoesAroundStates) {
  const Told told = tell({}, {.color_out = true});
  EXPECT_TRUE(told.out.contains("22/tcp    \x1b[32mopen\x1b[0m      ssh")) << told.out;
  EXPECT_TRUE(told.out.contains("\x1b[33mfiltered\x1b[0m  http-alt"));
}

TEST_F(ScanOutputsTest, ReasonAndVerboseTellMore) {
  const Told told = tell({.reason = true}, {.verbose = 1});
  EXPECT_TRUE(told.out.contains("syn-ack ttl 64, 210 µs, try 2")) << told.out;
  EXPECT_TRUE(told.out.contains("syn-ack, 300 µs, verified")) << told.out;
  EXPECT_TRUE(told.out.contains("\n  closed (reset): 20-21,23-25,80\n"));
  EXPECT_TRUE(told.err.contains("found 10.0.0.1 22/tcp open\n")) << told.err;
}

TEST_F(ScanOutputsTest, OpenLeavesTheOthersOut) {
  const Told told = tell({.only_open = true});
  EXPECT_FALSE(told.out.contains("8080/tcp")) << told.out;
  EXPECT_TRUE(told.out.contains("not shown: 1 open|filtered udp (no-response)\n"));
  EXPECT_FALSE(told.out.contains("closed ("));
}

TEST_F(ScanOutputsTest, EachRecordIsALineAndNoPortIsToldTwice) {
  const Told told = tell({.ndjson = {folder_ / "d"}}, {.json = true});
  const std::vector<json> records = records_of(told.out);
  std::vector<std::string> types;
  std::map<std::pair<std::string, int>, int> ports;
  for (const json& record : records) {
    types.push_back(record["type"]);
    if (record["type"] == "port") ++ports[{record["ip"], record["port"]}];
  }
  EXPECT_EQ(types, (std::vector<std::string>{"start", "plan", "port", "port", "host", "port",
                                             "port", "service", "service", "group", "group", "host",
                                             "group", "end"}));
  for (const auto& [port, times] : ports) EXPECT_EQ(times, 1) << port.first << ' ' << port.second;
  EXPECT_EQ(records[2].dump(),
            json::parse(R"({"type":"port","ip":"10.0.0.1","port":22,"proto":"tcp","state":"open",
                "reason":"syn-ack","service":"ssh","service_method":"table","rtt_us":210,"tries":2,
                "method":"packet","ttl":64,"name":"web1.lab","ts":"1970-01-01T00:00:00.000000Z"})")
                .dump());
  EXPECT_EQ(records[6]["reason_ip"], "10.0.0.9");
  EXPECT_EQ(records[5]["flags"], json::array({"zero-window", "verified"}));
  EXPECT_FALSE(records[7].contains("flags"));
  EXPECT_EQ(records[8]["flags"], json::array({"zero-window", "verified"}));
  EXPECT_EQ(records[8]["info"], to_valid_utf8(k_hostile));
  EXPECT_EQ(records[8]["certificate"]["not_after"], "1970-02-11T00:00:00.000000Z");
  EXPECT_EQ(records[12]["ports"], "20-23,25,80,443,8080") << "24 was told before";
  EXPECT_EQ(records[12]["count"], 8);
  const json& end = records.back();
  EXPECT_EQ(end["sent"], 1'234);
  EXPECT_EQ(end["corrupt"], 4);
  EXPECT_EQ(end["dropped"], 3);
  EXPECT_EQ(end["backlog_drops"], 5);
  EXPECT_EQ(end["loss"], 0.021);
  EXPECT_EQ(end["elapsed_us"], 310'000);
  EXPECT_EQ(end["states"]["open|filtered"], 5);
  EXPECT_EQ(end["complete"], true);

  std::vector<json> in_file = records_of(text_of_file(folder_ / "d"));
  ASSERT_EQ(in_file.size(), records.size());
  EXPECT_TRUE(std::equal(in_file.begin() + 1, in_file.end() - 1, records.begin() + 1));
  EXPECT_EQ(in_file.front(), records.front());
  in_file.back()["exit"] = 0;
  EXPECT_EQ(in_file.back(), end);
}

TEST_F(ScanOutputsTest, OpenPortsAreInTheFileAtOnce) {
  const OutputOptions options{.out_fd = memfd_create("out", MFD_CLOEXEC),
                              .err_fd = memfd_create("err", MFD_CLOEXEC)};
  Output out(options);
  auto outputs = ScanOutputs::open({.ndjson = {folder_ / "d"}, .list = {folder_ / "l"}},
                                   sample_heading(), out);
  ASSERT_TRUE(outputs);
  (*outputs)->started(plan_);
  (*outputs)->found(sample_address("10.0.0.1"), sample_ssh());
  (*outputs)->found(sample_address("10.0.0.1"), sample_ssh());
  EXPECT_EQ(records_of(text_of_file(folder_ / "d")).size(), 3U);
  EXPECT_EQ(text_of_file(folder_ / "l"), "10.0.0.1 22 tcp open\n");
}

// … or when the scan waits, in one piece; and no file ends within a line.
TEST_F(ScanOutputsTest, WhatIsGatheredIsWrittenBeforeTheScanWaits) {
  const OutputOptions options{.json = true,
                              .out_fd = memfd_create("out", MFD_CLOEXEC),
                              .err_fd = memfd_create("err", MFD_CLOEXEC)};
  Output out(options);
  auto outputs = ScanOutputs::open(
      {.grepable = {folder_ / "g"}, .ndjson = {folder_ / "d"}, .list = {folder_ / "l"}},
      sample_heading(), out);
  ASSERT_TRUE(outputs);
  int told = 0;
  (*outputs)->gather([&] { ++told; });
  (*outputs)->started(plan_);
  EXPECT_EQ(records_of(text_of_file(folder_ / "d")).size(), 2U) << "the plan is there at once";
  (*outputs)->found(sample_address("10.0.0.1"), sample_ssh());
  EXPECT_EQ(told, 1);
  EXPECT_EQ(text_of_file(folder_ / "l"), "");
  (*outputs)->flush();
  EXPECT_EQ(text_of_file(folder_ / "l"), "10.0.0.1 22 tcp open\n");
  EXPECT_EQ(records_of(text_of_file(folder_ / "d")).size(), 3U);

  std::size_t pieces = 0;
  std::uintmax_t size = std::filesystem::file_size(folder_ / "d");
  for (int host = 0; host < 400; ++host) {
    (*outputs)->host(sample_web());
    const std::uintmax_t now = std::filesystem::file_size(folder_ / "d");
    if (std::exchange(size, now) == now) continue;
    ++pieces;
    EXPECT_TRUE(text_of_file(folder_ / "d").ends_with('\n'));
  }
  EXPECT_GT(pieces, 5U) << "what waits has a limit";
  EXPECT_LT(pieces, 50U);
  EXPECT_EQ(told, 401);
  (*outputs)->ended(sample_totals());
  EXPECT_EQ(records_of(text_of_file(folder_ / "d")).back()["type"], "end");
}

TEST_F(ScanOutputsTest, AHostThatAnswersEverythingIsNotToldPortByPort) {
  const OutputOptions options{.json = true,
                              .out_fd = memfd_create("out", MFD_CLOEXEC),
                              .err_fd = memfd_create("err", MFD_CLOEXEC)};
  Output out(options);
  auto outputs = ScanOutputs::open({}, sample_heading(), out);
  ASSERT_TRUE(outputs);
  (*outputs)->started(plan_);
  for (std::uint16_t port = 1; port <= 1'000; ++port) {
    (*outputs)->found(sample_address("10.0.0.1"),
                      {.port = {ScanProtocol::tcp, port}, .answer = {.state = PortState::open}});
  }
  HostReport liar = sample_liar();
  liar.address = sample_address("10.0.0.1");
  liar.rest[0].ports = {{1, 1'000}};
  (*outputs)->host(liar);
  const auto records = records_of(content_of(options.out_fd));
  EXPECT_EQ(records.size(), 1 + ToldPorts::k_most_per_host + 2);
  EXPECT_EQ(records.back()["ports"], "65-1000");
}

TEST_F(ScanOutputsTest, TheDocumentIsOneArrayOfTheSameRecords) {
  tell({.ndjson = {folder_ / "d"}, .json = {folder_ / "j"}});
  const json document = json::parse(text_of_file(folder_ / "j"), nullptr, false);
  ASSERT_TRUE(document.is_array());
  EXPECT_EQ(document.get<std::vector<json>>(), records_of(text_of_file(folder_ / "d")));
}

TEST_F(ScanOutputsTest, AListHasALineAnOpenPort) {
  tell({.list = {folder_ / "l"}});
  EXPECT_EQ(text_of_file(folder_ / "l"),
            "10.0.0.1 22 tcp open\n"
            "2001:db8::1 24 tcp open\n"  // before it was known for a liar
            "10.0.0.1 443 tcp open\n");
}

TEST_F(ScanOutputsTest, GrepableHasSevenFieldsAPort) {
  tell({.grepable = {folder_ / "g"}});
  EXPECT_EQ(text_of_file(folder_ / "g"),
            "# Patchbay 1.2.3: patchbay scan 10.0.0.0/30 '<x>', at 1970-01-01T00:00:00.000000Z\n"
            "Host: 10.0.0.1 (web1.lab)\tStatus: Up\n"
            "Host: 10.0.0.1 (web1.lab)\tPorts: 22/open/tcp//ssh//OpenSSH 9.2p1/, "
            "443/open/tcp//ssl|http//nginx/, 8080/filtered/tcp//http-alt///"
            "\tIgnored State: closed (6)\tIgnored State: open|filtered (1)\n"
            "Host: 2001:db8::1 ()\tStatus: Up\n"
            "Host: 2001:db8::1 ()\tIgnored State: open (9)\n"
            "# Patchbay done at 1970-01-01T00:00:00.000000Z: 5 hosts (2 up) in 0.31 seconds\n");
}

TEST_F(ScanOutputsTest, AVersionForgesNoPortInGrepable) {
  const OutputOptions options{.out_fd = memfd_create("out", MFD_CLOEXEC),
                              .err_fd = memfd_create("err", MFD_CLOEXEC)};
  Output out(options);
  auto outputs = ScanOutputs::open({.grepable = {"-"}}, sample_heading(), out);
  ASSERT_TRUE(outputs);
  (*outputs)->started(plan_);
  HostReport host = sample_web();
  host.name = "x)\tPorts: 1/open/tcp//a///";
  host.ports[0].service->version = k_hostile;
  (*outputs)->host(host);
  const std::string text = content_of(options.out_fd);
  EXPECT_EQ(std::ranges::count(text, '/'), 1 + 3 * 7) << text;  // one of the comment
  EXPECT_EQ(std::ranges::count(text, '\t'), 4) << text;
}

const std::string k_xml =
    R"(<?xml version="1.0" encoding="UTF-8"?>
<!DOCTYPE nmaprun>
<nmaprun scanner="patchbay" args="patchbay scan 10.0.0.0/30 &apos;&lt;x&gt;&apos;" start="0" )"
    R"(startstr="Thu Jan 01 00:00:00 1970" version="1.2.3" xmloutputversion="1.05">
<scaninfo type="syn" protocol="tcp" numservices="9" services="20-25,80,443,8080"/>
<scaninfo type="udp" protocol="udp" numservices="1" services="53"/>
<verbose level="0"/>
<debugging level="0"/>
<target specification="10.0.0.0/30"/>
<target specification="2001:db8::1"/>
<host><status state="up" reason="syn-ack" reason_ttl="0"/>
<address addr="10.0.0.1" addrtype="ipv4"/>
<hostnames>
<hostname name="web1.lab" type="user"/>
</hostnames>
<ports><extraports state="closed" count="6">
<extrareasons reason="reset" count="6" proto="tcp" ports="20-21,23-25,80"/>
</extraports>
<extraports state="open|filtered" count="1">
<extrareasons reason="no-response" count="1" proto="udp" ports="53"/>
</extraports>
<port protocol="tcp" portid="22"><state state="open" reason="syn-ack" reason_ttl="64"/>)"
    R"(<service name="ssh" product="OpenSSH" version="9.2p1" method="probed" conf="10"/></port>
<port protocol="tcp" portid="443"><state state="open" reason="syn-ack" reason_ttl="0"/>)"
    R"(<service name="http" product="nginx" extrainfo=")" +
    escape_xml(k_hostile) +
    R"(" tunnel="ssl" method="probed" conf="10"/>)"
    R"(<script id="patchbay" output="zero-window, verified; CN=web1.lab, until )"
    R"(1970-02-11T00:00:00.000000Z">)"
    R"(<elem key="subject">CN=web1.lab</elem><elem key="issuer">CN=Lab &amp; Sons</elem>)"
    R"(<elem key="not_after">1970-02-11T00:00:00.000000Z</elem>)"
    R"(<elem key="tls_version">TLSv1.3</elem><elem key="alpn">h2</elem>)"
    R"(<table key="names"><elem>web1.lab</elem><elem>*.web1.lab</elem></table></script></port>
<port protocol="tcp" portid="8080"><state state="filtered" reason="admin-prohib" )"
    R"(reason_ttl="63" reason_ip="10.0.0.9"/>)"
    R"(<service name="http-alt" method="table" conf="3"/></port>
</ports>
<times srtt="210" rttvar="210" to="210"/>
</host>
<host><status state="up" reason="syn-ack" reason_ttl="0"/>
<address addr="2001:db8::1" addrtype="ipv6"/>
<hostnames>
</hostnames>
<ports><extraports state="open" count="9">
<extrareasons reason="syn-ack" count="9" proto="tcp" ports="20-25,80,443,8080"/>
</extraports>
</ports>
<hostscript><script id="patchbay" output="answers-everything, rate-limited"/></hostscript>
</host>
<runstats><finished time="0" timestr="Thu Jan 01 00:00:00 1970" )"
    R"(summary="5 hosts; 2 up; scanned in 0.31 seconds" elapsed="0.31" exit="success"/>)"
    R"(<hosts up="2" down="3" total="5"/></runstats>
</nmaprun>
)";

TEST_F(ScanOutputsTest, XmlHasTheShapeOfNmaps) {
  tell({.xml = {folder_ / "x"}});
  EXPECT_EQ(text_of_file(folder_ / "x"), k_xml);
}

TEST_F(ScanOutputsTest, XmlSaysThatItIsNmapsWhenAsked) {
  tell({.xml = {folder_ / "x"}, .xml_as_nmap = true});
  EXPECT_TRUE(text_of_file(folder_ / "x").contains("<nmaprun scanner=\"nmap\" args="));
}

TEST_F(ScanOutputsTest, EveryFormIsReadBackAsTheSame) {
  tell({.xml = {folder_ / "x"}, .ndjson = {folder_ / "d"}, .json = {folder_ / "j"}});
  for (const char* name : {"x", "d", "j"}) {
    const auto read = read_scan_results(text_of_file(folder_ / name), name);
    ASSERT_TRUE(read) << read.error().why;
    EXPECT_EQ(read->scanner, "patchbay 1.2.3") << name;
    EXPECT_TRUE(read->complete && read->probes_services) << name;
    EXPECT_EQ(read->tcp, ports_of(plan_, ScanProtocol::tcp)) << name;
    EXPECT_EQ(read->udp, ports_of(plan_, ScanProtocol::udp)) << name;
    ASSERT_TRUE(read->targets) << name;
    EXPECT_EQ(read->targets->ranges(), plan_.hosts.ranges()) << name;
    ASSERT_EQ(read->hosts.size(), 2U) << name;
    const KnownHost& web = read->hosts.at(host_key("10.0.0.1").value());
    EXPECT_EQ(web.name, "web1.lab") << name;
    EXPECT_EQ(web.tcp.spans().size(), 6U) << name;
    EXPECT_EQ(web.udp.spans().size(), 1U) << name;
    const KnownPort& https = web.ports.at({ScanProtocol::tcp, 443});
    EXPECT_EQ(https.service, (KnownService{.name = "http", .product = "nginx", .tls = true}));
    EXPECT_EQ(https.certificate, (KnownCertificate{.subject = "CN=web1.lab",
                                                   .issuer = "CN=Lab & Sons",
                                                   .not_after = "1970-02-11T00:00:00.000000Z",
                                                   .names = {"web1.lab", "*.web1.lab"}}))
        << name;
    EXPECT_EQ(read->hosts.at(host_key("2001:db8::1").value()).tcp.spans().size(), 4U) << name;
  }
}

TEST_F(ScanOutputsTest, AllIsFourFiles) {
  const Told told = tell({.text = {folder_ / "n"}, .all = folder_ / "a"});
  EXPECT_EQ(folder_.files(), 5U);
  EXPECT_EQ(told.out, k_table) << "the table is printed too";
  EXPECT_EQ(text_of_file(folder_ / "a.xml"), k_xml);
  EXPECT_EQ(text_of_file(folder_ / "a.nmap"),
            "# Patchbay 1.2.3: patchbay scan 10.0.0.0/30 '<x>', at 1970-01-01T00:00:00.000000Z\n" +
                k_table);
  EXPECT_TRUE(text_of_file(folder_ / "a.gnmap").contains("Ports: 22/open"));
  EXPECT_TRUE(text_of_file(folder_ / "a.ndjson").starts_with("{\"type\":\"start\""));
}

// Of one host that took too long, and whose address has a name of somebody else's choice.
HostReport given_up() {
  HostReport host{.address = sample_address("10.0.0.2"),
                  .dns_name = "printer.lab",
                  .answered = true,
                  .reason = AnswerReason::reset};
  host.ports = {sample_ssh()};
  host.timed_out = true;
  return host;
}

TEST_F(ScanOutputsTest, AHostThatTookTooLongIsMarkedInEveryForm) {
  const OutputOptions options{.json = true,
                              .out_fd = memfd_create("out", MFD_CLOEXEC),
                              .err_fd = memfd_create("err", MFD_CLOEXEC)};
  Output out(options);
  auto outputs = ScanOutputs::open(
      {.text = {folder_ / "n"}, .xml = {folder_ / "x"}, .grepable = {folder_ / "g"}},
      sample_heading(), out);
  ASSERT_TRUE(outputs);
  (*outputs)->started(plan_);
  (*outputs)->host(given_up());
  (*outputs)->ended({});
  const json host = records_of(content_of(options.out_fd))[1];
  EXPECT_EQ(host["flags"], json::array({"timed-out"}));
  EXPECT_EQ(host["hostnames"], json::parse(R"([{"name":"printer.lab","type":"PTR"}])"));
  const std::string table = text_of_file(folder_ / "n");
  EXPECT_TRUE(table.contains("10.0.0.2 (printer.lab)  up  via reset\n")) << table;
  EXPECT_TRUE(table.contains("\ntimed out: it took longer than --host-timeout")) << table;
  const std::string grepable = text_of_file(folder_ / "g");
  EXPECT_TRUE(grepable.contains("Host: 10.0.0.2 (printer.lab)\tPorts: 22/open")) << grepable;
  EXPECT_TRUE(grepable.contains("Host: 10.0.0.2 (printer.lab)\tStatus: Timeout\n")) << grepable;
  const std::string xml = text_of_file(folder_ / "x");
  EXPECT_TRUE(xml.contains("<host timedout=\"true\"><status state=\"up\"")) << xml;
  EXPECT_TRUE(xml.contains("<hostname name=\"printer.lab\" type=\"PTR\"/>")) << xml;
  const auto read = read_scan_results(xml, "x");
  ASSERT_TRUE(read);
  EXPECT_EQ(read->hosts.at(host_key("10.0.0.2").value()).name, "printer.lab");
}

TEST_F(ScanOutputsTest, TheCardOfANeighbourIsToldInEveryFormThatHasAPlaceForIt) {
  const OutputOptions options{.json = true,
                              .out_fd = memfd_create("out", MFD_CLOEXEC),
                              .err_fd = memfd_create("err", MFD_CLOEXEC)};
  Output out(options);
  auto outputs =
      ScanOutputs::open({.text = {folder_ / "n"}, .xml = {folder_ / "x"}}, sample_heading(), out);
  ASSERT_TRUE(outputs);
  (*outputs)->started(plan_);
  HostReport host = given_up();
  host.hardware = HardwareAddress{.address = {0x00, 0x00, 0x5e, 0xab, 0x22, 0x0f}};
  (*outputs)->host(host);
  host.address = sample_address("10.0.0.3");
  host.hardware->maker = k_hostile;
  (*outputs)->host(host);
  (*outputs)->ended({});
  const std::vector<json> records = records_of(content_of(options.out_fd));
  std::vector<json> hosts;
  std::ranges::copy_if(records, std::back_inserter(hosts),
                       [](const json& record) { return record["type"] == "host"; });
  ASSERT_EQ(hosts.size(), 2U);
  EXPECT_EQ(hosts[0]["mac"], "00:00:5e:ab:22:0f");
  EXPECT_FALSE(hosts[0].contains("maker"));
  EXPECT_TRUE(hosts[1].contains("maker"));
  const std::string table = text_of_file(folder_ / "n");
  EXPECT_TRUE(table.contains("10.0.0.2 (printer.lab)  up  via reset  00:00:5e:ab:22:0f\n"))
      << table;
  EXPECT_TRUE(table.contains("via reset  00:00:5e:ab:22:0f (")) << table;
  EXPECT_EQ(escape_terminal(table, {.newline = true}), table);
  const std::string xml = text_of_file(folder_ / "x");
  EXPECT_TRUE(
      xml.contains("<address addr=\"10.0.0.2\" addrtype=\"ipv4\"/>\n"
                   "<address addr=\"00:00:5E:AB:22:0F\" addrtype=\"mac\"/>\n"))
      << xml;
  EXPECT_TRUE(xml.contains("addrtype=\"mac\" vendor=\"")) << xml;
  const auto read = read_scan_results(xml, "x");
  ASSERT_TRUE(read);
  EXPECT_EQ(read->hosts.size(), 2U) << "a card is no host";
}

TEST_F(ScanOutputsTest, ANameOfAnAddressForgesNothing) {
  HostReport host = given_up();
  host.name = "web1.lab";
  host.dns_name = k_hostile;
  const ScanHeading heading = sample_heading();
  const std::string table = ScanTable(heading, {}).host(host);
  EXPECT_TRUE(table.starts_with("10.0.0.2 (web1.lab, ")) << table;
  EXPECT_EQ(escape_terminal(table, {.newline = true}), table);
  const OutputOptions options{.out_fd = memfd_create("out", MFD_CLOEXEC),
                              .err_fd = memfd_create("err", MFD_CLOEXEC)};
  Output out(options);
  auto outputs = ScanOutputs::open(
      {.xml = {folder_ / "x"}, .grepable = {"-"}, .ndjson = {folder_ / "d"}}, heading, out);
  ASSERT_TRUE(outputs);
  (*outputs)->started(plan_);
  host.name.clear();
  (*outputs)->host(host);
  (*outputs)->ended({});
  EXPECT_EQ(std::ranges::count(content_of(options.out_fd), '\t'), 3);
  EXPECT_EQ(records_of(text_of_file(folder_ / "d"))[2]["hostnames"][0]["name"],
            to_valid_utf8(k_hostile));
  EXPECT_TRUE(read_scan_results(text_of_file(folder_ / "x"), "x"));
  EXPECT_TRUE(read_scan_results(text_of_file(folder_ / "d"), "d"));
}

TEST_F(ScanOutputsTest, StdoutIsForOne) {
  const Told list = tell({.list = {"-"}});
  EXPECT_EQ(list.out, "10.0.0.1 22 tcp open\n2001:db8::1 24 tcp open\n10.0.0.1 443 tcp open\n");
  const std::string refusal =
      "error: cannot write two outputs to stdout\n"
      "  because: a reader could not tell them apart\n"
      "  try: give one of them a file\n";
  const Told two = tell({.xml = {"-"}, .list = {"-"}});
  EXPECT_EQ(two.err, refusal);
  EXPECT_EQ(two.code, exit_failed);
  EXPECT_EQ(tell({.list = {"-"}}, {.json = true}).code, exit_failed);
}

TEST_F(ScanOutputsTest, AFileThatCannotBeWrittenStopsEverythingBeforeItBegins) {
  write_file(folder_ / "l", "what was there\n");
  const Told told = tell({.xml = {folder_ / "x"}, .list = {folder_ / "l", folder_ / "none/l"}});
  EXPECT_EQ(told.code, exit_failed);
  EXPECT_EQ(told.out, "");
  EXPECT_TRUE(told.err.starts_with("error: cannot write ")) << told.err;
  EXPECT_EQ(text_of_file(folder_ / "l"), "what was there\n");
  EXPECT_EQ(folder_.files(), 1U);
}

TEST_F(ScanOutputsTest, OneFileIsNotWrittenTwice) {
  const Told told = tell({.ndjson = {folder_ / "a"}, .list = {folder_ / "./a"}});
  EXPECT_EQ(told.code, exit_failed);
  EXPECT_TRUE(told.err.contains("cannot write two outputs to ")) << told.err;
  EXPECT_EQ(tell({.ndjson = {"/dev/null"}, .list = {"/dev/null"}}).code, exit_ok);
}

TEST_F(ScanOutputsTest, AFullDiskIsToldOnceAndTheOthersGoOn) {
  const Told told = tell({.xml = {folder_ / "x"}, .list = {"/dev/full"}});
  EXPECT_EQ(told.code, exit_failed);
  EXPECT_EQ(told.out, k_table);
  EXPECT_EQ(text_of_file(folder_ / "x"), k_xml);
  EXPECT_EQ(told.err.find("error:"), told.err.rfind("error:")) << told.err;
}

TEST_F(ScanOutputsTest, DocumentsCannotBeAppendedTo) {
  EXPECT_EQ(tell({.xml = {folder_ / "x"}, .append = true}).code, exit_usage);
  tell({.list = {folder_ / "l"}, .append = true});
  tell({.list = {folder_ / "l"}, .append = true});
  const std::string text = text_of_file(folder_ / "l");
  EXPECT_EQ(std::ranges::count(text, '\n'), 6);
}

TEST_F(ScanOutputsTest, WhatIsNotAsExpectedIsToldAndIsTheExitCode) {
  const ScanOutputFlags flags{.ndjson = {folder_ / "d"},
                              .only_open = true,
                              .expect = "10.0.0.1: tcp/22,443 open; 10.0.0.1: tcp/8080 closed"};
  const Told told = tell(flags);
  EXPECT_EQ(told.code, exit_condition);
  EXPECT_TRUE(
      told.out.contains("not as expected: 10.0.0.1 (web1.lab): tcp/8080 is filtered, "
                        "expected: 10.0.0.1: tcp/8080 closed\n"))
      << told.out;
  const auto records = records_of(text_of_file(folder_ / "d"));
  EXPECT_EQ(std::ranges::count(records, json("violation"),
                               [](const json& record) { return record["type"]; }),
            1);
  EXPECT_EQ(records.back()["type"], "end");
  EXPECT_EQ(tell({.expect = "10.0.0.1: tcp/22 open"}).code, exit_ok);
  EXPECT_EQ(tell({.expect = "tcp/22 ajar"}).code, exit_usage);
}

TEST_F(ScanOutputsTest, ExpectationsAreCheckedAgainstThePlan) {
  const OutputOptions options{.out_fd = memfd_create("out", MFD_CLOEXEC),
                              .err_fd = memfd_create("err", MFD_CLOEXEC)};
  Output out(options);
  const auto outputs = ScanOutputs::open({.expect = "tcp/9 open"}, sample_heading(), out);
  ASSERT_TRUE(outputs);
  EXPECT_EQ((*outputs)->check(plan_), exit_usage);
  EXPECT_EQ(content_of(options.err_fd),
            "error: cannot check the expectation 'tcp/9 open'\n"
            "  because: tcp/9 is not scanned\n"
            "  try: add 9 to -p\n");
}

TEST(XmlText, IsWellFormedWhateverComesIn) {
  EXPECT_EQ(escape_xml("a<b>&\"'"), "a&lt;b&gt;&amp;&quot;&apos;");
  EXPECT_EQ(escape_xml(std::string_view("\0\x01\x1b", 3)), "\uFFFD\uFFFD\uFFFD");
  EXPECT_EQ(escape_xml("\t\n\r\x7f"), "&#x9;&#xa;&#xd;&#x7f;");
  EXPECT_EQ(escape_xml("\xff\xed\xa0\x80"), "\uFFFD\uFFFD\uFFFD\uFFFD");
  EXPECT_EQ(escape_xml("\uFFFE\uFFFF"), "\uFFFD\uFFFD");
  EXPECT_EQ(escape_xml("\u202eé😀"), "&#x202e;é😀");
}

TEST(ScanTable, GroupsDigits) {
  EXPECT_EQ(grouped(0), "0");
  EXPECT_EQ(grouped(999), "999");
  EXPECT_EQ(grouped(65'535), "65,535");
  EXPECT_EQ(grouped(1'000'000), "1,000,000");
}

}  // namespace
}  // namespace patchbay
