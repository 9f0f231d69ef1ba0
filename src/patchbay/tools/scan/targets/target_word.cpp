#include "patchbay/tools/scan/targets/target_word.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <optional>
#include <utility>

#include "patchbay/base/text.hpp"
#include "patchbay/net/resolve.hpp"

namespace patchbay {

namespace {

using Read = std::expected<TargetKind, Failure>;

constexpr std::size_t k_octets = 4;
constexpr unsigned k_last_octet = 255;
constexpr std::size_t k_longest_shown = 64;
constexpr std::string_view k_four_numbers = "write four numbers, as in 192.0.2.1";

std::unexpected<Failure> refuse(std::string_view word, std::string why, std::string remedy) {
  return std::unexpected(Failure(fmt::format("cannot use the target {}", shown_word(word)),
                                 std::move(why), std::move(remedy)));
}

std::unexpected<Failure> refuse(std::string_view word, const Error& error) {
  return refuse(word, error.why(), error.remedy());
}

bool has_only(std::string_view text, std::string_view characters) {
  return text.find_first_not_of(characters) == text.npos;
}

// --- octets --------------------------------------------------------------------------------------

// Values of one octet: sorted, apart, both ends included.
using Octet = std::vector<std::pair<unsigned, unsigned>>;

bool is_all(const Octet& octet) {
  return octet.size() == 1 && octet.front() == std::pair{0U, k_last_octet};
}

std::uint64_t values_of(const Octet& octet) {
  std::uint64_t count = 0;
  for (const auto& [first, last] : octet) count += last - first + 1;
  return count;
}

// No leading zero: some programs would read an octal number.
std::optional<unsigned> read_number(std::string_view text) {
  unsigned value = 0;
  const char* const end = text.data() + text.size();
  const auto [stop, fault] = std::from_chars(text.data(), end, value);
  if (fault != std::errc() || stop != end || value > k_last_octet) return std::nullopt;
  if (text.size() > 1 && text.front() == '0') return std::nullopt;
  return value;
}

// "1", "1-40" or "*"; `word` is what it stands in.
std::expected<std::pair<unsigned, unsigned>, Failure> read_values(std::string_view text,
                                                                  std::string_view word) {
  if (text == "*") return std::pair{0U, k_last_octet};
  const std::size_t dash = text.find('-');
  const auto first = read_number(text.substr(0, dash));
  const auto last = dash == text.npos ? first : read_number(text.substr(dash + 1));
  if (!first || !last) {
    const bool zero = text.size() > 1 && text.front() == '0' && has_only(text, "0123456789");
    return refuse(word,
                  text.empty() ? "a number is missing"
                  : zero       ? fmt::format("'{}' begins with a zero", shown_word(text))
                               : fmt::format("'{}' is not 0 to 255", shown_word(text)),
                  "write each octet as 7, 1-40, 1,7 or *");
  }
  if (*last < *first) {
    return refuse(word, fmt::format("the range {} ends before it begins", shown_word(text)),
                  fmt::format("write {}-{}", *last, *first));
  }
  return std::pair{*first, *last};
}

std::expected<Octet, Failure> read_octet(std::string_view text, std::string_view word) {
  Octet values;
  for (std::size_t begin = 0; begin <= text.size();) {
    const std::size_t comma = std::min(text.find(',', begin), text.size());
    const auto some = read_values(text.substr(begin, comma - begin), word);
    if (!some) return std::unexpected(some.error());
    values.push_back(*some);
    begin = comma + 1;
  }
  std::ranges::sort(values);
  Octet apart;
  for (const auto& [first, last] : values) {
    if (!apart.empty() && first <= apart.back().second + 1) {
      apart.back().second = std::max(apart.back().second, last);
    } else {
      apart.emplace_back(first, last);
    }
  }
  return apart;
}

using Octets = std::array<Octet, k_octets>;

// Each way to choose the octets before `runs`, with each range of that one; behind it stand all
// values.
void expand(const Octets& octets, std::size_t at, std::size_t runs, std::uint32_t prefix,
            IpSpans& spans) {
  const auto shift = static_cast<unsigned>(8 * (k_octets - 1 - at));
  const std::uint32_t behind = (std::uint32_t{1} << shift) - 1;
  for (const auto& [first, last] : octets[at]) {
    if (at == runs) {
      spans.v4.emplace_back(prefix | first << shift, prefix | last << shift | behind);
      continue;
    }
    for (unsigned value = first; value <= last; ++value) {
      expand(octets, at + 1, runs, prefix | value << shift, spans);
    }
  }
}

Read read_octets(std::string_view word, IpSpans& spans, std::size_t most_spans) {
  Octets octets;
  std::string_view rest = word;
  for (std::size_t i = 0; i < k_octets; ++i) {
    const std::size_t dot = rest.find('.');
    const bool is_last = i == k_octets - 1;
    if ((dot == rest.npos) != is_last) {
      const auto numbers = static_cast<std::size_t>(std::ranges::count(word, '.')) + 1;
      return refuse(word, fmt::format("an IPv4 address has four numbers, and this has {}", numbers),
                    numbers > 1 ? std::string(k_four_numbers)
                                : fmt::format("{}; or, where it is a port, -p {}", k_four_numbers,
                                              shown_word(word)));
    }
    auto octet = read_octet(rest.substr(0, dot), word);
    if (!octet) return std::unexpected(std::move(octet.error()));
    octets[i] = std::move(*octet);
    if (!is_last) rest.remove_prefix(dot + 1);
  }
  std::size_t runs = k_octets - 1;
  while (runs > 0 && is_all(octets[runs])) --runs;
  std::uint64_t count = octets[runs].size();
  for (std::size_t i = 0; i < runs; ++i) count *= values_of(octets[i]);
  if (spans.size() + count > most_spans) {
    return refuse(word, fmt::format("it is {} ranges, and {} have room", count, most_spans),
                  "name whole networks, as in 10.0.0.0/8");
  }
  expand(octets, 0, runs, 0, spans);
  return TargetKind::v4;
}

// --- one address, networks, ranges of whole addresses --------------------------------------------

// Millions of lines are no more than that.
std::optional<std::uint32_t> read_plain_v4(std::string_view word) {
  std::uint32_t address = 0;
  for (std::size_t i = 0; i < k_octets; ++i) {
    const std::size_t dot = word.find('.');
    if ((dot == word.npos) != (i == k_octets - 1)) return std::nullopt;
    const auto number = read_number(word.substr(0, dot));
    if (!number) return std::nullopt;
    address = address << 8 | *number;
    if (dot != word.npos) word.remove_prefix(dot + 1);
  }
  return address;
}

Read read_range(std::string_view word, IpSpans& spans) {
  const auto range = IpRange::parse(word);
  if (range) {
    spans.add(*range);
    return range->family() == Family::v6 ? TargetKind::v6 : TargetKind::v4;
  }
  const std::size_t dash = word.find('-');
  if (dash != word.npos) {
    const auto turned = fmt::format("{}-{}", word.substr(dash + 1), word.substr(0, dash));
    if (IpRange::parse(turned)) {
      return refuse(word, "the range ends before it begins", fmt::format("write {}", turned));
    }
  }
  return refuse(word, range.error());
}

Read read_v4(std::string_view word, IpSpans& spans, std::size_t most_spans) {
  if (word.contains('/')) {
    const std::string_view address = word.substr(0, word.find('/'));
    if (has_only(address, "0123456789.")) return read_range(word, spans);
    return refuse(word, "it has both ranges and the length of a prefix",
                  "write the networks one by one, or all octets as ranges: 10.0.0-3.*");
  }
  const bool has_two_ends = std::ranges::count(word, '.') == 6 && !word.contains(',');
  if (has_two_ends && std::ranges::count(word, '-') == 1) return read_range(word, spans);
  return read_octets(word, spans, most_spans);
}

// --- mistakes ------------------------------------------------------------------------------------

std::unexpected<Failure> refuse_scope(std::string_view word) {
  const std::size_t percent = word.find('%');
  std::string_view interface = word.substr(percent + 1);
  if (interface.ends_with(']')) interface.remove_suffix(1);
  std::string_view address = word.substr(0, percent);
  if (address.starts_with('[')) address.remove_prefix(1);
  return refuse(word, "an interface belongs to the whole scan, and not to one of its addresses",
                fmt::format("write {} and -e {}", shown_word(address), shown_word(interface)));
}

// "http://web1.lab/x": the host of it.
std::unexpected<Failure> refuse_url(std::string_view word) {
  const std::string_view rest = word.substr(word.find("://") + 3);
  return refuse(word, "it is a URL, and a target is a host",
                fmt::format("write {}", shown_word(rest.substr(0, rest.find_first_of("/:?#")))));
}

Read read_v6(std::string_view word, IpSpans& spans) {
  auto read = read_range(word, spans);
  const std::size_t colon = word.find(':');
  const std::string_view port = word.substr(colon + 1);
  if (!read && colon > 0 && !port.empty() && has_only(port, "0123456789")) {
    return refuse(word, "a target has no port",
                  fmt::format("write {} -p {}", shown_word(word.substr(0, colon)), port));
  }
  return read;
}

Read read_name(std::string_view word) {
  if (word.contains('/')) {
    return refuse(word, "a prefix needs an address, and this is a name",
                  "write the network by its address, as in 192.0.2.0/24");
  }
  const auto checked = check_host_name(word);
  if (!checked) return refuse(word, checked.error());
  return TargetKind::name;
}

}  // namespace

std::string shown_word(std::string_view word) {
  const std::string_view start = utf8_prefix(word, k_longest_shown);
  return escape_terminal(start) + (start.size() < word.size() ? "…" : "");
}

// A piece without a dot is no address, and one that stands behind fewer than four octets goes on
// with them.
std::vector<std::string_view> split_targets(std::string_view list) {
  constexpr std::string_view k_of_octets = "0123456789.-*";
  std::vector<std::string_view> words;
  bool goes_on = false;  // the last word is made of octets
  for (std::size_t begin = 0; begin <= list.size();) {
    const std::size_t comma = std::min(list.find(',', begin), list.size());
    const std::string_view piece = list.substr(begin, comma - begin);
    const bool is_octets = !piece.empty() && has_only(piece, k_of_octets);
    const bool joins =
        goes_on && is_octets && (!piece.contains('.') || std::ranges::count(words.back(), '.') < 3);
    if (joins) {
      const auto start = static_cast<std::size_t>(words.back().data() - list.data());
      words.back() = list.substr(start, comma - start);
    } else {
      words.push_back(piece);
      goes_on = is_octets;
    }
    begin = comma + 1;
  }
  return words;
}

Read read_target(std::string_view word, IpSpans& spans, std::size_t most_spans) {
  if (spans.size() >= most_spans) {
    return refuse(word, fmt::format("{} ranges of addresses are named already", spans.size()),
                  "name whole networks, as in 10.0.0.0/8");
  }
  if (const auto plain = read_plain_v4(word)) {
    spans.v4.emplace_back(*plain, *plain);
    return TargetKind::v4;
  }
  if (word.empty()) {
    return std::unexpected(Failure("cannot use an empty target",
                                   "nothing stands between two commas", "leave one of them out"));
  }
  if (word.contains("://")) return refuse_url(word);
  if (word.contains('%')) return refuse_scope(word);
  if (word.contains(':')) return read_v6(word, spans);
  if (has_only(word, "0123456789.,*-/")) return read_v4(word, spans, most_spans);
  return read_name(word);
}

}  // namespace patchbay
