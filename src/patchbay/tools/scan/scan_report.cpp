#include "patchbay/tools/scan/scan_report.hpp"

#include <fmt/format.h>

namespace patchbay {

std::vector<std::string> flags_of(const PortFinding& finding) {
  std::vector<std::string> flags;
  if (finding.answer.zero_window) flags.emplace_back("zero-window");
  if (finding.verified) flags.emplace_back("verified");
  return flags;
}

std::string ranges_to_string(const std::vector<std::pair<std::uint16_t, std::uint16_t>>& ports) {
  std::string text;
  for (const auto& [first, last] : ports) {
    if (!text.empty()) text += ',';
    text += first == last ? fmt::format("{}", first) : fmt::format("{}-{}", first, last);
  }
  return text;
}

}  // namespace patchbay
