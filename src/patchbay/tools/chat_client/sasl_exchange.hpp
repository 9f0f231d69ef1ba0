// SaslExchange: how a client proves over IRC who it is (IRCv3 SASL 3.2): SCRAM-SHA-256 where the
// server has it, else PLAIN, which gives the password away and so needs a line that nobody hears.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "patchbay/tools/chat_client/scram_client.hpp"

namespace patchbay::chat_client {

struct SaslAccount {
  std::string user;
  std::string password;
};

class SaslExchange {
 public:
  // `offered` is the value of the capability: "PLAIN,SCRAM-SHA-256"; empty where the server does
  // not tell. `may_be_plain`: the line is TLS, or does not leave this host.
  SaslExchange(SaslAccount account, std::string_view offered, bool may_be_plain, std::string nonce);
  SaslExchange(const SaslExchange&) = delete;
  SaslExchange& operator=(const SaslExchange&) = delete;
  ~SaslExchange();  // leaves no trace of the password

  // The lines that begin it: AUTHENTICATE and a mechanism. None: there is none that may be used.
  std::vector<std::string> begin();
  // The lines that answer a parameter of AUTHENTICATE; "*" where the server broke the rules.
  std::vector<std::string> answer(std::string_view parameter);
  // The server says that all is well: may it be believed? With SCRAM it must have proved itself.
  bool believes() const { return !scram_ || scram_->proved(); }

 private:
  bool offers(std::string_view mechanism) const;
  static std::vector<std::string> in_lines(std::string_view message);

  SaslAccount account_;
  std::string offered_;
  bool may_be_plain_;
  std::string nonce_;
  std::unique_ptr<ScramClient> scram_;
  std::string gathered_;  // of a message of the server that comes in several lines
  bool began_ = false;    // the client's first message was said
};

}  // namespace patchbay::chat_client
