// PortRanges: ports as ranges, in order and apart, as "1-21,23-79" is written.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

#include "patchbay/tools/scan/scan_plan.hpp"

namespace patchbay {

// Both ends are included.
using PortRanges = std::vector<std::pair<std::uint16_t, std::uint16_t>>;

// "1-21,23-79", in any order and overlapping too; "" is none. Nothing where it is no such text.
std::optional<PortRanges> parse_port_ranges(std::string_view text);

// In order, apart from each other, none empty.
PortRanges normalized(PortRanges ranges);

std::uint32_t port_count(const PortRanges& ranges);
bool contains(const PortRanges& ranges, std::uint16_t port);
// Both sides are normalized.
PortRanges without(const PortRanges& ranges, const PortRanges& others);

// Which ports of that protocol a plan asks for.
PortRanges ports_of(const ScanPlan& plan, ScanProtocol protocol);

}  // namespace patchbay
