// The ports of a scan, from words: -p, -F, --top-ports, --exclude-ports.
#pragma once

#include <cstdint>
#include <expected>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "patchbay/tools/outcome.hpp"
#include "patchbay/tools/scan/scan_port.hpp"

namespace patchbay {

// How many ports -F asks of each protocol.
inline constexpr std::uint32_t k_fast_ports = 100;

// At most one of `ports`, `top` and `fast` is given; none of them: all common ports.
struct PortListOptions {
  // What a port without a protocol of its own is asked by.
  bool tcp = true;
  bool udp = false;
  std::optional<std::string> ports = {};
  std::optional<std::uint32_t> top = {};
  bool fast = false;
  std::vector<std::string> exclude = {};
};

struct PortList {
  // None twice. First the common ones in their order (port_names.hpp), those of TCP and UDP in
  // turns; then the others, those of TCP first, by number.
  std::vector<ScanPort> ports;
  std::size_t likely = 0;  // how many of them are common
};

// "22,80,1000-2000", "-100", "60000-", "-" (all), "http,ssh"; "T:" or "U:" in front of a port says
// that it and what follows is TCP or UDP, whatever else is asked: "T:80,U:53,161". Blanks do not
// matter. A name stands for all ports that have it.
//
// `top` takes so many of each protocol: first the common ones, then those that have a name in
// data/ports.tsv, then the lowest. Excluding a port without a protocol excludes both.
//
// Refused: port 0, ports above 65535, ranges that end before they begin, names that nobody knows,
// and when no port is left.
std::expected<PortList, Failure> make_port_list(const PortListOptions& options);

}  // namespace patchbay
