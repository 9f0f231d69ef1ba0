#include "patchbay/http/http_dial.hpp"

#include "patchbay/net/loop.hpp"

namespace patchbay {

Task<Result<HttpDialed>> dial_http(HttpUrl url, HttpDialOptions options, Deadline deadline) {
  if (url.secure && options.tls == nullptr) {
    co_return Error(Fault::protocol, "connect to", "there is no TLS here").about(url.origin());
  }
  const Instant began = Loop::current().now();
  auto stream = co_await TcpStream::connect(HostPort{url.host, url.port},
                                            std::move(options.connect), deadline);
  if (!stream) co_return stream.error();
  const auto peer = stream->peer();
  if (!peer) co_return peer.error().about(url.authority());
  const Instant connected = Loop::current().now();
  HttpDialed dialed{.stream = std::move(*stream), .peer = *peer, .connect = connected - began};
  if (!url.secure) co_return dialed;

  auto session = co_await tls_connect(std::move(dialed.stream), *options.tls,
                                      url.host.substr(0, url.host.find('%')), deadline);
  if (!session) co_return session.error();
  dialed.tls = session->info();
  dialed.handshake = Loop::current().now() - connected;
  dialed.stream = std::move(*session);
  co_return dialed;
}

}  // namespace patchbay
