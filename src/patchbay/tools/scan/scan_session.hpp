// ScanSession: one run of `patchbay scan`, from its flags to its exit code.
#pragma once

#include <cstddef>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "patchbay/net/task.hpp"
#include "patchbay/tools/output.hpp"
#include "patchbay/tools/scan/output/scan_outputs.hpp"
#include "patchbay/tools/scan/scan_flags.hpp"
#include "patchbay/tools/scan/scan_part.hpp"
#include "patchbay/tools/scan/scan_trace.hpp"
#include "patchbay/tools/scan/scan_wish.hpp"
#include "patchbay/tools/scan/session/hardware_addresses.hpp"
#include "patchbay/tools/scan/session/host_search.hpp"
#include "patchbay/tools/scan/session/part_prober.hpp"
#include "patchbay/tools/scan/session/resume_file.hpp"
#include "patchbay/tools/scan/session/service_search.hpp"
#include "patchbay/tools/scan/targets/scan_targets.hpp"

namespace patchbay {

class ScanMeans;

// The way of a scan: names become addresses, addresses and ports a plan, and the plan one part for
// each engine that is needed. Then who is there is found out, where that is wanted; each part is
// probed; open ports are asked for their service, and addresses for their names, where that is
// wanted; and every host is told of.
//
// A cancel ends whatever is asked just then. What is known is told, the files are closed, and what
// is left to do is written down for --resume (ResumeFile).
//
// Rights of the process (scan_rights.hpp) are laid aside at the beginning, taken up where a file or
// a socket is opened, and those to open sockets are gone for good when the last is open.
class ScanSession {
 public:
  ScanSession(const ScanFlags& flags, Output& out) : flags_(flags), out_(out) {}

  Task<int> run();

 private:
  Task<std::optional<int>> prepare();
  Task<std::optional<int>> plan_targets();
  std::optional<int> choose_engines();
  Task<std::optional<int>> only_tell();
  void add_part(const ScanPlan& plan, const ScanMeans& means);
  ScanPart make_part(ScanPlan plan, std::size_t place);
  void take_up(ResumeFile& file);
  ServiceOptions service_options() const;
  Task<Result<>> ask_ports();
  void leave_out_silent_hosts();
  Task<Result<>> probe();
  void look_for_drops();
  void look_for_hardware();
  Task<> ask_more();
  Task<Result<>> ask_services();
  Task<Result<>> watch_services();
  Task<Result<>> save_now_and_then();
  std::vector<ScanPart>& told_parts();
  void save_checkpoint(const std::string& path);
  ScanTotals totals();
  int exit_code(const Result<>& probed, const ScanTotals& totals);

  const ScanFlags flags_;
  Output& out_;
  std::unique_ptr<ProbeThreads> threads_;
  std::optional<ScanWish> wish_;
  std::vector<Interface> interfaces_;
  TargetSet targets_;
  ScanPlan plan_;  // all of it, as the outputs know it
  ScanPace pace_;
  std::uint64_t seed_ = 0;
  std::unique_ptr<ScanOutputs> outputs_;
  std::optional<ScanTrace> trace_;
  std::optional<PartProber> prober_;
  std::optional<HostSearch> search_;
  std::vector<ScanPart> parts_;  // whose ports are asked
  bool cancelled_ = false;
  // Of this host's queues: before the first probe, and how many more there were behind the last.
  std::optional<std::uint32_t> backlog_before_;
  std::uint32_t backlog_drops_ = 0;

  HardwareAddresses hardware_;
  std::optional<ServiceSearch> services_;
  std::map<IpAddress, std::string> dns_names_;  // -R
};

}  // namespace patchbay
