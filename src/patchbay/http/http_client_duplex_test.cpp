// HttpClient: an answer that is read while the body of its request is still being sent.
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cstring>

#include "patchbay/http/http_client.hpp"
#include "patchbay/net/event.hpp"
#include "patchbay/net/group.hpp"
#include "patchbay/net/serve.hpp"
#include "patchbay/net/sim/lone_host.hpp"
#include "patchbay/net/sim/peers_fixture.hpp"
#include "patchbay/wire/http1_body.hpp"
#include "patchbay/wire/http1_request.hpp"

namespace patchbay {
namespace {

// What a server does that answers before it has heard all.
enum class Echo { all, half, then_ends };

// Says what it hears as soon as it hears it, and hears nothing while it says it.
Task<> echo(TcpStream stream, Echo& how) {
  Http1Request request;
  std::string pending;
  while (parse_request(pending, {}, request) != HeadState::complete) {
    const auto piece = co_await stream.receive();
    if (!piece || piece->empty()) co_return;
    pending += piece->text();
  }
  Http1Body body(request.framing);
  pending.erase(0, request.bytes);
  if (!co_await stream.write_all("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"))
    co_return;
  for (std::size_t heard = 0; !body.ended();) {
    std::string_view bytes = pending;
    while (!bytes.empty() && !body.ended()) {
      const std::string_view piece = body.take(bytes);
      heard += piece.size();
      if (piece.empty()) continue;
      const std::string chunk = chunk_head(piece.size()) + std::string(piece) + "\r\n";
      if (!co_await stream.write_all(chunk)) co_return;
    }
    if (body.ended() || (how != Echo::all && heard > 100'000)) break;
    const auto more = co_await stream.receive();
    if (!more || more->empty()) break;
    pending = more->text();
  }
  if (how == Echo::then_ends) co_return;
  (void)co_await stream.write_all(k_last_chunk);
  if (how == Echo::half) co_return;
  (void)co_await stream.receive();
}

struct Content final : HttpSource {
  explicit Content(std::string all) : content(std::move(all)) {}
  Task<Result<std::size_t>> read(std::span<std::byte> into, Deadline) override {
    const std::size_t bytes = std::min(into.size(), content.size() - at);
    std::memcpy(into.data(), content.data() + at, bytes);
    at += bytes;
    co_return bytes;
  }
  bool survives_cancel() const override { return true; }
  std::string content;
  std::size_t at = 0;
};

// A source that says a word when it is told to: whoever reads the answers tells it.
struct Words final : HttpSource {
  Task<Result<std::size_t>> read(std::span<std::byte> into, Deadline deadline) override {
    if (const auto told = co_await turn.wait(deadline); !told) co_return told.error();
    turn.reset();
    if (left-- == 0) co_return std::size_t{0};
    std::memcpy(into.data(), "word", 4);
    co_return std::size_t{4};
  }
  bool survives_cancel() const override { return true; }
  Event turn{true};
  int left = 100;
};

HttpClientOptions options() {
  return {.versions = HttpVersions::http1, .limits = {.early_bytes = 1000}};
}
HttpClientRequest post_to(Endpoint server, HttpSource& body) {
  HttpClientRequest request{.method = "POST"};
  request.url = *HttpUrl::parse("http://" + server.to_string() + "/");
  request.body = &body;
  return request;
}

using Body = Task<Result<>> (*)(Endpoint server);

Task<Result<>> serve_echo(TcpListener& listener, Echo& how) {
  co_return co_await serve_each(listener, echo, std::ref(how));
}
Task<> meet(Echo& how, Body body) {
  auto listener = TcpListener::bind(Endpoint(IpAddress::loopback(Family::v4), 0));
  EXPECT_TRUE(listener);
  if (!listener) co_return;
  const auto done = co_await either(serve_echo(*listener, how), body(listener->local()));
  EXPECT_TRUE(done) << done.error().describe();
}
void meet_echo(Body body, Echo how = Echo::all) {
  auto loop = sim::make_lone_loop({});
  ASSERT_TRUE(loop);
  (*loop)->run(meet(how, body));
}

Task<Result<>> send_much(Endpoint server) {
  HttpClient client(options());
  Content much(sim::pattern(5'000'000, 7));
  auto answer = co_await client.send(post_to(server, much));
  if (!answer) co_return answer.error();
  EXPECT_LT(much.at, much.content.size());  // it was there before all was sent
  const auto text = co_await answer->text(10'000'000);
  if (!text) co_return text.error();
  EXPECT_TRUE(*text == much.content) << text->size();
  EXPECT_EQ(client.kept_connections(), 1U);
  co_return ok();
}

TEST(HttpClientDuplex, AnEchoMayBeLongerThanWhatIsKept) { meet_echo(send_much); }

Task<Result<>> talk(Endpoint server) {
  HttpClient client(options());
  Words words;
  auto answer = co_await client.send(post_to(server, words));
  if (!answer) co_return answer.error();
  std::size_t heard = 0;
  for (;;) {
    std::array<std::byte, 100> piece;
    const auto got = co_await answer->body->read(piece);
    if (!got) co_return got.error();
    if (*got == 0) break;
    heard += *got;
    words.turn.set();
  }
  EXPECT_EQ(heard, 400U);
  co_return ok();
}

TEST(HttpClientDuplex, TheBodyMayDependOnTheAnswer) { meet_echo(talk); }

Task<Result<>> send_to_one_who_stops_hearing(Endpoint server) {
  HttpClient client(options());
  Content much(sim::pattern(5'000'000, 7));
  auto answer = co_await client.send(post_to(server, much));
  const auto text = answer ? co_await answer->text(10'000'000) : answer.error();
  EXPECT_FALSE(text);
  if (!text) EXPECT_EQ(text.error().fault(), Fault::closed) << text.error().describe();
  co_return ok();
}

TEST(HttpClientDuplex, AServerThatDoesNotHearItOutFailsTheAnswer) {
  meet_echo(send_to_one_who_stops_hearing, Echo::half);
  meet_echo(send_to_one_who_stops_hearing, Echo::then_ends);
}

struct Breaks final : HttpSource {
  Task<Result<std::size_t>> read(std::span<std::byte> into, Deadline) override {
    if (pieces-- == 0) co_return Error(Fault::storage, "read");
    co_return into.size();
  }
  bool survives_cancel() const override { return true; }
  int pieces = 20;
};

Task<Result<>> send_what_breaks(Endpoint server) {
  HttpClient client(options());
  Breaks breaks;
  auto answer = co_await client.send(post_to(server, breaks));
  if (!answer) co_return answer.error();
  const auto text = co_await answer->text(10'000'000);
  EXPECT_FALSE(text);
  if (!text) EXPECT_EQ(text.error().fault(), Fault::storage) << text.error().describe();
  co_return ok();
}

TEST(HttpClientDuplex, ASourceThatBreaksFailsTheAnswer) { meet_echo(send_what_breaks); }

Task<Result<>> drop_the_answer(Endpoint server) {
  HttpClient client(options());
  Content much(sim::pattern(5'000'000, 7));
  auto answer = co_await client.send(post_to(server, much));
  if (!answer) co_return answer.error();
  answer->body.reset();
  EXPECT_EQ(client.kept_connections(), 0U);
  co_return ok();
}

TEST(HttpClientDuplex, AnAnswerThatIsDroppedEndsTheRequest) { meet_echo(drop_the_answer); }

}  // namespace
}  // namespace patchbay
