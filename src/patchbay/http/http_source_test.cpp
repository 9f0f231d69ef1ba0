#include "patchbay/http/http_source.hpp"

#include <limits>

#include "patchbay/http/http2_site_fixture.hpp"
#include "patchbay/http/http_world_fixture.hpp"
#include "patchbay/http/next_room.hpp"
#include "patchbay/http/source_fixture.hpp"

namespace patchbay {
namespace {

Result<std::string> all_of(std::vector<std::string> pieces, std::size_t most) {
  PiecesSource source(std::move(pieces));
  return (*Loop::make())->run(read_all(source, most));
}

TEST(ReadAll, JoinsThePieces) {
  const std::string long_piece(100'000, 'x');
  EXPECT_EQ(all_of({}, 10).value_or("?"), "");
  EXPECT_EQ(all_of({"one ", long_piece, "two"}, 200'000).value_or("?"),
            "one " + long_piece + "two");
}

TEST(ReadAll, HasALimitThatMayBeReached) {
  EXPECT_EQ(all_of({"abc", "de"}, 5).value_or("?"), "abcde");
  EXPECT_EQ(all_of({"abc", "de"}, std::numeric_limits<std::size_t>::max()).value_or("?"), "abcde");
  for (const std::size_t most : {0U, 3U, 4U}) {
    const auto refused = all_of({"abc", "de"}, most);
    ASSERT_FALSE(refused) << most;
    EXPECT_EQ(refused.error().fault(), Fault::limit);
  }
}

// --- the room of a reader that may have to wait for long -----------------------------------------

TEST(NextRoom, IsSmallUntilItIsFilled) {
  EXPECT_EQ(next_room(0, 0, 32'000), 1024U);
  EXPECT_EQ(next_room(1024, 10, 32'000), 1024U);
  EXPECT_EQ(next_room(1024, 1024, 32'000), 32'000U);
  EXPECT_EQ(next_room(32'000, 5000, 32'000), 32'000U);
  EXPECT_EQ(next_room(32'000, 32'000, 32'000), 32'000U);
  EXPECT_EQ(next_room(32'000, 10, 32'000), 1024U);
  EXPECT_EQ(next_room(0, 0, 100), 100U);
}

// An event stream that is silent for hours has little memory, and a fast source is not slowed.
class Streams final : public HttpHandler {
 public:
  std::optional<HttpResponse> answer_now(HttpRequest&) override {
    return HttpResponse::stream("text/plain", source);
  }
  Task<HttpResponse> answer(HttpRequest&) override { co_return HttpResponse::error(500); }

  std::shared_ptr<MeasuredSource> source = std::make_shared<MeasuredSource>(
      std::vector<std::string>{"one", std::string(60'000, 'x'), "two", "three"});
  std::string text = "one" + std::string(60'000, 'x') + "twothree";
};

void expect_small_rooms(const std::vector<std::size_t>& rooms) {
  ASSERT_GE(rooms.size(), 6U);
  EXPECT_EQ(rooms[0], 1024U);
  EXPECT_EQ(rooms[1], 1024U);
  EXPECT_GE(rooms[2], 16'000U) << "the last one was full";
  EXPECT_EQ(rooms.back(), 1024U);
}

TEST(NextRoom, IsSmallWhileHttp1Waits) {
  Streams streams;
  EXPECT_EQ(ask(streams, get_of("/")).body, streams.text);
  expect_small_rooms(streams.source->rooms);
}

TEST(NextRoom, IsSmallWhileHttp2Waits) {
  Streams streams;
  HttpHeardLog log;
  sim::World world(1);
  sim::Pair pair(world);
  HttpService service(streams, {}, &log);
  pair.server.serve(http2_site(service));
  pair.client.run(Http2World::visit<const std::string&>(
      Endpoint(pair.server.address(), k_http2_port), {},
      +[](Http2Client& client, const std::string& text) -> Task<Result<>> {
        const auto id = client.ask("GET", "/");
        const auto heard = co_await client.until_closed(id);
        EXPECT_EQ(client[id].body, text);
        co_return heard;
      },
      streams.text));
  sim::run(world);
  expect_small_rooms(streams.source->rooms);
}

}  // namespace
}  // namespace patchbay
