// PacketWays: how each host of a plan is reached by packets: by which link, with which packets, and
// by whose hardware address.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "patchbay/net/interface.hpp"
#include "patchbay/net/neighbour_table.hpp"
#include "patchbay/net/next_hop.hpp"
#include "patchbay/tools/scan/probe/neighbour_packet.hpp"
#include "patchbay/tools/scan/probe/probe_link.hpp"
#include "patchbay/tools/scan/probe/probe_packet.hpp"
#include "patchbay/tools/scan/scan_plan.hpp"

namespace patchbay {

struct PacketWaysOptions {
  HopOptions hops = {};
  NeighbourOptions neighbours = {};
  ProbeLinkOptions links = {};
  std::uint8_t hop_limit = 64;
  // Is told of each range of targets that there is no way to.
  std::function<void(const Error&)> notice = {};
};

class PacketWays {
 public:
  // Of all hosts with one next hop.
  struct Way {
    std::optional<Error> none = {};  // why there is no way; then nothing else is
    NextHop hop = {};
    LinkDevice device = {};
    ProbeLink* link = nullptr;
    bool framed = false;  // by Ethernet: the header of a frame comes before packets
    std::optional<ProbePackets> packets = {};
    std::optional<NeighbourTable::Id> gateway = {};  // from when a host behind it was first wanted
    IpAddress asker_v4 = {};                         // who asks for hardware addresses there
    IpAddress asker_v6 = {};
  };
  struct Host {
    std::uint64_t number = UINT64_MAX;
    IpAddress address;
    Way* way = nullptr;
    std::optional<NeighbourTable::Id> neighbour = {};
    std::uint64_t as_of = 0;  // the state of the neighbours that `header` is from
    bool ready = false;
    FrameHeader header{};
  };

  // `plan` outlives it. Faults: system, and what HopFinder::hops_to() says; a target without a way
  // is no fault.
  static Result<std::unique_ptr<PacketWays>> make(const ScanPlan& plan, HopFinder& finder,
                                                  const PacketWaysOptions& options);
  // The one interface that all ways leave by, as frames: then a socket that is bound to it can send
  // as well as hear.
  std::optional<std::uint32_t> only_interface() const;
  // Before any packet, once: opens the links. What is given outlives it; `shared` is a socket of
  // only_interface(), or null. Faults: permission, system.
  Result<> open(const ProbeCookies& cookies, const ProbePorts& ports, PacketSocket* shared);

  // It stays where it is until the next call. Nothing kept of a host is lost with it.
  Host& host(std::uint64_t number);
  // With its header, once its neighbour is known. False: it is asked for, or absent().
  bool is_ready(Host& host);
  bool is_absent(const Host& host) const {
    return host.neighbour && neighbours_.state(*host.neighbour) == NeighbourTable::State::absent;
  }

  // Puts one more question into a batch that has room: a probe with the attempt 0, whose target is
  // the neighbour. False: nobody is to be asked now.
  bool ask_next(Instant now);
  // Into the batch of the host's way, which is framed and leads to its own link.
  void ask(const Host& host, const ScanProbe& probe);
  // A reply that came by an interface: the neighbour, where it was asked for.
  std::optional<NeighbourTable::Id> heard(std::uint32_t interface, const NeighbourReply& reply);
  NeighbourTable& neighbours() { return neighbours_; }

  std::span<const std::unique_ptr<ProbeLink>> links() const { return links_; }
  std::vector<std::uint32_t> interfaces() const;  // that answers come by, in order
  std::vector<IpAddress> sources() const;         // that probes leave from
  bool uses(Family family) const;

 private:
  static constexpr std::uint64_t k_most_kept_hosts = 4096;

  PacketWays(const ScanPlan& plan, HopMap map, const PacketWaysOptions& options);
  Result<> find(HopFinder& finder);
  void find(Way& way, std::span<const LinkDevice> devices, std::span<const Interface> own);
  void give_up(Way& way, const Error& why);
  Result<ProbeLink*> link_for(const Way& way, PacketSocket* shared);
  Way& way_to(const IpAddress& address);
  Way* way_of(std::uint32_t interface);
  void put_question(const Way& way, const IpAddress& target, const ScanProbe& probe);
  void fill(Host& host, std::uint64_t number);

  struct LinkKey {
    std::uint32_t interface = 0;
    bool framed = false;
    Family family = Family::any;  // where it is not
    bool operator==(const LinkKey&) const = default;
  };

  const ScanPlan& plan_;
  const HopMap map_;
  const PacketWaysOptions options_;
  std::vector<Way> ways_;  // by the map's numbers
  Way nowhere_;            // of what the map does not have
  std::vector<LinkKey> keys_;
  std::vector<std::unique_ptr<ProbeLink>> links_;
  std::uint32_t loopback_ = 0;  // its interface
  NeighbourTable neighbours_;
  std::uint64_t state_ = 1;  // grows whenever a neighbour's address may be another
  std::vector<Host> hosts_;  // a power of two of them, by their number's lower bits
};

}  // namespace patchbay
