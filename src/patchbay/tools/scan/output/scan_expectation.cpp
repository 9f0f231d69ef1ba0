#include "patchbay/tools/scan/output/scan_expectation.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "patchbay/base/text.hpp"
#include "patchbay/tools/scan/scan_report.hpp"

namespace patchbay {

namespace {

template <class T>
using Parsed = std::expected<T, Failure>;

constexpr std::string_view k_blank = " \t\r\n";

bool is_blank(char c) { return k_blank.contains(c); }

// A part of the expectation, and where in the whole it stands.
struct Part {
  std::string_view text;
  std::size_t at = 0;
};

Part trimmed(Part part) {
  while (!part.text.empty() && is_blank(part.text.front())) {
    part.text.remove_prefix(1);
    ++part.at;
  }
  while (!part.text.empty() && is_blank(part.text.back())) part.text.remove_suffix(1);
  return part;
}

std::unexpected<Failure> wrong(const Part& part, std::string_view why, std::string remedy) {
  return std::unexpected(Failure("cannot read the expectation",
                                 fmt::format("at character {}, '{}' {}", part.at + 1,
                                             escape_terminal(utf8_prefix(part.text, 40)), why),
                                 std::move(remedy)));
}

// Up to the next blank; blanks behind a comma do not count.
Part take_word(Part& rest) {
  rest = trimmed(rest);
  std::size_t end = 0;
  bool after_comma = false;
  while (end < rest.text.size() && (after_comma || !is_blank(rest.text[end]))) {
    if (!is_blank(rest.text[end])) after_comma = rest.text[end] == ',';
    ++end;
  }
  const Part word = {rest.text.substr(0, end), rest.at};
  rest.text.remove_prefix(end);
  rest.at += end;
  return word;
}

Parsed<void> read_host(const Part& whole, Part& rest, ExpectedClause& clause) {
  const std::size_t colon = whole.text.rfind(':');
  if (colon == std::string_view::npos) return {};
  const Part host = trimmed({whole.text.substr(0, colon), whole.at});
  if (host.text.empty()) {
    return wrong({whole.text, whole.at}, "has no host before its colon", "web1: tcp/22 open");
  }
  if (colon + 1 < whole.text.size() && !is_blank(whole.text[colon + 1])) {
    return wrong(host, "is no host: one ends with a colon and a space", "web1: tcp/22 open");
  }
  rest = {whole.text.substr(colon + 1), whole.at + colon + 1};
  std::string_view text = host.text;
  if (text.starts_with('[') && text.ends_with(']')) text = text.substr(1, text.size() - 2);
  if (const auto range = IpRange::parse(text)) {
    clause.range = *range;
    return {};
  }
  if (text.empty() || text.find_first_of(k_blank) != std::string_view::npos) {
    return wrong(host, "is no host", "an address, a network, a range, or a name");
  }
  clause.host = text;
  return {};
}

Parsed<void> read_ports(const Part& word, ExpectedClause& clause) {
  static constexpr const char* remedy = "tcp/22,443,8000-8100, udp/53, or rest";
  if (word.text == "rest") {
    clause.is_rest = true;
    return {};
  }
  std::string_view numbers = word.text;
  const std::size_t slash = numbers.find('/');
  if (slash != std::string_view::npos) {
    const std::string_view protocol = numbers.substr(0, slash);
    if (protocol != "tcp" && protocol != "udp") {
      return wrong({protocol, word.at}, "is no protocol that has ports", remedy);
    }
    if (protocol == "udp") clause.protocol = ScanProtocol::udp;
    numbers.remove_prefix(slash + 1);
  }
  std::string closed_up(numbers);
  std::erase_if(closed_up, is_blank);
  const auto ports = parse_port_ranges(closed_up);
  if (!ports || ports->empty()) return wrong(word, "names no ports", remedy);
  clause.ports = *ports;
  return {};
}

Parsed<void> read_states(Part word, Part& rest, ExpectedClause& clause) {
  static constexpr const char* remedy = "open, closed, filtered, open|filtered or unfiltered";
  const bool is_not = word.text == "not";
  if (is_not) word = take_word(rest);
  if (word.text.empty()) return wrong(word, "is there where a state should be", remedy);
  while (true) {
    const std::size_t comma = word.text.find(',');
    const Part name = trimmed({word.text.substr(0, comma), word.at});
    const auto state = port_state_named(name.text);
    if (!state) return wrong(name, "is no state of a port", remedy);
    clause.states[static_cast<std::size_t>(*state)] = true;
    if (comma == std::string_view::npos) break;
    word.text.remove_prefix(comma + 1);
    word.at += comma + 1;
  }
  if (is_not) {
    for (bool& allowed : clause.states) allowed = !allowed;
  }
  return {};
}

Parsed<ExpectedClause> read_clause(const Part& whole) {
  ExpectedClause clause;
  clause.text = escape_terminal(whole.text);
  Part rest = whole;
  if (const auto read = read_host(whole, rest, clause); !read) return std::unexpected(read.error());
  const Part ports = take_word(rest);
  if (ports.text.empty()) {
    return wrong(whole, "says nothing of ports", "web1: tcp/22 open");
  }
  if (const auto read = read_ports(ports, clause); !read) return std::unexpected(read.error());
  const Part state = take_word(rest);
  if (const auto read = read_states(state, rest, clause); !read) {
    return std::unexpected(read.error());
  }
  const Part more = trimmed(rest);
  if (!more.text.empty()) {
    return wrong(more, "is one word too many", "a semicolon between two clauses");
  }
  return clause;
}

std::unexpected<Failure> unanswerable(const ExpectedClause& clause, std::string why,
                                      std::string remedy) {
  return std::unexpected(Failure(fmt::format("cannot check the expectation '{}'", clause.text),
                                 std::move(why), std::move(remedy)));
}

bool names_a_target(const ExpectedClause& clause, const ScanPlan& plan) {
  if (clause.range) {
    const std::vector<IpRange> asked = plan.hosts.ranges();
    return std::ranges::any_of(asked, [&clause](const IpRange& range) {
      return range.contains(clause.range->first) || clause.range->contains(range.first);
    });
  }
  return clause.host.empty() || std::ranges::any_of(plan.names, [&](const auto& name) {
           return name.second == clause.host;
         });
}

}  // namespace

bool ExpectedClause::is_about(const IpAddress& address, std::string_view name) const {
  if (range) return range->contains(address);
  return host.empty() || host == name;
}

std::expected<ScanExpectation, Failure> ScanExpectation::parse(std::string_view text) {
  if (text.size() > k_longest) {
    return std::unexpected(Failure("cannot read the expectation",
                                   fmt::format("it is longer than {} bytes", k_longest),
                                   "put what is common to many ports into ranges"));
  }
  ScanExpectation expectation;
  Part rest = {text, 0};
  while (true) {
    const std::size_t end = rest.text.find(';');
    const Part part = trimmed({rest.text.substr(0, end), rest.at});
    if (!part.text.empty()) {
      if (expectation.clauses_.size() == k_most_clauses) {
        return wrong(part, "is one clause too many", "a thousand or less");
      }
      auto clause = read_clause(part);
      if (!clause) return std::unexpected(clause.error());
      expectation.clauses_.push_back(std::move(*clause));
    }
    if (end == std::string_view::npos) break;
    rest.text.remove_prefix(end + 1);
    rest.at += end + 1;
  }
  if (!expectation.clauses_.empty()) return expectation;
  return std::unexpected(
      Failure("cannot read the expectation", "it is empty", "tcp/22,443 open; rest not open"));
}

std::expected<void, Failure> ScanExpectation::check(const ScanPlan& plan) const {
  for (const ExpectedClause& clause : clauses_) {
    if (!names_a_target(clause, plan)) {
      return unanswerable(clause, "its host is not among the targets",
                          "name it as the target is named, or scan it too");
    }
    if (clause.is_rest) continue;
    const PortRanges missing = without(clause.ports, ports_of(plan, clause.protocol));
    if (missing.empty()) continue;
    const std::string ports = fmt::format("{}{}", clause.protocol == ScanProtocol::udp ? "U:" : "",
                                          ranges_to_string(missing));
    return unanswerable(
        clause,
        fmt::format("{}/{} is not scanned", name_of(clause.protocol), ranges_to_string(missing)),
        fmt::format("add {} to -p", ports));
  }
  return {};
}

}  // namespace patchbay
