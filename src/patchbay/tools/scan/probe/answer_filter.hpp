// The kernel's filter (classic BPF) for a scan: what can be an answer passes, and nothing else of
// this host's traffic ever wakes the scan up.
#pragma once

#include <linux/filter.h>

#include <cstdint>
#include <span>
#include <vector>

namespace patchbay {

struct AnswerFilterOptions {
  // Ports of this host, both ends included, that TCP and UDP answers come to.
  std::uint16_t first_port = 0;
  std::uint16_t last_port = 0;
  std::span<const std::uint32_t> interfaces = {};  // up to 200; empty: all
};

// For a packet socket of ETH_P_ALL, raw or cooked. What passes:
//   TCP and UDP to these ports, fragments behind the first excepted
//   ICMP: echo replies and errors
//   ICMPv6: the same, and neighbour advertisements
//   IPv6 with extension headers, behind which nobody looks here
//   ARP
// A frame is cut at k_most_answer_bytes.
std::vector<sock_filter> answer_filter(const AnswerFilterOptions& options);

inline constexpr std::uint32_t k_most_answer_bytes = 2048;

}  // namespace patchbay
