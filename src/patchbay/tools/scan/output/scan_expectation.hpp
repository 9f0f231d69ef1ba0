// ScanExpectation: what somebody says that a scan must find, for pipelines that stop where it does
// not (--expect).
//
//   tcp/22,443 open; rest not open
//   web1.lab: tcp/80 open, closed; 10.0.0.0/28: udp/53 open|filtered; tcp/1-1024 not open
//
//   EXPECTATION  clauses, with semicolons between them
//   CLAUSE       [HOST: ] PORTS [not] STATE[,STATE]…
//   HOST         an address, a network or a range, or a name as it was given as a target; a colon
//                and a space end it. Without it the clause is about every host that was asked
//   PORTS        [tcp/|udp/] numbers and ranges, 22,443,8000-8100, tcp where nothing is said; or
//                `rest`: all that were asked and that no clause about this host names
//   STATE        open, closed, filtered, open|filtered, unfiltered
//
// A port that a clause with a host names is not looked at by those without one. A host that never
// answered has its ports in the state that silence means.
#pragma once

#include <array>
#include <expected>
#include <iterator>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "patchbay/tools/outcome.hpp"
#include "patchbay/tools/scan/output/port_ranges.hpp"
#include "patchbay/tools/scan/scan_answer.hpp"

namespace patchbay {

struct ExpectedClause {
  std::string text;                   // as it was written, escaped
  std::string host = {};              // a name; empty where it is none
  std::optional<IpRange> range = {};  // or addresses; neither: every host
  bool is_rest = false;
  ScanProtocol protocol = ScanProtocol::tcp;  // not of the rest, which is of all
  PortRanges ports = {};
  std::array<bool, std::size(k_port_states)> states = {};

  bool allows(PortState state) const { return states[static_cast<std::size_t>(state)]; }
  bool has_host() const { return range.has_value() || !host.empty(); }
  bool is_about(const IpAddress& address, std::string_view name) const;
};

class ScanExpectation {
 public:
  // The failure says at which character (from 1) it is wrong.
  static std::expected<ScanExpectation, Failure> parse(std::string_view text);

  const std::vector<ExpectedClause>& clauses() const { return clauses_; }
  // A failure where it speaks of hosts or ports that the plan does not ask: no scan could meet it.
  std::expected<void, Failure> check(const ScanPlan& plan) const;

 private:
  static constexpr std::size_t k_longest = 64 * 1024;
  static constexpr std::size_t k_most_clauses = 1'000;

  std::vector<ExpectedClause> clauses_;
};

}  // namespace patchbay
