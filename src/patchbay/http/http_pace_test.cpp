#include "patchbay/http/http_pace.hpp"

#include <gtest/gtest.h>
#include <netinet/in.h>
#include <netinet/tcp.h>

#include <vector>

#include "patchbay/net/conformance/engine_test.hpp"
#include "patchbay/net/options.hpp"

namespace patchbay {
namespace {

class HttpPaceTest : public EngineTest {};
INSTANTIATE_TEST_SUITE_P(, HttpPaceTest, all_engines(), engine_name);

int unsent_limit(const TcpStream& stream) {
  return get_option(stream.port(), stream.handle(), IPPROTO_TCP, TCP_NOTSENT_LOWAT).value_or(-1);
}

Task<Result<>> read_everything(TcpStream& stream) {
  for (;;) {
    const auto data = co_await stream.receive(guard());
    if (!data) co_return data.error();
    if (data->empty()) co_return ok();
  }
}

Task<Result<>> write_at_its_pace(TcpStream& stream, HttpPace& pace, std::size_t pieces) {
  const std::vector<std::byte> piece(256 * 1024);
  for (std::size_t i = 0; i < pieces; ++i) {
    const auto sent = co_await PacedWrite(stream, OpKind::write_all, piece, pace.begin());
    if (const auto done = pace.end(sent); !done) co_return done;
  }
  co_return co_await stream.shutdown_write(guard());
}

Task<> readers_who_are_quick() {
  auto pair = co_await connect_pair({.stream = {.unsent_bytes = k_http_unsent_bytes}});
  CO_ASSERT(pair);
  const HttpLimits limits;
  HttpPace pace(pair->server, limits);
  EXPECT_EQ(unsent_limit(pair->server), static_cast<int>(k_http_unsent_bytes));
  const auto done =
      co_await both(read_everything(pair->client), write_at_its_pace(pair->server, pace, 8));
  EXPECT_TRUE(done);
  EXPECT_EQ(unsent_limit(pair->server), 0);
}
TEST_P(HttpPaceTest, WhoReadsQuicklyMayHaveMoreAhead) { run(readers_who_are_quick()); }

// A quick client stops reading: it is not waited for, and until it is cut off it gets no more
// ahead.
Task<> readers_who_stop() {
  auto pair = co_await connect_pair({.stream = {.unsent_bytes = k_http_unsent_bytes}});
  CO_ASSERT(pair);
  HttpLimits limits;
  limits.grace = limits.reader_grace = 600ms;
  HttpPace pace(pair->server, limits);
  pace.begin();
  EXPECT_TRUE(pace.end(std::size_t{1} << 20));
  EXPECT_EQ(unsent_limit(pair->server), 0);
  const auto done = co_await write_at_its_pace(pair->server, pace, 1000);
  EXPECT_EQ(done ? Fault::system : done.error().fault(), Fault::timed_out);
  EXPECT_EQ(unsent_limit(pair->server), static_cast<int>(k_http_unsent_bytes));
}
TEST_P(HttpPaceTest, WhoStopsReadingHasNothingMoreAhead) { run(readers_who_stop()); }

Task<> small_answers() {
  auto pair = co_await connect_pair({.stream = {.unsent_bytes = k_http_unsent_bytes}});
  CO_ASSERT(pair);
  const HttpLimits limits;
  HttpPace pace(pair->server, limits);
  for (int i = 0; i < 100'000; ++i) {
    pace.begin();
    EXPECT_TRUE(pace.end(std::size_t{1024}));
  }
  EXPECT_EQ(unsent_limit(pair->server), static_cast<int>(k_http_unsent_bytes));
}
TEST_P(HttpPaceTest, SmallAnswersProveNothing) { run(small_answers()); }

}  // namespace
}  // namespace patchbay
