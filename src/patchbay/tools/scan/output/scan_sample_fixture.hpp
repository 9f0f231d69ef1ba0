// For tests: one scan with a bit of everything in it, and what peers would send to do harm.
#pragma once

#include <gtest/gtest.h>
#include <stdlib.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>

#include "patchbay/tools/scan/output/scan_heading.hpp"
#include "patchbay/tools/scan/scan_listener.hpp"
#include "patchbay/tools/scan/scan_plan.hpp"
#include "patchbay/tools/scan/scan_report.hpp"

namespace patchbay {

inline IpAddress sample_address(std::string_view text) { return IpAddress::parse(text).value(); }

// Escape sequences, markup, a forged port, a byte that is no UTF-8, a zero.
inline const std::string k_hostile{"\x1b[2J<&\"'>\n, 23/open/tcp//telnet///\x9b\0]]>", 39};

inline ScanPlan sample_plan() {
  ScanPlan plan;
  const IpRange ranges[] = {IpRange::parse("10.0.0.0/30").value(),
                            IpRange::parse("2001:db8::1").value()};
  plan.hosts = IpSet(ranges);
  for (const int port : {22, 443, 20, 21, 23, 24, 25, 80, 8080}) {
    plan.ports.push_back({ScanProtocol::tcp, static_cast<std::uint16_t>(port)});
  }
  plan.ports.push_back({ScanProtocol::udp, 53});
  plan.names["10.0.0.1"] = "web1.lab";
  return plan;
}

inline PortFinding sample_ssh() {
  PortFinding ssh{.port = {ScanProtocol::tcp, 22},
                  .answer = {.state = PortState::open,
                             .reason = AnswerReason::syn_ack,
                             .hop_limit = 64,
                             .attempt = 2,
                             .round_trip = 210us}};
  return ssh;
}

inline PortFinding sample_https() {
  PortFinding https{.port = {ScanProtocol::tcp, 443},
                    .answer = {.state = PortState::open,
                               .reason = AnswerReason::syn_ack,
                               .round_trip = 300us,
                               .zero_window = true},
                    .verified = true};
  https.service =
      ServiceFinding{.service = "http", .product = "nginx", .info = k_hostile, .tls = true};
  https.service->certificate = ServiceFinding::Certificate{
      .subject = "CN=web1.lab",
      .issuer = "CN=Lab & Sons",
      .names = {"web1.lab", "*.web1.lab"},
      .not_after = std::chrono::sys_days{std::chrono::year{1970} / 2 / 11},
      .tls_version = "TLSv1.3",
      .alpn = "h2"};
  return https;
}

inline HostReport sample_web() {
  HostReport host{.address = sample_address("10.0.0.1"),
                  .name = "web1.lab",
                  .answered = true,
                  .reason = AnswerReason::syn_ack,
                  .round_trip = 210us};
  PortFinding ssh = sample_ssh();
  ssh.service = ServiceFinding{.service = "ssh", .product = "OpenSSH", .version = "9.2p1"};
  PortFinding proxy{.port = {ScanProtocol::tcp, 8080},
                    .answer = {.state = PortState::filtered,
                               .reason = AnswerReason::admin_prohibited,
                               .by = sample_address("10.0.0.9"),
                               .hop_limit = 63}};
  host.ports = {ssh, sample_https(), proxy};
  host.rest = {{.protocol = ScanProtocol::tcp,
                .state = PortState::closed,
                .reason = AnswerReason::reset,
                .count = 6,
                .ports = {{20, 21}, {23, 25}, {80, 80}}},
               {.protocol = ScanProtocol::udp,
                .state = PortState::open_or_filtered,
                .reason = AnswerReason::no_response,
                .count = 1,
                .ports = {{53, 53}}}};
  return host;
}

inline HostReport sample_liar() {
  HostReport host{
      .address = sample_address("2001:db8::1"), .answered = true, .reason = AnswerReason::syn_ack};
  host.rest = {{.state = PortState::open,
                .reason = AnswerReason::syn_ack,
                .count = 9,
                .ports = {{20, 25}, {80, 80}, {443, 443}, {8080, 8080}}}};
  host.rate_limited = true;
  host.answers_everything = true;
  return host;
}

inline ScanTotals sample_totals() {
  ScanTotals totals{.hosts = 5,
                    .hosts_up = 2,
                    .targets = 50,
                    .sent = 1'234,
                    .matched = 18,
                    .duplicates = 1,
                    .foreign = 2,
                    .corrupt = 4,
                    .dropped = 3,
                    .backlog_drops = 5,
                    .loss = 0.021,
                    .residual = 0.0001,
                    .elapsed = 310ms,
                    .complete = true};
  totals.of(PortState::open) = 11;
  totals.of(PortState::closed) = 6;
  totals.of(PortState::filtered) = 28;
  totals.of(PortState::open_or_filtered) = 5;
  return totals;
}

inline ScanHeading sample_heading() {
  return {.version = "1.2.3",
          .command_line = "patchbay scan 10.0.0.0/30 '<x>'",
          .service_of = [](const ScanPort& port) -> std::string {
            if (port.number == 22) return "ssh";
            if (port.number == 443) return "https";
            return port.number == 8080 ? "http-alt" : "";
          },
          .probes_services = true};
}

// The sample as a scan tells it.
inline void play_sample(ScanListener& listener, const ScanPlan& plan) {
  listener.started(plan);
  listener.found(sample_address("10.0.0.1"), sample_ssh());
  PortFinding lie{.port = {ScanProtocol::tcp, 24},
                  .answer = {.state = PortState::open, .reason = AnswerReason::syn_ack}};
  listener.found(sample_address("2001:db8::1"), lie);
  listener.host(sample_web());
  listener.host(sample_liar());
  listener.ended(sample_totals());
}

// A folder that goes with the test.
class TemporaryFolder {
 public:
  TemporaryFolder() {
    std::string name = testing::TempDir() + "patchbay-XXXXXX";
    path_ = ::mkdtemp(name.data());
  }
  ~TemporaryFolder() { std::filesystem::remove_all(path_); }
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;

  std::string operator/(std::string_view name) const { return path_ + '/' + std::string(name); }
  std::size_t files() const {
    return static_cast<std::size_t>(std::distance(std::filesystem::directory_iterator(path_), {}));
  }

 private:
  std::string path_;
};

inline std::string text_of_file(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  EXPECT_TRUE(file) << path;
  return {std::istreambuf_iterator<char>(file), {}};
}

inline void write_file(const std::string& path, std::string_view text) {
  std::ofstream(path, std::ios::binary) << text;
}

}  // namespace patchbay
