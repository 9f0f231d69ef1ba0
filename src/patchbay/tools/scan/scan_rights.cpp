#include "patchbay/tools/scan/scan_rights.hpp"

#include <netinet/in.h>

#include "patchbay/net/raw.hpp"

namespace patchbay {

void keep_only(Rights kept, Output& out) {
  const auto done = keep_rights(kept);
  if (!done) out.warn(done.error().describe());
}

// A raw IP socket takes the same right as a packet socket, and closing it does not wait until every
// processor has seen it go (packet_release() of Linux: some 15 ms).
bool may_send_packets() {
  const RaisedRights raised(k_packet_rights);
  return RawSocket::open(Family::v4, IPPROTO_RAW).has_value();
}

}  // namespace patchbay
