// A list of ports as somebody types it, behind a byte of options: a failure with all its parts, or
// ports that stand in it once each, the likely ones first.
#include <algorithm>
#include <array>
#include <bitset>
#include <cstdint>
#include <set>
#include <string>

#include "check.hpp"
#include "patchbay/tools/scan/port_list.hpp"
#include "patchbay/tools/scan/port_names.hpp"

namespace {

// Of TCP and of UDP, by number.
using Common = std::array<std::bitset<65'536>, 2>;

const Common& common() {
  static const Common all = [] {
    Common ports;
    for (const auto protocol : {patchbay::ScanProtocol::tcp, patchbay::ScanProtocol::udp}) {
      auto& some = ports[static_cast<std::size_t>(protocol)];
      for (const patchbay::ScanPort& port : patchbay::common_ports(protocol)) some.set(port.number);
    }
    return ports;
  }();
  return all;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace patchbay;
  if (size == 0) return 0;
  const std::string text(reinterpret_cast<const char*>(data) + 1, size - 1);
  const std::size_t line = std::min(text.find('\n'), text.size());
  PortListOptions options{.tcp = (data[0] & 1) != 0, .udp = (data[0] & 2) != 0};
  options.ports = text.substr(0, line);
  if (line < text.size()) options.exclude.push_back(text.substr(line + 1));

  const auto list = make_port_list(options);
  if (!list) {
    FUZZ_CHECK(list.error().what.starts_with("cannot ") && !list.error().why.empty());
    for (const char c : list.error().what + list.error().why + list.error().remedy) {
      FUZZ_CHECK(static_cast<unsigned char>(c) >= 0x20 && c != 0x7f);
    }
    return 0;
  }
  FUZZ_CHECK(!list->ports.empty() && list->likely <= list->ports.size());
  for (std::size_t i = 0; i < list->ports.size(); ++i) {
    const ScanPort& port = list->ports[i];
    FUZZ_CHECK(port.number > 0);
    FUZZ_CHECK(port.protocol == ScanProtocol::tcp || port.protocol == ScanProtocol::udp);
    const auto& some = common()[static_cast<std::size_t>(port.protocol)];
    FUZZ_CHECK(some.test(port.number) == (i < list->likely));
    if (i > list->likely) FUZZ_CHECK(list->ports[i - 1] < port);
  }
  const std::set<ScanPort> likely(list->ports.begin(),
                                  list->ports.begin() + static_cast<std::ptrdiff_t>(list->likely));
  FUZZ_CHECK(likely.size() == list->likely);  // and the others are in order
  return 0;
}
