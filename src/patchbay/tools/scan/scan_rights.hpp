// What a scan may need beyond the rights of an ordinary program, and for what.
#pragma once

#include <linux/capability.h>

#include "patchbay/net/rights.hpp"
#include "patchbay/tools/output.hpp"

namespace patchbay {

// To open sockets that send packets of our own and hear all that comes, and to have a source port
// below 1,024 (-g). Nothing that is done with such a socket later takes a right.
inline constexpr Rights k_packet_rights{CAP_NET_BIND_SERVICE, CAP_NET_RAW};

// To read and write files wherever root may, as somebody else's. A checkpoint is written late, and
// a document is put in its place at the end: without these root could not in the folder of a user.
inline constexpr Rights k_file_rights{CAP_CHOWN, CAP_DAC_OVERRIDE, CAP_DAC_READ_SEARCH, CAP_FOWNER};

// By keep_rights(). Where that cannot be, the scan is the same as it would be without trying: `out`
// gets a warning.
void keep_only(Rights kept, Output& out);

// Whether this process may open sockets for packets of its own. Takes the right up for it.
bool may_send_packets();

}  // namespace patchbay
