// How connections over TLS end: never without a closure alert (RFC 9112 section 9.8), but where
// what was sent is not whole.
#include "patchbay/http/http1_site_fixture.hpp"
#include "patchbay/http/http2_client_fixture.hpp"
#include "patchbay/http/http_tls_fixture.hpp"
#include "patchbay/http/http_world_fixture.hpp"

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

}  // namespace
}  // namespace patchbay
