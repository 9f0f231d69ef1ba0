#include "patchbay/tools/scan/session/service_search.hpp"

#include <algorithm>

#include "patchbay/tools/scan/service/answers_everything.hpp"
#include "patchbay/tools/scan/service/service_prober.hpp"

namespace patchbay {

namespace {

bool is_tcp(const ScanPort& port) { return port.protocol == ScanProtocol::tcp; }

}  // namespace

ServiceSearch::ServiceSearch(ServiceOptions options, Saved saved)
    : options_(std::move(options)),
      known_(std::move(saved.answers)),
      machines_(saved.machines.value_or(std::vector<IpAddress>())),
      knows_machines_(saved.machines.has_value()) {}

Task<Result<>> ServiceSearch::find_machines(const std::vector<ScanPart>& parts,
                                            const ScanPlan& plan,
                                            std::span<const std::uint16_t> unasked) {
  if (knows_machines_) co_return ok();
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
  knows_machines_ = !(co_await current_scope()).cancelled();
  if (!knows_machines_) co_return Error(Fault::cancelled, "look for hosts that answer everything");
  co_return ok();
}

std::vector<ServiceTarget> ServiceSearch::targets_in(const std::vector<ScanPart>& parts) const {
  std::vector<ServiceTarget> targets;
  for (const ScanPart& part : parts) {
    for (std::uint64_t host = 0; host < part.plan().host_count(); ++host) {
      if (!part.run().findings().has_answered(host)) continue;
      const HostReport report = part.run().report(host);
      if (report.timed_out || is_machine(report.address)) continue;
      for (const PortFinding& port : report.ports) {
        if (port.answer.state != PortState::open) continue;
        if (find(report.address, port.port) != nullptr) continue;
        targets.push_back({.address = report.address,
                           .port = port.port,
                           .name = report.name,
                           .round_trip = port.answer.round_trip});
      }
    }
  }
  return targets;
}

Task<Result<>> ServiceSearch::ask(const std::vector<ScanPart>& parts) {
  targets_ = targets_in(parts);
  meter_.emplace(targets_.size(), options_.at_once, options_.budget);
  co_await find_services(targets_, options_, answers_, *meter_);
  meter_.reset();
  for (std::size_t i = 0; i < targets_.size(); ++i) {
    if (!answers_[i].asked) continue;
    known_[{targets_[i].address, targets_[i].port}] = std::move(answers_[i]);
  }
  targets_.clear();
  answers_.clear();
  if ((co_await current_scope()).cancelled()) co_return Error(Fault::cancelled, "ask services");
  co_return ok();
}

ServiceSearch::Saved ServiceSearch::saved() const {
  Saved saved{.answers = known_};
  if (knows_machines_) saved.machines = machines_;
  for (std::size_t i = 0; i < answers_.size(); ++i) {
    if (!answers_[i].asked) continue;
    saved.answers[{targets_[i].address, targets_[i].port}] = answers_[i];
  }
  std::erase_if(saved.answers, [](const auto& one) { return one.second.is_cut; });
  return saved;
}

bool ServiceSearch::is_machine(const IpAddress& address) const {
  return std::ranges::find(machines_, address) != machines_.end();
}

const ServiceAnswer* ServiceSearch::find(const IpAddress& address, const ScanPort& port) const {
  const auto found = known_.find({address, port});
  return found == known_.end() ? nullptr : &found->second;
}

}  // namespace patchbay
