// LabNet: the hosts of a lab and the links between them, made from a file and gone with the object.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "patchbay/net/task.hpp"
#include "patchbay/tools/lab/lab_file.hpp"
#include "patchbay/tools/lab/lab_link.hpp"
#include "patchbay/tools/lab/lab_state.hpp"
#include "patchbay/tools/lab/topology.hpp"

namespace patchbay {

class LabNet {
 public:
  // Makes a namespace a host, written down in `book` and with a name ("LAB.HOST") if `named`; a
  // cable where a link is perfect, else a relay; addresses and routes. On the loop of this thread.
  static Result<std::unique_ptr<LabNet>> make(const LabFile& file, const Topology& topology,
                                              std::uint64_t seed, bool named, LabBook& book);
  LabNet(const LabNet&) = delete;
  LabNet& operator=(const LabNet&) = delete;

  const NetworkNamespace& host(std::size_t index) const { return hosts_[index]; }

  // Carries packets over all relays until the task is cancelled, or a device is gone.
  Task<Result<>> carry();

  // Null where the link is a cable.
  const LabLink* relay(std::size_t link) const { return relays_[link].get(); }

 private:
  LabNet() = default;
  Result<> make_hosts(const LabFile& file, bool named, LabBook& book);
  Result<> make_link(const LabFileLink& link, const TopologyLink& ends, std::uint64_t seed);
  Result<> make_cable(const TopologyLink& ends, int mtu_bytes);
  Result<> make_routes(const Topology& topology);
  Task<Result<>> carry_from(std::size_t first);

  std::vector<NetworkNamespace> hosts_;
  std::vector<std::unique_ptr<LabLink>> relays_;
};

// The name that a host's namespace gets.
std::string namespace_name(const LabFile& file, std::size_t host);

}  // namespace patchbay
