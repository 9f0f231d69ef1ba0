#include "patchbay/http/http_door.hpp"

namespace patchbay {

std::optional<HttpVisit> HttpVisit::begin(HttpDoor& door, const Endpoint& peer) {
  const std::size_t most = door.service.limits.connections_per_address;
  if (most == 0) return HttpVisit(door, peer, false);
  if (!door.service.headcount->enter(peer.address(), most)) return std::nullopt;
  return HttpVisit(door, peer, true);
}

HttpVisit::HttpVisit(HttpDoor& door, const Endpoint& peer, bool counted)
    : door_(&door), peer_(peer), counted_(counted) {
  HttpService& service = door.service;
  ++service.counters.connections;
  ++service.counters.open;
  service.headcount->enter();
  if (service.log != nullptr) service.log->connected();
}

HttpVisit::~HttpVisit() {
  if (door_ == nullptr) return;
  HttpService& service = door_->service;
  --service.counters.open;
  service.headcount->leave();
  if (counted_) service.headcount->leave(peer_.address());
  door_->left.set_until_reset();
  if (service.log != nullptr) service.log->disconnected();
}

}  // namespace patchbay
