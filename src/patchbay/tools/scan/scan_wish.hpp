// ScanWish: what the command line asks for, checked and in the types of the library.
#pragma once

#include <expected>
#include <optional>
#include <string>
#include <vector>

#include "patchbay/net/interface.hpp"
#include "patchbay/tools/outcome.hpp"
#include "patchbay/tools/scan/scan_aims.hpp"
#include "patchbay/tools/scan/scan_discovery.hpp"
#include "patchbay/tools/scan/scan_flags.hpp"
#include "patchbay/tools/scan/scan_part.hpp"
#include "patchbay/tools/scan/session/resume_file.hpp"
#include "patchbay/tools/scan/targets/port_list.hpp"

namespace patchbay {

struct ScanWish {
  std::optional<TcpMethod> method;  // nothing: whatever this process may do
  PortList ports;
  DiscoveryKinds discovery;
  ScanWayOut way;
  ScanShard shard;
  Family family = Family::any;
  ScanAims aims;
  // --resume: then it alone says who is asked, and which ports. What it aims at, and what is said
  // beside it, is in `aims`.
  std::optional<ResumeFile> resumed = {};
};

// Reads the file of --resume. `interfaces` are those of this host.
std::expected<ScanWish, Failure> read_scan_flags(const ScanFlags& flags,
                                                 const std::vector<Interface>& interfaces);

// "2/7" is the second of seven: index 1.
std::expected<ScanShard, Failure> parse_shard(std::string_view text);

}  // namespace patchbay
