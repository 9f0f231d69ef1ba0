// What clients will refuse of a server that itself has nothing to complain of: certificates for
// other hosts than their sites have, and those past their end or near it.
#pragma once

#include <vector>

#include "patchbay/tools/http/serve_plan.hpp"
#include "patchbay/tools/output.hpp"

namespace patchbay {

// A certificate of a site that is not for all its hosts; a host for which there is none; and one
// that is not valid yet at `now`, no longer, or for less than CertificateFile::renewal_time(). In
// the order of the sites.
// Reads the files, so it is for beside the loop; one that cannot be read is left to try_plan().
// A certificate of the server's own is nothing to warn of: provide_own_certificate() looks after
// it.
std::vector<Failure> warn_of_certificates(const HttpServePlan& plan, WallTime now);

// A line on stderr for each of them; in JSON a record `warning` in the stream, too.
void tell_warnings(const std::vector<Failure>& warnings, Output& out);

}  // namespace patchbay
