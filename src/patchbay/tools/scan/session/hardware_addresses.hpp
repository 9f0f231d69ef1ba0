// HardwareAddresses: the hardware addresses of hosts that are on a link with this one, and who made
// their cards.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>

#include "patchbay/net/ip_set.hpp"
#include "patchbay/tools/scan/scan_report.hpp"
#include "patchbay/tools/scan/session/maker_registry.hpp"

namespace patchbay {

class HardwareAddresses {
 public:
  // Of further hosts none is kept.
  static constexpr std::size_t k_most = 100'000;

  // As the host itself has said, or whoever answers for it.
  void learn(const IpAddress& address, const EthernetAddress& hardware);
  // What the kernel has learnt of these hosts, as it does where its sockets ask, by that interface;
  // 0: by any. A host that was heard already is known better.
  void learn_from_kernel(const IpSet& hosts, std::uint32_t interface);
  // Of all that are known by now.
  void look_up_makers(const std::string& registry = k_maker_registry);

  std::optional<HardwareAddress> find(const IpAddress& address) const;

 private:
  std::map<IpAddress, EthernetAddress> known_;
  Makers makers_;
};

}  // namespace patchbay
