// What a scan finds, as JSON records: the same on stdout, in a file of lines and in a document.
//
//   plan      what is asked: targets, ports, method, and by which engine
//   port      one port; open ones as soon as they are found, the others after their host
//   host      a host that is done; its other records follow
//   group     ports of it that are told together: in one state, for one reason
//   service   what a port was found to serve (-sV), or that it was open again and said nothing; its
//             port record came before
//   progress, warning, violation
//   end       totals
//
// No port is in two port records, nor in one and in a group.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "patchbay/tools/record.hpp"
#include "patchbay/tools/scan/output/port_ranges.hpp"
#include "patchbay/tools/scan/output/scan_heading.hpp"
#include "patchbay/tools/scan/scan_plan.hpp"
#include "patchbay/tools/scan/scan_report.hpp"

namespace patchbay {

// The version of these records (Command::schema).
inline constexpr int k_scan_schema = 1;

// How far a scan has come.
struct ScanProgress {
  // Of which part of it; of what comes behind that nothing is foretold.
  enum class Of : std::uint8_t { hosts, ports, services };

  Of of = Of::ports;
  double done = 0;  // 0 to 1
  std::optional<Duration> left = {};
  Duration elapsed{};
  std::uint64_t sent = 0;
  std::uint64_t answered = 0;  // of services: open ports that were asked to the end
  std::uint64_t targets = 0;   // … of how many
  double per_second = 0;       // probes, of late
};

// "10.0.0.0/24", "10.0.1.1-10.0.1.9", as IpRange::parse() reads them. Nothing where they are more
// than an output should begin with.
std::optional<std::vector<std::string>> target_texts(const IpSet& hosts);
inline constexpr std::size_t k_most_target_ranges = 10'000;

// {"type":"plan","targets":["10.0.0.0/24"],"ports":{"tcp":"1-1000"},"hosts":256,…}. "targets" is
// null where target_texts() has none. "engine" is packet or connect; "connects_to" has those that
// are asked by connect where the others are asked by packets, "connects_why" says why they are, or
// all, unless that was wanted.
Record plan_record(const ScanPlan& plan, const ScanHeading& heading);

// {"type":"port","ip":"10.0.0.7","port":22,"proto":"tcp","state":"open","reason":"syn-ack",
//  "service":"ssh","rtt_us":210,"tries":1,"method":"packet",…}. What is not known is left out.
// `method` is how its host is asked (ScanPlan::method_for).
Record port_record(const IpAddress& address, std::string_view name, const PortFinding& finding,
                   TcpMethod method, const ScanHeading& heading);
// The member "hostnames" of a host whose address has that name (-R): [{"name":…,"type":"PTR"}].
void add_dns_name(Record& record, std::string_view dns_name);
// {"type":"host","ip":"10.0.0.7","hostnames":[{"name":"web1.lab","type":"PTR"}],"state":"up",
//  "mac":"08:00:2b:01:02:03","maker":"Labworks",…}
Record host_record(const HostReport& report);
// Of a port that -sV has asked. Its texts are empty where it said nothing.
Record service_record(const IpAddress& address, const PortFinding& finding);
// `ports` are those of the group that are to be told.
Record group_record(const IpAddress& address, const PortGroup& group, const PortRanges& ports);
// "phase" is hosts, ports or services.
Record progress_record(const ScanProgress& progress);
// Members of the "end" record, all but "complete".
void add_totals(Record& end, const ScanTotals& totals);

}  // namespace patchbay
