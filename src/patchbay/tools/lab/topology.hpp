// Topology: the addresses of a lab's links, and the routes that lead from each host to all of them.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "patchbay/net/interface.hpp"
#include "patchbay/tools/lab/lab_file.hpp"

namespace patchbay {

// One end of a link, on one host.
struct TopologyEnd {
  std::size_t host = 0;
  std::string device;  // named after the host at the other end
  std::vector<InterfaceAddress> addresses;
};

struct TopologyLink {
  TopologyEnd left;
  TopologyEnd right;
};

struct TopologyRoute {
  std::size_t host = 0;  // on which
  InterfaceAddress target;
  IpAddress gateway;  // a neighbour's address
};

struct Topology {
  std::vector<TopologyLink> links;    // as in the file
  std::vector<TopologyRoute> routes;  // by the fewest links; empty where all are neighbours
  std::vector<bool> forwards;         // by host: has it several links?
  std::vector<std::vector<IpAddress>> addresses;  // by host: of its first link, v4 first
};

// Fails when two links have networks that overlap.
Result<Topology> make_topology(const LabFile& file);

// The text of a hosts file (hosts(5)) that knows every host of the lab.
std::string hosts_text(const LabFile& file, const Topology& topology);

}  // namespace patchbay
