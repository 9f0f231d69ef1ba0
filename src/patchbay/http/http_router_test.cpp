#include "patchbay/http/http_router.hpp"

#include "patchbay/http/http_world_fixture.hpp"

namespace patchbay {
namespace {

// Says which route it is, and what its placeholders took.
HttpInstant named(std::string name) {
  return [name](HttpRequest& request) {
    std::string text = name;
    for (const auto& [key, value] : request.parameters) text += " " + key + "=" + value;
    return HttpResponse::text(text);
  };
}

Task<HttpResponse> wait_and_tell(HttpRequest& request) {
  (void)co_await sleep_for(1s);
  co_return HttpResponse::text("waited for " + std::string(request.parameter("id")));
}

HttpRouter users() {
  HttpRouter router;
  router.get("/users/{id}", named("one"));
  router.get("/users/me", named("me"));
  router.get("/users", named("all"));
  router.put("/users/{id}", named("put"));
  router.del("/users/{id}", named("delete"));
  router.get("/files/{path...}", named("file"));
  router.get("/files/{name}/info", named("info"));
  router.get("/later/{id}", wait_and_tell);
  return router;
}

std::string answer_to(std::string_view path, std::string_view method = "GET") {
  HttpRouter router = users();
  const HttpHeardAnswer answer = ask(router, get_of(path, {}, method));
  return answer.status == 200 ? answer.body : std::to_string(answer.status);
}

TEST(HttpRouter, PrefersLiteralSegmentsWhateverTheirOrder) {
  EXPECT_EQ(answer_to("/users/me"), "me");
  EXPECT_EQ(answer_to("/users/7"), "one id=7");
  EXPECT_EQ(answer_to("/users"), "all");
  EXPECT_EQ(answer_to("/files/a/info"), "info name=a");
  EXPECT_EQ(answer_to("/files/a/b/info"), "file path=a/b/info");
}

TEST(HttpRouter, TakesPlaceholdersDecoded) {
  EXPECT_EQ(answer_to("/users/a%20b"), "one id=a b");
  EXPECT_EQ(answer_to("/users/7?id=8"), "one id=7");
  EXPECT_EQ(answer_to("/files/a/b.txt"), "file path=a/b.txt");
  EXPECT_EQ(answer_to("/files/a/"), "file path=a/");
  EXPECT_EQ(answer_to("/files/"), "file path=");
  EXPECT_EQ(answer_to("/files"), "file path=");
}

TEST(HttpRouter, MatchesWholeSegmentsOnly) {
  EXPECT_EQ(answer_to("/users/"), "404");
  EXPECT_EQ(answer_to("/users/7/8"), "404");
  EXPECT_EQ(answer_to("/usersx"), "404");
  EXPECT_EQ(answer_to("/Users"), "404");
  EXPECT_EQ(answer_to("/"), "404");
}

TEST(HttpRouter, RefusesPathsThatCanBeReadInTwoWays) {
  EXPECT_EQ(answer_to("/users/%2"), "400");
  EXPECT_EQ(answer_to("/users/a%2Fb"), "400");
  EXPECT_EQ(answer_to("/files/a/../../../x"), "400");
  EXPECT_EQ(answer_to("//users"), "400");
  EXPECT_EQ(answer_to("/x/../users/me"), "me");
}

TEST(HttpRouter, GivesNoHandlerOfARouteAControlCharacter) {
  EXPECT_EQ(answer_to("/users/a%0Ab"), "404");
  EXPECT_EQ(answer_to("/files/a%7F"), "404");
}

TEST(HttpRouter, AnswersHeadByTheHandlerOfGet) {
  HttpRouter router = users();
  const HttpHeardAnswer answer = ask(router, get_of("/users/7", {}, "HEAD"));
  EXPECT_EQ(answer.status, 200);
  EXPECT_EQ(answer.field("content-length"), "8");
}

TEST(Rfc9110, S15_5_6_SendsAllowWith405) {
  HttpRouter router = users();
  const HttpHeardAnswer answer = ask(router, get_of("/users/7", {}, "POST"));
  EXPECT_EQ(answer.status, 405);
  EXPECT_EQ(answer.field("allow"), "GET, HEAD, PUT, DELETE, OPTIONS");
  EXPECT_EQ(ask(router, get_of("/users", {}, "DELETE")).field("allow"), "GET, HEAD, OPTIONS");
}

TEST(HttpRouter, TellsTheMethodsOfAPath) {
  HttpRouter router = users();
  const HttpHeardAnswer answer = ask(router, get_of("/users/7", {}, "OPTIONS"));
  EXPECT_EQ(answer.status, 204);
  EXPECT_EQ(answer.field("allow"), "GET, HEAD, PUT, DELETE, OPTIONS");
  EXPECT_EQ(ask(router, get_of("/nowhere", {}, "OPTIONS")).status, 404);
  EXPECT_EQ(ask(router, get_of("*", {}, "OPTIONS")).status, 204);
}

TEST(HttpRouter, TakesWhatWasAddedFirst) {
  HttpRouter router;
  router.get("/{a}", named("first")).get("/{b}", named("second"));
  EXPECT_EQ(ask(router, get_of("/x")).body, "first a=x");
}

TEST(HttpRouter, WaitsForHandlersThatWait) { EXPECT_EQ(answer_to("/later/7"), "waited for 7"); }

// --- mounts --------------------------------------------------------------------------------------

class TellsItsPath final : public HttpHandler {
 public:
  explicit TellsItsPath(std::string name, bool waits = false)
      : name_(std::move(name)), waits_(waits) {}
  std::optional<HttpResponse> answer_now(HttpRequest& request) override {
    if (waits_) return std::nullopt;
    return HttpResponse::text(name_ + ":" + std::string(request.path));
  }
  Task<HttpResponse> answer(HttpRequest& request) override {
    co_return HttpResponse::text(name_ + ":" + std::string(request.path));
  }

 private:
  std::string name_;
  bool waits_;
};

TEST(HttpRouter, MountsHandlersBelowAPrefix) {
  HttpRouter router;
  router.mount("/a", std::make_shared<TellsItsPath>("short"));
  router.mount("/a/b/", std::make_shared<TellsItsPath>("long", true));
  router.mount("", std::make_shared<TellsItsPath>("rest"));
  router.get("/a/route", named("route"));
  const auto body = [&](std::string_view path) { return ask(router, get_of(path)).body; };
  EXPECT_EQ(body("/a"), "short:/");
  EXPECT_EQ(body("/a/x"), "short:/x");
  EXPECT_EQ(body("/a/b"), "long:/");
  EXPECT_EQ(body("/a/b/c?d"), "long:/c");
  EXPECT_EQ(body("/ab"), "rest:/ab");
  EXPECT_EQ(body("/"), "rest:/");
  EXPECT_EQ(body("/a/route"), "route");
  EXPECT_EQ(body("/x%0A"), "rest:/x%0A");
}

TEST(HttpRouter, LeavesMountsWithoutRoutesTheirPathsAsTheyAre) {
  HttpRouter router;
  router.mount("", std::make_shared<TellsItsPath>("rest"));
  EXPECT_EQ(ask(router, get_of("/a%2Fb//c")).body, "rest:/a%2Fb//c");
}

}  // namespace
}  // namespace patchbay
