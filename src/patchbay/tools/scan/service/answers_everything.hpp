// Whether a host that has many ports open has any: SYN proxies, tarpits and some firewalls accept
// every connection, and nobody is behind them.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "patchbay/net/address.hpp"
#include "patchbay/net/task.hpp"
#include "patchbay/tools/scan/service/service_options.hpp"

namespace patchbay {

inline constexpr std::size_t k_suspicious_open_ports = 64;

// `open` are TCP ports of the host that were found open. More than 64 of them are suspicious, and
// so is an answer from a port between 50,000 and 60,000 that chance names; if then not one of eight
// says anything, be it by itself or to a GET, all that is there is an answering machine. Takes
// ServiceOptions::patience twice at the most. A cancel ends it with false.
Task<bool> answers_everything(IpAddress address, std::vector<std::uint16_t> open,
                              ServiceOptions options);

}  // namespace patchbay
