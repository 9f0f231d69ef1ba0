// Nic: a host's end of a link, or its loopback.
#pragma once

#include <vector>

#include "patchbay/net/interface.hpp"
#include "patchbay/net/sim/packet.hpp"

namespace patchbay::sim {

class Link;
class Stack;

class Nic {
 public:
  Nic(Stack& stack, Interface interface, Link* link)
      : stack_(stack), interface_(std::move(interface)), link_(link) {}
  Nic(const Nic&) = delete;
  Nic& operator=(const Nic&) = delete;

  Stack& stack() { return stack_; }
  const Interface& interface() const { return interface_; }
  std::uint32_t index() const { return interface_.index; }
  Link* link() { return link_; }  // none behind a loopback
  // Which end of its link it is.
  std::size_t end() const { return end_; }
  void set_end(std::size_t end) { end_ = end; }
  std::size_t mtu_bytes() const { return static_cast<std::size_t>(interface_.mtu_bytes); }
  void set_up(bool up) { interface_.up = up; }

  bool has(const IpAddress& address) const;
  // Is it an address of the network behind this?
  bool reaches(const IpAddress& address) const;
  bool is_broadcast(const IpAddress& address) const;
  // The first of that family; null if there is none.
  const IpAddress* address(Family family) const;

  // To `to` on the same link, or to everybody there if that is null.
  void transmit(PacketPointer packet, Nic* to);
  void arrive(PacketPointer packet);

 private:
  Stack& stack_;
  Interface interface_;
  Link* link_;
  std::size_t end_ = 0;
};

}  // namespace patchbay::sim
