// ScanPart: hosts and ports that are asked in one way, by one engine.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "patchbay/net/task.hpp"
#include "patchbay/tools/scan/probe/connect_prober.hpp"
#include "patchbay/tools/scan/probe/packet_prober.hpp"
#include "patchbay/tools/scan/run/scan_checkpoint.hpp"
#include "patchbay/tools/scan/run/scan_run.hpp"

namespace patchbay {

// How probes leave this host.
struct ScanWayOut {
  std::string interface = {};  // by this one alone
  std::uint32_t interface_index = 0;
  std::optional<IpAddress> source = {};
  std::uint16_t source_port = 0;
  std::uint8_t hop_limit = 64;
  ProbeThreads* threads = nullptr;  // that send packets, too; they outlive the scan
  // As of PacketProberOptions.
  std::function<void(const IpAddress&, const EthernetAddress&)> neighbour = {};
  ScanTrace* trace = nullptr;  // is told of each; outlives the scan
};

class ScanPart {
 public:
  // `listener` outlives it.
  ScanPart(ScanPlan plan, const ScanPace& pace, ScanListener& listener, std::uint64_t seed,
           const ScanShard& shard);
  // The rest of an earlier one.
  ScanPart(ScanCheckpoint checkpoint, const ScanPace& pace, ScanListener& listener);

  // Until it has finished. `opened` is called when its sockets are open and it needs no right any
  // more; not where each connection takes one (-g). Faults: those of the engines.
  Task<Result<>> probe(const ScanWayOut& out, std::function<void(const Error&)> notice,
                       std::function<void()> opened);

  ScanRun& run() { return *run_; }
  const ScanRun& run() const { return *run_; }
  const ScanPlan& plan() const { return *plan_; }
  // It is not known yet who of its hosts is there, and those who are not are not to be asked.
  bool is_undiscovered() const { return is_undiscovered_; }
  void set_undiscovered(bool is_undiscovered) { is_undiscovered_ = is_undiscovered; }
  void write_checkpoint(const TextSink& sink) const;

 private:
  std::unique_ptr<ScanPlan> plan_;  // where the run can find it, wherever this goes
  std::unique_ptr<ScanRun> run_;
  std::uint64_t seed_;
  ScanShard shard_;
  bool is_undiscovered_ = false;
};

}  // namespace patchbay
