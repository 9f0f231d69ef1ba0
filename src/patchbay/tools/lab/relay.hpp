// Relay: carries packets between two TUN devices and does to them what a link does.
#pragma once

#include <cstdint>

#include "patchbay/base/result.hpp"
#include "patchbay/net/event.hpp"
#include "patchbay/net/impairment.hpp"
#include "patchbay/net/loop.hpp"
#include "patchbay/net/task.hpp"
#include "patchbay/net/tun.hpp"
#include "patchbay/tools/lab/packet_queue.hpp"

namespace patchbay {

struct RelayTotals {
  LinkTotals link;
  std::uint64_t delivered_packets = 0;
  std::uint64_t delivered_bytes = 0;
  std::uint64_t refused_packets = 0;   // by the device at the other end
  std::uint64_t overflow_packets = 0;  // too many were on their way for the relay's memory
};

// For the loop that relays run on. A turn of so many packets takes about 0.2 ms; with the loop's
// own smaller ones the kernel is asked for events again and again, while packets wait.
inline LoopOptions relay_loop_options() { return {.inline_budget = 128, .inline_bytes = 1 << 20}; }

// One direction. Packets arrive within 0.1 ms of when they should, beyond what the loop is late.
// The devices are borrowed; a pipe stays where it is while it runs.
class Pipe {
 public:
  // `mtu_bytes` is the larger of the two devices'.
  Pipe(Tun& from, Tun& to, const Impairment& impairment, std::uint64_t seed, int mtu_bytes);

  // Until the task is cancelled or a device is gone. What is on its way then is lost.
  Task<Result<>> run();

  RelayTotals totals() const;

 private:
  Task<Result<>> take_in();
  Task<Result<>> hand_out();
  bool count(const Result<std::size_t>& sent);
  void queue_up(const Deliveries& deliveries, std::size_t size);

  Tun& from_;
  Tun& to_;
  LinkModel model_;
  PacketQueue queue_;
  Event head_changed_;
  RelayTotals totals_;
};

}  // namespace patchbay
