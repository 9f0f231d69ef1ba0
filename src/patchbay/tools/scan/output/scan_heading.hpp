// ScanHeading: what outputs tell of a scan beside what it finds.
#pragma once

#include <functional>
#include <string>

#include "patchbay/tools/record.hpp"
#include "patchbay/tools/scan/scan_port.hpp"

namespace patchbay {

struct ScanHeading {
  std::string version;       // of Patchbay
  std::string command_line;  // as it was typed; escaped by whoever prints it
  // What a port serves by its number, "ssh"; empty where nobody says.
  std::function<std::string(const ScanPort&)> service_of = {};
  bool probes_services = false;        // -sV: services are asked and not guessed
  std::function<WallTime()> now = {};  // for dates, which are 1970's without it

  std::string usual_service(const ScanPort& port) const {
    return service_of ? service_of(port) : std::string();
  }
  WallTime wall_time() const { return now ? now() : WallTime{}; }
};

}  // namespace patchbay
