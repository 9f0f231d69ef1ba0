// ScanForecast: what a scan would send and how long it would take, before anything is sent.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "patchbay/base/time.hpp"
#include "patchbay/tools/scan/run/scan_pace.hpp"
#include "patchbay/tools/scan/scan_plan.hpp"
#include "patchbay/tools/scan/targets/scan_safety.hpp"

namespace patchbay {

struct ForecastOptions {
  // What the engine does when nothing holds it back.
  double engine_per_second = 500'000;
  // The ceiling of a public host where ScanPace has none; nothing: there is none.
  std::optional<double> public_host_per_second = k_public_host_per_second;
};

// The lesser of each is when every target answers its first probe, the other one when none ever
// does. Where packets are lost it may be more: up to ScanPace::most_tries of what is silent.
struct ScanForecast {
  std::uint64_t targets = 0;
  std::uint64_t public_hosts = 0;
  std::uint64_t least_probes = 0;
  std::uint64_t most_probes = 0;
  // Ethernet frames of ours without preamble and checksum, at the sizes that they usually have: a
  // UDP payload of 40 bytes, TCP options as Linux sends them. What comes back is not counted.
  std::uint64_t least_bytes = 0;
  std::uint64_t most_bytes = 0;
  Duration least_time{};
  Duration most_time{};
};

ScanForecast forecast_scan(const ScanPlan& plan, const ScanPace& pace,
                           const ForecastOptions& options = {});

// Likewise of finding out who is there, in one way after the other: one answer of a host is enough.
ScanForecast forecast_discovery(const std::vector<ScanPlan>& ways, const ScanPace& pace,
                                const ForecastOptions& options = {});

}  // namespace patchbay
