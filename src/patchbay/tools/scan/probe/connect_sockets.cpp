#include "patchbay/tools/scan/probe/connect_sockets.hpp"

#include <netinet/in.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <utility>

#include "patchbay/net/options.hpp"

namespace patchbay {

namespace {
int domain_of(Family family) { return family == Family::v6 ? AF_INET6 : AF_INET; }
}  // namespace

ConnectSockets::ConnectSockets(Engine& engine, ConnectSource source, std::size_t most)
    : engine_(engine), source_(std::move(source)), most_(std::max<std::size_t>(most, 1)) {}

ConnectSockets::~ConnectSockets() { keep_none(); }

Result<> ConnectSockets::check() {
  const Family family = source_.address ? source_.address->family() : Family::v4;
  const auto handle = engine_.open({domain_of(family), SOCK_STREAM, 0});
  if (!handle) return ok();  // a shortage, which may pass
  const auto prepared = prepare(*handle, family, false);
  engine_.close(*handle);
  return prepared;
}

// A bound one stays bound to its port when its connection is refused.
bool ConnectSockets::is_bound(Family family) const {
  return source_.port != 0 || (source_.address && source_.address->family() == family);
}

Result<ConnectSockets::Taken> ConnectSockets::take(Family family, bool any_port) {
  if (auto& kept = kept_of(family); !kept.empty()) {
    const int handle = kept.back();
    kept.pop_back();
    return Taken{handle, true};
  }
  if (open_ >= most_) drop_one_kept();
  auto handle = engine_.open({domain_of(family), SOCK_STREAM, 0});
  // What is kept of the other family is all that this one lacks.
  while (!handle && handle.error().code() != EAFNOSUPPORT && kept() > 0) {
    drop_one_kept();
    handle = engine_.open({domain_of(family), SOCK_STREAM, 0});
  }
  if (!handle) return handle.error();
  ++open_;
  if (const auto prepared = prepare(*handle, family, any_port); !prepared) {
    close(*handle);
    return prepared.error();
  }
  return Taken{*handle, false};
}

Result<> ConnectSockets::prepare(int handle, Family family, bool any_port) {
  if (!source_.interface.empty()) {
    const auto bound =
        engine_.set_option(handle, SOL_SOCKET, SO_BINDTODEVICE, source_.interface.data(),
                           static_cast<unsigned>(source_.interface.size()));
    if (!bound) return bound.error().about(source_.interface);
  }
  if (source_.hop_limit != 0) {
    const bool v6 = family == Family::v6;
    const auto limited = set_option(engine_, handle, v6 ? IPPROTO_IPV6 : IPPROTO_IP,
                                    v6 ? IPV6_UNICAST_HOPS : IP_TTL, source_.hop_limit);
    if (!limited) return limited;
  }
  if (!is_bound(family)) return ok();
  const bool has_address = source_.address && source_.address->family() == family;
  const IpAddress address = has_address ? *source_.address : IpAddress::any(family);
  const std::uint16_t port = any_port ? std::uint16_t{0} : source_.port;
  if (port != 0) {
    // Many connections from one port, each to another place (socket(7)).
    const auto shared = set_option(engine_, handle, SOL_SOCKET, SO_REUSEADDR, 1);
    if (!shared) return shared;
  } else {
    // Else the port would be taken for all places at once. Where there is no such option, there are
    // fewer ports.
    [[maybe_unused]] const auto late =
        set_option(engine_, handle, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, 1);
  }
  const Endpoint from(address, port);
  return engine_.bind(handle, from.native(), from.native_size());
}

void ConnectSockets::keep(Family family, int handle) {
  if (!keeps_ || is_bound(family)) return close(handle);
  kept_of(family).push_back(handle);
}

void ConnectSockets::close(int handle) {
  --open_;
  engine_.close(handle);
}

// A full close would leave the port here in TIME_WAIT for a minute, and a connection in the
// service's queue that it has to take, read and close. A reset ends it at both sides at once.
void ConnectSockets::reset(int handle) {
  const linger now{.l_onoff = 1, .l_linger = 0};
  [[maybe_unused]] const auto set =
      engine_.set_option(handle, SOL_SOCKET, SO_LINGER, &now, sizeof now);
  close(handle);
}

void ConnectSockets::drop_one_kept() {
  for (std::vector<int>& kept : kept_) {
    if (kept.empty()) continue;
    close(kept.back());
    kept.pop_back();
    return;
  }
}

void ConnectSockets::keep_none() {
  keeps_ = false;
  while (kept() > 0) drop_one_kept();
}

}  // namespace patchbay
