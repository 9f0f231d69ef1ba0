// Anything at all sent to a client of HTTP/2 that has asked for something, on a simulated network:
// every request comes to an end, what is an answer keeps to the limits, and so does what is heard
// while the client is idle. Of the input's first two bytes the one says how the server behaves, the
// other after how many 255ths of the rest it falls silent for a second.
#include <algorithm>
#include <cstdint>
#include <string>
#include <string_view>

#include "check.hpp"
#include "patchbay/http/http_client.hpp"
#include "patchbay/net/group.hpp"
#include "patchbay/net/serve.hpp"
#include "patchbay/net/sim/world.hpp"

namespace {

using namespace patchbay;

constexpr std::uint16_t k_port = 80;
constexpr std::size_t k_most = 20'000;      // of a body
constexpr std::size_t k_questions = 3;      // at the same time
constexpr std::size_t k_connections = 100;  // to no more than these questions can lead
constexpr std::string_view k_greeting("\0\0\0\4\0\0\0\0\0", 9);

struct Server {
  std::string_view before;  // a second of silence
  std::string_view after;
  std::size_t piece = 16'000;
  bool greets = true;
  bool waits = true;  // for what the client asks
  std::size_t connections = 0;
};

Task<Result<>> send(TcpStream& stream, std::string_view bytes, std::size_t piece) {
  for (; !bytes.empty(); bytes.remove_prefix(std::min(piece, bytes.size()))) {
    const auto sent = co_await stream.write_all(bytes.substr(0, piece));
    if (!sent) co_return sent;
  }
  co_return ok();
}

// All that comes within that time. False: the client has ended, or this has been cancelled.
Task<bool> listen_for(TcpStream& stream, Duration time) {
  const Deadline deadline = Deadline::after(time);
  for (;;) {
    const auto data = co_await stream.receive(deadline);
    if (!data) co_return data.error().fault() == Fault::timed_out;
    if (data->empty()) co_return false;
  }
}

Task<> answer(TcpStream stream, Server& server) {
  ++server.connections;
  if (server.greets && !co_await send(stream, k_greeting, server.piece)) co_return;
  if (server.waits && !co_await listen_for(stream, 100ms)) co_return;
  if (!co_await send(stream, server.before, server.piece)) co_return;
  if (!co_await listen_for(stream, 1s)) co_return;
  if (!co_await send(stream, server.after, server.piece)) co_return;
  co_await listen_for(stream, 5s);
}

Task<Result<>> serve_all(Server& server) {
  auto listener = TcpListener::bind(Endpoint(IpAddress::any(Family::v4), k_port));
  if (!listener) co_return listener.error();
  co_return co_await serve_each(*listener, answer, std::ref(server));
}

// --- the client ----------------------------------------------------------------------------------

void check_error(const Error& error) {
  FUZZ_CHECK(!error.subject().empty() && !error.why().empty());
  FUZZ_CHECK(error.fault() == Fault::closed || error.fault() == Fault::protocol ||
             error.fault() == Fault::limit || error.fault() == Fault::timed_out);
}

void check_head(const HttpAnswer& answer, const HttpClientLimits& limits) {
  FUZZ_CHECK(answer.status >= 200 && answer.status <= 999);
  FUZZ_CHECK(answer.version() == "2" && answer.body != nullptr);
  FUZZ_CHECK(answer.fields.size() <= limits.head.fields);
  std::size_t bytes = 0;
  for (const auto& [name, value] : answer.fields) {
    bytes += name.size() + value.size();
    FUZZ_CHECK(!name.empty() && name.find_first_of(std::string_view(": \r\n\0", 5)) == name.npos);
    FUZZ_CHECK(value.find_first_of(std::string_view("\r\n\0", 3)) == value.npos);
  }
  FUZZ_CHECK(bytes <= limits.head.head_bytes);
}

Task<> ask(HttpClient& client, std::string url, std::size_t number) {
  HttpClientRequest request{.url = *HttpUrl::parse(url)};
  if (number % k_questions == 1) request.method = "HEAD";
  if (number % k_questions == 2) {
    request.method = "POST";
    request.body = std::string(100'000, 'x');
  }
  const std::string method = request.method;
  auto answer = co_await client.send(std::move(request), Deadline::after(20s));
  if (!answer) {
    check_error(answer.error());
    co_return;
  }
  check_head(*answer, client.options().limits);
  const auto text = co_await answer->text(k_most);
  if (!text) {
    check_error(text.error());
    co_return;
  }
  FUZZ_CHECK(text->size() <= k_most);
  if (method == "HEAD") FUZZ_CHECK(text->empty());
  if (method != "HEAD" && answer->body_bytes) FUZZ_CHECK(text->size() == *answer->body_bytes);
}

Task<> ask_together(TaskGroup& group, HttpClient& client, std::string url) {
  for (std::size_t i = 0; i < k_questions; ++i) group.spawn(ask, std::ref(client), url, i);
  co_return;
}

// At the same time, and after some idle time once more.
Task<Result<>> ask_all(HttpClient& client, std::string url) {
  co_await with_group(ask_together, std::ref(client), url);
  if (const auto slept = co_await sleep_for(2s); !slept) co_return slept;
  FUZZ_CHECK(client.kept_connections() <= client.options().kept_connections);
  co_await ask(client, url, 0);
  co_return ok();
}

Task<Result<>> visit(std::string url, bool watches) {
  HttpClient client({.versions = HttpVersions::http2,
                     .limits = {.head = {.head_bytes = 4'000, .fields = 20}, .window_bytes = 9'000},
                     .follow_redirects = false});
  if (!watches) co_return co_await ask_all(client, url);
  co_return co_await either(ask_all(client, url), client.watch());
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 2) return 0;
  const std::string bytes(reinterpret_cast<const char*>(data + 2), size - 2);
  const std::string_view all = bytes;
  const std::size_t silent_at = bytes.size() * data[1] / 255;
  Server script{.before = all.substr(0, silent_at),
                .after = all.substr(silent_at),
                .piece = (data[0] & 1U) != 0 ? 7U : 16'000U,
                .greets = (data[0] & 2U) == 0,
                .waits = (data[0] & 4U) == 0};

  sim::World world(1);
  sim::Host& server = world.host("server", "10.0.0.1");
  sim::Host& client = world.host("client", "10.0.0.2");
  world.link(server, client, {.delay = 1ms});
  server.serve(serve_all(script));
  client.run(visit("http://" + server.address().to_string() + "/", (data[0] & 8U) == 0));
  const sim::Verdict verdict = world.run();
  FUZZ_CHECK(verdict);
  FUZZ_CHECK(verdict.took < 100s);
  FUZZ_CHECK(script.connections <= k_connections);
  return 0;
}
