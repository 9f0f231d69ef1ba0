// What a server keeps of a password for SCRAM-SHA-256 (RFC 5802 section 3, RFC 7677).
#pragma once

#include <string>
#include <string_view>

#include "patchbay/tools/chat/accounts/chat_accounts.hpp"

namespace patchbay {

// Who has these keys can try passwords at so many rounds each, so there are more than RFC 7677
// asks for at least; a client computes them in a tenth of a second.
inline constexpr int k_chat_scram_rounds = 100'000;

// The password is taken as its bytes are: what SASLprep would make of it is the client's concern.
// `salt` are bytes. Without the account's name.
ChatScramKeys make_scram_keys(std::string_view password, std::string_view salt,
                              int rounds = k_chat_scram_rounds);
// With a salt of chance.
ChatScramKeys make_scram_keys(std::string_view password);
// Of a name that there is no account of: always the same with the same secret, like those of one,
// and no proof is right.
ChatScramKeys make_up_scram_keys(std::string_view folded_name, std::string_view secret);

}  // namespace patchbay
