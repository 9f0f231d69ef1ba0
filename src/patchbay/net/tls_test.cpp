// TLS streams: what any stream does, done encrypted.
#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <optional>
#include <vector>

#include "patchbay/base/text.hpp"
#include "patchbay/net/conformance/tls_fixture.hpp"
#include "patchbay/net/write_some.hpp"

namespace patchbay {
namespace {

class TlsStreams : public TlsTest {};
INSTANTIATE_TEST_SUITE_P(, TlsStreams, all_engines(), engine_name);

std::vector<std::byte> pattern(std::size_t size, std::size_t seed = 0) {
  std::vector<std::byte> bytes(size);
  for (std::size_t i = 0; i < size; ++i) {
    bytes[i] = static_cast<std::byte>((i + seed) * 7 + (i >> 13));
  }
  return bytes;
}

// Small buffers, so that writers often find them full; smaller ones than a segment of the loopback
// would have TCP itself wait for its timers.
Task<Result<Connection>> connect_narrow_pair() {
  const TcpOptions narrow{.receive_buffer_bytes = 65536, .send_buffer_bytes = 65536};
  auto pair = co_await connect_pair({.stream = narrow});
  if (!pair) co_return pair.error();
  const auto set = pair->client.set(narrow);
  if (!set) co_return set.error();
  co_return pair;
}

Task<Result<>> write_and_end(Stream& stream, std::span<const std::byte> bytes) {
  const auto sent = co_await stream.write_all(bytes);
  if (!sent) co_return sent;
  co_return co_await stream.shutdown_write();
}

Task<Result<>> receive_to_end(Stream& stream, std::vector<std::byte>& into) {
  for (;;) {
    const auto data = co_await stream.receive();
    if (!data) co_return data.error();
    if (data->empty()) co_return ok();
    into.insert(into.end(), data->bytes().begin(), data->bytes().end());
  }
}

Task<Result<>> read_bytewise_to_end(Stream& stream, std::vector<std::byte>& into) {
  for (;;) {
    std::byte one{};
    const auto count = co_await stream.read(std::span(&one, 1));
    if (!count) co_return count.error();
    if (*count == 0) co_return ok();
    into.push_back(one);
  }
}

Task<> carries_bytes(TlsContext client, TlsContext server, std::string_view version) {
  auto pair = co_await shake_hands(client, server);
  CO_ASSERT(pair.client && pair.server);
  EXPECT_TRUE(co_await pair.client->write_all("ping"));
  const auto got = co_await pair.server->receive();
  CO_ASSERT(got);
  EXPECT_EQ(got->text(), "ping");
  EXPECT_TRUE(co_await pair.server->write_all("pong"));
  std::array<std::byte, 4> answer;
  CO_ASSERT(co_await pair.client->read_exact(answer));
  EXPECT_EQ(as_text(answer), "pong");

  const TlsInfo seen = pair.client->info();
  EXPECT_EQ(seen.version, version);
  EXPECT_FALSE(seen.cipher.empty());
  EXPECT_TRUE(seen.verified);
  EXPECT_EQ(seen.verification, "ok");
  CO_ASSERT(seen.peer);
  EXPECT_EQ(seen.peer->subject, "CN=server");
  EXPECT_EQ(seen.peer->issuer, "CN=Lab Authority");
  EXPECT_EQ(seen.peer->names,
            (std::vector<std::string>{"web.lab", "*.wild.lab", "127.0.0.1", "::1"}));
  EXPECT_LT(seen.peer->valid_from, seen.peer->valid_until);
  const TlsInfo asked = pair.server->info();
  EXPECT_EQ(asked.server_name, "web.lab");
  EXPECT_FALSE(asked.peer);
  const auto local = pair.client->local();
  const auto peer = pair.server->peer();
  CO_ASSERT(local && peer);
  EXPECT_EQ(*local, *peer);
}
TEST_P(TlsStreams, CarryBytesByTls13) {
  run(carries_bytes(client_context(), server_context(), "TLSv1.3"));
}
TEST_P(TlsStreams, CarryBytesByTls12) {
  auto options = client_options();
  options.maximum_version = TlsVersion::v1_2;
  run(carries_bytes(client_context(options), server_context(), "TLSv1.2"));
}

Task<> carries_much_both_ways(TlsContext client, TlsContext server, std::size_t size) {
  auto below = co_await connect_narrow_pair();
  CO_ASSERT(below);
  auto pair = co_await shake_hands(std::move(below->client), std::move(below->server), client,
                                   server, "web.lab");
  CO_ASSERT(pair.client && pair.server);
  const auto up = pattern(size);
  const auto down = pattern(size, 99);
  std::vector<std::byte> up_came;
  std::vector<std::byte> down_came;
  const auto done =
      co_await both(both(write_and_end(*pair.client, up), receive_to_end(*pair.client, down_came)),
                    both(write_and_end(*pair.server, down), receive_to_end(*pair.server, up_came)));
  EXPECT_TRUE(done) << done.error().describe();
  EXPECT_TRUE(up_came == up);
  EXPECT_TRUE(down_came == down);
}
TEST_P(TlsStreams, CarryMuchBothWaysAtOnce) {
  run(carries_much_both_ways(client_context(), server_context(), 10 * 1024 * 1024));
}
TEST_P(TlsStreams, CarryMuchBothWaysAtOnceByTls12) {
  auto options = server_options();
  options.maximum_version = TlsVersion::v1_2;
  run(carries_much_both_ways(client_context(), server_context(options), 4 * 1024 * 1024));
}

Task<> carries_much_bytewise(TlsContext client, TlsContext server) {
  auto below = co_await connect_narrow_pair();
  CO_ASSERT(below);
  auto pair = co_await shake_hands(std::move(below->client), std::move(below->server), client,
                                   server, "web.lab");
  CO_ASSERT(pair.client && pair.server);
  const auto sent = pattern(200'000);
  std::vector<std::byte> came;
  const auto done =
      co_await both(write_and_end(*pair.client, sent), read_bytewise_to_end(*pair.server, came));
  EXPECT_TRUE(done);
  EXPECT_TRUE(came == sent);
}
TEST_P(TlsStreams, ServeReadersOfOneByte) {
  run(carries_much_bytewise(client_context(), server_context()));
}

Task<> runs_inside_another(TlsContext client, TlsContext server) {
  auto below = co_await connect_narrow_pair();
  CO_ASSERT(below);
  auto outer = co_await shake_hands(std::move(below->client), std::move(below->server), client,
                                    server, "web.lab");
  CO_ASSERT(outer.client && outer.server);
  auto inner = co_await shake_hands(std::move(*outer.client), std::move(*outer.server), client,
                                    server, "127.0.0.1");
  CO_ASSERT(inner.client && inner.server);
  const auto up = pattern(1024 * 1024);
  const auto down = pattern(1024 * 1024, 5);
  std::vector<std::byte> up_came;
  std::vector<std::byte> down_came;
  const auto done = co_await both(
      both(write_and_end(*inner.client, up), receive_to_end(*inner.client, down_came)),
      both(write_and_end(*inner.server, down), receive_to_end(*inner.server, up_came)));
  EXPECT_TRUE(done) << done.error().describe();
  EXPECT_TRUE(up_came == up);
  EXPECT_TRUE(down_came == down);
}
TEST_P(TlsStreams, RunInsideAnother) {
  run(runs_inside_another(client_context(), server_context()));
}

Task<> closes_by_halves(TlsContext client, TlsContext server) {
  auto pair = co_await shake_hands(client, server);
  CO_ASSERT(pair.client && pair.server);
  EXPECT_TRUE(co_await pair.client->write_all("question"));
  EXPECT_TRUE(co_await pair.client->shutdown_write());
  std::vector<std::byte> question;
  EXPECT_TRUE(co_await receive_to_end(*pair.server, question));
  EXPECT_EQ(as_text(question), "question");
  const auto late = co_await pair.client->write_all("late");
  CO_ASSERT(!late);
  EXPECT_EQ(late.error().fault(), Fault::closed);
  EXPECT_TRUE(co_await write_and_end(*pair.server, pattern(100'000)));
  std::vector<std::byte> answer;
  EXPECT_TRUE(co_await receive_to_end(*pair.client, answer));
  EXPECT_TRUE(answer == pattern(100'000));
}
TEST_P(TlsStreams, CloseByHalves) { run(closes_by_halves(client_context(), server_context())); }

Task<> tells_of_the_end_below(TlsContext client, TlsContext server) {
  auto pair = co_await shake_hands(client, server);
  CO_ASSERT(pair.client && pair.server);
  const auto early = co_await pair.server->wait_for_end(Deadline::after(2ms));
  CO_ASSERT(!early);
  EXPECT_EQ(early.error().fault(), Fault::timed_out);
  EXPECT_TRUE(co_await pair.client->write_all("unread"));
  EXPECT_TRUE(co_await pair.client->shutdown_write());
  EXPECT_TRUE(co_await pair.server->wait_for_end());
  const auto reset = co_await pair.server->wait_for_reset(Deadline::after(2ms));
  CO_ASSERT(!reset);
  EXPECT_EQ(reset.error().fault(), Fault::timed_out);
  std::vector<std::byte> came;
  EXPECT_TRUE(co_await receive_to_end(*pair.server, came));
  EXPECT_EQ(as_text(came), "unread");
}
TEST_P(TlsStreams, TellAHalfCloseWithoutReading) {
  run(tells_of_the_end_below(client_context(), server_context()));
}

Task<> tells_a_cut_from_an_end(TlsContext client, TlsContext server) {
  auto pair = co_await shake_hands(client, server);
  CO_ASSERT(pair.client && pair.server);
  EXPECT_TRUE(co_await pair.server->write_all("half"));
  pair.server->close();
  std::vector<std::byte> came;
  const auto end = co_await receive_to_end(*pair.client, came);
  EXPECT_EQ(as_text(came), "half");
  CO_ASSERT(!end);
  EXPECT_EQ(end.error().fault(), Fault::closed);
  EXPECT_EQ(end.error().why(), "it ended without saying goodbye: the data may be cut short");
  const auto again = co_await pair.client->receive();
  CO_ASSERT(!again);
  EXPECT_EQ(again.error().fault(), Fault::closed);
}
TEST_P(TlsStreams, TellACutFromAnEnd) {
  run(tells_a_cut_from_an_end(client_context(), server_context()));
}

Task<Result<>> write_whole(Stream& stream, std::span<const std::byte> bytes, Deadline deadline) {
  co_return co_await stream.write_all(bytes, deadline);
}
Task<Result<>> hear_then_drain(Stream& hearing, Stream& draining, std::vector<std::byte>& into,
                               std::size_t size) {
  const auto told = co_await draining.write_all("stop");
  if (!told) co_return told;
  const auto heard = co_await hearing.receive();
  if (!heard) co_return heard.error();
  EXPECT_EQ(heard->text(), "stop");
  EXPECT_TRUE(into.empty());
  into.resize(size);
  co_return co_await draining.read_exact(into);
}

Task<> reads_while_a_write_waits(TlsContext client, TlsContext server) {
  auto below = co_await connect_narrow_pair();
  CO_ASSERT(below);
  auto pair = co_await shake_hands(std::move(below->client), std::move(below->server), client,
                                   server, "web.lab");
  CO_ASSERT(pair.client && pair.server);
  const auto sent = pattern(4 * 1024 * 1024);
  std::vector<std::byte> came;
  const auto done = co_await both(write_whole(*pair.client, sent, {}),
                                  hear_then_drain(*pair.client, *pair.server, came, sent.size()));
  EXPECT_TRUE(done);
  EXPECT_TRUE(came == sent);
}
TEST_P(TlsStreams, ReadWhileAWriteWaits) {
  run(reads_while_a_write_waits(client_context(), server_context()));
}

// Given up again and again, and gone on with.
Task<Result<>> write_in_steps(Stream& stream, std::span<const std::byte> bytes, int& given_up) {
  while (!bytes.empty()) {
    const auto some = co_await write_some(stream, bytes, Deadline::after(1ms));
    if (some) bytes = bytes.subspan(*some);
    if (!some && some.error().fault() != Fault::timed_out) co_return some.error();
    if (!some) ++given_up;
  }
  co_return co_await stream.shutdown_write();
}
Task<Result<>> receive_later(Stream& stream, std::vector<std::byte>& into) {
  const auto slept = co_await sleep_for(5ms);
  if (!slept) co_return slept;
  co_return co_await receive_to_end(stream, into);
}

Task<> writes_in_steps(TlsContext client, TlsContext server) {
  auto below = co_await connect_narrow_pair();
  CO_ASSERT(below);
  auto pair = co_await shake_hands(std::move(below->client), std::move(below->server), client,
                                   server, "web.lab");
  CO_ASSERT(pair.client && pair.server);
  const auto sent = pattern(4 * 1024 * 1024);
  std::vector<std::byte> came;
  int given_up = 0;
  const auto done = co_await both(write_in_steps(*pair.client, sent, given_up),
                                  receive_later(*pair.server, came));
  EXPECT_TRUE(done);
  EXPECT_TRUE(came == sent);
  EXPECT_GT(given_up, 0);
}
TEST_P(TlsStreams, AWriteOfSomeMayBeGivenUpAndGoneOnWith) {
  run(writes_in_steps(client_context(), server_context()));
}

// A piece after the other, each as often as it takes.
Task<Result<>> write_pieces_of(Stream& stream, std::span<const std::byte> bytes, int& waited) {
  auto* const data = const_cast<std::byte*>(bytes.data());
  std::size_t done = 0;
  const std::size_t half = bytes.size() / 2;
  while (done < bytes.size()) {
    const std::size_t first = done < half ? half - done : 0;
    const std::array pieces{iovec{data + done, first},
                            iovec{data + done + first, bytes.size() - done - first}};
    auto some = try_write_pieces(stream, pieces);
    if (!some) {
      ++waited;
      some = co_await write_pieces(stream, pieces);
    }
    if (!*some) co_return some->error();
    done += **some;
  }
  co_return co_await stream.shutdown_write();
}

Task<> writes_pieces(TlsContext client, TlsContext server) {
  auto below = co_await connect_narrow_pair();
  CO_ASSERT(below);
  auto pair = co_await shake_hands(std::move(below->client), std::move(below->server), client,
                                   server, "web.lab");
  CO_ASSERT(pair.client && pair.server);
  const auto sent = pattern(4 * 1024 * 1024);
  std::vector<std::byte> came;
  int waited = 0;
  const auto done =
      co_await both(write_pieces_of(*pair.client, sent, waited), receive_later(*pair.server, came));
  EXPECT_TRUE(done);
  EXPECT_TRUE(came == sent);
  EXPECT_GT(waited, 0);
}
TEST_P(TlsStreams, PiecesAreWrittenInOrder) {
  run(writes_pieces(client_context(), server_context()));
}

Task<> is_poisoned_by_half_a_write(TlsContext client, TlsContext server) {
  auto below = co_await connect_narrow_pair();
  CO_ASSERT(below);
  auto pair = co_await shake_hands(std::move(below->client), std::move(below->server), client,
                                   server, "web.lab");
  CO_ASSERT(pair.client && pair.server);
  const auto sent = pattern(16 * 1024 * 1024);
  const auto half = co_await write_whole(*pair.client, sent, Deadline::after(20ms));
  CO_ASSERT(!half);
  EXPECT_EQ(half.error().fault(), Fault::timed_out);
  const auto next = co_await pair.client->write_all("next");
  CO_ASSERT(!next);
  EXPECT_EQ(next.error().fault(), Fault::closed);
  const auto goodbye = co_await pair.client->shutdown_write();
  CO_ASSERT(!goodbye);
  EXPECT_EQ(goodbye.error().why(), "an earlier write ended in the middle of a message");
  pair.client->close();
  std::vector<std::byte> came;
  const auto end = co_await receive_to_end(*pair.server, came);
  CO_ASSERT(!end);
  EXPECT_EQ(end.error().fault(), Fault::closed);
  EXPECT_LT(came.size(), sent.size());
  EXPECT_TRUE(std::ranges::equal(came, std::span(sent).first(came.size())));
}
TEST_P(TlsStreams, ArePoisonedByHalfAWrite) {
  run(is_poisoned_by_half_a_write(client_context(), server_context()));
}

Task<> reads_on_after_a_deadline(TlsContext client, TlsContext server) {
  auto pair = co_await shake_hands(client, server);
  CO_ASSERT(pair.client && pair.server);
  const auto none = co_await pair.client->receive(Deadline::after(1ms));
  CO_ASSERT(!none);
  EXPECT_EQ(none.error().fault(), Fault::timed_out);
  EXPECT_EQ(Loop::current().buffers().lent(), 0u);
  EXPECT_TRUE(co_await pair.server->write_all("there"));
  const auto some = co_await pair.client->receive();
  CO_ASSERT(some);
  EXPECT_EQ(some->text(), "there");
}
TEST_P(TlsStreams, ReadOnAfterADeadline) {
  run(reads_on_after_a_deadline(client_context(), server_context()));
}

Task<Result<>> close_now(Stream& stream) {
  stream.close();
  co_return ok();
}
Task<Result<>> expect_closed(Stream& stream) {
  const auto data = co_await stream.receive();
  EXPECT_FALSE(data);
  EXPECT_EQ(data.error().fault(), Fault::closed);
  co_return ok();
}
Task<> ends_a_waiting_read(TlsContext client, TlsContext server) {
  auto pair = co_await shake_hands(client, server);
  CO_ASSERT(pair.client && pair.server);
  EXPECT_TRUE(co_await both(expect_closed(*pair.client), close_now(*pair.client)));
}
TEST_P(TlsStreams, EndAWaitingReadWhenClosed) {
  run(ends_a_waiting_read(client_context(), server_context()));
}

Task<> sends_a_file(TlsContext client, TlsContext server, std::string file) {
  auto pair = co_await shake_hands(client, server);
  CO_ASSERT(pair.client && pair.server);
  const auto bytes = pattern(300'000);
  const int descriptor = ::open(file.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  CO_ASSERT(descriptor >= 0);
  EXPECT_EQ(::pwrite(descriptor, bytes.data(), bytes.size(), 0), 300'000);
  EXPECT_TRUE(co_await pair.client->send_file({descriptor, 1000, 250'000}));
  std::vector<std::byte> came(250'000);
  EXPECT_TRUE(co_await pair.server->read_exact(came));
  EXPECT_TRUE(std::ranges::equal(came, std::span(bytes).subspan(1000, 250'000)));
  const auto beyond = co_await pair.client->send_file({descriptor, 299'000, 2000});
  CO_ASSERT(!beyond);
  EXPECT_EQ(beyond.error().fault(), Fault::storage);
  ::close(descriptor);
}
TEST_P(TlsStreams, SendAFile) {
  run(sends_a_file(client_context(), server_context(), path("file")));
}

// --- started or caught in the middle by a cancel -------------------------------------------------

Task<Result<>> handshake_with_nobody(const TlsContext& context, Deadline deadline) {
  auto below = co_await connect_pair();
  if (!below) co_return below.error();
  auto stream = co_await tls_connect(std::move(below->client), context, "web.lab", deadline);
  if (stream) co_return ok();
  co_return stream.error();
}
Task<Result<>> fail_soon() {
  const auto turn = co_await yield();
  if (!turn) co_return turn;
  co_return Error(Fault::limit, "go on");
}
Task<Result<>> keep(Task<Result<>> task, std::optional<Result<>>& result) {
  result = co_await task;
  co_return *result;
}

Task<> handshakes_end(TlsContext client) {
  const auto late = co_await handshake_with_nobody(client, Deadline::after(1ms));
  CO_ASSERT(!late);
  EXPECT_EQ(late.error().fault(), Fault::timed_out);
  EXPECT_TRUE(late.error().subject().starts_with("127.0.0.1:"));
  std::optional<Result<>> cancelled;
  const auto stopped =
      co_await both(keep(handshake_with_nobody(client, {}), cancelled), fail_soon());
  EXPECT_EQ(stopped.error().fault(), Fault::limit);
  CO_ASSERT(cancelled && !*cancelled);
  EXPECT_EQ(cancelled->error().fault(), Fault::cancelled);
}
TEST_P(TlsStreams, EndTheirHandshakeInTime) { run(handshakes_end(client_context())); }

Task<> shake_nobodys_hand(TaskGroup& group, TlsContext& client) {
  auto below = co_await connect_pair();
  CO_ASSERT(below);
  group.cancel();
  const auto handshake = co_await tls_connect(std::move(below->client), client, "web.lab");
  CO_ASSERT(!handshake);
  EXPECT_EQ(handshake.error().fault(), Fault::cancelled);
}

Task<> operate(TaskGroup& group, TlsStream& stream, int descriptor) {
  group.cancel();
  std::array<std::byte, 4> memory;
  const auto received = co_await stream.receive();
  const auto read = co_await stream.read(memory);
  const auto exact = co_await stream.read_exact(memory);
  const auto written = co_await stream.write_all("x");
  const auto sent = co_await stream.send_file({descriptor, 0, 1});
  const auto ended = co_await stream.shutdown_write();
  CO_ASSERT(!received && !read && !exact && !written && !sent && !ended);
  for (const Fault fault : {received.error().fault(), read.error().fault(), exact.error().fault(),
                            written.error().fault(), sent.error().fault(), ended.error().fault()}) {
    EXPECT_EQ(fault, Fault::cancelled);
  }
}

Task<> does_nothing_when_cancelled(TlsContext client, TlsContext server, std::string file) {
  const int descriptor = ::open(file.c_str(), O_RDONLY | O_CLOEXEC);
  CO_ASSERT(descriptor >= 0);
  co_await with_group(shake_nobodys_hand, std::ref(client));
  auto pair = co_await shake_hands(client, server);
  CO_ASSERT(pair.client && pair.server);
  co_await with_group(operate, std::ref(*pair.client), descriptor);
  ::close(descriptor);
  // None of it left a mark.
  EXPECT_TRUE(co_await pair.client->write_all("still here"));
  const auto came = co_await pair.server->receive();
  CO_ASSERT(came);
  EXPECT_EQ(came->text(), "still here");
}
TEST_P(TlsStreams, DoNothingWhenCancelledBefore) {
  run(does_nothing_when_cancelled(client_context(), server_context(), path("ca.pem")));
}

}  // namespace
}  // namespace patchbay
