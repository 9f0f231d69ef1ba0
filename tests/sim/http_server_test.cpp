// The HTTP server on a bad network: whatever is reset, held up or cut into pieces, each answer and
// each body that was sent is right to its last byte, or the request failed visibly.
#include "patchbay/http/http_server.hpp"

#include <fmt/format.h>

#include <deque>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <set>
#include <vector>

#include "patchbay/http/http_router.hpp"
#include "patchbay/http/http_uploads.hpp"
#include "patchbay/http/static_folder.hpp"
#include "patchbay/http/temporary_folder_fixture.hpp"
#include "patchbay/net/impairment.hpp"
#include "patchbay/net/sim/peers_fixture.hpp"
#include "patchbay/net/sim/seeds.hpp"
#include "patchbay/wire/http1_body.hpp"
#include "patchbay/wire/http1_response.hpp"

namespace patchbay {
namespace {

constexpr std::uint16_t k_port = 80;
constexpr std::size_t k_file_bytes = 60'000;

struct Account {
  int wrong = 0;     // bodies that the server took for whole and that are not
  int answered = 0;  // requests, as their client wanted them
};

// --- the server ----------------------------------------------------------------------------------

// The content of "/…/BYTES/SALT".
std::string content_of(const HttpRequest& request) {
  return sim::pattern(std::stoull(std::string(request.parameter("bytes"))),
                      std::stoull(std::string(request.parameter("salt"))));
}

class Pieces final : public HttpSource {
 public:
  explicit Pieces(std::string text) : text_(std::move(text)) {}
  Task<Result<std::size_t>> read(std::span<std::byte> into, Deadline) override {
    if (const auto paused = co_await yield(); !paused) co_return paused.error();
    const std::size_t count = std::min<std::size_t>({into.size(), text_.size() - taken_, 3000});
    std::memcpy(into.data(), text_.data() + taken_, count);
    taken_ += count;
    co_return count;
  }

 private:
  std::string text_;
  std::size_t taken_ = 0;
};

struct Site {
  explicit Site(Account& account) : account(account) {
    router.get("/text/{bytes}/{salt}",
               [](HttpRequest& request) { return HttpResponse::text(content_of(request)); });
    router.get("/made/{bytes}/{salt}", [](HttpRequest& request) {
      return HttpResponse::stream("text/plain", std::make_shared<Pieces>(content_of(request)));
    });
    router.post("/upload/{bytes}/{salt}",
                [this](HttpRequest& request) { return upload(*this, request); });
    auto folder = StaticFolder::open(files().path().string());
    EXPECT_TRUE(folder);
    router.mount("/files", *folder);
  }
  static Task<HttpResponse> upload(Site& site, HttpRequest& request) {
    const auto body = co_await read_all(*request.body, 1'000'000);
    if (!body) co_return HttpResponse::error(body.error().fault() == Fault::timed_out ? 408 : 400);
    if (*body != content_of(request)) ++site.account.wrong;
    co_return HttpResponse::text(std::to_string(body->size()));
  }
  // The same for all seeds: making it takes longer than a run.
  static TemporaryFolder& files() {
    static TemporaryFolder folder;
    static const bool written = (folder.write("a.bin", sim::pattern(k_file_bytes)), true);
    EXPECT_TRUE(written);
    return folder;
  }

  Account& account;
  HttpRouter router;
};

Task<Result<>> serve(HttpService& service) {
  auto listener = TcpListener::bind(Endpoint(IpAddress::any(Family::v4), k_port));
  if (!listener) co_return listener.error();
  std::vector<HttpListener> listeners;
  listeners.push_back({.socket = std::move(*listener)});
  co_return co_await serve_http(service, std::move(listeners));
}

// --- the client ----------------------------------------------------------------------------------

struct Wish {
  std::string bytes;
  std::string method = "GET";
  int status = 200;
  std::string body = {};
};

std::string request_for(std::string_view method, std::string_view target, std::string_view lines) {
  return fmt::format("{} {} HTTP/1.1\r\nHost: site\r\n{}\r\n", method, target, lines);
}

// With a length, or in chunks of any size.
std::string request_with(Chance& chance, std::string_view method, std::string_view target,
                         std::string_view content) {
  if (chance.happens(0.5)) {
    const std::string length = fmt::format("Content-Length: {}\r\n", content.size());
    return request_for(method, target, length).append(content);
  }
  std::string all = request_for(method, target, "Transfer-Encoding: chunked\r\n");
  for (std::string_view left = content; !left.empty();) {
    const std::string_view piece = left.substr(0, 1 + chance.bits() % 5000);
    left.remove_prefix(piece.size());
    all.append(chunk_head(piece.size())).append(piece).append("\r\n");
  }
  return all + std::string(k_last_chunk);
}

Wish upload_wish(Chance& chance, std::size_t bytes, std::uint64_t salt) {
  const std::string target = fmt::format("/upload/{}/{}", bytes, salt);
  return {request_with(chance, "POST", target, sim::pattern(bytes, salt)), "POST", 200,
          std::to_string(bytes)};
}

Wish any_wish(Chance& chance) {
  const std::size_t bytes = chance.bits() % 20'000;
  const std::uint64_t salt = chance.bits() % 100;
  switch (chance.bits() % 6) {
    case 0: return upload_wish(chance, bytes, salt);
    case 1:
      return {request_for("GET", fmt::format("/made/{}/{}", bytes, salt), ""), "GET", 200,
              sim::pattern(bytes, salt)};
    case 2: return {request_for("GET", "/files/a.bin", ""), "GET", 200, sim::pattern(k_file_bytes)};
    case 3: {
      const std::size_t first = chance.bits() % k_file_bytes;
      const std::size_t last = std::min(first + bytes, k_file_bytes - 1);
      return {
          request_for("GET", "/files/a.bin", fmt::format("Range: bytes={}-{}\r\n", first, last)),
          "GET", 206, sim::pattern(k_file_bytes).substr(first, last - first + 1)};
    }
    case 4: return {request_for("HEAD", fmt::format("/text/{}/{}", bytes, salt), ""), "HEAD"};
    default:
      return {request_for("GET", fmt::format("/text/{}/{}", bytes, salt), ""), "GET", 200,
              sim::pattern(bytes, salt)};
  }
}

Task<Result<>> tell(TcpStream& stream, std::string all) {
  co_return co_await stream.write_all(all);
}

// What cannot be read as an answer, or is another, is a fault of its own: `integrity`.
Task<Result<>> hear(TcpStream& stream, std::deque<Wish>& wishes, Account& account) {
  std::string pending;
  while (!wishes.empty()) {
    const Wish& wish = wishes.front();
    Http1Response response;
    HeadState state = HeadState::incomplete;
    while ((state = parse_response(pending, wish.method, {}, response)) == HeadState::incomplete) {
      const auto data = co_await stream.receive(Deadline::after(30s));
      if (!data) co_return data.error();
      if (data->empty()) co_return Error(Fault::closed, "hear an answer");
      pending += data->text();
    }
    if (state == HeadState::refused || response.status != wish.status) {
      co_return Error(Fault::integrity, "hear the answer", "it is another")
          .about(std::to_string(response.status));
    }
    Http1Body framing(response.framing);
    pending.erase(0, response.bytes);
    std::string body;
    while (!framing.ended() && !framing.broken()) {
      std::string_view bytes = pending;
      body += framing.take(bytes);
      pending.erase(0, pending.size() - bytes.size());
      if (framing.ended() || framing.broken() || !pending.empty()) continue;
      const auto data = co_await stream.receive(Deadline::after(30s));
      if (!data) co_return data.error();
      if (data->empty()) co_return Error(Fault::closed, "hear a body");
      pending += data->text();
    }
    if (framing.broken() || body != wish.body) {
      co_return Error(Fault::integrity, "hear the body", "it is another");
    }
    ++account.answered;
    wishes.pop_front();
  }
  co_return ok();
}

// What was not answered is asked for again on another connection.
Task<Result<>> ask_for_all(Endpoint server, std::deque<Wish> wishes, Account& account) {
  while (!wishes.empty()) {
    auto stream = co_await TcpStream::connect(server, {}, Deadline::after(30s));
    if (!stream) continue;
    std::string all;
    for (const Wish& wish : wishes) all += wish.bytes;
    const auto done = co_await both(tell(*stream, std::move(all)), hear(*stream, wishes, account));
    if (!done && done.error().fault() == Fault::integrity) co_return done;
  }
  co_return ok();
}

// Two connections are reset, and for a while the server stands still.
void cause_trouble(sim::World& world, sim::Pair& pair, Chance& chance) {
  const auto within = [&chance](Duration most) {
    return Duration(
        static_cast<std::int64_t>(chance.bits() % static_cast<std::uint64_t>(most.count())));
  };
  for (int i = 0; i < 2; ++i) {
    world.at(within(500ms), [&pair] { (void)pair.server.reset_connection(); });
  }
  const Duration stall = within(500ms);
  world.at(stall, [&pair] { pair.server.pause(); });
  world.at(stall + within(15s), [&pair] { pair.server.resume(); });
}

constexpr Impairment k_bad_link = {.delay = 5ms, .jitter = 2ms, .loss = 0.01};

void set_faults(sim::Pair& pair) {
  pair.server.faults() = {.short_reads = 0.1, .short_writes = 0.1};
  pair.client.faults() = {.short_reads = 0.1, .read_bytes_per_second = 500'000};
}

SIM_TEST(SimulatedHttpServer, GetsEachByteRightOrFailsVisibly) {
  sim::Pair pair(world, k_bad_link);
  set_faults(pair);
  Account account;
  Site site(account);
  HttpService service(site.router, {});
  pair.server.serve(serve(service));
  Chance chance = world.chance_for("wishes");
  int wanted = 0;
  for (int i = 0; i < 3; ++i) {
    std::deque<Wish> wishes;
    for (std::uint64_t n = 1 + chance.bits() % 4; n > 0; --n) wishes.push_back(any_wish(chance));
    wanted += static_cast<int>(wishes.size());
    pair.client.run(
        ask_for_all(Endpoint(pair.server.address(), k_port), std::move(wishes), account));
  }
  cause_trouble(world, pair, chance);
  const sim::Verdict verdict = world.run();
  EXPECT_TRUE(verdict) << verdict.describe();
  EXPECT_EQ(account.answered, wanted);
  EXPECT_EQ(account.wrong, 0);
}

// --- files that clients write over each other ----------------------------------------------------

std::string read_file(const TemporaryFolder& files, const std::string& name) {
  std::ifstream file(files.path(name), std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

// Each is there at any time, and is one that somebody has sent, whole; nothing else is left.
SIM_TEST(SimulatedHttpServer, StoresFilesWholeOrNotAtAll) {
  const std::vector<std::string> names = {"a", "b"};
  const TemporaryFolder files;
  std::map<std::string, std::set<std::string>> sent;
  for (const std::string& name : names) files.write(name, "old");
  auto folder = StaticFolder::open(files.path().string());
  ASSERT_TRUE(folder);
  auto uploads = HttpUploads::open(*folder, files.path().string());
  ASSERT_TRUE(uploads);
  HttpService service(**uploads, {});
  sim::Pair pair(world, k_bad_link);
  set_faults(pair);
  pair.server.serve(serve(service));
  Account account;
  Chance chance = world.chance_for("wishes");
  int wanted = 0;
  for (int i = 0; i < 3; ++i) {
    std::deque<Wish> wishes;
    for (std::uint64_t n = 1 + chance.bits() % 3; n > 0; --n) {
      const std::string& name = names[chance.bits() % names.size()];
      const std::string content = sim::pattern(chance.bits() % 40'000, chance.bits());
      wishes.push_back({request_with(chance, "PUT", "/" + name, content), "PUT", 204});
      sent[name].insert(content);
    }
    wanted += static_cast<int>(wishes.size());
    pair.client.run(
        ask_for_all(Endpoint(pair.server.address(), k_port), std::move(wishes), account));
  }
  cause_trouble(world, pair, chance);
  const sim::Verdict verdict = world.run();
  EXPECT_TRUE(verdict) << verdict.describe();
  EXPECT_EQ(account.answered, wanted);
  for (const std::string& name : names) {
    const std::string content = read_file(files, name);
    EXPECT_TRUE(sent.contains(name) ? sent[name].contains(content) : content == "old")
        << name << " has " << content.size() << " bytes that nobody has sent";
  }
  const auto all = std::filesystem::directory_iterator(files.path());
  EXPECT_EQ(std::distance(begin(all), end(all)), std::ssize(names));
}

}  // namespace
}  // namespace patchbay
