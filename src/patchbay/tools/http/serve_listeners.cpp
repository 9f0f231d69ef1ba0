#include "patchbay/tools/http/serve_listeners.hpp"

#include <fcntl.h>
#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <utility>

#include "patchbay/tools/listen_on.hpp"
#include "patchbay/tools/port_holder.hpp"

namespace patchbay {

// Each loop has a descriptor of its own for an inherited socket.
Result<TcpListener> ServeListeners::open_one(const ServeAddress& address,
                                             const ListenOptions& options) const {
  if (address.inherited >= 0) {
    return TcpListener::adopt(::fcntl(address.inherited, F_DUPFD_CLOEXEC, 0));
  }
  Endpoint endpoint = address.bound.port() != 0 ? address.bound : address.asked;
  const auto first = std::ranges::find_if(opened_, [&](const Opened& one) {
    return one.socket.has_value() && one.address.plain == address.plain;
  });
  if (endpoint.port() == 0 && first != opened_.end()) {
    endpoint = Endpoint(endpoint.address(), first->socket->local().port());
  }
  return TcpListener::bind(endpoint, options);
}

// An address of all includes each of them: such two cannot be open at the same time.
ServeFault ServeListeners::explain(const Error& error, const Endpoint& wanted) const {
  const auto in_the_way = std::ranges::find_if(places_, [&](const Place& place) {
    return place.listener != nullptr && wanted.port() != 0 &&
           place.listener->socket.local().port() == wanted.port();
  });
  if (error.code() == EADDRINUSE && in_the_way != places_.end()) {
    return {Failure(fmt::format("cannot listen on {} as well", wanted.to_string()),
                    fmt::format("this server listens on {} until the new address is open",
                                in_the_way->listener->socket.local().to_string()),
                    "restart the server, or choose another port")};
  }
  return {explain_bind(error, Transport::tcp, wanted, "patchbay http serve"), exit_code_of(error)};
}

std::optional<ServeFault> ServeListeners::open(const std::vector<ServeAddress>& wanted,
                                               const ListenOptions& options) {
  give_back();
  wanted_ = wanted;
  std::optional<ServeFault> lacking;
  for (const ServeAddress& address : wanted) {
    if (std::ranges::find(places_, address, &Place::address) != places_.end()) continue;
    auto socket = open_one(address, options);
    if (socket) {
      opened_.push_back({address, std::move(*socket)});
      continue;
    }
    const ServeFault fault = address.inherited < 0 ? explain(socket.error(), address.asked)
                                                   : ServeFault{Failure(socket.error())};
    if (!detail::lacks_family(socket.error(), address.asked)) {
      give_back();
      return fault;
    }
    opened_.push_back({address, std::nullopt});
    lacking = fault;
  }
  const bool any =
      std::ranges::any_of(opened_, [](const Opened& one) { return one.socket.has_value(); });
  if (!lacking || any || !places_.empty()) return std::nullopt;
  give_back();
  return lacking;
}

void ServeListeners::give_back() {
  opened_.clear();
  wanted_.clear();
}

std::vector<ServePlace> ServeListeners::take(HttpTls* tls) {
  std::vector<ServePlace> fresh;
  std::erase_if(places_, [this](const Place& place) {
    if (std::ranges::find(wanted_, place.address) != wanted_.end()) return false;
    if (place.listener != nullptr) listeners_.retire(*place.listener);
    return true;
  });
  for (Place& place : places_) {
    place.address.plain = std::ranges::find(wanted_, place.address)->plain;
    if (place.listener == nullptr) continue;
    HttpTls* const now = place.address.plain ? nullptr : tls;
    HttpTls* const before = std::exchange(place.listener->tls, now);
    if (now != before) fresh.push_back({place.listener->socket.local(), now != nullptr});
  }
  for (Opened& opened : opened_) {
    Place& place = places_.emplace_back(Place{.address = opened.address});
    if (!opened.socket) continue;
    HttpTls* const mine = opened.address.plain ? nullptr : tls;
    fresh.push_back({opened.socket->local(), mine != nullptr});
    place.listener = &listeners_.add({.socket = std::move(*opened.socket), .tls = mine});
  }
  give_back();
  return fresh;
}

// One of a family that this host lacks still says which port was meant.
std::uint16_t ServeListeners::tls_port() const {
  for (const Place& place : places_) {
    if (place.address.plain) continue;
    return place.listener != nullptr ? place.listener->socket.local().port()
                                     : place.address.asked.port();
  }
  return 0;
}

std::optional<ServeFault> ServeListeners::settle(std::vector<ServeAddress>& addresses) const {
  ServeListeners held;
  held.places_ = places_;
  if (auto fault = held.open(addresses, {.listen = false})) return fault;
  for (ServeAddress& address : addresses) {
    const auto place = std::ranges::find(places_, address, &Place::address);
    const auto opened = std::ranges::find(held.opened_, address, &Opened::address);
    if (place != places_.end()) address.bound = place->address.bound;
    if (opened != held.opened_.end() && opened->socket) address.bound = opened->socket->local();
  }
  return std::nullopt;
}

}  // namespace patchbay
