#include "patchbay/http/http_layers.hpp"

#include "patchbay/http/http_router.hpp"
#include "patchbay/http/http_world_fixture.hpp"

namespace patchbay {
namespace {

Task<HttpResponse> tell_later(HttpRequest&) {
  (void)co_await sleep_for(1s);
  co_return HttpResponse::text("later");
}

std::shared_ptr<HttpHandler> site(std::string text) {
  auto router = std::make_shared<HttpRouter>();
  router->get("/", [text](HttpRequest&) { return HttpResponse::text(text); });
  router->get("/prepared", [](HttpRequest&) {
    return HttpResponse::prepared(HttpPrepared::make(200, {{"X-Made", "once"}}, "prepared"));
  });
  router->get("/later", tell_later);
  return router;
}

TEST(HttpAddedFields, AddsThemToEveryAnswer) {
  HttpAddedFields layer(site("site"), {{"X-A", "1"}, {"Cache-Control", "no-store"}});
  for (const char* path : {"/", "/later", "/prepared", "/nowhere"}) {
    const HttpHeardAnswer answer = ask(layer, get_of(path));
    EXPECT_EQ(answer.field("x-a"), "1") << path;
    EXPECT_NE(answer.body, "") << path;
  }
  EXPECT_EQ(ask(layer, get_of("/prepared")).field("x-made"), "once");
}

TEST(HttpLocalNames, RefusesEverythingByAnotherName) {
  HttpLocalNames layer(site("site"));
  const auto status = [&](const std::string& host, const std::string& begin = "GET /") {
    return ask(layer, begin + " HTTP/1.1\r\nHost: " + host + "\r\n\r\n").status;
  };
  for (const char* host : {"localhost:8080", "127.0.0.1:8080", "[::1]:8080", "a.localhost",
                           "LOCALHOST", "localhost", "localhost.", "10.0.0.1", ""}) {
    EXPECT_EQ(status(host), 200) << host;
    EXPECT_EQ(status(host, "GET /later"), 200) << host;
  }
  for (const char* host : {"evil.test", "localhost.evil.test:8080", "127.0.0.1.evil.test",
                           "evillocalhost", "evil.test:8080"}) {
    EXPECT_EQ(status(host), 403) << host;
    EXPECT_EQ(status(host, "GET /later"), 403) << host;
    EXPECT_EQ(status(host, "PUT /"), 403) << host;
    EXPECT_EQ(status(host, "OPTIONS *"), 403) << host;
  }
}

TEST(HttpCors, AnswersTheQuestionOfABrowserByItself) {
  HttpCors layer(site("site"), "https://app.example", "GET, PUT");
  const HttpHeardAnswer answer =
      ask(layer, get_of("/",
                        "Origin: https://app.example\r\nAccess-Control-Request-Method: PUT\r\n"
                        "Access-Control-Request-Headers: x-token\r\n",
                        "OPTIONS"));
  EXPECT_EQ(answer.status, 204);
  EXPECT_EQ(answer.field("access-control-allow-origin"), "https://app.example");
  EXPECT_EQ(answer.field("access-control-allow-methods"), "GET, PUT");
  EXPECT_EQ(answer.field("access-control-allow-headers"), "x-token");
  EXPECT_EQ(answer.field("vary"), "Origin");
  EXPECT_EQ(answer.field("access-control-allow-credentials"), "");
}

TEST(HttpCors, LetsOtherOriginsReadTheAnswers) {
  HttpCors one(site("site"), "https://app.example", "GET");
  HttpCors all(site("site"), "*", "GET");
  for (const char* path : {"/", "/later", "/nowhere"}) {
    EXPECT_EQ(ask(one, get_of(path)).field("access-control-allow-origin"), "https://app.example");
    EXPECT_EQ(ask(all, get_of(path)).field("access-control-allow-origin"), "*");
  }
  EXPECT_EQ(ask(all, get_of("/")).field("vary"), "");
  // No question: the handler's own OPTIONS.
  EXPECT_EQ(ask(one, get_of("/", {}, "OPTIONS")).field("allow"), "GET, HEAD, OPTIONS");
}

TEST(HttpHosts, SendsEachNameToItsSite) {
  HttpHosts hosts(site("other"));
  hosts.add("A.example", site("a"));
  hosts.add("b.example:8080", site("b"));
  const auto body = [&](const std::string& host) {
    return ask(hosts, "GET / HTTP/1.1\r\nHost: " + host + "\r\n\r\n").body;
  };
  EXPECT_EQ(body("a.example"), "a");
  EXPECT_EQ(body("A.EXAMPLE.:1234"), "a");
  EXPECT_EQ(body("b.example"), "b");
  EXPECT_EQ(body("c.example"), "other");
  EXPECT_EQ(body("xa.example"), "other");
  EXPECT_EQ(body("[::1]:80"), "other");
  EXPECT_EQ(body(""), "other");
  EXPECT_EQ(ask(hosts, "GET http://b.example/ HTTP/1.1\r\nHost: b.example\r\n\r\n").body, "b");
}

TEST(HttpHosts, ComparesNamesWithoutPortAndDot) {
  EXPECT_EQ(host_name_of("Example.COM.:8080"), "example.com");
  EXPECT_EQ(host_name_of("example.com"), "example.com");
  EXPECT_EQ(host_name_of("[FE80::1]:80"), "[fe80::1]");
  EXPECT_EQ(host_name_of("[::1]"), "[::1]");
  EXPECT_EQ(host_name_of(""), "");
}

TEST(HttpToTls, KeepsHostAndTarget) {
  const auto location = [](std::uint16_t port, const std::string& target, const std::string& host) {
    HttpToTls layer(site("site"), port);
    const HttpHeardAnswer answer =
        ask(layer, "GET " + target + " HTTP/1.1\r\nHost: " + host + "\r\n\r\n");
    EXPECT_EQ(answer.status, 308) << target;
    EXPECT_EQ(answer.body, "") << target;
    return answer.field("location");
  };
  EXPECT_EQ(location(443, "/a%20b/?c=d&e", "a.test"), "https://a.test/a%20b/?c=d&e");
  EXPECT_EQ(location(8443, "/later", "A.test.:80"), "https://a.test:8443/later");
  EXPECT_EQ(location(443, "/", "[::1]:8080"), "https://[::1]/");
  EXPECT_EQ(location(443, "http://b.test:81/x?y", "b.test:81"), "https://b.test/x?y");
  EXPECT_EQ(location(443, "//c.test/", "a.test"), "https://a.test//c.test/");
}

TEST(HttpToTls, AsksForEveryMethodAgain) {
  HttpToTls layer(site("site"), 443);
  for (const char* const method : {"HEAD", "DELETE", "OPTIONS"}) {
    const HttpHeardAnswer answer = ask(layer, get_of("/x", {}, method));
    EXPECT_EQ(answer.status, 308) << method;
    EXPECT_EQ(answer.field("location"), "https://site.test/x") << method;
  }
  EXPECT_EQ(ask(layer, body_of("POST", "/form", "a=b")).status, 308);
  EXPECT_EQ(ask(layer, get_of("*", {}, "OPTIONS")).field("location"), "https://site.test");
}

TEST(HttpToTls, RefusesWhoNamesNoHost) {
  HttpToTls layer(site("site"), 443);
  for (const char* const request : {"GET / HTTP/1.0\r\n\r\n", "GET / HTTP/1.1\r\nHost:\r\n\r\n"}) {
    const HttpHeardAnswer answer = ask(layer, request);
    EXPECT_EQ(answer.status, 400) << request;
    EXPECT_EQ(answer.field("location"), "") << request;
  }
}

TEST(HttpToTls, LetsTheOthersIn) {
  HttpToTls layer(site("site"), 443);
  HttpRequest request{.method = "GET", .path = "/", .host = "a.test", .secure = true};
  const auto answer = layer.answer_now(request);
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->status, 200);
}

TEST(HttpExchangeable, KeepsForARequestTheHandlerItBeganWith) {
  std::shared_ptr<HttpHandler> next;
  HttpExchangeable layer(site("old"), [&next] { return std::exchange(next, nullptr); });
  HttpWorld it(layer);
  const HttpHeard& slow = it.client({{.bytes = get_of("/later") + get_of("/")}});
  const HttpHeard& quick = it.client(
      {{.bytes = get_of("/")},
       {.bytes = get_of("/"), .after = 500ms, .meanwhile = [&next] { next = site("new"); }}});
  it.run();
  ASSERT_EQ(slow.answers().size(), 2U);
  EXPECT_EQ(slow.answers()[0].body, "later");
  EXPECT_EQ(slow.answers()[1].body, "new");
  ASSERT_EQ(quick.answers().size(), 2U);
  EXPECT_EQ(quick.answers()[0].body, "old");
  EXPECT_EQ(quick.answers()[1].body, "new");
}

}  // namespace
}  // namespace patchbay
