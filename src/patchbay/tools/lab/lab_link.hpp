// LabLink: two namespaces joined by a TUN device in each and a relay between them.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "patchbay/base/result.hpp"
#include "patchbay/net/network_namespace.hpp"
#include "patchbay/net/task.hpp"
#include "patchbay/net/tun.hpp"
#include "patchbay/tools/lab/relay.hpp"

namespace patchbay {

struct LabLinkOptions {
  Impairment there;  // from left to right
  Impairment back;
  std::uint64_t seed = 0;
  int mtu_bytes = 1500;
};

// One end: where it is, what it is called there, and its addresses.
struct LabLinkEnd {
  const NetworkNamespace& where;  // borrowed for as long as the link is there
  std::string device;
  std::vector<InterfaceAddress> addresses;
};

class LabLink {
 public:
  // Makes both devices, on the loop of this thread. They are gone with the link.
  static Result<std::unique_ptr<LabLink>> open(const LabLinkEnd& left, const LabLinkEnd& right,
                                               const LabLinkOptions& options);
  LabLink(const LabLink&) = delete;
  LabLink& operator=(const LabLink&) = delete;

  // Carries packets until the task is cancelled, which is its end in order, or a device is gone.
  Task<Result<>> run();

  const std::string& left_device() const { return left_.name(); }
  const std::string& right_device() const { return right_.name(); }
  // Those that they have: no IPv6 where a host has it turned off.
  const std::vector<InterfaceAddress>& left_addresses() const { return left_addresses_; }
  const std::vector<InterfaceAddress>& right_addresses() const { return right_addresses_; }
  RelayTotals there() const { return there_.totals(); }
  RelayTotals back() const { return back_.totals(); }
  // Packets that the kernel dropped because the relay was too slow for them; 0 where the device or
  // its namespace has gone.
  std::uint64_t missed_there() const { return missed(left_namespace_, left_); }
  std::uint64_t missed_back() const { return missed(right_namespace_, right_); }

 private:
  LabLink(const LabLinkEnd& left, Tun left_tun, const LabLinkEnd& right, Tun right_tun,
          const LabLinkOptions& options);
  static std::uint64_t missed(const NetworkNamespace& where, const Tun& tun);

  const NetworkNamespace& left_namespace_;
  const NetworkNamespace& right_namespace_;
  std::vector<InterfaceAddress> left_addresses_;
  std::vector<InterfaceAddress> right_addresses_;
  Tun left_;
  Tun right_;
  Pipe there_;
  Pipe back_;
};

}  // namespace patchbay
