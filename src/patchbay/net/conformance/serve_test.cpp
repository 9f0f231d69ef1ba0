// serve_each and Outbox: what most servers are made of.
#include "patchbay/net/serve.hpp"

#include "patchbay/net/conformance/engine_test.hpp"
#include "patchbay/net/outbox.hpp"

namespace patchbay {
namespace {

class Serving : public EngineTest {};
INSTANTIATE_TEST_SUITE_P(, Serving, all_engines(), engine_name);

Task<> greet(TcpStream stream, std::string greeting, int& served) {
  const auto sent = co_await stream.write_all(greeting, guard());
  if (sent) ++served;
}

Task<Result<>> hears_hello(TcpStream& stream) {
  auto greeting = co_await stream.receive(guard());
  if (!greeting) co_return greeting.error();
  EXPECT_EQ(greeting->text(), "hello");
  co_return ok();
}

Task<Result<>> visit(Endpoint server, int times) {
  for (int i = 0; i < times; ++i) {
    auto stream = co_await TcpStream::connect(server, guard());
    if (!stream) co_return stream.error();
    const auto heard = co_await hears_hello(*stream);
    if (!heard) co_return heard;
  }
  co_return ok();
}

Task<> serves_each() {
  auto listener = TcpListener::bind("127.0.0.1:0");
  EXPECT_TRUE(listener);
  if (!listener) co_return;
  int served = 0;
  const auto done =
      co_await either(serve_each(*listener, greet, std::string("hello"), std::ref(served)),
                      visit(listener->local(), 3));
  EXPECT_TRUE(done) << done.error().describe();
  EXPECT_EQ(served, 3);
}
TEST_P(Serving, GivesEachConnectionATask) { run(serves_each()); }

Task<> stay(TcpStream stream, int& ended) {
  const auto sent = co_await stream.write_all("hello", guard());
  EXPECT_TRUE(sent);
  const auto data = co_await stream.receive(guard());
  EXPECT_FALSE(data);
  if (!data) EXPECT_EQ(data.error().fault(), Fault::cancelled);
  ++ended;
}

Task<> waits_for_its_tasks() {
  auto listener = TcpListener::bind("127.0.0.1:0");
  EXPECT_TRUE(listener);
  if (!listener) co_return;
  auto visitor = co_await TcpStream::connect(listener->local(), guard());
  EXPECT_TRUE(visitor);
  if (!visitor) co_return;
  int ended = 0;
  const auto done =
      co_await either(serve_each(*listener, stay, std::ref(ended)), hears_hello(*visitor));
  EXPECT_TRUE(done) << done.error().describe();
  EXPECT_EQ(ended, 1);
}
TEST_P(Serving, WaitsForItsTasksWhenCancelled) { run(waits_for_its_tasks()); }

TEST_P(Serving, RefusesAnAddressThatIsNone) {
  const LoopGuard on(loop());
  const auto listener = TcpListener::bind("nowhere");
  ASSERT_FALSE(listener);
}

Task<Result<>> read_words(TcpStream& stream, Outbox& outbox) {
  std::string heard;
  for (const std::string_view expected : {"one two ", "three "}) {
    while (heard.size() < expected.size()) {
      auto data = co_await stream.receive(guard());
      if (!data) co_return data.error();
      heard += data->text();
    }
    EXPECT_EQ(heard, expected);
    heard.clear();
    if (expected != "three ") EXPECT_TRUE(outbox.add("three "));
  }
  co_return ok();
}

Task<> writes_out() {
  auto listener = TcpListener::bind("127.0.0.1:0");
  EXPECT_TRUE(listener);
  if (!listener) co_return;
  auto client = co_await TcpStream::connect(listener->local(), guard());
  auto server = co_await listener->accept(guard());
  EXPECT_TRUE(client && server);
  if (!client || !server) co_return;
  Outbox outbox;
  EXPECT_TRUE(outbox.add("one "));
  EXPECT_TRUE(outbox.add("two "));
  const auto done = co_await either(outbox.write_to(*client), read_words(*server, outbox));
  EXPECT_TRUE(done) << done.error().describe();
}
TEST_P(Serving, AnOutboxWritesWhatIsThereAndWhatComes) { run(writes_out()); }

TEST_P(Serving, AnOutboxHasALimit) {
  Outbox outbox(8);
  EXPECT_TRUE(outbox.add("12345"));
  EXPECT_FALSE(outbox.add("6789"));
  EXPECT_TRUE(outbox.add("678"));
  EXPECT_FALSE(outbox.add("9"));
  EXPECT_EQ(outbox.waiting_bytes(), 8U);
}

}  // namespace
}  // namespace patchbay
