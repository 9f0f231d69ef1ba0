// ResumeFile: a scan that was broken off, whole: what --checkpoint writes and --resume reads.
#pragma once

#include <cstdint>
#include <expected>
#include <functional>
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
  std::vector<ScanCheckpoint> ways = {};   // HostSearch::write_checkpoints()
  std::vector<ScanCheckpoint> parts = {};  // whose ports are asked; none where only hosts are
  ServiceSearch::Saved services = {};

  // What all of it is for, as the outputs are to know it.
  ScanPlan plan() const;
  // Whether some of what is left is asked by packets of our own, which takes a right.
  bool needs_packets() const;

  void write(const TextSink& sink) const;
  // Believes nothing that it reads: a file that was changed may give another scan, but never a
  // broken one. The failure has no `what`.
  static std::expected<ResumeFile, Failure> parse(std::string_view text);
};

// What a ResumeFile is written of: a line of JSON for what it is for, so many lines that
// `write_parts` writes, one for each way and then one for each part, and one for each port whose
// service is known. In pieces: it may be as large as the scan is.
struct ResumeText {
  const ScanAims& aims;
  const ServiceSearch::Saved& services;
  std::uint64_t parts = 0;
  std::function<void(const TextSink&)> write_parts;
};
void write_resume_file(const ResumeText& text, const TextSink& sink);

}  // namespace patchbay
