#include "patchbay/http/http_guard.hpp"

#include <set>

#include "patchbay/http/http_router.hpp"
#include "patchbay/http/http_world_fixture.hpp"
#include "patchbay/wire/base64.hpp"

namespace patchbay {
namespace {

constexpr std::string_view k_right = "Authorization: Basic YW5uYTpzZWNyZXQ=\r\n";  // anna:secret
constexpr std::string_view k_wrong = "Authorization: Basic YW5uYTpzZWNyZXg=\r\n";  // anna:secrex

class OnePassword final : public HttpPasswords {
 public:
  Memory recall(std::string_view user, std::string_view password) override {
    if (!remembers || asked == 0 || user != "anna") return Memory::nothing;
    return password == "secret" ? Memory::right : Memory::other;
  }
  Task<bool> check(std::string user, std::string password) override {
    ++asked;
    if (!co_await sleep_for(100ms)) co_return false;
    co_return user == "anna" && password == "secret";
  }
  int asked = 0;
  bool remembers = false;
};

// Whatever the path, so that only the guard says no.
class OpenSite final : public HttpHandler {
 public:
  std::optional<HttpResponse> answer_now(HttpRequest& request) override {
    return HttpResponse::text("in " + std::string(request.path));
  }
  Task<HttpResponse> answer(HttpRequest&) override { co_return HttpResponse::error(500); }
};

struct Guarded {
  explicit Guarded(std::vector<HttpGuardRule> rules)
      : guard(std::make_shared<OpenSite>(), passwords, std::move(rules), "the \"realm\"") {}
  int status(std::string_view path, std::string_view lines = {}, std::string_view method = "GET") {
    return ask(guard, get_of(path, lines, method)).status;
  }
  std::shared_ptr<OnePassword> passwords = std::make_shared<OnePassword>();
  HttpGuard guard;
};

TEST(Rfc9110, S15_5_2_AsksForAPasswordWith401) {
  Guarded it({{}});
  const HttpHeardAnswer answer = ask(it.guard, get_of("/"));
  EXPECT_EQ(answer.status, 401);
  EXPECT_EQ(answer.field("www-authenticate"), R"(Basic realm="the \"realm\"", charset="UTF-8")");
  EXPECT_EQ(it.passwords->asked, 0);
}

TEST(HttpGuard, LetsInWhoKnowsThePassword) {
  Guarded it({{}});
  EXPECT_EQ(ask(it.guard, get_of("/x", k_right)).body, "in /x");
  EXPECT_EQ(it.status("/x", k_wrong), 401);
  EXPECT_EQ(it.status("/x", "Authorization: Bearer YW5uYTpzZWNyZXQ=\r\n"), 401);
  EXPECT_EQ(it.status("/x", "Authorization: Basic !!\r\n"), 401);
  EXPECT_EQ(it.status("/x", "Authorization:\r\n"), 401);
  EXPECT_EQ(it.status("/x", std::string(k_right) + std::string(k_right)), 401);
}

TEST(HttpGuard, CoversAPathAndAllBelowHoweverItIsWritten) {
  Guarded it({{.path = "private/reports"}});
  for (const char* path :
       {"/private/reports", "/private/reports/", "/private/reports/a/b", "/%70rivate/reports",
        "/private/%72eports/x", "/./private/reports", "/x/../private/reports",
        "/private/x/%2e%2e/reports", "/private/reports?x=1", "/private/reports/a%0Ab"}) {
    EXPECT_EQ(it.status(path), 401) << path;
  }
  for (const char* path : {"/", "/private", "/private/reportsx", "/Private/reports", "/x"}) {
    EXPECT_EQ(it.status(path), 200) << path;
  }
}

// A path that somebody behind the guard could read in another way.
TEST(HttpGuard, RefusesPathsThatCanBeReadInTwoWays) {
  Guarded it({{.path = "private"}});
  for (const char* path : {"//private", "/private//x", "/x//../private", "/private%2Fx",
                           "/x%2F..%2Fprivate", "/%00private", "/%zz", "/../private"}) {
    EXPECT_EQ(it.status(path), 400) << path;
  }
}

TEST(HttpGuard, CoversHeadWithGet) {
  Guarded it({{.methods = {"GET"}}});
  EXPECT_EQ(it.status("/x"), 401);
  EXPECT_EQ(it.status("/x", {}, "HEAD"), 401);
  EXPECT_EQ(it.status("/x", k_right, "HEAD"), 200);
  EXPECT_EQ(it.status("/x", {}, "PUT"), 200);
}

TEST(HttpGuard, CoversTheMethodsOfItsRulesOnly) {
  Guarded it({{.methods = {"PUT", "POST"}}, {.path = "private"}});
  EXPECT_EQ(it.status("/x"), 200);
  EXPECT_EQ(it.status("/x", {}, "PUT"), 401);
  EXPECT_EQ(it.status("/x", {}, "POST"), 401);
  EXPECT_EQ(it.status("/private", {}, "DELETE"), 401);
  EXPECT_EQ(it.status("*", {}, "OPTIONS"), 200);
}

TEST(HttpGuard, StopsAnAddressThatGuesses) {
  Guarded it({{}});
  HttpWorld world(it.guard);
  std::string tries;
  for (int i = 0; i < 11; ++i) tries += get_of("/x", k_wrong);
  const HttpHeard heard =
      world.hear({{.bytes = tries + get_of("/x", k_right)},
                  {.bytes = get_of("/x", k_right), .after = 30s},
                  {.bytes = get_of("/x", k_right) + get_of("/x", k_wrong), .after = 40s}});
  std::vector<int> wanted(10, 401);
  wanted.insert(wanted.end(), {429, 429, 429, 200, 401});
  EXPECT_EQ(heard.statuses(), wanted);
  EXPECT_EQ(it.passwords->asked, 12);
  const int wait = std::stoi(heard.answers().at(10).field("retry-after"));
  EXPECT_GT(wait, 55);
  EXPECT_LE(wait, 60);
}

// "Authorization: Basic …" for anna with one of many wrong passwords.
std::string wrong_one(int i) {
  return "Authorization: Basic " + encode_base64("anna:wrong" + std::to_string(i)) + "\r\n";
}

// A browser that loads a page of many pictures, or a downloader with many connections.
TEST(HttpGuard, LetsTheRightPasswordInHoweverOftenItComesAtOnce) {
  Guarded it({{}});
  HttpWorld world(it.guard);
  std::vector<HttpHeard*> all;
  for (int i = 0; i < 30; ++i) {
    all.push_back(&world.client({{.bytes = get_of("/x", k_right), .ends = true}}));
  }
  world.run();
  for (const HttpHeard* heard : all) EXPECT_EQ(heard->only().status, 200);
  EXPECT_EQ(it.passwords->asked, 1);
}

// Who leaves while its password is checked leaves the others to check it anew.
TEST(HttpGuard, ACheckThatIsGivenUpDecidesForNobody) {
  Guarded it({{}});
  HttpWorld world(it.guard);
  world.client({{.bytes = get_of("/x", k_wrong)}, {.after = 50ms, .resets = true}});
  const HttpHeard& other =
      world.client({{.bytes = get_of("/x", k_wrong), .after = 10ms, .ends = true}});
  world.run();
  EXPECT_EQ(other.only().status, 401);
  EXPECT_EQ(it.passwords->asked, 2);
}

// One who guesses, behind the same address, does not lock out who has come in lately; but at that
// user's password it has no more tries than at any other's.
TEST(HttpGuard, LetsInWhoeverCameInLatelyPastTheLimit) {
  Guarded it({{}});
  it.passwords->remembers = true;
  const auto wrong_for = [](std::string_view user, int i) {
    return get_of("/x", "Authorization: Basic " +
                            encode_base64(std::string(user) + ":no" + std::to_string(i)) + "\r\n");
  };
  std::string said = get_of("/x", k_right);
  for (int i = 0; i < 12; ++i) said += wrong_for("berta", i);
  said += get_of("/x", k_right);  // past the limit
  for (int i = 0; i < 10; ++i) said += wrong_for("anna", i);
  said += get_of("/x", k_right);  // guessed at too often
  HttpWorld world(it.guard);
  std::vector<int> wanted{200};
  wanted.insert(wanted.end(), 10, 401);
  wanted.insert(wanted.end(), {429, 429, 200});
  wanted.insert(wanted.end(), 10, 429);
  wanted.push_back(429);
  EXPECT_EQ(world.hear({{.bytes = said, .ends = true}}).statuses(), wanted);
  EXPECT_EQ(it.passwords->asked, 11);
}

TEST(HttpGuard, GivesThoseWhoGuessAtTheSameTimeNoMoreTries) {
  Guarded it({{}});
  HttpWorld world(it.guard);
  std::vector<HttpHeard*> all;
  for (int i = 0; i < 30; ++i) {
    all.push_back(&world.client({{.bytes = get_of("/x", wrong_one(i)), .ends = true}}));
  }
  world.run();
  std::multiset<int> statuses;
  for (const HttpHeard* heard : all) statuses.insert(heard->only().status);
  EXPECT_EQ(statuses.count(401), 10U);
  EXPECT_EQ(statuses.count(429), 20U);
  EXPECT_EQ(it.passwords->asked, 10);
}

// Asking without a password is what each browser does first.
TEST(HttpGuard, CountsNoRequestWithoutAPasswordAsAFailure) {
  Guarded it({{}});
  HttpWorld world(it.guard);
  std::string tries;
  for (int i = 0; i < 20; ++i) tries += get_of("/x");
  EXPECT_EQ(world.hear(tries + get_of("/x", k_right)).statuses().back(), 200);
}

}  // namespace
}  // namespace patchbay
