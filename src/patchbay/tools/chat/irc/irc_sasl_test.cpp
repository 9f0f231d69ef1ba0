#include "patchbay/tools/chat/irc/irc_sasl.hpp"

#include <gtest/gtest.h>
#include <sodium.h>

#include <array>

#include "patchbay/tools/chat/irc/irc_session_fixture.hpp"
#include "patchbay/wire/base64.hpp"

namespace patchbay {
namespace {

using namespace std::string_literals;

// --- what a client computes (RFC 5802 section 3) -------------------------------------------------

std::string hmac(std::string_view key, std::string_view text) {
  crypto_auth_hmacsha256_state state;
  crypto_auth_hmacsha256_init(&state, reinterpret_cast<const unsigned char*>(key.data()),
                              key.size());
  crypto_auth_hmacsha256_update(&state, reinterpret_cast<const unsigned char*>(text.data()),
                                text.size());
  std::string digest(crypto_auth_hmacsha256_BYTES, '\0');
  crypto_auth_hmacsha256_final(&state, reinterpret_cast<unsigned char*>(digest.data()));
  return digest;
}

std::string exclusive_or(std::string a, std::string_view b) {
  for (std::size_t i = 0; i < a.size(); ++i) a[i] = static_cast<char>(a[i] ^ b[i]);
  return a;
}

std::string salted(std::string_view password, const std::string& salt, int iterations) {
  std::string last = hmac(password, salt + "\0\0\0\1"s);
  std::string all = last;
  for (int i = 1; i < iterations; ++i) {
    last = hmac(password, last);
    all = exclusive_or(std::move(all), last);
  }
  return all;
}

std::string sha256(std::string_view text) {
  std::string digest(crypto_hash_sha256_BYTES, '\0');
  crypto_hash_sha256(reinterpret_cast<unsigned char*>(digest.data()),
                     reinterpret_cast<const unsigned char*>(text.data()), text.size());
  return digest;
}

ChatScramKeys keys_of(std::string_view password, const std::string& salt, int iterations) {
  const std::string secret = salted(password, salt, iterations);
  return {.account = "Bob",
          .salt = salt,
          .iterations = iterations,
          .stored_key = sha256(hmac(secret, "Client Key")),
          .server_key = hmac(secret, "Server Key")};
}

std::string proof_of(std::string_view password, const ChatScramKeys& keys,
                     std::string_view signed_text) {
  const std::string client_key = hmac(salted(password, keys.salt, keys.iterations), "Client Key");
  return exclusive_or(client_key, hmac(sha256(client_key), signed_text));
}

// RFC 7677 section 3.
TEST(ScramProof, IsThatOfTheRfc) {
  const ChatScramKeys keys = keys_of("pencil", *decode_base64("W22ZaJ0SNY7soEsUEjb6gQ=="), 4096);
  constexpr std::string_view signed_text =
      "n=user,r=rOprNGfwEbeRWgbNEkqO,"
      "r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096,"
      "c=biws,r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0";
  const std::string proof = *decode_base64("dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ=");
  EXPECT_EQ(encode_base64(check_scram_proof(keys, signed_text, proof)),
            "6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4=");
  EXPECT_EQ(proof_of("pencil", keys, signed_text), proof);
  EXPECT_EQ(check_scram_proof(keys, signed_text.substr(1), proof), "");
  EXPECT_EQ(check_scram_proof(keys, signed_text, proof.substr(1)), "");
  EXPECT_EQ(check_scram_proof({}, signed_text, proof), "");
}

// --- the exchange --------------------------------------------------------------------------------

class Sasl : public IrcTest {
 protected:
  Sasl() {
    accounts_ = std::make_unique<OneAccount>();
    accounts_->keys = keys_of("pencil", "salt", 16);
  }

  std::unique_ptr<Client> negotiate() {
    auto client = connect();
    say(*client, "CAP REQ sasl");
    return client;
  }
  std::string plain(Client& client, std::string_view message) {
    say(client, "AUTHENTICATE PLAIN");
    return numbers(say(client, "AUTHENTICATE " + encode_base64(message)));
  }
  // The last answers.
  IrcLines scram(Client& client, std::string_view password, std::string_view name = "bob") {
    EXPECT_EQ(answer(client, "AUTHENTICATE SCRAM-SHA-256"), "AUTHENTICATE +");
    const std::string bare = "n=" + std::string(name) + ",r=abc";
    const std::string first =
        answer(client, "AUTHENTICATE " + encode_base64("n,," + bare)).substr(13);
    const std::string server_first = decode_base64(first).value_or("");
    EXPECT_TRUE(server_first.starts_with("r=abc")) << first;
    const std::string nonce = server_first.substr(0, server_first.find(','));
    const std::string without_proof = "c=biws," + nonce;
    const std::string signed_text = bare + "," + server_first + "," + without_proof;
    const std::string proof = proof_of(password, accounts_->keys, signed_text);
    const IrcLines lines =
        say(client, "AUTHENTICATE " + encode_base64(without_proof + ",p=" + encode_base64(proof)));
    if (numbers(lines) == "904") return lines;
    const std::string signature = hmac(accounts_->keys.server_key, signed_text);
    EXPECT_EQ(lines, IrcLines{"AUTHENTICATE " + encode_base64("v=" + encode_base64(signature))});
    return say(client, "AUTHENTICATE +");
  }
};

TEST_F(Sasl, LogsInByPlain) {
  const auto client = negotiate();
  EXPECT_EQ(answer(*client, "AUTHENTICATE plain"), "AUTHENTICATE +");
  EXPECT_EQ(say(*client, "AUTHENTICATE " + encode_base64("\0bob\0pencil"s)),
            (IrcLines{":here 900 * *!*@127.0.0.1 Bob :You are logged in as Bob",
                      ":here 903 * :The login is done"}));
  EXPECT_EQ(client->session.source.account, "Bob");
  say(*client, "NICK bob");
  say(*client, "USER bob 0 * :Bob");
  EXPECT_EQ(numbers(say(*client, "CAP END")).substr(0, 3), "001") << "the name is reserved for it";
}

TEST_F(Sasl, RefusesWrongPasswords) {
  const auto client = negotiate();
  EXPECT_EQ(plain(*client, "\0bob\0Pencil"s), "904");
  EXPECT_EQ(plain(*client, "\0ann\0pencil"s), "904");
  EXPECT_EQ(plain(*client, "\0tim\0pencil"s), "902");
  EXPECT_EQ(plain(*client, "ann\0bob\0pencil"s), "904") << "as somebody else";
  EXPECT_EQ(plain(*client, "bob\0bob\0pencil"s), "900 903");
}

TEST_F(Sasl, RefusesWhatIsNoPlain) {
  const auto client = negotiate();
  for (const std::string& message : {"bob"s, "\0bob"s, "\0\0pencil"s, "\0bob\0pen\0cil"s}) {
    EXPECT_EQ(plain(*client, message), "904") << message;
  }
  say(*client, "AUTHENTICATE PLAIN");
  EXPECT_EQ(numbers(say(*client, "AUTHENTICATE")), "461");
  EXPECT_EQ(numbers(say(*client, "AUTHENTICATE +")), "904") << "a message of nothing";
}

TEST_F(Sasl, TakesNoPasswordThatOthersCouldHear) {
  const auto client = negotiate();
  client->session.is_secure = false;
  EXPECT_EQ(numbers(say(*client, "AUTHENTICATE PLAIN")), "908 904");
  EXPECT_EQ(numbers(scram(*client, "pencil")), "900 903");
}

TEST_F(Sasl, LogsInByScram) {
  const auto client = negotiate();
  EXPECT_EQ(numbers(scram(*client, "pencil")), "900 903");
  EXPECT_EQ(client->session.source.account, "Bob");
  EXPECT_EQ(accounts_->notes, IrcLines{"Bob right"});
}

TEST_F(Sasl, RefusesWrongProofs) {
  const auto client = negotiate();
  EXPECT_EQ(numbers(scram(*client, "Pencil")), "904");
  EXPECT_EQ(accounts_->notes, IrcLines{"Bob wrong"});
  EXPECT_EQ(client->session.source.account, "");
  EXPECT_FALSE(client->session.sasl);
}

TEST_F(Sasl, RefusesWhatIsNoScram) {
  const auto client = negotiate();
  const auto begin = [&](std::string_view first) {
    say(*client, "AUTHENTICATE SCRAM-SHA-256");
    return numbers(say(*client, "AUTHENTICATE " + encode_base64(first)));
  };
  EXPECT_EQ(begin("n=bob,r=abc"), "904");
  EXPECT_EQ(begin("p=tls-unique,,n=bob,r=abc"), "904");
  EXPECT_EQ(begin("n,a=ann,n=bob,r=abc"), "904");
  // A proof for another header, or with another nonce.
  EXPECT_NE(begin("n,,n=bob,r=abc"), "904");
  EXPECT_EQ(numbers(say(*client, "AUTHENTICATE " + encode_base64("c=eSws,r=abc,p=AAAA"))), "904");
}

TEST_F(Sasl, TakesMessagesInPieces) {
  const auto client = negotiate();
  const std::string message = encode_base64("\0bob\0"s + std::string(300 - 5, 'x'));
  ASSERT_EQ(message.size(), 400U);
  say(*client, "AUTHENTICATE PLAIN");
  EXPECT_TRUE(say(*client, "AUTHENTICATE " + message).empty());
  EXPECT_EQ(numbers(say(*client, "AUTHENTICATE +")), "904") << "whole, but wrong";
}

TEST_F(Sasl, LimitsMessages) {
  const auto client = negotiate();
  say(*client, "AUTHENTICATE PLAIN");
  EXPECT_EQ(numbers(say(*client, "AUTHENTICATE " + std::string(401, 'A'))), "905");
  say(*client, "AUTHENTICATE PLAIN");
  for (int i = 0; i < 4; ++i) {
    EXPECT_TRUE(say(*client, "AUTHENTICATE " + std::string(400, 'A')).empty());
  }
  EXPECT_EQ(numbers(say(*client, "AUTHENTICATE " + std::string(400, 'A'))), "905");
  say(*client, "AUTHENTICATE PLAIN");
  EXPECT_EQ(numbers(say(*client, "AUTHENTICATE !!!!")), "904");
}

TEST_F(Sasl, IsGivenUp) {
  const auto client = negotiate();
  say(*client, "AUTHENTICATE PLAIN");
  EXPECT_EQ(numbers(say(*client, "AUTHENTICATE *")), "906");
  EXPECT_EQ(numbers(say(*client, "AUTHENTICATE EXTERNAL")), "908 904");
  say(*client, "AUTHENTICATE PLAIN");
  say(*client, "NICK ann");
  say(*client, "USER ann 0 * :Ann");
  EXPECT_EQ(numbers(say(*client, "CAP END")).substr(0, 7), "906 001");
}

TEST_F(Sasl, NeedsTheCapability) {
  const auto client = connect();
  EXPECT_EQ(numbers(say(*client, "AUTHENTICATE PLAIN")), "904");
}

TEST_F(Sasl, LogsInLaterAsWell) {
  const auto ann = enter("ann", "sasl account-notify");
  EXPECT_EQ(plain(*ann, "\0bob\0pencil"s), "ACCOUNT 900 903");
  EXPECT_EQ(ann->session.source.account, "Bob");
}

}  // namespace
}  // namespace patchbay
