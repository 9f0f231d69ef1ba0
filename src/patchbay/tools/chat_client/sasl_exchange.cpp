#include "patchbay/tools/chat_client/sasl_exchange.hpp"

#include <openssl/crypto.h>

#include <utility>

#include "patchbay/base/ascii.hpp"
#include "patchbay/wire/base64.hpp"

namespace patchbay::chat_client {

namespace {

constexpr std::size_t k_line_bytes = 400;  // of base64; a shorter line is the last of a message
constexpr std::size_t k_most_gathered_bytes = 8 * 1024;
constexpr std::string_view k_scram = "SCRAM-SHA-256";
constexpr std::string_view k_plain = "PLAIN";

}  // namespace

SaslExchange::SaslExchange(SaslAccount account, std::string_view offered, bool may_be_plain,
                           std::string nonce)
    : account_(std::move(account)),
      offered_(offered),
      may_be_plain_(may_be_plain),
      nonce_(std::move(nonce)) {}

SaslExchange::~SaslExchange() {
  ::OPENSSL_cleanse(account_.password.data(), account_.password.size());
}

bool SaslExchange::offers(std::string_view mechanism) const {
  std::string_view rest = offered_;
  while (!rest.empty()) {
    const std::size_t comma = rest.find(',');
    if (equal_ignoring_case(rest.substr(0, comma), mechanism)) return true;
    rest.remove_prefix(comma == rest.npos ? rest.size() : comma + 1);
  }
  return false;
}

std::vector<std::string> SaslExchange::begin() {
  // A server that does not tell what it has is asked for what gives nothing away.
  if (offered_.empty() || offers(k_scram)) {
    scram_ = std::make_unique<ScramClient>(account_.user, account_.password, nonce_);
    return {"AUTHENTICATE " + std::string(k_scram)};
  }
  if (offers(k_plain) && may_be_plain_) return {"AUTHENTICATE " + std::string(k_plain)};
  return {};
}

std::vector<std::string> SaslExchange::in_lines(std::string_view message) {
  const std::string text = encode_base64(message);
  std::vector<std::string> lines;
  for (std::size_t at = 0; at < text.size(); at += k_line_bytes) {
    lines.push_back("AUTHENTICATE " + text.substr(at, k_line_bytes));
  }
  if (text.size() % k_line_bytes == 0) lines.emplace_back("AUTHENTICATE +");
  return lines;
}

std::vector<std::string> SaslExchange::answer(std::string_view parameter) {
  const std::vector<std::string> no{"AUTHENTICATE *"};
  if (parameter != "+") gathered_ += parameter;
  if (gathered_.size() > k_most_gathered_bytes) return no;
  if (parameter.size() == k_line_bytes) return {};
  const auto message = decode_base64(std::exchange(gathered_, {}));
  if (!message) return no;
  if (!std::exchange(began_, true)) {
    if (!message->empty()) return no;
    if (scram_) return in_lines(scram_->first());
    std::string plain(1, '\0');  // nobody else's name: RFC 4616
    plain += account_.user;
    plain += '\0';
    plain += account_.password;
    auto lines = in_lines(plain);
    ::OPENSSL_cleanse(plain.data(), plain.size());
    return lines;
  }
  const auto next = scram_ ? scram_->answer(*message) : std::nullopt;
  return next ? in_lines(*next) : no;
}

}  // namespace patchbay::chat_client
