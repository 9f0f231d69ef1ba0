#include "patchbay/tools/scan/output/scan_results.hpp"

#include <gtest/gtest.h>

#include "patchbay/tools/scan/output/scan_sample_fixture.hpp"

namespace patchbay {
namespace {

HostKey key(std::string_view text) { return host_key(text).value(); }

std::string why_not(std::string_view text) {
  const auto read = read_scan_results(text, "f");
  return read ? "" : read.error().why;
}

std::string state_of(const KnownHost& host, std::uint16_t port) {
  const auto piece = host.tcp.piece_at(port);
  return piece.span == nullptr ? "" : std::string(name_of(*piece.span));
}

constexpr std::string_view k_lines =
    R"({"type":"start","tool":"scan","version":"1.2.3","schema":1,"ts":"1970-01-01T00:00:00Z"}
{"type":"plan","targets":["10.0.0.0/24","fe80::1%eth7"],"ports":{"tcp":"1-100"},"services":true}
{"type":"port","ip":"10.0.0.1","port":22,"proto":"tcp","state":"open","name":"a","new":[{}]}
{"type":"unheard-of"}
{"type":"host","ip":"10.0.0.1","name":"web1"}
{"type":"service","ip":"10.0.0.1","port":22,"proto":"tcp","service":"ssh","product":"OpenSSH",
)";

TEST(ScanResults, ReadsLines) {
  std::string text(k_lines);
  text.erase(text.rfind("{\"type\":\"service"));
  text += R"({"type":"service","ip":"10.0.0.1","port":22,"proto":"tcp","service":"ssh","tls":true,)"
          R"("certificate":{"subject":"CN=a","names":["a","b"],"not_after":"2030"}})"
          "\n"
          R"({"type":"group","ip":"10.0.0.1","proto":"tcp","state":"closed","ports":"1-21,23-80"})"
          "\n"
          R"({"type":"end","complete":true})"
          "\n";
  const auto read = read_scan_results(text, "f");
  ASSERT_TRUE(read) << read.error().why;
  EXPECT_EQ(read->scanner, "patchbay 1.2.3");
  EXPECT_TRUE(read->complete);
  EXPECT_TRUE(read->probes_services);
  EXPECT_EQ(read->tcp, (PortRanges{{1, 100}}));
  ASSERT_TRUE(read->targets);
  EXPECT_TRUE(read->targets->contains(sample_address("10.0.0.77")));
  ASSERT_EQ(read->hosts.size(), 1U);
  const KnownHost& host = read->hosts.at(key("10.0.0.1"));
  EXPECT_EQ(host.name, "web1");
  EXPECT_EQ(state_of(host, 22), "open");
  EXPECT_EQ(state_of(host, 80), "closed");
  EXPECT_EQ(state_of(host, 81), "");
  const KnownPort& port = host.ports.at({ScanProtocol::tcp, 22});
  EXPECT_EQ(port.service, (KnownService{.name = "ssh", .tls = true}));
  EXPECT_EQ(port.certificate->names, (std::vector<std::string>{"a", "b"}));
}

TEST(ScanResults, APortThatSaidNothingHasNoService) {
  const auto read = read_scan_results(
      R"({"type":"service","ip":"10.0.0.1","port":22,"proto":"tcp","service":"","product":"",)"
      R"("version":"","info":"","tls":false,"flags":["verified"]})"
      "\n"
      R"({"type":"service","ip":"10.0.0.1","port":23,"proto":"tcp","service":"","info":"hello"})"
      "\n",
      "f");
  ASSERT_TRUE(read) << read.error().why;
  EXPECT_TRUE(read->probes_services);
  const KnownHost& host = read->hosts.at(key("10.0.0.1"));
  EXPECT_FALSE(host.ports.contains({ScanProtocol::tcp, 22}));
  EXPECT_TRUE(host.ports.contains({ScanProtocol::tcp, 23}));
}

TEST(ScanResults, AKilledScanIsReadAsFarAsItCame) {
  std::string text(k_lines);
  text.resize(text.rfind(','));  // the last line is not whole
  const auto read = read_scan_results(text, "f");
  ASSERT_TRUE(read) << read.error().why;
  EXPECT_FALSE(read->complete);
  EXPECT_EQ(state_of(read->hosts.at(key("10.0.0.1")), 22), "open");
  EXPECT_EQ(why_not(k_lines), "line 6 is no JSON") << "it is whole, and wrong";
}

TEST(ScanResults, OfScansInOneFileTheLastCounts) {
  const std::string_view first = k_lines.substr(0, k_lines.find("{\"type\":\"service"));
  const auto read = read_scan_results(
      std::string(first) + R"({"type":"end","complete":true})"
                           "\n"
                           R"({"type":"start","tool":"scan","version":"2","schema":1})"
                           "\n"
                           R"({"type":"host","ip":"10.0.0.2"})",
      "f");
  ASSERT_TRUE(read) << read.error().why;
  EXPECT_FALSE(read->complete);
  ASSERT_EQ(read->hosts.size(), 1U);
  EXPECT_EQ(to_string(read->hosts.begin()->first), "10.0.0.2");
  EXPECT_TRUE(read->tcp.empty());
}

TEST(ScanResults, ReadsADocument) {
  const auto read = read_scan_results(
      R"([ {"type":"plan","targets":null,"ports":{"udp":"53"}},
           {"type":"port","ip":"::1","port":53,"proto":"udp","state":"open|filtered"},
           {"type":"end","complete":true,"states":{"open":1}} ])",
      "f");
  ASSERT_TRUE(read) << read.error().why;
  EXPECT_TRUE(read->complete);
  EXPECT_FALSE(read->targets);
  EXPECT_EQ(read->udp, (PortRanges{{53, 53}}));
  EXPECT_EQ(read->hosts.at(key("::1")).udp.piece_at(53).span->state, PortState::open_or_filtered);
  EXPECT_EQ(why_not(R"([{"type":"plan"},)"), "it is no whole JSON document");
}

TEST(ScanResults, RefusesWhatIsNoScan) {
  EXPECT_EQ(why_not(""), "it is empty");
  EXPECT_EQ(why_not("Nmap scan report"), "it is neither JSON nor XML");
  EXPECT_EQ(why_not("{}"), "no record of a scan is in it");
  EXPECT_EQ(why_not("[1]"), "no record of a scan is in it");
  EXPECT_EQ(why_not(R"({"type":"start","tool":"http get","schema":1})"),
            "line 1: it is what `patchbay http get` wrote, and no scan");
  EXPECT_EQ(why_not(R"({"type":"start","tool":"scan","schema":2})"),
            "line 1: a newer Patchbay wrote it, in a form that this one does not know");
  EXPECT_EQ(why_not(R"({"type":"port","ip":"x"})"), "line 1: a record has no address");
  EXPECT_EQ(why_not(R"({"type":"port","ip":"1.2.3.4","proto":"tcp","port":65536,"state":"open"})"),
            "line 1: a port has no number or no state");
  EXPECT_EQ(why_not(R"({"type":"group","ip":"1.2.3.4","proto":"tcp","ports":"x","state":"open"})"),
            "line 1: a group has no ports or no state");
  EXPECT_EQ(why_not("<html/>"), "it is XML, but no scan's");
  EXPECT_EQ(why_not("<nmaprun><host></nmaprun>"), "line 1, column 18: mismatched tag");
  EXPECT_EQ(why_not("<!DOCTYPE nmaprun [<!ENTITY a 'aaaa'>]><nmaprun args='&a;'/>"),
            "it declares entities, which no scanner does");
}

constexpr std::string_view k_nmap = R"(<?xml version="1.0" encoding="UTF-8"?>
<!DOCTYPE nmaprun>
<?xml-stylesheet href="file:///x.xsl" type="text/xsl"?>
<!-- a comment -->
<nmaprun scanner="nmap" args="nmap -oX - web1" start="1" version="7.93" xmloutputversion="1.05">
<scaninfo type="syn" protocol="tcp" numservices="100" services="1-100"/>
<verbose level="0"/><debugging level="0"/>
<target specification="nowhere" status="skipped" reason="invalid"/>
<host><status state="down" reason="no-response" reason_ttl="0"/>
<address addr="10.0.0.2" addrtype="ipv4"/></host>
<host starttime="1" endtime="2"><status state="up" reason="arp-response" reason_ttl="0"/>
<address addr="10.0.0.1" addrtype="ipv4"/>
<address addr="02:00:00:00:00:01" addrtype="mac" vendor="x"/>
<hostnames><hostname name="ptr" type="PTR"/><hostname name="web1" type="user"/></hostnames>
<ports><extraports state="closed" count="98">
<extrareasons reason="reset" count="98" proto="tcp" ports="1-21,23-79,81-99"/></extraports>
<port protocol="tcp" portid="22"><state state="open" reason="syn-ack" reason_ttl="64"/>
<service name="ssh" product="OpenSSH" version="9.2p1" method="probed" conf="10"><cpe/></service>
<script id="ssh-hostkey" output="x"><elem key="subject">not this</elem></script></port>
<port protocol="tcp" portid="80"><state state="filtered" reason="no-response" reason_ttl="0"/>
<service name="http" method="table" conf="3"/></port>
<port protocol="sctp" portid="80"><state state="open" reason="init-ack" reason_ttl="64"/></port>
</ports></host>
<runstats><finished time="3" elapsed="1.0" exit="success"/><hosts up="1" down="1" total="2"/>
</runstats></nmaprun>
)";

TEST(ScanResults, ReadsXmlOfNmap) {
  const auto read = read_scan_results(k_nmap, "f");
  ASSERT_TRUE(read) << read.error().why;
  EXPECT_EQ(read->scanner, "nmap 7.93");
  EXPECT_TRUE(read->complete);
  EXPECT_TRUE(read->probes_services);
  EXPECT_FALSE(read->targets) << "it does not say";
  EXPECT_EQ(read->tcp, (PortRanges{{1, 100}}));
  ASSERT_EQ(read->hosts.size(), 1U) << "one is down";
  const KnownHost& host = read->hosts.at(key("10.0.0.1"));
  EXPECT_EQ(host.name, "web1");
  EXPECT_EQ(state_of(host, 22), "open");
  EXPECT_EQ(state_of(host, 79), "closed");
  EXPECT_EQ(state_of(host, 80), "filtered");
  EXPECT_EQ(state_of(host, 100), "");
  ASSERT_EQ(host.ports.size(), 1U) << "a name by its number is no finding";
  EXPECT_EQ(host.ports.begin()->second.service,
            (KnownService{.name = "ssh", .product = "OpenSSH", .version = "9.2p1"}));
  EXPECT_FALSE(host.ports.begin()->second.certificate);
}

TEST(ScanResults, XmlThatIsCutHasItsWholeHosts) {
  const std::string_view two_hosts = k_nmap.substr(0, k_nmap.find("<runstats>"));
  const auto read = read_scan_results(two_hosts, "f");
  ASSERT_TRUE(read) << read.error().why;
  EXPECT_FALSE(read->complete);
  EXPECT_EQ(read->hosts.size(), 1U);
  const auto less = read_scan_results(k_nmap.substr(0, k_nmap.find("</ports>")), "f");
  ASSERT_TRUE(less) << less.error().why;
  EXPECT_TRUE(less->hosts.empty());
}

TEST(ScanResults, PortsThatOldNmapsOnlyCountAreAllTheOthers) {
  const std::string beginning = R"(<nmaprun><scaninfo protocol="tcp" services="1-5"/>)"
                                R"(<host><address addr="10.0.0.1"/><ports>)";
  const std::string ending =
      R"(<port protocol="tcp" portid="2"><state state="open"/></port></ports></host></nmaprun>)";
  const auto one =
      read_scan_results(beginning + R"(<extraports state="closed" count="4"/>)" + ending, "f");
  ASSERT_TRUE(one) << one.error().why;
  EXPECT_EQ(state_of(one->hosts.at(key("10.0.0.1")), 1), "closed");
  EXPECT_EQ(state_of(one->hosts.at(key("10.0.0.1")), 2), "open");
  EXPECT_EQ(state_of(one->hosts.at(key("10.0.0.1")), 6), "");
  const auto two = read_scan_results(beginning + R"(<extraports state="closed" count="3"/>)" +
                                         R"(<extraports state="filtered" count="1"/>)" + ending,
                                     "f");
  ASSERT_TRUE(two) << two.error().why;
  EXPECT_EQ(state_of(two->hosts.at(key("10.0.0.1")), 1), "closed|filtered");
}

TEST(ScanResults, TheFailureNamesTheFile) {
  const auto read = read_scan_results("x", "a\x1b.xml");
  ASSERT_FALSE(read);
  EXPECT_EQ(read.error().what, "cannot compare a\\x1b.xml");
}

TEST(HostKey, HasTheScopeBesideTheAddress) {
  EXPECT_EQ(to_string(key("fe80::1%eth99")), "fe80::1%eth99");
  EXPECT_NE(key("fe80::1%eth98"), key("fe80::1%eth99"));
  EXPECT_FALSE(host_key(""));
  EXPECT_FALSE(host_key("web1"));
}

}  // namespace
}  // namespace patchbay
