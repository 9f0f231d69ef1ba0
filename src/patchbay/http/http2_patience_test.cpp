// How long a client of HTTP/2 may take.
#include "patchbay/http/http2_budget.hpp"
#include "patchbay/http/http2_site_fixture.hpp"
#include "patchbay/http/http_patience.hpp"

namespace patchbay {
namespace {

using Client = Http2Client;
constexpr int k_calm = NGHTTP2_ENHANCE_YOUR_CALM;

// A debt is paid off by bytes, and credit is not saved up.
TEST(HttpPatience, LastsForWhoeverKeepsToTheRate) {
  HttpPatience patience(10s, 1000);
  patience.pay(1'000'000'000);
  patience.wait(9s);
  EXPECT_EQ(patience.left(), 1s);
  patience.pay(5000);
  EXPECT_EQ(patience.left(), 6s);
  patience.wait(6s);
  EXPECT_EQ(patience.left(), 0s);
  EXPECT_EQ(patience.for_all_of(2000), 12s);
}

// A reader's pause: what it did in advance stands against it, up to the limit.
TEST(HttpPatience, SavesUpForAReader) {
  HttpPatience patience(10s, 1000, 50s);
  patience.save(20'000);
  EXPECT_EQ(patience.left(), 30s);
  patience.save(1'000'000'000);
  EXPECT_EQ(patience.left(), 60s);
  patience.wait(55s);
  patience.pay(1000);
  EXPECT_EQ(patience.left(), 6s);
  patience.wait(6s);
  EXPECT_EQ(patience.left(), 0s);
  EXPECT_EQ(HttpPatience(10s, 1000, -5s).left(), 10s);
}

TEST(Http2Budget, AllowsTenSecondsWorthAtOnce) {
  const Instant start{1s};
  Http2Budget budget(2, start);
  for (int i = 0; i < 20; ++i) EXPECT_TRUE(budget.spend(start)) << i;
  EXPECT_FALSE(budget.spend(start));
  EXPECT_TRUE(budget.spend(start + 500ms));
  EXPECT_FALSE(budget.spend(start + 500ms));
}

TEST(Http2Patience, WhoeverIsIdleForTooLongIsSentHome) {
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

TEST(Http2Patience, AHeadHasToComeInTime) {
  Http2World it({.head_time = 4s});
  EXPECT_EQ(say(it, http2_greeting() + http2_frame(NGHTTP2_HEADERS, 0, 1, k_get_block)), k_calm);
  EXPECT_GT(it.took, 4s);
  EXPECT_LT(it.took, 6s);
  ASSERT_EQ(it.log.lines.size(), 1U);
  EXPECT_EQ(it.log.lines[0].answer.status, 400);
}

TEST(Http2Patience, AGreetingHasToComeInTime) {
  Http2World it({.head_time = 4s});
  EXPECT_EQ(say(it, "PRI * "), NGHTTP2_SETTINGS_TIMEOUT);
  EXPECT_GT(it.took, 4s);
  EXPECT_LT(it.took, 6s);
}

Task<Result<>> never_open_the_window(Client& client) {
  const std::int32_t stuck = client.ask("GET", "/big");
  if (const auto heard = co_await client.until_closed(stuck); !heard) co_return heard;
  EXPECT_EQ(client[stuck].code, static_cast<std::uint32_t>(NGHTTP2_CANCEL));
  const std::int32_t next = client.ask("GET", "/");
  co_return co_await client.until_closed(next);
}

TEST(Http2Patience, AWindowThatStaysShutEndsItsStream) {
  Http2World it;
  it.run_with({.window = 1000, .opens_windows = false}, never_open_the_window);
  EXPECT_GT(it.took, 10s);
  EXPECT_LT(it.took, 15s);
  ASSERT_EQ(it.log.lines.size(), 2U);
  EXPECT_FALSE(it.log.lines[0].answer.complete);
}

// A window that was open for 50,000 bytes may be shut for a while.
TEST(Http2Patience, AReaderThatWasFasterMayPause) {
  const auto pause = [](Duration reader_grace) {
    Http2World it({.reader_grace = reader_grace});
    it.run_with({.window = 60'000, .opens_windows = false}, never_open_the_window);
    EXPECT_FALSE(it.log.lines.at(0).answer.complete);
    return it.took;
  };
  EXPECT_LT(pause(10s), 15s);
  EXPECT_GT(pause(40s), 39s);
  EXPECT_LT(pause(40s), 45s);
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

TEST(Http2Patience, WhoeverReadsByTheByteIsCutOff) {
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

TEST(Http2Patience, WhoeverSendsByTheByteIsAnsweredSo) {
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

Task<Result<>> send_while_it_stands_still(Client& client, std::size_t bytes,
                                          Client::Answer& answer) {
  const std::int32_t id = client.ask("POST", "/count", {}, "");
  client.keep_open(id);
  client.send_more(id, std::string(1000, 'x'), false);
  const auto waited = co_await with_deadline(Deadline::after(2s), client.until_closed(id));
  if (!waited && waited.error().fault() != Fault::timed_out) co_return waited;
  if (bytes > 0) client.send_more(id, std::string(bytes, 'x'), true);
  const auto heard = co_await client.until_closed(id);
  answer = client[id];
  co_return heard;
}

// The server stands still for half a minute: whoever has sent something meanwhile is not to blame.
TEST(Http2Patience, NobodyIsBlamedForAPauseOfTheServer) {
  const auto answer_to = [](std::size_t bytes) {
    Http2World it;
    sim::Host& server = it.pair.server;
    server.faults().short_reads = 1;
    it.world.at(1s, [&server] { server.pause(); });
    it.world.at(31s, [&server] { server.resume(); });
    Client::Answer answer;
    it.run(send_while_it_stands_still, bytes, std::ref(answer));
    return answer;
  };
  EXPECT_EQ(answer_to(1000).body, "2000");
  EXPECT_EQ(answer_to(0).status(), 400);
}

TEST(Http2Patience, WhoeverDoesNotReadIsCutOff) {
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

// curl before 8 takes a reset behind a whole answer for a broken one.
Task<Result<>> post_late(Client& client) {
  const std::int32_t id = client.ask("POST", "/", {}, "");
  client.keep_open(id);
  if (const auto heard = co_await client.until_closed(client.ask("GET", "/later")); !heard) {
    co_return heard;
  }
  EXPECT_EQ(client[id].body, "hello\n");
  EXPECT_FALSE(client[id].closed);
  client.send_more(id, "late", true);
  if (const auto heard = co_await client.until_closed(id); !heard) co_return heard;
  EXPECT_TRUE(client[id].whole());
  co_return ok();
}

TEST(Http2Patience, TheRestOfAnAnsweredRequestMayComeForAMoment) { Http2World().run(post_late); }

Task<Result<>> post_never(Client& client) {
  const std::int32_t id = client.ask("POST", "/", {}, "");
  client.keep_open(id);
  if (const auto heard = co_await client.until_closed(id); !heard) co_return heard;
  EXPECT_TRUE(client[id].whole());
  co_return ok();
}

TEST(Http2Patience, TheRestOfAnAnsweredRequestIsRefusedInTheEnd) {
  Http2World it;
  it.run(post_never);
  EXPECT_GE(it.took, 2s);
  EXPECT_LE(it.took, 4s);
}

}  // namespace
}  // namespace patchbay
