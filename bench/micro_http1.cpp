// What it costs to read the head of a request, in bytes a second.
#include <benchmark/benchmark.h>

#include <string_view>

#include "patchbay/wire/http1_body.hpp"
#include "patchbay/wire/http1_request.hpp"

namespace patchbay {
namespace {

// What a browser sends for a page: 12 fields.
constexpr std::string_view k_browser =
    "GET /articles/2026/11/what-a-parser-takes?from=front&page=2 HTTP/1.1\r\n"
    "Host: www.example.com\r\n"
    "User-Agent: Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0\r\n"
    "Accept: "
    "text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,*/*;q=0.8\r\n"
    "Accept-Language: en-US,en;q=0.5\r\n"
    "Accept-Encoding: gzip, deflate, br, zstd\r\n"
    "Referer: https://www.example.com/articles/2026/11/\r\n"
    "Connection: keep-alive\r\n"
    "Cookie: session=7d0f3b8e5a1c4d2f9e6b7a8c; consent=all; theme=dark; seen=20261130\r\n"
    "Upgrade-Insecure-Requests: 1\r\n"
    "Sec-Fetch-Dest: document\r\n"
    "Sec-Fetch-Mode: navigate\r\n"
    "Sec-Fetch-Site: same-origin\r\n"
    "\r\n";

// What wrk sends.
constexpr std::string_view k_short =
    "GET /1k.bin HTTP/1.1\r\n"
    "Host: 127.0.0.1:8080\r\n"
    "\r\n";

void parse(benchmark::State& state, std::string_view bytes) {
  const Http1Limits limits;
  Http1Request request;
  for (auto _ : state) {
    benchmark::DoNotOptimize(bytes.data());
    const HeadState head = parse_request(bytes, limits, request);
    if (head != HeadState::complete) return state.SkipWithError("it is no request");
    benchmark::DoNotOptimize(request);
  }
  state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(bytes.size()));
}
void parse_browser_request(benchmark::State& state) { parse(state, k_browser); }
BENCHMARK(parse_browser_request);
void parse_short_request(benchmark::State& state) { parse(state, k_short); }
BENCHMARK(parse_short_request);

// A body in chunks of 1,000 bytes.
void decode_chunks(benchmark::State& state) {
  std::string stream;
  for (int i = 0; i < 64; ++i) stream += chunk_head(1000) + std::string(1000, 'x') + "\r\n";
  stream += k_last_chunk;
  for (auto _ : state) {
    Http1Body body({.kind = BodyKind::chunked});
    std::string_view bytes = stream;
    while (!body.ended() && !bytes.empty()) benchmark::DoNotOptimize(body.take(bytes));
    if (!body.ended()) return state.SkipWithError("it is no body");
  }
  state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(stream.size()));
}
BENCHMARK(decode_chunks);

}  // namespace
}  // namespace patchbay

BENCHMARK_MAIN();
