// Every operation, started in a scope that is cancelled already: it ends as `cancelled`, takes
// nothing and leaves nothing behind. What it asks for is there each time, so that one which was
// tried all the same would succeed.
#include <array>
#include <cstdint>
#include <cstdio>
#include <ostream>
#include <set>
#include <string>
#include <string_view>
#include <tuple>

#include "patchbay/net/conformance/udp_fixture.hpp"
#include "patchbay/net/conformance/unix_fixture.hpp"
#include "patchbay/net/frame_reader.hpp"
#include "patchbay/net/packet.hpp"
#include "patchbay/net/raw.hpp"
#include "patchbay/net/tls.hpp"
#include "patchbay/net/write_some.hpp"

namespace patchbay {
namespace {

using Memory = std::span<std::byte>;
using Ending = Task<Result<>>;

// An operation by its kind alone, as the layers between a task and a socket make them.
class BareOp : public Op {
 public:
  using Op::Op;
  Result<> await_resume() const {
    if (!succeeded()) return failure();
    return ok();
  }
};

// How the operation that begin() makes ends in a cancelled scope.
template <class Begin>
Ending outcome_of(Begin begin) {
  const auto ended = co_await begin();
  if (!ended) co_return ended.error();
  co_return ok();
}
template <class Begin>
Ending end_of(Begin begin) {
  return when_cancelled(outcome_of(std::move(begin)));
}

// --- streams -------------------------------------------------------------------------------------

// begin(stream, memory), on a stream at which "data" waits, and afterwards still does.
template <class Begin>
Ending on_stream(Begin begin) {
  auto pair = co_await connect_pair();
  if (!pair) co_return pair.error();
  EXPECT_TRUE(co_await pair->client.write_all("data", guard()));
  std::array<std::byte, 4> memory{};
  const auto end = co_await end_of([&] { return begin(pair->server, Memory(memory)); });
  EXPECT_TRUE(co_await pair->server.write_all("answer", guard()));
  EXPECT_TRUE(co_await pair->server.read_exact(memory, guard()));
  EXPECT_EQ(as_text(memory), "data");
  co_return end;
}
Ending read() {
  return on_stream([](Stream& stream, Memory memory) { return stream.read(memory); });
}
Ending receive() {
  return on_stream([](Stream& stream, Memory) { return stream.receive(); });
}
Ending read_exact() {
  return on_stream([](Stream& stream, Memory memory) { return stream.read_exact(memory); });
}
Ending write_some() {
  return on_stream([](Stream& stream, Memory memory) {
    return BareOp(OpKind::write, &stream.port(), stream.handle(), {}, memory);
  });
}
Ending write_more() {
  return on_stream(
      [](Stream& stream, Memory) { return stream.write_more(std::as_bytes(std::span("text"))); });
}
Ending write_some_pieces() {
  return on_stream([](Stream& stream, Memory) {
    static char text[] = "text";
    static const iovec piece{.iov_base = text, .iov_len = sizeof text};
    return write_pieces(stream, {&piece, 1});
  });
}
Ending write_all() {
  return on_stream([](Stream& stream, Memory) { return stream.write_all("text"); });
}
Ending shutdown_write() {
  return on_stream([](Stream& stream, Memory) { return stream.shutdown_write(); });
}
Ending wait_readable() {
  return on_stream([](Stream& stream, Memory) {
    return BareOp(OpKind::wait_readable, &stream.port(), stream.handle(), {});
  });
}
Ending wait_for_end() {
  return on_stream([](Stream& stream, Memory) { return stream.wait_for_end(); });
}
Ending wait_for_reset() {
  return on_stream([](Stream& stream, Memory) { return stream.wait_for_reset(); });
}
Ending send_file() {
  std::FILE* const file = std::tmpfile();
  EXPECT_GE(std::fputs("text", file), 0);
  EXPECT_EQ(std::fflush(file), 0);
  const FileRange range{.descriptor = ::fileno(file), .length = 4};
  const auto end =
      co_await on_stream([range](Stream& stream, Memory) { return stream.send_file(range); });
  std::fclose(file);
  co_return end;
}

// --- connections ---------------------------------------------------------------------------------

Ending connect() {
  const auto listener = TcpListener::bind(loopback());
  if (!listener) co_return listener.error();
  co_return co_await end_of([&] { return TcpStream::connect(listener->local()); });
}
Ending connect_by_name() {
  const auto listener = TcpListener::bind(loopback());
  if (!listener) co_return listener.error();
  const HostPort to{.host = "localhost", .port = listener->local().port()};
  co_return co_await end_of([&] { return TcpStream::connect(to); });
}
Ending accept() {
  auto listener = TcpListener::bind(loopback());
  if (!listener) co_return listener.error();
  const auto client = co_await TcpStream::connect(listener->local(), guard());
  if (!client) co_return client.error();
  const auto end = co_await end_of([&] { return listener->accept(); });
  EXPECT_TRUE(co_await listener->accept(guard()));  // the client still waits
  co_return end;
}
Ending shake_hands() {
  const auto context = TlsContext::client({.verify = false});
  if (!context) co_return context.error();
  auto pair = co_await connect_pair();
  if (!pair) co_return pair.error();
  co_return co_await end_of([&] { return tls_connect(std::move(pair->client), *context, "lab"); });
}

Ending connect_unix() {
  const UnixFolder folder;
  const auto listener = UnixListener::bind(folder.address());
  if (!listener) co_return listener.error();
  co_return co_await end_of([&] { return UnixStream::connect(listener->local()); });
}
Ending accept_unix() {
  const UnixFolder folder;
  auto listener = UnixListener::bind(folder.address());
  if (!listener) co_return listener.error();
  const auto client = co_await UnixStream::connect(listener->local(), guard());
  if (!client) co_return client.error();
  const auto end = co_await end_of([&] { return listener->accept(); });
  EXPECT_TRUE(co_await listener->accept(guard()));
  co_return end;
}

// --- datagrams -----------------------------------------------------------------------------------

// begin(socket, memory), on a socket that has sent "data" to itself, and hears it afterwards, and
// nothing else before.
template <class Begin>
Ending on_socket(Begin begin) {
  UdpSocket socket = bound(Family::v4);
  EXPECT_TRUE(socket.connect(*socket.local()));
  EXPECT_TRUE(co_await socket.send("data", guard()));
  std::array<std::byte, 16> memory{};
  const auto end = co_await end_of([&] { return begin(socket, Memory(memory)); });
  EXPECT_TRUE(co_await socket.send("more", guard()));
  for (const std::string_view expected : {"data", "more"}) {
    const auto heard = co_await socket.receive(memory, guard());
    EXPECT_TRUE(heard && heard->text() == expected);
  }
  co_return end;
}
Ending receive_datagram() {
  return on_socket([](UdpSocket& socket, Memory memory) { return socket.receive(memory); });
}
Ending receive_from() {
  return on_socket([](UdpSocket& socket, Memory memory) { return socket.receive_from(memory); });
}
Ending receive_error() {
  return on_socket([](UdpSocket& socket, Memory memory) { return socket.receive_error(memory); });
}
Ending send_datagram() {
  return on_socket([](UdpSocket& socket, Memory) { return socket.send("text"); });
}
Ending send_to() {
  return on_socket(
      [](UdpSocket& socket, Memory) { return socket.send_to("text", *socket.local()); });
}
Ending receive_batch() {
  DatagramBatch batch;
  co_return co_await on_socket(
      [&batch](UdpSocket& socket, Memory) { return socket.receive(batch); });
}
Ending send_batch() {
  DatagramBatch batch;
  const std::string text = "text";
  EXPECT_TRUE(batch.add(std::as_bytes(std::span(text))));
  co_return co_await on_socket([&batch](UdpSocket& socket, Memory) { return socket.send(batch); });
}

// Nothing has come here; the right to open them is what these need.
Ending receive_frame() {
  auto socket = PacketSocket::open({.interface = loopback_interface().index});
  if (!socket) co_return socket.error();
  std::array<std::byte, 16> memory{};
  co_return co_await end_of([&] { return socket->receive(memory); });
}
Ending wait_for_frames() {
  auto reader = FrameReader::open(
      {.packets = {.interface = loopback_interface().index}, .ring = {.blocks = 2}});
  if (!reader) co_return reader.error();
  co_return co_await end_of([&] { return reader->wait(); });
}
Ending send_frame() {
  auto socket = PacketSocket::open({.interface = loopback_interface().index, .protocol = 0});
  if (!socket) co_return socket.error();
  const std::array<std::byte, 64> frame{};
  co_return co_await end_of([&] { return socket->send(frame); });
}
Ending receive_raw() {
  auto socket = RawSocket::open(Family::v4, IPPROTO_ICMP);
  if (!socket) co_return socket.error();
  std::array<std::byte, 16> memory{};
  co_return co_await end_of([&] { return socket->receive_from(memory); });
}
Ending send_raw() {
  auto socket = RawSocket::open(Family::v4, IPPROTO_ICMP);
  if (!socket) co_return socket.error();
  const std::array<std::byte, 16> message{};
  co_return co_await end_of([&] { return socket->send_to(message, loopback()); });
}

// --- no sockets ----------------------------------------------------------------------------------

Ending sleep_a_little() {
  return end_of([] { return sleep_for(1ms); });
}
Ending wait_for_event() {
  Event event(true);
  co_return co_await end_of([&] { return event.wait(); });
}
Ending take_a_turn() {
  return end_of([] { return yield(); });
}

// The exception: a group never leaves a child behind.
Task<> end_after_a_turn() { EXPECT_TRUE(co_await yield()); }
Ending join_group(TaskGroup& group) {
  co_await group.join();
  EXPECT_EQ(group.running(), 0U);
  co_return ok();
}
Ending join() {
  TaskGroup group(co_await current_scope());
  group.spawn(end_after_a_turn);
  co_return co_await when_cancelled(join_group(group));
}

// -------------------------------------------------------------------------------------------------

struct Case {
  OpKind kind;
  std::string_view name;
  Ending (*end)();
  bool Capabilities::* needs = nullptr;
};
void PrintTo(const Case& each, std::ostream* out) { *out << each.name; }

constexpr Case k_cases[] = {
    {OpKind::sleep, "sleep", sleep_a_little},
    {OpKind::sleep, "yield", take_a_turn},
    {OpKind::event, "event", wait_for_event},
    {OpKind::join, "join", join},
    {OpKind::accept, "accept", accept},
    {OpKind::accept, "accept_unix", accept_unix, &Capabilities::unix_sockets},
    {OpKind::connect, "connect", connect},
    {OpKind::connect, "connect_by_name", connect_by_name},
    {OpKind::connect, "connect_unix", connect_unix, &Capabilities::unix_sockets},
    {OpKind::handshake, "handshake", shake_hands},
    {OpKind::read, "read", read},
    {OpKind::receive, "receive", receive},
    {OpKind::read_all, "read_exact", read_exact},
    {OpKind::write, "write", write_some},
    {OpKind::write_all, "write_all", write_all},
    {OpKind::write_more, "write_more", write_more},
    {OpKind::write_pieces, "write_pieces", write_some_pieces},
    {OpKind::send_file, "send_file", send_file},
    {OpKind::shutdown_write, "shutdown_write", shutdown_write},
    {OpKind::receive_batch, "receive_datagram", receive_datagram},
    {OpKind::receive_batch, "receive_from", receive_from},
    {OpKind::receive_batch, "receive_batch", receive_batch},
    {OpKind::receive_batch, "receive_frame", receive_frame, &Capabilities::packet_sockets},
    {OpKind::receive_batch, "wait_for_frames", wait_for_frames, &Capabilities::packet_sockets},
    {OpKind::receive_batch, "receive_raw", receive_raw, &Capabilities::raw_sockets},
    {OpKind::send_batch, "send_datagram", send_datagram},
    {OpKind::send_batch, "send_to", send_to},
    {OpKind::send_batch, "send_batch", send_batch},
    {OpKind::send_batch, "send_frame", send_frame, &Capabilities::packet_sockets},
    {OpKind::send_batch, "send_raw", send_raw, &Capabilities::raw_sockets},
    {OpKind::receive_error, "receive_error", receive_error, &Capabilities::error_queue},
    {OpKind::wait_readable, "wait_readable", wait_readable},
    {OpKind::wait_end, "wait_for_end", wait_for_end},
    {OpKind::wait_reset, "wait_for_reset", wait_for_reset},
};

class StartedCancelled : public EngineFixture,
                         public testing::WithParamInterface<std::tuple<EngineCase, Case>> {
 protected:
  void SetUp() override { start(std::get<EngineCase>(GetParam())); }
};
INSTANTIATE_TEST_SUITE_P(, StartedCancelled,
                         testing::Combine(all_engines(), testing::ValuesIn(k_cases)),
                         [](const auto& info) {
                           return std::string(std::get<EngineCase>(info.param).name) + "_" +
                                  std::string(std::get<Case>(info.param).name);
                         });

Task<> keep_end(Ending ending, Result<>& end) { end = co_await ending; }
TEST_P(StartedCancelled, EndsAtOnceAndDoesNothing) {
  const Case& each = std::get<Case>(GetParam());
  if (each.needs != nullptr) {
    if (const std::string why = lacks(each.needs); !why.empty()) GTEST_SKIP() << why;
  }
  Result<> end;
  run(keep_end(each.end(), end));
  if (each.kind == OpKind::join) {
    EXPECT_TRUE(end) << end.error().describe();
    return;
  }
  ASSERT_FALSE(end);
  if (each.needs != nullptr && end.error().fault() == Fault::permission) {
    GTEST_SKIP() << end.error().what() << ": " << end.error().why();
  }
  EXPECT_EQ(end.error().fault(), Fault::cancelled) << end.error().describe();
  if (each.kind == OpKind::sleep) return;  // a turn is no sleep, and says so
  EXPECT_TRUE(end.error().what().starts_with(std::string("cannot ") + operation_name(each.kind)))
      << end.error().what();
}

// The compiler wants every kind named here, and the test below a case for each that is.
constexpr bool exists(OpKind kind) {
  switch (kind) {
    case OpKind::sleep:
    case OpKind::event:
    case OpKind::join:
    case OpKind::accept:
    case OpKind::connect:
    case OpKind::handshake:
    case OpKind::read:
    case OpKind::receive:
    case OpKind::read_all:
    case OpKind::write:
    case OpKind::write_all:
    case OpKind::write_more:
    case OpKind::write_pieces:
    case OpKind::send_file:
    case OpKind::shutdown_write:
    case OpKind::receive_batch:
    case OpKind::send_batch:
    case OpKind::receive_error:
    case OpKind::wait_readable:
    case OpKind::wait_end:
    case OpKind::wait_reset: return true;
  }
  return false;
}
TEST(StartedCancelledCases, CoverEveryKindOfOperation) {
  std::set<OpKind> covered;
  for (const Case& each : k_cases) covered.insert(each.kind);
  for (int value = 0; value < 256; ++value) {
    const auto kind = static_cast<OpKind>(value);
    if (exists(kind)) EXPECT_TRUE(covered.contains(kind)) << operation_name(kind);
  }
}

}  // namespace
}  // namespace patchbay
