#include "patchbay/tools/http/probe.hpp"

#include <gtest/gtest.h>

#include <set>

#include "patchbay/net/group.hpp"
#include "patchbay/net/loop.hpp"
#include "patchbay/net/serve.hpp"

namespace patchbay {
namespace {

using After = HttpQuestion::After;

const ProbeTarget k_target = {"example.net:8080", "/a?b"};

HttpQuestion question(std::string_view expect, After after,
                      HttpQuestion::Check check = HttpQuestion::Check::nothing) {
  return {.id = "x",
          .section = "9112 3",
          .what = "x",
          .expect = expect,
          .request = "GET {path} HTTP/1.1\r\n\r\n",
          .severity = HttpQuestion::Severity::must,
          .needs = HttpQuestion::Needs::always,
          .after = after,
          .check = check};
}

// --- the table -----------------------------------------------------------------------------------

TEST(HttpQuestions, AreManyAndEachHasItsName) {
  std::set<std::string_view> ids;
  for (const HttpQuestion& one : http_questions()) EXPECT_TRUE(ids.insert(one.id).second);
  EXPECT_GE(ids.size(), 50U);
  EXPECT_EQ(http_questions().front().id, "plain");
}

// A request that could change something is not for a stranger's server.
TEST(HttpQuestions, ChangeNothing) {
  for (const HttpQuestion& one : http_questions()) {
    const std::string bytes = question_bytes(one, k_target);
    const std::string method = methods_of(bytes).front();
    EXPECT_NE(method, "PUT") << one.id;
    EXPECT_NE(method, "DELETE") << one.id;
    EXPECT_NE(method, "PATCH") << one.id;
    if (method == "POST") EXPECT_TRUE(bytes.starts_with("POST /.well-known/")) << one.id;
    EXPECT_LT(bytes.size(), 300'000U) << one.id;
    EXPECT_EQ(bytes.find('{'), std::string::npos) << one.id;
  }
}

TEST(HttpQuestions, HaveTheirPlacesFilled) {
  HttpQuestion one = question("any", After::free);
  one.request = "GET {path} {host} {none} {ab*3} \r{\n*2}";
  EXPECT_EQ(question_bytes(one, k_target),
            "GET /a?b example.net:8080 /.well-known/patchbay-probe ababab \r\n\n");
  EXPECT_EQ(methods_of("\r\nHEAD / HTTP/1.1\r\n"), (std::vector<std::string>{"HEAD", "GET"}));
}

// --- reading answers -----------------------------------------------------------------------------

ProbeHeard heard(std::string_view bytes, ProbeEnd end, std::string method = "GET") {
  ProbeReader reader({std::move(method), "GET"});
  for (const char c : bytes) reader.take(std::string_view(&c, 1));
  reader.end(end);
  return reader.heard();
}

constexpr std::string_view k_ok = "HTTP/1.1 200 OK\r\nDate: x\r\nContent-Length: 2\r\n\r\nok";
constexpr std::string_view k_bad =
    "HTTP/1.1 400 Bad Request\r\nConnection: close\r\nContent-Length: 0\r\n\r\n";
const std::string k_two = std::string(k_ok) + std::string(k_ok);

TEST(ProbeReader, TakesAnswersApart) {
  const ProbeHeard two = heard("HTTP/1.1 100 Continue\r\n\r\n" + k_two, ProbeEnd::closed);
  ASSERT_EQ(two.answers.size(), 2U);
  EXPECT_EQ(two.answers[0].status, 200);
  EXPECT_TRUE(two.answers[0].keep_alive);
  EXPECT_TRUE(two.answers[0].has_date);
  EXPECT_TRUE(two.answers[1].whole);
  EXPECT_EQ(two.garbage, nullptr);
}

TEST(ProbeReader, NoticesWhatIsNoAnswer) {
  EXPECT_NE(heard("<html>", ProbeEnd::closed).garbage, nullptr);
  EXPECT_NE(heard(std::string(k_ok) + "x\r\n", ProbeEnd::closed).garbage, nullptr);
  // The answer to HEAD has no body: what follows it would be an answer.
  EXPECT_NE(heard(k_ok, ProbeEnd::closed, "HEAD").garbage, nullptr);
  EXPECT_EQ(heard("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n", ProbeEnd::closed, "HEAD").garbage,
            nullptr);
}

TEST(ProbeReader, IsNotTakenInByALongAnswer) {
  ProbeReader reader({"GET"});
  reader.take("HTTP/1.1 200 OK\r\n\r\n");
  const std::string piece(1 << 20, 'x');
  for (int i = 0; i < 20 && !reader.useless(); ++i) reader.take(piece);
  EXPECT_EQ(reader.heard().end, ProbeEnd::enough);
}

// --- judging -------------------------------------------------------------------------------------

bool is_right(std::string_view bytes, ProbeEnd end, const HttpQuestion& one, int base = 200) {
  return judge(one, heard(bytes, end), base).judgement == ProbeJudgement::right;
}

TEST(ProbeVerdict, ComparesTheFirstAnswer) {
  const auto expects = [](std::string_view words) { return question(words, After::free); };
  EXPECT_TRUE(is_right(k_ok, ProbeEnd::closed, expects("base")));
  EXPECT_TRUE(is_right(k_ok, ProbeEnd::closed, expects("2xx")));
  EXPECT_TRUE(is_right(k_ok, ProbeEnd::closed, expects("any")));
  EXPECT_TRUE(is_right(k_bad, ProbeEnd::closed, expects("close 400")));
  EXPECT_FALSE(is_right(k_ok, ProbeEnd::closed, expects("400 close")));
  EXPECT_FALSE(is_right(k_bad, ProbeEnd::closed, expects("base")));
  EXPECT_FALSE(is_right(k_bad, ProbeEnd::closed, expects("2xx 501")));
  EXPECT_TRUE(is_right("", ProbeEnd::reset, expects("400 close")));
  EXPECT_FALSE(is_right("", ProbeEnd::open, expects("400 close")));
  EXPECT_TRUE(is_right("", ProbeEnd::open, expects("400 silence")));
  EXPECT_FALSE(is_right("", ProbeEnd::closed, expects("any")));
  EXPECT_FALSE(is_right("<html>", ProbeEnd::closed, expects("400 close")));
}

TEST(ProbeVerdict, NothingMayFollowWhereTheEndIsDue) {
  const HttpQuestion one = question("any", After::end);
  EXPECT_TRUE(is_right(k_ok, ProbeEnd::closed, one));
  EXPECT_TRUE(is_right(k_bad, ProbeEnd::open, one));
  EXPECT_FALSE(is_right(k_two, ProbeEnd::closed, one));
  EXPECT_FALSE(is_right(std::string(k_ok) + "junk\r\n", ProbeEnd::closed, one));
}

TEST(ProbeVerdict, TheNextOneIsOwedUnlessTheEndWasTold) {
  const HttpQuestion one = question("any", After::next);
  EXPECT_TRUE(is_right(k_two, ProbeEnd::closed, one));
  EXPECT_TRUE(is_right(k_bad, ProbeEnd::closed, one));
  EXPECT_FALSE(is_right(k_ok, ProbeEnd::closed, one));
  EXPECT_FALSE(is_right(k_ok, ProbeEnd::open, one));
  EXPECT_FALSE(is_right(std::string(k_ok) + std::string(k_bad), ProbeEnd::closed, one));
  EXPECT_FALSE(is_right(k_two + std::string(k_ok), ProbeEnd::closed, one));
}

TEST(ProbeVerdict, LooksIntoTheAnswer) {
  EXPECT_FALSE(
      is_right(k_bad, ProbeEnd::closed, question("any", After::free, HttpQuestion::Check::date)));
  EXPECT_FALSE(is_right("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
                        ProbeEnd::closed,
                        question("any", After::free, HttpQuestion::Check::unchunked)));
}

// --- asking --------------------------------------------------------------------------------------

// Answers whatever comes with the same bytes, once, and ends.
Task<> answer_with(TcpStream stream, const std::string& bytes) {
  if (const auto asked = co_await stream.receive(); !asked || asked->empty()) co_return;
  if (const auto sent = co_await stream.write_all(bytes); !sent) co_return;
  if (const auto ended = co_await stream.shutdown_write(); !ended) co_return;
  while (true) {
    const auto more = co_await stream.receive();
    if (!more || more->empty()) co_return;
  }
}

Task<Result<>> serve(TcpListener& listener, const std::string& bytes) {
  co_return co_await serve_each(listener, answer_with, std::ref(bytes));
}

Task<Result<>> ask(Endpoint at, Result<ProbeHeard>& into) {
  const ProbeOptions options{.url = *HttpUrl::parse("http://" + at.to_string() + "/")};
  into = co_await ask_question(options, http_questions().front());
  co_return ok();
}

Task<> ask_one(const std::string& bytes, Result<ProbeHeard>& into) {
  auto listener = TcpListener::bind(Endpoint(IpAddress::loopback(Family::v4), 0));
  EXPECT_TRUE(listener);
  const auto done = co_await either(serve(*listener, bytes), ask(listener->local(), into));
  EXPECT_TRUE(done);
}

TEST(Probe, AsksAServerAndHearsItsAnswers) {
  auto loop = Loop::make();
  ASSERT_TRUE(loop);
  Result<ProbeHeard> into = Error(Fault::system, "ask");
  const std::string bytes = k_two;
  (*loop)->run(ask_one(bytes, into));
  ASSERT_TRUE(into) << into.error().describe();
  EXPECT_EQ(into->answers.size(), 2U);
  EXPECT_EQ(into->end, ProbeEnd::closed);
  EXPECT_EQ(judge(http_questions().front(), *into, 200).judgement, ProbeJudgement::right);
}

}  // namespace
}  // namespace patchbay
