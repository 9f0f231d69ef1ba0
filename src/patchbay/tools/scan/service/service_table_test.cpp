#include "patchbay/tools/scan/service/service_table.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <set>

#include "patchbay/tools/scan/service/service_order.hpp"
#include "patchbay/tools/scan/service/service_regex.hpp"

namespace patchbay {
namespace {

std::string_view sent_by(std::string_view id) {
  const ServiceProbe* const probe = service_probe(id);
  EXPECT_NE(probe, nullptr) << id;
  return probe == nullptr ? std::string_view() : probe->send;
}

std::size_t byte_at(std::string_view bytes, std::size_t at) {
  return static_cast<unsigned char>(bytes.at(at));
}

std::size_t big_endian(std::string_view bytes, std::size_t at, std::size_t count) {
  std::size_t value = 0;
  for (std::size_t i = 0; i < count; ++i) value = value << 8 | byte_at(bytes, at + i);
  return value;
}

TEST(ServiceTable, HasManyServices) {
  std::set<std::string_view> tcp;
  std::set<std::string_view> udp;
  for (const ServiceProbe& probe : service_probes()) {
    (probe.transport == ScanProtocol::tcp ? tcp : udp).insert(probe.service);
  }
  EXPECT_GE(tcp.size(), 60U);
  EXPECT_GE(udp.size(), 12U);
}

TEST(ServiceTable, HasOnlyExpressionsThatRe2Takes) {
  std::size_t seen = 0;
  for (const ServiceProbe& probe : service_probes()) {
    for (const ServiceMatch& match : probe.matches) {
      const ServiceRegex regex(match.regex);
      EXPECT_TRUE(regex.ok()) << probe.id << ": " << regex.error() << ": " << match.regex;
      EXPECT_LE(regex.NumberOfCapturingGroups(), 7) << probe.id << ": " << match.regex;
      // Whatever stands at the front, nothing at all is nobody's reply.
      EXPECT_FALSE(re2::RE2::FullMatch("", regex)) << probe.id << ": " << match.regex;
      ++seen;
    }
  }
  EXPECT_GE(seen, 150U);
}

TEST(ServiceTable, LeadsFromOneProbeToAnother) {
  for (const ServiceProbe& probe : service_probes()) {
    for (const ServiceMatch& match : probe.matches) {
      if (match.then.empty()) continue;
      const ServiceProbe* const then = service_probe(match.then);
      ASSERT_NE(then, nullptr) << match.then;
      EXPECT_FALSE(then->server_first) << match.then;
    }
  }
  EXPECT_EQ(service_probe("no-such-probe"), nullptr);
}

// Each protocol's own field for how long the message is.
TEST(ServiceTable, SaysHowLongItsMessagesAre) {
  const std::string_view tls = sent_by("tls");
  EXPECT_EQ(big_endian(tls, 3, 2), tls.size() - 5);
  EXPECT_EQ(big_endian(tls, 6, 3), tls.size() - 9);
  const std::size_t extensions = 9 + 2 + 32 + 33 + 2 + 22 + 2;
  EXPECT_EQ(big_endian(tls, extensions, 2), tls.size() - extensions - 2);
  EXPECT_EQ(big_endian(sent_by("rdp"), 2, 2), sent_by("rdp").size());
  EXPECT_EQ(big_endian(sent_by("smb"), 0, 4), sent_by("smb").size() - 4);
  EXPECT_EQ(byte_at(sent_by("ldap"), 1), sent_by("ldap").size() - 2);
  EXPECT_EQ(byte_at(sent_by("ldap"), 6), sent_by("ldap").size() - 7);
  EXPECT_EQ(big_endian(sent_by("postgresql"), 0, 4), sent_by("postgresql").size());
  EXPECT_EQ(big_endian(sent_by("mssql"), 2, 2), sent_by("mssql").size());
  EXPECT_EQ(big_endian(sent_by("oracle"), 0, 2), sent_by("oracle").size());
  EXPECT_EQ(byte_at(sent_by("mongodb"), 0), sent_by("mongodb").size());
  EXPECT_EQ(byte_at(sent_by("mongodb"), 21), sent_by("mongodb").size() - 21);
  EXPECT_EQ(byte_at(sent_by("mqtt"), 1), sent_by("mqtt").size() - 2);
  EXPECT_EQ(big_endian(sent_by("kafka"), 0, 4), sent_by("kafka").size() - 4);
  EXPECT_EQ(big_endian(sent_by("cassandra"), 5, 4), sent_by("cassandra").size() - 9);
  EXPECT_EQ(big_endian(sent_by("dns"), 0, 2), sent_by("dns").size() - 2);
  EXPECT_EQ(big_endian(sent_by("rpcbind"), 2, 2), sent_by("rpcbind").size() - 4);
  EXPECT_EQ(big_endian(sent_by("nfs"), 2, 2), sent_by("nfs").size() - 4);
  EXPECT_EQ(byte_at(sent_by("msrpc"), 8), sent_by("msrpc").size());
  EXPECT_EQ(big_endian(sent_by("epmd"), 0, 2), sent_by("epmd").size() - 2);
  EXPECT_EQ(byte_at(sent_by("zabbix-agent"), 5), sent_by("zabbix-agent").size() - 13);
  EXPECT_EQ(big_endian(sent_by("modbus"), 4, 2), sent_by("modbus").size() - 6);
  EXPECT_EQ(std::stoul(std::string(sent_by("git").substr(0, 4)), nullptr, 16),
            sent_by("git").size());
  EXPECT_EQ(sent_by("x11").size(), 12U);
  EXPECT_EQ(sent_by("afp").size(), 16U);
  EXPECT_EQ(sent_by("ntp").size(), 48U);
  EXPECT_EQ(byte_at(sent_by("snmp"), 1), sent_by("snmp").size() - 2);
  EXPECT_EQ(big_endian(sent_by("ike"), 24, 4), sent_by("ike").size());
  EXPECT_EQ(sent_by("quic").size(), 1200U);
  EXPECT_EQ(sent_by("stun").size(), 20U);
}

TEST(ServiceTable, FillsInWhomItAsks) {
  const std::string bytes = probe_bytes(*service_probe("http"), {.host = "web1.lab:8080"});
  EXPECT_TRUE(bytes.starts_with("GET / HTTP/1.1\r\nHost: web1.lab:8080\r\n")) << bytes;
  EXPECT_TRUE(bytes.ends_with("\r\n\r\n"));
  for (const ServiceProbe& probe : service_probes()) {
    const std::string filled = probe_bytes(probe, {.host = "{name}{host}", .name = "x"});
    EXPECT_LT(filled.size(), 5000U) << probe.id;  // and it ends
  }
}

TEST(ServiceTable, LeavesPrintersAndMachinesAlone) {
  for (const int port : {502, 9100, 9107, 9103, 102, 20'000, 47'808}) {
    EXPECT_TRUE(is_left_alone(static_cast<std::uint16_t>(port))) << port;
  }
  for (const int port : {1, 22, 80, 503, 9099, 9108, 65'535}) {
    EXPECT_FALSE(is_left_alone(static_cast<std::uint16_t>(port))) << port;
  }
}

TEST(ServiceTable, HasPayloadsForUdp) {
  EXPECT_EQ(udp_probe(123)->service, "ntp");
  EXPECT_EQ(udp_probe(53)->service, "dns");
  EXPECT_EQ(udp_probe(53)->send.size() + 2, sent_by("dns").size());
  EXPECT_EQ(udp_probe(6379), nullptr);
}

// --- the order -----------------------------------------------------------------------------------

std::vector<std::string_view> order_of(std::uint16_t port, bool inside_tls,
                                       const ServiceOptions& options = {}) {
  std::vector<std::string_view> ids;
  for (const ServiceProbe* probe : probes_in_order(port, inside_tls, options)) {
    ids.push_back(probe->id);
  }
  return ids;
}

bool has(const std::vector<std::string_view>& ids, std::string_view id) {
  return std::ranges::count(ids, id) == 1;
}

TEST(ServiceOrder, AsksWhatThePortHintsAtFirst) {
  const auto redis = order_of(6379, false);
  EXPECT_EQ(redis[0], "redis");
  EXPECT_EQ(redis[1], "http");
  EXPECT_EQ(redis[2], "tls");
  EXPECT_EQ(order_of(443, false)[0], "tls");
  EXPECT_EQ(order_of(993, false)[0], "tls");
  EXPECT_EQ(order_of(80, false)[0], "http");
  EXPECT_EQ(order_of(12'345, false)[0], "http");
  EXPECT_EQ(order_of(636, true)[0], "ldap");
}

TEST(ServiceOrder, GoesAsFarAsItIsAsked) {
  EXPECT_TRUE(order_of(12'345, false, {.intensity = 0}).empty());
  EXPECT_EQ(order_of(6379, false, {.intensity = 0}), (std::vector<std::string_view>{"redis"}));
  EXPECT_EQ(order_of(12'345, false, {.intensity = 1}),
            (std::vector<std::string_view>{"http", "tls"}));
  const auto all = order_of(12'345, false);
  EXPECT_TRUE(has(all, "oracle"));
  EXPECT_FALSE(has(all, "ssh"));        // waits to be greeted
  EXPECT_FALSE(has(all, "smtp-ehlo"));  // only where a greeting has led to it
  EXPECT_FALSE(has(all, "dns-udp"));
}

TEST(ServiceOrder, AsksInsideTlsWhatIsSpokenThere) {
  const auto inside = order_of(12'345, true);
  EXPECT_TRUE(has(inside, "http"));
  EXPECT_TRUE(has(inside, "ldap"));
  EXPECT_FALSE(has(inside, "tls"));
  EXPECT_FALSE(has(inside, "x11"));
}

TEST(ServiceOrder, SurprisesNoMachine) {
  EXPECT_FALSE(has(order_of(502, false, {.intensity = 9}), "modbus"));
  EXPECT_TRUE(has(order_of(502, false, {.allow_ot = true}), "modbus"));
  EXPECT_FALSE(has(order_of(503, false, {.intensity = 7, .allow_ot = true}), "modbus"));
}

}  // namespace
}  // namespace patchbay
