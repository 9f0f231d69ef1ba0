// Which connections to an upstream are kept, and for how long.
#include "patchbay/http/http_proxy.hpp"
#include "patchbay/http/http_script_fixture.hpp"
#include "patchbay/http/http_world_fixture.hpp"

namespace patchbay {
namespace {

constexpr std::uint16_t k_upstream_port = 3000;
constexpr std::string_view k_last = "Connection: close\r\n";

Task<Result<>> serve_upstream(Script& script) {
  auto listener = TcpListener::bind(Endpoint(IpAddress::any(Family::v4), k_upstream_port));
  if (!listener) co_return listener.error();
  co_return co_await serve_script(*listener, script);
}

std::shared_ptr<HttpProxy> proxy_to_upstream(HttpProxyOptions options = {}) {
  options.route = {.prefix = "", .upstream = *HttpUrl::parse("http://10.0.0.1:3000/")};
  return *HttpProxy::make(std::make_shared<HttpRouter>(), std::move(options));
}

// A proxy, and its upstream on the same host.
struct KeptWorld {
  explicit KeptWorld(std::vector<std::vector<ScriptedReply>> connections) {
    script.connections = std::move(connections);
    it.pair.server.serve(serve_upstream(script));
  }
  ~KeptWorld() { proxy.reset(); }  // what it keeps is of the world
  Script script;
  std::shared_ptr<HttpProxy> proxy = proxy_to_upstream();
  HttpWorld it{*proxy};
};

ScriptedReply says(std::string body, std::string unasked = {}) {
  return {.bytes = "HTTP/1.1 200 OK\r\nContent-Length: " + std::to_string(body.size()) +
                   "\r\n\r\n" + body,
          .unasked = std::move(unasked)};
}

// RFC 9112 section 9.2: it could be an answer that was made for another user.
TEST(HttpProxyKept, BytesThatNobodyAskedForAreNoAnswer) {
  const ScriptedReply of_head = {.bytes = "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n",
                                 .unasked = says("bad").bytes};
  KeptWorld it({{of_head, says("later")}, {says("good")}});
  const HttpHeard heard = it.it.hear(
      {{.bytes = get_of("/a", {}, "HEAD")}, {.bytes = get_of("/b", k_last), .after = 1s}});
  const auto answers = heard.answers(1);
  ASSERT_EQ(answers.size(), 2U);
  EXPECT_EQ(answers[1].body, "good");
  EXPECT_EQ(it.script.accepted, 2U);
}

// A length that was counted in characters.
TEST(HttpProxyKept, WhatIsBehindALongBodyIsNoAnswer) {
  KeptWorld it({{says(std::string(200'000, 'x'), says("bad").bytes)}, {says("good")}});
  const HttpHeard heard =
      it.it.hear({{.bytes = get_of("/a")}, {.bytes = get_of("/b", k_last), .after = 1s}});
  ASSERT_EQ(heard.answers().size(), 2U);
  EXPECT_EQ(heard.answers()[1].body, "good");
}

TEST(HttpProxyKept, AConnectionIsUsedAgainAsLongAsItIsQuiet) {
  KeptWorld it({{says("one"), says("two"), says("three")}});
  const HttpHeard heard = it.it.hear({{.bytes = get_of("/1")},
                                      {.bytes = get_of("/2"), .after = 1s},
                                      {.bytes = get_of("/3", k_last), .after = 1s}});
  EXPECT_EQ(heard.answers().size(), 3U);
  EXPECT_EQ(it.script.accepted, 1U);
}

}  // namespace
}  // namespace patchbay
