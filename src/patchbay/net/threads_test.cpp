// What crosses threads: Loop::post, the pool for blocking work, several loops. Run under TSan.
#include <gtest/gtest.h>
#include <unistd.h>

#include <atomic>
#include <csignal>
#include <latch>
#include <thread>
#include <vector>

#include "patchbay/net/blocking.hpp"
#include "patchbay/net/conformance/engine_test.hpp"
#include "patchbay/net/denied_call_fixture.hpp"
#include "patchbay/net/group.hpp"
#include "patchbay/net/run.hpp"
#include "patchbay/net/socket_beside.hpp"
#include "patchbay/net/tcp.hpp"
#include "patchbay/net/udp.hpp"

namespace patchbay {
namespace {

thread_local bool t_has_begun = false;

Task<> wait_for(Event& event) {
  const auto waited = co_await event.wait(Deadline::after(30s));
  EXPECT_TRUE(waited);
}

TEST(Threads, PostRunsOnTheLoopsThread) {
  auto loop = Loop::make();
  ASSERT_TRUE(loop);
  constexpr int k_threads = 4, k_each = 10'000;
  Event all_there;
  int count = 0;
  const auto own_thread = std::this_thread::get_id();
  std::vector<std::jthread> threads;
  for (int i = 0; i < k_threads; ++i) {
    threads.emplace_back([&] {
      for (int each = 0; each < k_each; ++each) {
        (*loop)->post([&] {
          EXPECT_EQ(std::this_thread::get_id(), own_thread);
          if (++count == k_threads * k_each) all_there.set();
        });
      }
    });
  }
  (*loop)->run(wait_for(all_there));
  EXPECT_EQ(count, k_threads * k_each);
}

TEST(Threads, APostIsSomethingToRun) {
  auto loop = Loop::make();
  ASSERT_TRUE(loop);
  const LoopGuard guard(**loop);
  bool ran = false;
  EXPECT_EQ((*loop)->next_turn(), Instant::max());
  (*loop)->post([&] { ran = true; });
  EXPECT_EQ((*loop)->next_turn(), (*loop)->now());
  EXPECT_TRUE((*loop)->run_ready());
  EXPECT_TRUE(ran);
  EXPECT_FALSE((*loop)->run_ready());
}

Task<> add_off_loop(int& sum) {
  int local = 0;
  co_await off_loop([&local] { local = 1; });
  sum += local;
}
Task<> spawn_blocking(TaskGroup& group, int& sum) {
  for (int i = 0; i < 200; ++i) group.spawn(add_off_loop, std::ref(sum));
  co_return;
}
TEST(Threads, BlockingWorkComesBackToItsLoop) {
  auto loop = Loop::make();
  ASSERT_TRUE(loop);
  int sum = 0;
  (*loop)->run(with_group(spawn_blocking, std::ref(sum)));
  EXPECT_EQ(sum, 200);
}

// Each waits for the other, so both are done only if they run at the same time.
Task<> meet_off_loop(int& met) {
  std::latch both(2);
  std::atomic<int> count = 0;
  const auto meet = [&both, &count] {
    both.arrive_and_wait();
    ++count;
  };
  co_await off_loop({meet, meet});
  met = count;
  co_await off_loop(std::vector<std::function<void()>>());
}
TEST(Threads, BlockingWorkIsDoneAtTheSameTime) {
  auto loop = Loop::make();
  ASSERT_TRUE(loop);
  int met = 0;
  (*loop)->run(meet_off_loop(met));
  EXPECT_EQ(met, 2);
}

Task<> note_threads(BlockingPool& pool, std::vector<int>& works) {
  Event finished;
  for (int i = 0; i < 50; ++i) {
    pool.submit([&works, i] { works.push_back(t_has_begun ? i : -1); },
                [&finished, i] {
                  if (i == 49) finished.set();
                });
  }
  co_await finished.wait_regardless();
}
TEST(Threads, APoolOfOneDoesItsWorkInOrderAndBeginsAsItIsTold) {
  auto loop = Loop::make();
  ASSERT_TRUE(loop);
  std::vector<int> works;
  {
    BlockingPool pool(**loop, {.threads = 1, .begin = [] { t_has_begun = true; }});
    (*loop)->run(note_threads(pool, works));
  }
  ASSERT_EQ(works.size(), 50U);
  for (int i = 0; i < 50; ++i) EXPECT_EQ(works[static_cast<std::size_t>(i)], i);
  EXPECT_FALSE(t_has_begun) << "that is this thread";
}

// Two batches leave by one socket at the same time, by another thread and by the loop.
Task<> send_beside(std::size_t& heard) {
  constexpr std::size_t rounds = 20, each = 50;
  auto in = UdpSocket::bind(Endpoint(IpAddress::loopback(Family::v4), 0));
  auto out = UdpSocket::bind(Endpoint(IpAddress::loopback(Family::v4), 0));
  CO_ASSERT(in && out);
  const auto beside = SocketBeside::of(*out);
  CO_ASSERT(beside);
  const auto to = in->local();
  CO_ASSERT(to);
  DatagramBatch there({.datagrams = each, .datagram_bytes = 64});
  DatagramBatch here({.datagrams = each, .datagram_bytes = 64});
  DatagramBatch coming({.datagrams = each, .datagram_bytes = 64});
  for (std::size_t round = 0; round < rounds; ++round) {
    there.clear();
    here.clear();
    while (there.add("x", *to) && here.add("x", *to)) {
    }
    Event sent;
    Loop::current().blocking_pool().submit([&] { beside->send(there, 100ms); },
                                           [&] { sent.set(); });
    EXPECT_TRUE(co_await out->send(here));
    co_await sent.wait_regardless();
    EXPECT_EQ(there.taken(), each);
    for (std::size_t left = there.size() + here.size(); left > 0;) {
      const auto got = co_await in->receive(coming, Deadline::after(30s));
      CO_ASSERT(got);
      left -= *got;
      heard += *got;
    }
  }
}
TEST(Threads, ABatchIsSentBesideTheLoop) {
  auto loop = Loop::make();
  ASSERT_TRUE(loop);
  std::size_t heard = 0;
  (*loop)->run(send_beside(heard));
  EXPECT_EQ(heard, 2'000U);
}

// What the kernel will not take is refused by itself, as on the loop.
Task<> refuse_beside(bool& done) {
  auto in = UdpSocket::bind(Endpoint(IpAddress::loopback(Family::v4), 0));
  auto out = UdpSocket::bind(Endpoint(IpAddress::loopback(Family::v4), 0));
  CO_ASSERT(in && out);
  const auto to = in->local();
  CO_ASSERT(to);
  DatagramBatch batch({.datagrams = 3, .datagram_bytes = 65'535});
  const std::string too_long(65'535, 'x');
  EXPECT_TRUE(batch.add("a", *to) && batch.add(too_long, *to) && batch.add("b", *to));
  const auto beside = SocketBeside::of(*out);
  CO_ASSERT(beside);
  co_await off_loop([&] { beside->send(batch, 100ms); });
  EXPECT_EQ(batch.sent(), 3U);
  EXPECT_EQ(batch.refused(), 1U);
  EXPECT_TRUE(batch.was_refused(1));
  EXPECT_EQ(batch.refusal_code(), EMSGSIZE);
  done = true;
}
TEST(Threads, WhatIsRefusedBesideTheLoopIsToldByTheBatch) {
  auto loop = Loop::make();
  ASSERT_TRUE(loop);
  bool done = false;
  (*loop)->run(refuse_beside(done));
  EXPECT_TRUE(done);
}

// Closed for everybody on the loop at once; the descriptor goes when the second half is called.
Task<> close_in_halves(bool& done) {
  auto socket = UdpSocket::bind(Endpoint(IpAddress::loopback(Family::v4), 0));
  CO_ASSERT(socket);
  const auto local = socket->local();
  CO_ASSERT(local);
  std::array<std::byte, 16> memory;
  EXPECT_EQ((co_await socket->receive_from(memory, Deadline::after(1ms))).error().fault(),
            Fault::timed_out);  // so it is in the epoll instance
  const auto beside = SocketBeside::of(*socket);
  CO_ASSERT(beside);
  const auto close = beside->begin_close();
  EXPECT_FALSE(socket->local());
  EXPECT_FALSE(UdpSocket::bind(*local)) << "it is open still";
  co_await off_loop(close);
  EXPECT_TRUE(UdpSocket::bind(*local));
  done = true;
}
TEST(Threads, ASocketIsClosedBesideTheLoop) {
  auto loop = Loop::make();
  ASSERT_TRUE(loop);
  bool done = false;
  (*loop)->run(close_in_halves(done));
  EXPECT_TRUE(done);
}

Task<int> accept_one(std::uint16_t port) {
  auto listener =
      TcpListener::bind(Endpoint(IpAddress::loopback(Family::v4), port), {.reuse_port = true});
  if (!listener) co_return 1;
  const auto client = co_await listener->accept(Deadline::after(30s));
  co_return client || client.error().fault() == Fault::cancelled ? 0 : 1;
}
Task<int> connect_until_taken(std::uint16_t port) {
  for (int i = 0; i < 1000; ++i) {
    const auto stream =
        co_await TcpStream::connect(Endpoint(IpAddress::loopback(Family::v4), port));
    if (stream) co_return 0;
    const auto slept = co_await sleep_for(1ms);
    if (!slept) co_return 0;
  }
  co_return 1;
}
TEST(Threads, TheFirstToEndCancelsTheOthers) {
  std::uint16_t port = 0;
  {
    auto loop = Loop::make();
    ASSERT_TRUE(loop);
    const LoopGuard guard(**loop);
    auto probe = TcpListener::bind(Endpoint(IpAddress::loopback(Family::v4), 0));
    ASSERT_TRUE(probe);
    port = probe->local().port();
  }
  const auto result = run_on_threads(3, [port](unsigned index) {
    return index == 2 ? connect_until_taken(port) : accept_one(port);
  });
  ASSERT_TRUE(result);
  EXPECT_EQ(result->value, 0);
  EXPECT_EQ(result->signal, 0);
}

Task<int> raise_and_wait(unsigned index) {
  if (index == 1) ::kill(::getpid(), SIGTERM);
  const auto slept = co_await sleep_for(30s);
  EXPECT_FALSE(slept);
  co_return slept ? 1 : 0;
}
TEST(Threads, ASignalCancelsEveryLoop) {
  const auto result = run_on_threads(3, raise_and_wait);
  ASSERT_TRUE(result);
  EXPECT_EQ(result->value, 0);
  EXPECT_EQ(result->signal, SIGTERM);
  // And whoever goes on afterwards can be interrupted again.
  sigset_t blocked;
  ASSERT_EQ(::pthread_sigmask(SIG_BLOCK, nullptr, &blocked), 0);
  EXPECT_EQ(sigismember(&blocked, SIGTERM), 0);
  EXPECT_EQ(sigismember(&blocked, SIGINT), 0);
}

// The first takes its time to end; the second does not wait for that.
struct Stopping {
  Loop* first = nullptr;
  Event second_has_ended;
};
Task<Result<>> hear_of_the_end(Stopping& stopping) {
  co_return co_await stopping.second_has_ended.wait(Deadline::after(5s));
}
Task<int> end_when_the_second_has(Stopping& stopping) {
  stopping.first = &Loop::current();
  ::kill(::getpid(), SIGTERM);
  EXPECT_FALSE(co_await sleep_for(30s));
  const auto heard = co_await with_shield({}, hear_of_the_end(stopping));
  EXPECT_TRUE(heard) << "the second goes on until the first has ended";
  co_return heard ? 0 : 1;
}
Task<int> end_at_once(Stopping& stopping) {
  EXPECT_FALSE(co_await sleep_for(30s));
  stopping.first->post([&stopping] { stopping.second_has_ended.set(); });
  co_return 0;
}
TEST(Threads, ASignalDoesNotWaitForTheFirstToEnd) {
  Stopping stopping;
  const auto result = run_on_threads(2, [&stopping](unsigned index) {
    return index == 0 ? end_when_the_second_has(stopping) : end_at_once(stopping);
  });
  ASSERT_TRUE(result);
  EXPECT_EQ(result->value, 0);
  EXPECT_EQ(result->signal, SIGTERM);
}

// The first has ended; the second is told to and does not.
Task<Result<>> hang_on() { co_return co_await sleep_for(5s); }
Task<int> end_first_or_hang(unsigned index) {
  if (index == 0) co_return 0;
  EXPECT_FALSE(co_await sleep_for(30s));
  ::kill(::getpid(), SIGINT);  // two that are not taken for one
  ::kill(::getpid(), SIGTERM);
  [[maybe_unused]] const auto hung = co_await with_shield({}, hang_on());
  co_return 0;
}
TEST(ThreadsDeathTest, ASecondSignalIsHeardAsLongAsAnyLoopRuns) {
  GTEST_FLAG_SET(death_test_style, "threadsafe");
  EXPECT_EXIT(
      {
        const auto result = run_on_threads(2, end_first_or_hang);
        ::_exit(result ? 0 : 1);
      },
      testing::ExitedWithCode(128 + SIGTERM), "");
}

TEST(Threads, BlockingWorkIsDoneWithoutAThreadToBeHad) {
  bool may_filter = false;
  int sum = 0;
  std::thread([&] {
    auto loop = Loop::make();
    ASSERT_TRUE(loop);
    may_filter = deny_call(SYS_clone, EAGAIN) && deny_call(SYS_clone3, EAGAIN);
    if (may_filter) (*loop)->run(with_group(spawn_blocking, std::ref(sum)));
  }).join();
  if (!may_filter) GTEST_SKIP() << "this process may not filter its own system calls";
  EXPECT_EQ(sum, 200);
}

}  // namespace
}  // namespace patchbay
