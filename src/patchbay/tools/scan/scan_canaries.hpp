// Which ports may be asked although no plan has them, to see whether a host answers everything.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "patchbay/tools/scan/scan_plan.hpp"

namespace patchbay {

// TCP ports from 50,000 to 59,999, where hardly anybody listens: those that the plan does not ask,
// that are not excluded (as --exclude-ports has it), and that are nobody's who is left alone.
std::vector<std::uint16_t> canary_ports(const ScanPlan& plan,
                                        const std::vector<std::string>& exclude);

}  // namespace patchbay
