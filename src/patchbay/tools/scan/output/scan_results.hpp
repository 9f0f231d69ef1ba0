// ScanResults: what a scan found, read back from a file: our own lines (-oD, --json), our JSON
// document (-oJ), or XML in the shape of nmap's (-oX, nmap's own too).
#pragma once

#include <cstddef>
#include <expected>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "patchbay/net/ip_set.hpp"
#include "patchbay/tools/outcome.hpp"
#include "patchbay/tools/scan/output/port_ranges.hpp"
#include "patchbay/tools/scan/output/port_states.hpp"

namespace patchbay {

// Texts are as they stood in the file: escaped by whoever prints them.
struct KnownService {
  std::string name = {};
  std::string product = {};
  std::string version = {};
  bool tls = false;

  friend bool operator==(const KnownService&, const KnownService&) = default;
};

struct KnownCertificate {
  std::string subject = {};
  std::string issuer = {};
  std::string not_after = {};
  std::vector<std::string> names = {};

  friend bool operator==(const KnownCertificate&, const KnownCertificate&) = default;
};

// What a port said, where it was asked (-sV).
struct KnownPort {
  std::optional<KnownService> service = {};
  std::optional<KnownCertificate> certificate = {};
};

// Without the scope of a link-local one, which stands beside it: another machine's interfaces have
// other numbers.
using HostKey = std::pair<IpAddress, std::string>;
std::optional<HostKey> host_key(std::string_view text);
std::string to_string(const HostKey& key);  // escaped

struct KnownHost {
  std::string name = {};
  PortStates tcp = {};
  PortStates udp = {};
  std::map<ScanPort, KnownPort> ports = {};

  const PortStates& states(ScanProtocol protocol) const {
    return protocol == ScanProtocol::udp ? udp : tcp;
  }
};

struct ScanResults {
  std::string scanner = {};           // "nmap 7.93"; escaped
  bool complete = false;              // it came to its end, and says that it asked enough
  bool probes_services = false;       // -sV
  std::optional<IpSet> targets = {};  // nothing: it does not say
  PortRanges tcp = {};                // that were asked
  PortRanges udp = {};
  std::map<HostKey, KnownHost> hosts = {};

  const PortRanges& asked(ScanProtocol protocol) const {
    return protocol == ScanProtocol::udp ? udp : tcp;
  }
};

inline constexpr std::size_t k_most_results_bytes = std::size_t{512} << 20;
inline constexpr std::size_t k_most_result_hosts = 2'000'000;
// Ranges of ports in one state, of all hosts.
inline constexpr std::size_t k_most_result_spans = 20'000'000;

// By its first character. What is missing at the end of lines and of XML, since the scan was
// killed, makes the results incomplete; anything else that is wrong is a failure. `name` is the
// file's, for the failure.
std::expected<ScanResults, Failure> read_scan_results(std::string_view text,
                                                      const std::string& name);

}  // namespace patchbay
