// HttpDoor: who is at a server of one loop, and who waits until somebody leaves.
#pragma once

#include <map>
#include <utility>

#include "patchbay/http/http_service.hpp"
#include "patchbay/net/event.hpp"

namespace patchbay {

struct HttpDoor {
  HttpService& service;
  // By client_network(); kept where HttpLimits sets a limit for one.
  std::map<IpAddress, std::size_t> of_address = {};
  Event left = Event(false);  // somebody did

  bool is_full() const { return service.counters.open >= service.limits.connections; }
  bool has_too_many_of(const Endpoint& peer) const;
};

// A client's stay, counted from its accept to its end. The door outlives it.
class HttpVisit {
 public:
  HttpVisit(HttpDoor& door, const Endpoint& peer);
  HttpVisit(HttpVisit&& other) noexcept
      : door_(std::exchange(other.door_, nullptr)), peer_(other.peer_), counted_(other.counted_) {}
  HttpVisit& operator=(HttpVisit&&) = delete;
  ~HttpVisit();

  const Endpoint& peer() const { return peer_; }

 private:
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
