// The certificate that a server of `tls-self` makes for itself, and when it makes another.
#pragma once

#include <expected>
#include <memory>

#include "patchbay/tools/http/serve_plan.hpp"
#include "patchbay/tools/output.hpp"

namespace patchbay {

// Gives a plan with `tls_self` its certificate: made out to this host, its addresses with TLS and
// the hosts of its sites. That is `former` (may be null) while it names all of them and has 14 days
// left at `now`: whoever has compared its fingerprint need not do so again. The failure: it would
// be for too many hosts, or could not be made.
std::expected<void, Failure> provide_own_certificate(
    HttpServePlan& plan, const std::shared_ptr<const SelfCertificate>& former, WallTime now);

}  // namespace patchbay
