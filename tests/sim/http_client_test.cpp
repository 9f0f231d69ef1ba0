// The HTTP client on a bad network: whatever is broken off, each body is right to its last byte or
// its request failed visibly.
#include "patchbay/http/http_client.hpp"

#include <fmt/format.h>

#include "patchbay/net/sim/seeds.hpp"
#include "patchbay/wire/http1_body.hpp"
#include "patchbay/wire/http1_request.hpp"
#include "tool_peers.hpp"

namespace patchbay::sim {
namespace {

constexpr Impairment k_bad_link = {.delay = 5ms, .jitter = 2ms, .loss = 0.02};
constexpr std::uint16_t k_port = 80;
constexpr std::size_t k_longest = 60'000;
constexpr std::size_t k_most = 1 << 20;

// The content of "/SEED/BYTES".
std::string content_of(std::string_view path) {
  const std::size_t slash = path.find('/', 1);
  const std::uint64_t seed = std::stoull(std::string(path.substr(1, slash - 1)));
  return pattern(std::stoull(std::string(path.substr(slash + 1))), seed);
}

// --- a server ------------------------------------------------------------------------------------

// As the seed says, framed in each of the three ways, and now and then it wants no further request.
std::string head_of(Chance& chance, std::size_t bytes, bool& chunked, bool& last) {
  const std::uint64_t way = chance.bits() % 3;
  chunked = way == 1;
  last = way == 2 || chance.happens(0.2);
  std::string head = "HTTP/1.1 200 OK\r\n";
  if (way == 0) head += fmt::format("Content-Length: {}\r\n", bytes);
  if (way == 1) head += "Transfer-Encoding: chunked\r\n";
  if (last) head += "Connection: close\r\n";
  return head + "\r\n";
}

Task<Result<>> write_content(TcpStream& stream, Chance& chance, std::string_view content,
                             bool chunked) {
  while (!content.empty()) {
    const std::string_view piece = content.substr(0, 1 + chance.bits() % 9000);
    content.remove_prefix(piece.size());
    const std::string framed =
        chunked ? chunk_head(piece.size()) + std::string(piece) + "\r\n" : std::string(piece);
    if (const auto sent = co_await stream.write_all(framed); !sent) co_return sent;
  }
  if (!chunked) co_return ok();
  co_return co_await stream.write_all(k_last_chunk);
}

// The next request's path, and its body behind a blank; nothing at the end.
Task<std::optional<std::string>> read_request(TcpStream& stream, std::string& pending) {
  Http1Request request;
  while (parse_request(pending, {}, request) != HeadState::complete) {
    const auto piece = co_await stream.receive();
    if (!piece || piece->empty()) co_return std::nullopt;
    pending += piece->text();
  }
  std::string text = std::string(request.path) + ' ';
  Http1Body body(request.framing);
  pending.erase(0, request.bytes);
  while (!body.ended()) {
    std::string_view rest = pending;
    text += body.take(rest);
    pending.erase(0, pending.size() - rest.size());
    if (body.ended() || !pending.empty()) continue;
    const auto piece = co_await stream.receive();
    if (!piece || piece->empty()) co_return std::nullopt;
    pending += piece->text();
  }
  co_return text;
}

// Answers "/SEED/BYTES" with that content, and a body with itself.
Task<> answer(TcpStream stream, Chance chance) {
  std::string pending;
  for (bool last = false; !last;) {
    const auto request = co_await read_request(stream, pending);
    if (!request) co_return;
    const std::size_t blank = request->find(' ');
    const std::string body = request->substr(blank + 1);
    const std::string content = body.empty() ? content_of(request->substr(0, blank)) : body;
    bool chunked = false;
    const std::string head = head_of(chance, content.size(), chunked, last);
    if (const auto sent = co_await stream.write_all(head); !sent) co_return;
    if (!co_await write_content(stream, chance, content, chunked)) co_return;
  }
  if (const auto ended = co_await stream.shutdown_write(); !ended) co_return;
  while (true) {
    const auto rest = co_await stream.receive();
    if (!rest || rest->empty()) co_return;
  }
}

Task<Result<>> web_server(Chance chance) {
  auto listener = TcpListener::bind(Endpoint(IpAddress::any(Family::v4), k_port));
  if (!listener) co_return listener.error();
  co_return co_await serve_each(*listener, answer, chance);
}

// --- clients -------------------------------------------------------------------------------------

struct Account {
  int right = 0;
  int failed = 0;
  int retried = 0;
};

// Each body has its whole content, or the request ends with a fault that is told.
Task<Result<>> get_some(Endpoint server, Chance chance, Account& account) {
  HttpClient client;
  for (int i = 0; i < 8; ++i) {
    const std::string path = fmt::format("/{}/{}", chance.bits() % 1000, chance.bits() % k_longest);
    HttpClientRequest request{.url = *HttpUrl::parse("http://" + server.to_string() + path)};
    std::string wanted = content_of(path);
    if (chance.happens(0.3)) {
      request.method = "PUT";
      request.body = wanted;
      if (wanted.empty()) continue;
    }
    auto got = co_await client.send(std::move(request), Deadline::after(60s));
    if (got && got->kept_connection) ++account.retried;
    const auto text =
        got ? co_await got->text(k_most, Deadline::after(60s)) : Result<std::string>(got.error());
    if (!text) {
      ++account.failed;
      continue;
    }
    ++account.right;
    if (*text != wanted) {
      co_return Error(Fault::integrity, "hear the content that was asked for");
    }
  }
  co_return ok();
}

void play(World& world, Account& account, bool resets, int& reset) {
  Pair pair(world, k_bad_link);
  pair.server.faults() = {
      .short_reads = 0.2, .short_writes = 0.2, .read_bytes_per_second = 2'000'000};
  pair.client.faults() = {.short_reads = 0.2, .short_writes = 0.1};
  pair.server.serve(web_server(world.chance_for("server")));
  const Endpoint server(pair.server.address(), k_port);
  for (int i = 0; i < 2; ++i) {
    pair.client.run(get_some(server, world.chance_for(fmt::format("client {}", i)), account));
  }
  pause_some_time(world, pair.server, 300ms, 2s);
  pause_some_time(world, pair.client, 300ms, 1s);
  if (resets) world.every(200ms, [&] { reset += pair.server.reset_connection() ? 1 : 0; });
  const Verdict verdict = world.run();
  EXPECT_TRUE(verdict) << verdict.describe();
}

SIM_TEST(SimulatedHttpClient, EveryByteIsRightOrTheRequestFails) {
  Account account;
  int reset = 0;
  play(world, account, true, reset);
  EXPECT_GE(account.right + account.failed, 2);
  EXPECT_LE(account.failed, reset);
}

SIM_TEST(SimulatedHttpClient, NothingFailsWhereNothingIsBrokenOff) {
  Account account;
  int reset = 0;
  play(world, account, false, reset);
  EXPECT_EQ(account.failed, 0);
  EXPECT_GE(account.right, 2);
}

}  // namespace
}  // namespace patchbay::sim
