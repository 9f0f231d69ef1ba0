// A room on a bad network: whoever is connected hears all that is said after it came in and before
// it went, once, whole and in order, and who is said to be there is.
#include <fmt/format.h>

#include <algorithm>
#include <memory>
#include <string>
#include <vector>

#include "patchbay/net/sim/peers_fixture.hpp"
#include "patchbay/net/sim/seeds.hpp"
#include "patchbay/tools/chat/room/chat_hub.hpp"

namespace patchbay {
namespace {

constexpr std::uint16_t k_port = 6000;
constexpr const char* k_room = "#room";
constexpr Duration k_idle = 2min;  // of a client that says nothing: it is taken for dead

// "name text\n", of what is said; nothing of the rest.
class SaidFace final : public ChatFace {
 public:
  void render(const ChatEvent& event, std::uint32_t, std::string& out) const override {
    if (event.kind != ChatEvent::Kind::said) return;
    out += event.from.name + ' ' + event.message->text + '\n';
  }
};

// --- the server ----------------------------------------------------------------------------------

struct Server {
  Server(sim::Host& host, const ChatSettings& settings) {
    const LoopGuard guard(host.loop());
    hub =
        std::make_unique<ChatHub>(std::make_shared<const ChatSettings>(settings), nullptr, nullptr);
  }
  SaidFace face;
  std::unique_ptr<ChatHub> hub;
  std::vector<std::string> said;  // as it is heard, in its order
};

class Session final : public ChatUser {
 public:
  Session(Server& server, TcpStream stream)
      : ChatUser(*server.hub, {.face = &server.face}, &stream_), stream_(std::move(stream)) {}
  void cut(std::string_view) override { stream_.close(); }
  void echo(const ChatEvent&) override {}
  Stream& stream() { return stream_; }

 private:
  Stream stream_;
};

// "?" is answered with how many there are in the room; what began with a name is over with "".
void take_line(Server& server, Session& user, std::string_view line) {
  if (line == "?") {
    user.send(fmt::format("= {}\n", server.hub->find_room(k_room)->members.size()));
  } else if (!user.has_entered()) {
    if (!server.hub->enter(user, line)) return user.cut("");
    EXPECT_TRUE(server.hub->join(user, k_room));
    user.send(fmt::format("! {}\n", server.said.size()));
  } else if (line == ".") {
    user.send(fmt::format(". {}\n", server.said.size()));
  } else if (server.hub->say(user, k_room, ChatTone::message, line)) {
    server.said.push_back(fmt::format("{} {}", user.source.name, line));
  }
}

Task<> talk(TcpStream stream, Server& server) {
  Session user(server, std::move(stream));
  std::string partial;
  for (;;) {
    const auto data = co_await user.stream().receive(Deadline::after(k_idle));
    if (!data || data->empty()) break;
    partial += data->text();
    for (std::size_t end; (end = partial.find('\n')) != std::string::npos;) {
      take_line(server, user, std::string_view(partial).substr(0, end));
      partial.erase(0, end + 1);
    }
  }
  user.stream().close();
  server.hub->leave(user, "gone");
}

Task<Result<>> serve(Server& server) {
  auto listener = TcpListener::bind(Endpoint(IpAddress::any(Family::v4), k_port));
  if (!listener) co_return listener.error();
  co_return co_await both(server.hub->run(), serve_each(*listener, talk, std::ref(server)));
}

// --- the clients ---------------------------------------------------------------------------------

struct Heard {
  std::vector<std::string> lines;
  bool whole = false;  // it was answered to the end
};

Task<Result<>> tell(TcpStream& stream, std::string name, int count, Duration pause) {
  if (const auto sent = co_await stream.write_all(name + '\n'); !sent) co_return sent;
  for (int i = 0; i < count; ++i) {
    if (const auto slept = co_await sleep_for(pause); !slept) co_return slept;
    const std::string line =
        fmt::format("{} {}\n", i, std::string(static_cast<std::size_t>(i * 7 % 90), 'x'));
    if (const auto sent = co_await stream.write_all(line); !sent) co_return sent;
  }
  co_return co_await stream.write_all(".\n");
}

// Until the answer to the last line that it tells.
Task<Result<>> hear(TcpStream& stream, Heard& heard) {
  std::string partial;
  for (;;) {
    const auto data = co_await stream.receive(Deadline::after(10min));
    if (!data) co_return data.error();
    if (data->empty()) co_return Error(Fault::closed, "hear to the end");
    partial += data->text();
    for (std::size_t end; (end = partial.find('\n')) != std::string::npos;) {
      heard.lines.push_back(partial.substr(0, end));
      partial.erase(0, end + 1);
      heard.whole = heard.lines.back().starts_with(". ");
      if (heard.whole) co_return ok();  // what else the room says comes too late
    }
  }
}

// A reset ends it, which is no fault of anybody's here.
Task<> visit(Endpoint server, std::string name, int count, Duration pause, Heard& heard) {
  auto stream = co_await TcpStream::connect(server, Deadline::after(1min));
  if (!stream) co_return;
  (void)co_await both(tell(*stream, std::move(name), count, pause), hear(*stream, heard));
}

Task<> count_later(Endpoint server, Duration later, std::string& answer) {
  if (!co_await sleep_for(later)) co_return;
  for (int tries = 0; answer.empty() && tries < 20; ++tries) {
    auto stream = co_await TcpStream::connect(server, Deadline::after(1min));
    if (!stream || !co_await stream->write_all("counter\n?\n.\n")) continue;
    Heard heard;
    (void)co_await hear(*stream, heard);
    for (const std::string& line : heard.lines) {
      if (line.starts_with("= ")) answer = line;
    }
  }
}

// --- what has to be so ---------------------------------------------------------------------------

std::size_t number_behind(const std::string& line) { return std::stoul(line.substr(2)); }

// All that the room heard from its coming to its end, but for its own words.
std::vector<std::string> expected(const Server& server, const Heard& heard,
                                  const std::string& name) {
  const std::size_t from = number_behind(heard.lines.front());
  const std::size_t to = heard.whole ? number_behind(heard.lines.back()) : server.said.size();
  std::vector<std::string> lines;
  for (std::size_t i = from; i < to; ++i) {
    if (!server.said[i].starts_with(name + ' ')) lines.push_back(server.said[i]);
  }
  return lines;
}

void expect_all_of_it(const Server& server, const Heard& heard, const std::string& name) {
  if (heard.lines.empty()) return;  // it never came in
  ASSERT_TRUE(heard.lines.front().starts_with("! ")) << heard.lines.front();
  std::vector<std::string> lines(heard.lines.begin() + 1, heard.lines.end());
  if (heard.whole) lines.pop_back();
  const std::vector<std::string> all = expected(server, heard, name);
  ASSERT_LE(lines.size(), all.size()) << name;
  if (heard.whole) EXPECT_EQ(lines.size(), all.size()) << name;
  EXPECT_TRUE(std::equal(lines.begin(), lines.end(), all.begin())) << name;
}

struct Crowd {
  static constexpr std::size_t k_clients = 6;
  std::vector<Heard> heard{k_clients};
  std::string counted;

  void come(sim::World& world, sim::Pair& pair, Server& server) {
    Chance chance = world.chance_for("clients");
    for (std::size_t i = 0; i < k_clients; ++i) {
      const int count = static_cast<int>(chance.bits() % 60);
      const Duration pause = std::chrono::milliseconds(chance.bits() % 30);
      pair.client.run(
          visit(Endpoint(pair.server.address(), k_port), name(i), count, pause, heard[i]));
    }
    // Those who are gone without a word have been given up by then.
    pair.client.run(
        count_later(Endpoint(pair.server.address(), k_port), 3 * k_idle + 10min, counted));
    const sim::Verdict verdict = world.run();
    EXPECT_TRUE(verdict) << verdict.describe();
    for (std::size_t i = 0; i < k_clients; ++i) expect_all_of_it(server, heard[i], name(i));
  }
  static std::string name(std::size_t i) { return fmt::format("user{}", i); }
};

SIM_TEST(SimulatedChat, LosesDoublesAndReordersNoLine) {
  sim::Pair pair(world, {.delay = 5ms, .jitter = 10ms, .loss = 0.02});
  Server server(pair.server, {});
  pair.server.faults() = {.short_reads = 0.2, .short_writes = 0.3};
  pair.server.serve(serve(server));
  Chance chance = world.chance_for("resets");
  const auto each = std::chrono::milliseconds(200 + chance.bits() % 2000);
  int resets = 0;
  world.every(each, [&] {
    if (resets < 4 && pair.server.reset_connection()) ++resets;
  });
  Crowd crowd;
  crowd.come(world, pair, server);
  EXPECT_EQ(crowd.counted, "= 1");
}

// Readers that take a few bytes a second hold up nobody else; they are cut before they cost too
// much, and hear no half of a line before that.
SIM_TEST(SimulatedChat, IsNotHeldUpByWhoeverDoesNotRead) {
  ChatSettings settings;
  settings.limits.hard_send_bytes = 8 * 1024;
  sim::Pair pair(world, {.delay = 2ms});
  Server server(pair.server, settings);
  sim::Host& slow = world.host("slow", "10.0.0.3", "fd00::3");
  world.link(pair.server, slow, {.delay = 2ms});
  slow.faults() = {.read_bytes_per_second = 50};
  pair.server.serve(serve(server));
  Heard sleepy;
  slow.run(visit(Endpoint(pair.server.address(), k_port), "sleepy", 1, 1ms, sleepy));
  Crowd crowd;
  crowd.come(world, pair, server);
  for (const Heard& heard : crowd.heard) EXPECT_TRUE(heard.whole);
  expect_all_of_it(server, sleepy, "sleepy");
}

// A client's host dies without a word, and another stands still for a while.
SIM_TEST(SimulatedChat, GivesUpWhoIsDeadAndKeepsWhoOnlySlept) {
  sim::Pair pair(world, {.delay = 5ms, .loss = 0.01});
  Server server(pair.server, {});
  sim::Host& doomed = world.host("doomed", "10.0.0.3", "fd00::3");
  sim::Host& sleeper = world.host("sleeper", "10.0.0.4", "fd00::4");
  world.link(pair.server, doomed, {.delay = 5ms});
  world.link(pair.server, sleeper, {.delay = 5ms});
  pair.server.serve(serve(server));
  const Endpoint where(pair.server.address(), k_port);
  Heard dead, slept;
  doomed.run(visit(where, "dead", 200, 10ms, dead));
  sleeper.run(visit(where, "slept", 50, 10ms, slept));
  world.at(400ms, [&] { doomed.kill(); });
  world.at(200ms, [&] { sleeper.pause(); });
  world.at(5s, [&] { sleeper.resume(); });
  Crowd crowd;
  crowd.come(world, pair, server);
  EXPECT_EQ(crowd.counted, "= 1");
  EXPECT_TRUE(slept.whole);
  expect_all_of_it(server, slept, "slept");
  expect_all_of_it(server, dead, "dead");
}

}  // namespace
}  // namespace patchbay
