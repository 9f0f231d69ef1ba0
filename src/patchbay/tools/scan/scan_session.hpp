// ScanSession: one run of `patchbay scan`, from its flags to its exit code.
#pragma once

#include <cstddef>
#include <expected>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "patchbay/net/event.hpp"
#include "patchbay/net/rights.hpp"
#include "patchbay/net/task.hpp"
#include "patchbay/tools/output.hpp"
#include "patchbay/tools/scan/output/scan_outputs.hpp"
#include "patchbay/tools/scan/scan_flags.hpp"
#include "patchbay/tools/scan/scan_keys.hpp"
#include "patchbay/tools/scan/scan_part.hpp"
#include "patchbay/tools/scan/scan_trace.hpp"
#include "patchbay/tools/scan/scan_wish.hpp"
#include "patchbay/tools/scan/service/service_options.hpp"
#include "patchbay/tools/scan/targets/host_split.hpp"
#include "patchbay/tools/scan/targets/scan_targets.hpp"

namespace patchbay {

// The way of a scan: names become addresses, addresses and ports a plan, and the plan one part for
// each engine that is needed. Then who is there is found out, where that is wanted; each part is
// probed; open ports are asked for their service, and addresses for their names, where that is
// wanted; and every host is told of.
//
// A cancel ends the probing. What is known by then is told, the files are closed, and what is left
// is written down for --resume.
//
// Rights of the process (scan_rights.hpp) are laid aside at the beginning, taken up where a file or
// a socket is opened, and those to open sockets are gone for good when the last is open.
class ScanSession {
 public:
  ScanSession(const ScanFlags& flags, Output& out) : flags_(flags), out_(out) {}

  Task<int> run();

 private:
  Task<std::optional<int>> prepare();
  Task<std::optional<int>> find_targets();
  std::expected<void, Failure> read_targets(ScanTargets& targets) const;
  std::optional<int> choose_engines();
  std::optional<int> check_discovery();
  std::optional<int> only_tell();
  void tell_engines(const HostSplit& hosts);
  bool looks_first() const;
  bool finds_out_who_is_there() const;
  std::vector<ScanPlan> discovery_of(const ScanPlan& plan) const;
  Task<Result<>> discover();
  Task<Result<>> discover_only();
  Task<Result<>> discover(const ScanPlan& plan, IpSet& silent, bool is_last);
  Task<Result<>> probe();
  Task<Result<>> probe_part(ScanPart& part, bool is_last);
  Task<Result<>> watch(ScanPart& part);
  Task<Result<>> write_what_was_told();
  Task<Result<>> hear_keys(ScanKeys& keys, ScanPart& part);
  void skip_host(ScanPart& part);
  void change_pace(ScanRun& run, double factor);
  ServiceOptions service_options() const;
  Task<> find_machines();
  Task<> ask_services();
  void keep(Rights rights);
  Task<> look_up_names();
  void add_part(ScanPlan plan);
  ScanPart make_part(ScanPlan plan, std::size_t place);
  void look_for_ways(const ScanPart& part);
  void tell_no_way(const Error& error);
  void tell_hosts();
  void tell_host(const ScanPart& part, std::uint64_t host);
  void look_for_drops();
  void save_checkpoint(const std::string& path);
  ScanTotals totals() const;
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
  Event told_;  // something that is not written yet
  std::optional<ScanTrace> trace_;
  ScanListener nobody_;  // hears of ports that only tell who is there
  std::vector<ScanPart> parts_;
  bool cancelled_ = false;
  bool unreachable_ = false;  // some of the targets, for this host
  // Of this host's queues: before the first probe, and how many more there were behind the last.
  std::optional<std::uint32_t> backlog_before_;
  std::uint32_t backlog_drops_ = 0;

  std::map<std::pair<IpAddress, ScanPort>, ServiceAnswer> services_;
  std::map<IpAddress, std::string> dns_names_;  // -R
  std::vector<IpAddress> answer_machines_;      // hosts that answer everything
};

}  // namespace patchbay
