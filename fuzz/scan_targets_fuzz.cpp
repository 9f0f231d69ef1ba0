// A file of targets, in pieces, and a list of them as a word of the command line: a failure with
// all its parts, or addresses that are in the set and not among what is excluded.
#include <algorithm>
#include <cstdint>
#include <string_view>

#include "check.hpp"
#include "patchbay/tools/scan/targets/scan_targets.hpp"
#include "patchbay/tools/scan/targets/target_file.hpp"
#include "patchbay/tools/scan/targets/target_word.hpp"

namespace {

using namespace patchbay;

constexpr std::size_t k_most_spans = 1'000;

void check_failure(const Failure& failure) {
  FUZZ_CHECK(failure.what.starts_with("cannot ") && !failure.why.empty());
  for (const char c : failure.what + failure.why + failure.remedy) {
    FUZZ_CHECK(static_cast<unsigned char>(c) >= 0x20 && c != 0x7f);
  }
}

void check_words(std::string_view list) {
  for (const std::string_view word : split_targets(list)) {
    IpSpans spans;
    const auto kind = read_target(word, spans, k_most_spans);
    if (!kind) {
      check_failure(kind.error());
      FUZZ_CHECK(spans.size() == 0);
      continue;
    }
    FUZZ_CHECK((*kind == TargetKind::name) == (spans.size() == 0));
    FUZZ_CHECK(spans.size() <= k_most_spans);
    for (const auto& [first, last] : spans.v4) FUZZ_CHECK(first <= last);
    for (const auto& [first, last] : spans.v6) FUZZ_CHECK(first <= last);
  }
}

// The first line is what is excluded.
void check_set(std::string_view text) {
  const std::size_t line = std::min(text.find('\n'), text.size());
  ScanTargets targets(Family::any, {.ranges = k_most_spans, .names = 10});
  if (!targets.add(TargetUse::exclude, text.substr(0, line))) return;
  TargetLines lines([&](std::string_view word) { return targets.add(TargetUse::scan, word); });
  for (std::string_view rest = text.substr(line); !rest.empty();) {
    const std::string_view piece = rest.substr(0, 7);
    const auto done = lines.feed(piece);
    if (!done) return check_failure(done.error());
    rest.remove_prefix(piece.size());
  }
  if (!lines.end()) return;
  std::vector<LookedUpName> found;
  for (const std::string& name : targets.names()) {
    found.push_back({name, std::vector{*IpAddress::parse("192.0.2.1")}});
  }
  const auto set = targets.settle(found);
  if (!set) return check_failure(set.error());
  FUZZ_CHECK(!set->hosts.empty() && set->failures.empty());
  IpSpans excluded;
  for (const std::string_view word : split_targets(text.substr(0, line))) {
    (void)read_target(word, excluded, k_most_spans);
  }
  const IpSet holes(excluded);
  for (const IpRange& range : set->hosts.ranges()) FUZZ_CHECK(holes.count_in(range) == 0);
  for (const auto& [address, name] : set->names) {
    FUZZ_CHECK(set->hosts.contains(*IpAddress::parse(address)));
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  check_words(text);
  check_set(text);
  return 0;
}
