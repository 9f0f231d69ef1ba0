// TCP streams: what holds on every engine.
#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <numeric>
#include <optional>
#include <string>
#include <vector>

#include "patchbay/net/conformance/engine_test.hpp"
#include "patchbay/net/conformance/full_listener_fixture.hpp"
#include "patchbay/net/write_some.hpp"

namespace patchbay {
namespace {

class Streams : public EngineTest {};
INSTANTIATE_TEST_SUITE_P(, Streams, all_engines(), engine_name);

constexpr std::size_t k_big = 8 * 1024 * 1024;  // more than the buffers of both ends hold

std::vector<std::byte> pattern(std::size_t size) {
  std::vector<std::byte> bytes(size);
  for (std::size_t i = 0; i < size; ++i) bytes[i] = static_cast<std::byte>(i * 7 + (i >> 13));
  return bytes;
}

// Turns a close into a reset: unsent data is dropped and the peer is told so.
void close_with_reset(TcpStream& stream) {
  const linger now{.l_onoff = 1, .l_linger = 0};
  EXPECT_TRUE(stream.port().set_option(stream.handle(), SOL_SOCKET, SO_LINGER, &now, sizeof now));
  stream.close();
}

Task<> carries_bytes(Family family) {
  auto pair = co_await connect_pair({}, family);
  CO_ASSERT(pair);
  EXPECT_TRUE(co_await pair->client.write_all("ping"));
  const auto got = co_await pair->server.receive();
  CO_ASSERT(got);
  EXPECT_EQ(got->text(), "ping");
  EXPECT_TRUE(co_await pair->server.write_all("pong"));
  std::array<std::byte, 4> answer;
  EXPECT_TRUE(co_await pair->client.read_exact(answer));
  const auto local = pair->client.local();
  const auto peer = pair->server.peer();
  CO_ASSERT(local && peer);
  EXPECT_EQ(*local, *peer);
  EXPECT_EQ(local->family(), family);
}
TEST_P(Streams, CarryBytesOverIPv4) { run(carries_bytes(Family::v4)); }
TEST_P(Streams, CarryBytesOverIPv6) { run(carries_bytes(Family::v6)); }

Task<Result<>> write_pattern(Stream& stream, std::span<const std::byte> bytes) {
  const auto sent = co_await stream.write_all(bytes);
  if (!sent) co_return sent;
  co_return co_await stream.shutdown_write();
}
Task<Result<>> read_to_end(Stream& stream, std::vector<std::byte>& into) {
  for (;;) {
    const auto got = co_await stream.receive();
    if (!got) co_return got.error();
    if (got->empty()) co_return ok();
    into.insert(into.end(), got->bytes().begin(), got->bytes().end());
  }
}
Task<> moves_much_both_ways() {
  auto pair = co_await connect_pair();
  CO_ASSERT(pair);
  const auto sent = pattern(k_big);
  std::vector<std::byte> at_server, at_client;
  EXPECT_TRUE(co_await both(
      both(write_pattern(pair->client, sent), write_pattern(pair->server, sent)),
      both(read_to_end(pair->client, at_client), read_to_end(pair->server, at_server))));
  EXPECT_TRUE(at_client == sent);
  EXPECT_TRUE(at_server == sent);
}
TEST_P(Streams, MoveMuchBothWaysAtOnce) { run(moves_much_both_ways()); }

// One byte a read: the data is there all the time, so every read completes inline, and only the
// budget lets anybody else run.
Task<Result<>> read_byte_by_byte(Stream& stream, std::size_t count) {
  std::byte byte;
  for (std::size_t i = 0; i < count; ++i) {
    const auto got = co_await stream.read({&byte, 1});
    if (!got) co_return got.error();
    EXPECT_EQ(*got, 1U);
  }
  co_return ok();
}
Task<Result<>> count_turns(std::size_t& turns) {
  for (;;) {
    const auto turn = co_await yield();
    if (!turn) co_return ok();
    ++turns;
  }
}
Task<Result<>> ends_with(Task<Result<>> first) { co_return co_await first; }
Task<> budget_is_fair() {
  auto pair = co_await connect_pair();
  CO_ASSERT(pair);
  const std::string text(10'000, 'x');
  EXPECT_TRUE(co_await pair->client.write_all(text));
  std::size_t turns = 0;
  EXPECT_TRUE(
      co_await either(ends_with(read_byte_by_byte(pair->server, text.size())), count_turns(turns)));
  EXPECT_GE(turns, text.size() / 64);
}
TEST_P(Streams, AByteAtATimeStarvesNobody) { run(budget_is_fair()); }

Task<> empty_read() {
  auto pair = co_await connect_pair();
  CO_ASSERT(pair);
  const auto got = co_await pair->server.read({});
  CO_ASSERT(got);
  EXPECT_EQ(*got, 0U);
}
TEST_P(Streams, AnEmptyReadWaitsForNothing) { run(empty_read()); }

Task<> half_closes() {
  auto pair = co_await connect_pair();
  CO_ASSERT(pair);
  EXPECT_TRUE(co_await pair->client.write_all("last words"));
  EXPECT_TRUE(co_await pair->client.shutdown_write());
  std::vector<std::byte> heard;
  EXPECT_TRUE(co_await read_to_end(pair->server, heard));
  EXPECT_EQ(heard.size(), 10U);
  // The other direction is open still.
  EXPECT_TRUE(co_await pair->server.write_all("answer"));
  pair->server.close();
  std::vector<std::byte> answer;
  EXPECT_TRUE(co_await read_to_end(pair->client, answer));
  EXPECT_EQ(answer.size(), 6U);
}
TEST_P(Streams, HalfCloseKeepsTheOtherDirection) { run(half_closes()); }

Task<> end_in_the_middle() {
  auto pair = co_await connect_pair();
  CO_ASSERT(pair);
  EXPECT_TRUE(co_await pair->client.write_all("abc"));
  pair->client.close();
  std::array<std::byte, 4> four;
  const auto got = co_await pair->server.read_exact(four);
  CO_ASSERT(!got);
  EXPECT_EQ(got.error().fault(), Fault::closed);
}
TEST_P(Streams, ReadExactReportsAnEarlyEnd) { run(end_in_the_middle()); }

Task<> reset_is_closed() {
  auto pair = co_await connect_pair();
  CO_ASSERT(pair);
  close_with_reset(pair->client);
  const auto got = co_await pair->server.receive();
  CO_ASSERT(!got);
  EXPECT_EQ(got.error().fault(), Fault::closed);
  EXPECT_EQ(got.error().code(), ECONNRESET);
  const auto sent = co_await pair->server.write_all("too late");
  CO_ASSERT(!sent);
  EXPECT_EQ(sent.error().fault(), Fault::closed);
}
TEST_P(Streams, AResetIsAFaultOfItsOwn) { run(reset_is_closed()); }

Task<Result<>> reset_after(TcpStream& stream, Duration delay) {
  const auto slept = co_await sleep_for(delay);
  if (slept) close_with_reset(stream);
  co_return slept;
}
Task<Result<>> expect_reset(TcpStream& stream) {
  const auto got = co_await stream.receive();
  EXPECT_FALSE(got);
  co_return ok();
}
Task<> reset_wakes_a_reader() {
  auto pair = co_await connect_pair();
  CO_ASSERT(pair);
  EXPECT_TRUE(co_await both(expect_reset(pair->server), reset_after(pair->client, 2ms)));
}
TEST_P(Streams, AResetWakesAWaitingReader) { run(reset_wakes_a_reader()); }

// --- waiting for an end ------------------------------------------------------------------------

Task<Result<>> wait_for_end(Stream& stream) { co_return co_await stream.wait_for_end(); }
Task<Result<>> wait_for_reset(Stream& stream) { co_return co_await stream.wait_for_reset(); }

Task<> tells_a_half_close() {
  auto pair = co_await connect_pair();
  CO_ASSERT(pair);
  const auto early = co_await pair->server.wait_for_end(Deadline::after(2ms));
  CO_ASSERT(!early);
  EXPECT_EQ(early.error().fault(), Fault::timed_out);
  EXPECT_TRUE(co_await pair->client.write_all("unread"));
  EXPECT_TRUE(co_await pair->client.shutdown_write());
  EXPECT_TRUE(co_await pair->server.wait_for_end());
  const auto reset = co_await pair->server.wait_for_reset(Deadline::after(2ms));
  CO_ASSERT(!reset);
  EXPECT_EQ(reset.error().fault(), Fault::timed_out);
  std::vector<std::byte> heard;
  EXPECT_TRUE(co_await read_to_end(pair->server, heard));
  EXPECT_EQ(heard.size(), 6U);
  EXPECT_TRUE(co_await pair->server.wait_for_end());  // and again
  EXPECT_TRUE(co_await pair->server.write_all("answer"));
  EXPECT_TRUE(co_await pair->server.shutdown_write());
  EXPECT_TRUE(co_await pair->server.wait_for_reset());  // both sides have ended
}
TEST_P(Streams, TellAHalfCloseWithoutReading) { run(tells_a_half_close()); }

Task<> tells_a_reset() {
  auto pair = co_await connect_pair();
  CO_ASSERT(pair);
  const auto waits = [](Stream& stream) {
    return both(wait_for_end(stream), wait_for_reset(stream));
  };
  EXPECT_TRUE(co_await both(waits(pair->server), reset_after(pair->client, 2ms)));
  const auto got = co_await pair->server.receive();
  CO_ASSERT(!got);
  EXPECT_EQ(got.error().fault(), Fault::closed);
  EXPECT_TRUE(co_await waits(pair->server));  // and again
}
TEST_P(Streams, TellAResetWithoutReading) { run(tells_a_reset()); }

Task<> tells_a_reset_after_a_half_close() {
  auto pair = co_await connect_pair();
  CO_ASSERT(pair);
  EXPECT_TRUE(co_await pair->client.shutdown_write());
  EXPECT_TRUE(co_await pair->server.wait_for_end());
  EXPECT_TRUE(co_await both(wait_for_reset(pair->server), reset_after(pair->client, 2ms)));
}
TEST_P(Streams, TellAResetAfterAHalfClose) { run(tells_a_reset_after_a_half_close()); }

// Whoever waits for the end takes nothing from whoever reads.
Task<Result<>> tell_slowly(TcpStream& stream) {
  for (int i = 0; i < 5; ++i) {
    const auto sent = co_await stream.write_all("word ");
    if (!sent) co_return sent;
    if (const auto slept = co_await sleep_for(1ms); !slept) co_return slept;
  }
  co_return co_await stream.shutdown_write();
}
Task<> waits_beside_a_reader() {
  auto pair = co_await connect_pair();
  CO_ASSERT(pair);
  std::vector<std::byte> heard;
  EXPECT_TRUE(co_await both(both(wait_for_end(pair->server), read_to_end(pair->server, heard)),
                            tell_slowly(pair->client)));
  EXPECT_EQ(heard.size(), 25U);
}
TEST_P(Streams, WaitForAnEndBesideAReader) { run(waits_beside_a_reader()); }

// --- connections -------------------------------------------------------------------------------

// The greeting is there before the client has seen that it is connected: one event says both.
Task<Result<>> greet(TcpListener& listener, std::optional<TcpStream>& greeted) {
  auto client = co_await listener.accept();
  if (!client) co_return client.error();
  greeted = std::move(*client);
  co_return co_await greeted->write_all("220 ready");
}
Task<Result<>> hear_greeting(Endpoint server) {
  auto stream = co_await TcpStream::connect(server);
  if (!stream) co_return stream.error();
  const auto heard = co_await stream->receive(Deadline::after(5s));
  if (!heard) co_return heard.error();
  EXPECT_EQ(heard->text(), "220 ready");
  co_return ok();
}
Task<> peer_speaks_first() {
  auto listener = TcpListener::bind(Endpoint(IpAddress::loopback(Family::v4), 0));
  CO_ASSERT(listener);
  std::optional<TcpStream> greeted;
  // From the second client on the listener accepts without waiting for an event, and so before the
  // client hears of its own connection.
  for (int client = 0; client < 3; ++client) {
    EXPECT_TRUE(co_await both(hear_greeting(listener->local()), greet(*listener, greeted)));
  }
}
TEST_P(Streams, APeerThatSpeaksFirstIsHeard) { run(peer_speaks_first()); }

Task<> refused() {
  Endpoint nobody;
  {
    auto listener = TcpListener::bind(loopback());
    CO_ASSERT(listener);
    nobody = listener->local();
  }
  const auto client = co_await TcpStream::connect(nobody);
  CO_ASSERT(!client);
  EXPECT_EQ(client.error().fault(), Fault::refused);
  EXPECT_EQ(client.error().subject(), nobody.to_string());
}
TEST_P(Streams, RefusedConnectSaysSo) { run(refused()); }

// A connect as an engine carries it out, on a socket that is kept whatever comes of it. Its errno.
class ConnectAgain : public Op {
 public:
  ConnectAgain(Engine& engine, int on, Endpoint& to)
      : Op(OpKind::connect, &engine, on, guard(),
           std::as_writable_bytes(std::span(to.native(), 1))) {
    size = to.native_size();
  }
  int await_resume() const { return succeeded() ? 0 : error; }
};

Task<> expect_to_talk(Stream& client, TcpListener& listener) {
  auto server = co_await listener.accept(guard());
  CO_ASSERT(server);
  for (const std::string_view said : {"one", "two"}) {
    EXPECT_TRUE(co_await client.write_all(said));
    const auto heard = co_await server->receive(guard());
    EXPECT_TRUE(heard && heard->text() == said);
    EXPECT_TRUE(co_await server->write_all(said));
    const auto answer = co_await client.receive(guard());
    EXPECT_TRUE(answer && answer->text() == said);
  }
}

Task<> refused_socket_tries_again(Family family) {
  auto listener = TcpListener::bind(loopback(family));
  CO_ASSERT(listener);
  Endpoint somebody = listener->local();
  auto closed = TcpListener::bind(loopback(family));
  CO_ASSERT(closed);
  Endpoint nobody = closed->local();
  closed->close();
  Engine& engine = Loop::current().engine();
  const auto handle = engine.open({somebody.native()->sa_family, SOCK_STREAM, 0});
  CO_ASSERT(handle);
  Stream client(engine, *handle);
  for (int i = 0; i < 3; ++i) {
    EXPECT_EQ(co_await ConnectAgain(engine, *handle, nobody), ECONNREFUSED);
  }
  EXPECT_EQ(co_await ConnectAgain(engine, *handle, somebody), 0);
  co_await expect_to_talk(client, *listener);
}
TEST_P(Streams, ARefusedSocketTriesAgain) { run_on_both_families(refused_socket_tries_again); }

// The same after a wait, whose events are of the connection that was not to be: who knocks hears
// nothing until the door is gone.
Task<Result<>> expect_refusal(Engine& engine, int handle, Endpoint to) {
  EXPECT_EQ(co_await ConnectAgain(engine, handle, to), ECONNREFUSED);
  co_return ok();
}
Task<> socket_that_waited_tries_again() {
  auto listener = TcpListener::bind(loopback());
  CO_ASSERT(listener);
  Endpoint somebody = listener->local();
  auto full = co_await fill_a_listener();
  CO_ASSERT(full);
  Engine& engine = Loop::current().engine();
  const auto handle = engine.open({AF_INET, SOCK_STREAM, 0});
  CO_ASSERT(handle);
  Stream client(engine, *handle);
  EXPECT_TRUE(
      co_await both(expect_refusal(engine, *handle, full->local()), close_soon(full->listener)));
  EXPECT_EQ(co_await ConnectAgain(engine, *handle, somebody), 0);
  co_await expect_to_talk(client, *listener);
}
TEST_P(Streams, ASocketThatWaitedAndWasRefusedTriesAgain) { run(socket_that_waited_tries_again()); }

Task<> taken_address() {
  auto first = TcpListener::bind(loopback());
  CO_ASSERT(first);
  EXPECT_NE(first->local().port(), 0);
  const auto second = TcpListener::bind(first->local());
  CO_ASSERT(!second);
  EXPECT_EQ(second.error().code(), EADDRINUSE);
  EXPECT_EQ(second.error().subject(), first->local().to_string());
}
TEST_P(Streams, AnAddressInUseIsReported) { run(taken_address()); }

// Nothing received is lost to a deadline or a cancel: what came later is there for the next read.
Task<Result<>> receive_one(Stream& stream, std::string& into, Deadline deadline) {
  const auto got = co_await stream.receive(deadline);
  if (!got) co_return got.error();
  into = got->text();
  co_return ok();
}
Task<> deadline_loses_nothing() {
  auto pair = co_await connect_pair();
  CO_ASSERT(pair);
  std::string heard;
  const auto early = co_await receive_one(pair->server, heard, Deadline::after(1ms));
  CO_ASSERT(!early);
  EXPECT_EQ(early.error().fault(), Fault::timed_out);
  EXPECT_EQ(early.error().code(), 0);
  EXPECT_TRUE(co_await pair->client.write_all("later"));
  EXPECT_TRUE(co_await receive_one(pair->server, heard, Deadline::after(10s)));
  EXPECT_EQ(heard, "later");
}
TEST_P(Streams, ADeadlineLosesNothing) { run(deadline_loses_nothing()); }

Task<> cancelled_accept_loses_nobody() {
  auto listener = TcpListener::bind(loopback());
  CO_ASSERT(listener);
  const auto early = co_await listener->accept(Deadline::after(1ms));
  CO_ASSERT(!early);
  EXPECT_EQ(early.error().fault(), Fault::timed_out);
  auto client = co_await TcpStream::connect(listener->local());
  CO_ASSERT(client);
  EXPECT_TRUE(co_await listener->accept(Deadline::after(10s)));
}
TEST_P(Streams, ACutAcceptLosesNobody) { run(cancelled_accept_loses_nobody()); }

Task<> peer_never_reads() {
  auto pair = co_await connect_pair();
  CO_ASSERT(pair);
  const auto much = pattern(k_big);
  const auto stuck = co_await pair->server.write_all(much, Deadline::after(20ms));
  CO_ASSERT(!stuck);
  EXPECT_EQ(stuck.error().fault(), Fault::timed_out);
  // A part of the message is on its way: whatever came behind it would be read as its rest.
  const auto again = co_await pair->server.write_all("next message");
  CO_ASSERT(!again);
  EXPECT_EQ(again.error().fault(), Fault::closed);
}
TEST_P(Streams, ACutWritePoisonsTheStream) { run(peer_never_reads()); }

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
Task<Result<>> read_later(Stream& stream, std::vector<std::byte>& into) {
  const auto slept = co_await sleep_for(5ms);
  if (!slept) co_return slept;
  co_return co_await read_to_end(stream, into);
}
Task<> writes_in_steps() {
  auto pair = co_await connect_pair();
  CO_ASSERT(pair);
  const auto sent = pattern(k_big);
  std::vector<std::byte> came;
  int given_up = 0;
  EXPECT_TRUE(
      co_await both(write_in_steps(pair->server, sent, given_up), read_later(pair->client, came)));
  EXPECT_TRUE(came == sent);
  EXPECT_GT(given_up, 0);
}
TEST_P(Streams, AWriteOfSomeMayBeGivenUpAndGoneOnWith) { run(writes_in_steps()); }

// Some bytes as three pieces, of which the second is empty.
std::array<iovec, 3> in_pieces(std::span<const std::byte> bytes) {
  auto* const data = const_cast<std::byte*>(bytes.data());
  const std::size_t half = bytes.size() / 2;
  return {iovec{data, half}, iovec{data, 0}, iovec{data + half, bytes.size() - half}};
}
// What the stream takes at once is written by the way; a task waits only when it takes nothing.
Task<Result<>> write_pieces_of(Stream& stream, std::span<const std::byte> bytes, int& waited) {
  while (!bytes.empty()) {
    const auto pieces = in_pieces(bytes);
    auto some = try_write_pieces(stream, pieces);
    if (!some) {
      ++waited;
      some = co_await write_pieces(stream, pieces, guard());
    }
    if (!*some) co_return some->error();
    bytes = bytes.subspan(**some);
  }
  co_return co_await stream.shutdown_write();
}
Task<> writes_pieces() {
  auto pair = co_await connect_pair();
  CO_ASSERT(pair);
  const auto sent = pattern(k_big);
  std::vector<std::byte> came;
  int waited = 0;
  EXPECT_TRUE(
      co_await both(write_pieces_of(pair->server, sent, waited), read_later(pair->client, came)));
  EXPECT_TRUE(came == sent);
  EXPECT_GT(waited, 0);
}
TEST_P(Streams, PiecesAreWrittenInOrder) { run(writes_pieces()); }

Task<> writes_pieces_to_nobody() {
  auto pair = co_await connect_pair();
  CO_ASSERT(pair);
  pair->server.close();
  const auto bytes = pattern(10);
  const auto pieces = in_pieces(bytes);
  const auto some = try_write_pieces(pair->server, pieces);
  CO_ASSERT(some);
  CO_ASSERT(!*some);
  EXPECT_EQ(some->error().fault(), Fault::closed);
}
TEST_P(Streams, PiecesForAClosedStreamFailAtOnce) { run(writes_pieces_to_nobody()); }

Task<Result<>> close_soon(Stream& stream) {
  const auto slept = co_await sleep_for(1ms);
  stream.close();
  co_return slept;
}
Task<Result<>> expect_closed(Stream& stream) {
  const auto got = co_await stream.receive();
  EXPECT_FALSE(got);
  if (!got) EXPECT_EQ(got.error().fault(), Fault::closed);
  co_return ok();
}
Task<> close_ends_waiters() {
  auto pair = co_await connect_pair();
  CO_ASSERT(pair);
  EXPECT_TRUE(co_await both(expect_closed(pair->server), close_soon(pair->server)));
}
TEST_P(Streams, CloseEndsWhoeverWaits) { run(close_ends_waiters()); }

// A reader stands in the queue of ready operations when another task, ahead of it there, closes its
// stream, and a new connection takes over the descriptor: it hears `closed`, not the newcomer's
// data.
Task<Result<>> replace_stream(Connection& signal, Connection& pair, TcpListener& listener,
                              std::optional<Connection>& next) {
  const auto woken = co_await signal.server.receive();
  if (!woken) co_return woken.error();
  pair.server.close();
  auto client = co_await TcpStream::connect(listener.local());
  if (!client) co_return client.error();
  auto server = co_await listener.accept();
  if (!server) co_return server.error();
  next = Connection{std::move(*client), std::move(*server)};
  const auto sent = co_await next->client.write_all("for the newcomer");
  if (!sent) co_return sent;
  const auto got = co_await next->server.receive();
  if (!got) co_return got.error();
  EXPECT_EQ(got->text(), "for the newcomer");
  co_return ok();
}
Task<Result<>> wake_both(Connection& first, Connection& second) {
  const auto sent = co_await first.client.write_all("now");
  if (!sent) co_return sent;
  co_return co_await second.client.write_all("never read");
}
Task<> stale_reader() {
  auto listener = TcpListener::bind(loopback());
  auto pair = co_await connect_pair();
  auto signal = co_await connect_pair();
  CO_ASSERT(listener && pair && signal);
  std::optional<Connection> next;
  EXPECT_TRUE(co_await both(
      both(replace_stream(*signal, *pair, *listener, next), expect_closed(pair->server)),
      wake_both(*signal, *pair)));
}
TEST_P(Streams, AStaleReaderNeverGetsTheNextConnection) { run(stale_reader()); }

// A file of known content that has no name any more.
class TemporaryFile {
 public:
  explicit TemporaryFile(std::span<const std::byte> content) : file_(std::tmpfile()) {
    std::fwrite(content.data(), 1, content.size(), file_);
    std::fflush(file_);
  }
  ~TemporaryFile() { std::fclose(file_); }
  TemporaryFile(const TemporaryFile&) = delete;
  TemporaryFile& operator=(const TemporaryFile&) = delete;
  int descriptor() const { return ::fileno(file_); }

 private:
  std::FILE* file_;
};

Task<Result<>> send_range(Stream& stream, FileRange range) {
  const auto sent = co_await stream.send_file(range);
  if (!sent) co_return sent;
  co_return co_await stream.shutdown_write();
}
Task<> sends_files() {
  auto pair = co_await connect_pair();
  CO_ASSERT(pair);
  const auto content = pattern(k_big);
  const TemporaryFile file(content);
  std::vector<std::byte> heard;
  const FileRange range{.descriptor = file.descriptor(), .offset = 1000, .length = k_big - 1000};
  EXPECT_TRUE(co_await both(send_range(pair->client, range), read_to_end(pair->server, heard)));
  EXPECT_TRUE(std::ranges::equal(heard, std::span(content).subspan(1000)));
}
TEST_P(Streams, SendAFile) { run(sends_files()); }

Task<> file_is_short() {
  auto pair = co_await connect_pair();
  CO_ASSERT(pair);
  const TemporaryFile file(pattern(100));
  const auto sent =
      co_await pair->client.send_file({.descriptor = file.descriptor(), .length = 200});
  CO_ASSERT(!sent);
  EXPECT_EQ(sent.error().fault(), Fault::storage);
}
TEST_P(Streams, AFileThatEndsEarlyIsReported) { run(file_is_short()); }

}  // namespace
}  // namespace patchbay
