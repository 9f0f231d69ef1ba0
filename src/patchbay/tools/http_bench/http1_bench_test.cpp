#include "patchbay/tools/http_bench/http1_bench.hpp"

#include <string>

#include "patchbay/tools/loopback_fixture.hpp"

namespace patchbay {
namespace {

// What the server does with each request, the first of a connection apart.
enum class Manner : std::uint8_t {
  answer,
  answer_chunked,
  answer_500,
  close_each,   // says so
  end_between,  // without a word
  end_inside,
  reset_after,
  stay_silent,
  talk_nonsense,
  talk_on,  // answers twice
};

struct Served {
  std::uint64_t requests = 0;
  std::uint64_t clients = 0;
};

constexpr std::string_view k_answer = "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello";

std::string answer_of(Manner manner) {
  switch (manner) {
    case Manner::answer_chunked:
      return "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n";
    case Manner::answer_500: return "HTTP/1.1 500 No\r\nContent-Length: 0\r\n\r\n";
    case Manner::close_each:
      return "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 0\r\n\r\n";
    case Manner::end_inside: return std::string(k_answer.substr(0, k_answer.size() - 2));
    case Manner::talk_nonsense: return "hello\r\n";
    case Manner::talk_on: return std::string(k_answer) + std::string(k_answer);
    default: return std::string(k_answer);
  }
}

Task<> answer_client(TcpStream client, Manner manner, Served& served) {
  ++served.clients;
  std::string heard;
  std::uint64_t answered = 0;
  for (;;) {
    const auto piece = co_await client.receive();
    if (!piece || piece->empty()) co_return;
    heard += piece->text();
    std::string answers;
    bool last = false;
    for (auto end = heard.find("\r\n\r\n"); end != heard.npos && !last;
         end = heard.find("\r\n\r\n")) {
      heard.erase(0, end + 4);
      ++served.requests;
      const Manner now = answered++ == 0 && manner != Manner::close_each ? Manner::answer : manner;
      if (now == Manner::stay_silent) continue;
      last = now == Manner::end_between || now == Manner::end_inside || now == Manner::close_each;
      if (now == Manner::reset_after) co_return reset(client);
      if (now != Manner::end_between) answers += answer_of(now);
    }
    if (!answers.empty() && !co_await client.write_all(answers)) co_return;
    if (last) co_return;
  }
}

Task<> serve(TaskGroup& group, TcpListener& listener, Manner manner, Served& served) {
  for (;;) {
    auto client = co_await listener.accept();
    if (!client) co_return;
    group.spawn(answer_client, std::move(*client), manner, std::ref(served));
  }
}
Task<Result<>> serve_all(TcpListener& listener, Manner manner, Served& served) {
  co_await with_group(serve, std::ref(listener), manner, std::ref(served));
  co_return Error(Fault::cancelled, "serve");
}

struct Load {
  HttpBenchOptions options = {};
  BenchOptions share = {.warmup = 0s, .time = 100ms, .timeout = 30s};
  BenchReport report;
  HttpBenchCounts counts;
  Served served;
  Result<> result;

  std::uint64_t faults(BenchFault fault) const {
    return report.faults[static_cast<std::size_t>(fault)];
  }
};

Task<Result<>> bench(Load& load) {
  HttpBenchQuota quota(load.options.requests);
  load.result = co_await bench_http1(load.options, load.share, quota, load.report, load.counts);
  co_return ok();
}

Task<> load_server(Manner manner, Load& load) {
  auto listener = TcpListener::bind(loopback());
  CO_REQUIRE(listener);
  load.options.target = {.to = host_port(listener->local()), .authority = "web1.lab", .path = "/"};
  [[maybe_unused]] const auto ended =
      co_await either(serve_all(*listener, manner, load.served), bench(load));
}

void run_load(Manner manner, Load& load) {
  run_with_loop(load_server, manner, load);
  EXPECT_TRUE(load.result) << load.result.error().describe();
}

// No test below asserts how fast anything is: only that every request has its answer.
void expect_all_answered(const Load& load) {
  EXPECT_EQ(load.report.faults_in_all(), 0U);
  EXPECT_EQ(load.report.unanswered, 0U);
  EXPECT_GT(load.report.requests, 0U);
  EXPECT_EQ(load.report.latency.count(), load.report.requests);
  EXPECT_EQ(load.report.requests, load.served.requests);
}

TEST(Http1Bench, OneRequestAtATime) {
  Load load;
  run_load(Manner::answer, load);
  expect_all_answered(load);
  EXPECT_EQ(load.counts.by_class[2], load.report.requests);
  EXPECT_EQ(load.counts.opened, 1U);
  EXPECT_EQ(load.served.clients, 1U);
}

TEST(Http1Bench, ManyConnectionsWithAPipeline) {
  Load load;
  load.share.connections = 200;
  load.share.depth = 16;
  run_load(Manner::answer, load);
  expect_all_answered(load);
  EXPECT_EQ(load.report.requests % 16, 0U);
  EXPECT_EQ(load.served.clients, 200U);
  EXPECT_GE(load.counts.received_bytes, k_answer.size());
}

TEST(Http1Bench, ChunkedAnswersAreAnswers) {
  Load load;
  load.share.depth = 3;
  run_load(Manner::answer_chunked, load);
  expect_all_answered(load);
}

TEST(Http1Bench, ANumberOfRequestsIsKept) {
  Load load;
  load.share.connections = 7;
  load.share.depth = 4;
  load.share.time = 1000h;
  load.options.requests = 1003;
  run_load(Manner::answer, load);
  expect_all_answered(load);
  EXPECT_EQ(load.report.requests, 1003U);
}

TEST(Http1Bench, WhatTheServerRefusesIsCountedByItsClass) {
  Load load;
  load.share.time = 1000h;
  load.options.requests = 100;
  run_load(Manner::answer_500, load);
  expect_all_answered(load);
  EXPECT_EQ(load.counts.by_class[5], 99U);
  EXPECT_EQ(load.counts.refused_answers(), 99U);
}

TEST(Http1Bench, AConnectionForEachRequest) {
  Load load;
  load.share.connections = 3;
  load.share.time = 1000h;
  load.options.requests = 60;
  load.options.request.keep_alive = false;
  run_load(Manner::answer, load);
  expect_all_answered(load);
  EXPECT_EQ(load.counts.opened, 60U);
}

TEST(Http1Bench, AServerThatSaysItClosesIsDialledAgain) {
  Load load;
  load.share.time = 1000h;
  load.options.requests = 50;
  run_load(Manner::close_each, load);
  expect_all_answered(load);
  EXPECT_EQ(load.counts.opened, 50U);
}

TEST(Http1Bench, AnOpenLoopSendsWhatIsDueAndNoMore) {
  Load load;
  load.share.connections = 3;
  load.share.rate = 2000;
  run_load(Manner::answer, load);
  expect_all_answered(load);
  // On a machine that stands still meanwhile some stay unsent; the simulated test knows how many.
  EXPECT_EQ(load.report.requests + load.counts.unsent, 200U);
  EXPECT_EQ(load.report.measured, 100ms);
}

// One answer, then silence: the schedule knows how many more there should have been.
TEST(Http1Bench, WhatAStallLeftUnsentIsCounted) {
  Load load;
  load.share.rate = 1000;
  load.share.time = 200ms;
  load.share.timeout = 600ms;
  run_load(Manner::stay_silent, load);
  EXPECT_EQ(load.report.requests + load.counts.unsent, 200U);
  EXPECT_GE(load.report.unanswered, 1U);
  EXPECT_GE(load.counts.unsent, 190U);
  EXPECT_EQ(load.faults(BenchFault::timed_out), 1U);
}

struct Breach {
  Manner manner;
  BenchFault fault;
};
void PrintTo(const Breach& breach, std::ostream* out) { *out << name_of(breach.fault); }

class Http1BenchFaults : public testing::TestWithParam<Breach> {};
INSTANTIATE_TEST_SUITE_P(, Http1BenchFaults,
                         testing::Values(Breach{Manner::end_between, BenchFault::ended},
                                         Breach{Manner::end_inside, BenchFault::short_answer},
                                         Breach{Manner::reset_after, BenchFault::reset},
                                         Breach{Manner::talk_nonsense, BenchFault::malformed},
                                         Breach{Manner::talk_on, BenchFault::malformed}));

// Silence is the simulated test's: here a slow machine would be silent, too. The first request of
// each connection is answered, the second is not, and the third goes out on another connection.
TEST_P(Http1BenchFaults, AreCountedAndTheLoadGoesOn) {
  const auto& [manner, fault] = GetParam();
  Load load;
  load.share.time = 1000h;
  load.options.requests = 10;
  run_load(manner, load);
  EXPECT_EQ(load.faults(fault), 5U);
  EXPECT_EQ(load.report.faults_in_all(), 5U);
  EXPECT_EQ(load.report.requests, 10U);
  EXPECT_EQ(load.counts.opened, 5U);
  const bool answered = manner == Manner::talk_on;  // once too often
  EXPECT_EQ(load.report.unanswered, answered ? 0U : 5U);
}

Task<> load_nobody(Load& load) {
  load.options.target = {.to = host_port(closed_port()), .authority = "x", .path = "/"};
  load.share.connections = 5;
  [[maybe_unused]] const auto ended = co_await bench(load);
}
TEST(Http1Bench, WithNobodyThereThereIsNoLoad) {
  Load load;
  run_with_loop(load_nobody, load);
  ASSERT_FALSE(load.result);
  EXPECT_EQ(load.result.error().fault(), Fault::refused);
  EXPECT_EQ(load.faults(BenchFault::refused), 1U);
  EXPECT_EQ(load.report.connected, 0U);
}

// Answers once and is gone, listener and all.
Task<Result<>> answer_once(TcpListener& listener) {
  auto client = co_await listener.accept();
  if (!client) co_return client.error();
  listener.close();
  if (!co_await client->receive()) co_return ok();
  co_return co_await client->write_all(k_answer);
}
Task<> load_what_goes_away(Load& load) {
  auto listener = TcpListener::bind(loopback());
  CO_REQUIRE(listener);
  load.options.target = {.to = host_port(listener->local()), .authority = "x", .path = "/"};
  [[maybe_unused]] const auto ended = co_await both(answer_once(*listener), bench(load));
}
TEST(Http1Bench, ALoadByRequestsGivesUpAServerThatStaysAway) {
  Load load;
  load.share.time = 1000h;
  load.share.timeout = 200ms;
  load.options.requests = 1'000'000;
  run_with_loop(load_what_goes_away, load);
  EXPECT_TRUE(load.result);
  EXPECT_EQ(load.report.latency.count(), 1U);
  EXPECT_GE(load.faults(BenchFault::refused), 2U);
  EXPECT_LT(load.report.requests, 100U);
  EXPECT_EQ(load.report.unanswered, load.report.requests - 1);
}

Task<Result<>> cancel_after_some(const BenchReport& report) {
  while (report.answers < 100) {
    if (const auto waited = co_await yield(); !waited) co_return waited;
  }
  co_return ok();  // either() cancels the load
}
Task<> load_then_cancel(Load& load) {
  auto listener = TcpListener::bind(loopback());
  CO_REQUIRE(listener);
  load.options.target = {.to = host_port(listener->local()), .authority = "x", .path = "/"};
  [[maybe_unused]] const auto ended =
      co_await either(serve_all(*listener, Manner::answer, load.served),
                      either(cancel_after_some(load.report), bench(load)));
}
TEST(Http1Bench, ACancelKeepsWhatWasMeasuredAndIsNoFault) {
  Load load;
  load.share.connections = 4;
  load.share.time = 1h;
  run_with_loop(load_then_cancel, load);
  EXPECT_GE(load.report.latency.count(), 100U);
  EXPECT_EQ(load.report.faults_in_all(), 0U);
  EXPECT_EQ(load.report.unanswered, 0U);
}

}  // namespace
}  // namespace patchbay
