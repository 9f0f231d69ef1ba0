// How long a client may take, how many there may be, and how a server stops.
#include "patchbay/http/http1_site_fixture.hpp"
#include "patchbay/http/http_door.hpp"
#include "patchbay/http/http_world_fixture.hpp"

namespace patchbay {
namespace {

using sim::HostFaults;

// --- time ----------------------------------------------------------------------------------------

TEST(HttpServerLimits, AnswersAHeadThatTakesTooLongWith408) {
  HttpRouter site = http1_site();
  HttpWorld it(site, {.limits = {.head_time = 4s}});
  std::vector<HttpSaid> script;
  for (int i = 0; i < 20; ++i)
    script.push_back({.bytes = "GET / HT"[i % 8] + std::string(), .after = 1s});
  const HttpHeard heard = it.hear(std::move(script));
  EXPECT_EQ(heard.only().status, 408);
  EXPECT_EQ(heard.only().field("connection"), "close");
  EXPECT_GE(heard.ended, 5s);  // the first byte came after one
  EXPECT_LT(heard.ended, 6s);
  ASSERT_EQ(it.log.lines.size(), 1U);
  EXPECT_EQ(it.log.lines[0].answer.status, 408);
}

// Pausing for as long between two requests is nobody's fault.
TEST(HttpServerLimits, GivesEachHeadItsOwnTime) {
  HttpRouter site = http1_site();
  HttpWorld it(site, {.limits = {.head_time = 4s}});
  const HttpHeard heard = it.hear({{.bytes = get_of("/")},
                                   {.bytes = "GET / HTTP/1.1\r\n", .after = 30s},
                                   {.bytes = "Host: a\r\n\r\n", .after = 3s},
                                   {.bytes = "GET / HTTP/1.1\r\n", .after = 2s},
                                   {.bytes = "Host: a\r\n\r\n", .after = 3s}});
  EXPECT_EQ(heard.statuses(), (std::vector{200, 200, 200}));
}

TEST(HttpServerLimits, ClosesWhoIsIdle) {
  HttpRouter site = http1_site();
  const HttpHeard silent = HttpWorld(site, {.limits = {.idle = 7s}}).hear("");
  EXPECT_EQ(silent.bytes, "");
  EXPECT_GE(silent.ended, 7s);
  EXPECT_LT(silent.ended, 8s);
  const HttpHeard later =
      HttpWorld(site, {.limits = {.idle = 7s}})
          .hear({{.bytes = get_of("/"), .after = 5s}, {.bytes = get_of("/"), .after = 5s}});
  EXPECT_EQ(later.statuses(), (std::vector{200, 200}));
  EXPECT_GE(later.ended, 17s);
  EXPECT_LT(later.ended, 18s);
}

std::vector<HttpSaid> slow_body(std::size_t bytes_a_second) {
  std::vector<HttpSaid> script{{.bytes = get_of("/count", "Content-Length: 60000\r\n", "POST")}};
  for (std::size_t sent = 0; sent < 60'000; sent += bytes_a_second) {
    script.push_back(
        {.bytes = std::string(std::min(bytes_a_second, 60'000 - sent), 'x'), .after = 1s});
  }
  return script;
}

TEST(HttpServerLimits, WantsBodiesAtARate) {
  HttpRouter site = http1_site();
  const HttpWorld::Options limits{.limits = {.grace = 10s, .least_rate = 1000}};
  EXPECT_EQ(HttpWorld(site, limits).hear(slow_body(1200)).only().body, "60000");
  // Slower, but ten seconds' grace are enough.
  EXPECT_EQ(HttpWorld(site, limits).hear(slow_body(900)).only().body, "60000");
  const HttpHeard slow = HttpWorld(site, limits).hear(slow_body(500));
  EXPECT_EQ(slow.only().status, 408);
  EXPECT_EQ(slow.only().field("connection"), "close");
  EXPECT_GT(slow.ended, 18s);
  EXPECT_LT(slow.ended, 25s);
}

// What was fast once may not stand still for long later, as in HTTP/2.
TEST(HttpServerLimits, KeepsNoCreditForWhoWasFast) {
  HttpRouter site = http1_site();
  const std::string half(5'000'000, 'x');
  const HttpHeard heard = HttpWorld(site).hear(
      {{.bytes = get_of("/count", "Content-Length: 5000001\r\n", "POST") + half}});
  EXPECT_EQ(heard.only().status, 408);
  EXPECT_GT(heard.ended, 10s);
  EXPECT_LT(heard.ended, 30s);
}

TEST(HttpServerLimits, BlamesNoClientForTheTimeOfAHandler) {
  HttpRouter site = http1_site();
  const HttpHeard heard =
      HttpWorld(site).hear({{.bytes = get_of("/count-late", "Content-Length: 5\r\n", "POST")},
                            {.bytes = "12345", .after = 65s}});
  EXPECT_EQ(heard.only().body, "5");
}

// The server stands still for half a minute, from the first second on, and reads in small pieces.
// What a client has sent meanwhile is there when it looks, however late that is.
HttpHeard hear_while_it_stands_still(std::string before, std::string meanwhile) {
  HttpRouter site = http1_site();
  HttpWorld it(site);
  sim::Host& server = it.pair.server;
  server.faults().short_reads = 1;
  it.world.at(1s, [&server] { server.pause(); });
  it.world.at(31s, [&server] { server.resume(); });
  return it.hear({{.bytes = std::move(before)},
                  {.bytes = std::move(meanwhile), .after = 2s},
                  {.after = 60s, .ends = true}});
}

TEST(HttpServerLimits, BlamesNoClientForItsOwnPause) {
  const std::string post = get_of("/count", "Content-Length: 2000\r\n", "POST");
  const std::string half(1000, 'x');
  const HttpHeard head = hear_while_it_stands_still("GET / HTTP/1.1\r\n", "Host: a\r\n\r\n");
  EXPECT_EQ(head.statuses(), (std::vector{200}));
  const HttpHeard body = hear_while_it_stands_still(post + half, half);
  EXPECT_EQ(body.only().body, "2000");
  // Whoever has sent nothing meanwhile has had the time.
  EXPECT_EQ(hear_while_it_stands_still("GET / HTTP/1.1\r\n", "").only().status, 408);
  EXPECT_EQ(hear_while_it_stands_still(post + half, "").only().status, 408);
}

TEST(HttpServerLimits, CutsOffWhoReadsTooSlowly) {
  const auto read_at = [](std::uint64_t bytes_a_second) {
    HttpRouter site = http1_site();
    HttpWorld it(site, {.limits = {.grace = 10s, .least_rate = 10'000}});
    it.pair.client.faults().read_bytes_per_second = bytes_a_second;
    (void)it.hear(get_of("/big", "Connection: close\r\n"));
    EXPECT_EQ(it.log.lines.size(), 1U);
    return it.log.lines.at(0).answer.complete;
  };
  EXPECT_TRUE(read_at(100'000));
  EXPECT_FALSE(read_at(1'000));
}

// One that takes nothing any more is not waited for as long as all of it may take.
TEST(HttpServerLimits, CutsOffWhoReadsNoMore) {
  HttpRouter site = http1_site();
  HttpWorld it(site, {.limits = {.grace = 10s, .least_rate = 1000, .reader_grace = 10s}});
  it.pair.client.faults().read_bytes_per_second = 1;
  (void)it.client(
      {{.bytes = get_of("/big", "Connection: close\r\n")}, {.after = 60s, .leaves = true}});
  it.run();
  ASSERT_EQ(it.log.lines.size(), 1U);
  EXPECT_FALSE(it.log.lines[0].answer.complete);
  EXPECT_GT(it.log.lines[0].answer.took, 9s);
  EXPECT_LT(it.log.lines[0].answer.took, 30s);
}

// A video that is paused: what was read before counts for it, and so much and no more.
TEST(HttpServerLimits, LetsAReaderPauseThatWasFaster) {
  const auto is_whole_after = [](Duration pause, std::uint64_t least_rate) {
    HttpRouter site = http1_site();
    HttpWorld it(site, {.limits = {.grace = 10s, .least_rate = least_rate, .reader_grace = 60s}});
    HostFaults& faults = it.pair.client.faults();
    faults.read_bytes_per_second = 500'000;
    const auto set_rate = [&faults](std::uint64_t rate) {
      return [&faults, rate] { faults.read_bytes_per_second = rate; };
    };
    (void)it.client({{.bytes = get_of("/big", "Connection: close\r\n")},
                     {.after = 1s, .meanwhile = set_rate(1)},
                     {.after = pause, .meanwhile = set_rate(0)},
                     {.after = 20s, .leaves = true}});
    it.run();
    EXPECT_EQ(it.log.lines.size(), 1U);
    return it.log.lines.at(0).answer.complete;
  };
  EXPECT_TRUE(is_whole_after(5s, 1000));
  EXPECT_TRUE(is_whole_after(50s, 1000));
  EXPECT_FALSE(is_whole_after(80s, 1000)) << "longer than anybody may";
  EXPECT_FALSE(is_whole_after(50s, 200'000)) << "it was no faster than it had to be";
}

// --- how many ------------------------------------------------------------------------------------

TEST(HttpServerLimits, ClosesConnectionsOfAnAddressThatHasEnough) {
  HttpRouter site = http1_site();
  HttpWorld it(site, {.limits = {.connections_per_address = 2}});
  const HttpHeard& first = it.client({{.bytes = get_of("/late", "Connection: close\r\n")}});
  const HttpHeard& second = it.client({{.bytes = get_of("/late", "Connection: close\r\n")}});
  const HttpHeard& third = it.client({{.bytes = get_of("/")}});
  it.run();
  EXPECT_EQ(first.only().body, "late\n");
  EXPECT_EQ(second.only().body, "late\n");
  EXPECT_EQ(third.bytes, "");
  EXPECT_LT(third.ended, 1s);
}

// One customer has a whole /64 of IPv6.
TEST(HttpDoor, CountsAddressesOfIpv6ByTheirNetwork) {
  HttpRouter site = http1_site();
  HttpService service(site, {.connections_per_address = 1});
  HttpService beside(site, {.connections_per_address = 1});
  beside.headcount = service.headcount;
  HttpDoor door{.service = service};
  HttpDoor door_beside{.service = beside};
  const auto from = [](const char* address) { return Endpoint(*IpAddress::parse(address), 4000); };
  {
    const auto first = HttpVisit::begin(door, from("2001:db8:1:2::1"));
    const auto other = HttpVisit::begin(door_beside, from("192.0.2.1"));
    EXPECT_TRUE(first && other);
    for (HttpDoor* const at : {&door, &door_beside}) {
      EXPECT_FALSE(HttpVisit::begin(*at, from("2001:db8:1:2:ffff::9")));
      EXPECT_TRUE(HttpVisit::begin(*at, from("2001:db8:1:3::1")));
      EXPECT_FALSE(HttpVisit::begin(*at, from("192.0.2.1")));
      EXPECT_TRUE(HttpVisit::begin(*at, from("192.0.2.2")));
    }
    EXPECT_EQ(service.headcount->all(), 2U);
    EXPECT_EQ(service.counters.open, 1U);
  }
  EXPECT_TRUE(HttpVisit::begin(door, from("2001:db8:1:2:ffff::9")));
  EXPECT_EQ(service.headcount->all(), 0U);
  EXPECT_EQ(service.headcount->addresses(), 0U);
}

// Whoever leaves another loop makes room here as well, though nothing of it is told.
TEST(HttpServerLimits, LetsConnectionsWaitForThoseOfOtherLoops) {
  HttpRouter site = http1_site();
  HttpWorld it(site, {.limits = {.connections = 1}});
  it.service.headcount->enter();
  it.pair.server.run([](HttpHeadcount& headcount) -> Task<> {
    (void)co_await sleep_for(4s);
    headcount.leave();
  }(*it.service.headcount));
  const HttpHeard& heard = it.client({{.bytes = get_of("/", "Connection: close\r\n")}});
  it.run();
  EXPECT_EQ(heard.only().body, "hello\n");
  EXPECT_GE(it.took, 4s);
  EXPECT_LT(it.took, 5s);
}

TEST(HttpServerLimits, LetsFurtherConnectionsWait) {
  HttpRouter site = http1_site();
  HttpWorld it(site, {.limits = {.connections = 2}});
  std::vector<HttpHeard*> all;
  for (int i = 0; i < 6; ++i) {
    all.push_back(&it.client({{.bytes = get_of("/late", "Connection: close\r\n")}}));
  }
  it.run();
  for (const HttpHeard* heard : all) EXPECT_EQ(heard->only().body, "late\n");
  EXPECT_GE(it.took, 9s);
  EXPECT_LT(it.took, 12s);
}

// --- the end -------------------------------------------------------------------------------------

TEST(HttpServerStop, ClosesIdleConnectionsAtOnce) {
  HttpRouter site = http1_site();
  HttpWorld it(site, {.stop_after = 5s});
  const HttpHeard& idle = it.client({{.bytes = get_of("/")}});
  const HttpHeard& silent = it.client({});
  it.run();
  EXPECT_EQ(idle.only().body, "hello\n");
  EXPECT_LT(idle.ended, 6s);
  EXPECT_LT(silent.ended, 6s);
}

TEST(HttpServerStop, LetsARequestInWorkFinish) {
  HttpRouter site = http1_site();
  HttpWorld it(site, {.grace = 10s, .stop_after = 2s});
  const HttpHeard& late = it.client({{.bytes = get_of("/late") + get_of("/")}});
  const HttpHeard& body = it.client({{.bytes = get_of("/count", "Content-Length: 5\r\n", "POST")},
                                     {.bytes = "12345", .after = 5s}});
  it.run();
  EXPECT_EQ(late.only().body, "late\n");
  EXPECT_EQ(late.only().field("connection"), "close");
  EXPECT_LT(late.ended, 4s);
  EXPECT_EQ(body.only().body, "5");
  EXPECT_EQ(body.only().field("connection"), "close");
}

TEST(HttpServerStop, CutsWhatTakesLongerThanItsGrace) {
  HttpRouter site = http1_site();
  HttpWorld it(site, {.grace = 2s, .stop_after = 1s});
  const HttpHeard& heard =
      it.client({{.bytes = get_of("/count", "Content-Length: 5\r\n", "POST")}});
  it.run();
  EXPECT_GE(heard.ended, 2900ms);  // less what connecting took
  EXPECT_LT(heard.ended, 4s);
  EXPECT_EQ(it.log.connections, 0);
}

TEST(HttpServerStop, TakesNobodyNew) {
  HttpRouter site = http1_site();
  HttpWorld it(site, {.grace = 10s, .stop_after = 1s});
  const HttpHeard& first = it.client({{.bytes = get_of("/late")}});
  bool refused = false;
  it.pair.client.run([](Endpoint to, bool& refused) -> Task<> {
    (void)co_await sleep_for(2s);
    const auto stream = co_await TcpStream::connect(to);
    refused = !stream && stream.error().fault() == Fault::refused;
  }(Endpoint(it.pair.server.address(), k_http_port), refused));
  it.run();
  EXPECT_EQ(first.only().body, "late\n");
  EXPECT_TRUE(refused);
}

}  // namespace
}  // namespace patchbay
