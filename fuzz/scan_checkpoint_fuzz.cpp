// ScanCheckpoint: whatever a file says, it is refused or it is a scan that can be gone on with.
#include <chrono>
#include <cstdint>
#include <string>

#include "check.hpp"
#include "patchbay/tools/scan/run/scan_checkpoint.hpp"

using patchbay::ScanCheckpoint;

namespace {

// More than this nobody waits for here.
constexpr std::uint64_t k_most_targets = 100'000;

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto read = ScanCheckpoint::parse({reinterpret_cast<const char*>(data), size});
  if (!read) return 0;
  const std::string text = read->to_text();
  auto again = ScanCheckpoint::parse(text);
  FUZZ_CHECK(again);
  FUZZ_CHECK(again->to_text() == text);
  if (again->plan.targets() > k_most_targets || again->shard.count > 1) return 0;
  patchbay::ScanListener nobody;
  patchbay::ScanRun run(again->plan, {}, nobody, again->seed, again->shard);
  run.resume(again->position, again->words(), again->details);
  run.next(patchbay::Instant(std::chrono::seconds(1)));
  for (std::uint64_t host = 0; host < again->plan.host_count() && host < 10; ++host) {
    run.report(host);
  }
  run.totals(patchbay::Instant(std::chrono::seconds(2)));
  return 0;
}
