// TLS: whom it trusts, what it says when it does not, and certificates that change.
#include <fmt/format.h>

#include <chrono>
#include <functional>
#include <vector>

#include "patchbay/net/conformance/tls_fixture.hpp"

namespace patchbay {
namespace {

class TlsTrust : public TlsTest {
 protected:
  // Of a server that shows a certificate made for one test.
  TlsContext serving(const CertificateSpec& spec, const Identity* issuer) const {
    save("this", make_identity(spec, issuer));
    return server_context(server_options("this"));
  }
  TlsPin server_pin() const { return pin_of("server"); }
  TlsPin pin_of(const std::string& name) const {
    std::string command = "openssl x509 -in '" + path(name + ".pem") +
                          "' -noout -pubkey | openssl pkey -pubin -outform der | sha256sum";
    FILE* const pipe = ::popen(command.c_str(), "r");
    char digits[65] = {};
    EXPECT_EQ(std::fread(digits, 1, 64, pipe), 64u);
    ::pclose(pipe);
    const auto pin = TlsPin::parse(digits);
    EXPECT_TRUE(pin);
    return pin.value_or(TlsPin{});
  }
};
INSTANTIATE_TEST_SUITE_P(, TlsTrust, all_engines(), engine_name);

Task<> trusts(TlsContext client, TlsContext server, std::string name) {
  const auto pair = co_await shake_hands(client, server, name);
  CO_ASSERT(pair.client);
  EXPECT_TRUE(pair.client->info().verified) << name;
  EXPECT_TRUE(pair.server);
}

struct Refusal {
  std::string what;
  std::string why;
  Fault fault = Fault::permission;
};

Task<> refuses(TlsContext client, TlsContext server, std::string name, Refusal expected) {
  auto pair = co_await shake_hands(client, server, name);
  CO_ASSERT(!pair.client);
  EXPECT_EQ(pair.client.error().fault(), expected.fault) << pair.client.error().describe();
  EXPECT_EQ(pair.client.error().what(), expected.what);
  EXPECT_EQ(pair.client.error().why(), expected.why);
  EXPECT_FALSE(pair.client.error().remedy().empty());
  // In TLS 1.3 the server learns of it only afterwards, by the alert.
  if (!pair.server) co_return;
  EXPECT_FALSE(co_await pair.server->receive());
}

TEST_P(TlsTrust, AcceptsWhatIsMadeOutToThePeer) {
  for (const char* const name :
       {"web.lab", "WEB.lab", "web.lab.", "any.wild.lab", "127.0.0.1", "::1"}) {
    run(trusts(client_context(), server_context(), name));
  }
}

TEST_P(TlsTrust, RefusesAnotherName) {
  const std::string why = "the certificate is made out to another name";
  run(refuses(client_context(), server_context(), "db.lab",
              {"cannot trust the certificate of db.lab (for web.lab and 3 more)", why}));
  run(refuses(client_context(), server_context(), "a.b.wild.lab",
              {"cannot trust the certificate of a.b.wild.lab (for web.lab and 3 more)", why}));
  run(refuses(client_context(), server_context(), "10.0.0.1",
              {"cannot trust the certificate of 10.0.0.1 (for web.lab and 3 more)",
               "the certificate is not made out to this address"}));
}

std::string day(std::chrono::system_clock::time_point when) {
  const std::chrono::year_month_day date(std::chrono::floor<std::chrono::days>(when));
  return fmt::format("{:04}-{:02}-{:02}", int{date.year()}, unsigned{date.month()},
                     unsigned{date.day()});
}

// First without being asked to check, which tells the dates; then for real.
Task<> refuses_dates(TlsContext curious, TlsContext strict, TlsContext server, std::string why,
                     std::string detail, bool by_its_end) {
  const auto taken = co_await shake_hands(curious, server);
  CO_ASSERT(taken.client);
  const TlsInfo info = taken.client->info();
  CO_ASSERT(info.peer);
  EXPECT_FALSE(info.verified);
  EXPECT_EQ(info.verification, why);
  const std::string date = day(by_its_end ? info.peer->valid_until : info.peer->valid_from);
  co_await refuses(std::move(strict), std::move(server), "web.lab",
                   {"cannot trust the certificate of web.lab (" + detail + " " + date + ")", why});
}
TEST_P(TlsTrust, RefusesTheWrongTime) {
  const auto curious = [this] {
    return client_context({.verify = false, .ca_file = path("ca.pem")});
  };
  run(refuses_dates(
      curious(), client_context(),
      serving({.alternatives = "DNS:web.lab", .first_day = -50, .last_day = -20}, &authority_),
      "the certificate has expired", "expired", true));
  run(refuses_dates(
      curious(), client_context(),
      serving({.alternatives = "DNS:web.lab", .first_day = 20, .last_day = 50}, &authority_),
      "the certificate is not valid yet", "valid from", false));
}

TEST_P(TlsTrust, RefusesStrangers) {
  const CertificateSpec spec{.alternatives = "DNS:web.lab"};
  run(refuses(client_context(), serving(spec, nullptr), "web.lab",
              {"cannot trust the certificate of web.lab",
               "the certificate is signed by its own key and by nobody this machine trusts"}));
  const Identity other = make_identity({.common_name = "Another Authority", .authority = true});
  run(refuses(client_context(), serving(spec, &other), "web.lab",
              {"cannot trust the certificate of web.lab",
               "the issuer of the certificate is unknown here, or the peer did not send the whole "
               "chain"}));
  // The authority of this test is none of this system's.
  run(refuses(client_context({}), server_context(), "web.lab",
              {"cannot trust the certificate of web.lab",
               "the issuer of the certificate is unknown here, or the peer did not send the whole "
               "chain"}));
}

Task<> asks_for_a_name(TlsContext client) {
  auto pair = co_await connect_pair();
  CO_ASSERT(pair);
  const auto nameless = co_await tls_connect(std::move(pair->client), client, "");
  CO_ASSERT(!nameless);
  EXPECT_EQ(nameless.error().why(), "no name was given to compare it with");
}
TEST_P(TlsTrust, WantsANameToCompare) { run(asks_for_a_name(client_context())); }

TEST_P(TlsTrust, LetsAPinStandForEverythingElse) {
  save("own", make_identity({.first_day = -50, .last_day = -20}));
  const TlsPin pin = pin_of("own");
  EXPECT_EQ(TlsPin::parse(pin.to_string()).value(), pin);
  const TlsPin other = server_pin();
  run(trusts(client_context({.pins = {other, pin}}), server_context(server_options("own")), "x"));
  run(trusts(client_context({.pins = {pin}}), server_context(server_options("own")), ""));
  run(refuses(client_context({.pins = {other}}), server_context(server_options("own")), "web.lab",
              {"cannot trust the certificate of web.lab",
               "the peer's key is not the one that was pinned"}));
}

TEST(TlsPins, AreReadAsPeopleWriteThem) {
  std::string digits;
  for (int i = 0; i < 32; ++i) digits += "aB";
  std::string colons;
  for (int i = 0; i < 32; ++i) colons += i == 0 ? "AB" : ":ab";
  const auto plain = TlsPin::parse(digits);
  ASSERT_TRUE(plain);
  EXPECT_EQ(TlsPin::parse(colons).value(), *plain);
  EXPECT_EQ(TlsPin::parse("sha256:" + digits).value(), *plain);
  EXPECT_EQ(plain->to_string().substr(0, 4), "abab");
  const std::string_view text = digits;
  for (const std::string& bad :
       {std::string(), std::string("ab"), digits + "a", digits + ":", ":" + digits,
        std::string(text.substr(1)), "g" + std::string(text.substr(1)), "ab::" + digits}) {
    EXPECT_FALSE(TlsPin::parse(bad)) << bad;
  }
}

Task<> minds_the_side(TlsContext client, TlsContext server) {
  auto pair = co_await connect_pair();
  CO_ASSERT(pair);
  EXPECT_FALSE(co_await tls_connect(std::move(pair->client), server, "web.lab"));
  EXPECT_FALSE(co_await tls_accept(std::move(pair->server), client));
}
TEST_P(TlsTrust, MindsWhichSideAContextIsFor) {
  run(minds_the_side(client_context(), server_context()));
}

// --- certificates of clients ---------------------------------------------------------------------

// In TLS 1.3 a client has agreed before the server has looked at its certificate.
Task<> serves_only_known(TlsContext client, TlsContext server, bool known, std::string ours,
                         std::string theirs) {
  auto pair = co_await shake_hands(client, server);
  EXPECT_EQ(pair.server.has_value(), known);
  if (known) {
    CO_ASSERT(pair.server);
    const TlsInfo info = pair.server->info();
    CO_ASSERT(info.peer);
    EXPECT_EQ(info.peer->subject, "CN=client");
    EXPECT_TRUE(info.verified);
    co_return;
  }
  CO_ASSERT(!pair.server && pair.client);
  EXPECT_EQ(pair.server.error().fault(), Fault::permission);
  EXPECT_EQ(pair.server.error().why(), theirs);
  const auto told = co_await pair.client->receive();
  CO_ASSERT(!told);
  EXPECT_EQ(told.error().fault(), Fault::permission);
  EXPECT_EQ(told.error().why(), ours);
}
TEST_P(TlsTrust, ServesClientsByTheirCertificates) {
  auto demanding = server_options();
  demanding.client_ca_file = path("ca.pem");
  auto known = client_options();
  save("client", make_identity({.common_name = "client"}, &authority_));
  known.certificate_file = path("client.pem");
  known.key_file = path("client.key");
  run(serves_only_known(client_context(known), server_context(demanding), true, "", ""));
  run(serves_only_known(client_context(), server_context(demanding), false,
                        "the peer asks for a certificate of ours",
                        "the peer showed no certificate, and one is asked for"));
  save("client", make_identity({.common_name = "client"}));
  run(serves_only_known(
      client_context(known), server_context(demanding), false,
      "the peer does not know the issuer of our certificate",
      "the certificate is signed by its own key and by nobody this machine trusts"));
}

// --- what else must agree ------------------------------------------------------------------------

Task<> agree_on(TlsContext client, TlsContext server, std::string expected) {
  const auto pair = co_await shake_hands(client, server);
  CO_ASSERT(pair.client && pair.server);
  EXPECT_EQ(pair.client->info().alpn, expected);
  EXPECT_EQ(pair.server->info().alpn, expected);
}
Task<> disagree(TlsContext client, TlsContext server, std::string why) {
  const auto pair = co_await shake_hands(client, server);
  CO_ASSERT(!pair.client && !pair.server);
  EXPECT_EQ(pair.client.error().fault(), Fault::protocol);
  EXPECT_EQ(pair.client.error().why(), why);
  EXPECT_EQ(pair.server.error().fault(), Fault::protocol);
  EXPECT_EQ(pair.server.error().why(), why);
}
TEST_P(TlsTrust, AgreesOnAProtocol) {
  auto client = client_options();
  auto server = server_options();
  run(agree_on(client_context(client), server_context(server), ""));
  server.alpn = {"h2", "http/1.1"};
  run(agree_on(client_context(client), server_context(server), ""));
  client.alpn = {"x", "http/1.1", "h2"};
  run(agree_on(client_context(client), server_context(server), "h2"));
  client.alpn = {"irc"};
  run(disagree(client_context(client), server_context(server),
               "the two sides have no application protocol in common (ALPN)"));
  client.alpn = {""};
  EXPECT_FALSE(TlsContext::client(client));
}

TEST_P(TlsTrust, AgreesOnAVersion) {
  auto modern = server_options();
  modern.minimum_version = TlsVersion::v1_3;
  auto older = client_options();
  older.maximum_version = TlsVersion::v1_2;
  run(disagree(client_context(older), server_context(modern),
               "the two sides have no version of TLS in common"));
}

// --- files ---------------------------------------------------------------------------------------

Task<> reloads(TlsContext client, TlsContext server, std::function<void(int)> change) {
  auto before = co_await shake_hands(client, server);
  CO_ASSERT(before.client && before.server);
  change(1);
  CO_ASSERT(server.reload());
  auto after = co_await shake_hands(client, server, "new.lab");
  CO_ASSERT(after.client && after.server);
  change(2);
  const auto broken = server.reload();
  CO_ASSERT(!broken);
  EXPECT_EQ(broken.error().fault(), Fault::integrity);
  EXPECT_EQ(broken.error().why(), "it does not belong to the certificate");
  auto still = co_await shake_hands(client, server, "new.lab");
  CO_ASSERT(still.client && still.server);
  EXPECT_TRUE(co_await before.client->write_all("as before"));
  const auto came = co_await before.server->receive();
  CO_ASSERT(came);
  EXPECT_EQ(came->text(), "as before");
}
TEST_P(TlsTrust, ReloadsCertificates) {
  save("changing", make_identity({.alternatives = "DNS:web.lab"}, &authority_));
  run(reloads(client_context(), server_context(server_options("changing")), [this](int step) {
    const Identity next = make_identity({.alternatives = "DNS:new.lab"}, &authority_);
    const std::string key = load_text("changing.key");
    save("changing", next);
    if (step == 2) save_text("changing.key", key);  // a pair that does not match
  }));
}

void expect_refused(const TlsServerOptions& options, const std::string& what, Fault fault,
                    const std::string& why) {
  const auto made = TlsContext::server(options);
  ASSERT_FALSE(made);
  EXPECT_TRUE(made.error().what().starts_with(what)) << made.error().what();
  EXPECT_EQ(made.error().fault(), fault);
  EXPECT_EQ(made.error().why(), why);
  EXPECT_FALSE(made.error().remedy().empty());
}
TEST_P(TlsTrust, ExplainsFilesThatWillNotDo) {
  TlsServerOptions options = server_options();
  options.certificate_file = path("missing");
  expect_refused(options, "cannot read the certificate in /", Fault::storage,
                 "no file, socket or interface of that name exists");
  options = server_options();
  options.key_file = path("missing");
  expect_refused(options, "cannot read the private key in /", Fault::storage,
                 "no file, socket or interface of that name exists");
  options = server_options();
  options.certificate_file = options.key_file;
  expect_refused(options, "cannot use the certificate in /", Fault::integrity,
                 "it holds no certificate in PEM form");
  options = server_options();
  options.key_file = options.certificate_file;
  expect_refused(options, "cannot use the private key in /", Fault::integrity,
                 "it holds no private key in PEM form");
  options = server_options();
  options.key_file = path("ca.key");
  expect_refused(options, "cannot use the private key in /", Fault::integrity,
                 "it does not belong to the certificate");
  options = server_options();
  options.client_ca_file = path("server.key");
  expect_refused(options, "cannot use the authorities in /", Fault::integrity,
                 "it holds no certificate in PEM form");
}

TEST_P(TlsTrust, AsksNobodyForAPassphrase) {
  FILE* const file = std::fopen(path("locked.key").c_str(), "w");
  const unsigned char secret[] = "secret";
  ASSERT_EQ(PEM_write_PKCS8PrivateKey(file, authority_.key.get(), EVP_aes_256_cbc(),
                                      reinterpret_cast<const char*>(secret), 6, nullptr, nullptr),
            1);
  std::fclose(file);
  TlsServerOptions options = server_options();
  options.key_file = path("locked.key");
  expect_refused(options, "cannot use the private key in /", Fault::integrity,
                 "it is protected by a passphrase, and there is nobody to ask for it");
}

}  // namespace
}  // namespace patchbay
