#include "patchbay/tools/scan/run/scan_timing.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "patchbay/base/number.hpp"
#include "patchbay/base/text.hpp"
#include "patchbay/base/units.hpp"

namespace patchbay {

namespace {

// What a stranger's host may be asked in a second, answers or not.
constexpr double k_public_host_per_second = 1000;

struct Level {
  double silent_per_second;
  std::optional<double> per_second;
  Duration timeout;
  unsigned most_tries;
};

// The first three never have more than one probe every so often; they are for hosts that must not
// notice. From 3 on only silence is paced.
constexpr std::array<Level, 6> k_levels = {Level{1.0 / 300, 1.0 / 300, 10s, 10},
                                           Level{1.0 / 15, 1.0 / 15, 10s, 10},
                                           Level{2.5, 2.5, 3s, 10},
                                           Level{10'000, std::nullopt, 1s, 10},
                                           Level{20'000, std::nullopt, 1s, 8},
                                           Level{50'000, std::nullopt, 500ms, 5}};

// "99.9%", "99.9".
std::expected<double, Failure> share_of(std::string_view text) {
  std::string_view rest = text;
  if (rest.ends_with('%')) rest.remove_suffix(1);
  const auto number = decimal::take_number(rest);
  if (number && rest.empty()) {
    const double per_cent =
        static_cast<double>(number->whole) +
        static_cast<double>(number->fraction) / static_cast<double>(number->fraction_unit);
    if (per_cent >= 50 && per_cent <= 100) return per_cent / 100;
  }
  return std::unexpected(Failure(
      fmt::format("--accuracy cannot be '{}'", escape_terminal(text)),
      "it is the share of answering ports that are to be found, 50% to 100%", "--accuracy 99.9%"));
}

// A floor above a ceiling would be one of the two that does not hold.
std::expected<double, Failure> least_rate_of(const ScanTimingFlags& flags, const ScanPace& pace) {
  const double ceiling =
      std::min(pace.silent_per_second, pace.per_second.value_or(pace.silent_per_second));
  const double least = flags.min_rate.value_or(0);
  if (least <= ceiling) return least;
  const std::string limit = format_count_rate(ceiling);
  return std::unexpected(
      Failure(fmt::format("--min-rate {} is above the ceiling", format_count_rate(least)),
              flags.max_rate
                  ? fmt::format("--max-rate says no more than {}", limit)
                  : fmt::format("with -T{} no more than {} go out unanswered", flags.level, limit),
              flags.max_rate ? "the lower one for --min-rate"
                             : fmt::format("--max-rate {} beside it", least)));
}

}  // namespace

std::expected<ScanPace, Failure> scan_pace_of(const ScanTimingFlags& flags, bool public_hosts) {
  const Level& level = k_levels[std::min<std::size_t>(flags.level, k_levels.size() - 1)];
  ScanPace pace{.silent_per_second = level.silent_per_second,
                .per_second = level.per_second,
                .timeout = level.timeout,
                .first_wait = level.timeout,
                .most_tries = level.most_tries};
  if (flags.max_rate) pace.silent_per_second = *flags.max_rate, pace.per_second = *flags.max_rate;
  if (pace.silent_per_second < 1000) {
    pace.first_waiting = static_cast<std::uint32_t>(std::max(1.0, pace.silent_per_second));
  }
  if (public_hosts) pace.host_per_second = k_public_host_per_second;
  if (flags.max_host_rate) pace.host_per_second = *flags.max_host_rate;
  const auto least = least_rate_of(flags, pace);
  if (!least) return std::unexpected(least.error());
  pace.least_per_second = *least;
  pace.host_spacing = flags.scan_delay.value_or(Duration(0));
  pace.host_timeout = flags.host_timeout;
  if (flags.max_parallelism) {
    pace.waiting = *flags.max_parallelism;
    pace.first_waiting = std::min(pace.first_waiting, pace.waiting);
  }
  if (flags.timeout) pace.timeout = pace.first_wait = *flags.timeout;
  if (flags.first_timeout) pace.first_wait = *flags.first_timeout;
  if (flags.least_timeout) pace.least_wait = *flags.least_timeout;
  if (pace.first_wait > pace.timeout || pace.least_wait > pace.timeout) {
    return std::unexpected(Failure("a try cannot be waited for longer than --timeout",
                                   "--initial-rtt-timeout and --min-rtt-timeout stand below it",
                                   "a longer --timeout"));
  }
  if (flags.wait) pace.tail = *flags.wait;
  if (flags.max_retries) pace.most_tries = *flags.max_retries + 1;
  pace.least_tries = std::min(pace.least_tries, pace.most_tries);
  if (flags.accuracy) {
    const auto share = share_of(*flags.accuracy);
    if (!share) return std::unexpected(share.error());
    pace.follow_limits = true;
    pace.residual_share = 1 - *share;
  }
  return pace;
}

}  // namespace patchbay
