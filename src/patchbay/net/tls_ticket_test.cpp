// Session tickets: a client that comes back goes on with its session, on whichever thread.
#include <gtest/gtest.h>
#include <openssl/ssl.h>

#include <thread>
#include <vector>

#include "patchbay/net/conformance/tls_fixture.hpp"
#include "patchbay/net/tls_ticket_keys.hpp"

namespace patchbay {
namespace {

using Session = std::shared_ptr<SSL_SESSION>;

// OpenSSL between two memories: our own client keeps no sessions.
class Visitor {
 public:
  explicit Visitor(int version, const Session& session = nullptr)
      : context_(SSL_CTX_new(TLS_client_method()), SSL_CTX_free) {
    SSL_CTX_set_min_proto_version(context_.get(), version);
    SSL_CTX_set_max_proto_version(context_.get(), version);
    ssl_.reset(SSL_new(context_.get()));
    SSL_set_bio(ssl_.get(), BIO_new(BIO_s_mem()), BIO_new(BIO_s_mem()));
    SSL_set_tlsext_host_name(ssl_.get(), "web.lab");
    if (session) SSL_set_session(ssl_.get(), session.get());
    SSL_set_connect_state(ssl_.get());
  }
  ~Visitor() {
    // Else the session would count as broken, and never be resumed.
    SSL_set_shutdown(ssl_.get(), SSL_SENT_SHUTDOWN | SSL_RECEIVED_SHUTDOWN);
  }
  Visitor(const Visitor&) = delete;
  Visitor& operator=(const Visitor&) = delete;

  // Up to the first byte of an answer: by then the tickets have come.
  Task<Result<>> call(Stream& stream) {
    for (;;) {
      char byte = 0;
      const int got = SSL_read(ssl_.get(), &byte, 1);
      std::vector<std::byte> output(BIO_ctrl_pending(SSL_get_wbio(ssl_.get())));
      BIO_read(SSL_get_wbio(ssl_.get()), output.data(), static_cast<int>(output.size()));
      const auto sent = co_await stream.write_all(output);
      if (!sent || got == 1) co_return sent;
      if (SSL_get_error(ssl_.get(), got) != SSL_ERROR_WANT_READ) {
        co_return Error(Fault::protocol, "call");
      }
      const auto data = co_await stream.receive();
      if (!data || data->empty()) co_return Error(Fault::closed, "call");
      BIO_write(SSL_get_rbio(ssl_.get()), data->bytes().data(), static_cast<int>(data->size()));
    }
  }
  bool resumed() const { return SSL_session_reused(ssl_.get()) == 1; }
  Session session() const { return {SSL_get1_session(ssl_.get()), SSL_SESSION_free}; }

 private:
  std::unique_ptr<SSL_CTX, decltype(&SSL_CTX_free)> context_;
  std::unique_ptr<SSL, decltype(&SSL_free)> ssl_{nullptr, SSL_free};
};

Task<Result<>> call(Visitor& visitor, Stream& stream) { co_return co_await visitor.call(stream); }

Task<Result<>> answer(Stream lower, const TlsContext& context, bool& resumed) {
  auto stream = co_await tls_accept(std::move(lower), context);
  if (!stream) co_return stream.error();
  resumed = stream->info().resumed;
  co_return co_await stream->write_all("x");
}

struct Visit {
  bool succeeded = false;
  bool resumed = false;  // as both sides say
  Session session = {};
};

Task<Visit> visit(const TlsContext& server, int version, Session session = nullptr) {
  auto pair = co_await connect_pair();
  if (!pair) co_return Visit{};
  Visitor visitor(version, session);
  bool resumed = false;
  const auto done =
      co_await both(call(visitor, pair->client), answer(std::move(pair->server), server, resumed));
  if (!done) co_return Visit{};
  EXPECT_EQ(visitor.resumed(), resumed);
  co_return Visit{true, resumed, visitor.session()};
}

class TlsTickets : public TlsTest {
 protected:
  TlsServerOptions shared_options(std::shared_ptr<TlsTicketKeys> keys) const {
    auto options = server_options();
    options.ticket_keys = std::move(keys);
    return options;
  }
};
INSTANTIATE_TEST_SUITE_P(, TlsTickets, all_engines(), engine_name);

constexpr int k_versions[] = {TLS1_2_VERSION, TLS1_3_VERSION};

Task<> resumes(const TlsContext& first, const TlsContext& second, bool expected) {
  for (const int version : k_versions) {
    const auto before = co_await visit(first, version);
    CO_ASSERT(before.succeeded);
    EXPECT_FALSE(before.resumed);
    const auto after = co_await visit(second, version, before.session);
    CO_ASSERT(after.succeeded);
    EXPECT_EQ(after.resumed, expected) << version;
    const auto third = co_await visit(first, version, after.session);
    CO_ASSERT(third.succeeded);
    EXPECT_EQ(third.resumed, expected) << version;
  }
}
TEST_P(TlsTickets, ResumeOnTheSameContext) {
  const auto server = server_context();
  run(resumes(server, server, true));
}
TEST_P(TlsTickets, ResumeOnAContextWithTheSameKeys) {
  const auto keys = std::make_shared<TlsTicketKeys>();
  const auto first = server_context(shared_options(keys));
  const auto second = server_context(shared_options(keys));
  run(resumes(first, second, true));
}
TEST_P(TlsTickets, MeanNothingToAContextWithOtherKeys) {
  const auto first = server_context();
  const auto second = server_context();
  run(resumes(first, second, false));
}
TEST_P(TlsTickets, ResumeAfterASwitchByName) {
  save("blog", make_identity({.common_name = "blog", .alternatives = "DNS:blog.lab"}));
  auto options = server_options("blog");
  options.named = {{path("server.pem"), path("server.key")}};
  const auto server = server_context(options);
  run(resumes(server, server, true));
}

Task<> outlives_a_reload(TlsContext& server) {
  for (const int version : k_versions) {
    const auto before = co_await visit(server, version);
    CO_ASSERT(before.succeeded && server.reload());
    const auto after = co_await visit(server, version, before.session);
    EXPECT_TRUE(after.resumed) << version;
  }
}
TEST_P(TlsTickets, OutliveANewCertificate) {
  auto server = server_context();
  save("server", make_identity({.common_name = "new", .alternatives = "DNS:web.lab"}));
  run(outlives_a_reload(server));
}

Task<> is_no_certificate(const TlsContext& open, const TlsContext& guarded) {
  for (const int version : k_versions) {
    const auto before = co_await visit(open, version);
    CO_ASSERT(before.succeeded);
    const auto after = co_await visit(guarded, version, before.session);
    EXPECT_FALSE(after.succeeded) << version;
  }
}
TEST_P(TlsTickets, DoNotStandInForTheClientsCertificate) {
  const auto keys = std::make_shared<TlsTicketKeys>();
  auto guarded = shared_options(keys);
  guarded.client_ca_file = path("ca.pem");
  const auto open_server = server_context(shared_options(keys));
  const auto guarded_server = server_context(guarded);
  run(is_no_certificate(open_server, guarded_server));
}

Task<> visits_often(const TlsContext& server, Session session, int& resumed) {
  for (int i = 0; i < 10; ++i) {
    const auto seen = co_await visit(server, TLS1_2_VERSION, session);
    if (seen.succeeded && seen.resumed) ++resumed;
  }
}
TEST_P(TlsTickets, ResumeOnEveryThread) {
  const auto keys = std::make_shared<TlsTicketKeys>();
  const auto options = shared_options(keys);
  Visit first;
  run([](TlsContext server, Visit& into) -> Task<> {
    into = co_await visit(server, TLS1_2_VERSION);
  }(server_context(options), first));
  ASSERT_TRUE(first.succeeded);
  int resumed[2] = {};
  {
    std::vector<std::jthread> threads;
    for (int& count : resumed) {
      threads.emplace_back([&options, &first, &count] {
        auto made = GetParam().make({});
        const auto server = server_context(options);
        if (made) (*made)->run(visits_often(server, first.session, count));
      });
    }
  }
  EXPECT_EQ(resumed[0], 10);
  EXPECT_EQ(resumed[1], 10);
}

// --- by a clock that jumps -----------------------------------------------------------------------

class TlsTicketRotation : public TlsTickets {};
INSTANTIATE_TEST_SUITE_P(, TlsTicketRotation,
                         testing::Values(EngineCase{"simulated", sim::make_lone_loop, true}),
                         engine_name);

Task<> rotates(const TlsContext& server, int version) {
  const auto first = co_await visit(server, version);
  CO_ASSERT(first.succeeded);
  CO_ASSERT(co_await sleep_for(TlsTicketKeys::k_period));
  const auto second = co_await visit(server, version, first.session);
  EXPECT_TRUE(second.resumed);
  CO_ASSERT(co_await sleep_for(TlsTicketKeys::k_period));
  const auto too_old = co_await visit(server, version, first.session);
  EXPECT_TRUE(too_old.succeeded);
  EXPECT_FALSE(too_old.resumed);
  const auto renewed = co_await visit(server, version, second.session);
  EXPECT_TRUE(renewed.resumed);
}
TEST_P(TlsTicketRotation, TakesTheFormerKeyAndRenewsTheTicket) {
  for (const int version : k_versions) {
    SCOPED_TRACE(version);
    const auto server = server_context();
    loop().run(rotates(server, version));
  }
}

Task<> keeps_time(TlsTicketKeys& keys) {
  Loop& here = Loop::current();
  const auto first = keys.newest(here);
  EXPECT_EQ(keys.newest(here).name, first.name);
  CO_ASSERT(co_await sleep_for(TlsTicketKeys::k_period - 1s));
  EXPECT_TRUE(keys.find(first.name, here)->newest);
  CO_ASSERT(co_await sleep_for(1s));
  const auto second = keys.newest(here);
  EXPECT_NE(second.name, first.name);
  EXPECT_NE(second.cipher, first.cipher);
  EXPECT_NE(second.mac, first.mac);
  const auto former = keys.find(first.name, here);
  CO_ASSERT(former);
  EXPECT_FALSE(former->newest);
  EXPECT_EQ(former->key.cipher, first.cipher);
  // Nobody comes for a long time: neither of them is good any more.
  CO_ASSERT(co_await sleep_for(2 * TlsTicketKeys::k_period));
  EXPECT_FALSE(keys.find(first.name, here));
  EXPECT_FALSE(keys.find(second.name, here));
}
TEST_P(TlsTicketRotation, KeepsTimeByTheLoop) {
  TlsTicketKeys keys;
  loop().run(keeps_time(keys));
}

}  // namespace
}  // namespace patchbay
