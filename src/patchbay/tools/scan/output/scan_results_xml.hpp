// Reading XML in the shape of nmap's.
#pragma once

#include <expected>
#include <string>
#include <string_view>

#include "patchbay/tools/scan/output/scan_results.hpp"

namespace patchbay {

// Hosts that are whole count, where the file ends too early. Declarations of entities are refused:
// no scanner writes any. The error is the reason.
std::expected<ScanResults, std::string> read_xml_results(std::string_view text);

}  // namespace patchbay
