// HttpListeners: where a server takes its clients in, and how that is exchanged while it runs.
#pragma once

#include <list>
#include <vector>

#include "patchbay/net/event.hpp"
#include "patchbay/net/tcp.hpp"
#include "patchbay/net/tls.hpp"

namespace patchbay {

// Which certificate a connection that begins now is shown. Asked once for each of them, so that one
// that was renewed takes effect without a restart.
class HttpTls {
 public:
  virtual ~HttpTls() = default;
  // On the loop's thread. Used before the next call, and not after it.
  virtual const TlsContext& context() = 0;
};

struct HttpListener {
  TcpListener socket;
  HttpTls* tls = nullptr;  // not null: connections begin with TLS. Borrowed
};

// Of one loop. It outlives the serve_http() that it was given to.
class HttpListeners {
 public:
  HttpListeners() = default;
  explicit HttpListeners(std::vector<HttpListener> first);
  HttpListeners(const HttpListeners&) = delete;
  HttpListeners& operator=(const HttpListeners&) = delete;

  // Clients are taken in there from now on, or from when the server begins. The reference is good
  // until retire().
  HttpListener& add(HttpListener listener);
  // No more clients there. Those whom the kernel has connected already are still taken in, then it
  // is closed; its connections go on.
  void retire(HttpListener& listener);

  // When the server is told to stop, requests in work have so long. May be changed until then.
  Duration grace = 10s;

  // --- for serve_http() ---
  struct Place {
    explicit Place(HttpListener opened) : listener(std::move(opened)) {}
    HttpListener listener;
    Event retired;
    bool is_open = false;  // somebody accepts here
  };
  // One where nobody accepts yet, which the caller does from now on; null: there is none.
  Place* next_to_open();
  void remove(const Place& place);
  void close_all() { places_.clear(); }
  Event& changed() { return changed_; }

 private:
  std::list<Place> places_;
  Event changed_;
};

}  // namespace patchbay
