// For tests: a site with one path for each thing that an answer over HTTP/2 can be.
#pragma once

#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <cstring>
#include <memory>
#include <string>
#include <vector>

#include "patchbay/http/http2_client_fixture.hpp"
#include "patchbay/http/http_log_fixture.hpp"
#include "patchbay/http/source_fixture.hpp"

namespace patchbay {

// `total` bytes of a pattern, a few at a time.
class PatternSource final : public HttpSource {
 public:
  PatternSource(std::size_t total, bool tells) : text_(sim::pattern(total)), tells_(tells) {}

  Task<Result<std::size_t>> read(std::span<std::byte> into, Deadline) override {
    if (const auto paused = co_await yield(); !paused) co_return paused.error();
    const std::size_t size = std::min<std::size_t>({into.size(), text_.size() - taken_, 7'000});
    std::memcpy(into.data(), text_.data() + taken_, size);
    taken_ += size;
    co_return size;
  }
  std::optional<std::uint64_t> size() const override {
    if (!tells_) return std::nullopt;
    return text_.size();
  }
  bool survives_cancel() const override { return survives; }

  bool survives = false;

 private:
  std::string text_;
  std::size_t taken_ = 0;
  bool tells_;
};

inline std::shared_ptr<HttpFile> file_of(std::string_view content) {
  const int descriptor = ::memfd_create("content", MFD_CLOEXEC);
  EXPECT_EQ(::write(descriptor, content.data(), content.size()),
            static_cast<ssize_t>(content.size()));
  return std::make_shared<HttpFile>(descriptor);
}

class Http2Site final : public HttpHandler {
 public:
  std::optional<HttpResponse> answer_now(HttpRequest& request) override {
    ++begun;
    last_host = std::string(request.host);
    last_cookie = request.fields.all("cookie");
    last_query = std::string(request.query);
    if (request.path == "/") return HttpResponse::text("hello\n");
    if (request.path == "/big") return HttpResponse::text(sim::pattern(big));
    if (request.path == "/none") return HttpResponse(204);
    if (request.path == "/empty") return HttpResponse::text("");
    if (request.path == "/parts") return parts();
    if (request.path == "/prepared") return HttpResponse::prepared(prepared_);
    if (request.path == "/file") return with(HttpFilePart{file, 1000, 150'000});
    if (request.path == "/short-file") return with(HttpFilePart{file, 0, 500'000});
    if (request.path == "/source") return source(50'000, false);
    if (request.path == "/sized") return source(50'000, true);
    if (request.path == "/fields") return fields();
    if (request.path == "/reset") return with("never", 205);
    if (request.path == "/old") return with("update", 426);
    if (request.path == "/told") return told();
    if (request.path == "/upgrade") return HttpResponse::switching(nullptr);
    return std::nullopt;
  }

  Task<HttpResponse> answer(HttpRequest& request) override {
    ++running;
    HttpResponse response = co_await answer_later(request);
    --running;
    co_return response;
  }

  int begun = 0;
  int running = 0;
  std::size_t big = 200'000;
  std::optional<Fault> body_fault;
  std::string last_host, last_cookie, last_query;
  std::shared_ptr<HttpFile> file = file_of(sim::pattern(200'000));

 private:
  Task<HttpResponse> answer_later(HttpRequest& request) {
    if (request.path == "/later") {
      (void)co_await sleep_for(100ms);
      co_return HttpResponse::text("later\n");
    }
    if (request.path == "/slow") {
      (void)co_await sleep_for(3s);
      co_return HttpResponse::text("slow\n");
    }
    if (request.path == "/never") {
      Event never;
      (void)co_await never.wait();
      co_return HttpResponse::text("never\n");
    }
    if (request.path == "/count") co_return co_await count(*request.body);
    if (request.path == "/echo") {
      co_return HttpResponse::stream("text/plain", std::make_shared<SameBytes>(*request.body));
    }
    co_return HttpResponse::error(404);
  }
  Task<HttpResponse> count(HttpSource& body) {
    std::uint64_t bytes = 0;
    std::byte piece[1000];
    for (;;) {
      const auto got = co_await body.read(piece);
      if (!got) {
        body_fault = got.error().fault();
        co_return HttpResponse::error(400);
      }
      if (*got == 0) co_return HttpResponse::text(std::to_string(bytes));
      bytes += *got;
    }
  }

  static HttpResponse told() {
    HttpResponse response;
    response.add("Content-Length", "77");
    return response;
  }
  static HttpResponse with(HttpResponse::Body body, int status = 200) {
    HttpResponse response(status);
    response.body = std::move(body);
    return response;
  }
  static HttpResponse source(std::size_t size, bool tells) {
    return HttpResponse::stream("text/plain", std::make_shared<PatternSource>(size, tells));
  }
  HttpResponse parts() const {
    return with(std::vector<std::variant<std::string, HttpFilePart>>{
        "begin", HttpFilePart{file, 5, 20'000}, "", "end"});
  }
  static HttpResponse fields() {
    HttpResponse response = HttpResponse::text("x");
    response.add("X-Mixed-Case", "Yes").add("Connection", "close").add("Keep-Alive", "5");
    response.add("Transfer-Encoding", "chunked").add("Upgrade", "h3").add("Proxy-Connection", "x");
    response.add("Content-Length", "77");
    return response;
  }

  std::shared_ptr<const HttpPrepared> prepared_ =
      HttpPrepared::make(203, {{"Content-Type", "text/css"}}, "body {}\n");
};

// A server with the site, and a client beside it.
struct Http2World {
  explicit Http2World(HttpLimits limits = {}, sim::WorldOptions options = {})
      : world(1, options), service(site, limits, &log) {
    pair.server.serve(http2_site(service));
  }
  template <class... Parameters, class... Arguments>
  void run(Task<Result<>> (*talk)(Http2Client&, Parameters...), Arguments... arguments) {
    run_with({}, talk, arguments...);
  }
  template <class... Parameters, class... Arguments>
  void run_with(Http2Client::Options options, Task<Result<>> (*talk)(Http2Client&, Parameters...),
                Arguments... arguments) {
    pair.client.run(visit<Parameters...>(Endpoint(pair.server.address(), k_http2_port),
                                         std::move(options), talk, arguments...));
    took = sim::run(world);
    EXPECT_EQ(site.running, 0);
  }
  template <class... Parameters>
  static Task<Result<>> visit(Endpoint server, Http2Client::Options options,
                              Task<Result<>> (*talk)(Http2Client&, Parameters...),
                              std::type_identity_t<Parameters>... arguments) {
    auto stream = co_await TcpStream::connect(server);
    if (!stream) co_return stream.error();
    Http2Client client(*stream, std::move(options));
    co_return co_await talk(client, arguments...);
  }

  sim::World world;
  sim::Pair pair{world};
  Http2Site site;
  HttpHeardLog log;
  HttpService service;
  Duration took{};
};

// What comes of it.
inline std::optional<int> say(Http2World& it, std::string bytes) {
  std::optional<int> code;
  it.pair.client.run(
      say_only(Endpoint(it.pair.server.address(), k_http2_port), std::move(bytes), code));
  it.took = sim::run(it.world);
  return code;
}

}  // namespace patchbay
