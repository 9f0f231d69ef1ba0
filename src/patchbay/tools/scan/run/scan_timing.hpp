// How fast, from what the user said.
#pragma once

#include <cstdint>
#include <expected>
#include <optional>
#include <string>

#include "patchbay/tools/outcome.hpp"
#include "patchbay/tools/scan/run/scan_pace.hpp"

namespace patchbay {

// -T and the flags beside it. What is given by name overrules what -T says.
struct ScanTimingFlags {
  std::uint32_t level = 3;  // 0 to 5
  std::optional<double> max_rate;
  std::optional<double> min_rate;
  std::optional<double> max_host_rate;
  std::optional<std::uint32_t> max_parallelism;
  std::optional<Duration> timeout;
  std::optional<Duration> first_timeout;  // --initial-rtt-timeout
  std::optional<Duration> least_timeout;  // --min-rtt-timeout
  std::optional<Duration> scan_delay;
  std::optional<Duration> host_timeout;
  std::optional<Duration> wait;
  std::optional<std::uint32_t> max_retries;
  std::optional<std::string> accuracy;  // per cent: "99.9%"
};

// `public_hosts`: some of the targets can be reached by everybody, and get a ceiling of their own.
// A failure where two of them contradict each other.
std::expected<ScanPace, Failure> scan_pace_of(const ScanTimingFlags& flags, bool public_hosts);

}  // namespace patchbay
