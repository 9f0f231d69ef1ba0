// What a connection of HTTP/1 has to keep; the table is in docs/http-conformance.md.
#include "patchbay/http/http_server.hpp"

#include <fmt/format.h>

#include "patchbay/http/http1_reply.hpp"
#include "patchbay/http/http1_site_fixture.hpp"
#include "patchbay/http/http_world_fixture.hpp"

namespace patchbay {
namespace {

using namespace std::string_literals;

// What a client hears that says this and then waits.
HttpHeard hear(std::string bytes) {
  HttpRouter site = http1_site();
  return HttpWorld(site).hear(std::move(bytes));
}

// --- heads that are none -------------------------------------------------------------------------

struct BadHead {
  int status;
  std::string bytes;
};

std::vector<BadHead> bad_heads() {
  std::string many;
  for (int i = 0; i < 101; ++i) many += fmt::format("X-{}: 1\r\n", i);
  return {
      {400, "GET / HTTP/1.1\r\n\r\n"},
      {400, get_of("/", "Host: other.test\r\n")},
      {400, "GET / HTTP/1.1\r\nHost: a b\r\n\r\n"},
      {400, "GET / HTTP/1.1\r\nHost : site.test\r\n\r\n"},
      {400, get_of("/", "X-Fold: a\r\n b\r\n")},
      {400, get_of("/", "X-Bare: a\rb\r\n")},
      {400, get_of("/", "no colon\r\n")},
      {400, "GET / HTTP/1.1\nHost: site.test\n\n"},
      {400, "GET  / HTTP/1.1\r\nHost: site.test\r\n\r\n"},
      {400, "GET /a b HTTP/1.1\r\nHost: site.test\r\n\r\n"},
      {400, "G@T / HTTP/1.1\r\nHost: site.test\r\n\r\n"},
      {400, get_of("/", "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n", "POST")},
      {400, get_of("/", "Content-Length: 5\r\nContent-Length: 6\r\n", "POST")},
      {400, get_of("/", "Content-Length: -5\r\n", "POST")},
      {400, get_of("/", "Transfer-Encoding: gzip\r\n", "POST")},
      {400, get_of("/", "Transfer-Encoding: chunked, chunked\r\n", "POST")},
      {400, "POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n"},
      {414, get_of("/" + std::string(9000, 'a'))},
      {417, get_of("/", "Expect: miracles\r\n")},
      {431, get_of("/", many)},
      {431, get_of("/", "X-Long: " + std::string(40'000, 'a') + "\r\n")},
      {501, get_of("/", "Transfer-Encoding: gzip, chunked\r\n", "POST")},
      {505, "GET / HTTP/2.0\r\nHost: site.test\r\n\r\n"},
      {400, "\x16\x03\x01\x02\0\x01\0\x01\xfc\x03\x03 a TLS client\r\n\r\n"s},
  };
}

TEST(Rfc9112, S3_AnswersABadHeadAndCloses) {
  for (const auto& [status, bytes] : bad_heads()) {
    SCOPED_TRACE(bytes.substr(0, 100));
    HttpRouter site = http1_site();
    HttpWorld it(site);
    const HttpHeard heard = it.hear(bytes + get_of("/"));
    const HttpHeardAnswer answer = heard.only();
    EXPECT_EQ(answer.status, status);
    EXPECT_EQ(answer.field("connection"), "close");
    EXPECT_LT(heard.ended, 1s);
    EXPECT_EQ(it.service.counters.refused, 1U);
    ASSERT_EQ(it.log.lines.size(), 1U);
    EXPECT_EQ(it.log.lines[0].answer.status, status);
    EXPECT_EQ(it.log.lines[0].answer.body_bytes, answer.body.size());
  }
}

TEST(Rfc9112, S2_2_AnswersWhatCameBeforeABadHead) {
  EXPECT_EQ(hear(get_of("/") + get_of("/made") + "no request\r\n\r\n").statuses(),
            (std::vector{200, 200, 400}));
}

TEST(HttpServer, TakesAHeadByteByByte) {
  std::vector<HttpSaid> script;
  for (const char byte : get_of("/")) script.push_back({.bytes = {byte}, .after = 10ms});
  HttpRouter site = http1_site();
  EXPECT_EQ(HttpWorld(site).hear(std::move(script)).only().body, "hello\n");
}

// --- what is sent --------------------------------------------------------------------------------

TEST(Rfc9112, S4_SendsTheBlankBehindTheStatusCode) {
  EXPECT_TRUE(hear(get_of("/status/200")).bytes.starts_with("HTTP/1.1 200 OK\r\n"));
  EXPECT_TRUE(hear(get_of("/status/299")).bytes.starts_with("HTTP/1.1 299 "));
}

TEST(Rfc9112, S2_2_SendsNothingThatEndsALineTooEarly) {
  HttpResponse response(200);
  response.add("X-Told", "a\r\nX-Evil: 1\r\n\r\n<script>").add("X-Bad\r\nX-Evil", "1");
  response.add("X-Tab", "a\tb").add("", "nameless").add("X Y", "two words");
  std::string head;
  append_head(head, response, Http1Reply::plan(response, "GET", 1, true), "date");
  EXPECT_EQ(head,
            "HTTP/1.1 200 OK\r\nDate: date\r\nX-Told: a  X-Evil: 1    <script>\r\nX-Tab: a b\r\n"
            "Content-Length: 0\r\n\r\n");
  const auto made = HttpPrepared::make(200, {{"X-Told", "a\r\nX-Evil: 1"}, {"X\r\nY", "1"}}, "");
  EXPECT_EQ(made->lines, "X-Told: a  X-Evil: 1\r\nContent-Length: 0\r\n");
}

TEST(Rfc9112, S6_2_SendsOneLengthWhateverAHandlerSays) {
  HttpResponse response = HttpResponse::text("hello\n");
  response.add("Content-Length", "77").add("transfer-encoding", "chunked");
  response.add("Connection", "close").add("Keep-Alive", "timeout=5");
  std::string head;
  append_head(head, response, Http1Reply::plan(response, "GET", 1, true), "date");
  EXPECT_EQ(head,
            "HTTP/1.1 200 OK\r\nDate: date\r\nContent-Type: text/plain; charset=utf-8\r\n"
            "Content-Length: 6\r\n\r\n");
}

TEST(Rfc9112, S7_1_SendsInChunksWhatIsMadeWhileItIsSent) {
  const HttpHeard heard = hear(get_of("/made"));
  EXPECT_EQ(heard.only().field("transfer-encoding"), "chunked");
  EXPECT_EQ(heard.only().field("content-length"), "");
  EXPECT_TRUE(heard.bytes.ends_with("\r\n\r\n4\r\none \r\n4\r\ntwo \r\n6\r\nthree\n\r\n0\r\n\r\n"));
}

TEST(Rfc9112, S6_1_SendsNoChunksToHttp10) {
  const HttpHeard heard = hear("GET /made HTTP/1.0\r\nConnection: keep-alive\r\n\r\n");
  EXPECT_EQ(heard.only().field("transfer-encoding"), "");
  EXPECT_EQ(heard.only().field("connection"), "close");
  EXPECT_EQ(heard.only().body, "one two three\n");
  EXPECT_LT(heard.ended, 1s);
}

TEST(Rfc9112, S6_1_SendsNoFramingWithAStatusThatHasNoBody) {
  for (const char* path : {"/none", "/none-made", "/status/204", "/status/304"}) {
    SCOPED_TRACE(path);
    const HttpHeard heard = hear(get_of(path) + get_of("/"));
    ASSERT_EQ(heard.answers().size(), 2U);
    const HttpHeardAnswer answer = heard.answers()[0];
    EXPECT_EQ(answer.field("transfer-encoding"), "");
    EXPECT_EQ(answer.field("content-length"), "");
    EXPECT_EQ(answer.body, "");
    EXPECT_EQ(heard.answers()[1].body, "hello\n");
  }
}

TEST(Rfc9110, S15_3_6_SendsNoContentWith205) {
  const HttpHeard heard = hear(get_of("/reset") + get_of("/"));
  EXPECT_EQ(heard.statuses(), (std::vector{205, 200}));
  EXPECT_EQ(heard.answers()[0].field("content-length"), "0");
}

TEST(Rfc9110, S9_3_2_SendsNoContentToHead) {
  for (const char* path : {"/", "/big", "/made"}) {
    const HttpHeard heard = hear(get_of(path, {}, "HEAD") + get_of("/"));
    const auto answers = heard.answers(1);
    ASSERT_EQ(answers.size(), 2U) << path;
    EXPECT_EQ(answers[0].status, 200);
    EXPECT_EQ(answers[1].body, "hello\n");
  }
  EXPECT_EQ(hear(get_of("/big", {}, "HEAD")).only(1).field("content-length"), "3000000");
}

TEST(Rfc9110, S6_2_TellsTheVersionItConformsTo) {
  EXPECT_TRUE(hear("GET / HTTP/1.0\r\n\r\n").bytes.starts_with("HTTP/1.1 200 OK\r\n"));
  EXPECT_TRUE(hear("GET / HTTP/1.9\r\nHost: a\r\n\r\n").bytes.starts_with("HTTP/1.1 200 OK\r\n"));
}

TEST(Rfc9110, S6_6_1_SendsDate) {
  for (const char* path : {"/", "/made", "/none", "/status/304", "/nowhere"}) {
    EXPECT_EQ(hear(get_of(path)).only().field("date"), "Thu, 01 Jan 2026 00:00:00 GMT") << path;
  }
  EXPECT_EQ(hear("nonsense\r\n\r\n").only().field("date"), "Thu, 01 Jan 2026 00:00:00 GMT");
  HttpRouter site = http1_site();
  const HttpHeard later =
      HttpWorld(site).hear({{.bytes = get_of("/")}, {.bytes = get_of("/"), .after = 30s}});
  EXPECT_EQ(later.answers()[1].field("date"), "Thu, 01 Jan 2026 00:00:30 GMT");
}

TEST(Rfc9110, S7_4_RefusesATargetOfHttpsWithoutTls) {
  const HttpHeard heard = hear("GET https://site.test/ HTTP/1.1\r\nHost: site.test\r\n\r\n");
  EXPECT_EQ(heard.only().status, 421);
  EXPECT_LT(heard.ended, 1s);
  EXPECT_EQ(hear("GET http://site.test/ HTTP/1.1\r\nHost: site.test\r\n\r\n").only().status, 200);
}

// --- how long a connection lasts -----------------------------------------------------------------

TEST(Rfc9112, S9_3_KeepsAConnectionUnlessItIsToldOtherwise) {
  const struct {
    std::string bytes;
    bool stays;
    const char* connection;
  } cases[] = {
      {get_of("/"), true, ""},
      {get_of("/", "Connection: keep-alive\r\n"), true, ""},
      {get_of("/", "Connection: close\r\n"), false, "close"},
      {get_of("/", "Connection: x, Close\r\n"), false, "close"},
      {get_of("/", "Connection: keep-alive\r\nConnection: close\r\n"), false, "close"},
      {"GET / HTTP/1.0\r\n\r\n", false, "close"},
      {"GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n", true, "keep-alive"},
  };
  for (const auto& [bytes, stays, connection] : cases) {
    SCOPED_TRACE(bytes);
    const HttpHeard heard = hear(bytes);
    EXPECT_EQ(heard.only().field("connection"), connection);
    EXPECT_EQ(heard.ended >= 60s, stays) << heard.ended.count();
    EXPECT_EQ(heard.fault, std::nullopt);
  }
}

TEST(Rfc9112, S9_6_LooksAtNoFurtherRequestAfterClose) {
  HttpRouter site = http1_site();
  HttpWorld it(site);
  const HttpHeard heard =
      it.hear(get_of("/") + get_of("/", "Connection: close\r\n") + get_of("/made"));
  EXPECT_EQ(heard.statuses(), (std::vector{200, 200}));
  EXPECT_EQ(heard.answers()[1].field("connection"), "close");
  EXPECT_EQ(it.service.counters.requests, 2U);
}

// A close with bytes unread would be a reset, and could overtake the answer.
TEST(Rfc9112, S9_6_EndsInStages) {
  HttpRouter site = http1_site();
  const HttpHeard heard = HttpWorld(site).hear(
      {{.bytes = "nonsense\r\n\r\n"}, {.bytes = std::string(30'000, 'x'), .after = 100ms}});
  EXPECT_EQ(heard.only().status, 400);
  EXPECT_EQ(heard.fault, std::nullopt);
}

TEST(HttpServer, ClosesAfterTheLastRequestItTakes) {
  HttpRouter site = http1_site();
  HttpWorld it(site, {.limits = {.requests = 3}});
  const HttpHeard heard = it.hear({{.bytes = get_of("/") + get_of("/")},
                                   {.bytes = get_of("/made") + get_of("/"), .after = 1s}});
  EXPECT_EQ(heard.statuses(), (std::vector{200, 200, 200}));
  EXPECT_EQ(heard.answers()[1].field("connection"), "");
  EXPECT_EQ(heard.answers()[2].field("connection"), "close");
}

TEST(Rfc9112, S9_3_2_AnswersPipelinedRequestsInTheirOrder) {
  HttpRouter site = http1_site();
  HttpWorld it(site);
  const HttpHeard heard =
      it.hear(get_of("/late") + get_of("/") + body_of("POST", "/count", "12345") +
              get_of("/nowhere") + get_of("/big") + get_of("/made"));
  EXPECT_EQ(heard.statuses(), (std::vector{200, 200, 200, 404, 200, 200}));
  const auto answers = heard.answers();
  ASSERT_EQ(answers.size(), 6U);
  EXPECT_EQ(answers[0].body, "late\n");
  EXPECT_EQ(answers[1].body, "hello\n");
  EXPECT_EQ(answers[2].body, "5");
  EXPECT_EQ(answers[4].body, sim::pattern(3'000'000));
  EXPECT_EQ(answers[5].body, "one two three\n");
  ASSERT_EQ(it.log.lines.size(), 6U);
  EXPECT_EQ(it.log.lines[0].path, "/late");
  EXPECT_GE(it.log.lines[0].answer.took, 3s);
  EXPECT_LT(it.log.lines[0].answer.took, 4s);
  EXPECT_EQ(it.log.lines[4].answer.body_bytes, 3'000'000U);
}

TEST(HttpServer, SendsAnswersToPipelinedRequestsInOneWrite) {
  const HttpHeard heard = hear(get_of("/") + get_of("/nowhere") + get_of("/"));
  EXPECT_EQ(heard.statuses(), (std::vector{200, 404, 200}));
  EXPECT_EQ(heard.pieces.size(), 1U);
}

TEST(HttpServer, HoldsNoAnswerBackForALaterOne) {
  const HttpHeard late = hear(get_of("/") + get_of("/late"));
  ASSERT_EQ(late.pieces.size(), 2U);
  EXPECT_LT(late.times[0], 1s);
  const HttpHeard slow = hear(get_of("/") + get_of("/made-slowly"));
  EXPECT_EQ(slow.answers()[1].body, "onetwo");
  ASSERT_GE(slow.pieces.size(), 2U);
  EXPECT_LT(slow.times[0], 1s);
}

TEST(HttpServer, CutsAnAnswerThatCannotBeMadeToItsEnd) {
  HttpRouter site = http1_site();
  HttpWorld it(site);
  const HttpHeard heard = it.hear(get_of("/") + get_of("/made-badly") + get_of("/"));
  ASSERT_EQ(heard.answers().size(), 2U);
  EXPECT_EQ(heard.answers()[0].body, "hello\n");
  EXPECT_FALSE(heard.answers()[1].whole);
  EXPECT_LT(heard.ended, 1s);
  ASSERT_EQ(it.log.lines.size(), 2U);
  EXPECT_FALSE(it.log.lines[1].answer.complete);
}

// To HTTP/1.0 the end of the connection is the end of the body: it must not look like one.
TEST(HttpServer, ResetsWhatHttp10WouldTakeForWhole) {
  const HttpHeard heard = hear("GET /made-badly HTTP/1.0\r\n\r\n");
  EXPECT_EQ(heard.fault, Fault::closed);
}

}  // namespace
}  // namespace patchbay
