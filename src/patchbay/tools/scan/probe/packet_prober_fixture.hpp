// For tests of the packet engine: a plan in a line, a run of it, and what it found as words.
#pragma once

#include <gtest/gtest.h>

#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "patchbay/tools/scan/probe/packet_prober.hpp"

namespace patchbay {

// "10.0.0.1-10.0.0.9", …
inline ScanPlan plan_of(const std::vector<std::string>& hosts, std::vector<ScanPort> ports,
                        TcpMethod tcp = TcpMethod::syn) {
  std::vector<IpRange> ranges;
  for (const std::string& each : hosts) ranges.push_back(*IpRange::parse(each));
  ScanPlan plan{.hosts = IpSet(ranges), .ports = std::move(ports)};
  plan.tcp = tcp;
  return plan;
}

inline std::vector<ScanPort> tcp_ports(std::uint16_t first, std::uint16_t last) {
  std::vector<ScanPort> ports;
  for (unsigned port = first; port <= last; ++port) {
    ports.push_back({ScanProtocol::tcp, static_cast<std::uint16_t>(port)});
  }
  return ports;
}

// What each port of a host was found to be, "open syn-ack", by "tcp/80" and "ping/0".
inline std::map<std::string, std::string> findings_of(const HostReport& report) {
  std::map<std::string, std::string> all;
  const auto key = [](ScanProtocol protocol, unsigned port) {
    return std::string(name_of(protocol)) + "/" + std::to_string(port);
  };
  const auto words = [](PortState state, AnswerReason reason) {
    return std::string(name_of(state)) + " " + std::string(name_of(reason));
  };
  for (const PortFinding& each : report.ports) {
    all[key(each.port.protocol, each.port.number)] = words(each.answer.state, each.answer.reason);
  }
  for (const PortGroup& group : report.rest) {
    for (const auto& [first, last] : group.ports) {
      for (unsigned port = first; port <= last; ++port) {
        all[key(group.protocol, port)] = words(group.state, group.reason);
      }
    }
  }
  return all;
}

// A plan that is carried out by packets, and its results.
class PacketScan {
 public:
  explicit PacketScan(ScanPlan plan, ScanPace pace = {}, std::uint64_t seed = 1)
      : plan_(std::move(plan)), run_(plan_, pace, listener_, seed) {}

  // Instead of those that are of use here; 0: none.
  void use_threads(std::size_t count) {
    threads_ = count > 0 ? std::make_unique<ProbeThreads>(count) : nullptr;
    has_threads_ = true;
  }
  // On the loop of this thread; the options' notice is kept.
  Task<Result<>> go(PacketProberOptions options = {}) {
    if (!has_threads_) threads_ = ProbeThreads::make();
    options.threads = threads_.get();
    options.notice = [this](const Error& error) { notices_.push_back(error.describe()); };
    return probe_by_packets(run_, std::move(options));
  }

  std::map<std::string, std::string> findings(std::string_view address) const {
    const IpAddress host = *IpAddress::parse(address);
    return findings_of(run_.report(static_cast<std::uint64_t>(plan_.hosts.index_of(host))));
  }
  HostReport report(std::string_view address) const {
    const IpAddress host = *IpAddress::parse(address);
    return run_.report(static_cast<std::uint64_t>(plan_.hosts.index_of(host)));
  }
  ScanRun& run() { return run_; }
  const std::vector<std::string>& notices() const { return notices_; }

 private:
  ScanPlan plan_;
  ScanListener listener_;
  ScanRun run_;
  std::unique_ptr<ProbeThreads> threads_;
  bool has_threads_ = false;
  std::vector<std::string> notices_;
};

}  // namespace patchbay
