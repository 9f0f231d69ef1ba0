#include "patchbay/http/http_door.hpp"

#include "patchbay/http/client_network.hpp"

namespace patchbay {

bool HttpDoor::has_too_many_of(const Endpoint& peer) const {
  const std::size_t most = service.limits.connections_per_address;
  if (most == 0) return false;
  const auto found = of_address.find(client_network(peer.address()));
  return found != of_address.end() && found->second >= most;
}

HttpVisit::HttpVisit(HttpDoor& door, const Endpoint& peer)
    : door_(&door), peer_(peer), counted_(door.service.limits.connections_per_address > 0) {
  HttpService& service = door.service;
  ++service.counters.connections;
  ++service.counters.open;
  if (counted_) ++door.of_address[client_network(peer.address())];
  if (service.log != nullptr) service.log->connected();
}

HttpVisit::~HttpVisit() {
  if (door_ == nullptr) return;
  HttpService& service = door_->service;
  --service.counters.open;
  door_->left.set_until_reset();
  if (service.log != nullptr) service.log->disconnected();
  if (!counted_) return;
  const auto mine = door_->of_address.find(client_network(peer_.address()));
  if (mine != door_->of_address.end() && --mine->second == 0) door_->of_address.erase(mine);
}

}  // namespace patchbay
