// By which address others reach a server that listens at all addresses of this host.
#pragma once

#include <optional>
#include <span>

#include "patchbay/net/address.hpp"
#include "patchbay/net/interface.hpp"

namespace patchbay {

// `local` itself, unless it is that of all addresses. Then `outward`, from which this host speaks
// to the world, if others can reach that at all; else the first of its family that they can, of an
// interface that is up. Nothing: there is none.
std::optional<IpAddress> reachable_address(const IpAddress& local,
                                           const std::optional<IpAddress>& outward,
                                           std::span<const Interface> interfaces);

// Likewise, as the routes and interfaces of this host say. On its loop; the kernel answers at once.
std::optional<IpAddress> reachable_address(const IpAddress& local);

}  // namespace patchbay
