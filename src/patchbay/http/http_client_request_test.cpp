// HttpClient: which requests it sends: where redirects lead, and what may not be sent at all.
#include <gtest/gtest.h>

#include "patchbay/http/http_client.hpp"
#include "patchbay/http/http_script_fixture.hpp"
#include "patchbay/net/sim/peers_fixture.hpp"

namespace patchbay {
namespace {

constexpr std::size_t k_most = 1 << 20;

std::string hello(std::string_view text = "hello") {
  return "HTTP/1.1 200 OK\r\nContent-Length: " + std::to_string(text.size()) + "\r\n\r\n" +
         std::string(text);
}
std::string moved(int status, std::string_view location) {
  return "HTTP/1.1 " + std::to_string(status) + " Moved\r\nLocation: " + std::string(location) +
         "\r\nContent-Length: 4\r\n\r\nmove";
}

struct Sent {
  HttpClientRequest request;
  HttpClientOptions options = {};
  Result<HttpAnswer> answer = Error(Fault::system, "ask");
};
Sent* g_sent = nullptr;

Task<Result<>> send_it(Script& script) {
  HttpClient client(g_sent->options);
  HttpClientRequest request = g_sent->request;
  request.url = *HttpUrl::parse(script.url("/start"));
  g_sent->answer = co_await client.send(std::move(request));
  if (g_sent->answer) g_sent->answer->body.reset();  // it is of this loop
  co_return ok();
}
void send_to(Script& script, Sent& sent) {
  g_sent = &sent;
  with_script(script, send_it);
}

TEST(HttpClient, FollowsRedirects) {
  Script script{.connections = {{{moved(302, "/a/b")}, {moved(307, "../c?d")}, {hello()}}}};
  Sent sent;
  send_to(script, sent);
  ASSERT_TRUE(sent.answer) << sent.answer.error().describe();
  EXPECT_EQ(sent.answer->url.target, "/c?d");
  ASSERT_EQ(sent.answer->hops.size(), 2U);
  EXPECT_EQ(sent.answer->hops[0].status, 302);
  EXPECT_EQ(sent.answer->hops[1].field("LOCATION"), "../c?d");
  EXPECT_EQ(script.accepted, 1U);
}

TEST(HttpClient, APostBecomesAGetWhereItAlwaysDid) {
  for (const auto& [status, method] :
       {std::pair(301, "GET"), {302, "GET"}, {303, "GET"}, {307, "POST"}, {308, "POST"}}) {
    Script script{.connections = {{{moved(status, "/next")}}, {{hello()}}}};
    if (std::string_view(method) == "GET")
      script.connections = {{{moved(status, "/next")}, {hello()}}};
    Sent sent{.request = {.method = "POST",
                          .fields = {{"Content-Type", "text/plain"}},
                          .body = "question"}};
    send_to(script, sent);
    ASSERT_TRUE(sent.answer) << sent.answer.error().describe();
    ASSERT_EQ(script.requests.size(), 2U);
    EXPECT_TRUE(script.requests[1].starts_with(std::string(method) + " /next ")) << status;
    EXPECT_EQ(script.requests[1].find("Content-Type") == std::string::npos,
              std::string_view(method) == "GET");
  }
}

TEST(HttpClient, StopsGoingInCircles) {
  Script script;
  script.connections.emplace_back(20, ScriptedReply{moved(302, "/start")});
  Sent sent{.options = {.most_redirects = 3}};
  send_to(script, sent);
  ASSERT_FALSE(sent.answer);
  EXPECT_EQ(sent.answer.error().fault(), Fault::limit);
  EXPECT_EQ(script.requests.size(), 4U);
}

TEST(HttpClient, HandsARedirectOverWhereItIsNotToFollow) {
  Script script{.connections = {{{moved(302, "/next")}}}};
  Sent sent{.options = {.follow_redirects = false}};
  send_to(script, sent);
  ASSERT_TRUE(sent.answer);
  EXPECT_EQ(sent.answer->status, 302);
}

TEST(HttpClient, DoesNotFollowElsewhere) {
  for (const char* location : {"ftp://127.0.0.1/", "http://joe:x@127.0.0.1/", "http://[/"}) {
    Script script{.connections = {{{moved(302, location)}}}};
    Sent sent;
    send_to(script, sent);
    EXPECT_FALSE(sent.answer) << location;
  }
}

TEST(HttpClient, TellsOfRedirectsThatLeadToNothing) {
  Script script{.connections = {{{moved(302, "/next")}, {moved(302, "http://joe:x@127.0.0.1/")}}}};
  std::vector<std::string> told;
  Sent sent;
  sent.request.on_redirect = [&](const HttpHop& hop) { told.push_back(hop.url.target); };
  send_to(script, sent);
  ASSERT_FALSE(sent.answer);
  EXPECT_EQ(told, (std::vector<std::string>{"/start", "/next"}));
  EXPECT_TRUE(std::string_view(sent.answer.error().operation()).starts_with("follow"));
  EXPECT_EQ(sent.answer.error().describe().find("joe"), std::string::npos);
}

Task<Result<>> simulated_script(Script& script) {
  auto listener = TcpListener::bind(script.at);
  if (!listener) co_return listener.error();
  co_return co_await serve_script(*listener, script);
}
Task<Result<>> get_simulated(HttpClientOptions options, Script& script) {
  HttpClient client(std::move(options));
  auto answer = co_await client.get(script.url());
  if (!answer) co_return answer.error();
  const auto text = co_await answer->text(k_most);
  if (!text) co_return text.error();
  EXPECT_EQ(*text, "hello");
  co_return ok();
}
Duration time_of_simulated(Script& script, HttpClientOptions options = {}) {
  sim::World world(1);
  sim::Pair pair(world);
  script.at = Endpoint(pair.server.address(), 80);
  pair.server.serve(simulated_script(script));
  pair.client.run(get_simulated(std::move(options), script));
  return sim::run(world);
}

// Neither the one who asks nor the client has a deadline here.
TEST(HttpClient, DoesNotWaitForTheBodyOfARedirect) {
  const std::string bodiless =
      "HTTP/1.1 302 Found\r\nLocation: /next\r\nContent-Length: 10\r\n\r\n";
  Script script{.connections = {{{bodiless}}, {{hello()}}}};
  const Duration took = time_of_simulated(script);
  EXPECT_GE(took, 1s);
  EXPECT_LT(took, 2s);
  Script again{.connections = {{{bodiless}}, {{hello()}}}};
  EXPECT_LT(time_of_simulated(again, {.kept_connections = 0}), 1s);
}

// Two origins: 127.0.0.1 and localhost, at the same port.
Task<Result<>> be_led_to_another_origin(Script& script) {
  HttpClient client;
  script.connections[0][0].bytes =
      moved(302, "http://localhost:" + std::to_string(script.at.port()) + "/other");
  const auto answer = co_await client.send({.url = *HttpUrl::parse(script.url()),
                                            .fields = {{"Authorization", "Basic c2VjcmV0"},
                                                       {"cookie", "secret"},
                                                       {"X-Harmless", "yes"},
                                                       {"X-Api-Key", "secret"}},
                                            .private_names = {"x-api-key"}});
  if (!answer) co_return answer.error();
  EXPECT_EQ(answer->url.host, "localhost");
  co_return ok();
}

TEST(HttpClient, CarriesNoSecretToAnotherOrigin) {
  Script script{.connections = {{{""}}, {{hello()}}}};
  with_script(script, be_led_to_another_origin);
  ASSERT_EQ(script.requests.size(), 2U);
  EXPECT_NE(script.requests[0].find("Basic c2VjcmV0"), std::string::npos);
  EXPECT_NE(script.requests[0].find("cookie: secret"), std::string::npos);
  EXPECT_NE(script.requests[0].find("X-Api-Key: secret"), std::string::npos);
  EXPECT_EQ(script.requests[1].find("Basic"), std::string::npos);
  EXPECT_EQ(script.requests[1].find("secret"), std::string::npos);
  EXPECT_NE(script.requests[1].find("X-Harmless: yes"), std::string::npos);
}

// --- what may not be sent ------------------------------------------------------------------------

TEST(HttpClient, RefusesRequestsThatWouldSayTwoThings) {
  const HttpFieldList bad[] = {{{"Content-Length", "5"}}, {{"transfer-encoding", "chunked"}},
                               {{"Connection", "close"}}, {{"A b", "c"}},
                               {{"A", "b\r\nC: d"}},      {{"", "x"}}};
  for (const HttpFieldList& fields : bad) {
    Script script;
    Sent sent{.request = {.fields = fields}};
    send_to(script, sent);
    ASSERT_FALSE(sent.answer);
    EXPECT_EQ(sent.answer.error().fault(), Fault::protocol);
  }
  Script script;
  Sent sent{.request = {.method = "GET / HTTP/1.1\r\nX:"}};
  send_to(script, sent);
  EXPECT_FALSE(sent.answer);
}

}  // namespace
}  // namespace patchbay
