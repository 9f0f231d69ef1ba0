#include "patchbay/tools/scan/session/service_search.hpp"

#include <algorithm>

#include "patchbay/tools/scan/service/answers_everything.hpp"
#include "patchbay/tools/scan/service/service_prober.hpp"

namespace patchbay {

namespace {

bool is_tcp(const ScanPort& port) { return port.protocol == ScanProtocol::tcp; }

}  // namespace

Task<> ServiceSearch::find_machines(const std::vector<ScanPart>& parts, const ScanPlan& plan,
                                    std::span<const std::uint16_t> unasked) {
  const auto asked = static_cast<std::size_t>(std::ranges::count_if(plan.ports, is_tcp));
  std::vector<Suspect> suspects;
  for (const ScanPart& part : parts) {
    for (std::uint64_t host = 0; host < part.plan().host_count(); ++host) {
      const std::size_t open_count = part.run().findings().open_ports(host);
      if (open_count == 0) continue;
      const HostReport report = part.run().report(host);
      std::vector<std::uint16_t> open;
      for (const PortFinding& port : report.ports) {
        if (port.answer.state == PortState::open && is_tcp(port.port)) {
          open.push_back(port.port.number);
        }
      }
      auto one = suspect_of(report.address, std::move(open), asked, unasked, options_);
      if (!one) continue;
      one->round_trip = report.round_trip;
      suspects.push_back(std::move(*one));
    }
  }
  machines_ = co_await find_answer_machines(suspects, options_);
}

Task<> ServiceSearch::ask(const std::vector<ScanPart>& parts) {
  std::vector<ServiceTarget> targets;
  for (const ScanPart& part : parts) {
    for (std::uint64_t host = 0; host < part.plan().host_count(); ++host) {
      if (!part.run().findings().has_answered(host)) continue;
      const HostReport report = part.run().report(host);
      if (report.timed_out || is_machine(report.address)) continue;
      for (const PortFinding& port : report.ports) {
        if (port.answer.state != PortState::open) continue;
        targets.push_back({.address = report.address,
                           .port = port.port,
                           .name = report.name,
                           .round_trip = port.answer.round_trip});
      }
    }
  }
  std::vector<ServiceAnswer> answers;
  co_await find_services(targets, options_, answers);
  for (std::size_t i = 0; i < targets.size() && i < answers.size(); ++i) {
    if (!answers[i].connected && !answers[i].finding) continue;
    services_[{targets[i].address, targets[i].port}] = std::move(answers[i]);
  }
}

bool ServiceSearch::is_machine(const IpAddress& address) const {
  return std::ranges::find(machines_, address) != machines_.end();
}

const ServiceAnswer* ServiceSearch::find(const IpAddress& address, const ScanPort& port) const {
  const auto found = services_.find({address, port});
  return found == services_.end() ? nullptr : &found->second;
}

}  // namespace patchbay
