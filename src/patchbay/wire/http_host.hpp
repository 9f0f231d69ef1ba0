// The host and port of a Host field or of a target (RFC 9110 section 7.2, RFC 3986 section 3.2).
#pragma once

#include <string_view>

namespace patchbay {

// Is it host[:port] as a Host field may have it? Empty is allowed, as is an empty port. No user
// before the host and no zone behind an address: neither is for the other end.
bool is_host(std::string_view text);

// What stands behind the last colon of a sound host[:port]; empty where there is no port.
std::string_view port_of(std::string_view host);

// The same host and port, where a missing port is the scheme's ("http" or "https", in any case).
bool same_host(std::string_view a, std::string_view b, std::string_view scheme);

}  // namespace patchbay
