// Unix stream sockets: what holds on every engine that has them.
#include <unistd.h>

#include <string>
#include <vector>

#include "patchbay/net/conformance/unix_fixture.hpp"

namespace patchbay {
namespace {

class UnixSockets : public UnixTest {};
INSTANTIATE_TEST_SUITE_P(, UnixSockets, all_engines(), engine_name);

Task<> by_path(std::string path) {
  auto listener = UnixListener::bind(address_of(path));
  CO_ASSERT(listener);
  EXPECT_EQ(listener->local().to_string(), path);
  co_await talk(*listener);
}
TEST_P(UnixSockets, CarryBytes) {
  NEEDS(unix_sockets);
  run(by_path(path()));
}

Task<> credentials(std::string path) {
  auto listener = UnixListener::bind(address_of(path));
  CO_ASSERT(listener);
  auto client = co_await UnixStream::connect(listener->local(), guard());
  auto server = co_await listener->accept(guard());
  CO_ASSERT(client && server);
  for (UnixStream* side : {&*client, &*server}) {
    const auto peer = side->credentials();
    EXPECT_TRUE(peer);
    EXPECT_EQ(peer->process, ::getpid());
    EXPECT_EQ(peer->user, ::geteuid());
    EXPECT_EQ(peer->group, ::getegid());
  }
}
TEST_P(UnixSockets, TellWhoThePeerIs) {
  NEEDS(unix_sockets);
  NEEDS(peer_credentials);
  run(credentials(path()));
}

Task<> taken(std::string path) {
  auto first = UnixListener::bind(address_of(path));
  CO_ASSERT(first);
  const auto second = UnixListener::bind(address_of(path));
  CO_ASSERT(!second);
  EXPECT_EQ(second.error().code(), EADDRINUSE);
  EXPECT_EQ(second.error().subject(), path);
}
TEST_P(UnixSockets, AnAddressInUseIsReported) {
  NEEDS(unix_sockets);
  run(taken(path()));
}

Task<> ends(std::string path) {
  auto listener = UnixListener::bind(address_of(path));
  auto client = co_await UnixStream::connect(listener->local(), guard());
  auto server = co_await listener->accept(guard());
  CO_ASSERT(client && server);
  EXPECT_TRUE(co_await client->shutdown_write());
  EXPECT_TRUE(co_await server->wait_for_end(guard()));
  const auto reset = co_await server->wait_for_reset(Deadline::after(2ms));
  CO_ASSERT(!reset);
  EXPECT_EQ(reset.error().fault(), Fault::timed_out);
  client->close();
  EXPECT_TRUE(co_await server->wait_for_reset(guard()));
}
TEST_P(UnixSockets, TellAHalfCloseFromAnEnd) {
  NEEDS(unix_sockets);
  run(ends(path()));
}

// More than the buffers of both ends hold, so that both sides wait for the other.
Task<Result<>> send_much(UnixStream& stream, std::span<const std::byte> bytes) {
  const auto sent = co_await stream.write_all(bytes, guard());
  if (!sent) co_return sent;
  co_return co_await stream.shutdown_write(guard());
}
Task<Result<>> receive_much(UnixStream& stream, std::vector<std::byte>& into) {
  for (;;) {
    const auto got = co_await stream.receive(guard());
    if (!got) co_return got.error();
    if (got->empty()) co_return ok();
    into.insert(into.end(), got->bytes().begin(), got->bytes().end());
  }
}
Task<> much(std::string path) {
  auto listener = UnixListener::bind(address_of(path));
  auto client = co_await UnixStream::connect(listener->local(), guard());
  auto server = co_await listener->accept(guard());
  std::vector<std::byte> bytes(4 * 1024 * 1024);
  for (std::size_t i = 0; i < bytes.size(); ++i)
    bytes[i] = static_cast<std::byte>(i * 31 + i / 997);
  std::vector<std::byte> received;
  EXPECT_TRUE(co_await both(send_much(*client, bytes), receive_much(*server, received)));
  EXPECT_EQ(received, bytes);
}
TEST_P(UnixSockets, CarriesMoreThanTheBuffersHold) {
  NEEDS(unix_sockets);
  run(much(path()));
}

// The queue of a listener that does not accept is full at once; a place in it must still be got.
Task<Result<>> accept_two(UnixListener& listener) {
  for (int i = 0; i < 2; ++i) {
    const auto client = co_await listener.accept(guard());
    if (!client) co_return client.error();
  }
  co_return ok();
}
Task<Result<>> connect_once_more(UnixAddress address, std::vector<UnixStream>& streams) {
  auto stream = co_await UnixStream::connect(address, guard());
  if (!stream) co_return stream.error();
  streams.push_back(std::move(*stream));
  co_return ok();
}
Task<> full_queue(std::string path) {
  auto listener = UnixListener::bind(address_of(path), {.backlog = 0});
  std::vector<UnixStream> streams;
  EXPECT_TRUE(co_await connect_once_more(address_of(path), streams));
  const auto late = co_await UnixStream::connect(address_of(path), Deadline::after(5ms));
  EXPECT_FALSE(late);
  EXPECT_EQ(late.error().fault(), Fault::timed_out);
  const auto done =
      co_await both(connect_once_more(address_of(path), streams), accept_two(*listener));
  EXPECT_TRUE(done) << done.error().describe();
}
TEST_P(UnixSockets, ConnectWaitsForAPlaceInTheQueue) {
  NEEDS(unix_sockets);
  run(full_queue(path()));
}

Task<> missing(std::string path) {
  const auto stream = co_await UnixStream::connect(address_of(path), guard());
  EXPECT_EQ(stream.error().code(), ENOENT);
  EXPECT_EQ(stream.error().what(), "cannot connect to " + path);
}
TEST_P(UnixSockets, AMissingFileIsNamed) {
  NEEDS(unix_sockets);
  run(missing(path()));
}

TEST(UnixAddresses, HaveLimits) {
  EXPECT_FALSE(UnixAddress::parse(""));
  EXPECT_FALSE(UnixAddress::parse("@"));
  EXPECT_FALSE(UnixAddress::parse(std::string_view("a\0b", 3)));
  EXPECT_TRUE(UnixAddress::parse(std::string(107, 'p')));
  EXPECT_EQ(UnixAddress::parse(std::string(108, 'p')).error().fault(), Fault::limit);
  EXPECT_EQ(UnixAddress::parse(std::string(107, 'p'))->path(), std::string(107, 'p'));
}

}  // namespace
}  // namespace patchbay
