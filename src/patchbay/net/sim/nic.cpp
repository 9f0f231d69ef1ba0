#include "patchbay/net/sim/nic.hpp"

#include <algorithm>

#include "patchbay/net/sim/link.hpp"
#include "patchbay/net/sim/stack.hpp"

namespace patchbay::sim {

namespace {

// Do the first `bits` agree?
bool same_network(const IpAddress& a, const IpAddress& b, int bits) {
  if (a.family() != b.family()) return false;
  const auto left = a.bytes();
  const auto right = b.bytes();
  for (std::size_t i = 0; i < left.size() && bits > 0; ++i, bits -= 8) {
    const int mask = bits >= 8 ? 0xff : 0xff << (8 - bits) & 0xff;
    if (((left[i] ^ right[i]) & mask) != 0) return false;
  }
  return true;
}

// The last address of an IPv4 network.
bool is_last(const IpAddress& address, int bits) {
  const auto bytes = address.bytes();
  for (std::size_t i = 0; i < bytes.size(); ++i, bits -= 8) {
    const int mask = bits >= 8 ? 0 : bits <= 0 ? 0xff : 0xff >> bits;
    if ((bytes[i] & mask) != mask) return false;
  }
  return true;
}

}  // namespace

bool Nic::has(const IpAddress& address) const {
  // All of 127.0.0.0/8 is this host, as on Linux.
  if (interface_.loopback && address.is_v4()) return address.is_loopback();
  return std::ranges::any_of(interface_.addresses, [&](const InterfaceAddress& own) {
    return std::ranges::equal(own.address.bytes(), address.bytes());
  });
}

bool Nic::reaches(const IpAddress& address) const {
  return std::ranges::any_of(interface_.addresses, [&](const InterfaceAddress& own) {
    return same_network(own.address, address, own.prefix_length);
  });
}

bool Nic::is_broadcast(const IpAddress& address) const {
  if (interface_.loopback || !address.is_v4()) return false;
  return std::ranges::any_of(interface_.addresses, [&](const InterfaceAddress& own) {
    return own.prefix_length < 31 && same_network(own.address, address, own.prefix_length) &&
           is_last(address, own.prefix_length);
  });
}

const IpAddress* Nic::address(Family family) const {
  for (const InterfaceAddress& own : interface_.addresses) {
    if (own.address.family() == family) return &own.address;
  }
  return nullptr;
}

void Nic::transmit(PacketPointer packet, Nic* to) {
  packet->from = this;
  packet->to = to;
  stack_.tap(*packet, *this, true);
  if (link_ != nullptr) {
    if (interface_.up) link_->carry(*this, std::move(packet), to);
    return;
  }
  packet->to = this;
  stack_.agenda().add(*packet, stack_.agenda().now());
  packet.release();
}

void Nic::arrive(PacketPointer packet) {
  if (interface_.up) stack_.receive(std::move(packet), *this);
}

}  // namespace patchbay::sim
