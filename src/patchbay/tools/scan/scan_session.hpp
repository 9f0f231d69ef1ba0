// ScanSession: one run of `patchbay scan`, from its flags to its exit code.
#pragma once

#include <cstddef>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "patchbay/net/task.hpp"
#include "patchbay/tools/output.hpp"
#include "patchbay/tools/scan/output/scan_outputs.hpp"
#include "patchbay/tools/scan/scan_flags.hpp"
#include "patchbay/tools/scan/scan_keys.hpp"
#include "patchbay/tools/scan/scan_part.hpp"
#include "patchbay/tools/scan/scan_wish.hpp"
#include "patchbay/tools/scan/service/service_options.hpp"
#include "patchbay/tools/scan/targets/scan_targets.hpp"

namespace patchbay {

// The way of a scan: names become addresses, addresses and ports a plan, and the plan one part for
// each engine that is needed. Then who is there is found out, where that is wanted; each part is
// probed; open ports are asked for their service; and every host is told of.
//
// A cancel ends the probing. What is known by then is told, the files are closed, and what is left
// is written down for --resume.
class ScanSession {
 public:
  ScanSession(const ScanFlags& flags, Output& out) : flags_(flags), out_(out) {}

  Task<int> run();

 private:
  Task<std::optional<int>> prepare();
  Task<std::optional<int>> find_targets();
  std::optional<int> choose_engines();
  std::optional<int> only_tell();
  Task<Result<>> discover();
  Task<Result<>> probe();
  Task<Result<>> probe_part(ScanPart& part);
  Task<Result<>> watch(ScanPart& part);
  Task<Result<>> hear_keys(ScanKeys& keys, ScanPart& part);
  void skip_host(ScanPart& part);
  void change_pace(ScanRun& run, double factor);
  Task<> ask_services();
  void add_part(ScanPlan plan);
  ScanPart make_part(ScanPlan plan, std::size_t place);
  ScanListener& listener_of(const ScanPlan& plan);
  void look_for_ways(const ScanPart& part);
  void tell_no_way(const Error& error);
  void tell_hosts();
  void tell_host(const ScanPart& part, std::uint64_t host);
  void save_checkpoint(const std::string& path);
  ScanTotals totals() const;
  int exit_code(const Result<>& probed, const ScanTotals& totals);

  const ScanFlags flags_;
  Output& out_;
  std::optional<ScanWish> wish_;
  std::vector<Interface> interfaces_;
  TargetSet targets_;
  ScanPlan plan_;  // all of it, as the outputs know it
  ScanPace pace_;
  std::uint64_t seed_ = 0;
  std::string engine_why_;
  std::unique_ptr<ScanOutputs> outputs_;
  ScanListener silent_;
  std::vector<ScanPart> parts_;
  bool cancelled_ = false;
  bool unreachable_ = false;  // some of the targets, for this host

  std::map<std::pair<IpAddress, ScanPort>, ServiceFinding> services_;
  std::vector<IpAddress> answer_machines_;  // hosts that answer everything
};

}  // namespace patchbay
