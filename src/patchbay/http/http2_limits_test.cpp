// What a client of HTTP/2 may not do: too often, too slowly, too much, or wrongly.
#include "patchbay/http/http2_site_fixture.hpp"

namespace patchbay {
namespace {

using Client = Http2Client;
constexpr std::uint32_t k_calm = NGHTTP2_ENHANCE_YOUR_CALM;

// --- too often -----------------------------------------------------------------------------------

std::string repeat(int times, const std::function<std::string(std::uint32_t)>& piece) {
  std::string all;
  for (int i = 0; i < times; ++i) all += piece(static_cast<std::uint32_t>(2 * i + 1));
  return all;
}

Task<Result<>> send_by_hand(Client& client, std::string bytes, std::uint32_t expected) {
  if (const auto sent = co_await client.send(); !sent) co_return sent;
  // The server may end the connection before it has taken all of it.
  (void)co_await client.stream().write_all(bytes);
  co_await client.until_the_end();
  EXPECT_EQ(client.goaway, expected);
  co_return ok();
}

// All within a moment, behind a greeting.
void expect_closed(const std::string& flood, std::uint32_t expected = k_calm,
                   HttpLimits limits = {}) {
  Http2World it(limits);
  it.run(send_by_hand, flood, expected);
  EXPECT_LT(it.took, 3s);
}

std::string open_and_reset(std::uint32_t id) {
  const int whole = NGHTTP2_FLAG_END_HEADERS | NGHTTP2_FLAG_END_STREAM;
  return http2_frame(NGHTTP2_HEADERS, whole, id, k_get_block) +
         http2_frame(NGHTTP2_RST_STREAM, 0, id, std::string("\0\0\0\x08", 4));
}

TEST(Http2Limits, ARapidResetEndsTheConnectionAndReachesNoHandler) {
  Http2World it;
  it.run(send_by_hand, repeat(1000, open_and_reset), k_calm);
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
           http2_frame(NGHTTP2_WINDOW_UPDATE, 0, id, std::string("\0\0\0\0", 4));
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
  const std::string field = std::string("\x00\x01x\x7f\x81\x7e", 6) + std::string(510, 'y');
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

Task<Result<>> ask_for_too_much(Client& client) {
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
      {"an empty authority", get("/", ""), 400},
      {"another host", with("host", "b"), 400},
      {"the same host", with("host", "A"), 200},
      {"an unknown expectation", with("expect", "rain"), 417},
      {"a field of a connection", with("connection", "close"), 0},
      {"a transfer coding", with("transfer-encoding", "chunked"), 0},
      {"capitals", with("X-Big", "1"), 0},
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

// Says that, and nothing more, until the server ends the connection.
Task<Result<>> say_only(Endpoint server, std::string bytes) {
  auto stream = co_await TcpStream::connect(server);
  if (!stream) co_return stream.error();
  if (const auto sent = co_await stream->write_all(bytes); !sent) co_return sent;
  for (;;) {
    const auto data = co_await stream->receive();
    if (!data || data->empty()) co_return ok();
  }
}

TEST(Http2Limits, WhatIsNoPrefaceEndsTheConnection) {
  Http2World it;
  it.pair.client.run(say_only(Endpoint(it.pair.server.address(), k_http2_port),
                              "GET / HTTP/1.1\r\nHost: a\r\n\r\n" + std::string(100, ' ')));
  EXPECT_LT(sim::run(it.world), 3s);
}

// --- too slowly ----------------------------------------------------------------------------------

TEST(Http2Limits, WhoeverIsIdleForTooLongIsSentHome) {
  Http2World it({.idle = 5s});
  it.run(+[](Client& client) -> Task<Result<>> {
    const auto heard = co_await client.until_closed(client.ask("GET", "/slow"));
    if (!heard) co_return heard;
    co_await client.until_the_end();
    EXPECT_EQ(client.goaway, static_cast<std::uint32_t>(NGHTTP2_NO_ERROR));
    co_return ok();
  });
  EXPECT_GT(it.took, 8s);
  EXPECT_LT(it.took, 9s);
}

TEST(Http2Limits, AHeadHasToComeInTime) {
  Http2World it({.head_time = 4s});
  it.run(send_by_hand, http2_frame(NGHTTP2_HEADERS, 0, 1, k_get_block), k_calm);
  EXPECT_GT(it.took, 4s);
  EXPECT_LT(it.took, 6s);
}

TEST(Http2Limits, AGreetingHasToComeInTime) {
  Http2World it({.head_time = 4s});
  it.pair.client.run(say_only(Endpoint(it.pair.server.address(), k_http2_port), "PRI * "));
  const Duration took = sim::run(it.world);
  EXPECT_GT(took, 4s);
  EXPECT_LT(took, 6s);
}

Task<Result<>> never_open_the_window(Client& client) {
  const std::int32_t stuck = client.ask("GET", "/big");
  if (const auto heard = co_await client.until_closed(stuck); !heard) co_return heard;
  EXPECT_EQ(client[stuck].code, static_cast<std::uint32_t>(NGHTTP2_CANCEL));
  const std::int32_t next = client.ask("GET", "/");
  co_return co_await client.until_closed(next);
}

TEST(Http2Limits, AWindowThatStaysShutEndsItsStream) {
  Http2World it;
  it.run_with({.window = 1000, .opens_windows = false}, never_open_the_window);
  EXPECT_GT(it.took, 10s);
  EXPECT_LT(it.took, 15s);
  ASSERT_EQ(it.log.lines.size(), 2U);
  EXPECT_FALSE(it.log.lines[0].answer.complete);
}

Task<Result<>> open_the_window_slowly(Client& client, std::uint32_t bytes, bool& cut) {
  const std::int32_t id = client.ask("GET", "/big");
  for (int i = 0; i < 300 && !client[id].closed; ++i) {
    const Instant next = Loop::current().now() + 500ms;
    nghttp2_submit_window_update(client.session(), NGHTTP2_FLAG_NONE, id,
                                 static_cast<std::int32_t>(bytes));
    const auto heard = co_await with_deadline(Deadline(next), client.until_closed(id));
    if (!heard && heard.error().fault() != Fault::timed_out) co_return heard;
  }
  cut = client[id].code == NGHTTP2_CANCEL;
  co_return ok();
}

TEST(Http2Limits, WhoeverReadsByTheByteIsCutOff) {
  const auto is_cut = [](std::uint32_t bytes_each_half_second) {
    Http2World it;
    it.site.big = 60'000;
    bool cut = false;
    it.run_with({.window = 0, .opens_windows = false}, open_the_window_slowly,
                bytes_each_half_second, std::ref(cut));
    return cut;
  };
  EXPECT_TRUE(is_cut(1));
  EXPECT_TRUE(is_cut(300));
  EXPECT_FALSE(is_cut(600));
}

Task<Result<>> send_slowly(Client& client, std::size_t bytes, Client::Answer& answer) {
  const std::int32_t id = client.ask("POST", "/count", {}, "");
  client.keep_open(id);
  for (int i = 0; i < 60 && !client[id].closed; ++i) {
    const Instant next = Loop::current().now() + 500ms;
    client.send_more(id, std::string(bytes, 'x'), false);
    const auto heard = co_await with_deadline(Deadline(next), client.until_closed(id));
    if (!heard && heard.error().fault() != Fault::timed_out) co_return heard;
  }
  client.send_more(id, "", true);
  const auto heard = co_await client.until_closed(id);
  answer = client[id];
  co_return heard;
}

TEST(Http2Limits, WhoeverSendsByTheByteIsAnsweredSo) {
  Http2World slow;
  Client::Answer answer;
  slow.run(send_slowly, std::size_t{100}, std::ref(answer));
  EXPECT_EQ(slow.site.body_fault, Fault::timed_out);
  EXPECT_EQ(answer.status(), 400);
  Http2World fast;
  fast.run(send_slowly, std::size_t{600}, std::ref(answer));
  EXPECT_EQ(answer.status(), 200);
  EXPECT_EQ(answer.body, "36000");
}

TEST(Http2Limits, WhoeverDoesNotReadIsCutOff) {
  Http2World it;
  it.site.big = 30'000'000;
  it.run_with(
      {.window = 0x7fffffff}, +[](Client& client) -> Task<Result<>> {
        client.ask("GET", "/big");
        nghttp2_submit_window_update(client.session(), NGHTTP2_FLAG_NONE, 0, 0x7ffe0000);
        if (const auto sent = co_await client.send(); !sent) co_return sent;
        co_return co_await sleep_for(200s);
      });
  ASSERT_EQ(it.log.lines.size(), 1U);
  EXPECT_FALSE(it.log.lines[0].answer.complete);
  EXPECT_LT(it.log.lines[0].answer.took, 100s);
}

}  // namespace
}  // namespace patchbay
