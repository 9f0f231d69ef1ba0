// ScramClient: SCRAM-SHA-256 as the client (RFC 5802, RFC 7677). The password is not sent, and the
// server proves that it knows it, too.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace patchbay::chat_client {

class ScramClient {
 public:
  // `nonce` is printable ASCII without a comma, and by chance. The password is taken as it is: in
  // ASCII SASLprep (RFC 4013) changes nothing.
  ScramClient(std::string_view user, std::string password, std::string nonce);
  ScramClient(const ScramClient&) = delete;
  ScramClient& operator=(const ScramClient&) = delete;
  ~ScramClient();  // leaves no trace of the password

  // What the client says first.
  std::string first() const { return "n,," + bare_; }

  // The answer to each message of the server; empty: nothing more is to be said, the server has
  // proved itself. Nothing: it broke the rules, asks for fewer than 4,096 or more than 1,000,000
  // iterations, or does not know the password.
  std::optional<std::string> answer(std::string_view server);

  // The server has proved that it knows the password.
  bool proved() const { return step_ == Step::proved; }

 private:
  enum class Step { first, final, proved };

  std::optional<std::string> answer_first(std::string_view server);

  std::string bare_;  // of the client's first message
  std::string password_;
  std::string nonce_;
  std::string server_signature_;
  Step step_ = Step::first;
};

}  // namespace patchbay::chat_client
