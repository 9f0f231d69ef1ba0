// Clients of HTTP/1 that leave before they have their answer.
#include "patchbay/http/http1_watch.hpp"

#include "patchbay/http/http1_site_fixture.hpp"
#include "patchbay/http/http_world_fixture.hpp"

namespace patchbay {
namespace {

// What waits for ever waits without a timer: a client that is not noticed shows as a hang.
class Patient final : public HttpHandler {
 public:
  Task<HttpResponse> answer(HttpRequest& request) override {
    ++running;
    HttpResponse response = co_await answer_later(request);
    --running;
    co_return response;
  }

  int running = 0;
  std::optional<Fault> fault;  // in place of what was waited for

 private:
  Task<HttpResponse> answer_later(HttpRequest& request) {
    if (request.path == "/at-once") co_return HttpResponse::text("at once\n");
    if (request.path == "/late") {
      if (const auto slept = co_await sleep_for(3s); !slept) fault = slept.error().fault();
      co_return HttpResponse::text("late\n");
    }
    if (request.path == "/count") {
      const auto body = co_await read_all(*request.body, 10'000'000);
      if (!body) fault = body.error().fault();
      co_return body ? HttpResponse::text(std::to_string(body->size())) : HttpResponse::error(400);
    }
    if (request.path == "/pieces") {
      co_return made_by<SlowPieces>(std::vector<std::string>{"one", "two"}, 60s);
    }
    if (request.path == "/says-so-late") (void)co_await sleep_for(2s);
    request.leaves_with_end = request.path != "/never";
    Event never;
    if (const auto waited = co_await never.wait(); !waited) fault = waited.error().fault();
    co_return HttpResponse::error(500);
  }
};

struct Scene {
  HttpHeard hear(std::vector<HttpSaid> script) {
    script.push_back({.after = 20s});  // so that the server has its time
    const HttpHeard heard = it.hear(std::move(script));
    EXPECT_EQ(site.running, 0);
    return heard;
  }
  const HttpHeardLog::Line& only_line() const {
    static const HttpHeardLog::Line none;
    EXPECT_EQ(it.log.lines.size(), 1U);
    return it.log.lines.empty() ? none : it.log.lines.front();
  }

  Patient site;
  HttpWorld it{site};
};

void expect_left(const HttpHeardLog::Line& line, Duration after) {
  EXPECT_EQ(line.answer.status, 499);
  EXPECT_FALSE(line.answer.complete);
  EXPECT_EQ(line.answer.body_bytes, 0U);
  EXPECT_GE(line.answer.took, after);
  EXPECT_LT(line.answer.took, after + 100ms);
}

TEST(Http1Watch, CancelsTheHandlerOfAClientThatResets) {
  Scene scene;
  scene.hear({{.bytes = get_of("/never")}, {.after = 1s, .resets = true}});
  expect_left(scene.only_line(), 1s);
  EXPECT_EQ(scene.site.fault, Fault::cancelled);
}

TEST(Http1Watch, AnswersAClientThatHalfCloses) {
  for (const Duration after : {0s, 1s}) {
    Scene scene;
    const HttpHeard heard =
        scene.hear({{.bytes = get_of("/late")}, {.after = after, .ends = true}});
    EXPECT_EQ(heard.only().body, "late\n");
    EXPECT_TRUE(scene.only_line().answer.complete);
    EXPECT_EQ(scene.site.fault, std::nullopt);
  }
}

TEST(Http1Watch, CancelsTheHandlerOfAClientThatResetsAfterAHalfClose) {
  Scene scene;
  scene.hear({{.bytes = get_of("/never"), .ends = true}, {.after = 1s, .resets = true}});
  expect_left(scene.only_line(), 1s);
}

TEST(Http1Watch, TakesAnEndForLeavingWhereTheHandlerSaysSo) {
  for (const bool half : {true, false}) {
    Scene scene;
    const HttpHeard heard =
        scene.hear({{.bytes = get_of("/leaves")}, {.after = 1s, .ends = half, .leaves = !half}});
    expect_left(scene.only_line(), 1s);
    EXPECT_EQ(heard.bytes, "");
    EXPECT_EQ(scene.site.fault, Fault::cancelled);
  }
}

// Behind a password, say, that takes its time: then it can look for itself.
TEST(Http1Watch, TellsAHandlerThatTheClientHasEndedAlready) {
  bool had_ended = false;
  HttpRouter site;
  site.get("/", [&had_ended](HttpRequest& request) {
    struct Later {
      static Task<HttpResponse> answer(HttpRequest& request, bool& had_ended) {
        (void)co_await sleep_for(2s);
        had_ended = request.client_ended;
        request.leaves_with_end = true;
        co_return HttpResponse::text("never sent");
      }
    };
    return Later::answer(request, had_ended);
  });
  HttpWorld it(site);
  const HttpHeard heard =
      it.hear({{.bytes = get_of("/")}, {.after = 1s, .ends = true}, {.after = 20s}});
  EXPECT_TRUE(had_ended);
  EXPECT_EQ(heard.bytes, "");
  ASSERT_EQ(it.log.lines.size(), 1U);
  expect_left(it.log.lines[0], 2s);
}

// Neither are they read before their turn, nor do they hide that their client is gone.
TEST(Http1Watch, LeavesWhatIsPipelinedWhereItIs) {
  Scene stays;
  const HttpHeard heard =
      stays.hear({{.bytes = get_of("/late") + body_of("POST", "/count", sim::pattern(500'000)) +
                            get_of("/at-once"),
                   .ends = true}});
  ASSERT_EQ(heard.statuses(), (std::vector{200, 200, 200}));
  EXPECT_EQ(heard.answers()[1].body, "500000");

  for (const bool by_reset : {true, false}) {
    Scene leaves;
    leaves.hear({{.bytes = get_of("/leaves") + get_of("/at-once") + get_of("/at-once")},
                 {.after = 1s, .leaves = !by_reset, .resets = by_reset}});
    expect_left(leaves.only_line(), 1s);
    EXPECT_EQ(leaves.it.service.counters.requests, 1U);
  }
}

TEST(Http1Watch, SendsTheAnswersBeforeIt) {
  Scene scene;
  const HttpHeard heard =
      scene.hear({{.bytes = get_of("/at-once") + get_of("/leaves")}, {.after = 1s, .ends = true}});
  EXPECT_EQ(heard.statuses(), std::vector{200});
  ASSERT_EQ(scene.it.log.lines.size(), 2U);
  EXPECT_TRUE(scene.it.log.lines[0].answer.complete);
  expect_left(scene.it.log.lines[1], 1s);
}

TEST(Http1Watch, CancelsAHandlerThatReadsItsBody) {
  Scene scene;
  scene.hear({{.bytes = get_of("/count", "Content-Length: 10\r\n", "POST") + "123"},
              {.after = 1s, .resets = true}});
  ASSERT_EQ(scene.it.log.lines.size(), 1U);
  EXPECT_EQ(scene.it.log.lines[0].answer.status, 499);
  EXPECT_TRUE(scene.site.fault.has_value());
}

// An answer that is made while it is sent: what makes it is told as well.
TEST(Http1Watch, EndsAnAnswerThatIsBeingMade) {
  Scene scene;
  scene.hear({{.bytes = get_of("/pieces")}, {.after = 1s, .resets = true}});
  const HttpHeardLog::Line& line = scene.only_line();
  EXPECT_EQ(line.answer.status, 200);  // it was sent
  EXPECT_FALSE(line.answer.complete);
  EXPECT_LT(line.answer.took, 2s);
}

TEST(Http1Watch, MakesAnAnswerForAClientThatHalfClosed) {
  HttpRouter site = http1_site();
  HttpWorld it(site);
  const HttpHeard heard = it.hear({{.bytes = get_of("/made-slowly"), .ends = true}});
  EXPECT_EQ(heard.only().body, "onetwo");
}

}  // namespace
}  // namespace patchbay
