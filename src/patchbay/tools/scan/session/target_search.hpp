// Whom the command line names: its words, files and names become addresses.
#pragma once

#include <expected>

#include "patchbay/net/task.hpp"
#include "patchbay/tools/output.hpp"
#include "patchbay/tools/scan/scan_flags.hpp"
#include "patchbay/tools/scan/targets/scan_targets.hpp"

namespace patchbay {

// Names without an address are told through `out`, and are among the failures of what is returned.
// Where nobody is left, or a word is wrong, that is told too, and the code to exit with returned.
Task<std::expected<TargetSet, int>> find_targets(const ScanFlags& flags, Family family,
                                                 Output& out);

}  // namespace patchbay
