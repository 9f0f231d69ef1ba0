// Passwords as argon2id hashes (RFC 9106, libsodium): "$argon2id$v=19$…".
#pragma once

#include <string>

namespace patchbay {

// Another one each time; takes a few hundred milliseconds and 64 MiB. Empty when there is not so
// much memory.
std::string hash_password(const std::string& password);

// Is it the password that the hash was made of? Takes as long as making it, whatever the answer. Of
// an empty hash, that of somebody who is not there, none is, and it takes as long to say so.
bool matches_password_hash(const std::string& hash, const std::string& password);

}  // namespace patchbay
