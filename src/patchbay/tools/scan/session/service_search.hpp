// ServiceSearch: what open ports serve (-sV), and which hosts say that every port is open.
#pragma once

#include <cstdint>
#include <map>
#include <span>
#include <utility>
#include <vector>

#include "patchbay/tools/scan/scan_part.hpp"
#include "patchbay/tools/scan/service/service_options.hpp"

namespace patchbay {

class ServiceSearch {
 public:
  explicit ServiceSearch(ServiceOptions options) : options_(std::move(options)) {}

  // Which hosts answer everything. `plan` is all that was asked, `unasked` the ports that may be
  // asked beyond it (canary_ports()).
  Task<> find_machines(const std::vector<ScanPart>& parts, const ScanPlan& plan,
                       std::span<const std::uint16_t> unasked);
  // What the open ports of the others serve.
  Task<> ask(const std::vector<ScanPart>& parts);

  bool is_machine(const IpAddress& address) const;
  // What came of asking the port; null: nothing.
  const ServiceAnswer* find(const IpAddress& address, const ScanPort& port) const;

 private:
  const ServiceOptions options_;
  std::map<std::pair<IpAddress, ScanPort>, ServiceAnswer> services_;
  std::vector<IpAddress> machines_;
};

}  // namespace patchbay
