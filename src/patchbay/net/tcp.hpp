// TCP: listen, accept, connect.
#pragma once

#include "patchbay/net/options.hpp"
#include "patchbay/net/stream.hpp"
#include "patchbay/net/task.hpp"

namespace patchbay {

struct ConnectOptions {
  std::optional<Endpoint> local = {};  // the source address; port 0 lets the kernel choose
  std::string interface = {};          // leave by this one only (SO_BINDTODEVICE)
  TcpOptions stream = {};
};

class TcpStream : public Stream {
 public:
  using Stream::Stream;
  explicit TcpStream(Stream socket) : Stream(std::move(socket)) {}

  // One attempt to one endpoint. Faults: refused, timed_out, unreachable, permission, cancelled;
  // closed when the peer has reset the connection before the task had its turn.
  static Task<Result<TcpStream>> connect(Endpoint endpoint, ConnectOptions options = {},
                                         Deadline deadline = {});

  // By name: both families race as RFC 8305 asks, and the first connection wins; peer() tells which
  // address it was. Faults as above, and `resolve`. When all attempts fail, the error is the one
  // that tells most: refused rather than silent, silent rather than without a route.
  static Task<Result<TcpStream>> connect(HostPort host, ConnectOptions options = {},
                                         Deadline deadline = {});

  // The same without any option.
  static Task<Result<TcpStream>> connect(Endpoint endpoint, Deadline deadline) {
    return connect(endpoint, ConnectOptions(), deadline);
  }
  static Task<Result<TcpStream>> connect(HostPort host, Deadline deadline) {
    return connect(std::move(host), ConnectOptions(), deadline);
  }
  // "host:80", as HostPort::parse() reads it.
  static Task<Result<TcpStream>> connect(std::string host, Deadline deadline);

  Result<> set(const TcpOptions& options) { return apply(port(), handle(), options); }
  Result<TcpSettings> settings() const { return read_tcp_settings(port(), handle()); }
};

// Result<TcpStream>. Connections that died in the queue are passed over; when descriptors run out
// the accept waits for one and the loop's notice says so once.
class AcceptOp : public Op {
 public:
  using Op::Op;
  Result<TcpStream> await_resume() const;
};

// Move-only; the destructor closes.
class TcpListener {
 public:
  // Listens with SO_REUSEADDR, so that a restart does not wait for old connections. Port 0: the
  // kernel chooses, and local() tells which. Faults: system (EADDRINUSE, EADDRNOTAVAIL),
  // permission.
  static Result<TcpListener> bind(Endpoint endpoint, ListenOptions options = {});
  // "127.0.0.1:80", as Endpoint::parse() reads it.
  static Result<TcpListener> bind(std::string_view endpoint, ListenOptions options = {});

  // Takes over a socket that listens already, from systemd or another parent (sd_listen_fds(3)).
  // Closes it at the end, and on a fault; others may hold it too. Faults: `system` when it is no
  // TCP socket that listens.
  static Result<TcpListener> adopt(int descriptor);

  AcceptOp accept(Deadline deadline = {}) {
    return {OpKind::accept, &socket_.port(), socket_.handle(), deadline};
  }
  Endpoint local() const { return local_; }
  // How many connections may wait for accept(): what the kernel made of ListenOptions::backlog.
  Result<int> backlog() const;
  Port& port() const { return socket_.port(); }
  int handle() const { return socket_.handle(); }
  void close() { socket_.close(); }

 private:
  TcpListener(Stream socket, Endpoint local) : socket_(std::move(socket)), local_(local) {}

  Stream socket_;
  Endpoint local_;
};

}  // namespace patchbay
