// What only the epoll engine can get wrong: the kernel's events, descriptors that others hold as
// well, and the signals that a system call may raise.
#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <csignal>
#include <cstdio>
#include <string_view>
#include <thread>
#include <vector>

#include "patchbay/net/conformance/engine_test.hpp"
#include "patchbay/net/conformance/full_listener_fixture.hpp"
#include "patchbay/net/denied_call_fixture.hpp"

namespace patchbay {
namespace {

class Epoll : public EngineTest {};
INSTANTIATE_TEST_SUITE_P(, Epoll, testing::Values(EngineCase{"epoll", Loop::make}), engine_name);

// A socket of the test's own, beside the engine.
class Peer {
 public:
  explicit Peer(const Endpoint& to) : socket_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    Endpoint server = to;
    EXPECT_EQ(::connect(socket_, server.native(), server.native_size()), 0);
  }
  ~Peer() { ::close(socket_); }
  void send(std::string_view text, int flags = 0) const {
    EXPECT_EQ(::send(socket_, text.data(), text.size(), flags), std::ssize(text));
  }

 private:
  int socket_;
};

// A receive stops at the urgent byte. That is no sign that the socket is drained.
Task<> reads_past_urgent_data() {
  auto listener = TcpListener::bind(loopback());
  CO_ASSERT(listener);
  const Peer peer(listener->local());
  auto stream = co_await listener->accept();
  CO_ASSERT(stream);
  peer.send("before");
  peer.send("!", MSG_OOB);
  peer.send("after");
  for (const std::string_view expected : {"before", "after"}) {
    const auto heard = co_await stream->receive(Deadline::after(5s));
    CO_ASSERT(heard);
    EXPECT_EQ(heard->text(), expected);
  }
}
TEST_P(Epoll, WhatComesAfterUrgentDataIsRead) { run(reads_past_urgent_data()); }

// A descriptor that somebody else holds open as well, as the standard input is.
Task<> adopts_twice(int shared) {
  Loop& loop = Loop::current();
  std::array<std::byte, 4> memory;
  for (int round = 0; round < 2; ++round) {
    const auto adopted = loop.engine().adopt(::fcntl(shared, F_DUPFD_CLOEXEC, 100));
    CO_ASSERT(adopted);
    Stream stream(loop.engine(), *adopted);
    const std::uint64_t before = loop.counters().wakeups;
    const auto heard = co_await stream.read(memory, Deadline::after(20ms));
    CO_ASSERT(!heard);
    EXPECT_EQ(heard.error().fault(), Fault::timed_out);
    EXPECT_LT(loop.counters().wakeups - before, 20U);  // it waits, and does not ask all the time
  }
}
TEST_P(Epoll, ASharedDescriptorIsAdoptedAgain) {
  std::array<int, 2> ends;
  ASSERT_EQ(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends.data()), 0);
  run(adopts_twice(ends[0]));
  ::close(ends[0]);
  ::close(ends[1]);
}

// Whoever moves much has no more than one turn between two of whoever does not.
constexpr std::size_t k_heavy = std::size_t{256} * 1024;

Task<> moves_much(int adopted, int& pieces) {
  Stream stream(Loop::current().engine(), adopted);
  const std::vector<std::byte> piece(k_heavy);
  while (co_await stream.write_all(piece)) ++pieces;
}
Task<> has_its_turn_between(TaskGroup& group) {
  int pieces = 0;
  for (int i = 0; i < 20; ++i) {
    const auto adopted = Loop::current().engine().adopt(::open("/dev/null", O_WRONLY | O_CLOEXEC));
    CO_ASSERT(adopted);
    group.spawn(moves_much, *adopted, std::ref(pieces));
  }
  co_await settle();
  for (int turn = 0; turn < 100; ++turn) {
    const int before = pieces;
    CO_ASSERT(co_await yield());
    EXPECT_LE(pieces - before, 1);
  }
  EXPECT_GE(pieces, 100);  // and they go on beside it
  group.cancel();
}
Task<> moves_much_beside() { co_await with_group(has_its_turn_between); }
TEST_P(Epoll, AShortTurnWaitsForOnePieceOfMany) { run(moves_much_beside()); }

// More sockets than one wait reports at first. From then on it reports them all: those that were
// served last would else have their next turn before the rest has had its first.
constexpr std::size_t k_many = 300;

Task<> counts_bytes(int adopted, std::size_t& heard) {
  Stream stream(Loop::current().engine(), adopted);
  std::array<std::byte, 1> byte;
  for (;;) {
    const auto read = co_await stream.read(byte);
    if (!read || *read == 0) co_return;
    ++heard;
  }
}
Task<> speaks_to_all(TaskGroup& group, std::vector<int>& peers, std::size_t& heard,
                     std::vector<int>& turns) {
  for (std::size_t i = 0; i < k_many; ++i) {
    std::array<int, 2> ends;
    CO_ASSERT(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends.data()) == 0);
    peers.push_back(ends[1]);
    const auto adopted = Loop::current().engine().adopt(ends[0]);
    CO_ASSERT(adopted);
    group.spawn(counts_bytes, *adopted, std::ref(heard));
  }
  co_await settle();
  for (int& count : turns) {
    heard = 0;
    for (const int peer : peers) EXPECT_EQ(::write(peer, "!", 1), 1);
    while (heard < k_many && count < 100) {
      ++count;
      [[maybe_unused]] const auto turn = co_await yield();
    }
    EXPECT_EQ(heard, k_many);
  }
  group.cancel();
}
Task<> reports_all_at_once() {
  std::vector<int> peers;
  std::vector<int> turns(2);
  std::size_t heard = 0;
  co_await with_group(speaks_to_all, std::ref(peers), std::ref(heard), std::ref(turns));
  EXPECT_LT(turns[1], turns[0]);
  for (const int peer : peers) ::close(peer);
}
TEST_P(Epoll, AWaitReportsAllThatIsReady) { run(reports_all_at_once()); }

Task<> adopts_a_pipe(int end) {
  Loop& loop = Loop::current();
  const auto adopted = loop.engine().adopt(end);
  CO_ASSERT(adopted);
  Stream stream(loop.engine(), *adopted);
  std::array<std::byte, 4> memory;
  const auto heard = co_await stream.read(memory, Deadline::after(5ms));
  CO_ASSERT(!heard);
  EXPECT_EQ(heard.error().fault(), Fault::timed_out);
}
TEST_P(Epoll, ABlockingPipeDoesNotBlockTheLoop) {
  std::array<int, 2> ends;
  ASSERT_EQ(::pipe2(ends.data(), O_CLOEXEC), 0);
  run(adopts_a_pipe(ends[0]));
  ::close(ends[1]);
}

// As when the user's watches are used up (epoll(7), max_user_watches).
Task<> waits_without_a_watch(bool& may_filter) {
  auto pair = co_await connect_pair();
  CO_ASSERT(pair);
  may_filter = deny_call(SYS_epoll_ctl, ENOSPC);
  if (!may_filter) co_return;
  const std::uint64_t before = Loop::current().counters().wakeups;
  const auto none = co_await pair->server.receive(Deadline::after(250ms));
  CO_ASSERT(!none);
  EXPECT_EQ(none.error().fault(), Fault::timed_out);
  EXPECT_LT(Loop::current().counters().wakeups - before, 20U);
  EXPECT_TRUE(co_await pair->client.write_all("late"));
  const auto heard = co_await pair->server.receive(guard());
  EXPECT_TRUE(heard && heard->text() == "late");
}
TEST_P(Epoll, AWaitWithoutAWatchTriesAgainNowAndThen) {
  bool may_filter = false;
  std::thread([&] { run(waits_without_a_watch(may_filter)); }).join();
  if (!may_filter) GTEST_SKIP() << "this process may not filter its own system calls";
}

// What became of a connect is asked for then as well. The queue of who is connected to is full:
// nothing is heard before it is gone, and then not until the kernel asks again, after a second.
Task<Result<>> expect_to_be_refused(Endpoint to) {
  const auto refused = co_await TcpStream::connect(to, guard());
  EXPECT_FALSE(refused);
  if (!refused) EXPECT_EQ(refused.error().fault(), Fault::refused);
  co_return ok();
}
Task<> connects_without_a_watch(bool& may_filter) {
  auto full = co_await fill_a_listener();
  CO_ASSERT(full);
  may_filter = deny_call(SYS_epoll_ctl, ENOSPC);
  if (!may_filter) co_return;
  const std::uint64_t before = Loop::current().counters().wakeups;
  EXPECT_TRUE(co_await both(expect_to_be_refused(full->local()), close_soon(full->listener)));
  EXPECT_LT(Loop::current().counters().wakeups - before, 40U);
}
TEST_P(Epoll, AConnectWithoutAWatchIsAskedNowAndThen) {
  bool may_filter = false;
  std::thread([&] { run(connects_without_a_watch(may_filter)); }).join();
  if (!may_filter) GTEST_SKIP() << "this process may not filter its own system calls";
}

class BrokenPipes : public EngineTest {
 protected:
  void SetUp() override {
    std::signal(SIGPIPE, SIG_DFL);
    EngineTest::SetUp();
  }
};
INSTANTIATE_TEST_SUITE_P(, BrokenPipes, testing::Values(EngineCase{"epoll", Loop::make}),
                         engine_name);

Task<> sends_a_file_into_nothing() {
  auto pair = co_await connect_pair();
  CO_ASSERT(pair);
  std::FILE* const file = std::tmpfile();
  CO_ASSERT(file != nullptr);
  EXPECT_GE(std::fputs("too late", file), 0);
  EXPECT_EQ(std::fflush(file), 0);
  EXPECT_TRUE(co_await pair->client.shutdown_write());
  const auto sent = co_await pair->client.send_file({.descriptor = ::fileno(file), .length = 8});
  std::fclose(file);
  CO_ASSERT(!sent);
  EXPECT_EQ(sent.error().fault(), Fault::closed);
}
TEST_P(BrokenPipes, DoNotEndTheProgram) { run(sends_a_file_into_nothing()); }

}  // namespace
}  // namespace patchbay
