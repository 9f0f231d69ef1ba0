// For tests: a site with one path for each thing that an answer over HTTP/1 can be.
#pragma once

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "patchbay/http/http_router.hpp"
#include "patchbay/http/source_fixture.hpp"
#include "patchbay/net/sim/peers_fixture.hpp"

namespace patchbay {

// Writes back what comes, the bytes that came too early first.
class EchoUpgrade final : public HttpUpgrade {
 public:
  Task<> run(Stream& stream, std::string early) override {
    (void)co_await stream.write_all("early:" + early + ";");
    for (;;) {
      const auto data = co_await stream.receive();
      if (!data || data->empty()) co_return;
      if (!co_await stream.write_all(data->bytes())) co_return;
    }
  }
};

// Pieces with a pause before each.
class SlowPieces final : public HttpSource {
 public:
  SlowPieces(std::vector<std::string> pieces, Duration pause)
      : pieces_(std::move(pieces)), pause_(pause) {}
  Task<Result<std::size_t>> read(std::span<std::byte> into, Deadline deadline) override {
    if (const auto slept = co_await sleep_for(pause_); !slept) co_return slept.error();
    co_return co_await pieces_.read(into, deadline);
  }

 private:
  PiecesSource pieces_;
  Duration pause_;
};

inline Task<HttpResponse> count_bytes(HttpRequest& request) {
  const auto body = co_await read_all(*request.body, 10'000'000);
  if (body) co_return HttpResponse::text(std::to_string(body->size()));
  if (body.error().fault() == Fault::cancelled) co_return HttpResponse::error(503);
  co_return HttpResponse::error(body.error().fault() == Fault::timed_out ? 408 : 400);
}
inline HttpResponse switch_to(HttpRequest& request) {
  HttpResponse response = HttpResponse::switching(std::make_shared<EchoUpgrade>());
  response.add("Upgrade", request.parameter("protocol"));
  return response;
}
inline Task<HttpResponse> answer_late(HttpRequest&) {
  (void)co_await sleep_for(3s);
  co_return HttpResponse::text("late\n");
}
inline Task<HttpResponse> count_late(HttpRequest& request) {
  (void)co_await sleep_for(60s);
  co_return co_await count_bytes(request);
}

template <class Source, class... Arguments>
HttpResponse made_by(Arguments&&... arguments) {
  return HttpResponse::stream("text/plain",
                              std::make_shared<Source>(std::forward<Arguments>(arguments)...));
}

inline HttpRouter http1_site() {
  using Pieces = std::vector<std::string>;
  HttpRouter site;
  site.get("/", [](HttpRequest&) { return HttpResponse::text("hello\n"); });
  site.get("/big", [](HttpRequest&) { return HttpResponse::text(sim::pattern(3'000'000)); });
  site.get("/made",
           [](HttpRequest&) { return made_by<PiecesSource>(Pieces{"one ", "two ", "three\n"}); });
  site.get("/made-slowly",
           [](HttpRequest&) { return made_by<SlowPieces>(Pieces{"one", "two"}, 5s); });
  site.get("/made-badly", [](HttpRequest&) {
    return made_by<PiecesSource>(Pieces{"one "}, Error(Fault::storage, "make it"));
  });
  site.get("/none", [](HttpRequest&) { return HttpResponse(204); });
  site.get("/none-made", [](HttpRequest&) {
    HttpResponse response = made_by<PiecesSource>(Pieces{"never"});
    response.status = 204;
    return response;
  });
  site.get("/reset", [](HttpRequest&) {
    HttpResponse response = HttpResponse::text("never");
    response.status = 205;
    return response;
  });
  site.get("/status/{code}", [](HttpRequest& request) {
    return HttpResponse(std::stoi(std::string(request.parameter("code"))));
  });
  site.get("/late", answer_late);
  site.get("/tunnel",
           [](HttpRequest&) { return HttpResponse::switching(std::make_shared<EchoUpgrade>()); });
  site.get("/tunnel/{protocol}", switch_to);
  site.post("/tunnel/{protocol}", switch_to);
  site.post("/count", count_bytes);
  site.post("/count-late", count_late);
  site.post("/ignore", [](HttpRequest&) { return HttpResponse::text("ignored\n"); });
  site.post("/echo", [](HttpRequest& request) { return made_by<SameBytes>(*request.body); });
  // A field with whatever the client wrote into its path.
  site.get("/tell/{name}/{value}", [](HttpRequest& request) {
    HttpResponse response = HttpResponse::text("told\n");
    response.add(std::string(request.fields.get("name")), "x");
    response.add("X-Told", request.fields.get("evil"));
    return response;
  });
  return site;
}

}  // namespace patchbay
