// Link: a cable between two hosts, or a switch with several. What it does to packets is an
// Impairment, the same as on the lab's links; all of it can be changed while packets are under way.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "patchbay/net/impairment.hpp"
#include "patchbay/net/sim/packet.hpp"

namespace patchbay::sim {

class World;

struct WireOptions {
  int mtu_bytes = 1500;  // 576 to 65,536
  // The share of packets in which a byte of payload is changed on the way, past every checksum: a
  // broken memory does that, and only what checks its content itself will notice.
  double corrupt = 0;
};

class Link {
 public:
  // `seed` decides the fate of each packet. Made by World::link() and World::segment().
  Link(World& world, std::uint64_t seed, const Impairment& impairment, const WireOptions& options);
  Link(const Link&) = delete;
  Link& operator=(const Link&) = delete;

  // From now on; each direction begins its chances afresh. In a world without faults only delay,
  // jitter and rate count. An impairment that check() refuses ends the program.
  void impair(const Impairment& impairment);
  // Nothing passes until mend(). What is under way arrives.
  void cut() { cut_ = true; }
  void mend() { cut_ = false; }
  bool is_cut() const { return cut_; }
  void set_corrupt(double share);

  const Impairment& impairment() const { return impairment_; }
  // What became of the packets of all directions so far.
  LinkTotals totals() const;

  // --- for hosts -------------------------------------------------------------------------------
  int mtu_bytes() const { return options_.mtu_bytes; }
  void attach(Nic& end);
  const std::vector<Nic*>& ends() const { return ends_; }
  void carry(Nic& from, PacketPointer packet, Nic* to);

 private:
  // From the end with that number.
  struct Way {
    LinkModel model;
    Chance corruption;
  };

  Way make_way(std::size_t end) const;
  void deliver(Way& way, const Deliveries& fate, PacketPointer packet, Nic& to);

  World& world_;
  std::uint64_t seed_;
  Impairment impairment_;
  WireOptions options_;
  std::uint64_t generation_ = 0;  // of the impairments, one after the other
  bool cut_ = false;
  std::vector<Nic*> ends_;
  std::vector<Way> ways_;
};

}  // namespace patchbay::sim
