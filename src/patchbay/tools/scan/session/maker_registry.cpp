#include "patchbay/tools/scan/session/maker_registry.hpp"

#include <algorithm>
#include <charconv>

#include "patchbay/base/text.hpp"
#include "patchbay/tools/read_file.hpp"

namespace patchbay {

namespace {

constexpr std::size_t k_most_bytes = std::size_t{64} << 20;  // it has 6 MB
constexpr std::size_t k_digits = 6;
constexpr std::size_t k_longest_name = 80;
constexpr std::string_view k_base = "(base 16)";
constexpr std::string_view k_blanks = " \t\r";
constexpr unsigned k_group = 1;    // of the first byte: not one host's
constexpr unsigned k_made_up = 2;  // … not given by a maker

std::string_view trimmed(std::string_view text) {
  const std::size_t first = text.find_first_not_of(k_blanks);
  if (first == text.npos) return {};
  return text.substr(first, text.find_last_not_of(k_blanks) - first + 1);
}

std::optional<MakerNumber> number_in(std::string_view line) {
  if (line.size() <= k_digits || k_blanks.find(line[k_digits]) == k_blanks.npos) {
    return std::nullopt;
  }
  MakerNumber number = 0;
  const char* const end = line.data() + k_digits;
  const auto [stop, fault] = std::from_chars(line.data(), end, number, 16);
  if (fault != std::errc() || stop != end) return std::nullopt;
  return number;
}

// What stands behind the number; empty where that is no name of a maker.
std::string_view name_in(std::string_view line) {
  std::string_view rest = trimmed(line.substr(k_digits));
  if (!rest.starts_with(k_base)) return {};
  rest = trimmed(rest.substr(k_base.size()));
  const bool is_nobody = rest == "Private" || rest == "IEEE Registration Authority";
  return is_nobody ? std::string_view() : utf8_prefix(rest, k_longest_name);
}

}  // namespace

std::optional<MakerNumber> maker_number_of(const EthernetAddress& address) {
  if ((address[0] & (k_group | k_made_up)) != 0) return std::nullopt;
  return MakerNumber{address[0]} << 16 | MakerNumber{address[1]} << 8 | address[2];
}

Makers makers_in(std::string_view registry, const std::set<MakerNumber>& wanted) {
  Makers makers;
  while (!registry.empty() && makers.size() < wanted.size()) {
    const std::string_view line = registry.substr(0, registry.find('\n'));
    registry.remove_prefix(std::min(registry.size(), line.size() + 1));
    const auto number = number_in(line);
    if (!number || !wanted.contains(*number)) continue;
    const std::string_view name = name_in(line);
    if (!name.empty()) makers.emplace(*number, name);
  }
  return makers;
}

Makers find_makers(const std::set<MakerNumber>& wanted, const std::string& path) {
  if (wanted.empty()) return {};
  const auto text = read_whole_file(path, k_most_bytes);
  return text ? makers_in(*text, wanted) : Makers();
}

}  // namespace patchbay
