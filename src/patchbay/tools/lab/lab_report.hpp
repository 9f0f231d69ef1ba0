// What is said of a link: where its ends are, and what it carried.
#pragma once

#include <string_view>
#include <vector>

#include "patchbay/net/interface.hpp"
#include "patchbay/tools/lab/relay.hpp"
#include "patchbay/tools/output.hpp"

namespace patchbay {

// A name, its device and its addresses.
struct ShownEnd {
  std::string_view name;
  std::string_view device;
  const std::vector<InterfaceAddress>& addresses;
};

void print_end(Output& out, const ShownEnd& end);

// What was carried from one end to the other. `missed` are the packets that the relay was too slow
// for.
void print_carried(Output& out, std::string_view from, std::string_view to,
                   const RelayTotals& totals, std::uint64_t missed);

}  // namespace patchbay
