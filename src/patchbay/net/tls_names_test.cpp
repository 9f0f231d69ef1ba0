// A server with several certificates shows the one that the client asks for by name (SNI).
#include <gtest/gtest.h>

#include "patchbay/net/conformance/tls_fixture.hpp"

namespace patchbay {
namespace {

class TlsServerNames : public TlsTest {
 protected:
  TlsServerNames() {
    save_made("blog", "DNS:Blog.lab,DNS:*.sub.lab,DNS:one.wild.lab");
    save_made("shop", "DNS:shop.lab,DNS:blog.lab");
  }
  void save_made(const char* name, const char* alternatives) const {
    save(name, make_identity({.common_name = name, .alternatives = alternatives}, &authority_));
  }
  TlsIdentity identity(const std::string& name) const {
    return {path(name + ".pem"), path(name + ".key")};
  }
  TlsServerOptions named_options() const {
    auto options = server_options();
    options.named = {identity("blog"), identity("shop")};
    return options;
  }
  // Takes any certificate, so that the test sees which one it was.
  static TlsContext curious() { return client_context({.verify = false}); }
};
INSTANTIATE_TEST_SUITE_P(, TlsServerNames, all_engines(), engine_name);

Task<> expect_shown(const TlsContext& client, const TlsContext& server, std::string name,
                    std::string_view subject) {
  const auto pair = co_await shake_hands(client, server, name);
  CO_ASSERT(pair.client && pair.server);
  const TlsInfo seen = pair.client->info();
  CO_ASSERT(seen.peer);
  EXPECT_EQ(seen.peer->subject, subject) << name;
}

struct Asked {
  std::string name;
  std::string_view subject;
};

Task<> shows(TlsContext client, TlsContext server, std::vector<Asked> all) {
  for (const Asked& asked : all) {
    co_await expect_shown(client, server, asked.name, asked.subject);
  }
}

TEST_P(TlsServerNames, ChooseTheCertificate) {
  run(shows(curious(), server_context(named_options()),
            {{"web.lab", "CN=server"},
             {"shop.lab", "CN=shop"},
             {"SHOP.Lab", "CN=shop"},
             {"blog.lab", "CN=blog"},  // both have it: the first one
             {"any.sub.lab", "CN=blog"},
             {"other.wild.lab", "CN=server"},
             {"one.wild.lab", "CN=blog"}}));  // a whole name goes before a wildcard
}

TEST_P(TlsServerNames, LeaveOthersWithTheFirst) {
  run(shows(curious(), server_context(named_options()),
            {{"nobody.lab", "CN=server"},
             {"a.b.sub.lab", "CN=server"},  // a wildcard is one label
             {"sub.lab", "CN=server"},
             {"shop", "CN=server"},
             {"127.0.0.1", "CN=server"},  // no name at all is sent then
             {"::1", "CN=server"}}));
}

Task<> agrees_as_before(TlsContext client, TlsContext server) {
  const auto pair = co_await shake_hands(client, server, "shop.lab");
  CO_ASSERT(pair.client && pair.server);
  EXPECT_TRUE(pair.client->info().verified);
  EXPECT_EQ(pair.client->info().alpn, "h2");
  const TlsInfo seen = pair.server->info();
  EXPECT_EQ(seen.alpn, "h2");
  EXPECT_EQ(seen.server_name, "shop.lab");
  CO_ASSERT(seen.peer);
  EXPECT_EQ(seen.peer->subject, "CN=guest");
  EXPECT_TRUE(seen.verified);
}
TEST_P(TlsServerNames, ChangeNothingElse) {
  save_made("guest", "DNS:guest.lab");
  auto server = named_options();
  server.alpn = {"h2", "http/1.1"};
  server.client_ca_file = path("ca.pem");
  auto client = client_options();
  client.alpn = {"http/1.1", "h2"};
  client.certificate_file = path("guest.pem");
  client.key_file = path("guest.key");
  run(agrees_as_before(client_context(client), server_context(server)));
  client.maximum_version = TlsVersion::v1_2;
  run(agrees_as_before(client_context(client), server_context(server)));
}

Task<> refuses_strangers(TlsContext client, TlsContext server) {
  const auto pair = co_await shake_hands(client, server, "shop.lab");
  EXPECT_FALSE(pair.server);
}
TEST_P(TlsServerNames, StillAskForTheClientsCertificate) {
  auto server = named_options();
  server.client_ca_file = path("ca.pem");
  run(refuses_strangers(curious(), server_context(server)));
}

TEST_P(TlsServerNames, AreAllReadAgain) {
  auto server = server_context(named_options());
  save("shop", make_identity({.common_name = "new", .alternatives = "DNS:store.lab"}, &authority_));
  ASSERT_TRUE(server.reload());
  run([](TlsContext client, TlsContext& served) -> Task<> {
    co_await expect_shown(client, served, "store.lab", "CN=new");
    co_await expect_shown(client, served, "shop.lab", "CN=server");
  }(curious(), server));
}

TEST_P(TlsServerNames, AreAllKeptWhenOneWillNotDo) {
  auto server = server_context(named_options());
  save("server", make_identity({.common_name = "new", .alternatives = "DNS:web.lab"}));
  save_text("shop.key", "no key");
  const auto reloaded = server.reload();
  ASSERT_FALSE(reloaded);
  EXPECT_EQ(reloaded.error().subject(), path("shop.key"));
  run([](TlsContext client, TlsContext& served) -> Task<> {
    co_await expect_shown(client, served, "web.lab", "CN=server");
    co_await expect_shown(client, served, "shop.lab", "CN=shop");
  }(curious(), server));
}

TEST_P(TlsServerNames, AreNeeded) {
  save_made("nameless", "IP:127.0.0.1");
  auto options = named_options();
  options.named.push_back(identity("nameless"));
  const auto made = TlsContext::server(options);
  ASSERT_FALSE(made);
  EXPECT_EQ(made.error().fault(), Fault::integrity);
  EXPECT_EQ(made.error().subject(), path("nameless.pem"));
}

}  // namespace
}  // namespace patchbay
