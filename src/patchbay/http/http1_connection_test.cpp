// Bodies, expectations and upgrades on a connection of HTTP/1.
#include "patchbay/http/http1_site_fixture.hpp"
#include "patchbay/http/http_world_fixture.hpp"

namespace patchbay {
namespace {

HttpHeard hear(std::vector<HttpSaid> script) {
  HttpRouter site = http1_site();
  return HttpWorld(site).hear(std::move(script));
}
HttpHeard hear(std::string bytes) {
  std::vector<HttpSaid> script;
  script.push_back({.bytes = std::move(bytes)});
  return hear(std::move(script));
}

std::string chunked_post(std::string_view target, std::string_view chunks) {
  return get_of(target, "Transfer-Encoding: chunked\r\n", "POST") + std::string(chunks);
}

TEST(Http1Connection, TakesBodiesOfEitherFraming) {
  const std::string long_body = sim::pattern(1'000'000);
  const HttpHeard heard =
      hear(body_of("POST", "/count", "") + body_of("POST", "/count", long_body) +
           chunked_post("/count", "5\r\nabcde\r\n10;x=y\r\n0123456789abcdef\r\n0\r\nT: 1\r\n\r\n") +
           chunked_post("/count", "0\r\n\r\n") + get_of("/"));
  ASSERT_EQ(heard.statuses(), (std::vector{200, 200, 200, 200, 200}));
  EXPECT_EQ(heard.answers()[0].body, "0");
  EXPECT_EQ(heard.answers()[1].body, "1000000");
  EXPECT_EQ(heard.answers()[2].body, "21");
  EXPECT_EQ(heard.answers()[3].body, "0");
}

class Counting final : public HttpHandler {
 public:
  std::optional<HttpResponse> answer_now(HttpRequest&) override {
    ++asked;
    return std::nullopt;
  }
  Task<HttpResponse> answer(HttpRequest&) override {
    (void)co_await sleep_for(1s);
    HttpResponse response;
    response.body = HttpParts{"part"};  // which gives the buffer of the head back
    co_return response;
  }
  int asked = 0;
};

TEST(Http1Connection, AsksOnceWhetherThereIsAnAnswerAtOnce) {
  Counting handler;
  EXPECT_EQ(ask(handler, get_of("/")).body, "part");
  EXPECT_EQ(ask(handler, get_of("/", "Connection: close\r\n")).body, "part");
  EXPECT_EQ(ask(handler, body_of("POST", "/", "x")).body, "part");
  EXPECT_EQ(handler.asked, 3);
}

// The log is told of a request that would be refused by now.
TEST(Http1Connection, RemembersARequestWhenLimitsShrink) {
  Counting handler;
  HttpWorld world(handler);
  std::string lines;
  for (int i = 0; i < 20; ++i) lines += "X-Field: " + std::string(100, 'x') + "\r\n";
  const std::string request = get_of("/the/path/that/was/asked/for", lines);
  const HttpHeard heard = world.hear(
      {{.bytes = request.substr(0, 900)},
       {.bytes = request.substr(900), .after = 10ms},
       {.after = 100ms,
        .meanwhile = [&] { world.service.limits.head = {.head_bytes = 100, .fields = 5}; },
        .ends = true}});
  EXPECT_EQ(heard.only().body, "part");
  ASSERT_EQ(world.log.lines.size(), 1U);
  EXPECT_EQ(world.log.lines[0].path, "/the/path/that/was/asked/for");
}

TEST(Http1Connection, TakesABodyByteByByte) {
  std::vector<HttpSaid> script;
  for (const char byte : chunked_post("/count", "3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n") + get_of("/")) {
    script.push_back({.bytes = {byte}, .after = 5ms});
  }
  const HttpHeard heard = hear(std::move(script));
  ASSERT_EQ(heard.statuses(), (std::vector{200, 200}));
  EXPECT_EQ(heard.answers()[0].body, "5");
}

TEST(Rfc9112, S7_1_ClosesAfterABodyWhoseChunksAreBroken) {
  for (const char* target : {"/count", "/ignore"}) {
    const HttpHeard heard = hear(chunked_post(target, "5\r\nabcdeX") + get_of("/"));
    ASSERT_EQ(heard.answers().size(), 1U) << target;
    EXPECT_EQ(heard.only().field("connection"), "close");
    EXPECT_LT(heard.ended, 3s);
  }
}

TEST(Rfc9112, S9_3_ReadsABodyThatNobodyWantedToItsEnd) {
  const HttpHeard heard = hear(body_of("POST", "/ignore", std::string(60'000, 'x')) +
                               chunked_post("/ignore", "3\r\nabc\r\n0\r\n\r\n") + get_of("/"));
  EXPECT_EQ(heard.statuses(), (std::vector{200, 200, 200}));
}

TEST(Rfc9112, S9_3_ClosesBehindABodyThatIsTooLongToBeRead) {
  const std::string body(200'000, 'x');
  const HttpHeard known = hear(body_of("POST", "/ignore", body) + get_of("/"));
  EXPECT_EQ(known.only().body, "ignored\n");
  EXPECT_EQ(known.only().field("connection"), "close");
  const HttpHeard chunked =
      hear(chunked_post("/ignore", chunk_head(body.size()) + body + "\r\n0\r\n\r\n") + get_of("/"));
  EXPECT_EQ(chunked.only().field("connection"), "close");
}

TEST(Rfc9112, S8_TellsTheHandlerOfABodyThatWasCutShort) {
  const HttpHeard heard =
      hear({{.bytes = get_of("/count", "Content-Length: 10\r\n", "POST") + "123", .ends = true}});
  EXPECT_EQ(heard.only().status, 400);
}

TEST(Http1Connection, MakesAnAnswerOfTheBodyWhileItComes) {
  const std::string body = sim::pattern(400'000);
  const HttpHeard heard = hear(body_of("POST", "/echo", body) + get_of("/"));
  ASSERT_EQ(heard.statuses(), (std::vector{200, 200}));
  EXPECT_EQ(heard.answers()[0].body, body);
}

// --- expectations -------------------------------------------------------------------------------

constexpr std::string_view k_expect = "Expect: 100-continue\r\nContent-Length: 5\r\n";

TEST(Rfc9110, S10_1_1_GivesLeaveWhenTheBodyIsWanted) {
  for (const char* target : {"/count", "/echo"}) {
    const HttpHeard heard =
        hear({{.bytes = get_of(target, k_expect, "POST")},
              {.bytes = "12345" + get_of("/", "Connection: close\r\n"), .after = 1s}});
    EXPECT_TRUE(heard.bytes.starts_with("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\n"));
    EXPECT_LT(heard.times.at(0), 1s);
    EXPECT_EQ(heard.statuses(), (std::vector{100, 200, 200})) << target;
  }
}

TEST(Rfc9110, S10_1_1_AnswersAtOnceWhereTheBodyIsNotWanted) {
  const HttpHeard heard = hear(get_of("/ignore", k_expect, "POST"));
  EXPECT_EQ(heard.only().status, 200);
  EXPECT_EQ(heard.only().field("connection"), "close");  // nobody knows whether it sends its body
  EXPECT_LT(heard.ended, 1s);
}

TEST(Rfc9110, S15_2_SendsNothingInterimToHttp10) {
  const HttpHeard heard =
      hear({{.bytes = "POST /count HTTP/1.0\r\n" + std::string(k_expect) + "\r\n"},
            {.bytes = "12345", .after = 1s}});
  EXPECT_EQ(heard.only().body, "5");
}

// --- upgrades -----------------------------------------------------------------------------------

TEST(Rfc9110, S7_8_SwitchesAndHandsOverWhatCameEarly) {
  const HttpHeard heard =
      hear({{.bytes = get_of("/") + get_of("/tunnel", "Connection: Upgrade\r\nUpgrade: echo\r\n") +
                      "too early"},
            {.bytes = "and later", .after = 1s},
            {.bytes = get_of("/"), .after = 1s, .ends = true}});
  const auto answers = heard.answers();
  ASSERT_EQ(answers.size(), 2U);
  EXPECT_EQ(answers[1].status, 101);
  EXPECT_EQ(answers[1].field("connection"), "Upgrade");
  EXPECT_EQ(answers[1].field("content-length"), "");
  EXPECT_EQ(answers[1].body, "early:too early;and later" + get_of("/"));
}

TEST(Rfc9110, S7_8_SwitchesOnlyToWhatIsOnOffer) {
  const auto answer = [](std::string_view path, std::string_view lines) {
    return hear({{.bytes = get_of(path, lines)}, {.after = 1s, .ends = true}}).only();
  };
  const auto offer = [](std::string_view protocols) {
    return "Connection: x, upgrade\r\nUpgrade: " + std::string(protocols) + "\r\n";
  };
  for (const char* protocols : {"echo", "ECHO", "other/2, echo", "a\r\nUpgrade: echo"}) {
    const HttpHeardAnswer switched = answer("/tunnel/echo", offer(protocols));
    EXPECT_EQ(switched.status, 101) << protocols;
    EXPECT_EQ(switched.field("upgrade"), "echo");
    EXPECT_EQ(switched.field("connection"), "Upgrade");
  }
  // What is asked for of another connection is nothing that this one offers.
  for (const std::string& lines :
       {offer("other"), offer("echo/2"), std::string(), std::string("Upgrade: echo\r\n"),
        std::string("Connection: close\r\nUpgrade: echo\r\n")}) {
    const HttpHeardAnswer refused = answer("/tunnel/echo", lines);
    EXPECT_EQ(refused.status, 426) << lines;
    EXPECT_EQ(refused.field("upgrade"), "echo");
    EXPECT_TRUE(list_has(refused.field("connection"), "Upgrade")) << refused.head;
  }
  EXPECT_EQ(answer("/tunnel", offer("whatever")).field("upgrade"), "whatever");
  EXPECT_EQ(answer("/tunnel", offer("one, or, another")).status, 400);
  EXPECT_EQ(answer("/tunnel", {}).status, 400);
}

TEST(Rfc9110, S7_8_IgnoresAnUpgradeOfHttp10) {
  const HttpHeard heard =
      hear("GET /tunnel/echo HTTP/1.0\r\nConnection: keep-alive, upgrade\r\nUpgrade: echo\r\n\r\n");
  EXPECT_EQ(heard.only().status, 426);
  EXPECT_EQ(heard.only().field("connection"), "keep-alive, Upgrade");
}

TEST(Rfc9110, S7_8_NamesTheProtocolWith426) {
  EXPECT_EQ(hear(get_of("/status/426") + get_of("/")).statuses(), (std::vector{400, 200}));
}

constexpr std::string_view k_switch = "Connection: upgrade\r\nUpgrade: echo\r\n";

TEST(Rfc9110, S7_8_GivesLeaveBeforeItSwitches) {
  const std::string lines = std::string(k_switch) + std::string(k_expect);
  const HttpHeard heard = hear({{.bytes = get_of("/tunnel/echo", lines, "POST")},
                                {.bytes = "12345and then", .after = 1s},
                                {.bytes = " more", .after = 1s, .ends = true}});
  EXPECT_EQ(heard.statuses(), (std::vector{100, 101}));
  EXPECT_LT(heard.times.at(0), 1s);
  EXPECT_EQ(heard.answers().at(1).body, "early:and then; more");
  const HttpHeard bodiless =
      hear({{.bytes = get_of("/tunnel/echo", std::string(k_switch) + "Expect: 100-continue\r\n")},
            {.bytes = "text", .after = 1s, .ends = true}});
  EXPECT_EQ(bodiless.statuses(), (std::vector{100, 101}));
  EXPECT_EQ(bodiless.answers().at(1).body, "early:;text");
}

TEST(Http1Connection, SwitchesBehindNoBodyThatIsTooLongToBeRead) {
  const HttpHeard heard =
      hear(body_of("POST", "/tunnel/echo", std::string(200'000, 'x'), k_switch));
  EXPECT_EQ(heard.only().status, 413);
  EXPECT_EQ(heard.only().field("connection"), "close");
}

// --- the log ------------------------------------------------------------------------------------

TEST(Http1Connection, TellsTheLogOfEachAnswerOnce) {
  HttpRouter site = http1_site();
  HttpWorld it(site);
  it.hear(get_of("/") + get_of("/big", {}, "HEAD") + get_of("/none") + get_of("/made") +
          body_of("POST", "/count", "12345") + "nonsense\r\n\r\n");
  ASSERT_EQ(it.log.lines.size(), 6U);
  const struct {
    const char* path;
    int status;
    std::uint64_t least, most;
  } wanted[] = {{"/", 200, 6, 6},       {"/big", 200, 0, 0},   {"/none", 204, 0, 0},
                {"/made", 200, 14, 40}, {"/count", 200, 1, 1}, {"", 400, 50, 2000}};
  for (std::size_t i = 0; i < 6; ++i) {
    EXPECT_EQ(it.log.lines[i].path, wanted[i].path);
    EXPECT_EQ(it.log.lines[i].answer.status, wanted[i].status);
    EXPECT_GE(it.log.lines[i].answer.body_bytes, wanted[i].least) << wanted[i].path;
    EXPECT_LE(it.log.lines[i].answer.body_bytes, wanted[i].most) << wanted[i].path;
    EXPECT_TRUE(it.log.lines[i].answer.complete);
  }
  EXPECT_EQ(it.log.connections, 0);
  EXPECT_EQ(it.service.counters.connections, 1U);
  EXPECT_EQ(it.service.counters.open, 0U);
}

}  // namespace
}  // namespace patchbay
