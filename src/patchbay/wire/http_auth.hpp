// Basic authentication (RFC 7617): a user and a password in a field of the request.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace patchbay {

// The password is a secret: it belongs in no log, no error and no page.
struct BasicCredentials {
  std::string user;  // may be empty
  std::string password;
};

// `field` is the value of Authorization, its scheme in any case. Nothing for another scheme, for a
// token that is no strict base64, without a colon between the two, with a control character in
// either, and when both together, with the colon, are longer than `limit` bytes. They are bytes:
// UTF-8 is what the challenge asks for, and nobody can know whether the client kept to it.
std::optional<BasicCredentials> parse_basic_credentials(std::string_view field,
                                                        std::size_t limit = 512);

// The value of WWW-Authenticate for a 401: Basic realm="…", charset="UTF-8". Quotes and
// backslashes of the realm are escaped; a control character, which no field can carry, becomes a
// question mark.
std::string format_basic_challenge(std::string_view realm);

}  // namespace patchbay
