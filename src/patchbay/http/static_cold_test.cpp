// Files that are not in memory: whoever asks for one waits for the disk, and nobody else does. The
// disk's slowness is made: the threads that may wait for it are held up, and the loop's own thread
// hears from the kernel that it would have to wait, whatever it asks for.
#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <latch>
#include <string>
#include <thread>

#include "patchbay/http/http_server.hpp"
#include "patchbay/http/static_file.hpp"
#include "patchbay/http/static_folder.hpp"
#include "patchbay/http/temporary_folder_fixture.hpp"
#include "patchbay/net/blocking.hpp"
#include "patchbay/net/denied_call_fixture.hpp"
#include "patchbay/net/group.hpp"
#include "patchbay/net/loop.hpp"
#include "patchbay/net/sim/peers_fixture.hpp"
#include "patchbay/wire/http1_response.hpp"

namespace patchbay {
namespace {

constexpr int k_pool_threads = 4;
constexpr FileCacheOptions k_never_looks = {.checked = 1h, .loaded = 1h};

struct Scene {
  TemporaryFolder files = {};
  std::latch disk{1};  // the threads of the pool wait until it is open
  std::latch held_up{k_pool_threads};
  bool may_filter = false;
  bool played = false;
};

// A client that has one request under way at a time.
struct Asking {
  TcpStream stream;
  std::string heard = {};
};

Task<Result<>> ask(Asking& client, std::string_view path) {
  client.heard.clear();
  co_return co_await client.stream.write_all("GET " + std::string(path) +
                                             " HTTP/1.1\r\nHost: a\r\n\r\n");
}

// What has come of the body, after the time or when it is whole.
Task<Result<std::string>> hear(Asking& client, Deadline deadline) {
  for (;;) {
    Http1Response response;
    const HeadState state = parse_response(client.heard, "GET", {}, response);
    const std::string body =
        state == HeadState::complete ? client.heard.substr(response.bytes) : "";
    if (state == HeadState::complete && body.size() >= response.framing.content_length) {
      co_return body;
    }
    const auto data = co_await client.stream.receive(deadline);
    if (!data && data.error().fault() == Fault::timed_out) co_return body;
    if (!data) co_return data.error();
    if (data->empty()) co_return Error(Fault::closed, "hear all of the body");
    client.heard += data->text();
  }
}

Task<Result<std::string>> get(Asking& client, std::string_view path) {
  if (const auto asked = co_await ask(client, path); !asked) co_return asked.error();
  co_return co_await hear(client, Deadline::after(60s));
}

void hold_up_the_disk(Scene& scene) {
  for (int i = 0; i < k_pool_threads; ++i) {
    Loop::current().blocking_pool().submit(
        [&scene] {
          scene.held_up.count_down();
          scene.disk.wait();
        },
        [] {});
  }
  scene.held_up.wait();
}

// The pool's threads have begun before, so that this is no rule for them.
bool let_nothing_be_in_memory() {
  return deny_call(SYS_preadv2, EAGAIN) && deny_call(SYS_openat2, EAGAIN);
}

Task<Result<>> play(Scene& scene, Endpoint at) {
  std::vector<Asking> clients;
  for (int i = 0; i < 4; ++i) {
    auto stream = co_await TcpStream::connect(at);
    if (!stream) co_return stream.error();
    clients.push_back({.stream = std::move(*stream)});
  }
  Asking &other = clients[0], &large = clients[1], &small = clients[2], &listing = clients[3];
  for (const char* path : {"/page.html", "/large.bin"}) {
    if (const auto known = co_await get(other, path); !known) co_return known.error();
  }
  hold_up_the_disk(scene);
  scene.may_filter = let_nothing_be_in_memory();
  if (!scene.may_filter) {
    scene.disk.count_down();
    co_return ok();
  }
  // One whose name is known and whose content is not in memory, one that is not known at all, and a
  // folder.
  EXPECT_TRUE(co_await ask(large, "/large.bin"));
  EXPECT_TRUE(co_await ask(small, "/small.txt"));
  EXPECT_TRUE(co_await ask(listing, "/sub/"));
  for (int i = 0; i < 3; ++i) {
    const auto page = co_await get(other, "/page.html");
    EXPECT_TRUE(page && *page == "page") << "a client beside them";
  }
  for (Asking* const waiting : {&large, &small, &listing}) {
    const auto before = co_await hear(*waiting, Deadline::after(1ms));
    EXPECT_TRUE(before && before->empty()) << "the loop has read from the disk by itself";
  }
  scene.disk.count_down();
  const auto content = co_await hear(large, Deadline::after(60s));
  EXPECT_TRUE(content && *content == sim::pattern(3'000'000));
  const auto text = co_await hear(small, Deadline::after(60s));
  EXPECT_TRUE(text && *text == "small");
  scene.played = true;
  co_return ok();
}

Task<> serve_and_play(Scene& scene) {
  auto folder = StaticFolder::open(scene.files.path().string(), {.cache = k_never_looks});
  EXPECT_TRUE(folder);
  HttpService service(**folder, {});
  auto listener = TcpListener::bind(Endpoint(IpAddress::loopback(Family::v4), 0));
  EXPECT_TRUE(listener);
  if (!folder || !listener) co_return;
  const Endpoint at = listener->local();
  std::vector<HttpListener> listeners;
  listeners.push_back({.socket = std::move(*listener)});
  const auto done = co_await either(serve_http(service, std::move(listeners), 1s), play(scene, at));
  EXPECT_TRUE(done) << done.error().describe();
}

TEST(StaticCold, HoldsUpNobodyWhoAsksForSomethingElse) {
  Scene scene;
  scene.files.write("page.html", "page");
  scene.files.write("small.txt", "small");
  scene.files.write("sub/a.txt", "a");
  scene.files.write("large.bin", sim::pattern(3'000'000));
  std::jthread([&scene] {
    auto loop = Loop::make();
    ASSERT_TRUE(loop);
    (*loop)->run(serve_and_play(scene));
  }).join();
  if (!scene.may_filter) GTEST_SKIP() << "this process may not filter its own system calls";
  EXPECT_TRUE(scene.played);
}

// Its folder's names are not in memory: that is no word about the packed form beside it.
TEST(StaticCold, TakesNoNeighbourForMissingBeforeItHasLooked) {
  TemporaryFolder files;
  files.write("page.html", "page");
  files.write("page.html.gz", "packed");
  bool may_filter = false;
  std::jthread([&] {
    const int root = ::open(files.path().c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC);
    const StaticPlace place{.root = root, .path = "page.html", .now = {}};
    auto opened = open_beneath(root, place.path, DiskWait::allowed);
    ASSERT_TRUE(opened);
    may_filter = deny_call(SYS_openat2, EAGAIN);
    if (may_filter) {
      const auto file = load_static_file(place, std::move(*opened), {}, DiskWait::cached);
      ASSERT_FALSE(file);
      EXPECT_EQ(file.error(), EAGAIN);
    }
    ::close(root);
  }).join();
  if (!may_filter) GTEST_SKIP() << "this process may not filter its own system calls";
}

}  // namespace
}  // namespace patchbay
