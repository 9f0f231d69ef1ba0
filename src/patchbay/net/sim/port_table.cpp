#include "patchbay/net/sim/port_table.hpp"

#include <algorithm>
#include <cerrno>

namespace patchbay::sim {

namespace {

bool overlap(const Binding& a, const Binding& b) {
  return a.takes(b.address) || b.takes(a.address);
}

}  // namespace

bool Binding::takes(const IpAddress& destination) const {
  if (address.family() != destination.family()) return dual && destination.is_v4();
  return address.is_any() || address == destination;
}

int PortTable::claim(const Binding& binding) {
  std::vector<Binding>& others = bindings_[binding.port];
  const bool taken = std::ranges::any_of(others, [&](const Binding& other) {
    const bool shared =
        (binding.reuse_port && other.reuse_port) || (binding.reuse_address && other.reuse_address);
    return overlap(binding, other) && !shared;
  });
  if (taken) return EADDRINUSE;
  others.push_back(binding);
  return 0;
}

void PortTable::release(const Socket& socket, std::uint16_t port) {
  const auto found = bindings_.find(port);
  if (found == bindings_.end()) return;
  std::erase_if(found->second, [&](const Binding& one) { return one.socket == &socket; });
}

std::span<const Binding> PortTable::at(std::uint16_t port) const {
  const auto found = bindings_.find(port);
  return found == bindings_.end() ? std::span<const Binding>() : std::span(found->second);
}

std::uint16_t PortTable::free_port() {
  for (unsigned i = 0; i < k_range; ++i) {
    const std::uint16_t port = next_;
    next_ = static_cast<std::uint16_t>(next_ + 1 == k_first + k_range ? k_first : next_ + 1);
    if (at(port).empty()) return port;
  }
  return 0;
}

}  // namespace patchbay::sim
