// HttpDoor: how clients come to a loop of a server, and who waits until somebody leaves.
#pragma once

#include <optional>
#include <utility>

#include "patchbay/http/http_service.hpp"
#include "patchbay/net/event.hpp"

namespace patchbay {

struct HttpDoor {
  HttpService& service;
  Event left = Event(false);  // somebody of this loop did

  // On several loops, one client each may come at the same time where there is room for one.
  bool is_full() const { return service.headcount->all() >= service.limits.connections; }
};

// A client's stay, counted from its accept to its end. The door outlives it.
class HttpVisit {
 public:
  // Nothing when as many of its address are here as may be.
  static std::optional<HttpVisit> begin(HttpDoor& door, const Endpoint& peer);
  HttpVisit(HttpVisit&& other) noexcept
      : door_(std::exchange(other.door_, nullptr)), peer_(other.peer_), counted_(other.counted_) {}
  HttpVisit& operator=(HttpVisit&&) = delete;
  ~HttpVisit();

  const Endpoint& peer() const { return peer_; }

 private:
  HttpVisit(HttpDoor& door, const Endpoint& peer, bool counted);

  HttpDoor* door_;  // null: moved from
  Endpoint peer_;
  bool counted_;  // among those of its address; the limit may come while it stays
};

// A connection of HTTP/1, from its first byte to its end, whatever that is: the log is told of each
// answer, and nobody of the end. `stream` may be TLS; `secure` says that it is. One that begins
// with the preface of HTTP/2 (prior knowledge, RFC 9113 section 3.3) is handed to serve_http2().
//
// It takes the visit over, so that there is one frame for a connection that waits and no other.
Task<> serve_http1(HttpService& service, Stream stream, HttpVisit visit, bool secure);

}  // namespace patchbay
