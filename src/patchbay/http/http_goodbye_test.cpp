// How connections over TLS end: never without a closure alert (RFC 9112 section 9.8), but where
// what was sent is not whole.
#include "patchbay/http/http1_site_fixture.hpp"
#include "patchbay/http/http2_client_fixture.hpp"
#include "patchbay/http/http_client.hpp"
#include "patchbay/http/http_tls_fixture.hpp"
#include "patchbay/http/http_world_fixture.hpp"
#include "patchbay/net/sim/lone_host.hpp"

namespace patchbay {
namespace {

HttpHeard hear(std::vector<HttpSaid> script, HttpWorld::Options options = {}) {
  OwnCertificate certificate;
  options.tls = &certificate;
  HttpRouter site = http1_site();
  return HttpWorld(site, options).hear(std::move(script));
}

TEST(Rfc9112, S9_8_SendsAClosureAlertBeforeItCloses) {
  const struct {
    const char* what;
    std::vector<HttpSaid> script;
    HttpWorld::Options options = {};
    int status = 200;  // 0: no answer
  } cases[] = {
      {"after an answer with close", {{.bytes = get_of("/", "Connection: close\r\n")}}},
      {"after a bad head", {{.bytes = "nonsense\r\n\r\n"}}, {}, 400},
      {"after the body of a client of HTTP/1.0", {{.bytes = "GET /made HTTP/1.0\r\n\r\n"}}},
      {"of an idle connection", {{.bytes = get_of("/")}}, {.limits = {.idle = 5s}}},
      {"of one that was never used", {}, {.limits = {.idle = 5s}}, 0},
      {"of an idle connection when the server stops", {{.bytes = get_of("/")}}, {.stop_after = 3s}},
      {"when the client ends first", {{.bytes = get_of("/")}, {.after = 1s, .ends = true}}},
      {"when the client ends within a head", {{.bytes = "GET / HT", .ends = true}}, {}, 0},
      {"when a head takes too long", {{.bytes = "GET / HT"}}, {.limits = {.head_time = 3s}}, 408},
      {"of a body that the client cut short",
       {{.bytes = get_of("/count", "Content-Length: 10\r\n", "POST") + "123", .ends = true}},
       {},
       400},
  };
  for (const auto& each : cases) {
    SCOPED_TRACE(each.what);
    const HttpHeard heard = hear(each.script, each.options);
    EXPECT_EQ(heard.fault, std::nullopt);
    if (each.status == 0) EXPECT_EQ(heard.bytes, "");
    if (each.status != 0) EXPECT_EQ(heard.only().status, each.status);
  }
}

TEST(Rfc9112, S9_8_SendsAClosureAlertInHttp2) {
  for (const bool stops : {true, false}) {
    const HttpHeard heard = hear({{.bytes = http2_greeting()}, {.after = 10s, .ends = !stops}},
                                 {.stop_after = stops ? Duration(3s) : Duration::zero()});
    EXPECT_EQ(heard.fault, std::nullopt) << stops;
    EXPECT_FALSE(heard.bytes.empty());
  }
}

// There the end of the connection is the end of the body: an alert would say that it is whole.
TEST(Rfc9112, S9_8_SendsNoClosureAlertBehindHalfABody) {
  EXPECT_EQ(hear({{.bytes = "GET /made-badly HTTP/1.0\r\n\r\n"}}).fault, Fault::closed);
}

// --- the client ----------------------------------------------------------------------------------

// A server of one connection, which says this when it has heard something, and hears to the end.
struct Peer {
  std::string chooses;  // of ALPN; empty: nothing
  std::string says;
  std::optional<bool> heard_goodbye = {};
};

Task<Result<>> be_peer(TcpListener& listener, Peer& peer, OwnCertificate& certificate) {
  auto context = TlsContext::server(certificate.options(peer.chooses));
  if (!context) co_return context.error();
  auto lower = co_await listener.accept();
  if (!lower) co_return lower.error();
  auto stream = co_await tls_accept(std::move(*lower), *context);
  if (!stream) co_return stream.error();
  const auto heard = co_await stream->receive();
  if (!heard || heard->empty()) co_return ok();
  if (const auto said = co_await stream->write_all(peer.says); !said) co_return said;
  for (;;) {
    const auto more = co_await stream->receive();
    if (more && !more->empty()) continue;
    peer.heard_goodbye = more.has_value();
    co_return ok();
  }
}

enum class Until { end, head, deadline };

Task<Result<>> ask_peer(Endpoint peer, Until until) {
  HttpClient client({.tls = {.verify = false}});
  const Deadline deadline = until == Until::deadline ? Deadline::after(1s) : Deadline();
  auto answer = co_await client.get("https://" + peer.to_string() + "/", deadline);
  EXPECT_EQ(answer.has_value(), until != Until::deadline);
  if (!answer || until == Until::head) co_return ok();
  const auto text = co_await answer->text(100);
  EXPECT_EQ(text.value_or("?"), "hello");
  EXPECT_EQ(client.kept_connections(), 1U);
  co_return ok();
}

Task<> meet(Peer& peer, Until until) {
  OwnCertificate certificate;
  auto listener = TcpListener::bind(Endpoint(IpAddress::loopback(Family::v4), 0));
  EXPECT_TRUE(listener);
  if (!listener) co_return;
  const auto done =
      co_await both(be_peer(*listener, peer, certificate), ask_peer(listener->local(), until));
  EXPECT_TRUE(done) << done.error().describe();
}

TEST(Rfc9112, S9_8_AClientSendsAClosureAlertBeforeItCloses) {
  const std::string hello = "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello";
  const std::string settings("\0\0\0\4\0\0\0\0\0", 9);  // of HTTP/2, and no answer
  const struct {
    const char* what;
    Peer peer;
    Until until = Until::end;
  } cases[] = {
      {"a kept connection", {.chooses = "http/1.1", .says = hello}},
      {"an answer that nobody reads", {.chooses = "http/1.1", .says = hello}, Until::head},
      {"an answer that does not come", {.chooses = "http/1.1", .says = ""}, Until::deadline},
      {"one of HTTP/2", {.chooses = "h2", .says = settings}, Until::deadline},
  };
  for (auto each : cases) {
    SCOPED_TRACE(each.what);
    auto loop = sim::make_lone_loop({});
    ASSERT_TRUE(loop);
    (*loop)->run(meet(each.peer, each.until));
    EXPECT_EQ(each.peer.heard_goodbye, true);
  }
}

}  // namespace
}  // namespace patchbay
