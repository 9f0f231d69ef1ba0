// Where a server listens: from what the user wrote to the addresses to bind to.
#pragma once

#include <expected>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

#include "patchbay/net/address.hpp"
#include "patchbay/tools/outcome.hpp"

namespace patchbay {

// "[ADDR:]PORT" in every form of HostPort; what is missing comes from `defaults`. "*" is every
// address of both families. A failure is a mistake of the command line.
std::expected<HostPort, Failure> parse_listen(std::string_view text, const HostPort& defaults);

// The addresses behind it: one, or all that a name has. Looks names up on a loop of its own, so it
// is for before the server runs. Faults: resolve, timed_out.
Result<std::vector<Endpoint>> listen_endpoints(const HostPort& where);

// Binds to all of them by `bind(Endpoint)`, which returns a Result<Listener>. With port 0 all get
// the port that the kernel chose for the first. A family that this host lacks is passed over when
// another one is there.
template <class Listener, class Bind>
std::expected<std::vector<Listener>, std::pair<Error, Endpoint>> bind_all(
    std::vector<Endpoint> endpoints, Bind bind);

// Where a listener or a bound socket is.
template <class Listener>
Endpoint bound_to(const Listener& listener) {
  if constexpr (requires { listener.local().port(); }) {
    return listener.local();
  } else {
    return listener.local().value_or(Endpoint());  // it has one, being bound
  }
}

namespace detail {
// Is it that this host does not speak the address's family at all?
bool lacks_family(const Error& error, const Endpoint& endpoint);
}  // namespace detail

template <class Listener, class Bind>
std::expected<std::vector<Listener>, std::pair<Error, Endpoint>> bind_all(
    std::vector<Endpoint> endpoints, Bind bind) {
  std::vector<Listener> listeners;
  std::optional<std::pair<Error, Endpoint>> lacking;
  for (Endpoint endpoint : endpoints) {
    if (endpoint.port() == 0 && !listeners.empty()) {
      endpoint = Endpoint(endpoint.address(), bound_to(listeners.front()).port());
    }
    auto listener = bind(endpoint);
    if (listener) {
      listeners.push_back(std::move(*listener));
      continue;
    }
    lacking.emplace(listener.error(), endpoint);
    if (!detail::lacks_family(listener.error(), endpoint)) return std::unexpected(*lacking);
  }
  if (listeners.empty() && lacking) return std::unexpected(*lacking);
  return listeners;
}

}  // namespace patchbay
