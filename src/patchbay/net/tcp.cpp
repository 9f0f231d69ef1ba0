#include "patchbay/net/tcp.hpp"

#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <unistd.h>

#include "patchbay/net/loop.hpp"

namespace patchbay {

namespace {

class ConnectOp : public Op {
 public:
  ConnectOp(Port& port, int handle, const Endpoint& to, Deadline deadline)
      : Op(OpKind::connect, &port, handle, deadline), to_(to) {}
  bool await_ready() {
    data = reinterpret_cast<std::byte*>(to_.native());
    size = to_.native_size();
    return Op::await_ready();
  }
  Result<> await_resume() const {
    if (!succeeded()) return failure().about(to_.to_string());
    return ok();
  }

 private:
  Endpoint to_;
};

Result<Stream> open_stream(Engine& engine, Family family) {
  const int domain = family == Family::v6 ? AF_INET6 : AF_INET;
  const auto handle = engine.open({domain, SOCK_STREAM, 0});
  if (!handle) return handle.error();
  return Stream(engine, *handle);
}

Result<> prepare(Engine& engine, int handle, const ConnectOptions& options) {
  if (!options.interface.empty()) {
    const auto bound =
        engine.set_option(handle, SOL_SOCKET, SO_BINDTODEVICE, options.interface.data(),
                          static_cast<unsigned>(options.interface.size()));
    if (!bound) return bound.error().about(options.interface);
  }
  if (options.local) {
    const auto bound = engine.bind(handle, options.local->native(), options.local->native_size());
    if (!bound) return bound;
  }
  return apply(engine, handle, options.stream);
}

}  // namespace

Task<Result<TcpStream>> TcpStream::connect(Endpoint endpoint, ConnectOptions options,
                                           Deadline deadline) {
  Engine& engine = Loop::current().engine();
  auto socket = open_stream(engine, endpoint.family());
  if (!socket) co_return socket.error().about(endpoint.to_string());
  const auto prepared = prepare(engine, socket->handle(), options);
  if (!prepared) co_return prepared.error();
  const auto connected = co_await ConnectOp(engine, socket->handle(), endpoint, deadline);
  if (!connected) co_return connected.error();
  co_return TcpStream(std::move(*socket));
}

Task<Result<TcpStream>> TcpStream::connect(std::string host, Deadline deadline) {
  auto parsed = HostPort::parse(host);
  if (!parsed) co_return parsed.error();
  co_return co_await connect(std::move(*parsed), deadline);
}

Result<TcpStream> AcceptOp::await_resume() const {
  if (!succeeded()) return failure();
  return TcpStream(*port, static_cast<int>(done));
}

Result<TcpListener> TcpListener::bind(Endpoint endpoint, ListenOptions options) {
  Engine& engine = Loop::current().engine();
  const std::string subject = endpoint.to_string();
  auto socket = open_stream(engine, endpoint.family());
  if (!socket) return socket.error().about(subject);
  const int handle = socket->handle();

  Result<> done = set_option(engine, handle, SOL_SOCKET, SO_REUSEADDR, 1);
  if (done && options.reuse_port) done = set_option(engine, handle, SOL_SOCKET, SO_REUSEPORT, 1);
  if (done && endpoint.family() == Family::v6) {
    done = set_option(engine, handle, IPPROTO_IPV6, IPV6_V6ONLY, options.v6_only ? 1 : 0);
  }
  // Accepted sockets inherit these from the listener (tcp(7)), which saves calls on each.
  if (done) done = apply(engine, handle, options.stream);
  if (done) done = engine.bind(handle, endpoint.native(), endpoint.native_size());
  if (done && options.listen) done = engine.listen(handle, options.backlog);
  if (!done) return done.error().about(subject);

  const auto local = engine.local(handle);
  if (!local) return local.error();
  return TcpListener(std::move(*socket), *local);
}

Result<TcpListener> TcpListener::bind(std::string_view endpoint, ListenOptions options) {
  const auto parsed = Endpoint::parse(endpoint);
  if (!parsed) return parsed.error();
  return bind(*parsed, std::move(options));
}

// Of a listener TCP_INFO tells the queue in two fields that are about something else otherwise.
Result<int> TcpListener::backlog() const {
  tcp_info info{};
  unsigned size = sizeof info;
  const auto got = port().get_option(handle(), IPPROTO_TCP, TCP_INFO, &info, size);
  if (!got) return got.error().about(local_.to_string());
  return static_cast<int>(info.tcpi_sacked);
}

Result<TcpListener> TcpListener::adopt(int descriptor) {
  const Error unfit(Fault::system, "listen on an inherited socket",
                    "it is no TCP socket that listens", "look at the socket unit's ListenStream=");
  int listens = 0;
  socklen_t size = sizeof listens;
  const bool fits =
      ::getsockopt(descriptor, SOL_SOCKET, SO_ACCEPTCONN, &listens, &size) == 0 && listens != 0;
  const int flags = fits ? ::fcntl(descriptor, F_GETFL) : -1;
  if (flags < 0 || ::fcntl(descriptor, F_SETFL, flags | O_NONBLOCK) != 0) {
    ::close(descriptor);
    return unfit;
  }
  Engine& engine = Loop::current().engine();
  const auto handle = engine.adopt(descriptor);
  if (!handle) {
    ::close(descriptor);
    return handle.error();
  }
  Stream socket(engine, *handle);
  const auto local = socket.local();
  if (!local) return unfit;
  return TcpListener(std::move(socket), *local);
}

}  // namespace patchbay
