// RFC 9110, requirement by requirement, as far as a parser of HTTP/1 can break it: sections 4 to 7,
// 9.3.6, 10.1.1 and 15. See rfc9112_test.cpp.
#include <gtest/gtest.h>

#include "patchbay/wire/http1_test.hpp"

namespace patchbay {
namespace {

const std::string k_get = "GET / HTTP/1.1\r\nHost: a\r\n";

TEST(Rfc9110, S4_2_RefusesAUrlWithoutAHost) {
  for (const char* target : {"http://", "http:///x", "https:///", "http://:80/", "http://?x"}) {
    EXPECT_EQ(status_of("GET " + std::string(target) + " HTTP/1.1\r\nHost:\r\n"), 400) << target;
  }
}

TEST(Rfc9110, S4_2_4_RefusesAUserInATargetOrHost) {
  EXPECT_EQ(status_of("GET http://user@a/ HTTP/1.1\r\nHost: a\r\n"), 400);
  EXPECT_EQ(status_of("GET / HTTP/1.1\r\nHost: user@a\r\n"), 400);
  EXPECT_EQ(status_of("CONNECT user@a:80 HTTP/1.1\r\nHost: a:80\r\n"), 400);
}

TEST(Rfc9110, S5_1_KeepsFieldsItDoesNotKnow) {
  const Asked request(k_get + "X-Nobody-Knows: this\r\n\r\n");
  EXPECT_EQ(request.fields.get("x-nobody-knows"), "this");
}

TEST(Rfc9110, S5_3_KeepsTheOrderOfFieldsOfOneName) {
  const Asked request(k_get + "A: 1\r\nB: 2\r\na: 3\r\nA: 4\r\n\r\n");
  EXPECT_EQ(request.fields.all("a"), "1, 3, 4");
}

TEST(Rfc9110, S5_3_ActsOnNoRequestBeforeItsHeadIsWhole) {
  const std::string head = k_get + "X: a\r\n\r\n";
  for (std::size_t size = 0; size < head.size(); ++size) {
    EXPECT_EQ(Asked(head.substr(0, size)).status, k_incomplete) << size;
  }
}

TEST(Rfc9110, S5_4_AnswersFieldsThatAreTooLongOrTooManyWith431) {
  EXPECT_EQ(status_with("X: " + std::string(40'000, 'x')), 431);
  std::string many;
  for (int i = 0; i < 200; ++i) many += "X: a\r\n";
  EXPECT_EQ(status_of(k_get + many), 431);
}

TEST(Rfc9110, S5_5_RefusesCrLfAndNulInAValue) {
  using namespace std::string_literals;
  EXPECT_EQ(status_with("X: a\0b"s), 400);
  EXPECT_EQ(status_with("X: \0"s), 400);
  EXPECT_EQ(status_with("X: a\rb"), 400);
  EXPECT_EQ(status_with("X: a\nb"), 400);
  EXPECT_EQ(Answered("HTTP/1.1 200 OK\r\nX: a\0b\r\n\r\n"s).outcome, 502);
  EXPECT_TRUE(read_chunked("0\r\nX: a\0b\r\n\r\n"s).broken);
}

TEST(Rfc9110, S5_5_ExcludesTheBlanksAroundAValueBeforeItCounts) {
  EXPECT_EQ(Asked(k_get + "Content-Length: \t 5 \t\r\n\r\n").framing.content_length, 5U);
  EXPECT_EQ(Asked("GET / HTTP/1.1\r\nHost:\ta \r\n\r\n").host, "a");
}

TEST(Rfc9110, S5_6_1_2_PassesOverEmptyElementsOfAList) {
  EXPECT_FALSE(Asked(k_get + "Connection: ,, close ,\r\n\r\n").keep_alive);
  EXPECT_TRUE(Asked(k_get + "Connection: , ,,\r\n\r\n").keep_alive);
}

TEST(Rfc9110, S5_6_3_PassesOverBlanksThatMustNotBeSent) {
  EXPECT_EQ(read_chunked("1 ; a = b\r\nx\r\n0\r\n\r\n").content, "x");
}

TEST(Rfc9110, S5_6_4_EndsAQuotedStringAtNoEscapedQuote) {
  EXPECT_FALSE(list_has(R"("a\", close, ")", "close"));
  EXPECT_TRUE(list_has(R"("a\\", close)", "close"));
}

TEST(Rfc9110, S7_1_TakesTheSpecialFormsWithTheirMethodsOnly) {
  EXPECT_EQ(status_of("POST * HTTP/1.1\r\nHost: a\r\n"), 400);
  EXPECT_EQ(status_of("OPTIONS a:80 HTTP/1.1\r\nHost: a:80\r\n"), 400);
  EXPECT_EQ(status_of("options * HTTP/1.1\r\nHost: a\r\n"), 400) << "the case of a method counts";
}

TEST(Rfc9110, S7_2_TellsTheHostAsItWasSent) {
  EXPECT_EQ(Asked("GET / HTTP/1.1\r\nHost: WWW.Example.org:8001\r\n\r\n").host,
            "WWW.Example.org:8001");
}

TEST(Rfc9110, S9_3_6_RefusesAConnectWithoutAPort) {
  for (const char* target : {"a", "a:", "[::1]", "a:0", "a:00", "a:65536", "a:http", ":80", ":"}) {
    EXPECT_EQ(status_of("CONNECT " + std::string(target) + " HTTP/1.1\r\nHost: a\r\n"), 400)
        << target;
  }
  EXPECT_EQ(status_of("CONNECT a:65535 HTTP/1.1\r\nHost: a:65535\r\n"), k_complete);
  EXPECT_EQ(status_of("CONNECT [::1]:1 HTTP/1.1\r\nHost: [::1]:1\r\n"), k_complete);
}

TEST(Rfc9110, S10_1_1_TellsWhoWaitsForContinue) {
  const std::string length = "Content-Length: 5\r\n";
  EXPECT_TRUE(Asked(k_get + length + "Expect: 100-continue\r\n\r\n").expects_continue);
  EXPECT_TRUE(Asked(k_get + length + "expect: 100-CONTINUE\r\n\r\n").expects_continue);
  EXPECT_TRUE(
      Asked(k_get + "Transfer-Encoding: chunked\r\nExpect: 100-continue\r\n\r\n").expects_continue);
  EXPECT_FALSE(Asked(k_get + length + "\r\n").expects_continue);
  EXPECT_FALSE(Asked(k_get + "Expect: 100-continue\r\n\r\n").expects_continue) << "no body follows";
  EXPECT_FALSE(Asked(k_get + "Content-Length: 0\r\nExpect: 100-continue\r\n\r\n").expects_continue);
}

TEST(Rfc9110, S10_1_1_IgnoresAnExpectationOfHttp10) {
  const Asked request("POST / HTTP/1.0\r\nContent-Length: 5\r\nExpect: 100-continue\r\n\r\n");
  EXPECT_EQ(request.status, k_complete);
  EXPECT_FALSE(request.expects_continue);
  EXPECT_EQ(status_of("POST / HTTP/1.0\r\nContent-Length: 5\r\nExpect: wonders\r\n"), k_complete);
}

TEST(Rfc9110, S10_1_1_AnswersAnotherExpectationWith417) {
  EXPECT_EQ(status_with("Expect: wonders"), 417);
  EXPECT_EQ(status_with("Expect: 100-continue, wonders"), 417);
}

TEST(Rfc9110, S15_TakesAStatusItDoesNotKnowByItsClass) {
  for (const int status : {199, 299, 399, 471, 599, 600, 999}) {
    const Answered response("HTTP/1.1 " + std::to_string(status) +
                            " x\r\nContent-Length: 0\r\n\r\n");
    EXPECT_EQ(response.outcome, k_complete) << status;
    EXPECT_EQ(response.status, status);
  }
  EXPECT_EQ(Answered("HTTP/1.1 099 x\r\n\r\n").outcome, 502);
}

TEST(Rfc9110, S15_2_ReadsSeveralInterimAnswersBeforeTheFinalOne) {
  const std::string stream =
      "HTTP/1.1 100 Continue\r\n\r\n"
      "HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n"
      "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";
  std::string_view rest = stream;
  std::vector<int> statuses;
  Http1Response response;
  do {
    ASSERT_EQ(parse_response(rest, "GET", {}, response), HeadState::complete);
    statuses.push_back(response.status);
    rest.remove_prefix(response.bytes);
  } while (response.status < 200);
  EXPECT_EQ(statuses, (std::vector<int>{100, 103, 200}));
  EXPECT_EQ(rest, "ok");
}

}  // namespace
}  // namespace patchbay
