// Clients that mean no good, each against a whole connection: what they get, how soon they are rid
// of, and that it costs the server no more than its limits say.
#include "patchbay/http/http1_site_fixture.hpp"
#include "patchbay/http/http_tls_fixture.hpp"
#include "patchbay/http/http_world_fixture.hpp"
#include "patchbay/http/static_site_fixture.hpp"

namespace patchbay {
namespace {

HttpHeard hear(std::string bytes) {
  HttpRouter site = http1_site();
  return HttpWorld(site).hear(std::move(bytes));
}

// --- too much ------------------------------------------------------------------------------------

// Says the beginning, and then the piece so often; how often it came to that.
struct Endless {
  int said = 0;
  std::vector<HttpSaid> script(std::string begin, const std::string& piece, int times,
                               Duration pause = {}) {
    std::vector<HttpSaid> all{{.bytes = std::move(begin)}};
    for (int i = 0; i < times; ++i) {
      all.push_back({.bytes = piece, .after = pause, .meanwhile = [this] { ++said; }});
    }
    return all;
  }
};

constexpr std::size_t k_piece = 100'000;
constexpr int k_times = 1'000;  // 100 MB; whoever stops at the first of them stops at 10 GB too

TEST(HttpHostile, AHeadWithoutAnEndIsRefusedAndNotRead) {
  const struct {
    int status;
    const char* begin;
    std::string piece;
  } heads[] = {
      {431, "GET / HTTP/1.1\r\nHost: a\r\nX: ", std::string(k_piece, 'x')},
      {414, "GET /", std::string(k_piece, 'x')},
      {431, "GET / HTTP/1.1\r\nHost: a\r\n", "X: y\r\n"},
      {400, "", std::string("\r\n\r\n") + std::string(k_piece, '\r')},
  };
  for (const auto& [status, begin, piece] : heads) {
    SCOPED_TRACE(piece.substr(0, 10));
    std::string whole = piece;
    while (whole.size() < k_piece) whole += piece;
    HttpRouter site = http1_site();
    HttpWorld it(site);
    Endless client;
    const HttpHeard heard = it.hear(client.script(begin, whole, k_times));
    EXPECT_EQ(heard.only().status, status);
    EXPECT_EQ(heard.only().field("connection"), "close");
    EXPECT_LT(heard.ended, 3s);
    EXPECT_LT(client.said, 20);
    EXPECT_EQ(it.service.counters.requests, 0U);
    EXPECT_EQ(it.log.connections, 0);
  }
}

TEST(HttpHostile, AHundredThousandFieldsAreRefusedAtTheFirstTooMany) {
  std::string fields;
  for (int i = 0; i < 100'000; ++i) fields += "a:\r\n";
  const HttpHeard heard = hear(get_of("/", fields) + get_of("/"));
  EXPECT_EQ(heard.only().status, 431);
  EXPECT_LT(heard.ended, 3s);
}

// Five seconds long: many clients send all of it before they read the answer.
TEST(HttpHostile, ABodyThatNobodyWantsIsNotReadForEver) {
  for (const char* framing : {"Content-Length: 9223372036854775807\r\n\r\n",
                              "Transfer-Encoding: chunked\r\n\r\n7fffffffffffffff\r\n"}) {
    SCOPED_TRACE(framing);
    HttpRouter site = http1_site();
    Endless client;
    const HttpHeard heard = HttpWorld(site).hear(
        client.script(std::string("POST /ignore HTTP/1.1\r\nHost: a\r\n") + framing,
                      std::string(k_piece, 'x'), k_times, 20ms));
    EXPECT_EQ(heard.only().body, "ignored\n");
    EXPECT_EQ(heard.only().field("connection"), "close");
    EXPECT_LT(heard.ended, 6s);
    EXPECT_LT(client.said, 300);
  }
}

// 2^64 and what would turn round to something small.
TEST(HttpHostile, AChunkThatNoNumberHoldsEndsTheConnection) {
  for (const char* size : {"10000000000000000", "10000000000000005", "ffffffffffffffff",
                           "100000000000000000000000000000005"}) {
    for (const char* target : {"/count", "/ignore", "/echo"}) {
      SCOPED_TRACE(std::string(target) + " " + size);
      const HttpHeard heard = hear(get_of(target, "Transfer-Encoding: chunked\r\n", "POST") + size +
                                   "\r\nabcde\r\n0\r\n\r\n" + get_of("/"));
      ASSERT_EQ(heard.answers().size(), 1U);
      if (std::string_view(target) == "/count") EXPECT_EQ(heard.answers()[0].status, 400);
      if (std::string_view(target) == "/echo") EXPECT_FALSE(heard.answers()[0].whole);
      EXPECT_EQ(heard.bytes.find("hello"), std::string::npos);
      EXPECT_LT(heard.ended, 3s);
    }
  }
}

TEST(HttpHostile, TrailersHaveALimitToo) {
  const std::string chunked = get_of("/count", "Transfer-Encoding: chunked\r\n", "POST") + "0\r\n";
  HttpRouter site = http1_site();
  Endless client;
  const HttpHeard heard = HttpWorld(site).hear(
      client.script(chunked, "X: " + std::string(k_piece, 'x'), k_times, 20ms));
  EXPECT_EQ(heard.only().status, 400);
  EXPECT_LT(client.said, 300);
}

// --- too slowly ----------------------------------------------------------------------------------

TEST(HttpHostile, ABodyOfAByteASecondIsGivenUp) {
  std::vector<HttpSaid> script{{.bytes = get_of("/count", "Content-Length: 500\r\n", "POST")}};
  for (int i = 0; i < 500; ++i) script.push_back({.bytes = "x", .after = 1s});
  HttpRouter site = http1_site();
  const HttpHeard heard = HttpWorld(site).hear(std::move(script));
  EXPECT_EQ(heard.only().status, 408);
  EXPECT_GE(heard.ended, 10s);
  EXPECT_LT(heard.ended, 14s);
}

// Whoever takes a byte a second of an answer, be it from memory, from a file or made meanwhile.
TEST(HttpHostile, AReaderOfAByteASecondIsCutOff) {
  HttpRouter site = http1_site();
  StaticSite files;
  files.write("a.bin", sim::pattern(3'000'000));
  site.mount("/files", files.open());
  site.get("/endless", [](HttpRequest&) {
    return made_by<PiecesSource>(std::vector<std::string>(200, std::string(30'000, 'x')));
  });
  for (const bool secure : {false, true}) {
    for (const char* target : {"/big", "/files/a.bin", "/endless"}) {
      SCOPED_TRACE(std::string(secure ? "https " : "http ") + target);
      OwnCertificate certificate;
      HttpWorld it(site, {.limits = {.grace = 10s, .least_rate = 10'000},
                          .tls = secure ? &certificate : nullptr});
      const auto reads = [&it](std::uint64_t bytes_a_second) {
        return [&it, bytes_a_second] {
          it.pair.client.faults().read_bytes_per_second = bytes_a_second;
        };
      };
      reads(50'000)();  // through the handshake, if any
      const HttpHeard& heard = it.client({{.bytes = get_of(target)},
                                          {.after = 1s, .meanwhile = reads(1)},
                                          {.after = 5min, .meanwhile = reads(0)}});
      it.run();
      EXPECT_EQ(heard.fault, Fault::closed) << "what it has not taken is dropped";
      ASSERT_EQ(it.log.lines.size(), 1U);
      EXPECT_FALSE(it.log.lines[0].answer.complete);
      EXPECT_LT(it.log.lines[0].answer.took, 3min);
      EXPECT_EQ(it.log.connections, 0);
    }
  }
}

// A handshake of TLS has the time of a head, however it is spread.
Task<Result<>> shake_hands_slowly(Endpoint to, Duration& ended) {
  auto stream = co_await TcpStream::connect(to);
  if (!stream) co_return stream.error();
  const Instant began = Loop::current().now();
  const std::string hello("\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", 11);
  for (std::size_t i = 0; i < 60; ++i) {
    const std::string_view byte = i < 11 ? std::string_view(hello).substr(i, 1) : "x";
    if (!co_await stream->write_all(byte)) break;
    const auto heard = co_await stream->receive(Deadline::after(1s));
    const bool silent = !heard && heard.error().fault() == Fault::timed_out;
    ended = Loop::current().now() - began;
    if (!silent) break;
  }
  co_return ok();
}

TEST(HttpHostile, AHandshakeOfAByteASecondIsGivenUp) {
  OwnCertificate certificate;
  HttpRouter site = http1_site();
  HttpWorld it(site, {.limits = {.head_time = 5s}, .tls = &certificate});
  Duration ended{};
  it.pair.client.run(shake_hands_slowly(Endpoint(it.pair.server.address(), k_http_port), ended));
  it.run();
  EXPECT_GE(ended, 4s);
  EXPECT_LE(ended, 6s);
  EXPECT_EQ(it.log.connections, 0);
  EXPECT_TRUE(it.log.lines.empty());
}

}  // namespace
}  // namespace patchbay
