// How -sV connects.
#pragma once

#include "patchbay/net/tcp.hpp"
#include "patchbay/tools/scan/service/service_options.hpp"

namespace patchbay {

// By the interface and from the address that the options name. A port of this host may be met by
// the very socket that asks for it (RFC 9293 section 3.5): that is `refused`. Faults: as of
// TcpStream::connect().
Task<Result<TcpStream>> dial_service(const ServiceOptions& options, Endpoint to, Deadline by);

}  // namespace patchbay
