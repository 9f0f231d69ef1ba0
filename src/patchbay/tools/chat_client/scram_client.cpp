#include "patchbay/tools/chat_client/scram_client.hpp"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>

#include <charconv>
#include <cstdint>
#include <utility>

#include "patchbay/wire/base64.hpp"

namespace patchbay::chat_client {

namespace {

constexpr std::size_t k_hash_bytes = 32;
constexpr int k_least_iterations = 4096;  // RFC 7677 section 4
constexpr int k_most_iterations = 1'000'000;

const unsigned char* bytes(std::string_view text) {
  return reinterpret_cast<const unsigned char*>(text.data());
}
unsigned char* bytes(std::string& text) { return reinterpret_cast<unsigned char*>(text.data()); }

std::string hmac(std::string_view key, std::string_view text) {
  std::string digest(k_hash_bytes, '\0');
  ::HMAC(EVP_sha256(), key.data(), static_cast<int>(key.size()), bytes(text), text.size(),
         bytes(digest), nullptr);
  return digest;
}

std::string sha256(std::string_view text) {
  std::string digest(k_hash_bytes, '\0');
  ::EVP_Digest(text.data(), text.size(), bytes(digest), nullptr, EVP_sha256(), nullptr);
  return digest;
}

std::string salted(std::string_view password, std::string_view salt, int iterations) {
  std::string key(k_hash_bytes, '\0');
  ::PKCS5_PBKDF2_HMAC(password.data(), static_cast<int>(password.size()), bytes(salt),
                      static_cast<int>(salt.size()), iterations, EVP_sha256(),
                      static_cast<int>(key.size()), bytes(key));
  return key;
}

std::string escaped_name(std::string_view user) {
  std::string escaped;
  for (const char c : user) {
    if (c == '=') {
      escaped += "=3D";
    } else if (c == ',') {
      escaped += "=2C";
    } else {
      escaped += c;
    }
  }
  return escaped;
}

// The value of the next attribute, which must be this one; it is taken off with its comma.
std::optional<std::string_view> take(std::string_view& text, char attribute) {
  if (text.size() < 2 || text[0] != attribute || text[1] != '=') return std::nullopt;
  const std::size_t comma = text.find(',');
  const std::string_view value = text.substr(2, comma == text.npos ? comma : comma - 2);
  text.remove_prefix(comma == text.npos ? text.size() : comma + 1);
  return value;
}

std::optional<int> iterations_of(std::string_view text) {
  int count = 0;
  const auto read = std::from_chars(text.data(), text.data() + text.size(), count);
  const bool good = read.ec == std::errc{} && read.ptr == text.data() + text.size() &&
                    count >= k_least_iterations && count <= k_most_iterations;
  return good ? std::optional(count) : std::nullopt;
}

}  // namespace

ScramClient::ScramClient(std::string_view user, std::string password, std::string nonce)
    : bare_("n=" + escaped_name(user) + ",r=" + nonce),
      password_(std::move(password)),
      nonce_(std::move(nonce)) {}

ScramClient::~ScramClient() { ::OPENSSL_cleanse(password_.data(), password_.size()); }

std::optional<std::string> ScramClient::answer(std::string_view server) {
  if (step_ == Step::first) return answer_first(server);
  if (step_ != Step::final) return std::nullopt;
  const auto signature = take(server, 'v');
  const auto shown = signature ? decode_base64(*signature) : std::nullopt;
  if (!shown || shown->size() != server_signature_.size() ||
      ::CRYPTO_memcmp(shown->data(), server_signature_.data(), shown->size()) != 0) {
    return std::nullopt;
  }
  step_ = Step::proved;
  return std::string();
}

std::optional<std::string> ScramClient::answer_first(std::string_view server) {
  std::string_view rest = server;
  const auto nonce = take(rest, 'r');
  const auto salt_text = nonce ? take(rest, 's') : std::nullopt;
  const auto iterations_text = salt_text ? take(rest, 'i') : std::nullopt;
  if (!iterations_text) return std::nullopt;
  const auto salt = decode_base64(*salt_text);
  const auto iterations = iterations_of(*iterations_text);
  const bool ours = nonce->size() > nonce_.size() && nonce->starts_with(nonce_);
  if (!ours || !salt || salt->empty() || !iterations) return std::nullopt;

  const std::string key = salted(password_, *salt, *iterations);
  const std::string without_proof = "c=biws,r=" + std::string(*nonce);  // "n,," in base64
  const std::string all = bare_ + ',' + std::string(server) + ',' + without_proof;
  const std::string client_key = hmac(key, "Client Key");
  std::string proof = hmac(sha256(client_key), all);
  for (std::size_t i = 0; i < proof.size(); ++i) {
    proof[i] = static_cast<char>(static_cast<unsigned char>(proof[i]) ^
                                 static_cast<unsigned char>(client_key[i]));
  }
  server_signature_ = hmac(hmac(key, "Server Key"), all);
  step_ = Step::final;
  return without_proof + ",p=" + encode_base64(proof);
}

}  // namespace patchbay::chat_client
