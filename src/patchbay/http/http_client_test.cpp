#include "patchbay/http/http_client.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstring>

#include "patchbay/http/http_script_fixture.hpp"
#include "patchbay/net/sim/lone_host.hpp"
#include "patchbay/net/sim/peers_fixture.hpp"

namespace patchbay {
namespace {

using Then = ScriptedReply::Then;

constexpr std::size_t k_most = 1 << 20;

std::string hello(std::string_view text = "hello") {
  return "HTTP/1.1 200 OK\r\nContent-Length: " + std::to_string(text.size()) + "\r\n\r\n" +
         std::string(text);
}
struct Text final : HttpSource {
  explicit Text(std::string all, bool told, std::size_t at_a_time = 3)
      : content(std::move(all)), tells_size(told), most(at_a_time) {}
  Task<Result<std::size_t>> read(std::span<std::byte> into, Deadline) override {
    const std::size_t n = std::min({into.size(), content.size() - at, most});
    std::memcpy(into.data(), content.data() + at, n);
    at += n;
    co_return n;
  }
  std::optional<std::uint64_t> size() const override {
    return tells_size ? std::optional<std::uint64_t>(content.size()) : std::nullopt;
  }
  bool survives_cancel() const override { return survives; }
  std::string content;
  bool tells_size;
  std::size_t most;
  std::size_t at = 0;
  bool survives = false;
};

Task<Result<std::string>> body_of(HttpClient& client, std::string url) {
  auto answer = co_await client.get(std::move(url));
  if (!answer) co_return answer.error();
  co_return co_await answer->text(k_most);
}

// What one GET of "/" comes to: "200 text", or the fault's name.
Task<Result<>> get_one(Script& script, std::string& into) {
  HttpClient client;
  auto answer = co_await client.get(script.url());
  if (!answer) {
    into = name_of(answer.error().fault());
    co_return ok();
  }
  const auto text = co_await answer->text(k_most);
  into = std::to_string(answer->status) + " " +
         (text ? *text : std::string(name_of(text.error().fault())));
  co_return ok();
}
std::string g_outcome;
Task<Result<>> get_once(Script& script) { co_return co_await get_one(script, g_outcome); }

std::string outcome(std::string reply, Then then = Then::keep) {
  Script script{.connections = {{{.bytes = std::move(reply), .then = then}}}};
  g_outcome.clear();
  with_script(script, get_once);
  return g_outcome;
}

TEST(HttpClient, AsksAsTheStandardWants) {
  Script script{.connections = {{{hello()}}}};
  with_script(script, get_once);
  EXPECT_EQ(g_outcome, "200 hello");
  ASSERT_EQ(script.requests.size(), 1U);
  EXPECT_EQ(script.requests[0], "GET / HTTP/1.1\r\nHost: " + script.at.to_string() +
                                    "\r\nUser-Agent: patchbay\r\nAccept: */*\r\n"
                                    "Accept-Encoding: identity\r\n\r\n");
}

TEST(HttpClient, FindsTheEndOfEachBody) {
  EXPECT_EQ(outcome("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"), "200 ");
  EXPECT_EQ(outcome("HTTP/1.1 204 No Content\r\n\r\n"), "204 ");
  EXPECT_EQ(outcome("HTTP/1.1 304 Not Modified\r\nContent-Length: 5\r\n\r\n"), "304 ");
  EXPECT_EQ(outcome("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
                    "3;x=y\r\nhel\r\n2\r\nlo\r\n0\r\nTrailer: x\r\n\r\n"),
            "200 hello");
  EXPECT_EQ(outcome("HTTP/1.1 200 OK\r\n\r\nhello", Then::close), "200 hello");
  EXPECT_EQ(outcome("HTTP/1.0 200 OK\r\n\r\n", Then::close), "200 ");
}

TEST(HttpClient, ABodyThatIsCutShortIsNoBody) {
  EXPECT_EQ(outcome("HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\nhello", Then::close),
            "200 closed");
  EXPECT_EQ(
      outcome("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n", Then::close),
      "200 closed");
  EXPECT_EQ(outcome("HTTP/1.1 200 OK\r\n\r\nhello", Then::reset), "200 closed");
  EXPECT_EQ(outcome("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nx\r\n"), "200 protocol");
  EXPECT_EQ(outcome("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nhello\r\n"),
            "200 protocol");
}

TEST(HttpClient, RefusesWhatIsNoAnswer) {
  EXPECT_EQ(outcome("", Then::close), "closed");
  EXPECT_EQ(outcome("HTTP/1.1 200", Then::close), "closed");
  EXPECT_EQ(outcome("SSH-2.0-OpenSSH_9.2\r\n"), "protocol");
  EXPECT_EQ(outcome("HTTP/2 200 OK\r\n\r\n"), "protocol");
  EXPECT_EQ(outcome("HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\n\r\n"), "protocol");
  EXPECT_EQ(outcome("HTTP/1.1 200 OK\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n"),
            "protocol");
  EXPECT_EQ(outcome("HTTP/1.1 200 OK\r\nA: b\nContent-Length: 0\r\n\r\n"), "protocol");
}

TEST(HttpClient, LimitsWhatAServerSays) {
  std::string fields = "HTTP/1.1 200 OK\r\n";
  for (int i = 0; i < 200; ++i) fields += "A: b\r\n";
  EXPECT_EQ(outcome(fields), "limit");
  EXPECT_EQ(outcome("HTTP/1.1 200 OK\r\nA: " + std::string(40'000, 'b')), "limit");
  EXPECT_EQ(outcome("HTTP/1.1 200 " + std::string(40'000, 'b')), "limit");
  std::string interim;
  for (int i = 0; i < 50; ++i) interim += "HTTP/1.1 102 Processing\r\n\r\n";
  EXPECT_EQ(outcome(interim + hello()), "protocol");
}

TEST(HttpClient, PassesOverInterimAnswers) {
  EXPECT_EQ(
      outcome("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n" + hello()),
      "200 hello");
}

// --- connections ---------------------------------------------------------------------------------

// On a clock of its own: no machine is too slow for what a test waits for.
void with_timed_script(Script& script, Task<Result<>> (*body)(Script&)) {
  auto loop = sim::make_lone_loop({});
  ASSERT_TRUE(loop);
  (*loop)->run(run_script(script, body));
}

Task<Result<>> get_many(HttpClient& client, Script& script) {
  for (int i = 0; i < 5; ++i) {
    const auto text = co_await body_of(client, script.url());
    if (!text) co_return text.error();
    if (const auto slept = co_await sleep_for(10ms); !slept) co_return slept;
  }
  EXPECT_EQ(client.kept_connections(), 1U);
  co_return ok();
}

Task<Result<>> get_three(Script& script) {
  HttpClient client;
  for (const char* const expected : {"one", "two", "three"}) {
    const auto text = co_await body_of(client, script.url());
    if (!text) co_return text.error();
    EXPECT_EQ(*text, expected);
  }
  co_return ok();
}

TEST(HttpClient, KeepsAConnection) {
  Script script{.connections = {{{hello("one")}, {hello("two")}, {hello("three")}}}};
  with_script(script, get_three);
  EXPECT_EQ(script.accepted, 1U);
}

TEST(HttpClient, TakesANewConnectionWhereTheServerWantsThat) {
  Script script{
      .connections = {{{"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 3\r\n\r\none"}},
                      {{"HTTP/1.1 200 OK\r\n\r\ntwo", Then::close}},
                      {{"HTTP/1.0 200 OK\r\nContent-Length: 5\r\n\r\nthree"}}}};
  with_script(script, get_three);
  EXPECT_EQ(script.accepted, 3U);
}

TEST(HttpClient, AsksAgainWhereAKeptConnectionHadEnded) {
  Script script{.connections = {{{hello("one")}, {"", Then::reset}},
                                {{hello("two")}, {"", Then::close}},
                                {{hello("three")}}}};
  with_script(script, get_three);
  EXPECT_EQ(script.requests.size(), 5U);
}

TEST(HttpClient, DoesNotTrustAConnectionThatSaysMoreThanItWasAsked) {
  Script script{
      .connections = {{{hello("one") + hello("evil")}}, {{hello("two")}, {hello("three")}}}};
  with_script(script, get_three);
  EXPECT_EQ(script.accepted, 2U);
}

Task<Result<>> get_twice_where_the_second_breaks(Script& script) {
  HttpClient client;
  const auto first = co_await body_of(client, script.url());
  if (!first) co_return first.error();
  const auto second = co_await body_of(client, script.url());
  EXPECT_FALSE(second);
  co_return ok();
}

TEST(HttpClient, DoesNotAskAgainWhenAnAnswerHasBegun) {
  Script script{.connections = {{{hello()}, {"HTTP/1.1 2", Then::close}}}};
  with_script(script, get_twice_where_the_second_breaks);
  EXPECT_EQ(script.requests.size(), 2U);
}

Task<Result<>> post_after_get(Script& script) {
  HttpClient client;
  const auto first = co_await body_of(client, script.url());
  if (!first) co_return first.error();
  const auto url = HttpUrl::parse(script.url());
  auto posted = co_await client.send({.method = "POST", .url = *url, .body = "x"});
  if (!posted) co_return posted.error();
  EXPECT_FALSE(posted->kept_connection);
  co_return ok();
}

TEST(HttpClient, GivesAPostAConnectionOfItsOwn) {
  Script script{.connections = {{{hello()}}, {{hello()}}}};
  with_script(script, post_after_get);
  EXPECT_EQ(script.accepted, 2U);
}

Task<Result<>> be_idle(HttpClient& client, Script& script, std::size_t kept) {
  const auto first = co_await body_of(client, script.url());
  if (!first) co_return first.error();
  EXPECT_EQ(client.kept_connections(), 1U);
  if (const auto slept = co_await sleep_for(1s); !slept) co_return slept;
  EXPECT_EQ(client.kept_connections(), kept);
  EXPECT_EQ(script.left, kept == 0 ? 1U : 0U);
  const auto second = co_await body_of(client, script.url());
  if (!second) co_return second.error();
  EXPECT_EQ(*second, "two");
  co_return ok();
}
Task<Result<>> be_idle_and_watch(Script& script) {
  HttpClient client;
  co_return co_await either(be_idle(client, script, 0), client.watch());
}
Task<Result<>> be_idle_unwatched(Script& script) {
  HttpClient client;
  co_return co_await be_idle(client, script, 1);
}

TEST(HttpClient, ClosesAnIdleConnectionThatItsServerHasEndedWhereItIsWatched) {
  for (const auto body : {be_idle_and_watch, be_idle_unwatched}) {
    Script script{.connections = {{{.bytes = hello("one"), .ends = true}}, {{hello("two")}}}};
    with_timed_script(script, body);
    EXPECT_EQ(script.accepted, 2U);
  }
}

// One that is used again and again is watched once more each time, and by nobody in vain.
Task<Result<>> get_many_and_watch(Script& script) {
  HttpClient client;
  co_return co_await either(get_many(client, script), client.watch());
}

TEST(HttpClient, WatchesAConnectionThatIsInUse) {
  Script script;
  script.connections.emplace_back(5, ScriptedReply{hello("one")});
  with_timed_script(script, get_many_and_watch);
  EXPECT_EQ(script.accepted, 1U);
}

// --- bodies of requests --------------------------------------------------------------------------

Task<Result<>> put_bodies(Script& script) {
  HttpClient client;
  const auto url = HttpUrl::parse(script.url());
  Text counted("counted body", true);
  Text endless("in pieces", false);
  std::vector<std::variant<std::monostate, std::string, HttpSource*>> bodies;
  bodies.emplace_back(std::string("small"));
  bodies.emplace_back(std::string(300'000, 'x'));
  bodies.emplace_back(&counted);
  bodies.emplace_back(&endless);
  bodies.emplace_back();
  for (auto& body : bodies) {
    auto answer = co_await client.send({.method = "PUT", .url = *url, .body = std::move(body)});
    if (!answer) co_return answer.error();
    // Read to its end, for the connection to be kept.
    if (const auto text = co_await answer->text(k_most); !text) co_return text.error();
  }
  co_return ok();
}

TEST(HttpClient, SendsBodies) {
  // What has a source cannot be repeated, and has a connection of its own; the last one takes that
  // which was used last.
  Script script{.connections = {{{hello()}, {hello()}}, {{hello()}}, {{hello()}, {hello()}}}};
  with_script(script, put_bodies);
  EXPECT_EQ(script.accepted, 3U);
  ASSERT_EQ(script.requests.size(), 5U);
  EXPECT_TRUE(script.requests[0].ends_with("Content-Length: 5\r\n\r\nsmall"));
  EXPECT_TRUE(script.requests[1].ends_with("\r\n\r\n" + std::string(300'000, 'x')));
  EXPECT_TRUE(script.requests[2].ends_with("Content-Length: 12\r\n\r\ncounted body"));
  EXPECT_TRUE(script.requests[3].ends_with("Transfer-Encoding: chunked\r\n\r\nin pieces"));
  EXPECT_TRUE(script.requests[4].ends_with("Content-Length: 0\r\n\r\n"));
}

// What each of two bodies of unknown length comes to, one after the other.
Task<Result<>> put_two_of_unknown_length(Script& script) {
  HttpClient client;
  const auto url = HttpUrl::parse(script.url());
  for (int i = 0; i < 2; ++i) {
    Text endless("in pieces", false);
    auto answer = co_await client.send({.method = "PUT", .url = *url, .body = &endless});
    if (!answer) co_return answer.error();
    if (const auto text = co_await answer->text(k_most); !text) co_return text.error();
  }
  co_return ok();
}

TEST(Rfc9112, S6_1_SendsChunksOnlyToWhomItKnowsToTakeThem) {
  Script knows{.connections = {{{hello()}}, {{hello()}}}};
  with_script(knows, put_two_of_unknown_length);
  ASSERT_EQ(knows.requests.size(), 2U);
  EXPECT_TRUE(knows.requests[0].ends_with("Content-Length: 9\r\n\r\nin pieces"));
  EXPECT_TRUE(knows.requests[1].ends_with("Transfer-Encoding: chunked\r\n\r\nin pieces"));
  const std::string old = "HTTP/1.0 200 OK\r\nContent-Length: 0\r\n\r\n";
  Script is_old{.connections = {{{old}}, {{old}}}};
  with_script(is_old, put_two_of_unknown_length);
  ASSERT_EQ(is_old.requests.size(), 2U);
  for (const std::string& request : is_old.requests) {
    EXPECT_TRUE(request.ends_with("Content-Length: 9\r\n\r\nin pieces"));
  }
}

Task<Result<>> put_more_than_is_gathered(Script& script) {
  HttpClient client({.limits = {.gathered_bytes = 8}});
  Text endless("in pieces", false);
  const auto url = HttpUrl::parse(script.url());
  const auto answer = co_await client.send({.method = "PUT", .url = *url, .body = &endless});
  EXPECT_FALSE(answer);
  if (!answer) EXPECT_EQ(answer.error().fault(), Fault::limit);
  co_return ok();
}

TEST(HttpClient, LimitsWhatIsGatheredToLearnItsLength) {
  Script script{.connections = {{{hello()}}}};
  with_script(script, put_more_than_is_gathered);
  EXPECT_TRUE(script.requests.empty());
}

struct Endless final : HttpSource {
  Task<Result<std::size_t>> read(std::span<std::byte> into, Deadline) override {
    std::memset(into.data(), 'x', into.size());
    co_return into.size();
  }
};

Task<Result<>> post_to_one_who_does_not_listen(Script& script) {
  HttpClient client({.versions = HttpVersions::http1});
  Endless endless;
  const auto url = HttpUrl::parse(script.url());
  auto answer = co_await client.send({.method = "POST", .url = *url, .body = &endless});
  if (!answer) co_return answer.error();
  EXPECT_EQ(answer->status, 413);
  EXPECT_EQ((co_await answer->text(k_most)).value_or("?"), "no");
  EXPECT_EQ(client.kept_connections(), 0U);
  co_return ok();
}

TEST(HttpClient, HearsAnAnswerThatComesBeforeTheBodyIsSent) {
  Script script{.connections = {{{.bytes = "HTTP/1.1 413 Too Large\r\nContent-Length: 2\r\n\r\nno",
                                  .at_once = true}}}};
  with_script(script, post_to_one_who_does_not_listen);
}

// A server that answers first and reads then, or reads as it answers, has all of the body.
std::string large_upload() { return std::string(3'000'000, 'u'); }

Task<Result<>> post_to_one_who_answers_at_once(Script& script) {
  const auto url = HttpUrl::parse(script.url());
  Text counted(large_upload(), true, 50'000), endless(large_upload(), false, 50'000);
  for (auto& body :
       std::vector<decltype(HttpClientRequest::body)>{large_upload(), &counted, &endless}) {
    HttpClient client({.versions = HttpVersions::http1});
    auto answer = co_await client.send({.method = "POST", .url = *url, .body = std::move(body)});
    if (!answer) co_return answer.error();
    EXPECT_EQ((co_await answer->text(k_most)).value_or("?"), "hello");
    // It comes behind all of the body.
    EXPECT_EQ((co_await body_of(client, script.url())).value_or("?"), "next");
    EXPECT_EQ(client.kept_connections(), 1U);
  }
  co_return ok();
}

TEST(HttpClient, SendsTheWholeBodyToAServerThatAnswersAtOnce) {
  const ScriptedReply reply{.bytes = hello(), .at_once = true, .hears_out = true};
  const ScriptedReply next{.bytes = hello("next")};
  Script script{.connections = {{reply, next}, {reply, next}, {reply, next}}};
  with_script(script, post_to_one_who_answers_at_once);
  ASSERT_EQ(script.requests.size(), 6U);
  for (const std::size_t posted : {0U, 2U, 4U}) {
    const std::string& request = script.requests[posted];
    EXPECT_TRUE(request.ends_with("\r\n\r\n" + large_upload())) << request.size();
  }
}

Task<Result<>> post_what_is_not_heard_out(Script& script) {
  HttpClient client({.versions = HttpVersions::http1});
  const auto url = HttpUrl::parse(script.url());
  Endless endless;
  const auto answer = co_await client.send({.method = "POST", .url = *url, .body = &endless});
  EXPECT_FALSE(answer);
  if (!answer) EXPECT_EQ(answer.error().fault(), Fault::closed) << answer.error().describe();
  co_return ok();
}

TEST(HttpClient, ABodyThatASuccessDoesNotHearOutFailsTheRequest) {
  Script script{.connections = {{{.bytes = hello(), .then = Then::reset, .at_once = true}}}};
  with_script(script, post_what_is_not_heard_out);
}

Task<Result<>> post_to_one_who_says_too_much(Script& script) {
  HttpClient client({.versions = HttpVersions::http1, .limits = {.early_bytes = 1000}});
  const auto url = HttpUrl::parse(script.url());
  Endless endless;
  const auto answer = co_await client.send({.method = "POST", .url = *url, .body = &endless});
  EXPECT_FALSE(answer);
  if (!answer) EXPECT_EQ(answer.error().fault(), Fault::limit) << answer.error().describe();
  co_return ok();
}

TEST(HttpClient, LimitsWhatIsSaidBeforeTheBodyIsSent) {
  const std::string long_answer = hello(std::string(5000, 'x'));
  Script script{.connections = {{{.bytes = long_answer, .at_once = true}}}};
  with_script(script, post_to_one_who_says_too_much);
}

struct Liar final : HttpSource {
  Task<Result<std::size_t>> read(std::span<std::byte>, Deadline) override { co_return 0; }
  std::optional<std::uint64_t> size() const override { return 5; }
};

Task<Result<>> put_what_ends_early(Script& script) {
  HttpClient client;
  Liar liar;
  const auto url = HttpUrl::parse(script.url());
  const auto answer = co_await client.send({.method = "PUT", .url = *url, .body = &liar});
  EXPECT_FALSE(answer);
  if (!answer) EXPECT_EQ(answer.error().fault(), Fault::integrity);
  co_return ok();
}

TEST(HttpClient, ABodyThatEndsEarlyFailsTheRequest) {
  Script script{.connections = {{{hello()}}}};
  with_script(script, put_what_ends_early);
  EXPECT_TRUE(script.requests.empty());
}

// --- time ----------------------------------------------------------------------------------------

Task<Result<>> wait_for_a_body_that_stands_still(Script& script) {
  HttpClient client;
  auto answer = co_await client.get(script.url(), Deadline::after(50ms));
  if (!answer) co_return answer.error();
  const auto text = co_await answer->text(k_most);
  EXPECT_FALSE(text);
  if (!text) EXPECT_EQ(text.error().fault(), Fault::timed_out);
  co_return ok();
}

TEST(HttpClient, TheDeadlineIsOfTheBodyToo) {
  Script script{.connections = {{{"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhello"}}}};
  with_timed_script(script, wait_for_a_body_that_stands_still);
}

Task<Result<>> wait_for_a_slow_body(Script& script) {
  HttpClient client({.least_rate = 1000, .grace = 20ms});
  auto answer = co_await client.get(script.url());
  if (!answer) co_return answer.error();
  const auto text = co_await answer->text(k_most);
  EXPECT_FALSE(text);
  if (!text) EXPECT_NE(text.error().why().find("slower"), std::string::npos);
  co_return ok();
}

TEST(HttpClient, ABodyHasALeastRate) {
  Script script{.connections = {{{"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhello"}}}};
  with_timed_script(script, wait_for_a_slow_body);
}

Task<Result<>> read_too_long_a_body(Script& script) {
  HttpClient client;
  auto answer = co_await client.get(script.url());
  if (!answer) co_return answer.error();
  const auto text = co_await answer->text(4);
  EXPECT_FALSE(text);
  if (!text) EXPECT_EQ(text.error().fault(), Fault::limit);
  co_return ok();
}

TEST(HttpClient, TextHasALimit) {
  Script script{.connections = {{{hello()}}}};
  with_script(script, read_too_long_a_body);
}

}  // namespace
}  // namespace patchbay
