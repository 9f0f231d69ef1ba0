// PortIndex: the place of a port in a plan, by what it is.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "patchbay/tools/scan/scan_port.hpp"

namespace patchbay {

class PortIndex {
 public:
  // Of the ports as they are now; none stands there twice.
  explicit PortIndex(std::span<const ScanPort> ports) {
    for (std::size_t i = 0; i < ports.size(); ++i) {
      std::vector<std::uint32_t>& places = places_of(ports[i].protocol);
      if (places.size() <= ports[i].number) places.resize(ports[i].number + 1U);
      places[ports[i].number] = static_cast<std::uint32_t>(i + 1);
    }
  }

  std::optional<std::size_t> find(const ScanPort& port) const {
    const std::vector<std::uint32_t>& places = places_[static_cast<std::size_t>(port.protocol)];
    if (port.number >= places.size() || places[port.number] == 0) return std::nullopt;
    return places[port.number] - 1;
  }

 private:
  std::vector<std::uint32_t>& places_of(ScanProtocol protocol) {
    return places_[static_cast<std::size_t>(protocol)];
  }

  // By number; one more than the place, 0 where there is none.
  std::vector<std::uint32_t> places_[4];
};

}  // namespace patchbay
