// HostFaults: what a host does badly for now. Each can be changed at any time.
#pragma once

#include <cstddef>
#include <cstdint>

namespace patchbay::sim {

struct HostFaults {
  bool refuses_connections = false;     // as if nobody listened
  std::size_t descriptors = 1'000'000;  // open at once; opening and accepting more is EMFILE
  double lacks_buffers = 0;  // the share of datagrams and frames that are refused as ENOBUFS
  double short_reads = 0;    // the share of calls that move only a part of what they could
  double short_writes = 0;
  std::uint64_t read_bytes_per_second = 0;  // how fast its programs take from streams; 0: at once
};

}  // namespace patchbay::sim
