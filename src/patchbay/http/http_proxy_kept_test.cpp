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

std::shared_ptr<HttpProxy> proxy_to_upstream(HttpProxyOptions options) {
  options.route = {.prefix = "", .upstream = *HttpUrl::parse("http://10.0.0.1:3000/")};
  return *HttpProxy::make(std::make_shared<HttpRouter>(), std::move(options));
}

// A proxy, and its upstream on the same host.
struct KeptWorld {
  explicit KeptWorld(std::vector<std::vector<ScriptedReply>> connections,
                     HttpProxyOptions options = {})
      : proxy(proxy_to_upstream(std::move(options))) {
    script.connections = std::move(connections);
    it.pair.server.serve(serve_upstream(script));
  }
  ~KeptWorld() { proxy.reset(); }  // what it keeps is of the world
  Script script;
  std::shared_ptr<HttpProxy> proxy;
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

// Nobody asks any more, and the upstream is let go all the same.
TEST(HttpProxyKept, IdleConnectionsAreClosedInTime) {
  const auto sweeper = std::make_shared<HttpPoolSweeper>();
  KeptWorld it({{says("one"), says("two")}}, {.kept_for = 30s, .sweeper = sweeper});
  it.it.pair.server.serve(sweeper->run());
  std::size_t before = 9, behind = 9;
  it.it.client({{.bytes = get_of("/1")},
                {.bytes = get_of("/2"), .after = 20s},
                {.after = 29s, .meanwhile = [&] { before = it.script.left; }},
                {.after = 2s, .meanwhile = [&] { behind = it.script.left; }, .ends = true}});
  it.it.run();
  EXPECT_EQ(it.script.accepted, 1U);
  EXPECT_EQ(before, 0U);
  EXPECT_EQ(behind, 1U);
}

// --- Max-Forwards (RFC 9110 section 7.6.2) -------------------------------------------------------

TEST(HttpProxy, CountsHowFarAnOptionsMayGo) {
  const auto ask_options = [](KeptWorld& it, const std::string& lines, std::string_view method) {
    return it.it.hear(get_of("/x", lines + std::string(k_last), method)).only();
  };
  KeptWorld none({});
  EXPECT_EQ(ask_options(none, "Max-Forwards: 0\r\n", "OPTIONS").status, 204);
  EXPECT_EQ(none.script.accepted, 0U);
  KeptWorld two({{says("up")}});
  EXPECT_EQ(ask_options(two, "Max-Forwards: 2\r\n", "OPTIONS").body, "up");
  ASSERT_EQ(two.script.requests.size(), 1U);
  EXPECT_NE(two.script.requests[0].find("\r\nMax-Forwards: 1\r\n"), std::string::npos);
  // It is of no meaning to others.
  KeptWorld other({{says("up")}});
  EXPECT_EQ(ask_options(other, "Max-Forwards: 0\r\n", "GET").body, "up");
}

}  // namespace
}  // namespace patchbay
