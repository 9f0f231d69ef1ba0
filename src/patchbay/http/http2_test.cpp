// What requests and answers become on a connection of HTTP/2.
#include "patchbay/http/http2_site_fixture.hpp"
#include "patchbay/http/http_world_fixture.hpp"

namespace patchbay {
namespace {

using Client = Http2Client;

Task<Result<>> get(Client& client, const char* path, Client::Answer& answer) {
  const std::int32_t id = client.ask("GET", path);
  const auto heard = co_await client.until_closed(id);
  answer = client[id];
  co_return heard;
}

Client::Answer answer_to(const char* path, Client::Options options = {}) {
  Http2World it;
  Client::Answer answer;
  it.run_with(std::move(options), get, path, std::ref(answer));
  EXPECT_EQ(answer.code, 0U);
  return answer;
}

TEST(Http2, AnswersAGet) {
  const Client::Answer answer = answer_to("/");
  EXPECT_EQ(answer.statuses, std::vector<int>{200});
  EXPECT_EQ(answer.body, "hello\n");
  EXPECT_EQ(answer.fields.at("content-length"), "6");
  EXPECT_EQ(answer.fields.at("content-type"), "text/plain; charset=utf-8");
  EXPECT_EQ(answer.fields.at("date"), "Thu, 01 Jan 2026 00:00:00 GMT");
}

TEST(Http2, LeavesOutWhatBelongsToAConnectionAndWritesNamesSmall) {
  const Client::Answer answer = answer_to("/fields");
  EXPECT_EQ(answer.fields.at("x-mixed-case"), "Yes");
  EXPECT_EQ(answer.fields.at("content-length"), "1");
  for (const char* name :
       {"connection", "keep-alive", "transfer-encoding", "upgrade", "proxy-connection"}) {
    EXPECT_FALSE(answer.fields.contains(name)) << name;
  }
}

TEST(Http2, SendsEachKindOfBody) {
  EXPECT_EQ(answer_to("/big").body, sim::pattern(200'000));
  EXPECT_EQ(answer_to("/empty").fields.at("content-length"), "0");
  EXPECT_EQ(answer_to("/file").body, sim::pattern(200'000).substr(1000, 150'000));
  EXPECT_EQ(answer_to("/parts").body, "begin" + sim::pattern(200'000).substr(5, 20'000) + "end");
  const Client::Answer prepared = answer_to("/prepared");
  EXPECT_EQ(prepared.status(), 203);
  EXPECT_EQ(prepared.body, "body {}\n");
  EXPECT_EQ(prepared.fields.at("content-type"), "text/css");
  EXPECT_EQ(prepared.fields.at("content-length"), "8");
  const Client::Answer made = answer_to("/source");
  EXPECT_EQ(made.body, sim::pattern(50'000));
  EXPECT_FALSE(made.fields.contains("content-length"));
  const Client::Answer sized = answer_to("/sized");
  EXPECT_EQ(sized.body, sim::pattern(50'000));
  EXPECT_EQ(sized.fields.at("content-length"), "50000");
}

TEST(Http2, SendsNoBodyWithAStatusThatHasNone) {
  const Client::Answer answer = answer_to("/none");
  EXPECT_EQ(answer.status(), 204);
  EXPECT_EQ(answer.body, "");
  EXPECT_FALSE(answer.fields.contains("content-length"));
}

// RFC 9110 section 15.3.6.
TEST(Http2, SendsNoContentWith205) {
  const Client::Answer answer = answer_to("/reset");
  EXPECT_EQ(answer.status(), 205);
  EXPECT_EQ(answer.body, "");
  EXPECT_EQ(answer.fields.at("content-length"), "0");
}

TEST(Http2, HasNoUpgrades) {
  EXPECT_EQ(answer_to("/upgrade").status(), 501);
  EXPECT_EQ(answer_to("/old").status(), 501);  // a 426 cannot say to what
}

// What a handler says of a body that it did not make for a HEAD is the same in both versions.
TEST(Http2, TellsTheLengthOfAHeadAsHttp1Does) {
  Http2World it;
  it.run(+[](Client& client) -> Task<Result<>> {
    const std::int32_t told = client.ask("HEAD", "/told");
    const std::int32_t none = client.ask("HEAD", "/empty");
    if (const auto heard = co_await client.until_closed(told); !heard) co_return heard;
    if (const auto heard = co_await client.until_closed(none); !heard) co_return heard;
    EXPECT_EQ(client[told].fields.at("content-length"), "77");
    EXPECT_EQ(client[none].fields.at("content-length"), "0");
    co_return ok();
  });
  Http2Site site;
  EXPECT_EQ(ask(site, get_of("/told", {}, "HEAD")).field("content-length"), "77");
  EXPECT_EQ(ask(site, get_of("/empty", {}, "HEAD")).field("content-length"), "0");
}

TEST(Http2, KeepsToATinyWindow) {
  EXPECT_EQ(answer_to("/big", {.window = 4000}).body, sim::pattern(200'000));
  EXPECT_EQ(answer_to("/source", {.window = 600}).body, sim::pattern(50'000));
}

Task<Result<>> head(Client& client) {
  const std::int32_t big = client.ask("HEAD", "/big");
  const std::int32_t made = client.ask("HEAD", "/source");
  if (const auto heard = co_await client.until_closed(big); !heard) co_return heard;
  if (const auto heard = co_await client.until_closed(made); !heard) co_return heard;
  EXPECT_EQ(client[big].fields.at("content-length"), "200000");
  EXPECT_FALSE(client[made].fields.contains("content-length"));
  EXPECT_EQ(client[big].body + client[made].body, "");
  co_return ok();
}

TEST(Http2, AnswersAHeadWithoutABody) { Http2World().run(head); }

Task<Result<>> echo(Client& client) {
  std::vector<std::int32_t> ids;
  for (std::uint64_t i = 0; i < 4; ++i) {
    ids.push_back(client.ask("POST", "/echo", {}, sim::pattern(400'000, i)));
  }
  for (std::uint64_t i = 0; i < 4; ++i) {
    if (const auto heard = co_await client.until_closed(ids[i]); !heard) co_return heard;
    EXPECT_EQ(client[ids[i]].body, sim::pattern(400'000, i));
    EXPECT_TRUE(client[ids[i]].whole());
  }
  co_return ok();
}

TEST(Http2, EchoesBodiesBothWaysAtOnce) { Http2World().run(echo); }

Task<Result<>> ask_often(Client& client) {
  std::vector<std::int32_t> ids;
  for (int i = 0; i < 100; ++i) ids.push_back(client.ask("GET", i % 2 == 0 ? "/later" : "/"));
  for (const std::int32_t id : ids) {
    if (const auto heard = co_await client.until_closed(id); !heard) co_return heard;
    EXPECT_TRUE(client[id].whole());
    EXPECT_EQ(client[id].body, (id / 2) % 2 == 0 ? "later\n" : "hello\n");
  }
  co_return ok();
}

TEST(Http2, AnswersAHundredRequestsAtOnce) {
  Http2World it;
  it.run(ask_often);
  EXPECT_LT(it.took, 500ms);
  ASSERT_EQ(it.log.lines.size(), 100U);
  EXPECT_EQ(it.service.counters.requests, 100U);
  for (const auto& line : it.log.lines) {
    EXPECT_TRUE(line.answer.complete);
    EXPECT_EQ(line.answer.status, 200);
    EXPECT_EQ(line.answer.body_bytes, 6U);
    EXPECT_EQ(line.answer.took >= 100ms, line.path == "/later");
  }
}

Task<Result<>> count(Client& client) {
  const std::int32_t whole =
      client.ask("POST", "/count", {{"content-length", "70000"}}, sim::pattern(70'000));
  const std::int32_t without = client.ask("POST", "/count", {}, "");
  if (const auto heard = co_await client.until_closed(whole); !heard) co_return heard;
  if (const auto heard = co_await client.until_closed(without); !heard) co_return heard;
  EXPECT_EQ(client[whole].body, "70000");
  EXPECT_EQ(client[without].body, "0");
  co_return ok();
}

TEST(Http2, HandsBodiesToTheHandler) { Http2World().run(count); }

Task<Result<>> expect_continue(Client& client) {
  const std::int32_t id = client.ask("POST", "/count", {{"expect", "100-continue"}}, "");
  client.keep_open(id);
  const auto told = co_await client.until([&] { return !client[id].statuses.empty(); });
  if (!told) co_return told;
  client.send_more(id, "12345", true);
  if (const auto heard = co_await client.until_closed(id); !heard) co_return heard;
  EXPECT_EQ(client[id].statuses, (std::vector<int>{100, 200}));
  EXPECT_EQ(client[id].body, "5");
  co_return ok();
}

TEST(Http2, TellsAClientThatWaitsToGoOn) { Http2World().run(expect_continue); }

Task<Result<>> post_what_nobody_reads(Client& client) {
  const std::int32_t id = client.ask("POST", "/", {}, sim::pattern(3'000'000));
  if (const auto heard = co_await client.until_closed(id); !heard) co_return heard;
  EXPECT_EQ(client[id].status(), 200);
  EXPECT_EQ(client[id].body, "hello\n");
  EXPECT_EQ(client[id].code, static_cast<std::uint32_t>(NGHTTP2_NO_ERROR));
  // What was dropped does not stay in the connection's window.
  const std::int32_t next = client.ask("POST", "/count", {}, sim::pattern(3'000'000));
  if (const auto heard = co_await client.until_closed(next); !heard) co_return heard;
  EXPECT_EQ(client[next].body, "3000000");
  co_return ok();
}

TEST(Http2, DoesNotWaitForABodyThatNobodyReads) {
  Http2World it;
  it.run(post_what_nobody_reads);
  EXPECT_EQ(it.log.lines.size(), 2U);
}

Task<Result<>> send_cookies(Client& client) {
  const std::int32_t id =
      client.ask("GET", "/?a=b", {{"cookie", "a=1"}, {"x", "y"}, {"cookie", "b=2"}});
  co_return co_await client.until_closed(id);
}

TEST(Http2, JoinsWhatTravelsInPieces) {
  Http2World it;
  it.run(send_cookies);
  EXPECT_EQ(it.site.last_cookie, "a=1; b=2");
  EXPECT_EQ(it.site.last_host, "site.test");
  EXPECT_EQ(it.site.last_query, "a=b");
}

Task<Result<>> take_back(Client& client, Http2World& it) {
  const std::int32_t big = client.ask("GET", "/big");
  const std::int32_t never = client.ask("GET", "/never");
  const auto some = co_await client.until([&] { return client[big].body.size() > 10'000; });
  if (!some) co_return some;
  EXPECT_EQ(it.site.running, 1);
  for (const std::int32_t id : {big, never}) {
    nghttp2_submit_rst_stream(client.session(), NGHTTP2_FLAG_NONE, id, NGHTTP2_CANCEL);
  }
  const std::int32_t next = client.ask("GET", "/later");
  const auto heard = co_await client.until_closed(next);
  EXPECT_EQ(it.site.running, 0);
  EXPECT_EQ(client[next].body, "later\n");
  co_return heard;
}

TEST(Http2, EndsWhatTheClientTakesBack) {
  Http2World it;
  it.site.big = 5'000'000;
  it.run_with({.opens_windows = false}, take_back, std::ref(it));
  ASSERT_EQ(it.log.lines.size(), 3U);
  EXPECT_EQ(it.log.lines[0].path, "/big");
  EXPECT_FALSE(it.log.lines[0].answer.complete);
  EXPECT_EQ(it.log.lines[1].path, "/never");
  EXPECT_EQ(it.log.lines[1].answer.status, 499);
  EXPECT_TRUE(it.log.lines[2].answer.complete);
}

Task<Result<>> leave(Client& client) {
  client.ask("GET", "/big");
  client.ask("GET", "/never");
  client.keep_open(client.ask("POST", "/count", {}, "abc"));
  const auto some = co_await client.until([&] { return client[1].body.size() > 10'000; });
  if (!some) co_return some;
  client.stream().close();
  co_return co_await sleep_for(1s);
}

TEST(Http2, EndsEverythingWhenTheClientLeaves) {
  Http2World it;
  it.site.big = 5'000'000;
  it.run_with({.opens_windows = false}, leave);
  ASSERT_EQ(it.log.lines.size(), 3U);
  for (const auto& line : it.log.lines) {
    EXPECT_FALSE(line.answer.complete) << line.path;
    EXPECT_EQ(line.answer.status, line.path == "/big" ? 200 : 499) << line.path;
  }
}

Task<Result<>> ask_for_a_short_file(Client& client) {
  const std::int32_t id = client.ask("GET", "/short-file");
  if (const auto heard = co_await client.until_closed(id); !heard) co_return heard;
  EXPECT_EQ(client[id].code, static_cast<std::uint32_t>(NGHTTP2_INTERNAL_ERROR));
  co_return ok();
}

TEST(Http2, SaysSoWhenAFileHasBecomeShorter) {
  Http2World it;
  it.run(ask_for_a_short_file);
  ASSERT_EQ(it.log.lines.size(), 1U);
  EXPECT_FALSE(it.log.lines[0].answer.complete);
}

Task<> stop_after(HttpService& service, Duration time) {
  (void)co_await sleep_for(time);
  service.stop();
}

Task<Result<>> ask_until_stopped(Client& client) {
  const std::int32_t slow = client.ask("GET", "/slow");
  co_await client.until_the_end();
  EXPECT_EQ(client[slow].body, "slow\n");
  EXPECT_TRUE(client[slow].whole());
  EXPECT_EQ(client.goaway, static_cast<std::uint32_t>(NGHTTP2_NO_ERROR));
  EXPECT_EQ(client.goaway_ids, (std::vector<std::int32_t>{0x7fffffff, slow}));
  co_return ok();
}

TEST(Http2, FinishesWhatIsInWorkWhenItStops) {
  Http2World it;
  it.pair.server.serve(stop_after(it.service, 1s));
  it.run(ask_until_stopped);
  EXPECT_LT(it.took, 4s);
}

Task<Result<>> wait_until_stopped(Client& client) {
  const std::int32_t id = client.ask("GET", "/");
  if (const auto heard = co_await client.until_closed(id); !heard) co_return heard;
  co_await client.until_the_end();
  EXPECT_EQ(client.goaway, static_cast<std::uint32_t>(NGHTTP2_NO_ERROR));
  co_return ok();
}

TEST(Http2, SaysGoodbyeToWhoeverIsIdleWhenItStops) {
  Http2World it;
  it.pair.server.serve(stop_after(it.service, 1s));
  it.run(wait_until_stopped);
  EXPECT_LT(it.took, 1500ms);
}

}  // namespace
}  // namespace patchbay
