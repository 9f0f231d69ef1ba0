// ScanDiff: what changed between two scans, and what cannot be said of it.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "patchbay/tools/scan/output/scan_results.hpp"

namespace patchbay {

enum class ChangeKind : std::uint8_t {
  host_new,
  host_gone,
  opened,       // open now, and was not
  closed,       // was open, and is not any more
  state,        // anything else
  service,      // what it serves
  certificate,  // what it shows
};

std::string_view name_of(ChangeKind kind);  // "host_new"

struct ScanChange {
  ChangeKind kind = ChangeKind::state;
  HostKey host = {};
  std::string name = {};  // of the host; from a file: escaped by whoever prints it
  ScanProtocol protocol = ScanProtocol::tcp;
  PortRanges ports = {};    // of a host that is new or gone: the open ones, a change a protocol
  std::string before = {};  // a state, or what was served; from a file, likewise
  std::string after = {};
};

struct ScanDiffOptions {
  bool only_open = false;  // what was open or is; not what changed among the others
};

struct ScanDiff {
  std::vector<ScanChange> changes = {};  // by host
  // Ports that were told of in one of the two and not asked in the other. Open ones only.
  std::uint64_t ports_not_asked = 0;
  // Hosts that were told of in one and were no target of the other, or which the other, being
  // incomplete, may not have come to.
  std::uint64_t hosts_not_asked = 0;
};

ScanDiff compare_scans(const ScanResults& before, const ScanResults& after,
                       const ScanDiffOptions& options);

}  // namespace patchbay
