// What addresses that answer are called (-R).
#pragma once

#include <map>
#include <string>
#include <vector>

#include "patchbay/tools/output.hpp"
#include "patchbay/tools/scan/scan_part.hpp"

namespace patchbay {

// The name of each address that has one; how many could not be looked up is told through `out`.
// Nothing after a cancel.
Task<std::map<IpAddress, std::string>> find_names(const std::vector<ScanPart>& parts, Output& out);

}  // namespace patchbay
