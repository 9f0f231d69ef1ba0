// ScanOutputFlags: where and how a scan's results are to be told, as the command line has it.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "patchbay/tools/command.hpp"

namespace patchbay {

struct ScanOutputFlags {
  // Paths; "-" is stdout, which then has no table. Each may be given several times.
  std::vector<std::string> text;      // -oN
  std::vector<std::string> xml;       // -oX
  std::vector<std::string> grepable;  // -oG
  std::vector<std::string> ndjson;    // -oD
  std::vector<std::string> json;      // -oJ
  std::vector<std::string> list;      // -oL
  std::optional<std::string> all;     // -oA: BASE.nmap, .xml, .gnmap as nmap has it, and .ndjson
  bool append = false;
  bool only_open = false;
  bool reason = false;
  bool xml_as_nmap = false;
  std::optional<std::string> expect;
};

// Under headings of their own. `flags` outlives the command.
void declare_scan_outputs(Command& scan, ScanOutputFlags& flags);

}  // namespace patchbay
