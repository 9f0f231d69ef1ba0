// ServiceSearch: what open ports serve (-sV), and which hosts say that every port is open.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <utility>
#include <vector>

#include "patchbay/tools/scan/scan_part.hpp"
#include "patchbay/tools/scan/service/service_meter.hpp"
#include "patchbay/tools/scan/service/service_options.hpp"

namespace patchbay {

using ServiceAnswers = std::map<std::pair<IpAddress, ScanPort>, ServiceAnswer>;

class ServiceSearch {
 public:
  // For a file, and from one.
  struct Saved {
    // Hosts that answer everything; nothing: they were not looked for to the end.
    std::optional<std::vector<IpAddress>> machines = {};
    ServiceAnswers answers = {};  // of ports that were asked to the end
  };

  explicit ServiceSearch(ServiceOptions options) : ServiceSearch(std::move(options), Saved()) {}
  ServiceSearch(ServiceOptions options, Saved saved);

  // Which hosts answer everything, if that is not known yet. `plan` is all that was asked,
  // `unasked` the ports that may be asked beyond it (canary_ports()). Faults: cancelled.
  Task<Result<>> find_machines(const std::vector<ScanPart>& parts, const ScanPlan& plan,
                               std::span<const std::uint16_t> unasked);
  // What those open ports of the others serve that were not asked before. Faults: cancelled; what
  // was found by then is there.
  Task<Result<>> ask(const std::vector<ScanPart>& parts);
  // How far it is; null while nothing is asked.
  const ServiceMeter* meter() const { return meter_ ? &*meter_ : nullptr; }

  bool is_machine(const IpAddress& address) const;
  // What came of asking the port; null: it was not asked.
  const ServiceAnswer* find(const IpAddress& address, const ScanPort& port) const;
  // At any time, while ports are asked as well.
  Saved saved() const;

 private:
  std::vector<ServiceTarget> targets_in(const std::vector<ScanPart>& parts) const;

  const ServiceOptions options_;
  ServiceAnswers known_;
  std::vector<IpAddress> machines_;
  bool knows_machines_ = false;
  // While they are asked.
  std::vector<ServiceTarget> targets_;
  std::vector<ServiceAnswer> answers_;
  std::optional<ServiceMeter> meter_;
};

}  // namespace patchbay
