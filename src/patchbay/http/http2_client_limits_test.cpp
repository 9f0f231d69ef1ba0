// What a client of HTTP/2 makes of servers that refuse, go away, break off, and break the rules.
#include "patchbay/http/http2_script_fixture.hpp"

namespace patchbay {
namespace {

using Reply = std::function<std::string(std::uint32_t id, std::size_t nth)>;

constexpr std::size_t k_most = 1 << 20;
constexpr std::uint32_t k_last = 0x7fffffff;

std::string hello(std::uint32_t id) {
  return http2_head(id, http2_field("content-length", "5")) + http2_data(id, "hello");
}

HttpClientOptions over_http2() { return {.versions = HttpVersions::http2}; }

struct Came {
  std::string text = {};  // "200 hello", or the fault's name; "200 closed" for a broken body
  std::string why = {};
  std::string remedy = {};
};

void note(const Error& error, Came& came) {
  came.text += name_of(error.fault());
  came.why = error.why();
  came.remedy = error.remedy();
  EXPECT_FALSE(error.subject().empty()) << error.describe();
}

Task<Result<>> ask_once(HttpClient& client, HttpClientRequest request, Came& came) {
  came = {};
  auto answer = co_await client.send(std::move(request));
  if (!answer) {
    note(answer.error(), came);
    co_return ok();
  }
  came.text = std::to_string(answer->status) + " ";
  const auto text = co_await answer->text(k_most);
  if (text) {
    came.text += *text;
  } else {
    note(text.error(), came);
  }
  co_return ok();
}

Task<Result<>> ask_alone(std::string url, std::string method, Came& came) {
  HttpClient client(over_http2());
  HttpClientRequest request{.method = method, .url = *HttpUrl::parse(url)};
  if (method == "POST") request.body = "question";
  co_return co_await ask_once(client, std::move(request), came);
}

Came outcome(Http2Script& script, std::string method = "GET") {
  Http2ScriptWorld it(script);
  Came came;
  it.run(ask_alone(it.url(), std::move(method), came));
  EXPECT_LT(it.took, 60s);
  return came;
}
Came outcome(Reply reply, std::size_t closes_after = 1000) {
  Http2Script script{.reply = std::move(reply), .closes_after = closes_after};
  return outcome(script);
}

TEST(Http2ClientLimits, TheScriptedServerIsUnderstood) {
  EXPECT_EQ(outcome([](auto id, auto) { return hello(id); }).text, "200 hello");
}

// --- requests that were not looked at ------------------------------------------------------------

TEST(Http2ClientLimits, AsksAgainWhatWasRefused) {
  for (const char* method : {"GET", "POST"}) {
    Http2Script script{.reply = [](auto id, auto nth) {
      return nth < 2 ? http2_reset(id, NGHTTP2_REFUSED_STREAM) : hello(id);
    }};
    EXPECT_EQ(outcome(script, method).text, "200 hello") << method;
    EXPECT_EQ(script.requests, 3U);
    // What cannot be repeated does not trust an idle connection.
    EXPECT_EQ(script.connections, method == std::string("GET") ? 1U : 3U);
  }
}

TEST(Http2ClientLimits, DoesNotAskForEver) {
  Http2Script script{
      .reply = [](auto id, auto) { return http2_reset(id, NGHTTP2_REFUSED_STREAM); }};
  const Came came = outcome(script);
  EXPECT_EQ(came.text, "closed");
  EXPECT_NE(came.why.find("refused the request"), std::string::npos) << came.why;
  EXPECT_FALSE(came.remedy.empty());
  EXPECT_EQ(script.requests, 4U);
}

TEST(Http2ClientLimits, AsksElsewhereWhenTheServerGoesAway) {
  for (const char* method : {"GET", "POST"}) {
    Http2Script script{.reply = [](auto id, auto nth) {
      return nth == 0 ? http2_goaway(0, NGHTTP2_NO_ERROR) : hello(id);
    }};
    EXPECT_EQ(outcome(script, method).text, "200 hello") << method;
    EXPECT_EQ(script.connections, 2U);
  }
}

TEST(Http2ClientLimits, APostThatMayHaveBeenHeardIsNotRepeated) {
  Http2Script script{.reply = [](auto, auto) { return ""; }, .closes_after = 1};
  EXPECT_EQ(outcome(script, "POST").text, "closed");
  EXPECT_EQ(script.requests, 1U);
}

Task<Result<>> ask_twice(std::string url, Came& first, Came& second) {
  HttpClient client(over_http2());
  const HttpUrl parsed = *HttpUrl::parse(url);
  if (const auto asked = co_await ask_once(client, {.url = parsed}, first); !asked) co_return asked;
  co_return co_await ask_once(client, {.url = parsed}, second);
}

TEST(Http2ClientLimits, AnAnswerThatHasBegunOutlastsAGoaway) {
  Http2Script script{.reply = [](auto id, auto) {
    return http2_head(id) + http2_data(id, "hel", false) + http2_goaway(id, NGHTTP2_NO_ERROR) +
           http2_data(id, "lo");
  }};
  Http2ScriptWorld it(script);
  Came first, second;
  it.run(ask_twice(it.url(), first, second));
  EXPECT_EQ(first.text + second.text, "200 hello200 hello");
  EXPECT_EQ(script.connections, 2U);
}

TEST(Http2ClientLimits, ANoticeOfTheEndIsNoEnd) {
  EXPECT_EQ(outcome([](auto id, auto) {
              return http2_goaway(k_last, NGHTTP2_NO_ERROR) + hello(id);
            }).text,
            "200 hello");
}

TEST(Http2ClientLimits, AKeptConnectionThatHadEndedIsReplaced) {
  Http2Script script{.reply = [](auto id, auto) { return hello(id); }, .closes_after = 1};
  Http2ScriptWorld it(script);
  Came first, second;
  it.run(ask_twice(it.url(), first, second));
  EXPECT_EQ(first.text + second.text, "200 hello200 hello");
  EXPECT_EQ(script.connections, 2U);
}

// --- what is broken off --------------------------------------------------------------------------

TEST(Http2ClientLimits, SaysWhyTheServerResetARequest) {
  const auto why = [](std::uint32_t code) {
    return outcome([code](auto id, auto) { return http2_reset(id, code); });
  };
  EXPECT_EQ(why(NGHTTP2_INTERNAL_ERROR).text, "closed");
  EXPECT_NE(why(NGHTTP2_INTERNAL_ERROR).why.find("error of its own"), std::string::npos);
  EXPECT_EQ(why(NGHTTP2_ENHANCE_YOUR_CALM).text, "limit");
  EXPECT_EQ(why(NGHTTP2_PROTOCOL_ERROR).text, "protocol");
  EXPECT_NE(why(NGHTTP2_HTTP_1_1_REQUIRED).remedy.find("HTTP/1.1"), std::string::npos);
  EXPECT_EQ(why(12345).text, "closed");
}

TEST(Http2ClientLimits, ABodyThatIsCutShortIsNoBody) {
  EXPECT_EQ(outcome([](auto id, auto) {
              return http2_head(id) + http2_data(id, "hel", false) +
                     http2_reset(id, NGHTTP2_CANCEL);
            }).text,
            "200 closed");
  EXPECT_EQ(
      outcome([](auto id, auto) { return http2_head(id) + http2_data(id, "hel", false); }, 1).text,
      "200 closed");
  EXPECT_EQ(outcome([](auto, auto) { return ""; }, 1).text, "closed");
  EXPECT_EQ(outcome([](auto, auto) { return http2_goaway(1, NGHTTP2_INTERNAL_ERROR); }, 1).why,
            "it met an error of its own");
}

TEST(Http2ClientLimits, ALengthThatIsNotThatOfTheBodyBreaksTheAnswer) {
  const auto body = [](const char* told, std::string text) {
    return outcome([=](auto id, auto) {
      return http2_head(id, http2_field("content-length", told)) + http2_data(id, text);
    });
  };
  EXPECT_EQ(body("5", "hello").text, "200 hello");
  EXPECT_EQ(body("6", "hello").text, "200 protocol");
  EXPECT_EQ(body("4", "hello").text, "200 protocol");
  EXPECT_EQ(body("x", "hello").text, "protocol");
  EXPECT_EQ(outcome([](auto id, auto) {
              return http2_head(id, http2_field("content-length", "5"), true);
            }).text,
            "protocol");
}

// --- what is too much ----------------------------------------------------------------------------

TEST(Http2ClientLimits, AHeadHasALimit) {
  const std::string field = http2_field("x", std::string(120, 'y'));
  std::string many;
  for (int i = 0; i < 110; ++i) many += http2_field("a", "b");
  EXPECT_EQ(outcome([&](auto id, auto) { return http2_head(id, many, true); }).text, "limit");
  // One entry of the table, 4,000 bytes of it, in each byte that follows.
  std::string bomb = std::string("\x40\x01x\x7f\xa1\x1e", 6) + std::string(4000, 'y');
  bomb += std::string(10'000, '\xbe');
  const Came came = outcome([&](auto id, auto) { return http2_head(id, bomb, true); });
  EXPECT_EQ(came.text, "limit");
  EXPECT_NE(came.why.find("too long"), std::string::npos);
}

TEST(Http2ClientLimits, AHeadWithoutAnEndEndsTheConnection) {
  std::string fields;
  for (int i = 0; i < 100; ++i) fields += http2_field("x", "yyyy");
  const Came came = outcome([&](auto id, auto) {
    std::string all = http2_frame(NGHTTP2_HEADERS, 0, id, "\x88");
    for (int i = 0; i < 1000; ++i) all += http2_frame(NGHTTP2_CONTINUATION, 0, id, fields);
    return all;
  });
  EXPECT_TRUE(came.text == "limit" || came.text == "protocol") << came.text;
}

TEST(Http2ClientLimits, InterimAnswersHaveALimit) {
  const auto interim = [](int times) {
    return outcome([times](auto id, auto) {
      std::string all;
      for (int i = 0; i < times; ++i) {
        all += http2_frame(NGHTTP2_HEADERS, NGHTTP2_FLAG_END_HEADERS, id,
                           std::string("\x08\x03", 2) + "103");
      }
      return all + hello(id);
    });
  };
  EXPECT_EQ(interim(3).text, "200 hello");
  EXPECT_EQ(interim(50).text, "protocol");
}

TEST(Http2ClientLimits, AFloodOfFramesThatSayNothingEndsTheConnection) {
  const auto flood = [](int type, int flags, std::string payload) {
    return outcome([=](auto id, auto) {
      std::string all = http2_head(id);
      for (int i = 0; i < 2000; ++i) {
        const std::uint32_t stream = type == NGHTTP2_DATA ? id : 0;
        all += http2_frame(type, flags, stream, payload);
      }
      return all + http2_data(id, "hello");
    });
  };
  EXPECT_EQ(flood(NGHTTP2_PING, 0, "12345678").text, "200 limit");
  EXPECT_EQ(flood(NGHTTP2_PING, NGHTTP2_FLAG_ACK, "12345678").text, "200 limit");
  EXPECT_EQ(flood(NGHTTP2_SETTINGS, 0, "").text, "200 limit");
  EXPECT_EQ(flood(NGHTTP2_DATA, 0, "").text, "200 limit");
  EXPECT_EQ(flood(NGHTTP2_GOAWAY, 0, http2_number(k_last) + http2_number(0)).text, "200 limit");
  EXPECT_EQ(flood(0x77, 0, "what is this").text, "200 limit");
}

TEST(Http2ClientLimits, NothingIsPushed) {
  const Came came = outcome([](auto id, auto) {
    return http2_frame(NGHTTP2_PUSH_PROMISE, NGHTTP2_FLAG_END_HEADERS, id,
                       http2_number(2) + std::string(k_get_block));
  });
  EXPECT_EQ(came.text, "protocol");
}

TEST(Http2ClientLimits, AWindowIsNotOverrun) {
  const Came came = outcome([](auto id, auto) {
    std::string all = http2_head(id);
    for (int i = 0; i < 400; ++i) all += http2_data(id, std::string(16'000, 'x'), false);
    return all;
  });
  EXPECT_EQ(came.text, "200 protocol") << came.why;
}

TEST(Http2ClientLimits, WhatIsNotHttp2IsSaidToBeSo) {
  Http2Script script{.reply = [](auto, auto) { return ""; },
                     .greeting = "HTTP/1.1 400 Bad Request\r\n\r\n"};
  const Came came = outcome(script);
  EXPECT_EQ(came.text, "protocol");
  EXPECT_EQ(came.why, "it does not speak HTTP/2");
  EXPECT_EQ(came.remedy, "ask it over HTTP/1.1");
}

TEST(Http2ClientLimits, FieldsOfAConnectionBreakAnAnswer) {
  for (const char* name : {"transfer-encoding", "connection", "Upper", "a b"}) {
    EXPECT_EQ(outcome([name](auto id, auto) {
                return http2_head(id, http2_field(name, "chunked")) + http2_data(id, "hello");
              }).text,
              "protocol")
        << name;
  }
}

}  // namespace
}  // namespace patchbay
