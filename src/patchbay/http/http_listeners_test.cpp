// Listeners that come and go while a server runs, on a host whose clock costs nothing.
#include "patchbay/http/http_listeners.hpp"

#include <gtest/gtest.h>

#include "patchbay/http/http_server.hpp"
#include "patchbay/net/group.hpp"
#include "patchbay/net/sim/lone_host.hpp"

namespace patchbay {
namespace {

struct Scene {
  HttpRouter site;
  HttpListeners listeners;
  std::function<Task<Result<>>(Scene&)> play;
  bool played = false;
};

HttpListener& open_one(Scene& scene) {
  auto socket = TcpListener::bind(Endpoint(IpAddress::loopback(Family::v4), 0));
  EXPECT_TRUE(socket);
  return scene.listeners.add({.socket = std::move(*socket)});
}

Task<Result<TcpStream>> visit(Endpoint at) {
  co_return co_await TcpStream::connect(at, Deadline::after(10s));
}

// Is a request answered?
Task<bool> ask(TcpStream& stream) {
  if (!co_await stream.write_all("GET / HTTP/1.1\r\nHost: site\r\n\r\n")) co_return false;
  const auto heard = co_await stream.receive(Deadline::after(10s));
  co_return heard && heard->text().starts_with("HTTP/1.1 200 ");
}

Task<> run_scene(Scene& scene) {
  HttpService service(scene.site, {});
  const auto done = co_await either(serve_http(service, scene.listeners), scene.play(scene));
  EXPECT_TRUE(done) << done.error().describe();
}

void play(Task<Result<>> (*what)(Scene&)) {
  Scene scene{.site = {}, .listeners = {}, .play = what};
  scene.site.get("/", [](HttpRequest&) { return HttpResponse::text("hello\n"); });
  scene.listeners.grace = 1s;
  auto loop = sim::make_lone_loop({});
  ASSERT_TRUE(loop);
  (*loop)->run(run_scene(scene));
  EXPECT_TRUE(scene.played);
}

TEST(HttpListeners, OneThatIsAddedIsServed) {
  play([](Scene& scene) -> Task<Result<>> {
    const Endpoint at = open_one(scene).socket.local();
    auto client = co_await visit(at);
    EXPECT_TRUE(client && co_await ask(*client));
    auto other = co_await visit(open_one(scene).socket.local());
    EXPECT_TRUE(other && co_await ask(*other));
    scene.played = true;
    co_return ok();
  });
}

TEST(HttpListeners, OneThatIsRetiredTakesNobodyMoreAndKeepsItsConnections) {
  play([](Scene& scene) -> Task<Result<>> {
    HttpListener& first = open_one(scene);
    const Endpoint old = first.socket.local();
    auto client = co_await visit(old);
    EXPECT_TRUE(client && co_await ask(*client));
    const Endpoint next = open_one(scene).socket.local();
    scene.listeners.retire(first);
    (void)co_await sleep_for(1s);
    const auto late = co_await visit(old);
    EXPECT_FALSE(late);
    if (!late) EXPECT_EQ(late.error().fault(), Fault::refused);
    EXPECT_TRUE(co_await ask(*client));
    auto other = co_await visit(next);
    EXPECT_TRUE(other && co_await ask(*other));
    scene.played = true;
    co_return ok();
  });
}

TEST(HttpListeners, WhoeverWaitsInTheQueueOfARetiredOneIsTakenIn) {
  play([](Scene& scene) -> Task<Result<>> {
    HttpListener& first = open_one(scene);
    // Before anybody accepts there: the server has had no turn yet.
    auto client = co_await visit(first.socket.local());
    scene.listeners.retire(first);
    EXPECT_TRUE(client && co_await ask(*client));
    scene.played = true;
    co_return ok();
  });
}

TEST(HttpListeners, AllMayBeRetired) {
  play([](Scene& scene) -> Task<Result<>> {
    scene.listeners.retire(open_one(scene));
    (void)co_await sleep_for(1s);
    auto client = co_await visit(open_one(scene).socket.local());
    EXPECT_TRUE(client && co_await ask(*client));
    scene.played = true;
    co_return ok();
  });
}

}  // namespace
}  // namespace patchbay
