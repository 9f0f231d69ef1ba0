// ServeListeners: the addresses where one loop listens, exchanged as a whole: what is new is opened
// first, what is given up is closed when its queue is empty, what stays is not touched.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "patchbay/http/http_listeners.hpp"
#include "patchbay/net/options.hpp"
#include "patchbay/tools/http/serve_plan.hpp"

namespace patchbay {

// Where a loop listens, and whether its connections begin with TLS.
struct ServePlace {
  Endpoint local;
  bool secure;
};

class ServeListeners {
 public:
  // Opens those that are not open yet, and answers nobody there before take(). Nothing: all are
  // open, but for those of a family that this host lacks.
  std::optional<ServeFault> open(const std::vector<ServeAddress>& wanted,
                                 const ListenOptions& options);
  // Closes what open() has opened.
  void give_back();
  // Listens at what open() was asked for and nowhere else, with TLS unless `tls` is null or an
  // address is plain. Returns where it has not done so before, or not in this way.
  std::vector<ServePlace> take(HttpTls* tls);
  // Of the first address that is not plain; 0: there is none.
  std::uint16_t tls_port() const;

  // For several loops, which share each port by SO_REUSEPORT: that would also let them share that
  // of another server of this user. So what is not open yet is held once without it, to learn
  // whether it is free and, for port 0, which one it is, and let go again. Nobody is let in
  // meanwhile: his connection would be broken off.
  std::optional<ServeFault> settle(std::vector<ServeAddress>& addresses) const;

  HttpListeners& listeners() { return listeners_; }

 private:
  struct Place {
    ServeAddress address;
    HttpListener* listener = nullptr;  // null: this host lacks its family
  };
  struct Opened {
    ServeAddress address;
    std::optional<TcpListener> socket;
  };
  Result<TcpListener> open_one(const ServeAddress& address, const ListenOptions& options) const;
  ServeFault explain(const Error& error, const Endpoint& wanted) const;

  HttpListeners listeners_;
  std::vector<Place> places_;
  std::vector<ServeAddress> wanted_;
  std::vector<Opened> opened_;
};

}  // namespace patchbay
