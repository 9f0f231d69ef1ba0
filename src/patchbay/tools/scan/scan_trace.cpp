#include "patchbay/tools/scan/scan_trace.hpp"

#include <fmt/format.h>

#include "patchbay/base/units.hpp"
#include "patchbay/net/address.hpp"

namespace patchbay {

namespace {

bool has_port(const ScanPort& port) {
  return port.protocol == ScanProtocol::tcp || port.protocol == ScanProtocol::udp;
}

// "tcp 10.0.0.7:22", "tcp [fd00::7]:22", "ping 10.0.0.7".
std::string words_of(const ScanPlan& plan, ScanTarget target) {
  const ScanPort& port = plan.port_of(target);
  const IpAddress address = plan.address_of(target);
  return fmt::format(
      "{} {}", name_of(port.protocol),
      has_port(port) ? Endpoint(address, port.number).to_string() : address.to_string());
}

}  // namespace

void ScanTrace::sent(const ScanPlan& plan, const ScanProbe& probe, Instant now) {
  std::string text = words_of(plan, probe.target);
  if (plan.port_of(probe.target).protocol == ScanProtocol::tcp) {
    text += fmt::format(" by {}", name_of(plan.tcp));
  }
  line(now, "sent", fmt::format("{}, try {}", text, probe.attempt));
}

void ScanTrace::answered(const ScanPlan& plan, ScanTarget target, const ScanAnswer& answer,
                         Instant now) {
  std::string text = fmt::format("{} {}: {}", words_of(plan, target), name_of(answer.state),
                                 name_of(answer.reason));
  if (answer.by) text += fmt::format(" from {}", answer.by->to_string());
  if (answer.attempt != 0) text += fmt::format(", try {}", answer.attempt);
  if (answer.hop_limit != 0) text += fmt::format(", ttl {}", answer.hop_limit);
  if (answer.round_trip) text += ", " + format_duration(*answer.round_trip);
  line(now, "got ", text);
}

void ScanTrace::line(Instant now, const char* what, const std::string& about) {
  if (!began_) began_ = now;
  const double seconds = std::chrono::duration<double>(now - *began_).count();
  tell_(fmt::format("{:9.4f} s  {}  {}", seconds, what, about));
}

}  // namespace patchbay
