#include "patchbay/tools/scan/targets/scan_forecast.hpp"

#include <gtest/gtest.h>

namespace patchbay {
namespace {

ScanPlan plan(std::vector<const char*> hosts, std::size_t ports,
              ScanProtocol protocol = ScanProtocol::tcp) {
  std::vector<IpRange> ranges;
  for (const char* text : hosts) ranges.push_back(IpRange::parse(text).value());
  ScanPlan made{.hosts = IpSet(ranges), .ports = {}};
  for (std::size_t i = 0; i < ports; ++i) {
    made.ports.push_back({protocol, static_cast<std::uint16_t>(i + 1)});
  }
  return made;
}

TEST(ScanForecast, CountsProbesAndBytes) {
  const auto forecast = forecast_scan(plan({"10.0.0.0/24", "fd00::1"}, 3), {.least_tries = 2});
  EXPECT_EQ(forecast.targets, 771U);
  EXPECT_EQ(forecast.public_hosts, 0U);
  EXPECT_EQ(forecast.least_probes, 771U);
  EXPECT_EQ(forecast.most_probes, 1542U);
  EXPECT_EQ(forecast.least_bytes, 256U * 3 * 74 + 3 * 94);
  EXPECT_EQ(forecast.most_bytes, 2 * forecast.least_bytes);
}

TEST(ScanForecast, FramesHaveTheSizesOfTheirProtocols) {
  const auto bytes = [](const char* host, ScanProtocol protocol) {
    return forecast_scan(plan({host}, 1, protocol), {}).least_bytes;
  };
  EXPECT_EQ(bytes("10.0.0.1", ScanProtocol::udp), 14U + 20 + 8 + 40);
  EXPECT_EQ(bytes("fd00::1", ScanProtocol::udp), 14U + 40 + 8 + 40);
  EXPECT_EQ(bytes("10.0.0.1", ScanProtocol::ping), 60U);
  EXPECT_EQ(bytes("fd00::1", ScanProtocol::ping), 70U);
  EXPECT_EQ(bytes("10.0.0.1", ScanProtocol::neighbour), 60U);
  EXPECT_EQ(bytes("fe80::1", ScanProtocol::neighbour), 86U);
}

TEST(ScanForecast, SilenceIsPaced) {
  ScanPace pace{.silent_per_second = 10'000, .timeout = 1s, .least_tries = 2};
  const auto forecast =
      forecast_scan(plan({"10.0.0.1"}, 65'535), pace, {.engine_per_second = 655'350});
  EXPECT_EQ(std::chrono::round<std::chrono::milliseconds>(forecast.least_time), 100ms);
  EXPECT_EQ(std::chrono::round<std::chrono::milliseconds>(forecast.most_time), 14'107ms);
}

TEST(ScanForecast, ACeilingIsNotPassed) {
  ScanPace pace{.silent_per_second = 10'000, .per_second = 100, .first_wait = 500ms};
  const auto slow = forecast_scan(plan({"10.0.0.1"}, 1'000), pace);
  EXPECT_EQ(slow.least_time, 10s);
  EXPECT_EQ(slow.most_time, 21s);
  const auto public_host = forecast_scan(plan({"8.8.8.8"}, 65'535), {});
  EXPECT_EQ(public_host.public_hosts, 1U);
  EXPECT_EQ(public_host.least_time, 65'535ms);
  const auto unlimited =
      forecast_scan(plan({"8.8.8.8"}, 65'535), {}, {.public_host_per_second = std::nullopt});
  EXPECT_LT(unlimited.least_time, 1s);
  const auto own = forecast_scan(plan({"10.0.0.1", "10.0.0.2"}, 100), {.host_per_second = 10.0});
  EXPECT_EQ(own.least_time, 10s);
  const auto spared = forecast_scan(plan({"10.0.0.1", "10.0.0.2"}, 100), {.host_spacing = 250ms});
  EXPECT_EQ(spared.least_time, 25s);
}

TEST(ScanForecast, AFewSilentTargetsAreWaitedForEachTime) {
  const auto forecast =
      forecast_scan(plan({"10.0.0.1"}, 1), {.timeout = 1s, .first_wait = 1s, .least_tries = 3});
  EXPECT_EQ(forecast.most_time, 3s);
}

TEST(ScanForecast, OneAnswerTellsThatAHostIsThere) {
  const ScanPace pace{.timeout = 1s, .first_wait = 1s, .least_tries = 2};
  const ScanPlan here = plan({"127.0.0.1"}, 4);
  const ScanPlan by_syn = plan({"10.0.0.0/24"}, 6);
  const ScanPlan by_ack = plan({"10.0.0.0/24"}, 2);
  const auto forecast = forecast_discovery({here, by_syn, by_ack}, pace);
  EXPECT_EQ(forecast.least_probes, 257U);
  EXPECT_EQ(forecast.least_bytes, 257U * 74);
  EXPECT_EQ(forecast.most_probes, 2U * (4 + 256 * 6 + 256 * 2));
  EXPECT_EQ(forecast.most_bytes, forecast.most_probes * 74);
  EXPECT_EQ(forecast.most_time, forecast_scan(here, pace).most_time +
                                    forecast_scan(by_syn, pace).most_time +
                                    forecast_scan(by_ack, pace).most_time);
  EXPECT_EQ(forecast_discovery({}, pace).most_probes, 0U);
}

TEST(ScanForecast, EndsAreNoSpecialCases) {
  EXPECT_EQ(forecast_scan(plan({}, 3), {}).most_time, Duration());
  const auto never = forecast_scan(plan({"10.0.0.1"}, 1), {.silent_per_second = 0});
  EXPECT_GT(never.most_time, 24h * 365 * 99);
  const auto huge = forecast_scan(plan({"::/0"}, 1), {});
  EXPECT_EQ(huge.most_bytes, UINT64_MAX);
  const std::vector<ScanPlan> ways(3, plan({"::/0"}, 1));
  EXPECT_EQ(forecast_discovery(ways, {.silent_per_second = 0}).most_bytes, UINT64_MAX);
}

}  // namespace
}  // namespace patchbay
