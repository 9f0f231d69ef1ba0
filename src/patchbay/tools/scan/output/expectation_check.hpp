// ExpectationCheck: whether what a scan finds is what was expected of it.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "patchbay/tools/record.hpp"
#include "patchbay/tools/scan/output/port_states.hpp"
#include "patchbay/tools/scan/output/scan_expectation.hpp"
#include "patchbay/tools/scan/scan_report.hpp"

namespace patchbay {

struct Violation {
  IpRange hosts;     // one, or a range of them where none answered
  std::string name;  // of the one, where it has any
  ScanProtocol protocol = ScanProtocol::tcp;
  PortRanges ports;
  std::optional<PortState> state;  // nothing: not known
  std::string clause;              // escaped
};

// {"type":"violation","ip":"10.0.0.7","proto":"tcp","ports":"22","state":"filtered","expected":…};
// "ip" is a range where it is of several hosts.
Record violation_record(const Violation& violation);
// "10.0.0.7 (web1): tcp/22 is filtered, expected: tcp/22,443 open"
std::string violation_text(const Violation& violation);

class ExpectationCheck {
 public:
  // `plan` outlives it.
  ExpectationCheck(ScanExpectation expectation, const ScanPlan& plan);

  // Hosts come in the order of their addresses.
  std::vector<Violation> host(const HostReport& report);
  // Of the hosts that never came: none of them answered. Neighbours that are held to the same are
  // one violation.
  std::vector<Violation> silent() const;

 private:
  struct Duty {
    const ExpectedClause* clause;
    ScanProtocol protocol;
    PortRanges ports;
  };

  PortRanges named(const IpAddress& address, std::string_view name, ScanProtocol protocol,
                   bool with_host_only) const;
  std::vector<Duty> duties_of(const IpAddress& address, std::string_view name) const;
  std::vector<Violation> check(const HostReport& report, const IpRange& hosts) const;
  std::vector<IpRange> silent_ranges() const;
  HostReport silent_report(const IpAddress& address) const;

  const ScanExpectation expectation_;
  const ScanPlan& plan_;
  const PortRanges tcp_;  // that are asked
  const PortRanges udp_;
  std::vector<IpRange> seen_;
};

}  // namespace patchbay
