// SCRAM, the messages of a server (RFC 5802 section 7, SCRAM-SHA-256 of RFC 7677): what a client
// says is read, what it is answered is written. The cryptography between them is the caller's.
#pragma once

#include <cstddef>
#include <expected>
#include <string>
#include <string_view>

namespace patchbay {

// Views of the message that was parsed.
struct ScramClientFirst {
  std::string name;         // as whom it logs in
  std::string authorized;   // as whom it wants to act; empty: as itself
  std::string_view nonce;   // the client's part
  std::string_view header;  // "n,,": what the client says of channel binding, and `authorized`
  std::string_view bare;    // the rest, a part of what is signed
};

struct ScramClientFinal {
  std::string binding;             // must be the header of the first message
  std::string_view nonce;          // must be both parts
  std::string proof;               // bytes
  std::string_view without_proof;  // a part of what is signed
};

// The failure is one of the words that the specification has for it ("server-error-value"). No
// channel is bound: a client that insists on it is refused. Extensions are passed over, except for
// mandatory ones.
std::expected<ScramClientFirst, const char*> parse_scram_client_first(std::string_view text);
std::expected<ScramClientFinal, const char*> parse_scram_client_final(std::string_view text);

// `nonce`: both parts; `salt`: bytes.
std::string write_scram_server_first(std::string_view nonce, std::string_view salt, int iterations);
// `signature`: bytes.
std::string write_scram_server_final(std::string_view signature);

}  // namespace patchbay
