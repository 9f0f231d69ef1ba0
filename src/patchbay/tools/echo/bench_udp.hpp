// A load of requests over UDP to a peer that sends back what it gets.
#pragma once

#include "patchbay/net/task.hpp"
#include "patchbay/tools/bench_options.hpp"
#include "patchbay/tools/bench_report.hpp"

namespace patchbay {

// Each datagram begins with its number, by which its answer is known in any order.
inline constexpr std::size_t k_least_bench_datagram_bytes = 8;

// As bench_tcp(), with a socket in place of each connection. A datagram whose answer does not come
// within the timeout is lost, and the closed loop goes on with another in its place. A socket ends
// when the peer's host refuses its datagrams, or when an answer is not what was sent.
Task<Result<>> bench_udp(BenchOptions options, BenchReport& report);

}  // namespace patchbay
