#include "patchbay/net/tls_tickets.hpp"

#include <openssl/core_names.h>
#include <openssl/evp.h>

#include <algorithm>
#include <cstring>
#include <string>

#include "patchbay/net/loop.hpp"
#include "patchbay/net/tls_session.hpp"
#include "patchbay/net/tls_ticket_keys.hpp"

namespace patchbay {

namespace {

constexpr std::size_t k_iv_bytes = 16;  // of AES-256-CBC

// What SSL_CTX_set_tlsext_ticket_key_evp_cb(3) wants to hear.
constexpr int k_failed = -1;
constexpr int k_unknown = 0;  // a whole handshake, then
constexpr int k_good = 1;
constexpr int k_good_and_renew = 2;

bool set_mac(EVP_MAC_CTX* mac, TlsTicketKeys::Key& key) {
  std::string digest = "SHA256";
  const OSSL_PARAM params[] = {
      OSSL_PARAM_construct_octet_string(OSSL_MAC_PARAM_KEY, key.mac.data(), key.mac.size()),
      OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, digest.data(), 0),
      OSSL_PARAM_construct_end()};
  return EVP_MAC_CTX_set_params(mac, params) == 1;
}

int seal(TlsTicketKeys& keys, Loop& loop, unsigned char* name, unsigned char* iv,
         EVP_CIPHER_CTX* cipher, EVP_MAC_CTX* mac) {
  auto key = keys.newest(loop);
  const std::uint64_t chance[] = {loop.random_bits(), loop.random_bits()};
  static_assert(sizeof chance == k_iv_bytes);
  std::ranges::copy(key.name, name);
  std::memcpy(iv, chance, k_iv_bytes);
  const bool ready =
      EVP_EncryptInit_ex2(cipher, EVP_aes_256_cbc(), key.cipher.data(), iv, nullptr) == 1 &&
      set_mac(mac, key);
  return ready ? k_good : k_failed;
}

int unseal(TlsTicketKeys& keys, Loop& loop, const unsigned char* name, const unsigned char* iv,
           EVP_CIPHER_CTX* cipher, EVP_MAC_CTX* mac) {
  auto found =
      keys.find(std::span<const std::uint8_t, TlsTicketKeys::k_name_bytes>(name, 16), loop);
  if (!found) return k_unknown;
  const bool ready =
      EVP_DecryptInit_ex2(cipher, EVP_aes_256_cbc(), found->key.cipher.data(), iv, nullptr) == 1 &&
      set_mac(mac, found->key);
  if (!ready) return k_failed;
  return found->newest ? k_good : k_good_and_renew;
}

int on_ticket(SSL* ssl, unsigned char* name, unsigned char* iv, EVP_CIPHER_CTX* cipher,
              EVP_MAC_CTX* mac, int sealing) {
  TlsTicketKeys& keys = *TlsSession::of(ssl).setup().server.ticket_keys;
  Loop& loop = Loop::current();
  if (sealing == 1) return seal(keys, loop, name, iv, cipher, mac);
  const int result = unseal(keys, loop, name, iv, cipher, mac);
  // A ticket of TLS 1.3 is for one use, so that nobody can link two of them (RFC 8446 C.4).
  const bool single_use = SSL_version(ssl) == TLS1_3_VERSION;
  return result == k_good && single_use ? k_good_and_renew : result;
}

}  // namespace

void use_ticket_keys(SSL_CTX* context) { SSL_CTX_set_tlsext_ticket_key_evp_cb(context, on_ticket); }

}  // namespace patchbay
