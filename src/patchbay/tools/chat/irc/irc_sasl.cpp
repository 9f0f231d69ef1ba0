#include "patchbay/tools/chat/irc/irc_sasl.hpp"

#include <fmt/format.h>
#include <sodium.h>

#include <array>
#include <cstring>
#include <optional>
#include <span>
#include <utility>

#include "patchbay/base/ascii.hpp"
#include "patchbay/base/text.hpp"
#include "patchbay/net/loop.hpp"
#include "patchbay/wire/base64.hpp"
#include "patchbay/wire/scram.hpp"

namespace patchbay {

namespace {

// Of one line; a message that fills it is followed by another, which may be empty ("+").
constexpr std::size_t k_piece_bytes = 400;
// Names and passwords are no longer than that.
constexpr std::size_t k_most_encoded_bytes = 4 * k_piece_bytes;

using Digest = std::array<unsigned char, crypto_auth_hmacsha256_BYTES>;

const unsigned char* bytes_of(std::string_view text) {
  return reinterpret_cast<const unsigned char*>(text.data());
}

Digest sign(std::string_view key, std::string_view text) {
  crypto_auth_hmacsha256_state state;
  crypto_auth_hmacsha256_init(&state, bytes_of(key), key.size());
  crypto_auth_hmacsha256_update(&state, bytes_of(text), text.size());
  Digest digest;
  crypto_auth_hmacsha256_final(&state, digest.data());
  return digest;
}

// --- answers ---

void fail(IrcSession& session, std::string_view why) {
  session.sasl = nullptr;
  session.reply(904, {why});
}

void fail(IrcSession& session, ChatLoginFault fault) {
  switch (fault) {
    case ChatLoginFault::wrong: return fail(session, "The account or the password is wrong");
    case ChatLoginFault::too_often: return fail(session, "Too many tries: wait a minute");
    case ChatLoginFault::unavailable: return fail(session, "Nobody can log in at the moment");
    case ChatLoginFault::suspended:
      session.sasl = nullptr;
      return session.reply(902, {"This account is suspended"});
  }
}

void succeed(IrcSession& session, std::string_view account) {
  session.sasl = nullptr;
  session.hub().set_account(session, account);
  const std::string who =
      session.has_entered() ? chat_mask_of(session) : fmt::format("*!*@{}", session.source.host);
  session.reply(900, {who, account, fmt::format("You are logged in as {}", account)});
  session.reply(903, {"The login is done"});
}

// In pieces as long as a line may have.
void send_message(IrcSession& session, std::string_view bytes) {
  const std::string encoded = encode_base64(bytes);
  std::string_view rest = encoded;
  for (;;) {
    const std::string_view piece = rest.substr(0, k_piece_bytes);
    session.reply_line(fmt::format("AUTHENTICATE {}", piece.empty() ? "+" : piece));
    if (piece.size() < k_piece_bytes) return;
    rest.remove_prefix(piece.size());
  }
}

// --- PLAIN ---

struct Plain {
  std::string_view authorized;  // as whom it wants to act; empty: as itself
  std::string_view name;
  std::string_view password;
};

std::optional<Plain> parse_plain(std::string_view text) {
  const std::size_t first = text.find('\0');
  if (first == text.npos) return std::nullopt;
  const std::size_t second = text.find('\0', first + 1);
  if (second == text.npos || text.find('\0', second + 1) != text.npos) return std::nullopt;
  return Plain{.authorized = text.substr(0, first),
               .name = text.substr(first + 1, second - first - 1),
               .password = text.substr(second + 1)};
}

Task<> take_plain(IrcSession& session, std::string bytes) {
  const auto plain = parse_plain(bytes);
  if (!plain || plain->name.empty()) co_return fail(session, "This is no login by PLAIN");
  if (!plain->authorized.empty() && plain->authorized != plain->name) {
    co_return fail(session, "Nobody acts for another account here");
  }
  const auto account = co_await session.server.accounts->check(
      std::string(plain->name), std::string(plain->password), session.peer);
  sodium_memzero(bytes.data(), bytes.size());
  if (session.is_over()) co_return;
  if (!account) co_return fail(session, account.error());
  succeed(session, *account);
}

// --- SCRAM-SHA-256 ---

std::string random_nonce() {
  std::array<std::uint64_t, 3> bits;
  for (std::uint64_t& part : bits) part = Loop::current().random_bits();
  return encode_base64(as_text(std::as_bytes(std::span(bits))));
}

Task<> take_scram_first(IrcSession& session, std::string text) {
  const auto first = parse_scram_client_first(text);
  if (!first) co_return fail(session, first.error());
  if (!first->authorized.empty() && first->authorized != first->name) {
    co_return fail(session, "Nobody acts for another account here");
  }
  auto keys = co_await session.server.accounts->scram_keys(first->name, session.peer);
  if (session.is_over()) co_return;
  if (!keys) co_return fail(session, keys.error());
  IrcSasl& login = *session.sasl;
  login.keys = std::move(*keys);
  login.header = first->header;
  login.nonce = std::string(first->nonce) + random_nonce();
  const std::string answer =
      write_scram_server_first(login.nonce, login.keys.salt, login.keys.iterations);
  login.so_far = fmt::format("{},{},", first->bare, answer);
  login.step = IrcSasl::Step::proof;
  send_message(session, answer);
}

void take_scram_proof(IrcSession& session, std::string_view text) {
  IrcSasl& login = *session.sasl;
  const auto final = parse_scram_client_final(text);
  if (!final) return fail(session, final.error());
  const bool belongs = final->binding == login.header && final->nonce == login.nonce;
  const std::string signature =
      belongs ? check_scram_proof(login.keys, login.so_far + std::string(final->without_proof),
                                  final->proof)
              : std::string();
  session.server.accounts->note_login(login.keys.account, session.peer, !signature.empty());
  if (signature.empty()) return fail(session, ChatLoginFault::wrong);
  login.step = IrcSasl::Step::done;
  send_message(session, write_scram_server_final(signature));
}

// --- the exchange ---

void begin(IrcSession& session, std::string_view mechanism) {
  if (equal_ignoring_case(mechanism, "SCRAM-SHA-256")) {
    session.sasl = std::make_unique<IrcSasl>(IrcSasl::Mechanism::scram_sha_256);
  } else if (equal_ignoring_case(mechanism, "PLAIN") && session.is_secure) {
    session.sasl = std::make_unique<IrcSasl>(IrcSasl::Mechanism::plain);
  } else {
    session.reply(908, {irc_sasl_mechanisms(session), "are the ways to log in here"});
    return fail(session, equal_ignoring_case(mechanism, "PLAIN")
                             ? "PLAIN would show the password to others: connect by TLS"
                             : "There is no such way to log in here");
  }
  session.reply_line("AUTHENTICATE +");
}

Task<> take_message(IrcSession& session, std::string bytes) {
  IrcSasl& login = *session.sasl;
  if (login.mechanism == IrcSasl::Mechanism::plain) {
    co_return co_await take_plain(session, std::move(bytes));
  }
  switch (login.step) {
    case IrcSasl::Step::first: co_return co_await take_scram_first(session, std::move(bytes));
    case IrcSasl::Step::proof: co_return take_scram_proof(session, bytes);
    case IrcSasl::Step::done:
      // The client has seen that the server knows the password as well.
      if (!bytes.empty()) co_return fail(session, "Nothing was to follow");
      const std::string account = login.keys.account;
      co_return succeed(session, account);
  }
}

}  // namespace

std::string_view irc_sasl_mechanisms(const IrcSession& session) {
  return session.is_secure ? "PLAIN,SCRAM-SHA-256" : "SCRAM-SHA-256";
}

std::string check_scram_proof(const ChatScramKeys& keys, std::string_view signed_text,
                              std::string_view proof) {
  static_assert(crypto_auth_hmacsha256_BYTES == crypto_hash_sha256_BYTES);
  Digest client_key = sign(keys.stored_key, signed_text);
  if (proof.size() != client_key.size() || keys.stored_key.size() != client_key.size()) return {};
  for (std::size_t i = 0; i < proof.size(); ++i) {
    client_key[i] = static_cast<unsigned char>(client_key[i] ^ bytes_of(proof)[i]);
  }
  Digest stored;
  crypto_hash_sha256(stored.data(), client_key.data(), client_key.size());
  if (sodium_memcmp(stored.data(), keys.stored_key.data(), stored.size()) != 0) return {};
  const Digest signature = sign(keys.server_key, signed_text);
  return {reinterpret_cast<const char*>(signature.data()), signature.size()};
}

Task<> authenticate_irc(IrcSession& session, const IrcMessage& message) {
  if (session.server.accounts == nullptr || !session.has(irc::sasl)) {
    co_return fail(session, "Ask for the capability sasl first");
  }
  const std::string_view text = message.parameter(0);
  if (text == "*") {
    session.sasl = nullptr;
    co_return session.reply(906, {"The login is given up"});
  }
  if (!session.sasl) co_return begin(session, text);
  IrcSasl& login = *session.sasl;
  if (text.size() > k_piece_bytes || login.encoded.size() + text.size() > k_most_encoded_bytes) {
    session.sasl = nullptr;
    co_return session.reply(905, {"The message is too long"});
  }
  if (text != "+") login.encoded += text;
  if (text.size() == k_piece_bytes) co_return;
  auto bytes = decode_base64(std::exchange(login.encoded, {}));
  if (!bytes) co_return fail(session, "This is no Base64");
  co_await take_message(session, std::move(*bytes));
}

}  // namespace patchbay
