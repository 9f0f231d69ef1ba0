#include "patchbay/wire/http1_request.hpp"

#include <gtest/gtest.h>

#include <algorithm>

#include "patchbay/wire/http1_test.hpp"

namespace patchbay {
namespace {

constexpr std::string_view k_usual =
    "GET /a/b?c=d&e HTTP/1.1\r\n"
    "Host: www.example.com:8080\r\n"
    "User-Agent:curl/8.0\r\n"
    "Accept: \t*/* \t\r\n"
    "X-Empty:\r\n"
    "\r\n";

TEST(Http1Request, IsTakenApart) {
  const Asked request{std::string(k_usual) + "rest"};
  ASSERT_EQ(request.status, k_complete);
  EXPECT_EQ(request.method, "GET");
  EXPECT_EQ(request.target, "/a/b?c=d&e");
  EXPECT_EQ(request.path, "/a/b");
  EXPECT_EQ(request.query, "c=d&e");
  EXPECT_EQ(request.host, "www.example.com:8080");
  EXPECT_EQ(request.form, TargetForm::origin);
  EXPECT_EQ(request.minor, 1);
  EXPECT_EQ(request.bytes, k_usual.size());
  EXPECT_TRUE(request.keep_alive);
  EXPECT_FALSE(request.expects_continue);
  EXPECT_EQ(request.framing.kind, BodyKind::none);
  ASSERT_EQ(request.fields.size(), 4U);
  EXPECT_EQ(request.fields.get("user-agent"), "curl/8.0");
  EXPECT_EQ(request.fields.get("accept"), "*/*");
  EXPECT_TRUE(request.fields.has("x-empty"));
}

TEST(Http1Request, LeavesNothingOfTheOneBefore) {
  const std::string first =
      "POST http://a/x?y HTTP/1.0\r\nHost: a\r\nConnection: keep-alive\r\nContent-Length: "
      "7\r\n\r\n";
  const std::string second = "OPTIONS * HTTP/1.1\r\nHost:\r\n\r\n";
  Http1Request request;
  ASSERT_EQ(parse_request(first, {}, request), HeadState::complete);
  EXPECT_EQ(request.framing.content_length, 7U);
  ASSERT_EQ(parse_request(second, {}, request), HeadState::complete);
  EXPECT_EQ(request.form, TargetForm::asterisk);
  EXPECT_EQ(request.path, "*");
  EXPECT_EQ(request.query, "");
  EXPECT_EQ(request.host, "");
  EXPECT_EQ(request.minor, 1);
  EXPECT_EQ(request.framing.kind, BodyKind::none);
  EXPECT_EQ(request.framing.content_length, 0U);
  EXPECT_EQ(request.fields.size(), 1U);
}

// Everything a server could act on.
std::string seen(const Http1Request& request, HeadState state) {
  std::string all = std::to_string(outcome(state, request)) + '|';
  if (state == HeadState::refused) return all + request.refusal.reason;
  if (state == HeadState::incomplete) return all;
  for (const std::string_view part :
       {request.method, request.target, request.path, request.query, request.host}) {
    all.append(part) += '|';
  }
  for (const auto& [name, value] : request.fields)
    all.append(name).append(":").append(value) += '|';
  return all + std::to_string(request.bytes) + std::to_string(request.keep_alive);
}

// A beginning is either incomplete, or what it is stays the same with all that may follow.
void expect_the_same_however_cut(const std::string& text, const Http1Limits& limits) {
  Http1Request request;
  const HeadState last = parse_request(text, limits, request);
  const std::string whole = seen(request, last);
  bool decided = false;
  for (std::size_t size = 0; size <= text.size(); ++size) {
    // A copy, so that a sanitizer sees a look at what has not come yet.
    const std::vector<char> come(text.begin(), text.begin() + static_cast<std::ptrdiff_t>(size));
    const HeadState state = parse_request({come.data(), come.size()}, limits, request);
    if (state == HeadState::incomplete) {
      EXPECT_FALSE(decided) << text << "\nafter " << size;
      continue;
    }
    decided = true;
    EXPECT_EQ(seen(request, state), whole) << text << "\nafter " << size;
  }
}

TEST(Http1Request, IsTheSameHoweverItIsCut) {
  const std::string host = "Host: a\r\n";
  for (const std::string& text : std::initializer_list<std::string>{
           std::string(k_usual),
           std::string(k_usual) + std::string(k_usual),
           "\r\n\r\n" + std::string(k_usual),
           "\r\n\r\n\r\n" + std::string(k_usual),
           "POST / HTTP/1.1\r\n" + host + "Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
           "CONNECT a:1 HTTP/1.1\r\n" + host + "\r\n",
           "GET / HTTP/1.1\n" + host + "\r\n",
           "GET / HTTP/1.1\r" + host + "\r\n",
           "GET /\r\n",
           "G\x01T / HTTP/1.1\r\n",
           "GET / HTTP/3.1\r\n" + host + "\r\n",
           "GET / HTTP/1.1\r\n folded: a\r\n\r\n",
           "GET / HTTP/1.1\r\n" + host + " folded\r\n\r\n",
           "GET / HTTP/1.1\r\n" + host + "no colon\r\n\r\n",
           "GET / HTTP/1.1\r\n" + host + "nothing\r\n\r\n",
           "GET / HTTP/1.1\r\n" + host + "blank : a\r\n\r\n",
           "GET / HTTP/1.1\r\n" + host + ": a\r\n\r\n",
           "GET / HTTP/1.1\r\n" + host + "a: \x02\r\n\r\n",
           "GET / HTTP/1.1\r\n" + host + "a: b\rc\r\n\r\n",
           "GET / HTTP/1.1\r\n" + host + "a: b\n\r\n",
           "GET / HTTP/1.1\r\n" + host + "a: b\r\n\rx",
           "GET / HTTP/1.1\r\n" + host + "a: b\r\n\n",
           "GET / HTTP/1.1\r\n" + host + host + "\r\n",
           "GET / HTTP/1.1\r\n" + host + "a:1\r\nb:2\r\nc:3\r\nd:4\r\ne:5\r\nf:6\r\n\r\n",
           "GET /" + std::string(60, 'x') + " HTTP/1.1\r\n" + host + "\r\n",
           "GET / HTTP/1.1\r\n" + host + "a: " + std::string(200, 'x') + "\r\n\r\n",
           "GET / HTTP/1.1\r\n" + host + std::string(200, 'x') + "\r\n\r\n",
           "\x16\x03\x01\x02"}) {
    expect_the_same_however_cut(text, {});
    expect_the_same_however_cut(text, {.head_bytes = 128, .first_line_bytes = 40, .fields = 5});
    expect_the_same_however_cut(text, {.head_bytes = 20, .first_line_bytes = 40, .fields = 5});
    expect_the_same_however_cut(text, {.head_bytes = 128, .first_line_bytes = 14, .fields = 1});
  }
}

TEST(Http1Request, TakesALineOfTheLimitAndNoLonger) {
  const std::string line = "GET / HTTP/1.1";
  const std::string rest = "\r\nHost: a\r\n\r\n";
  EXPECT_EQ(Asked(line + rest, {.first_line_bytes = line.size()}).status, k_complete);
  EXPECT_EQ(Asked(line + rest, {.first_line_bytes = line.size() - 1}).status, 414);
  EXPECT_EQ(Asked("\r\n" + line + rest, {.first_line_bytes = line.size()}).status, k_complete);
  EXPECT_EQ(Asked("\r\n" + line + rest, {.first_line_bytes = line.size() - 1}).status, 414)
      << "an empty line in front makes no room";
  EXPECT_EQ(Asked(line + "\r", {.first_line_bytes = line.size()}).status, k_incomplete);
  EXPECT_EQ(Asked(line + "xx", {.first_line_bytes = line.size()}).status, 414);
}

TEST(Http1Request, TakesAHeadOfTheLimitAndNoLonger) {
  for (const std::size_t size : {k_usual.size(), std::size_t{4096}, std::size_t{32 * 1024}}) {
    std::string head = "GET / HTTP/1.1\r\nHost: a\r\nX: ";
    head.append(size - head.size() - 4, 'x').append("\r\n\r\n");
    ASSERT_EQ(head.size(), size);
    EXPECT_EQ(Asked(head, {.head_bytes = size}).status, k_complete);
    EXPECT_EQ(Asked(head + "body", {.head_bytes = size}).status, k_complete);
    EXPECT_EQ(Asked(head, {.head_bytes = size - 1}).status, 431);
    EXPECT_EQ(Asked(head.substr(0, size - 1), {.head_bytes = size}).status, k_incomplete);
  }
}

TEST(Http1Request, TakesAsManyFieldsAsTheLimitAndNoMore) {
  std::string head = "GET / HTTP/1.1\r\nHost: a\r\n";
  for (int i = 0; i < 9; ++i) head += "X: y\r\n";
  EXPECT_EQ(Asked(head + "\r\n", {.fields = 10}).status, k_complete);
  EXPECT_EQ(Asked(head + "\r\n", {.fields = 9}).status, 431);
  EXPECT_EQ(Asked(head, {.fields = 10}).status, k_incomplete);
}

TEST(Http1Request, RefusesAHundredThousandFieldsAtTheFirstTooMany) {
  std::string head = "GET / HTTP/1.1\r\nHost: a\r\n";
  for (int i = 0; i < 100'000; ++i) head += "X: y\r\n";
  head += "\r\n";
  const Http1Limits roomy{.head_bytes = head.size()};
  const Asked request(head, roomy);
  EXPECT_EQ(request.status, 431);
  EXPECT_EQ(request.fields.size(), roomy.fields) << "nothing is kept beyond the limit";
  EXPECT_EQ(Asked(head, {.fields = 200'000}).status, 431) << "by its bytes";
}

// What a server does with 10 GB: it asks again with more until it is told to stop.
TEST(Http1Request, RefusesAnEndlessHeadBeforeItIsKept) {
  const Http1Limits limits;
  for (const std::string_view begin : {"GET / HTTP/1.1\r\nHost: a\r\nX: ", "GET /", "GET", "",
                                       "GET / HTTP/1.1\r\nHost: a\r\nX", "\r\n\r\nGET /"}) {
    std::string come(begin);
    Http1Request request;
    while (parse_request(come, limits, request) == HeadState::incomplete) {
      ASSERT_LT(come.size(), limits.head_bytes) << begin;
      come.append(1000, 'x');
    }
    EXPECT_LE(come.size(), limits.head_bytes + 1000) << begin;
    EXPECT_TRUE(request.refusal.status == 431 || request.refusal.status == 414) << begin;
  }
}

TEST(Http1Request, FindsAControlCharacterAtEveryPlaceOfAValue) {
  for (std::size_t size = 1; size <= 40; ++size) {
    for (std::size_t at = 0; at < size; ++at) {
      std::string value(size, 'v');
      EXPECT_EQ(status_with("X:" + value), k_complete);
      for (const char bad : {'\0', '\n', '\r', '\x1f', '\x7f'}) {
        value[at] = bad;
        EXPECT_EQ(status_with("X:" + value), 400) << size << " " << at;
      }
      for (const char good : {'\t', ' ', '~', '\x80', '\xff'}) {
        value[at] = good;
        EXPECT_EQ(status_with("X:" + value), k_complete) << size << " " << at;
      }
    }
  }
}

TEST(Http1Request, FindsWhatIsNoTokenAtEveryPlaceOfAName) {
  for (std::size_t size = 1; size <= 24; ++size) {
    for (std::size_t at = 0; at < size; ++at) {
      for (int c = 0; c < 256; ++c) {
        std::string name(size, 'n');
        name[at] = static_cast<char>(c);
        // A colon ends the name: it is one where something stands before it.
        const bool sound = c == ':' ? at > 0 : is_token_char(static_cast<char>(c));
        EXPECT_EQ(status_with(name + ": v"), sound ? k_complete : 400) << size << " " << at;
      }
    }
  }
}

TEST(Http1Request, TellsWhatIsWrong) {
  EXPECT_STREQ(Asked("GET / HTTP/1.1\r\n a: b\r\n").refusal.reason,
               "a field is folded over two lines");
  EXPECT_STREQ(Asked("GET / HTTP/1.1\r\na : b\r\n").refusal.reason,
               "a blank stands before a colon");
  EXPECT_STREQ(Asked("GET / HTTP/1.1\r\na\r\n").refusal.reason, "a field has no colon");
  EXPECT_STREQ(Asked("GET / HTTP/1.1\na: b\r\n").refusal.reason,
               "a line of the head does not end in CR LF");
  EXPECT_STREQ(Asked("GET / HTTP/1.1\r\n\n").refusal.reason,
               "a line of the head does not end in CR LF");
  EXPECT_STREQ(Asked("GET / HTTP/1.1\r\na: \x01").refusal.reason,
               "the head has a control character");
}

TEST(Http1Request, KeepsTheConnectionAsItSays) {
  const auto kept = [](std::string_view version, std::string_view line) {
    const Asked request("GET / " + std::string(version) + "\r\nHost: a\r\n" + std::string(line) +
                        "\r\n");
    EXPECT_EQ(request.status, k_complete);
    return request.keep_alive;
  };
  EXPECT_TRUE(kept("HTTP/1.1", ""));
  EXPECT_FALSE(kept("HTTP/1.1", "Connection: close\r\n"));
  EXPECT_FALSE(kept("HTTP/1.1", "connection: keep-alive\r\nCONNECTION: x , CLOSE\r\n"));
  EXPECT_TRUE(kept("HTTP/1.1", "Connection: closed\r\n"));
  EXPECT_FALSE(kept("HTTP/1.0", ""));
  EXPECT_TRUE(kept("HTTP/1.0", "Connection: Keep-Alive\r\n"));
  EXPECT_FALSE(kept("HTTP/1.0", "Connection: keep-alive, close\r\n"));
  EXPECT_TRUE(kept("HTTP/1.7", ""));
}

}  // namespace
}  // namespace patchbay
