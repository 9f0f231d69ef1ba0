// Reading our own JSON (scan_record.hpp) back.
#pragma once

#include <expected>
#include <string>
#include <string_view>

#include "patchbay/tools/scan/scan_results.hpp"

namespace patchbay {

// Lines, one record each; a last one that is cut off is not read. Of scans that were appended to
// one file the last counts. Unknown records and members are passed over. The error is the reason.
std::expected<ScanResults, std::string> read_json_lines(std::string_view text);

// An array of the same records.
std::expected<ScanResults, std::string> read_json_document(std::string_view text);

}  // namespace patchbay
