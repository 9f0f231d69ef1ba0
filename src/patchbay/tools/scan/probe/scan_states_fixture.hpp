// For tests: what a report says of each port, whether it is told alone or in a group.
#pragma once

#include <cstdint>
#include <map>
#include <ostream>

#include "patchbay/tools/scan/scan_report.hpp"

namespace patchbay {

struct PortVerdict {
  PortState state;
  AnswerReason reason;

  friend bool operator==(const PortVerdict&, const PortVerdict&) = default;
};

inline void PrintTo(const PortVerdict& verdict, std::ostream* out) {
  *out << name_of(verdict.state) << " (" << name_of(verdict.reason) << ")";
}

// By number: for plans of one protocol.
inline std::map<std::uint16_t, PortVerdict> states_of(const HostReport& report) {
  std::map<std::uint16_t, PortVerdict> states;
  for (const PortFinding& found : report.ports) {
    states[found.port.number] = {found.answer.state, found.answer.reason};
  }
  for (const PortGroup& group : report.rest) {
    for (const auto& [first, last] : group.ports) {
      for (std::uint32_t port = first; port <= last; ++port) {
        states[static_cast<std::uint16_t>(port)] = {group.state, group.reason};
      }
    }
  }
  return states;
}

}  // namespace patchbay
