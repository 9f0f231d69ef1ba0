#include "patchbay/tools/listen_on.hpp"

#include <cerrno>

#include "patchbay/net/loop.hpp"
#include "patchbay/net/resolve.hpp"

namespace patchbay {

namespace {

constexpr Duration k_look_up = 10s;

}  // namespace

std::expected<HostPort, Failure> parse_listen(std::string_view text, const HostPort& defaults) {
  const auto where = HostPort::parse(text, defaults);
  if (!where) return std::unexpected(Failure(where.error()));
  return *where;
}

Result<std::vector<Endpoint>> listen_endpoints(const HostPort& where) {
  if (where.host == "*") {
    return std::vector{Endpoint(IpAddress::any(Family::v4), where.port),
                       Endpoint(IpAddress::any(Family::v6), where.port)};
  }
  if (const auto address = IpAddress::parse(where.host)) {
    return std::vector{Endpoint(*address, where.port)};
  }
  auto loop = Loop::make();
  if (!loop) return loop.error();
  const LoopGuard guard(**loop);
  const auto found = (*loop)->run(resolve(where.host, Family::any, Deadline::after(k_look_up)));
  if (!found) return found.error();
  std::vector<Endpoint> endpoints;
  for (const IpAddress& address : *found) endpoints.emplace_back(address, where.port);
  return endpoints;
}

// Without IPv6 the socket cannot be made, or the address is nobody's (::1 on a host that turned it
// off).
bool detail::lacks_family(const Error& error, const Endpoint& endpoint) {
  if (error.code() == EAFNOSUPPORT) return true;
  return error.code() == EADDRNOTAVAIL && endpoint.family() == Family::v6;
}

}  // namespace patchbay
