// What a client of HTTP/2 may not do: too often, too slowly, too much, or wrongly.
#include "patchbay/http/http2_site_fixture.hpp"

namespace patchbay {
namespace {

using Client = Http2Client;
constexpr int k_calm = NGHTTP2_ENHANCE_YOUR_CALM;

// --- too often -----------------------------------------------------------------------------------

std::string repeat(int times, const std::function<std::string(std::uint32_t)>& piece) {
  std::string all;
  for (int i = 0; i < times; ++i) all += piece(static_cast<std::uint32_t>(2 * i + 1));
  return all;
}

// All within a moment, behind a greeting.
void expect_closed(const std::string& flood) {
  Http2World it;
  SCOPED_TRACE(testing::Message() << "frames of type " << int{flood[3]});
  EXPECT_EQ(say(it, http2_greeting() + flood), k_calm);
  EXPECT_LT(it.took, 3s);
  EXPECT_EQ(it.site.running, 0);
}

std::string open_and_reset(std::uint32_t id) {
  const int whole = NGHTTP2_FLAG_END_HEADERS | NGHTTP2_FLAG_END_STREAM;
  return http2_frame(NGHTTP2_HEADERS, whole, id, k_get_block) +
         http2_frame(NGHTTP2_RST_STREAM, 0, id, std::string("\0\0\0\x08", 4));
}

TEST(Http2Limits, ARapidResetEndsTheConnectionAndReachesNoHandler) {
  Http2World it;
  EXPECT_EQ(say(it, http2_greeting() + repeat(1000, open_and_reset)), k_calm);
  EXPECT_EQ(it.site.begun, 0);
  EXPECT_LE(it.log.lines.size(), 202U);
}

TEST(Http2Limits, AFewResetsAreFine) {
  Http2World it;
  it.run(+[](Client& client) -> Task<Result<>> {
    for (int i = 0; i < 50; ++i) {
      const std::int32_t id = client.ask("GET", "/never");
      if (const auto sent = co_await client.send(); !sent) co_return sent;
      nghttp2_submit_rst_stream(client.session(), NGHTTP2_FLAG_NONE, id, NGHTTP2_CANCEL);
    }
    co_return co_await client.until_closed(client.ask("GET", "/"));
  });
}

// The client has the server reset its streams ("MadeYouReset").
TEST(Http2Limits, ResetsThatTheClientProvokesCountToo) {
  expect_closed(repeat(1000, [](std::uint32_t id) {
    return http2_frame(NGHTTP2_HEADERS, NGHTTP2_FLAG_END_HEADERS, id, k_get_block) +
           http2_frame(NGHTTP2_WINDOW_UPDATE, 0, id, "\x7f\xff\xff\xff");
  }));
}

TEST(Http2Limits, AFloodOfFramesThatSayNothingEndsTheConnection) {
  const auto flood = [](int type, int flags, std::uint32_t id, std::string payload) {
    return repeat(2000, [=](std::uint32_t) { return http2_frame(type, flags, id, payload); });
  };
  expect_closed(flood(NGHTTP2_PING, 0, 0, "12345678"));
  expect_closed(flood(NGHTTP2_PING, NGHTTP2_FLAG_ACK, 0, "12345678"));
  expect_closed(flood(NGHTTP2_SETTINGS, 0, 0, ""));
  expect_closed(flood(NGHTTP2_PRIORITY, 0, 1, std::string("\0\0\0\0\x10", 5)));
  expect_closed(flood(NGHTTP2_WINDOW_UPDATE, 0, 0, std::string("\0\0\0\1", 4)));
  expect_closed(flood(0x77, 0, 0, "what is this"));
  expect_closed(http2_frame(NGHTTP2_HEADERS, NGHTTP2_FLAG_END_HEADERS, 1, k_get_block) +
                flood(NGHTTP2_DATA, 0, 1, ""));
}

TEST(Http2Limits, AHeadWithoutAnEndEndsTheConnection) {
  std::string fields;
  for (int i = 0; i < 30; ++i) fields += std::string("\x00\x01x\x04yyyy", 8);
  expect_closed(http2_frame(NGHTTP2_HEADERS, 0, 1, k_get_block) + repeat(1000, [&](std::uint32_t) {
                  return http2_frame(NGHTTP2_CONTINUATION, 0, 1, fields);
                }));
  expect_closed(http2_frame(NGHTTP2_HEADERS, 0, 1, k_get_block) + repeat(1000, [](std::uint32_t) {
                  return http2_frame(NGHTTP2_CONTINUATION, 0, 1, "");
                }));
}

// --- too much ------------------------------------------------------------------------------------

Task<Result<>> send_too_many_fields(Client& client, int fields, std::size_t size, int expected) {
  Client::Fields more;
  for (int i = 0; i < fields; ++i)
    more.emplace_back("x-" + std::to_string(i), std::string(size, 'v'));
  const std::int32_t id = client.ask("GET", "/", more);
  if (const auto heard = co_await client.until_closed(id); !heard) co_return heard;
  EXPECT_EQ(client[id].status(), expected);
  const std::int32_t next = client.ask("GET", "/");
  if (const auto heard = co_await client.until_closed(next); !heard) co_return heard;
  EXPECT_EQ(client[next].status(), 200);
  co_return ok();
}

TEST(Http2Limits, TooManyFieldsAreRefusedAndNothingElse) {
  Http2World().run(send_too_many_fields, 100, std::size_t{1}, 200);
  Http2World().run(send_too_many_fields, 101, std::size_t{1}, 431);
  Http2World().run(send_too_many_fields, 10, std::size_t{4000}, 431);
}

// A field of 4,000 bytes that was sent once, and then named by one byte at a time (RFC 7541 section
// 6.1): 16 KB on the wire would be 48 MB of fields.
TEST(Http2Limits, AHeadThatUnfoldsToMegabytesIsRefusedAndNotKept) {
  const std::string large = std::string("\x40\x01x\x7f\xa1\x1e", 6) + std::string(4000, 'v');
  const int whole = NGHTTP2_FLAG_END_HEADERS | NGHTTP2_FLAG_END_STREAM;
  Http2World it;
  const auto code =
      say(it, http2_greeting() +
                  http2_frame(NGHTTP2_HEADERS, whole, 1,
                              std::string(k_get_block) + large + std::string(12'000, '\xbe')) +
                  http2_frame(NGHTTP2_HEADERS, whole, 3, k_get_block));
  EXPECT_TRUE(code == std::nullopt || *code == NGHTTP2_NO_ERROR) << *code;
  ASSERT_EQ(it.log.lines.size(), 2U);
  EXPECT_EQ(it.log.lines[0].answer.status, 431);
  EXPECT_EQ(it.log.lines[1].answer.status, 200);
  EXPECT_EQ(it.site.begun, 1);
}

Task<Result<>> ask_for_too_much(Client& client) {
  const auto greeted = co_await client.until([&] {
    return nghttp2_session_get_remote_settings(client.session(),
                                               NGHTTP2_SETTINGS_MAX_CONCURRENT_STREAMS) == 5;
  });
  if (!greeted) co_return greeted;
  std::vector<std::int32_t> ids;
  for (int i = 0; i < 12; ++i) ids.push_back(client.ask("GET", "/slow"));
  for (const std::int32_t id : ids) {
    if (const auto heard = co_await client.until_closed(id); !heard) co_return heard;
  }
  const auto is_whole = [&](std::int32_t id) { return client[id].whole(); };
  EXPECT_EQ(std::ranges::count_if(ids, is_whole), 12);
  co_return ok();
}

TEST(Http2Limits, HasOnlySoManyStreamsAtATime) {
  Http2World it({.streams = 5});
  it.run(ask_for_too_much);
  EXPECT_GT(it.took, 8s);
}

TEST(Http2Limits, StreamsBeyondWhatItSaidAreRefused) {
  Http2World it({.streams = 5});
  it.run(+[](Client& client) -> Task<Result<>> {
    const std::string all = repeat(10, [](std::uint32_t id) {
      return http2_frame(NGHTTP2_HEADERS, NGHTTP2_FLAG_END_HEADERS, id, k_get_block);
    });
    if (const auto sent = co_await client.send(); !sent) co_return sent;
    if (const auto sent = co_await client.stream().write_all(all); !sent) co_return sent;
    co_return co_await sleep_for(1s);
  });
  EXPECT_EQ(it.service.counters.requests, 5U);
}

TEST(Http2Limits, AConnectionHasOnlySoManyRequests) {
  Http2World it({.requests = 3});
  it.run(+[](Client& client) -> Task<Result<>> {
    for (int i = 0; i < 3; ++i) client.ask("GET", "/later");
    co_await client.until_the_end();
    EXPECT_EQ(client.goaway, static_cast<std::uint32_t>(NGHTTP2_NO_ERROR));
    for (const std::int32_t id : {1, 3, 5}) EXPECT_TRUE(client[id].whole());
    co_return ok();
  });
}

Task<Result<>> send_more_than_told(Client& client) {
  const std::int32_t more = client.ask("POST", "/count", {{"content-length", "3"}}, "12345");
  const std::int32_t less = client.ask("POST", "/count", {{"content-length", "9"}}, "12345");
  if (const auto heard = co_await client.until_closed(more); !heard) co_return heard;
  if (const auto heard = co_await client.until_closed(less); !heard) co_return heard;
  EXPECT_EQ(client[more].code, static_cast<std::uint32_t>(NGHTTP2_PROTOCOL_ERROR));
  EXPECT_EQ(client[less].code, static_cast<std::uint32_t>(NGHTTP2_PROTOCOL_ERROR));
  co_return ok();
}

TEST(Http2Limits, ABodyIsAsLongAsItWasSaidToBe) {
  Http2World it;
  it.run(send_more_than_told);
  EXPECT_EQ(it.site.body_fault, Fault::closed);
  EXPECT_EQ(it.log.lines.size(), 2U);
}

// --- wrongly -------------------------------------------------------------------------------------

struct Wrong {
  const char* what;
  Client::Fields fields;
  int status;  // 0: it is reset
};

Task<Result<>> send_wrong(Client& client, const std::vector<Wrong>& all) {
  for (const Wrong& wrong : all) {
    const std::int32_t id = client.send_fields(wrong.fields);
    if (const auto heard = co_await client.until_closed(id); !heard) co_return heard;
    EXPECT_EQ(client[id].status(), wrong.status) << wrong.what;
    EXPECT_EQ(client[id].code != 0, wrong.status == 0) << wrong.what;
  }
  co_return ok();
}

TEST(Http2Limits, RefusesWhatIsNoRequest) {
  const auto get = [](const char* path, const char* authority) {
    return Client::Fields{
        {":method", "GET"}, {":scheme", "http"}, {":path", path}, {":authority", authority}};
  };
  const auto with = [&](const char* name, const char* value) {
    Client::Fields fields = get("/", "a");
    fields.emplace_back(name, value);
    return fields;
  };
  const std::vector<Wrong> all = {
      {"a path without a slash", get("hello", "a"), 0},
      {"an empty path", get("", "a"), 0},
      {"an asterisk for GET", get("*", "a"), 0},
      {"a fragment", get("/a#b", "a"), 400},
      {"a blank in the path", get("/a b", "a"), 0},
      {"a user in the authority", get("/", "me@a"), 400},
      {"a port that is none", get("/", "a:99999"), 400},
      {"an empty authority", get("/", ""), 0},
      {"another host", with("host", "b"), 400},
      {"the same host", with("host", "A"), 200},
      {"an unknown expectation", with("expect", "rain"), 417},
      {"a field of a connection", with("connection", "close"), 0},
      {"a transfer coding", with("transfer-encoding", "chunked"), 0},
      {"a line end", with("x", "a\r\nb: c"), 0},
      {"blanks around a value", with("x", " a "), 0},
      {"two methods", with(":method", "GET"), 0},
      {"no path", {{":method", "GET"}, {":scheme", "http"}, {":authority", "a"}}, 0},
      {"a tunnel", {{":method", "CONNECT"}, {":authority", "a:1"}}, 501},
      {"what is right", get("/", "a"), 200},
  };
  Http2World it;
  it.run_with({.checks = false}, send_wrong, std::cref(all));
  EXPECT_EQ(it.log.lines.size(), all.size());
  EXPECT_EQ(it.service.counters.requests, 2U);
}

TEST(Http2Limits, WhatIsNoPrefaceEndsTheConnection) {
  Http2World it;
  (void)say(it, "GET / HTTP/1.1\r\nHost: a\r\n\r\n" + std::string(100, ' '));
  EXPECT_LT(it.took, 3s);
}

}  // namespace
}  // namespace patchbay
