#include "patchbay/tools/lab/topology.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <deque>
#include <optional>

namespace patchbay {

namespace {

constexpr std::size_t k_longest_device = 15;

// The loopback's, and those that the kernel keeps for its settings of all devices
// (/proc/sys/net/ipv4/conf/all).
bool is_reserved(const std::string& device) {
  return device == "lo" || device == "all" || device == "default";
}

bool is_taken(const std::vector<TopologyLink>& links, std::size_t host, const std::string& device) {
  const auto has = [&](const TopologyEnd& end) { return end.host == host && end.device == device; };
  return is_reserved(device) || std::ranges::any_of(links, [&](const TopologyLink& link) {
           return has(link.left) || has(link.right);
         });
}

// The peer's name, cut to what a device may be called, with a number where it would be the second.
std::string device_name(const std::vector<TopologyLink>& links, std::size_t host,
                        const std::string& peer) {
  std::string name = peer.substr(0, k_longest_device);
  for (unsigned number = 2; is_taken(links, host, name); ++number) {
    const std::string digits = std::to_string(number);
    name = peer.substr(0, k_longest_device - digits.size()) + digits;
  }
  return name;
}

LinkNetwork network_of(const LabFileLink& link, unsigned number) {
  if (link.networks.empty()) return fitting(link_network(number), link.mtu_bytes);
  LinkNetwork network;
  for (const LinkNetwork& part : link.networks) {
    network.left.insert(network.left.end(), part.left.begin(), part.left.end());
    network.right.insert(network.right.end(), part.right.begin(), part.right.end());
  }
  return network;
}

Interface as_interface(const TopologyEnd& end) {
  return {.name = end.device, .addresses = end.addresses};
}

const IpAddress* address_of(const TopologyEnd& end, Family family) {
  for (const InterfaceAddress& address : end.addresses) {
    if (address.address.family() == family) return &address.address;
  }
  return nullptr;
}

// A way out of a host: over which link, and who is there.
struct Step {
  const TopologyEnd* neighbour;
};

// By host: the first step from `from` on a shortest way there; none to itself and where no way is.
std::vector<std::optional<Step>> first_steps(const Topology& topology, std::size_t from,
                                             std::size_t hosts) {
  std::vector<std::optional<Step>> steps(hosts);
  std::vector<bool> seen(hosts);
  std::deque<std::size_t> waiting{from};
  seen[from] = true;
  while (!waiting.empty()) {
    const std::size_t here = waiting.front();
    waiting.pop_front();
    for (const TopologyLink& link : topology.links) {
      const TopologyEnd* const ends[] = {&link.left, &link.right};
      for (const int near : {0, 1}) {
        const TopologyEnd& next = *ends[1 - near];
        if (ends[near]->host != here || seen[next.host]) continue;
        seen[next.host] = true;
        steps[next.host] = here == from ? Step{&next} : steps[here];
        waiting.push_back(next.host);
      }
    }
  }
  return steps;
}

bool is_on(const TopologyLink& link, std::size_t host) {
  return link.left.host == host || link.right.host == host;
}

InterfaceAddress network_part(const InterfaceAddress& address) {
  const auto bytes = address.address.bytes();
  std::array<std::uint8_t, 16> kept{};
  std::ranges::copy(bytes, kept.begin());
  for (std::size_t bit = static_cast<std::size_t>(address.prefix_length); bit < bytes.size() * 8;
       ++bit) {
    kept[bit / 8] &= static_cast<std::uint8_t>(~(0x80 >> (bit % 8)));
  }
  if (address.address.is_v4()) {
    in_addr v4{};
    std::copy_n(kept.begin(), 4, reinterpret_cast<std::uint8_t*>(&v4));
    return {IpAddress(v4), address.prefix_length};
  }
  in6_addr v6{};
  std::ranges::copy(kept, v6.s6_addr);
  return {IpAddress(v6), address.prefix_length};
}

void add_routes(Topology& topology, std::size_t host, std::size_t hosts) {
  const auto steps = first_steps(topology, host, hosts);
  for (const TopologyLink& link : topology.links) {
    if (is_on(link, host)) continue;
    const auto& step = steps[link.left.host] ? steps[link.left.host] : steps[link.right.host];
    if (!step) continue;
    for (const InterfaceAddress& address : link.left.addresses) {
      const IpAddress* const gateway = address_of(*step->neighbour, address.address.family());
      if (gateway == nullptr) continue;
      topology.routes.push_back({host, network_part(address), *gateway});
    }
  }
}

}  // namespace

Result<Topology> make_topology(const LabFile& file) {
  Topology topology;
  topology.forwards.resize(file.hosts.size());
  topology.addresses.resize(file.hosts.size());
  std::vector<Interface> taken;  // by all links so far
  std::vector<std::size_t> degree(file.hosts.size());
  for (const LabFileLink& link : file.links) {  // those that the user chose come first
    if (link.networks.empty()) continue;
    const LinkNetwork network = network_of(link, 0);
    if (const auto other = in_the_way(network, taken)) {
      return Error(Fault::limit, "use the network of", "another link has it already",
                   "give each link a network of its own")
          .about(network.left[0].address.to_string());
    }
    taken.push_back({.addresses = network.left});
  }
  for (const LabFileLink& link : file.links) {
    const auto number = free_number(taken, {});
    if (!number) return Error(Fault::limit, "find addresses for so many links");
    const LinkNetwork network = network_of(link, *number);
    TopologyLink made;
    made.left = {link.left, device_name(topology.links, link.left, file.hosts[link.right]),
                 network.left};
    made.right = {link.right, device_name(topology.links, link.right, file.hosts[link.left]),
                  network.right};
    taken.push_back(as_interface(made.left));
    for (const TopologyEnd* end : {&made.left, &made.right}) {
      topology.forwards[end->host] = ++degree[end->host] > 1;
      if (degree[end->host] > 1) continue;
      for (const InterfaceAddress& address : end->addresses) {
        topology.addresses[end->host].push_back(address.address);
      }
    }
    topology.links.push_back(std::move(made));
  }
  for (std::size_t host = 0; host < file.hosts.size(); ++host) {
    add_routes(topology, host, file.hosts.size());
  }
  return topology;
}

std::string hosts_text(const LabFile& file, const Topology& topology) {
  std::string text = "127.0.0.1 localhost\n::1 localhost\n";
  for (std::size_t host = 0; host < file.hosts.size(); ++host) {
    for (const IpAddress& address : topology.addresses[host]) {
      text += fmt::format("{} {}\n", address.to_string(), file.hosts[host]);
    }
  }
  return text;
}

}  // namespace patchbay
