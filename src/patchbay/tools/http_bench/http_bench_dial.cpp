#include "patchbay/tools/http_bench/http_bench_dial.hpp"

#include <algorithm>
#include <utility>

#include "patchbay/net/group.hpp"
#include "patchbay/net/tcp.hpp"
#include "patchbay/net/tls.hpp"

namespace patchbay {

namespace {

// So many connections are being made at a time: more would overflow the queue of most listeners.
constexpr std::uint32_t k_at_a_time = 128;

// Between two attempts to reach a server that is away.
constexpr Duration k_pause = 100ms;

}  // namespace

Result<> HttpBenchDial::prepare() {
  if (!options_.target.tls) return ok();
  TlsClientOptions wanted = options_.tls;
  wanted.alpn = {alpn_};
  auto context = TlsContext::client(std::move(wanted));
  if (!context) return context.error();
  tls_ = std::move(*context);
  return ok();
}

Task<Result<Stream>> HttpBenchDial::open() {
  const Deadline deadline = Deadline::after(timeout_);
  auto stream = peer_ ? co_await TcpStream::connect(*peer_, {}, deadline)
                      : co_await TcpStream::connect(options_.target.to, {}, deadline);
  if (!stream) co_return stream.error();
  if (!peer_) {
    const auto peer = stream->peer();
    if (!peer) co_return peer.error();
    peer_ = *peer;
  }
  if (!tls_) co_return Stream(std::move(*stream));
  auto session = co_await tls_connect(std::move(*stream), *tls_, options_.target.to.host, deadline);
  if (!session) co_return session.error();
  if (options_.http2 && session->info().alpn != alpn_) {
    co_return Error(Fault::protocol, "speak HTTP/2 with", "the server does not offer it")
        .about(options_.target.to.to_string())
        .advising("leave --http2 out");
  }
  co_return Stream(std::move(*session));
}

void HttpBenchDial::keep(Stream stream) {
  ++books_.report.connected;
  ++books_.counts.opened;
  streams_.emplace_back(std::move(stream));
}

Task<Result<>> HttpBenchDial::open_first(std::uint32_t connections) {
  if (const auto prepared = prepare(); !prepared) co_return prepared;
  auto first = co_await open();
  if (!first) {
    books_.tally.connect_failed(first.error());
    co_return first.error();
  }
  keep(std::move(*first));
  left_ = connections - 1;
  TaskGroup group(co_await current_scope());
  const std::uint32_t tasks = std::min(left_, k_at_a_time);
  for (std::uint32_t i = 0; i < tasks; ++i) group.spawn(&HttpBenchDial::open_some, this);
  co_await group.join();
  co_return ok();
}

Task<> HttpBenchDial::open_some() {
  while (left_ > 0) {
    --left_;
    auto stream = co_await open();
    if (stream) {
      keep(std::move(*stream));
      continue;
    }
    books_.tally.connect_failed(stream.error());
    if (stream.error().fault() == Fault::cancelled) co_return;
  }
}

std::optional<Stream> HttpBenchDial::take(std::size_t index) {
  if (index >= streams_.size()) return std::nullopt;
  return std::exchange(streams_[index], std::nullopt);
}

Task<std::optional<Stream>> HttpBenchDial::open_another(std::optional<Instant>& away) {
  auto stream = co_await open();
  if (stream) {
    ++books_.counts.opened;
    away.reset();
    co_return std::move(*stream);
  }
  books_.tally.connect_failed(stream.error());
  if (!away) away = bench_now();
  const auto slept = co_await sleep_for(k_pause);
  if (!slept) away.reset();  // cancelled
  co_return std::nullopt;
}

bool HttpBenchDial::may_try_again(const std::optional<Instant>& away,
                                  const HttpBenchQuota& quota) const {
  return away && (!quota.limited() || bench_now() < *away + timeout_);
}

}  // namespace patchbay
