#include "patchbay/net/softnet_drops.hpp"

#include <charconv>
#include <fstream>
#include <iterator>
#include <string>

namespace patchbay {

namespace {

constexpr std::size_t k_column = 9;  // behind the first number of eight digits and a blank
constexpr std::size_t k_digits = 8;

}  // namespace

std::optional<std::uint32_t> softnet_drops_in(std::string_view text) {
  if (text.empty()) return std::nullopt;
  std::uint32_t sum = 0;
  while (!text.empty()) {
    const std::string_view line = text.substr(0, text.find('\n'));
    text.remove_prefix(line.size() < text.size() ? line.size() + 1 : line.size());
    if (line.size() < k_column + k_digits) return std::nullopt;
    std::uint32_t dropped = 0;
    const char* const begin = line.data() + k_column;
    const auto [end, failed] = std::from_chars(begin, begin + k_digits, dropped, 16);
    if (failed != std::errc() || end != begin + k_digits) return std::nullopt;
    sum += dropped;
  }
  return sum;
}

std::optional<std::uint32_t> softnet_drops() {
  std::ifstream file("/proc/net/softnet_stat");
  const std::string text{std::istreambuf_iterator<char>(file), {}};
  return softnet_drops_in(text);
}

}  // namespace patchbay
