// PortStates: in which state the ports of one protocol of a host are, as spans.
#pragma once

#include <cstdint>
#include <vector>

#include "patchbay/tools/scan/scan_report.hpp"

namespace patchbay {

struct PortSpan {
  std::uint16_t first = 0;
  std::uint16_t last = 0;  // included
  PortState state = PortState::closed;
  // Closed or filtered: whoever wrote it down did not say which. `state` is `filtered` then.
  bool vague = false;
};

class PortStates {
 public:
  PortStates() = default;
  // Spans may stand in any order. Of what overlaps, the one that begins first counts; of those, the
  // shorter.
  explicit PortStates(std::vector<PortSpan> spans);

  // What is known from a port on (null: nothing), and the last port for which that is so.
  struct Piece {
    const PortSpan* span = nullptr;
    std::uint16_t last = 0;
  };
  Piece piece_at(std::uint16_t port) const;

  bool empty() const { return spans_.empty(); }
  const std::vector<PortSpan>& spans() const { return spans_; }

 private:
  std::vector<PortSpan> spans_;  // in order and apart
};

PortStates states_of(const HostReport& report, ScanProtocol protocol);

// "open"; "closed|filtered" for a vague one.
std::string_view name_of(const PortSpan& span);

}  // namespace patchbay
