#include "patchbay/http/http_proxy.hpp"

#include <gtest/gtest.h>

#include "patchbay/http/http_script_fixture.hpp"
#include "patchbay/http/http_server.hpp"

namespace patchbay {
namespace {

using Then = ScriptedReply::Then;

class Elsewhere final : public HttpHandler {
 public:
  Task<HttpResponse> answer(HttpRequest&) override { co_return HttpResponse::text("elsewhere"); }
};

struct HeardStatuses final : HttpLog {
  void answered(const HttpRequest*, const Endpoint&, const HttpAnswered& answer) override {
    all.push_back(answer.status);
  }
  std::vector<int> all;
};

// A proxy for /api in front of a scripted upstream, and clients that each send one text and read
// until the server ends.
struct Scene {
  Script script = {};
  std::vector<std::string> asks = {};
  std::string base = "/";  // path of the upstream's URL
  HttpProxyOptions options = {};
  bool leaves = false;    // the clients do not wait for an answer
  bool deserted = false;  // nobody listens where the upstream should be
  std::vector<std::string> answers = {};
  std::size_t left_in_work = 0;
  std::vector<std::string> notices = {};
  HeardStatuses log = {};
};

Task<Result<>> talk(Scene& scene, const HttpProxy& proxy, Endpoint front) {
  for (const std::string& ask : scene.asks) {
    auto stream = co_await TcpStream::connect(front);
    if (!stream) co_return stream.error();
    if (const auto sent = co_await stream->write_all(ask); !sent) co_return sent;
    std::string& answer = scene.answers.emplace_back();
    while (!scene.leaves) {
      const auto data = co_await stream->receive(Deadline::after(10s));
      if (data && !data->empty()) {
        answer += data->text();
        continue;
      }
      EXPECT_TRUE(data || data.error().fault() == Fault::closed) << data.error().describe();
      break;
    }
    if (scene.leaves) (void)co_await sleep_for(20ms);  // so that the proxy has begun
    stream->close();
    for (int turn = 0; turn < 2000 && proxy.in_work() > 0; ++turn) (void)co_await sleep_for(1ms);
  }
  scene.left_in_work = proxy.in_work();
  co_return ok();
}

Task<> run_scene(Scene& scene) {
  auto upstream = TcpListener::bind(Endpoint(IpAddress::loopback(Family::v4), 0));
  auto front = TcpListener::bind(Endpoint(IpAddress::loopback(Family::v4), 0));
  EXPECT_TRUE(upstream && front);
  if (!upstream || !front) co_return;
  scene.script.at = upstream->local();
  if (scene.deserted) upstream->close();
  scene.options.route = {.prefix = "api",
                         .upstream = *HttpUrl::parse(scene.script.url(scene.base))};
  const auto proxy = HttpProxy::make(std::make_shared<Elsewhere>(), scene.options);
  EXPECT_TRUE(proxy);
  HttpService service(**proxy, {}, &scene.log);
  const Endpoint at = front->local();
  std::vector<HttpListener> listeners;
  listeners.push_back({.socket = std::move(*front)});
  auto talking = either(serve_http(service, std::move(listeners), 0s), talk(scene, **proxy, at));
  const auto done =
      scene.deserted ? co_await std::move(talking)
                     : co_await either(serve_script(*upstream, scene.script), std::move(talking));
  EXPECT_TRUE(done) << done.error().describe();
}

void play(Scene& scene) {
  auto loop =
      Loop::make({.notice = [&scene](std::string_view text) { scene.notices.emplace_back(text); }});
  ASSERT_TRUE(loop);
  (*loop)->run(run_scene(scene));
  EXPECT_EQ(scene.left_in_work, 0U);
  EXPECT_EQ(scene.answers.size(), scene.asks.size());
  scene.answers.resize(scene.asks.size());
}

std::string hello(std::string_view fields = {}) {
  return "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n" + std::string(fields) + "\r\nhello";
}
std::string get(std::string_view target, std::string_view fields = {}) {
  return "GET " + std::string(target) + " HTTP/1.1\r\nHost: site.example\r\n" +
         "Connection: close\r\n" + std::string(fields) + "\r\n";
}
std::string body_of(const std::string& answer) {
  const std::size_t at = answer.find("\r\n\r\n");
  return at == std::string::npos ? "no head" : answer.substr(at + 4);
}
bool has(const std::string& text, std::string_view part) {
  return text.find(part) != std::string::npos;
}
// What one GET gets when the upstream says this.
std::string answer_to(std::string reply, Then then = Then::keep, std::string_view method = "GET") {
  Scene scene{.script = {.connections = {{{.bytes = std::move(reply), .then = then}}}},
              .asks = {std::string(method) + get("/api/x").substr(3)}};
  play(scene);
  return scene.answers[0];
}

const std::string k_ours =
    "X-Forwarded-For: 127.0.0.1\r\nX-Forwarded-Proto: http\r\n"
    "X-Forwarded-Host: site.example\r\nVia: 1.1 patchbay\r\n";

TEST(HttpProxy, AsksTheUpstreamForWhatIsBehindThePath) {
  Scene scene{.script = {.connections = {{{hello()}}}},
              .asks = {get("/api/a%20b?x=1&y=/api", "Accept: */*\r\n"), get("/apis")},
              .base = "/base/"};
  play(scene);
  ASSERT_EQ(scene.script.requests.size(), 1U);
  EXPECT_EQ(scene.script.requests[0],
            "GET /base/a%20b?x=1&y=/api HTTP/1.1\r\nHost: " + scene.script.at.to_string() +
                "\r\nAccept: */*\r\n" + k_ours + "\r\n");
  EXPECT_EQ(body_of(scene.answers[0]), "hello");
  EXPECT_EQ(body_of(scene.answers[1]), "elsewhere");
}

TEST(HttpProxy, DropsWhatIsOfOneConnectionAndWhatIsForged) {
  Scene scene{.script = {.connections = {{{hello("Connection: X-Hop\r\nX-Hop: 1\r\nX-Keep: 2\r\n"
                                                 "Keep-Alive: timeout=5\r\n")}}}},
              .asks = {get("/api/",
                           "Connection: X-Private\r\nX-Private: 1\r\nKeep-Alive: 5\r\n"
                           "TE: trailers\r\nUpgrade: h2c\r\nHTTP2-Settings: AAA\r\n"
                           "Proxy-Authorization: Basic eA==\r\nX-Forwarded-For: 6.6.6.6\r\n"
                           "X_Forwarded_For: 6.6.6.6\r\nForwarded: for=6.6.6.6\r\n"
                           "X-Real-IP: 6.6.6.6\r\nx-forwarded-host: evil\r\nX-Mine: yes\r\n")}};
  play(scene);
  ASSERT_EQ(scene.script.requests.size(), 1U);
  EXPECT_EQ(scene.script.requests[0], "GET / HTTP/1.1\r\nHost: " + scene.script.at.to_string() +
                                          "\r\nX-Mine: yes\r\n" + k_ours + "\r\n");
  EXPECT_TRUE(has(scene.answers[0], "X-Keep: 2\r\n"));
  EXPECT_FALSE(has(scene.answers[0], "X-Hop"));
  EXPECT_FALSE(has(scene.answers[0], "Keep-Alive"));
}

// Or an upstream that compares Origin and Host would refuse what its own pages send.
TEST(HttpProxy, MakesAPageOfThisSiteOneOfTheUpstream) {
  for (const std::string origin : {"http://site.example", "HTTP://Site.Example"}) {
    Scene scene{.script = {.connections = {{{hello()}}}},
                .asks = {get("/api/", "Origin: " + origin + "\r\n")}};
    play(scene);
    ASSERT_EQ(scene.script.requests.size(), 1U);
    const std::string own = "http://" + scene.script.at.to_string();
    EXPECT_TRUE(has(scene.script.requests[0], "\r\nOrigin: " + own + "\r\n")) << origin;
  }
  for (const std::string origin : {"https://site.example", "http://site.example:81", "null",
                                   "http://evil.example", "http://site.example.evil.example"}) {
    Scene scene{.script = {.connections = {{{hello()}}}},
                .asks = {get("/api/", "Origin: " + origin + "\r\n")}};
    play(scene);
    ASSERT_EQ(scene.script.requests.size(), 1U);
    EXPECT_TRUE(has(scene.script.requests[0], "\r\nOrigin: " + origin + "\r\n"));
  }
}

TEST(HttpProxy, FramesBodiesAnew) {
  const std::string head = "POST /api/ HTTP/1.1\r\nHost: site.example\r\nConnection: close\r\n";
  Scene scene{.script = {.connections = {{{hello()}}, {{hello()}}, {{hello()}}}},
              .asks = {head + "Content-Length: 5\r\n\r\nabcde",
                       head + "Transfer-Encoding: chunked\r\n\r\n3;x=y\r\nabc\r\n2\r\nde\r\n"
                              "0\r\nX-Trailer: 1\r\n\r\n",
                       head + "\r\n"}};
  play(scene);
  ASSERT_EQ(scene.script.requests.size(), 3U);
  EXPECT_TRUE(scene.script.requests[0].ends_with("Content-Length: 5\r\n\r\nabcde"));
  EXPECT_TRUE(scene.script.requests[1].ends_with("Transfer-Encoding: chunked\r\n\r\nabcde"));
  EXPECT_TRUE(scene.script.requests[2].ends_with("Content-Length: 0\r\n\r\n"));
  EXPECT_FALSE(has(scene.script.requests[1], "X-Trailer"));
}

TEST(HttpProxy, LetsNoSecondRequestSlipThrough) {
  const std::string head = "POST /api/ HTTP/1.1\r\nHost: site.example\r\nConnection: close\r\n";
  const std::string inner = "GET /admin HTTP/1.1\r\nHost: x\r\n\r\n";
  Scene scene{
      .script = {.connections = {{{hello()}}, {{hello()}}}},
      .asks = {head + "Content-Length: 34\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n" + inner,
               head + "Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n" + inner,
               head + "Content-Length: 3\r\nContent-Length: 34\r\n\r\n" + inner,
               head + "Content-Length: +34\r\n\r\n" + inner,
               head + "Transfer-Encoding : chunked\r\n\r\n0\r\n\r\n" + inner,
               head + "Connection: Content-Length\r\nContent-Length: " +
                   std::to_string(inner.size()) + "\r\n\r\n" + inner,
               head + "Content_Length: 3\r\nTransfer_Encoding: chunked\r\nContent-Length: " +
                   std::to_string(inner.size()) + "\r\n\r\n" + inner}};
  play(scene);
  ASSERT_EQ(scene.script.requests.size(), 2U);
  for (const std::string& request : scene.script.requests) {
    EXPECT_TRUE(
        request.ends_with("Content-Length: " + std::to_string(inner.size()) + "\r\n\r\n" + inner))
        << request;
    EXPECT_FALSE(has(request, "_"));
  }
  for (std::size_t i = 0; i < 5; ++i) {
    EXPECT_TRUE(scene.answers[i].starts_with("HTTP/1.1 400 ") ||
                scene.answers[i].starts_with("HTTP/1.1 501 "))
        << i << scene.answers[i];
  }
}

TEST(HttpProxy, BringsAnswersBackAsTheyAre) {
  EXPECT_TRUE(has(answer_to(hello()), "Content-Length: 5\r\n"));
  const std::string chunked = answer_to(
      "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nSet-Cookie: a\r\nSet-Cookie: b\r\n\r\n"
      "5\r\nhello\r\n0\r\n\r\n");
  EXPECT_TRUE(has(chunked, "Set-Cookie: a\r\nSet-Cookie: b\r\n"));
  EXPECT_EQ(body_of(chunked), "5\r\nhello\r\n0\r\n\r\n");
  EXPECT_EQ(body_of(answer_to("HTTP/1.0 200 OK\r\n\r\nhello", Then::close)),
            "5\r\nhello\r\n0\r\n\r\n");
  EXPECT_TRUE(
      answer_to("HTTP/1.1 418 Teapot\r\nContent-Length: 0\r\n\r\n").starts_with("HTTP/1.1 418 "));
  EXPECT_TRUE(has(answer_to("HTTP/1.1 100 Continue\r\n\r\n" + hello()), "HTTP/1.1 200 OK"));
}

TEST(HttpProxy, KnowsAnswersWithoutABody) {
  const std::string head =
      answer_to("HTTP/1.1 200 OK\r\nContent-Length: 77\r\n\r\n", Then::keep, "HEAD");
  EXPECT_TRUE(has(head, "Content-Length: 77\r\n"));
  EXPECT_EQ(body_of(head), "");
  for (const std::string status : {"204", "304"}) {
    const std::string answer = answer_to("HTTP/1.1 " + status + " X\r\nETag: \"1\"\r\n\r\n");
    EXPECT_TRUE(answer.starts_with("HTTP/1.1 " + status));
    EXPECT_TRUE(has(answer, "ETag: \"1\"\r\n"));
    EXPECT_FALSE(has(answer, "Content-Length"));
    EXPECT_EQ(body_of(answer), "");
  }
}

TEST(HttpProxy, ACutAnswerStaysCut) {
  const std::string counted =
      answer_to("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhello", Then::close);
  EXPECT_TRUE(has(counted, "Content-Length: 10\r\n"));
  EXPECT_EQ(body_of(counted), "hello");
  const std::string chunked =
      answer_to("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n", Then::close);
  EXPECT_EQ(body_of(chunked), "5\r\nhello\r\n");
}

TEST(HttpProxy, SaysWhatIsWrongBehindIt) {
  EXPECT_TRUE(answer_to("SSH-2.0-x\r\n").starts_with("HTTP/1.1 502 "));
  EXPECT_TRUE(answer_to("", Then::close).starts_with("HTTP/1.1 502 "));
  EXPECT_TRUE(answer_to("HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\n\r\n")
                  .starts_with("HTTP/1.1 502 "));
  Scene nobody{.asks = {get("/api/")}, .deserted = true};
  play(nobody);
  EXPECT_TRUE(nobody.answers[0].starts_with("HTTP/1.1 502 "));
  Scene silent{.script = {.connections = {{}}}, .asks = {get("/api/")}};
  silent.options.answer_time = 20ms;
  play(silent);
  EXPECT_TRUE(silent.answers[0].starts_with("HTTP/1.1 504 "));
  Scene full{.asks = {get("/api/")}};
  full.options.most_at_once = 0;
  play(full);
  EXPECT_TRUE(full.answers[0].starts_with("HTTP/1.1 503 "));
  EXPECT_EQ(full.script.accepted, 0U);
  Scene traced{.asks = {"TRACE" + get("/api/").substr(3)}};
  play(traced);
  EXPECT_TRUE(traced.answers[0].starts_with("HTTP/1.1 501 "));
}

// Its clients hear nothing of where the upstream is.
TEST(HttpProxy, TellsWhoRunsItWhyThereIsNoAnswer) {
  Scene nobody{.asks = {get("/api/"), get("/api/")}, .deserted = true};
  play(nobody);
  ASSERT_EQ(nobody.notices.size(), 1U);  // and not for each request
  EXPECT_TRUE(has(nobody.notices[0], "/api")) << nobody.notices[0];
  EXPECT_TRUE(has(nobody.notices[0], nobody.script.at.to_string())) << nobody.notices[0];
  EXPECT_FALSE(has(nobody.answers[0], nobody.script.at.to_string()));
  Scene broken{.script = {.connections = {{{.bytes = "SSH-2.0-x\r\n"}}}}, .asks = {get("/api/")}};
  play(broken);
  EXPECT_EQ(broken.notices.size(), 1U);
  Scene fine{.script = {.connections = {{{hello()}}}}, .asks = {get("/api/")}};
  play(fine);
  EXPECT_TRUE(fine.notices.empty());
}

TEST(HttpProxy, PassesNoControlCharactersOn) {
  Scene scene{.asks = {get("/api/a%09b")}};
  play(scene);
  EXPECT_TRUE(scene.answers[0].starts_with("HTTP/1.1 400 "));
  EXPECT_EQ(scene.script.accepted, 0U);
}

TEST(HttpProxy, CountsHowFarAnOptionsMayGo) {
  const auto options = [](std::string_view fields) {
    return "OPTIONS" + get("/api/x", fields).substr(3);
  };
  Scene scene{.script = {.connections = {{{hello()}, {hello()}, {hello()}, {hello()}}}},
              .asks = {options("Max-Forwards: 0\r\n"), options("max-forwards: 7\r\n"),
                       options("Max-Forwards: 1\r\n"), options("Max-Forwards: x\r\n"),
                       get("/api/x", "Max-Forwards: 0\r\n")}};
  play(scene);
  ASSERT_EQ(scene.script.requests.size(), 4U);
  EXPECT_TRUE(scene.answers[0].starts_with("HTTP/1.1 204 "));
  EXPECT_TRUE(has(scene.script.requests[0], "\r\nMax-Forwards: 6\r\n"));
  EXPECT_FALSE(has(scene.script.requests[0], "max-forwards"));
  EXPECT_TRUE(has(scene.script.requests[1], "\r\nMax-Forwards: 0\r\n"));
  EXPECT_FALSE(has(scene.script.requests[2], "Max-Forwards"));
  EXPECT_TRUE(has(scene.script.requests[3], "\r\nMax-Forwards: 0\r\n")) << "is of OPTIONS only";
}

TEST(HttpProxy, UsesAConnectionAgain) {
  Scene scene{.script = {.connections = {{{hello()}, {hello()}}, {{hello()}}}},
              .asks = {get("/api/1"), get("/api/2"), "POST" + get("/api/3").substr(3)}};
  play(scene);
  EXPECT_EQ(scene.script.requests.size(), 3U);
  EXPECT_EQ(scene.script.accepted, 2U);  // what cannot be repeated has its own
}

TEST(HttpProxy, AsksOnceMoreWhenAKeptConnectionHasEnded) {
  Scene scene{.script = {.connections = {{{.bytes = hello(), .then = Then::close}}, {{hello()}}}},
              .asks = {get("/api/1"), get("/api/2")}};
  play(scene);
  EXPECT_EQ(scene.script.accepted, 2U);
  EXPECT_EQ(body_of(scene.answers[1]), "hello");
}

TEST(HttpProxy, PassesOnAnAnswerThatComesBeforeTheBody) {
  Scene scene{
      .script = {.connections = {{{.bytes = "HTTP/1.1 413 No\r\nContent-Length: 3\r\n\r\nbig",
                                   .at_once = true}}}},
      .asks = {"POST /api/ HTTP/1.1\r\nHost: a\r\nContent-Length: 1000000\r\n\r\nabc"}};
  play(scene);
  EXPECT_TRUE(scene.answers[0].starts_with("HTTP/1.1 413 "));
  EXPECT_EQ(body_of(scene.answers[0]), "big");
}

TEST(HttpProxy, AClientThatLeavesInItsBodyEndsTheRequest) {
  Scene scene{.script = {.connections = {{{hello()}}}},
              .asks = {"POST /api/ HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\nabc"},
              .leaves = true};
  play(scene);
  EXPECT_EQ(scene.script.accepted, 1U);
  EXPECT_TRUE(scene.script.requests.empty());
  EXPECT_EQ(scene.log.all, std::vector{499});
}

TEST(HttpProxy, AClientThatLeavesEndsTheRequestToAnUpstreamThatThinks) {
  Scene scene{.script = {.connections = {{{.bytes = ""}}}}, .asks = {get("/api/")}, .leaves = true};
  play(scene);
  EXPECT_EQ(scene.script.requests.size(), 1U);
  EXPECT_EQ(scene.log.all, std::vector{499});
  EXPECT_TRUE(scene.notices.empty());
}

TEST(HttpProxy, AClientThatLeavesEndsAnAnswerThatDoesNotGoOn) {
  Scene scene{.script = {.connections = {{{"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhel"}}}},
              .asks = {get("/api/")},
              .leaves = true};
  play(scene);
  EXPECT_EQ(scene.script.requests.size(), 1U);
  EXPECT_EQ(scene.log.all, std::vector{200});  // which was sent
}

TEST(HttpProxy, NamesTheProtocolThatAnUpstreamInsistsOn) {
  const std::string head = "HTTP/1.1 426 No\r\nContent-Length: 0\r\nConnection: Upgrade\r\n";
  const std::string ours = answer_to(head + "Upgrade: websocket\r\n\r\n");
  EXPECT_TRUE(ours.starts_with("HTTP/1.1 426 "));
  EXPECT_TRUE(has(ours, "\r\nUpgrade: websocket\r\n"));
  EXPECT_TRUE(has(ours, "\r\nConnection: close, Upgrade\r\n"));
  EXPECT_TRUE(answer_to(head + "Upgrade: h2c\r\n\r\n").starts_with("HTTP/1.1 502 "));
}

TEST(HttpProxy, AWebSocketBecomesATunnel) {
  const std::string fields =
      "Upgrade: websocket\r\nSec-WebSocket-Key: AQIDBAUGBwgJCgsMDQ4PEA==\r\n"
      "Sec-WebSocket-Version: 13\r\n";
  Scene scene{.script = {.connections = {{{.bytes = "HTTP/1.1 101 Switching Protocols\r\nUpgrade: "
                                                    "websocket\r\nConnection: Upgrade\r\n"
                                                    "Sec-WebSocket-Accept: x\r\n\r\nfirst",
                                           .then = Then::close}}}},
              .asks = {"GET /api/ws HTTP/1.1\r\nHost: site.example\r\nConnection: Upgrade\r\n" +
                       fields + "\r\n"}};
  scene.options.idle = 50ms;
  play(scene);
  ASSERT_EQ(scene.script.requests.size(), 1U);
  EXPECT_TRUE(has(scene.script.requests[0], "GET /ws HTTP/1.1\r\n"));
  EXPECT_TRUE(
      scene.script.requests[0].ends_with("Connection: Upgrade\r\nUpgrade: websocket\r\n\r\n"));
  EXPECT_TRUE(has(scene.script.requests[0], "Sec-WebSocket-Key: AQID"));
  EXPECT_TRUE(scene.answers[0].starts_with("HTTP/1.1 101 "));
  EXPECT_TRUE(has(scene.answers[0], "Upgrade: websocket\r\n"));
  EXPECT_TRUE(has(scene.answers[0], "Sec-WebSocket-Accept: x\r\n"));
  EXPECT_EQ(body_of(scene.answers[0]), "first");
}

// --- the route alone -----------------------------------------------------------------------------

HttpProxyRoute route_to(std::string_view url, std::string prefix = "api") {
  return {.prefix = std::move(prefix), .upstream = *HttpUrl::parse(url)};
}

TEST(HttpProxyRoute, CoversAPathHoweverItIsEscaped) {
  const auto target = [](std::string_view path, std::string_view url = "http://up:1/") {
    const HttpProxyRoute route = route_to(url);
    HttpRequest request;
    request.path = path;
    return route.covers(request) ? route.target_for(request) : std::string("not covered");
  };
  EXPECT_EQ(target("/api"), "/");
  EXPECT_EQ(target("/api", "http://up/base"), "/base");
  EXPECT_EQ(target("/api/", "http://up/base"), "/base/");
  EXPECT_EQ(target("/%61pi/a%2eb"), "/a%2eb");
  EXPECT_EQ(target("/api/x/../y/"), "/y/");
  EXPECT_EQ(target("/x/%2E%2e/api/./y%20z"), "/y%20z");
  EXPECT_EQ(target("/api/..\\..\\x"), "/..%5C..%5Cx");
  for (const std::string_view path : {"/apis", "/ap", "/", "/API", "/api/../x", "/api//x",
                                      "/api%2Fx", "//api", "/api/%", "/api/../../api", "*"}) {
    EXPECT_EQ(target(path), "not covered") << path;
  }
}

TEST(HttpProxyRoute, BringsLocationsBelowThePath) {
  const HttpProxyRoute route = route_to("http://up:3000/base");
  const auto mapped = [&](std::string_view location) {
    return route.location_for_client("/base/a/b", location);
  };
  EXPECT_EQ(mapped("http://up:3000/base/x?y=1#z"), "/api/x?y=1#z");
  EXPECT_EQ(mapped("/base/x"), "/api/x");
  EXPECT_EQ(mapped("/base"), "/api");
  EXPECT_EQ(mapped("c"), "/api/a/c");
  EXPECT_EQ(mapped("../c"), "/api/c");
  EXPECT_EQ(mapped("/other"), "/other");
  EXPECT_EQ(mapped("/based"), "/based");
  EXPECT_EQ(mapped("https://up:3000/base/x"), "https://up:3000/base/x");
  EXPECT_EQ(mapped("http://elsewhere/base/x"), "http://elsewhere/base/x");
  EXPECT_EQ(route_to("http://up/", "").location_for_client("/", "http://up//evil/x"), "/.//evil/x");
  EXPECT_EQ(route_to("http://up/", "").location_for_client("/", "/x"), "/x");
}

TEST(HttpProxyRoute, NoticesCircles) {
  std::string via = "1.1 patchbay";
  HttpRequest request;
  request.fields.add("Via", via);
  EXPECT_FALSE(goes_in_circles(request));
  for (int i = 0; i < 19; ++i) via += ", 1.1 patchbay";
  request.fields.clear();
  request.fields.add("Via", via);
  EXPECT_TRUE(goes_in_circles(request));
}

}  // namespace
}  // namespace patchbay
