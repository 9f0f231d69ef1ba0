// Anything at all sent to a server of HTTP/2, on a simulated network: the connection comes to an
// end, and every request that was begun with it. The first byte of the input says whether a proper
// greeting comes first, and in what pieces the rest is sent.
#include <algorithm>
#include <cstdint>
#include <string>
#include <string_view>

#include "check.hpp"
#include "patchbay/http/http_service.hpp"
#include "patchbay/net/serve.hpp"
#include "patchbay/net/sim/world.hpp"

namespace {

using namespace patchbay;

constexpr std::uint16_t k_port = 80;
constexpr std::string_view k_greeting(
    "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
    "\0\0\0\4\0\0\0\0\0",
    33);

class Echo final : public HttpSource {
 public:
  explicit Echo(HttpSource& from) : from_(from) {}
  Task<Result<std::size_t>> read(std::span<std::byte> into, Deadline deadline) override {
    return from_.read(into, deadline);
  }

 private:
  HttpSource& from_;
};

class Site final : public HttpHandler {
 public:
  std::optional<HttpResponse> answer_now(HttpRequest& request) override {
    FUZZ_CHECK(request.path.starts_with('/') || request.path == "*");
    FUZZ_CHECK(!request.host.empty() && request.body != nullptr);
    if (request.path.size() > 2) return std::nullopt;
    return HttpResponse::text("hello\n");
  }
  Task<HttpResponse> answer(HttpRequest& request) override {
    ++running;
    (void)co_await sleep_for(1ms);
    --running;
    co_return HttpResponse::stream("text/plain", std::make_shared<Echo>(*request.body));
  }
  int running = 0;
};

class Log final : public HttpLog {
 public:
  void answered(const HttpRequest*, const Endpoint&, const HttpAnswered&) override { ++answers; }
  std::uint64_t answers = 0;
};

Task<> serve_one(TcpStream stream, HttpService& service) {
  const auto peer = stream.peer();
  if (!peer) co_return;
  co_await serve_http2(service, {.stream = stream, .peer = *peer}, {});
}

Task<Result<>> serve_all(HttpService& service) {
  auto listener = TcpListener::bind(Endpoint(IpAddress::any(Family::v4), k_port));
  if (!listener) co_return listener.error();
  co_return co_await serve_each(*listener, serve_one, std::ref(service));
}

Task<> talk(Endpoint server, std::string_view bytes, std::size_t piece) {
  auto stream = co_await TcpStream::connect(server, Deadline::never());
  if (!stream) co_return;
  for (; !bytes.empty(); bytes.remove_prefix(std::min(piece, bytes.size()))) {
    const auto sent = co_await stream->write_all(bytes.substr(0, piece));
    if (!sent) co_return;
  }
  for (;;) {
    const auto data = co_await stream->receive(Deadline::after(5s));
    if (!data || data->empty()) co_return;
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  std::string bytes((data[0] & 1) != 0 ? k_greeting : std::string_view());
  bytes.append(reinterpret_cast<const char*>(data + 1), size - 1);
  const std::size_t piece = (data[0] & 2) != 0 ? 7 : 16'000;

  Site site;
  Log log;
  HttpService service(site, {}, &log);
  sim::World world(1);
  sim::Host& server = world.host("server", "10.0.0.1");
  sim::Host& client = world.host("client", "10.0.0.2");
  world.link(server, client, {.delay = 1ms});
  server.serve(serve_all(service));
  client.run(talk(Endpoint(server.address(), k_port), bytes, piece));
  const sim::Verdict verdict = world.run();
  FUZZ_CHECK(verdict);
  FUZZ_CHECK(site.running == 0);
  FUZZ_CHECK(log.answers >= service.counters.requests + service.counters.refused);
  return 0;
}
