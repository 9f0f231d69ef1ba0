#include "patchbay/tools/scan/targets/scan_forecast.hpp"

#include <algorithm>
#include <iterator>
#include <limits>

namespace patchbay {

namespace {

constexpr std::uint64_t k_ethernet = 14;
constexpr std::uint64_t k_least_frame = 60;
constexpr std::uint64_t k_udp_payload = 40;
constexpr std::uint64_t k_tcp = 40;  // with options: 20 bytes of them
constexpr std::uint64_t k_udp = 8 + k_udp_payload;
constexpr std::uint64_t k_ping = 16;
constexpr std::uint64_t k_arp = 28;
constexpr std::uint64_t k_solicitation = 40 + 32;  // with its IPv6 header, and one option

std::uint64_t frame_bytes(ScanProtocol protocol, Family family) {
  const std::uint64_t ip = k_ethernet + (family == Family::v6 ? 40 : 20);
  switch (protocol) {
    case ScanProtocol::tcp: return ip + k_tcp;
    case ScanProtocol::udp: return ip + k_udp;
    case ScanProtocol::ping: return std::max(ip + k_ping, k_least_frame);
    case ScanProtocol::neighbour:
      return family == Family::v6 ? k_ethernet + k_solicitation
                                  : std::max(k_ethernet + k_arp, k_least_frame);
  }
  return 0;
}

std::uint64_t product(std::uint64_t a, std::uint64_t b) {
  std::uint64_t result = 0;
  return __builtin_mul_overflow(a, b, &result) ? UINT64_MAX : result;
}

std::uint64_t sum(std::uint64_t a, std::uint64_t b) {
  return b > UINT64_MAX - a ? UINT64_MAX : a + b;
}

std::uint64_t bytes_of_round(const ScanPlan& plan) {
  const auto v4 = static_cast<std::uint64_t>(plan.hosts.index_of(IpAddress::any(Family::v6)));
  const std::uint64_t v6 = plan.host_count() - v4;
  std::uint64_t of_v4 = 0;
  std::uint64_t of_v6 = 0;
  for (const ScanPort& port : plan.ports) {
    of_v4 += frame_bytes(port.protocol, Family::v4);
    of_v6 += frame_bytes(port.protocol, Family::v6);
  }
  return product(v4, of_v4) + product(v6, of_v6);
}

// A rate that may be nothing: then what it holds back takes for ever.
double seconds_at(double count, double per_second) {
  return per_second > 0 ? count / per_second : std::numeric_limits<double>::infinity();
}

Duration duration_of(double seconds) {
  constexpr double k_most = 100.0 * 365 * 24 * 3600;  // whoever reads it does not wait longer
  const auto bounded = std::chrono::duration<double>(std::min(seconds, k_most));
  return std::chrono::duration_cast<Duration>(bounded);
}

// How long the host that is asked most is spared, at least.
double seconds_of_ceilings(const ScanPlan& plan, std::uint64_t public_hosts, const ScanPace& pace,
                           const ForecastOptions& options, double tries) {
  const double of_a_host = static_cast<double>(plan.ports.size()) * tries;
  double seconds = 0;
  if (pace.host_per_second) {
    seconds = seconds_at(of_a_host, *pace.host_per_second);
  } else if (public_hosts > 0 && options.public_host_per_second) {
    seconds = seconds_at(of_a_host, *options.public_host_per_second);
  }
  const double spacing = std::chrono::duration<double>(pace.host_spacing).count();
  return std::max(seconds, of_a_host * spacing);
}

}  // namespace

ScanForecast forecast_scan(const ScanPlan& plan, const ScanPace& pace,
                           const ForecastOptions& options) {
  const unsigned tries = std::max(1U, std::min(pace.least_tries, pace.most_tries));
  ScanForecast forecast;
  forecast.targets = plan.targets();
  forecast.public_hosts = PublicHosts(plan.hosts).count();
  forecast.least_probes = forecast.targets;
  forecast.most_probes = product(forecast.targets, tries);
  forecast.least_bytes = bytes_of_round(plan);
  forecast.most_bytes = product(forecast.least_bytes, tries);
  if (forecast.targets == 0) return forecast;

  const double fastest =
      std::min(options.engine_per_second, pace.per_second.value_or(options.engine_per_second));
  const double quick = seconds_at(static_cast<double>(forecast.least_probes), fastest);
  const double quick_ceiling = seconds_of_ceilings(plan, forecast.public_hosts, pace, options, 1);
  forecast.least_time = duration_of(std::max(quick, quick_ceiling));

  const double silent = std::min(fastest, pace.silent_per_second);
  const double slow = seconds_at(static_cast<double>(forecast.most_probes), silent);
  const double slow_ceiling =
      seconds_of_ceilings(plan, forecast.public_hosts, pace, options, tries);
  // Each try is waited for, and all of a few targets are on their way together.
  const double waits = std::chrono::duration<double>(pace.first_wait).count() * tries;
  const double last_wait = std::chrono::duration<double>(pace.timeout).count();
  forecast.most_time = duration_of(std::max({slow + last_wait, slow_ceiling + last_wait, waits}));
  return forecast;
}

ScanForecast forecast_discovery(const std::vector<ScanPlan>& ways, const ScanPace& pace,
                                const ForecastOptions& options) {
  ScanForecast all;
  IpSet hosts;
  for (const ScanPlan& way : ways) {
    ScanPlan first = way;  // who answers is asked nothing else, and in no later way
    first.hosts = way.hosts.without(hosts);
    first.ports.resize(std::min<std::size_t>(way.ports.size(), 1));
    const ScanForecast least = forecast_scan(first, pace, options);
    const ScanForecast most = forecast_scan(way, pace, options);
    all.targets = sum(all.targets, most.targets);
    all.public_hosts = sum(all.public_hosts, least.public_hosts);
    all.least_probes = sum(all.least_probes, least.least_probes);
    all.most_probes = sum(all.most_probes, most.most_probes);
    all.least_bytes = sum(all.least_bytes, least.least_bytes);
    all.most_bytes = sum(all.most_bytes, most.most_bytes);
    all.least_time = std::max(all.least_time, least.least_time);
    all.most_time += std::min(most.most_time, Duration::max() - all.most_time);
    std::vector<IpRange> ranges = hosts.ranges();
    std::ranges::copy(way.hosts.ranges(), std::back_inserter(ranges));
    hosts = IpSet(ranges);
  }
  return all;
}

}  // namespace patchbay
