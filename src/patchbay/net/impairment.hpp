// Impairment: what a link does to packets, and LinkModel, which decides it packet by packet. Pure:
// no clock and no socket, so that the lab's relay and a simulated link are impaired alike.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>

#include "patchbay/base/result.hpp"
#include "patchbay/base/time.hpp"

namespace patchbay {

// Shares are 0 to 1. The default is a perfect link.
struct Impairment {
  Duration delay{};   // one way
  Duration jitter{};  // the delay varies within ± this, without changing the order of packets

  // Of all packets, in the long run. With burst_packets the losses come in bursts (the model of
  // Gilbert and Elliott): a bad state lasts that many packets on average and loses burst_loss of
  // them; the good state loses none.
  double loss = 0;
  double burst_packets = 0;  // 0: each packet is lost or not by itself; else at least 1
  double burst_loss = 1;

  double duplicate = 0;  // arrive twice
  double reorder = 0;    // are held back by reorder_by, so that later ones overtake them
  Duration reorder_by = 5ms;

  std::uint64_t rate_bits_per_second = 0;  // 0: no limit
  std::size_t queue_packets = 1000;  // may wait for their turn at that rate; others are dropped

  bool perfect() const;
};

// `limit` for a share outside of 0 to 1, a negative time, a queue that holds nothing, or bursts
// that cannot bring the loss asked for.
Result<> check(const Impairment& impairment);

// Random numbers that are the same on every machine. The standard's distributions are not.
class Chance {
 public:
  explicit Chance(std::uint64_t seed) : state_(seed) {}
  std::uint64_t bits();
  double fraction();  // of [0, 1)
  bool happens(double share) { return fraction() < share; }

 private:
  std::uint64_t state_;
};

// When a packet arrives at the other end.
struct Deliveries {
  int count = 0;  // 0: it was lost or dropped; 2: it was duplicated
  Instant at[2];
};

struct LinkTotals {
  std::uint64_t offered_packets = 0;
  std::uint64_t offered_bytes = 0;
  std::uint64_t lost_packets = 0;     // by chance
  std::uint64_t dropped_packets = 0;  // the queue was full
  std::uint64_t duplicated_packets = 0;
  std::uint64_t reordered_packets = 0;
};

// One direction of a link. Two models with the same impairment and seed decide alike; each kind of
// decision has a stream of chance of its own, so that jitter or duplicates on top change nothing
// about which packets are lost.
class LinkModel {
 public:
  LinkModel(const Impairment& impairment, std::uint64_t seed);

  // `now` never goes back from one call to the next; `bytes` is what the packet takes of the rate.
  Deliveries pass(Instant now, std::size_t bytes);

  const Impairment& impairment() const { return impairment_; }
  const LinkTotals& totals() const { return totals_; }

 private:
  bool loses();
  bool departs(Instant now, std::size_t bytes, Instant& departure);
  Duration delay_at(Instant departure) const;
  double knot(std::int64_t index) const;

  Impairment impairment_;
  LinkTotals totals_;
  std::uint64_t jitter_seed_;
  Chance loss_;
  Chance duplicate_;
  Chance reorder_;
  double into_burst_ = 0;
  double out_of_burst_ = 0;
  bool in_burst_ = false;
  bool began_ = false;
  Instant began_at_{};
  Instant free_at_{};            // when the last packet has left at the link's rate
  double sent_fraction_ns_ = 0;  // what rounding to nanoseconds has left over
  std::deque<Instant> queue_;    // when each that waits or is being sent will have left
};

}  // namespace patchbay
