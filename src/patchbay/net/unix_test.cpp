#include "patchbay/net/unix.hpp"

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include "patchbay/net/group.hpp"
#include "patchbay/net/loop.hpp"

namespace patchbay {
namespace {

Deadline guard() { return Deadline::after(20s); }

class Unix : public testing::Test {
 protected:
  Unix() {
    std::string name = testing::TempDir() + "patchbay-unix-XXXXXX";
    folder_ = ::mkdtemp(name.data());
  }
  ~Unix() override { std::filesystem::remove_all(folder_); }

  void run(Task<> (*body)(std::string)) {
    auto loop = Loop::make();
    ASSERT_TRUE(loop) << loop.error().describe();
    (*loop)->run(body(folder_ + "/socket"));
  }

 private:
  std::string folder_;
};

UnixAddress address_of(std::string_view text) { return *UnixAddress::parse(text); }

Task<> talk(UnixListener& listener) {
  auto client = co_await UnixStream::connect(listener.local(), guard());
  EXPECT_TRUE(client) << client.error().describe();
  auto server = co_await listener.accept(guard());
  EXPECT_TRUE(server) << server.error().describe();
  if (!client || !server) co_return;
  EXPECT_TRUE(co_await client->write_all("ping", guard()));
  const auto got = co_await server->receive(guard());
  EXPECT_TRUE(got && got->text() == "ping");
  EXPECT_TRUE(co_await server->shutdown_write(guard()));
  const auto end = co_await client->receive(guard());
  EXPECT_TRUE(end && end->empty());
  for (UnixStream* side : {&*client, &*server}) {
    const auto peer = side->credentials();
    EXPECT_TRUE(peer);
    EXPECT_EQ(peer->process, ::getpid());
    EXPECT_EQ(peer->user, ::geteuid());
    EXPECT_EQ(peer->group, ::getegid());
  }
}

Task<> by_path(std::string path) {
  auto listener = UnixListener::bind(address_of(path), {.mode = 0600});
  EXPECT_TRUE(listener) << listener.error().describe();
  EXPECT_EQ(listener->local().to_string(), path);
  struct stat status{};
  EXPECT_EQ(::stat(path.c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777U, 0600U);
  co_await talk(*listener);
  listener->close();
  EXPECT_FALSE(std::filesystem::exists(path));
}
TEST_F(Unix, CarriesBytesAndTellsThePeerByPath) { run(by_path); }

Task<> by_name(std::string path) {
  const UnixAddress address = address_of("@" + path);
  EXPECT_TRUE(address.is_abstract());
  EXPECT_EQ(address.to_string(), "@" + path);
  auto listener = UnixListener::bind(address);
  EXPECT_TRUE(listener) << listener.error().describe();
  EXPECT_FALSE(std::filesystem::exists(path));
  co_await talk(*listener);
  EXPECT_EQ(UnixListener::bind(address).error().code(), EADDRINUSE);
}
TEST_F(Unix, CarriesBytesAndTellsThePeerByAbstractName) { run(by_name); }

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
TEST_F(Unix, CarriesMoreThanTheBuffersHold) { run(much); }

Task<> abandoned(std::string path) {
  {
    auto first = UnixListener::bind(address_of(path));
    EXPECT_TRUE(first);
    const auto second = UnixListener::bind(address_of(path));
    EXPECT_FALSE(second);
    EXPECT_EQ(second.error().code(), EADDRINUSE);
    EXPECT_EQ(second.error().subject(), path);
    // What a killed process leaves: the file, and nobody behind it.
    std::filesystem::rename(path, path + ".kept");
  }
  std::filesystem::rename(path + ".kept", path);
  EXPECT_EQ((co_await UnixStream::connect(address_of(path), guard())).error().fault(),
            Fault::refused);
  auto third = UnixListener::bind(address_of(path));
  EXPECT_TRUE(third) << third.error().describe();
  co_await talk(*third);
}
TEST_F(Unix, ReplacesOnlyAnAbandonedSocket) { run(abandoned); }

Task<> not_a_socket(std::string path) {
  std::ofstream(path) << "precious";
  EXPECT_EQ(UnixListener::bind(address_of(path)).error().code(), EADDRINUSE);
  std::string content;
  std::ifstream(path) >> content;
  EXPECT_EQ(content, "precious");
  co_return;
}
TEST_F(Unix, NeverReplacesAnyOtherFile) { run(not_a_socket); }

Task<> successor(std::string path) {
  auto first = UnixListener::bind(address_of(path));
  std::filesystem::remove(path);
  auto second = UnixListener::bind(address_of(path));
  EXPECT_TRUE(second);
  first->close();
  co_await talk(*second);
}
TEST_F(Unix, AListenerRemovesOnlyItsOwnFile) { run(successor); }

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
TEST_F(Unix, ConnectWaitsForAPlaceInTheQueue) { run(full_queue); }

Task<> cancelled_in_group(TaskGroup& group, UnixListener& listener) {
  group.cancel();
  EXPECT_EQ((co_await listener.accept(guard())).error().fault(), Fault::cancelled);
  EXPECT_EQ((co_await UnixStream::connect(listener.local(), guard())).error().fault(),
            Fault::cancelled);
}
Task<> started_cancelled(std::string path) {
  auto listener = UnixListener::bind(address_of(path));
  co_await with_group(cancelled_in_group, std::ref(*listener));
}
TEST_F(Unix, EveryOperationStartedCancelledIsCancelled) { run(started_cancelled); }

Task<> missing(std::string path) {
  const auto stream = co_await UnixStream::connect(address_of(path), guard());
  EXPECT_EQ(stream.error().code(), ENOENT);
  EXPECT_EQ(stream.error().what(), "cannot connect to " + path);
}
TEST_F(Unix, AMissingFileIsNamed) { run(missing); }

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
