// What a user expects of a scan: a failure that can be printed, or clauses that allow something and
// that are read again from their own text.
#include <algorithm>
#include <cstdint>
#include <string_view>

#include "check.hpp"
#include "patchbay/base/text.hpp"
#include "patchbay/tools/scan/output/expectation_check.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace patchbay;
  const auto read = ScanExpectation::parse({reinterpret_cast<const char*>(data), size});
  if (!read) {
    for (const std::string& part : {read.error().what, read.error().why, read.error().remedy}) {
      FUZZ_CHECK(!part.empty() && escape_terminal(part) == part);
    }
    return 0;
  }
  FUZZ_CHECK(!read->clauses().empty());
  for (const ExpectedClause& clause : read->clauses()) {
    FUZZ_CHECK(clause.is_rest == clause.ports.empty());
    FUZZ_CHECK(escape_terminal(clause.text) == clause.text);
    if (clause.text.contains('\\')) continue;  // escaped: it is not what was written
    const auto again = ScanExpectation::parse(clause.text);
    FUZZ_CHECK(again && again->clauses().size() == 1);
    FUZZ_CHECK(again->clauses()[0].ports == clause.ports);
    FUZZ_CHECK(again->clauses()[0].states == clause.states);
    FUZZ_CHECK(again->clauses()[0].range == clause.range);
  }
  ScanPlan plan;
  const IpRange hosts[] = {IpRange::parse("10.0.0.0/24").value()};
  plan.hosts = IpSet(hosts);
  plan.ports = {{ScanProtocol::tcp, 22}, {ScanProtocol::udp, 53}};
  ExpectationCheck check(*read, plan);
  HostReport report{.address = hosts[0].first};
  report.ports = {{.port = plan.ports[0], .answer = {.state = PortState::open}}};
  auto violations = check.host(report);
  std::ranges::move(check.silent(), std::back_inserter(violations));
  for (const Violation& violation : violations) {
    FUZZ_CHECK(!violation.ports.empty());
    const std::string text = violation_text(violation);
    FUZZ_CHECK(escape_terminal(text) == text);
  }
  return 0;
}
