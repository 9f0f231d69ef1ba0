// ResumeFile: a scan that was broken off, whole: what --checkpoint writes and --resume reads.
#pragma once

#include <expected>
#include <string>
#include <string_view>
#include <vector>

#include "patchbay/tools/outcome.hpp"
#include "patchbay/tools/scan/run/scan_checkpoint.hpp"
#include "patchbay/tools/scan/scan_aims.hpp"
#include "patchbay/tools/scan/session/service_search.hpp"

namespace patchbay {

// How fast it is asked, by which interface and where results go is not in it.
struct ResumeFile {
  ScanAims aims;
  std::vector<ScanCheckpoint> ways = {};   // HostSearch::checkpoints()
  std::vector<ScanCheckpoint> parts = {};  // whose ports are asked; none where only hosts are
  ServiceSearch::Saved services = {};

  // What all of it is for, as the outputs are to know it.
  ScanPlan plan() const;

  // A line of JSON for what it is for, one for each way and each part, one for each port whose
  // service is known.
  std::string to_text() const;
  // Believes nothing that it reads: a file that was changed may give another scan, but never a
  // broken one. The failure has no `what`.
  static std::expected<ResumeFile, Failure> parse(std::string_view text);
};

}  // namespace patchbay
