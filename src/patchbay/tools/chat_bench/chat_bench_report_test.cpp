#include "patchbay/tools/chat_bench/chat_bench_report.hpp"

#include <gtest/gtest.h>

namespace patchbay {
namespace {

struct Found {
  ChatBenchOptions options = {.load = {.to = {"127.0.0.1", 6667}, .connections = 4, .depth = 32},
                              .plan = {.clients = 4, .rooms = 1, .members = 4, .talkers = 1}};
  BenchReport report;
  ChatBenchCounts counts;

  Found() {
    report.connected = 4;
    report.measured = 2s;
    report.requests = 300;
    report.answers_in_time = 300;
    for (int i = 0; i < 300; ++i) report.latency.record(1ms);
    counts.entered = 4;
    counts.entering = 5ms;
    counts.joining = 7ms;
    counts.lines = 100;
    counts.received_bytes = 30'000;
  }
  ChatBenchFindings findings() const {
    return {.options = options, .report = report, .counts = counts, .cpu = 10ms};
  }
  std::string text() const { return to_text(findings()); }
  std::string json() const { return to_record(findings()).json(); }
};

void expect_has(const std::string& text, std::string_view part) {
  EXPECT_NE(text.find(part), text.npos) << part << " is not in " << text;
}

TEST(ChatBenchReport, TellsTheRatesAndThatNothingWasWrong) {
  const Found found;
  expect_has(found.text(),
             "4 of 4 clients came in within 5 ms; 1 room of 4 members: everybody was");
  expect_has(found.text(), "lines       50/s (100 in 2 s, 100 B each as they arrive)");
  expect_has(found.text(), "deliveries  150/s (300 of 300)");
  expect_has(found.text(), "defects     none");
  EXPECT_EQ(found.text().find("server "), std::string::npos);
  expect_has(found.json(), "\"deliveries_per_second\":150");
  expect_has(found.json(), "\"joined_us\":7000");
  EXPECT_EQ(found.json().find("\"server\""), std::string::npos);
}

TEST(ChatBenchReport, TellsDefects) {
  Found found;
  found.counts.lost = 3;
  found.counts.doubled = 2;
  found.counts.reordered = 1;
  found.counts.joining.reset();
  found.counts.unseen = 5;
  expect_has(found.text(), "defects     3 lost, 2 doubled, 1 reordered");
  expect_has(found.text(), "not seen by 5 members");
  expect_has(found.json(), "\"lost\":3,\"doubled\":2,\"reordered\":1,\"strange\":0");
  EXPECT_EQ(found.json().find("joined_us"), std::string::npos);
}

TEST(ChatBenchReport, TellsWhatTheServerCosts) {
  Found found;
  ChatBenchServer server{.cpu = 1s,
                         .resident_bytes = 1 << 20,
                         .peak_bytes = 1 << 20,
                         .anonymous_bytes = 100 << 10,
                         .data_bytes = 1 << 20};
  const auto at = [&](ChatBenchMoment moment) -> std::optional<ChatBenchServer>& {
    return found.counts.server[static_cast<std::size_t>(moment)];
  };
  at(ChatBenchMoment::begun) = server;
  server.anonymous_bytes += 4 << 10;
  at(ChatBenchMoment::idled) = server;
  at(ChatBenchMoment::talk_began) = server;
  server.cpu += 500ms;
  server.peak_bytes = 3 << 20;
  at(ChatBenchMoment::talk_ended) = server;
  expect_has(found.text(),
             "server      500 ms of CPU in 2 s, 600 deliveries for each second of "
             "it; 1 KiB of memory for each client; 3 MiB resident at most");
  expect_has(found.json(), "\"server_talk_cpu_us\":500000");
  expect_has(found.json(), "\"client_idled_bytes\":1024");
  expect_has(found.json(), "\"talk_ended\":{\"cpu_us\":1500000,");
}

}  // namespace
}  // namespace patchbay
