// `patchbay scan diff`: what changed between two scans. Sends nothing.
#pragma once

#include <string>

#include "patchbay/tools/command.hpp"
#include "patchbay/tools/output.hpp"
#include "patchbay/tools/record.hpp"
#include "patchbay/tools/scan/output/scan_diff.hpp"

namespace patchbay {

struct ScanDiffFlags {
  std::string before;
  std::string after;
  bool only_open = false;
};

// exit_condition where something changed, exit_failed where a file cannot be read, exit_usage where
// it is no scan's.
int run_scan_diff(const ScanDiffFlags& flags, Output& out);

void declare_scan_diff(Command& scan);

// {"type":"change","ip":"10.0.0.7","change":"opened","proto":"tcp","ports":"22","before":…}
Record change_record(const ScanChange& change);
// "+ 22/tcp open, was closed"; a line of its host's block.
std::string change_text(const ScanChange& change);

}  // namespace patchbay
