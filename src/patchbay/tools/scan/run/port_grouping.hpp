// PortGrouping: which ports of a host are told each, and which together.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "patchbay/tools/scan/scan_report.hpp"

namespace patchbay {

// One more port of a group, above all that are there.
void add_port(PortGroup& group, std::uint16_t number);

// Open ports are told each, and so are others where few are alike in protocol, state and reason.
class PortGrouping {
 public:
  // In the order of ports; `number` grows with them, and is what told() has of it.
  void add(std::uint32_t number, const ScanPort& port, PortState state, AnswerReason reason);

  // Once, after the last: the numbers of those that are told each, in order, and the groups, by
  // protocol, state and reason.
  struct Result {
    std::vector<std::uint32_t> told;
    std::vector<PortGroup> rest;
  };
  Result settle();

 private:
  // More ports than this that are alike are told together.
  static constexpr std::uint32_t k_most_told = 10;

  struct Alike {
    PortGroup group;
    std::array<std::uint32_t, k_most_told> numbers;  // of the first ones
  };
  Alike& like(ScanProtocol protocol, PortState state, AnswerReason reason);

  std::vector<std::uint32_t> open_;
  std::vector<Alike> alike_;
  std::size_t last_ = 0;  // where the port before was put: neighbours are mostly alike
};

}  // namespace patchbay
