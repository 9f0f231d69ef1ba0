// What a client of HTTP/2 hears while nobody waits for an answer, if somebody watches.
#include "patchbay/http/http2_script_fixture.hpp"
#include "patchbay/http/http2_site_fixture.hpp"
#include "patchbay/net/group.hpp"

namespace patchbay {
namespace {

constexpr std::size_t k_most = 1 << 20;

std::string hello(std::uint32_t id) { return http2_head(id) + http2_data(id, "hello"); }

HttpClientOptions over_http2() { return {.versions = HttpVersions::http2}; }

Task<Result<>> ask(HttpClient& client, std::string url, std::string method = "GET") {
  auto answer = co_await client.send({.method = method, .url = *HttpUrl::parse(url)});
  if (!answer) co_return answer.error();
  const auto text = co_await answer->text(k_most);
  if (!text) co_return text.error();
  EXPECT_EQ(*text, "hello");
  co_return ok();
}

// What there was when the client had asked, and been idle for a while.
struct Seen {
  std::size_t kept = 0;
  std::size_t left = 0;
  std::size_t pongs = 0;
  std::size_t left_later = 0;  // when it had asked again
};

Task<Result<>> ask_twice(HttpClient& client, std::string url, Http2Script& script, Duration pause,
                         Seen& seen) {
  if (const auto asked = co_await ask(client, url); !asked) co_return asked;
  if (const auto slept = co_await sleep_for(pause); !slept) co_return slept;
  seen = {.kept = client.kept_connections(), .left = script.left, .pongs = script.pongs};
  script.afterwards.clear();
  const auto asked = co_await ask(client, url);
  seen.left_later = script.left;
  co_return asked;
}

Task<Result<>> visit(std::string url, Http2Script& script, Duration pause, Seen& seen) {
  HttpClient client(over_http2());
  co_return co_await either(ask_twice(client, url, script, pause, seen), client.watch());
}

Seen be_idle(Http2Script& script, Duration pause = 5s) {
  Http2ScriptWorld it(script);
  Seen seen;
  it.run(visit(it.url(), script, pause, seen));
  return seen;
}

Http2Script script_with(std::string afterwards) {
  return {.reply = [](auto id, auto) { return hello(id); }, .afterwards = std::move(afterwards)};
}

TEST(Http2ClientIdle, AnswersAPing) {
  Http2Script script = script_with(http2_frame(NGHTTP2_PING, 0, 0, "12345678"));
  const Seen seen = be_idle(script);
  EXPECT_EQ(seen.pongs, 1U);
  EXPECT_EQ(seen.kept, 1U);
  EXPECT_EQ(script.connections, 1U);
}

// What cannot be repeated shares a connection whose end would have been noticed.
Task<Result<>> post_twice(HttpClient& client, std::string url) {
  if (const auto asked = co_await ask(client, url, "POST"); !asked) co_return asked;
  if (const auto slept = co_await sleep_for(5s); !slept) co_return slept;
  co_return co_await ask(client, url, "POST");
}
Task<Result<>> post_unwatched(std::string url) {
  HttpClient client(over_http2());
  co_return co_await post_twice(client, url);
}
Task<Result<>> post_watched(std::string url) {
  HttpClient client(over_http2());
  co_return co_await either(post_twice(client, url), client.watch());
}

TEST(Http2ClientIdle, IsThereForWhatCannotBeRepeatedWhereItIsWatched) {
  for (const bool watched : {false, true}) {
    Http2Script script = script_with("");
    Http2ScriptWorld it(script);
    it.run(watched ? post_watched(it.url()) : post_unwatched(it.url()));
    EXPECT_EQ(script.connections, watched ? 1U : 2U);
  }
}

TEST(Http2ClientIdle, ClosesWhereTheServerGoesAway) {
  for (const std::uint32_t last : {1U, 0x7fffffffU}) {
    Http2Script script = script_with(http2_goaway(last, NGHTTP2_NO_ERROR));
    const Seen seen = be_idle(script);
    EXPECT_EQ(seen.kept, 0U);
    EXPECT_EQ(seen.left, 1U);
    EXPECT_EQ(script.connections, 2U);
    EXPECT_EQ(script.requests, 2U);  // none of them in vain
  }
}

TEST(Http2ClientIdle, ForgetsWhatTheServerHasClosed) {
  Http2Script script = script_with("");
  script.closes_after = 1;
  script.lingers = true;
  const Seen seen = be_idle(script);
  EXPECT_EQ(seen.kept, 0U);
  EXPECT_EQ(seen.left, 1U);  // it has closed its socket as well
  EXPECT_EQ(script.connections, 2U);
}

TEST(Http2ClientIdle, EndsAFlood) {
  std::string flood;
  for (int i = 0; i < 2000; ++i) flood += http2_frame(NGHTTP2_PING, 0, 0, "12345678");
  Http2Script script = script_with(std::move(flood));
  EXPECT_EQ(be_idle(script).kept, 0U);
  EXPECT_EQ(script.connections, 2U);
}

TEST(Http2ClientIdle, EndsWhereTheRulesAreBroken) {
  Http2Script script = script_with(http2_data(7, "what is this"));
  const Seen seen = be_idle(script);
  EXPECT_EQ(seen.kept, 0U);
  EXPECT_EQ(seen.left, 1U);
}

// Nobody else would close it: whoever watches has a part in it.
TEST(Http2ClientIdle, WhatIsTooOldIsClosed) {
  Http2Script script = script_with("");
  const Seen seen = be_idle(script, over_http2().kept_for + 10s);
  EXPECT_EQ(seen.left, 0U);
  EXPECT_EQ(seen.kept, 0U);
  EXPECT_EQ(seen.left_later, 1U);
  EXPECT_EQ(script.connections, 2U);
}

Task<Result<>> sleep_a_while(Duration duration) { co_return co_await sleep_for(duration); }

// The first watch ends while the connection lives, the second one meets it idle.
Task<Result<>> watch_now_and_then(std::string url, Http2Script& script) {
  HttpClient client(over_http2());
  auto asked = co_await either(ask(client, url), client.watch());
  if (!asked) co_return asked;
  if (const auto slept = co_await sleep_for(5s); !slept) co_return slept;
  EXPECT_EQ(script.pongs, 0U);
  const auto watched = co_await either(sleep_a_while(1s), client.watch());
  if (!watched) co_return watched;
  EXPECT_EQ(script.pongs, 1U);
  script.afterwards.clear();
  co_return co_await ask(client, url);
}

TEST(Http2ClientIdle, AWatchMayEndAndAnotherBegin) {
  Http2Script script = script_with(http2_frame(NGHTTP2_PING, 0, 0, "12345678"));
  Http2ScriptWorld it(script);
  it.run(watch_now_and_then(it.url(), script));
  EXPECT_EQ(script.connections, 1U);
}

// Lets the client fill its window, and opens all of it at once.
struct Sluggish final : HttpHandler {
  Task<HttpResponse> answer(HttpRequest& request) override {
    std::string piece(k_most, '\0');
    std::size_t total = 0;
    for (;;) {
      if (!co_await sleep_for(1500ms)) break;
      const auto got = co_await request.body->read(std::as_writable_bytes(std::span(piece)), {});
      if (!got || *got == 0) break;
      total += *got;
    }
    co_return HttpResponse::text(std::to_string(total));
  }
};

Task<Result<>> watch_for(HttpClient& client, Duration time) {
  co_return co_await either(sleep_a_while(time), client.watch());
}
// After a while, in which whoever watches begins to read.
Task<Result<>> send_a_body(HttpClient& client, std::string url) {
  if (const auto slept = co_await sleep_for(100ms); !slept) co_return slept;
  HttpClientRequest put{.method = "PUT", .url = *HttpUrl::parse(url)};
  put.body = std::string(200'000, 'x');
  auto answer = co_await client.send(std::move(put));
  if (!answer) co_return answer.error();
  EXPECT_EQ((co_await answer->text(k_most)).value_or("?"), "200000");
  co_return ok();
}
Task<Result<>> send_bodies(std::string url) {
  HttpClientOptions options = over_http2();
  options.connect.stream.send_buffer_bytes = 4096;
  HttpClient client(std::move(options));
  for (int i = 0; i < 30; ++i) {
    const auto sent =
        co_await both(send_a_body(client, url), watch_for(client, (1600 + 40 * i) * 1ms));
    if (!sent) co_return sent;
  }
  co_return ok();
}

// Whoever watches writes for others as well, here whenever the window is opened: what it has begun
// is theirs.
TEST(Http2ClientIdle, AWatchThatEndsCutsNothing) {
  sim::World world{1};
  sim::Pair pair{world, {.delay = 10ms, .rate_bits_per_second = 2'000'000}};
  Sluggish site;
  HttpService service(site, {.window_bytes = 60'000});
  pair.server.serve(http2_site(service));
  pair.client.run(send_bodies("http://" + pair.server.address().to_string() + "/"));
  sim::run(world);
}

}  // namespace
}  // namespace patchbay
