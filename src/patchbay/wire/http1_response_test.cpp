#include "patchbay/wire/http1_response.hpp"

#include <gtest/gtest.h>

#include "patchbay/wire/http1_test.hpp"

namespace patchbay {
namespace {

constexpr int k_refused = 502;
constexpr int k_too_long = 431;

TEST(Http1Response, IsTakenApart) {
  const std::string head = "HTTP/1.1 404 Not Found\r\nContent-Length: 5\r\nX:y\r\n\r\n";
  const Answered response(head + "hello");
  ASSERT_EQ(response.outcome, k_complete);
  EXPECT_EQ(response.status, 404);
  EXPECT_EQ(response.reason, "Not Found");
  EXPECT_EQ(response.minor, 1);
  EXPECT_EQ(response.bytes, head.size());
  EXPECT_EQ(response.framing.kind, BodyKind::length);
  EXPECT_EQ(response.framing.content_length, 5U);
  EXPECT_TRUE(response.keep_alive);
  EXPECT_EQ(response.fields.get("x"), "y");
}

TEST(Http1Response, LeavesNothingOfTheOneBefore) {
  const std::string first = "HTTP/1.0 200 OK\r\nContent-Length: 5\r\n\r\n";
  const std::string second = "HTTP/1.1 204\r\n\r\n";
  Http1Response response;
  ASSERT_EQ(parse_response(first, "GET", {}, response), HeadState::complete);
  ASSERT_EQ(parse_response(second, "GET", {}, response), HeadState::complete);
  EXPECT_EQ(response.status, 204);
  EXPECT_EQ(response.reason, "");
  EXPECT_EQ(response.minor, 1);
  EXPECT_EQ(response.framing.kind, BodyKind::none);
  EXPECT_EQ(response.fields.size(), 0U);
}

TEST(Http1Response, TakesAReasonOrNone) {
  for (const char* line : {"HTTP/1.1 200 OK", "HTTP/1.1 200 ", "HTTP/1.1 200",
                           "HTTP/1.1 200 \ta  b\xff", "HTTP/1.0 599 x", "HTTP/1.9 999 x"}) {
    EXPECT_EQ(Answered(std::string(line) + "\r\n\r\n").outcome, k_complete) << line;
  }
}

TEST(Http1Response, RefusesWhatIsNoStatusLine) {
  for (const char* line :
       {"", "HTTP/1.1", "HTTP/1.1 ", "HTTP/1.1 20", "HTTP/1.1 2000", "HTTP/1.1 099", "HTTP/1.1 20x",
        "HTTP/1.1  200", "HTTP/1.1\t200", "HTTP/1.1 200\tOK", "http/1.1 200 OK", "HTTP/2.0 200 OK",
        "HTTP/1. 200 OK", "HTTP/1.10 200", " HTTP/1.1 200", "ICY 200 OK", "HTTP/1.1 200 \x01",
        "HTTP/1.1 -20 x"}) {
    EXPECT_EQ(Answered(std::string(line) + "\r\n\r\n").outcome, k_refused) << line;
  }
}

TEST(Http1Response, IsTheSameHoweverItIsCut) {
  const auto seen = [](const Http1Response& response, HeadState state) {
    if (state == HeadState::refused) return std::string(response.refusal.reason);
    return std::to_string(response.status) + std::string(response.reason) +
           std::to_string(response.bytes) + response.fields.all("a");
  };
  const std::string long_one(100, 'x');
  for (const std::string& text : std::initializer_list<std::string>{
           "HTTP/1.1 200 OK\r\na: b\r\n\r\nbody", "HTTP/1.1 200 OK\r\n\r\n", "HTTP/1.1 200\r\nx",
           "HTTP/1.1 200 OK\n\n", "HTTP/1.1 2\r\n\r\n", "HTTP/1.1 200 OK\r\n b: c\r\n\r\n",
           "HTTP/1.1 200 " + long_one + "\r\n\r\n",
           "HTTP/1.1 200 OK\r\na: " + long_one + "\r\n\r\n",
           "HTTP/1.1 200 OK\r\na: 1\r\nb: 2\r\nc: 3\r\n\r\n"}) {
    for (const Http1Limits& limits : {Http1Limits{}, Http1Limits{64, 32, 2}, {24, 15, 2}}) {
      Http1Response response;
      const HeadState last = parse_response(text, "GET", limits, response);
      const std::string whole = seen(response, last);
      bool decided = false;
      for (std::size_t size = 0; size <= text.size(); ++size) {
        const std::vector<char> come(text.begin(),
                                     text.begin() + static_cast<std::ptrdiff_t>(size));
        const HeadState state = parse_response({come.data(), come.size()}, "GET", limits, response);
        if (state == HeadState::incomplete) {
          EXPECT_FALSE(decided) << text << "\nafter " << size;
          continue;
        }
        decided = true;
        EXPECT_EQ(seen(response, state), whole) << text << "\nafter " << size;
      }
    }
  }
}

TEST(Http1Response, TakesWhatIsOfTheLimitAndNoMore) {
  const std::string line = "HTTP/1.1 200 OK";
  const std::string head = line + "\r\na: b\r\nc: d\r\n\r\n";
  EXPECT_EQ(Answered(head, "GET", {.first_line_bytes = line.size()}).outcome, k_complete);
  EXPECT_EQ(Answered(head, "GET", {.first_line_bytes = line.size() - 1}).outcome, k_too_long);
  EXPECT_EQ(Answered(head, "GET", {.head_bytes = head.size()}).outcome, k_complete);
  EXPECT_EQ(Answered(head, "GET", {.head_bytes = head.size() - 1}).outcome, k_too_long);
  EXPECT_EQ(Answered(head, "GET", {.fields = 2}).outcome, k_complete);
  EXPECT_EQ(Answered(head, "GET", {.fields = 1}).outcome, k_too_long);
}

TEST(Http1Response, KeepsTheConnectionAsItSays) {
  const auto kept = [](std::string_view version, std::string_view lines) {
    const Answered response(std::string(version) + " 200 OK\r\n" + std::string(lines) + "\r\n");
    EXPECT_EQ(response.outcome, k_complete);
    return response.keep_alive;
  };
  const std::string length = "Content-Length: 1\r\n";
  EXPECT_TRUE(kept("HTTP/1.1", length));
  EXPECT_FALSE(kept("HTTP/1.1", length + "Connection: close\r\n"));
  EXPECT_FALSE(kept("HTTP/1.0", length));
  EXPECT_TRUE(kept("HTTP/1.0", length + "Connection: keep-alive\r\n"));
  EXPECT_FALSE(kept("HTTP/1.1", "")) << "its body lasts until the connection ends";
}

}  // namespace
}  // namespace patchbay
