// What a scan would do, told instead of done: -sL and --dry-run. Nothing is sent.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "patchbay/net/task.hpp"
#include "patchbay/tools/output.hpp"
#include "patchbay/tools/scan/scan_plan.hpp"
#include "patchbay/tools/scan/targets/scan_forecast.hpp"
#include "patchbay/tools/scan/targets/scan_targets.hpp"

namespace patchbay {

// -sL: the address of each host, with its name where it has one, in their order; how many they are
// in a note and in the totals. In JSON {"type":"target","ip":…,"name":…}. Ends early when nobody
// reads any more.
void list_targets(const TargetSet& targets, Output& out);
// -sL -R: with what each address is called, too, by the resolver of this thread's loop, some
// hundreds at a time. Ends early after a cancel as well.
Task<> list_named_targets(const TargetSet& targets, Output& out);

struct DryRunFacts {
  const ScanPlan& plan;
  const TargetSet& targets;
  const ScanPace& pace;
  ScanForecast forecast;
  std::string_view engine;  // "packet", "connect": of all but ScanPlan::by_sockets
  std::string_view why;     // why that one: ScanPlan::connects_why of all; may be empty
  // How it is found out first who is there, if it is. Where the plan has no ports, that is all.
  const std::vector<ScanPlan>& discovery;
};

// --dry-run: hosts, ports, probes, bytes, time and engine; in JSON one record, "dry_run".
void print_dry_run(const DryRunFacts& facts, Output& out);

// "256 addresses are excluded, 16 more by /etc/patchbay/scan-exclude"; empty where nothing is.
std::string exclusions_to_string(const TargetSet& targets);

}  // namespace patchbay
