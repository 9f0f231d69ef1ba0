#include "patchbay/tools/scan/output/port_ranges.hpp"

#include <algorithm>
#include <bitset>
#include <charconv>

namespace patchbay {

namespace {

std::optional<std::uint16_t> parse_number(std::string_view text) {
  std::uint16_t number = 0;
  const char* const end = text.data() + text.size();
  const auto [stop, fault] = std::from_chars(text.data(), end, number);
  if (fault != std::errc() || stop != end) return std::nullopt;
  return number;
}

}  // namespace

std::optional<PortRanges> parse_port_ranges(std::string_view text) {
  PortRanges ranges;
  while (!text.empty()) {
    const std::size_t comma = text.find(',');
    const std::string_view piece = text.substr(0, comma);
    const std::size_t dash = piece.find('-');
    const auto first = parse_number(piece.substr(0, dash));
    const auto last = dash == std::string_view::npos ? first : parse_number(piece.substr(dash + 1));
    if (!first || !last || *first > *last) return std::nullopt;
    ranges.emplace_back(*first, *last);
    if (comma == std::string_view::npos) break;
    text.remove_prefix(comma + 1);
    if (text.empty()) return std::nullopt;
  }
  return normalized(std::move(ranges));
}

PortRanges normalized(PortRanges ranges) {
  std::ranges::sort(ranges);
  PortRanges result;
  for (const auto& [first, last] : ranges) {
    if (!result.empty() && first <= result.back().second + 1) {
      result.back().second = std::max(result.back().second, last);
    } else {
      result.emplace_back(first, last);
    }
  }
  return result;
}

std::uint32_t port_count(const PortRanges& ranges) {
  std::uint32_t count = 0;
  for (const auto& [first, last] : ranges) count += last - first + 1U;
  return count;
}

bool contains(const PortRanges& ranges, std::uint16_t port) {
  const auto behind =
      std::ranges::upper_bound(ranges, port, {}, [](const auto& r) { return r.first; });
  return behind != ranges.begin() && std::prev(behind)->second >= port;
}

PortRanges without(const PortRanges& ranges, const PortRanges& others) {
  PortRanges result;
  auto other = others.begin();
  for (const auto& [begin, last] : ranges) {
    std::uint32_t first = begin;
    while (other != others.end() && other->second < first) ++other;
    for (auto cut = other; cut != others.end() && cut->first <= last; ++cut) {
      if (cut->first > first) result.emplace_back(first, cut->first - 1);
      first = std::max(first, cut->second + 1U);
    }
    if (first <= last) result.emplace_back(first, last);
  }
  return result;
}

PortRanges ports_of(const ScanPlan& plan, ScanProtocol protocol) {
  std::bitset<65'536> asked;
  for (const ScanPort& port : plan.ports) {
    if (port.protocol == protocol) asked.set(port.number);
  }
  PortRanges ranges;
  for (std::size_t number = 0; number < asked.size(); ++number) {
    if (!asked.test(number)) continue;
    const auto port = static_cast<std::uint16_t>(number);
    if (number > 0 && asked.test(number - 1)) {
      ranges.back().second = port;
    } else {
      ranges.emplace_back(port, port);
    }
  }
  return ranges;
}

}  // namespace patchbay
