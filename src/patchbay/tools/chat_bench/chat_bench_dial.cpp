#include "patchbay/tools/chat_bench/chat_bench_dial.hpp"

#include "patchbay/net/tcp.hpp"
#include "patchbay/net/tls.hpp"

namespace patchbay {

namespace {

// Of a client that reads nothing: else the kernel would read megabytes for it.
constexpr std::size_t k_stalled_buffer_bytes = 4096;

}  // namespace

Result<> ChatBenchDial::prepare() {
  if (!options_.tls) return ok();
  auto context = TlsContext::client(*options_.tls);
  if (!context) return context.error();
  tls_ = std::move(*context);
  return ok();
}

Task<Result<Stream>> ChatBenchDial::open(std::uint32_t client, Deadline deadline) {
  ConnectOptions how;
  if (options_.stalls(client)) how.stream.receive_buffer_bytes = k_stalled_buffer_bytes;
  auto stream = peer_ ? co_await TcpStream::connect(*peer_, how, deadline)
                      : co_await TcpStream::connect(options_.load.to, how, deadline);
  if (!stream) co_return stream.error();
  if (!peer_) {
    const auto peer = stream->peer();
    if (!peer) co_return peer.error();
    peer_ = *peer;
  }
  if (!tls_) co_return Stream(std::move(*stream));
  auto session = co_await tls_connect(std::move(*stream), *tls_, options_.load.to.host, deadline);
  if (!session) co_return session.error();
  co_return Stream(std::move(*session));
}

}  // namespace patchbay
