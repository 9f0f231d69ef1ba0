// What a user types as a duration, a size or a rate: an error, or a value that its own text gives
// back within the digits that are printed.
#include <cmath>
#include <cstdint>
#include <string_view>

#include "check.hpp"
#include "patchbay/base/units.hpp"

namespace {

bool is_close(double a, double b) { return std::abs(a - b) <= 0.006 * std::max(a, b) + 1; }

// Above a minute two units are shown: half of the smaller one is lost.
bool is_close(patchbay::Duration a, patchbay::Duration b) {
  using namespace std::chrono_literals;
  if (a < 1min) return is_close(static_cast<double>(a.count()), static_cast<double>(b.count()));
  return std::chrono::abs(a - b) <= (a < 1h ? 500ms : a < 24h ? 30s : 30min);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace patchbay;
  const std::string_view text(reinterpret_cast<const char*>(data), size);

  if (const auto duration = parse_duration(text)) {
    FUZZ_CHECK(duration->count() >= 0);
    const auto again = parse_duration(format_duration(*duration));
    FUZZ_CHECK(again && is_close(*duration, *again));
  }
  if (const auto bytes = parse_size(text)) {
    const auto again = parse_size(format_size(*bytes));
    FUZZ_CHECK(!again || is_close(static_cast<double>(*bytes), static_cast<double>(*again)));
  }
  if (const auto rate = parse_rate(text)) {
    const auto again = parse_rate(format_rate(*rate));
    FUZZ_CHECK(!again || is_close(static_cast<double>(*rate), static_cast<double>(*again)));
  }
  if (const auto rate = parse_count_rate(text)) {
    FUZZ_CHECK(std::isfinite(*rate) && *rate >= 0);
    const auto again = parse_count_rate(format_count_rate(*rate));
    FUZZ_CHECK(!again || is_close(*rate, *again));
  }
  return 0;
}
