// PortReservation: source ports that are this scan's alone: no other program gets them, and nobody
// listens there.
#pragma once

#include <cstdint>
#include <utility>
#include <vector>

#include "patchbay/base/result.hpp"
#include "patchbay/net/stream.hpp"

namespace patchbay {

struct PortReservationOptions {
  std::uint16_t first = 0;  // 0: chosen
  unsigned count = 1;       // side by side, at least 1
  bool tcp = true;
  bool udp = false;
  bool v4 = true;
  bool v6 = false;
};

// Move-only; the destructor gives them back. A socket a port, a protocol and a family, bound to all
// addresses. None listens, so the kernel answers with a reset whatever comes there by TCP; what
// comes by UDP it throws away, and says nothing.
class PortReservation {
 public:
  // Chosen ones lie outside those that the kernel gives to connections
  // (net.ipv4.ip_local_port_range), where there is room. Faults: system (EADDRINUSE: a port that
  // was named is taken; EACCES: below 1,024), limit (no free ones, or no descriptors).
  static Result<PortReservation> make(const PortReservationOptions& options);

  std::uint16_t first() const { return first_; }

 private:
  PortReservation(std::uint16_t first, std::vector<Stream> sockets)
      : first_(first), sockets_(std::move(sockets)) {}

  std::uint16_t first_;
  std::vector<Stream> sockets_;  // a stream closes; nothing else of it is used
};

// Of ports in a row, all outside of `taken` and above 1,023, the number of such rows; and one of
// them. For the choice by chance.
struct PortRange {
  std::uint16_t first = 0;
  std::uint16_t last = 0;
};
std::size_t rows_outside(const PortRange& taken, unsigned count);
std::uint16_t row_outside(const PortRange& taken, unsigned count, std::size_t index);

}  // namespace patchbay
