// A connection of HTTP/1: waits, and hands what comes to an exchange. Thousands of them wait at a
// time, so its frame is small and holds no buffer.
#include "patchbay/http/http1_exchange.hpp"

namespace patchbay {

namespace {

Task<bool> exchange(HttpService& service, Stream& stream, const Endpoint& peer, bool secure,
                    Lease first, std::uint64_t& count) {
  std::string preface;
  {
    Http1Exchange requests(service, stream, peer, secure, std::move(first), count);
    const Http1Exchange::End end = co_await requests.run();
    if (end != Http1Exchange::End::http2) co_return end == Http1Exchange::End::idle;
    preface = requests.rest();
  }
  co_await serve_http2(service, {.stream = stream, .peer = peer, .secure = secure},
                       std::move(preface));
  co_return false;
}

}  // namespace

Task<> serve_http1(HttpService& service, Stream stream, Endpoint peer, bool secure) {
  HttpIdle idle{.stream = &stream, .secure = secure};
  std::uint64_t count = 0;
  do {
    service.enter_idle(idle);
    auto data = co_await stream.receive(Deadline::after(service.limits.idle));
    service.leave_idle(idle);
    if (!data || data->empty() || service.stopping()) break;
    if (!co_await exchange(service, stream, peer, secure, std::move(*data), count)) break;
  } while (!service.stopping());
  if (secure) say_goodbye(stream);
}

}  // namespace patchbay
