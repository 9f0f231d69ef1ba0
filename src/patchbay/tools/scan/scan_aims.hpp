// ScanAims: what a scan is to find out, beside the states of ports.
#pragma once

#include <optional>
#include <string>
#include <vector>

namespace patchbay {

struct ScanAims {
  // What open ports serve.
  struct Services {
    unsigned intensity = 7;  // as in ServiceOptions
    bool allow_ot = false;
  };

  bool hosts_only = false;                      // who is there, and no ports (-sn)
  bool resolve = false;                         // what addresses are called (-R)
  std::optional<Services> services = {};        // -sV
  std::vector<std::string> exclude_ports = {};  // as they were typed: no canaries either
};

}  // namespace patchbay
