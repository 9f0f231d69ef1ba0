// The packet engine of a scan: probes are made here and leave as frames, many by one call, and what
// answers is read from a ring that the kernel writes. Nothing is kept about a probe.
//
// It needs CAP_NET_RAW to open its sockets, and not afterwards. It installs no firewall rule, and
// leaves it to the kernel to reset what its SYNs open.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>

#include "patchbay/net/neighbour_table.hpp"
#include "patchbay/net/next_hop.hpp"
#include "patchbay/net/packet_ring.hpp"
#include "patchbay/net/task.hpp"
#include "patchbay/tools/scan/probe/probe_threads.hpp"
#include "patchbay/tools/scan/run/scan_run.hpp"
#include "patchbay/tools/scan/scan_trace.hpp"
#include "patchbay/wire/ethernet_header.hpp"

namespace patchbay {

struct PacketProberOptions {
  std::uint32_t interface = 0;              // by this one alone; 0: as routes say
  std::optional<IpAddress> source_v4 = {};  // from these instead of what routes say
  std::optional<IpAddress> source_v6 = {};
  std::uint16_t source_port = 0;    // of every probe; 0: chosen, and another one for each try
  std::uint8_t hop_limit = 64;      // or TTL, 1 to 255
  std::size_t batch_packets = 128;  // that leave by one call, 1 to 1,024
  ProbeThreads* threads = nullptr;  // that send, too; they outlive the scan
  PacketRingOptions ring = {};
  NeighbourOptions neighbours = {};
  HopFinder* hops = nullptr;  // outlives the scan; null: this host's kernel
  // Is told of each range of targets that there is no way to: their states come from here.
  std::function<void(const Error&)> notice = {};
  // Is called once, when every socket is open and nothing has been read from any: nothing behind it
  // takes a right.
  std::function<void()> opened = {};
  // Is told at the end of each target on a link with this host whose hardware address is known.
  std::function<void(const IpAddress&, const EthernetAddress&)> neighbour = {};
  ScanTrace* trace = nullptr;  // outlives the scan
};

// Until the run has finished. Targets that no packet can be sent to are answered at once, as
// filtered, with the reason of the host that would have to send it, which is this one.
//
// What is asked of whom is the plan's: TCP by its method (connect as syn), UDP, pings, and
// neighbours, which only hosts of the same link are asked as.
//
// Faults: permission (no CAP_NET_RAW), cancelled, unreachable (an interface has gone down: all that
// was learnt until then is in the run), limit (the kernel has taken no packet for half a minute),
// system.
Task<Result<>> probe_by_packets(ScanRun& run, PacketProberOptions options);

}  // namespace patchbay
