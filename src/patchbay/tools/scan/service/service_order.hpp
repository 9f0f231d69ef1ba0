// Which probes a port gets, and in which order.
#pragma once

#include <cstdint>
#include <vector>

#include "patchbay/tools/scan/service/service_options.hpp"
#include "patchbay/tools/scan/service/service_table.hpp"

namespace patchbay {

// Where the client speaks first: what the port's number hints at, then HTTP and TLS, then all
// others by their intensity. Inside TLS only what is spoken there, and no TLS again.
std::vector<const ServiceProbe*> probes_in_order(std::uint16_t port, bool inside_tls,
                                                 const ServiceOptions& options);

}  // namespace patchbay
