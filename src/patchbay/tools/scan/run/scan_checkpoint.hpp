// ScanCheckpoint: how far a part of a scan is, so that another process can go on with it.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "patchbay/tools/scan/run/scan_findings.hpp"
#include "patchbay/tools/scan/run/scan_run.hpp"
#include "patchbay/tools/scan/scan_plan.hpp"

namespace patchbay {

// Takes a text piece by piece.
using TextSink = std::function<void(std::string_view)>;

// Holds all that decides which probes are still to be sent: the hosts and ports themselves and not
// the words they were made of, for a name may mean another address tomorrow.
struct ScanCheckpoint {
  ScanPlan plan;
  std::uint64_t seed = 0;
  ScanShard shard;
  ScanRun::Position position;
  std::string answers;  // AnswerMap::words(), by pack_runs(): most say that nobody has answered
  AnswerDetails::Saved details;
  bool is_undiscovered = false;  // who of the hosts is there is still to be found out

  std::vector<std::uint64_t> words() const;  // wherever the plan has gone

  // A line of a ResumeFile: a document of JSON.
  void write(const TextSink& sink) const;
  // Believes nothing that it reads: a line that was changed may give another scan, but never a
  // broken one. Nothing: it is none, or was changed or cut off.
  static std::optional<ScanCheckpoint> parse(std::string_view text);
};

// Such a line of a run as it stands, in pieces: it may be as large as the run is, and takes no room
// of its own.
struct CheckpointMark {
  std::uint64_t seed = 0;
  ScanShard shard = {};
  bool is_undiscovered = false;
};
void write_checkpoint(const ScanRun& run, const CheckpointMark& mark, const TextSink& sink);

}  // namespace patchbay
