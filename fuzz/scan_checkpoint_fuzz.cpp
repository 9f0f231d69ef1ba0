// ResumeFile: whatever a file says, it is refused or it is a scan that can be gone on with.
#include <chrono>
#include <cstdint>
#include <string>

#include "check.hpp"
#include "patchbay/tools/scan/session/resume_file_fixture.hpp"

using patchbay::ResumeFile;
using patchbay::ScanCheckpoint;

namespace {

// More than this nobody waits for here.
constexpr std::uint64_t k_most_targets = 100'000;

void go_on_with(const ScanCheckpoint& part) {
  if (part.plan.targets() > k_most_targets || part.shard.count > 1) return;
  patchbay::ScanListener nobody;
  patchbay::ScanRun run(part.plan, {}, nobody, part.seed, part.shard);
  run.resume(part.position, part.words(), part.details);
  run.next(patchbay::Instant(std::chrono::seconds(1)));
  for (std::uint64_t host = 0; host < part.plan.host_count() && host < 10; ++host) {
    run.report(host);
  }
  run.totals(patchbay::Instant(std::chrono::seconds(2)));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto read = ResumeFile::parse({reinterpret_cast<const char*>(data), size});
  if (!read) return 0;
  const std::string text = text_of(*read);
  const auto again = ResumeFile::parse(text);
  FUZZ_CHECK(again);
  FUZZ_CHECK(text_of(*again) == text);
  FUZZ_CHECK(!again->plan().hosts.empty());
  for (const ScanCheckpoint& way : again->ways) go_on_with(way);
  for (const ScanCheckpoint& part : again->parts) go_on_with(part);
  return 0;
}
