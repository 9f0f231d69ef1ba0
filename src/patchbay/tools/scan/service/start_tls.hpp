// How -sV comes to the certificate of a service that speaks TLS only when it is asked to: STARTTLS
// and its like (data/probes.toml).
#pragma once

#include <optional>
#include <string_view>

#include "patchbay/net/task.hpp"
#include "patchbay/tools/scan/service/service_talk.hpp"

namespace patchbay {

// What is said before TLS is read up to here.
inline constexpr std::size_t k_most_start_tls_bytes = 8192;

// Agrees on TLS by a connection of its own, and ends it there. Nothing: there is no such way for
// the service, it offers no TLS, or nothing came of it. Takes ServiceOptions::patience for each
// step, and ends `by` then. `tools` and `target` outlive it.
Task<std::optional<TlsInfo>> start_tls(ServiceTools& tools, const ServiceTarget& target,
                                       std::string_view service, Deadline by);

}  // namespace patchbay
