#include "patchbay/net/udp.hpp"

#include <netinet/in.h>

#include <optional>

#include "patchbay/net/loop.hpp"
#include "patchbay/net/options.hpp"
#include "patchbay/net/resolve.hpp"

namespace patchbay {

Result<UdpSocket> UdpSocket::bind(const Endpoint& local, const UdpOptions& options) {
  Engine& engine = Loop::current().engine();
  const Family family = local.family();
  const bool v6 = family == Family::v6;
  const auto handle = engine.open({v6 ? AF_INET6 : AF_INET, SOCK_DGRAM, 0});
  if (!handle) return handle.error().about(local.to_string());
  UdpSocket socket(engine, *handle, family, v6 && !options.v6_only);
  if (const auto set = apply(engine, *handle, family, options); !set) return set.error();
  const auto bound = engine.bind(*handle, local.native(), local.native_size());
  if (!bound) return bound.error();
  return socket;
}

Result<UdpSocket> UdpSocket::bind(std::string_view local, const UdpOptions& options) {
  const auto parsed = Endpoint::parse(local);
  if (!parsed) return parsed.error();
  return bind(*parsed, options);
}

Result<UdpSocket> UdpSocket::connected_to(const Endpoint& peer, const UdpOptions& options) {
  auto socket = bind(Endpoint(IpAddress::any(peer.family()), 0), options);
  if (!socket) return socket.error();
  if (const auto connected = socket->connect(peer); !connected) return connected.error();
  return socket;
}

Task<Result<UdpSocket>> UdpSocket::connected_to(HostPort peer, UdpOptions options,
                                                Deadline deadline) {
  const auto addresses = co_await resolve(peer.host, Family::any, deadline);
  if (!addresses) co_return addresses.error();
  std::optional<Error> first;
  for (const IpAddress& address : *addresses) {
    auto socket = connected_to(Endpoint(address, peer.port), options);
    if (socket) co_return socket;
    if (!first) first = socket.error();
  }
  co_return first.value_or(Error(Fault::resolve, "connect to").about(peer.host));
}

Task<Result<UdpSocket>> UdpSocket::connected_to(std::string peer, Deadline deadline) {
  auto parsed = HostPort::parse(peer);
  if (!parsed) co_return parsed.error();
  co_return co_await connected_to(std::move(*parsed), UdpOptions(), deadline);
}

}  // namespace patchbay
