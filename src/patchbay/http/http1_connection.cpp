// A connection of HTTP/1: waits, and hands what comes to an exchange. Thousands of them wait at a
// time, so its frame is small and holds no buffer.
#include "patchbay/http/http1_exchange.hpp"

namespace patchbay {

namespace {

constexpr std::string_view k_preface = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";  // RFC 9113 section 3.4

Task<bool> exchange(HttpService& service, Stream& stream, const Endpoint& peer, bool secure,
                    Lease first, std::uint64_t& count) {
  if (first.text().starts_with("PRI ") && first.text().starts_with(k_preface)) {
    co_await serve_http2(service, {.stream = stream, .peer = peer, .secure = secure},
                         std::string(first.text()));
    co_return false;
  }
  Http1Exchange requests(service, stream, peer, secure, std::move(first), count);
  co_return co_await requests.run();
}

}  // namespace

Task<> serve_http1(HttpService& service, Stream stream, Endpoint peer, bool secure) {
  HttpIdle idle{.stream = &stream};
  std::uint64_t count = 0;
  do {
    service.enter_idle(idle);
    auto data = co_await stream.receive(Deadline::after(service.limits.idle));
    service.leave_idle(idle);
    if (!data || data->empty() || service.stopping()) co_return;
    if (!co_await exchange(service, stream, peer, secure, std::move(*data), count)) co_return;
  } while (!service.stopping());
}

}  // namespace patchbay
