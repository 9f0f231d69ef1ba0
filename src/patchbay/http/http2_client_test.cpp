// The HTTP client over HTTP/2, with our own server at the other end.
#include <set>

#include "patchbay/http/http2_site_fixture.hpp"
#include "patchbay/http/http_client.hpp"
#include "patchbay/net/group.hpp"

namespace patchbay {
namespace {

constexpr std::size_t k_most = 8 << 20;

struct Stuck final : HttpSource {
  Task<Result<std::size_t>> read(std::span<std::byte>, Deadline deadline) override {
    Event never;
    const auto waited = co_await never.wait(deadline);
    co_return waited.error();
  }
};

// The site of the fixture, where redirects and connections can be seen.
class Seen final : public HttpHandler {
 public:
  explicit Seen(HttpHandler& inner) : inner_(inner) {}
  std::optional<HttpResponse> answer_now(HttpRequest& request) override {
    connections.insert(request.peer);
    ++requests;
    last_fields.clear();
    for (const HttpField& field : request.fields) {
      last_fields += std::string(field.name) + ": " + std::string(field.value) + "\n";
    }
    if (request.path == "/moved") return HttpResponse(302).add("Location", "/count");
    if (request.path == "/kept") return HttpResponse(307).add("Location", "/count");
    if (request.path == "/still") {
      return HttpResponse::stream("text/plain", std::make_shared<Stuck>());
    }
    return inner_.answer_now(request);
  }
  Task<HttpResponse> answer(HttpRequest& request) override { return inner_.answer(request); }

  std::set<Endpoint> connections;
  std::string last_fields;
  int requests = 0;

 private:
  HttpHandler& inner_;
};

struct Scene {
  explicit Scene(HttpLimits limits = {}) : service(seen, limits) {
    pair.server.serve(http2_site(service));
  }
  // Runs `talk` with a client and the site's URL.
  template <class... Parameters, class... Arguments>
  void run(Task<Result<>> (*talk)(HttpClient&, std::string, Parameters...),
           Arguments... arguments) {
    pair.client.run(visit<Parameters...>("http://" + pair.server.address().to_string(), options,
                                         talk, arguments...));
    took = sim::run(world);
    EXPECT_EQ(site.running, 0);
  }
  template <class... Parameters>
  static Task<Result<>> visit(std::string url, HttpClientOptions options,
                              Task<Result<>> (*talk)(HttpClient&, std::string, Parameters...),
                              std::type_identity_t<Parameters>... arguments) {
    HttpClient client(std::move(options));
    co_return co_await talk(client, url, arguments...);
  }

  sim::World world{1};
  sim::Pair pair{world};
  Http2Site site;
  Seen seen{site};
  HttpService service;
  HttpClientOptions options = {.versions = HttpVersions::http2};
  Duration took{};
};

HttpClientRequest request_to(std::string url, std::string method = "GET") {
  return {.method = std::move(method), .url = *HttpUrl::parse(url)};
}

// The body, which must come whole.
Task<Result<std::string>> ask(HttpClient& client, HttpClientRequest request) {
  auto answer = co_await client.send(std::move(request));
  if (!answer) co_return answer.error();
  EXPECT_EQ(answer->version(), "2");
  co_return co_await answer->text(k_most);
}

// --- answers -------------------------------------------------------------------------------------

Task<Result<>> get_a_page(HttpClient& client, std::string url) {
  auto answer = co_await client.get(url + "/?a=b");
  if (!answer) co_return answer.error();
  EXPECT_EQ(answer->status, 200);
  EXPECT_EQ(answer->version(), "2");
  EXPECT_EQ(answer->reason, "");
  EXPECT_EQ(answer->field("Content-Type"), "text/plain; charset=utf-8");
  EXPECT_EQ(answer->body_bytes, 6U);
  EXPECT_FALSE(answer->kept_connection);
  EXPECT_GT(answer->times.first_byte, 0ms);
  EXPECT_EQ((co_await answer->text(k_most)).value_or("?"), "hello\n");
  co_return ok();
}

TEST(HttpClientOverHttp2, GetsAPage) {
  Scene it;
  it.run(get_a_page);
  EXPECT_EQ(it.site.last_query, "a=b");
  EXPECT_EQ(it.site.last_host, it.pair.server.address().to_string());
  EXPECT_EQ(it.seen.last_fields, "user-agent: patchbay\naccept: */*\naccept-encoding: identity\n");
}

Task<Result<>> get_each_kind(HttpClient& client, std::string url) {
  const std::pair<const char*, std::string> all[] = {
      {"/big", sim::pattern(200'000)},
      {"/empty", ""},
      {"/none", ""},
      {"/file", sim::pattern(200'000).substr(1000, 150'000)},
      {"/source", sim::pattern(50'000)},
      {"/sized", sim::pattern(50'000)},
      {"/later", "later\n"}};
  for (const auto& [path, content] : all) {
    const auto text = co_await ask(client, request_to(url + path));
    if (!text) co_return text.error();
    EXPECT_TRUE(*text == content) << path;
  }
  EXPECT_EQ(client.kept_connections(), 1U);
  co_return ok();
}

TEST(HttpClientOverHttp2, ReadsEachKindOfBodyOverOneConnection) {
  Scene it;
  it.run(get_each_kind);
  EXPECT_EQ(it.seen.connections.size(), 1U);
}

TEST(HttpClientOverHttp2, KeepsToASmallWindow) {
  Scene it;
  it.options.limits.window_bytes = 1000;
  it.run(get_each_kind);
}

Task<Result<>> head(HttpClient& client, std::string url) {
  for (const char* path : {"/big", "/source"}) {
    auto answer = co_await client.send(request_to(url + path, "HEAD"));
    if (!answer) co_return answer.error();
    EXPECT_EQ(answer->body_bytes, 0U);
    EXPECT_EQ(answer->field("content-length"), answer->url.path() == "/big" ? "200000" : "");
    EXPECT_EQ((co_await answer->text(k_most)).value_or("?"), "");
  }
  co_return ok();
}

TEST(HttpClientOverHttp2, AsksForAHead) {
  Scene it;
  it.run(head);
  EXPECT_EQ(it.seen.connections.size(), 1U);
}

Task<Result<>> get_a_part_that_breaks(HttpClient& client, std::string url) {
  const auto text = co_await ask(client, request_to(url + "/short-file"));
  EXPECT_FALSE(text);
  co_return ok();
}

TEST(HttpClientOverHttp2, ABodyThatBreaksOffIsNoBody) { Scene().run(get_a_part_that_breaks); }

Task<Result<>> be_led(HttpClient& client, std::string url) {
  HttpClientRequest posted = request_to(url + "/moved", "POST");
  posted.body = "text";
  auto moved = co_await client.send(posted);
  if (!moved) co_return moved.error();
  EXPECT_EQ(moved->method, "GET");
  EXPECT_EQ(moved->hops.size(), 1U);
  EXPECT_EQ(moved->hops[0].version(), "2");
  EXPECT_EQ((co_await moved->text(k_most)).value_or("?"), "0");
  posted.url = *HttpUrl::parse(url + "/kept");
  auto kept = co_await client.send(posted);
  if (!kept) co_return kept.error();
  EXPECT_EQ((co_await kept->text(k_most)).value_or("?"), "4");
  co_return ok();
}

TEST(HttpClientOverHttp2, FollowsRedirects) { Scene().run(be_led); }

// --- bodies of requests --------------------------------------------------------------------------

Task<Result<>> send_bodies(HttpClient& client, std::string url) {
  HttpClientRequest put = request_to(url + "/count", "PUT");
  put.body = std::string(3'000'000, 'x');
  EXPECT_EQ((co_await ask(client, put)).value_or("?"), "3000000");
  put.body = std::string();
  EXPECT_EQ((co_await ask(client, put)).value_or("?"), "0");
  put.body = {};
  EXPECT_EQ((co_await ask(client, put)).value_or("?"), "0");
  for (const bool tells : {true, false}) {
    PatternSource source(700'000, tells);
    put.body = &source;
    EXPECT_EQ((co_await ask(client, put)).value_or("?"), "700000");
  }
  co_return ok();
}

TEST(HttpClientOverHttp2, SendsBodies) { Scene().run(send_bodies); }

// The last piece is long on its way, and nothing comes meanwhile, when the source says that it was
// the last.
struct Pausing final : HttpSource {
  Task<Result<std::size_t>> read(std::span<std::byte> into, Deadline) override {
    if (const auto slept = co_await sleep_for(1s); !slept) co_return slept.error();
    const std::size_t bytes = left-- > 0 ? std::min<std::size_t>(into.size(), 1000) : 0;
    std::memset(into.data(), 'x', bytes);
    co_return bytes;
  }
  int left = 3;
};

Task<Result<>> send_with_pauses(HttpClient& client, std::string url) {
  Pausing pausing;
  HttpClientRequest put = request_to(url + "/count", "PUT");
  put.body = &pausing;
  EXPECT_EQ((co_await ask(client, put)).value_or("?"), "3000");
  co_return ok();
}

TEST(HttpClientOverHttp2, ASourceMayPauseBeforeItsEnd) { Scene().run(send_with_pauses); }

Task<Result<>> wait_beside(HttpClient& client, std::string url) {
  const auto text = co_await ask(client, request_to(url + "/slow"));
  if (!text) co_return text.error();
  EXPECT_EQ(*text, "slow\n");
  co_return ok();
}
Task<Result<>> drop_many(HttpClient& client, std::string url) {
  std::vector<HttpAnswer> answers;
  for (int i = 0; i < 4; ++i) {
    auto answer = co_await client.get(url + "/big");
    if (!answer) co_return answer.error();
    answers.push_back(std::move(*answer));
  }
  if (const auto slept = co_await sleep_for(500ms); !slept) co_return slept;
  answers.clear();
  co_return ok();
}
Task<Result<>> drop_beside_another(HttpClient& client, std::string url) {
  co_return co_await both(wait_beside(client, url), drop_many(client, url));
}

// Else the one who waits would wait for ever.
TEST(HttpClientOverHttp2, WhatIsDroppedLeavesRoomInTheWindowOfAll) {
  Scene it;
  it.options.limits.window_bytes = 10'000;
  it.run(drop_beside_another);
  EXPECT_LT(it.took, 4s);
}

Task<Result<>> echo(HttpClient& client, std::string url) {
  HttpClientRequest post = request_to(url + "/echo", "POST");
  post.body = sim::pattern(2'000'000);
  const auto text = co_await ask(client, post);
  if (!text) co_return text.error();
  EXPECT_TRUE(*text == sim::pattern(2'000'000));
  co_return ok();
}

TEST(HttpClientOverHttp2, ATextIsSentToItsEndWhileItsAnswerIsRead) { Scene().run(echo); }

struct Endless final : HttpSource {
  Task<Result<std::size_t>> read(std::span<std::byte> into, Deadline) override {
    if (const auto paused = co_await yield(); !paused) co_return paused.error();
    std::memset(into.data(), 'x', into.size());
    co_return into.size();
  }
};

Task<Result<>> post_what_nobody_reads(HttpClient& client, std::string url) {
  Endless endless;
  Stuck stuck;
  HttpSource* const sources[] = {&endless, &stuck};
  for (HttpSource* source : sources) {
    HttpClientRequest post = request_to(url + "/", "POST");
    post.body = source;
    EXPECT_EQ((co_await ask(client, post)).value_or("?"), "hello\n");
  }
  co_return ok();
}

TEST(HttpClientOverHttp2, HearsAnAnswerThatComesBeforeTheBodyIsSent) {
  Scene().run(post_what_nobody_reads);
}

Task<Result<>> echo_a_source(HttpClient& client, std::string url, std::size_t size) {
  PatternSource source(size, false);
  HttpClientRequest post = request_to(url + "/echo", "POST");
  post.body = &source;
  const auto text = co_await ask(client, post);
  if (!text) co_return text.error();
  EXPECT_TRUE(*text == sim::pattern(size));
  co_return ok();
}

TEST(HttpClientOverHttp2, ASourceIsSentToItsEndToAServerThatAnswersMeanwhile) {
  Scene().run(echo_a_source, std::size_t{900'000});
}

Task<Result<>> echo_too_much(HttpClient& client, std::string url) {
  const auto echoed = co_await echo_a_source(client, url, 3'000'000);
  EXPECT_FALSE(echoed);
  if (!echoed) EXPECT_EQ(echoed.error().fault(), Fault::limit) << echoed.error().describe();
  co_return ok();
}

TEST(HttpClientOverHttp2, LimitsWhatIsSaidBeforeTheBodyIsSent) { Scene().run(echo_too_much); }

Task<Result<>> echo_beside(HttpClient& client, std::string url, std::size_t size) {
  PatternSource source(size, false);
  source.survives = true;
  HttpClientRequest post = request_to(url + "/echo", "POST");
  post.body = &source;
  const auto text = co_await ask(client, post);
  if (!text) co_return text.error();
  EXPECT_TRUE(*text == sim::pattern(size)) << text->size();
  co_return ok();
}
Task<Result<>> echo_two_at_once(HttpClient& client, std::string url) {
  co_return co_await both(echo_beside(client, url, 2'000'000), echo_beside(client, url, 1'500'000));
}

// Longer than the window: what is said is read before all of the request has left.
TEST(HttpClientOverHttp2, AnEchoIsReadWhileItsSourceIsSent) {
  Scene alone;
  alone.options.limits.window_bytes = 100'000;
  alone.run(echo_beside, std::size_t{2'000'000});
  Scene beside;
  beside.options.limits.window_bytes = 100'000;
  beside.run(echo_two_at_once);
}

struct Breaks final : HttpSource {
  Task<Result<std::size_t>> read(std::span<std::byte> into, Deadline) override {
    if (const auto paused = co_await yield(); !paused) co_return paused.error();
    if (pieces-- == 0) co_return Error(Fault::storage, "read");
    co_return into.size();
  }
  bool survives_cancel() const override { return true; }
  int pieces = 20;
};

Task<Result<>> echo_what_breaks(HttpClient& client, std::string url) {
  Breaks source;
  HttpClientRequest post = request_to(url + "/echo", "POST");
  post.body = &source;
  const auto text = co_await ask(client, post);
  EXPECT_FALSE(text);
  if (!text) EXPECT_EQ(text.error().fault(), Fault::storage) << text.error().describe();
  co_return ok();
}

TEST(HttpClientOverHttp2, ASourceThatBreaksFailsTheAnswer) {
  Scene it;
  it.options.limits.window_bytes = 100'000;
  it.run(echo_what_breaks);
}

struct Liar final : HttpSource {
  Task<Result<std::size_t>> read(std::span<std::byte>, Deadline) override { co_return 0; }
  std::optional<std::uint64_t> size() const override { return 5; }
};

Task<Result<>> put_what_ends_early(HttpClient& client, std::string url) {
  Liar liar;
  HttpClientRequest put = request_to(url + "/count", "PUT");
  put.body = &liar;
  const auto answer = co_await client.send(put);
  EXPECT_FALSE(answer);
  if (!answer) EXPECT_EQ(answer.error().fault(), Fault::integrity);
  co_return ok();
}

TEST(HttpClientOverHttp2, ABodyThatEndsEarlyFailsTheRequest) { Scene().run(put_what_ends_early); }

// --- many at once --------------------------------------------------------------------------------

struct Crowd {
  HttpClient& client;
  std::string url;
  int right = 0;
};

Task<> ask_in_a_crowd(Crowd& crowd, int number) {
  const char* const path = number % 3 == 0 ? "/later" : number % 3 == 1 ? "/big" : "/echo";
  HttpClientRequest request = request_to(crowd.url + path, number % 3 == 2 ? "POST" : "GET");
  const auto salt = static_cast<std::uint64_t>(number);
  if (number % 3 == 2) request.body = sim::pattern(300'000, salt);
  const auto text = co_await ask(crowd.client, std::move(request));
  EXPECT_TRUE(text) << (text ? "" : text.error().describe());
  const std::string wanted = number % 3 == 0   ? "later\n"
                             : number % 3 == 1 ? sim::pattern(200'000)
                                               : sim::pattern(300'000, salt);
  if (text && *text == wanted) ++crowd.right;
}

Task<> ask_all(TaskGroup& group, Crowd& crowd, int times) {
  for (int i = 0; i < times; ++i) group.spawn(ask_in_a_crowd, std::ref(crowd), i);
  co_return;
}

Task<Result<>> ask_at_once(HttpClient& client, std::string url, int times) {
  Crowd crowd{client, std::move(url)};
  co_await with_group(ask_all, std::ref(crowd), times);
  EXPECT_EQ(crowd.right, times);
  co_return ok();
}

TEST(HttpClientOverHttp2, SharesAConnection) {
  Scene it;
  it.run(ask_at_once, 60);
  EXPECT_EQ(it.seen.connections.size(), 1U);
  EXPECT_EQ(it.seen.requests, 60);
}

TEST(HttpClientOverHttp2, TakesAnotherConnectionWhereOneIsFull) {
  Scene it({.streams = 10});
  it.run(ask_at_once, 30);
  EXPECT_GT(it.seen.connections.size(), 1U);
  EXPECT_LE(it.seen.connections.size(), 30U);
}

TEST(HttpClientOverHttp2, SharesNothingWhereNothingIsKept) {
  Scene it;
  it.options.kept_connections = 0;
  it.run(ask_at_once, 5);
  EXPECT_EQ(it.seen.connections.size(), 5U);
}

Task<Result<>> give_up(HttpClient& client, std::string url, Duration after) {
  const auto answer = co_await client.get(url + "/never", Deadline::after(after));
  EXPECT_FALSE(answer);
  if (!answer) EXPECT_EQ(answer.error().fault(), Fault::timed_out);
  co_return ok();
}
Task<Result<>> drop_a_body(HttpClient& client, std::string url) {
  auto answer = co_await client.get(url + "/big");
  if (!answer) co_return answer.error();
  answer->body.reset();
  co_return co_await sleep_for(100ms);
}
Task<Result<>> read_slowly(HttpClient& client, std::string url) {
  auto answer = co_await client.get(url + "/big");
  if (!answer) co_return answer.error();
  std::string piece(10'000, '\0');
  std::size_t total = 0;
  for (;;) {
    const auto got = co_await answer->body->read(std::as_writable_bytes(std::span(piece)));
    if (!got) co_return got.error();
    if (*got == 0) break;
    total += *got;
    if (const auto slept = co_await sleep_for(50ms); !slept) co_return slept;
  }
  EXPECT_EQ(total, 200'000U);
  co_return ok();
}

Task<Result<>> some_give_up(HttpClient& client, std::string url) {
  co_return co_await both(
      both(give_up(client, url, 30ms), ask_at_once(client, url, 12)),
      both(both(drop_a_body(client, url), give_up(client, url, 300ms)), read_slowly(client, url)));
}

TEST(HttpClientOverHttp2, WhoGivesUpLeavesTheOthersAlone) {
  Scene it;
  it.run(some_give_up);
  EXPECT_EQ(it.seen.connections.size(), 1U);
}

Task<Result<>> go_on_after_a_timeout(HttpClient& client, std::string url) {
  if (const auto gave_up = co_await give_up(client, url, 200ms); !gave_up) co_return gave_up;
  EXPECT_EQ((co_await ask(client, request_to(url + "/"))).value_or("?"), "hello\n");
  co_return ok();
}

TEST(HttpClientOverHttp2, GoesOnAfterATimeout) { Scene().run(go_on_after_a_timeout); }

// --- time ----------------------------------------------------------------------------------------

Task<Result<>> stay_away(HttpClient& client, std::string url) {
  for (const char* method : {"GET", "GET", "POST"}) {
    HttpClientRequest request = request_to(url + "/count", method);
    if (request.method == "POST") request.body = "text";
    const auto text = co_await ask(client, std::move(request));
    if (!text) co_return text.error();
    if (const auto slept = co_await sleep_for(5s); !slept) co_return slept;
  }
  co_return ok();
}

TEST(HttpClientOverHttp2, ServersMayEndAnIdleConnection) {
  Scene it({.idle = 1s});
  it.run(stay_away);
  EXPECT_EQ(it.seen.connections.size(), 3U);
}

TEST(HttpClientOverHttp2, WhatCannotBeRepeatedHasAConnectionOfItsOwn) {
  Scene it;
  it.run(stay_away);
  EXPECT_EQ(it.seen.connections.size(), 2U);
}

Task<Result<>> read_what_stands_still(HttpClient& client, std::string url) {
  auto answer = co_await client.send(request_to(url + "/still"), Deadline::after(2s));
  if (!answer) co_return answer.error();
  const auto text = co_await answer->text(k_most);
  EXPECT_FALSE(text);
  if (!text) EXPECT_EQ(text.error().fault(), Fault::timed_out);
  co_return ok();
}

TEST(HttpClientOverHttp2, TheDeadlineIsOfTheBodyToo) { Scene().run(read_what_stands_still); }

TEST(HttpClientOverHttp2, ABodyHasALeastRate) {
  Scene it;
  it.options.least_rate = 1000;
  it.options.grace = 500ms;
  it.run(read_what_stands_still);
  EXPECT_LT(it.took, 2s);
}

}  // namespace
}  // namespace patchbay
