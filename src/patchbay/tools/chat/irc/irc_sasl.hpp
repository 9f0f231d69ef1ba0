// AUTHENTICATE: a login by SASL (sasl-3.1 and sasl-3.2 of IRCv3): PLAIN (RFC 4616) where nobody can
// listen, and SCRAM-SHA-256 (RFC 7677) everywhere. Before the client is welcomed, and again later.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "patchbay/tools/chat/accounts/chat_accounts.hpp"
#include "patchbay/tools/chat/irc/irc_session.hpp"

namespace patchbay {

// A login that is going on.
class IrcSasl {
 public:
  enum class Mechanism : std::uint8_t { plain, scram_sha_256 };
  enum class Step : std::uint8_t { first, proof, done };

  explicit IrcSasl(Mechanism chosen) : mechanism(chosen) {}

  const Mechanism mechanism;
  Step step = Step::first;
  std::string encoded = {};  // what has come of a message that is sent in several pieces

  // Of SCRAM.
  ChatScramKeys keys = {};
  std::string header = {};  // what the client said of channel binding
  std::string nonce = {};   // both parts
  std::string so_far = {};  // of what is signed: the first two messages, a comma behind each
};

// "PLAIN,SCRAM-SHA-256", what this client may use.
std::string_view irc_sasl_mechanisms(const IrcSession& session);

Task<> authenticate_irc(IrcSession& session, const IrcMessage& message);

// What a server checks and says at the end of SCRAM (RFC 5802 section 3). The signature of the
// server, in bytes; empty: the proof is wrong. `signed_text` is the AuthMessage.
std::string check_scram_proof(const ChatScramKeys& keys, std::string_view signed_text,
                              std::string_view proof);

}  // namespace patchbay
