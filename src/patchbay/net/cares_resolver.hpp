// CaresResolver: names by the hosts file and by DNS (c-ares), as this system is set up.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "patchbay/net/cares_channel.hpp"
#include "patchbay/net/hosts_file.hpp"
#include "patchbay/net/resolve.hpp"

namespace patchbay {

// For one loop. A change of resolv.conf or of the hosts file counts from the next look-up on.
// Multicast names (.local) and the other sources of nsswitch.conf are not asked. May not end while
// a look-up waits.
class CaresResolver final : public Resolver {
 public:
  explicit CaresResolver(CaresOptions options = {});

  Task<Result<std::vector<IpAddress>>> addresses(std::string name, Family family,
                                                 Deadline deadline) override;
  Task<Result<std::vector<std::string>>> names(IpAddress address, Deadline deadline) override;
  // RFC 6724 section 6, with the source addresses that the kernel would choose.
  void sort(std::vector<IpAddress>& addresses) override;

 private:
  Result<std::shared_ptr<CaresChannel>> channel();

  CaresOptions options_;
  HostsFile hosts_;
  FileStamp resolv_conf_;
  std::shared_ptr<CaresChannel> channel_;  // look-ups keep the one they began on
};

}  // namespace patchbay
