// The line door of a chat on a bad network: whoever talks by it hears what the others say, as they
// say it, and who is gone is not counted any more.
#include <fmt/format.h>

#include <algorithm>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "patchbay/net/sim/peers_fixture.hpp"
#include "patchbay/net/sim/seeds.hpp"
#include "patchbay/tools/chat/lines/serve_lines.hpp"

namespace patchbay {
namespace {

constexpr std::uint16_t k_port = 6000;
constexpr std::string_view k_welcome = "[SERVER] Welcome to the chat!\n";
constexpr std::string_view k_users = "[SERVER] Online users: ";

Endpoint chat_at(const sim::Host& server) { return Endpoint(server.address(), k_port); }

// --- the server ----------------------------------------------------------------------------------

// Somebody in the lobby who has no connection: what it is told is what was said.
class Witness final : public ChatUser {
 public:
  Witness(ChatHub& hub, const LinesFace& face) : ChatUser(hub, {.face = &face}, nullptr) {
    EXPECT_TRUE(hub.enter(*this, "witness"));
    EXPECT_TRUE(hub.join(*this, "#lobby"));
    (void)ChatHub::take(*this, 1000);
  }
  void cut(std::string_view reason) override { FAIL() << reason; }
};

struct Server {
  Server(sim::Host& host, const ChatSettings& settings = {}) : loop(host.loop()) {
    const LoopGuard guard(loop);
    hub =
        std::make_unique<ChatHub>(std::make_shared<const ChatSettings>(settings), nullptr, nullptr);
    doorkeeper = std::make_unique<ChatDoorkeeper>();
    lines = std::make_unique<LinesServer>(
        LinesServer{.hub = *hub, .doorkeeper = *doorkeeper, .passwords = passwords});
    witness = std::make_unique<Witness>(*hub, lines->face);
  }
  ~Server() {
    const LoopGuard guard(loop);
    hub->leave(*witness, "over");
  }
  std::string told() { return ChatHub::take(*witness, 10'000'000); }

  Loop& loop;
  std::unique_ptr<ChatHub> hub;
  std::unique_ptr<ChatDoorkeeper> doorkeeper;
  ChatPasswordDesk passwords;
  std::unique_ptr<LinesServer> lines;
  std::unique_ptr<Witness> witness;
};

Task<Result<>> serve(Server& server) {
  auto listener = TcpListener::bind(Endpoint(IpAddress::any(Family::v4), k_port));
  if (!listener) co_return listener.error();
  co_return co_await both(server.hub->run(), serve_lines(*listener, *server.lines));
}

// --- clients -------------------------------------------------------------------------------------

struct Heard {
  std::string text;
  bool has_ended = false;  // as the server ended it, and after the answer to the last line
};

// Until it has heard that; to the end where it is empty.
Task<Result<>> hear(TcpStream& stream, Heard& heard, std::string_view wanted) {
  while (wanted.empty() || !heard.text.contains(wanted)) {
    const auto data = co_await stream.receive(Deadline::after(30min));
    if (!data) co_return data.error();
    if (data->empty() && wanted.empty()) co_return ok();
    if (data->empty()) co_return Error(Fault::closed, "hear what was wanted");
    heard.text += data->text();
  }
  co_return ok();
}

Task<Result<>> tell(TcpStream& stream, int count, Duration pause) {
  for (int i = 0; i < count; ++i) {
    if (const auto slept = co_await sleep_for(pause); !slept) co_return slept;
    const std::string line =
        fmt::format("{} {}\r\n", i, std::string(static_cast<std::size_t>(i * 7 % 90), 'x'));
    if (const auto sent = co_await stream.write_all(line); !sent) co_return sent;
  }
  co_return co_await stream.write_all("/users\r\n");
}

Task<Result<>> talk(TcpStream& stream, std::string name, int count, Duration pause, Heard& heard) {
  if (const auto asked = co_await hear(stream, heard, "username: "); !asked) co_return asked;
  // Telnet's own words and a second thought, in between.
  const std::string typed = fmt::format("\xff\xfb\x1fx\x7f{}\r\n", name);
  if (const auto sent = co_await stream.write_all(typed); !sent) co_return sent;
  if (const auto met = co_await hear(stream, heard, k_welcome); !met) co_return met;
  const auto talked = co_await both(tell(stream, count, pause), hear(stream, heard, k_users));
  if (!talked) co_return talked;
  if (const auto sent = co_await stream.write_all("/quit\r\n"); !sent) co_return sent;
  if (const auto ended = co_await hear(stream, heard, ""); !ended) co_return ended;
  heard.has_ended = true;
  co_return ok();
}

// A reset ends it, which is no fault of anybody's here.
Task<> visit(Endpoint server, std::string name, int count, Duration pause, Heard& heard) {
  auto stream = co_await TcpStream::connect(server, Deadline::after(1min));
  if (!stream) co_return;
  (void)co_await talk(*stream, std::move(name), count, pause, heard);
}

Task<> visit_later(Endpoint server, Duration later, Heard& heard) {
  if (!co_await sleep_for(later)) co_return;
  for (int tries = 0; !heard.has_ended && tries < 20; ++tries) {
    heard = {};
    co_await visit(server, "late", 0, 0ms, heard);
  }
}

// --- what has to be so ---------------------------------------------------------------------------

std::vector<std::string> lines_of(std::string_view text) {
  std::vector<std::string> lines;
  while (!text.empty()) {
    const std::string_view line = text.substr(0, text.find('\n'));
    text.remove_prefix(std::min(line.size() + 1, text.size()));
    lines.emplace_back(line);
  }
  return lines;
}

bool is_by(const std::string& line, const std::string& name) {
  return line.starts_with(fmt::format("[{}] ", name));
}

// What was told from its coming on, but for its own words; at least so many of these lines have to
// be heard by somebody who got an answer to its last one.
struct Expected {
  std::vector<std::string> lines;
  std::size_t at_least = 0;
};

Expected expected_for(const std::vector<std::string>& told, const std::string& name) {
  const auto came = std::ranges::find(told, fmt::format("[SERVER] {} joined the chat!", name));
  Expected expected;
  if (came == told.end()) return expected;
  for (auto line = came + 1; line != told.end(); ++line) {
    if (is_by(*line, name)) {
      expected.at_least = expected.lines.size();
    } else {
      expected.lines.push_back(*line);
    }
  }
  return expected;
}

void expect_all_of_it(const std::vector<std::string>& told, const Heard& heard,
                      const std::string& name) {
  const std::size_t welcome = heard.text.find(k_welcome);
  if (welcome == std::string::npos) return;  // it never came in
  std::vector<std::string> lines =
      lines_of(std::string_view(heard.text).substr(welcome + k_welcome.size()));
  const bool is_cut = !heard.text.ends_with('\n');
  if (is_cut) lines.pop_back();
  std::erase_if(lines, [](const std::string& line) { return line.starts_with(k_users); });
  const Expected expected = expected_for(told, name);
  ASSERT_LE(lines.size(), expected.lines.size()) << name;
  EXPECT_TRUE(std::equal(lines.begin(), lines.end(), expected.lines.begin())) << name;
  if (!heard.has_ended) return;
  EXPECT_FALSE(is_cut) << name;
  EXPECT_GE(lines.size(), expected.at_least) << name;
}

struct Crowd {
  static constexpr std::size_t k_clients = 6;
  std::vector<Heard> heard{k_clients};
  Heard late;
  std::vector<std::string> told;

  void come(sim::World& world, sim::Pair& pair, Server& server) {
    Chance chance = world.chance_for("clients");
    const Endpoint where = chat_at(pair.server);
    for (std::size_t i = 0; i < k_clients; ++i) {
      const int count = static_cast<int>(chance.bits() % 25);
      const Duration pause = std::chrono::milliseconds(chance.bits() % 300);
      pair.client.run(visit(where, name(i), count, pause, heard[i]));
    }
    pair.client.run(visit_later(where, 20min, late));
    const sim::Verdict verdict = world.run();
    EXPECT_TRUE(verdict) << verdict.describe();
    told = lines_of(server.told());
    for (std::size_t i = 0; i < k_clients; ++i) expect_all_of_it(told, heard[i], name(i));
    EXPECT_TRUE(late.text.contains("[SERVER] Online users: witness, late\n")) << late.text;
    EXPECT_EQ(server.doorkeeper->waiting(), 0U);
  }
  static std::string name(std::size_t i) { return fmt::format("user{}", i); }
};

// The clients are of one address.
ChatSettings for_a_crowd() {
  ChatSettings settings;
  settings.limits.waiting_per_address = 100;
  return settings;
}

SIM_TEST(SimulatedChatLines, HearWhatTheOthersSay) {
  sim::Pair pair(world, {.delay = 5ms, .jitter = 10ms, .loss = 0.02});
  Server server(pair.server, for_a_crowd());
  pair.server.faults() = {.short_reads = 0.2, .short_writes = 0.3};
  pair.client.faults() = {.short_reads = 0.2, .short_writes = 0.3};
  pair.server.serve(serve(server));
  Crowd crowd;
  crowd.come(world, pair, server);
  for (const Heard& heard : crowd.heard) EXPECT_TRUE(heard.has_ended);
}

SIM_TEST(SimulatedChatLines, HearNothingWrongWhenConnectionsBreak) {
  sim::Pair pair(world, {.delay = 5ms, .jitter = 10ms, .loss = 0.02});
  Server server(pair.server, for_a_crowd());
  pair.server.faults() = {.short_reads = 0.2, .short_writes = 0.3};
  pair.server.serve(serve(server));
  Chance chance = world.chance_for("resets");
  const auto each = std::chrono::milliseconds(200 + chance.bits() % 2000);
  int resets = 0;
  // Who comes in the end, to see who is there, is left in peace.
  world.every(each, [&] {
    if (world.elapsed() > 5min || resets == 4) return;
    resets += pair.server.reset_connection() ? 1 : 0;
  });
  Crowd crowd;
  crowd.come(world, pair, server);
}

// Nobody asks a client of line mode whether it is still there but the kernel.
SIM_TEST(SimulatedChatLines, GiveUpWhoIsDead) {
  sim::Pair pair(world, {.delay = 5ms});
  Server server(pair.server, for_a_crowd());
  sim::Host& doomed = world.host("doomed", "10.0.0.3", "fd00::3");
  world.link(pair.server, doomed, {.delay = 5ms});
  pair.server.serve(serve(server));
  Heard dead;
  doomed.run(visit(chat_at(pair.server), "dead", 200, 100ms, dead));
  world.at(5s, [&] { doomed.kill(); });
  Crowd crowd;
  crowd.come(world, pair, server);
  EXPECT_EQ(std::ranges::count(crowd.told, "[SERVER] dead left the chat"), 1);
}

// --- limits --------------------------------------------------------------------------------------

Task<Result<>> say_nothing(Endpoint server, std::string first, Heard& heard, Duration& took) {
  const Instant begin = Loop::current().now();
  auto stream = co_await TcpStream::connect(server);
  if (!stream) co_return stream.error();
  if (const auto sent = co_await stream->write_all(first); !sent) co_return sent;
  const auto ended = co_await hear(*stream, heard, "");
  took = Loop::current().now() - begin;
  co_return ended;
}

TEST(SimulatedChatLines, EndWhoSaysNoName) {
  sim::for_each_seed(
      {.name = "SimulatedChatLines.EndWhoSaysNoName", .calm = false}, [](sim::World& world) {
        sim::Pair pair(world, {.delay = 5ms});
        Server server(pair.server);
        pair.server.serve(serve(server));
        Heard silent;
        Heard endless;
        Duration took{};
        Duration others{};
        const Endpoint where = chat_at(pair.server);
        pair.client.run(say_nothing(where, "", silent, took));
        const std::string line(3000, 'x');
        pair.client.run(say_nothing(where, line, endless, others));
        const sim::Verdict verdict = world.run();
        EXPECT_TRUE(verdict) << verdict.describe();
        EXPECT_EQ(silent.text, "Enter your username: [SERVER] You have not said who you are\n");
        EXPECT_TRUE(
            endless.text.ends_with("of it was said\n[SERVER] You have not said who you are\n"));
        for (const Duration each : {took, others}) {
          EXPECT_GE(each, 10s);
          EXPECT_LT(each, 11s);
        }
        EXPECT_EQ(server.doorkeeper->clients(), 0U);
      });
}

// As the client of the tutorial: a message for each send, and no line ends.
Task<Result<>> end_no_line(Endpoint server, Heard& heard) {
  auto stream = co_await TcpStream::connect(server);
  if (!stream) co_return stream.error();
  if (const auto asked = co_await hear(*stream, heard, "username: "); !asked) co_return asked;
  for (const std::string_view text : {"ann", "hello", "/users", "/quit"}) {
    if (const auto sent = co_await stream->write_all(text); !sent) co_return sent;
    if (const auto slept = co_await sleep_for(1min); !slept) co_return slept;
  }
  co_return co_await hear(*stream, heard, "");
}

TEST(SimulatedChatLines, UnderstandWhoeverEndsNoLine) {
  sim::for_each_seed(
      {.name = "SimulatedChatLines.UnderstandWhoeverEndsNoLine", .waits_by_deadlines = true},
      [](sim::World& world) {
        sim::Pair pair(world, {.delay = 5ms, .loss = 0.05});
        Server server(pair.server);
        pair.server.serve(serve(server));
        Heard heard;
        pair.client.run(end_no_line(chat_at(pair.server), heard));
        const sim::Verdict verdict = world.run();
        EXPECT_TRUE(verdict) << verdict.describe();
        EXPECT_TRUE(heard.text.ends_with("[SERVER] Online users: witness, ann\n"));
        EXPECT_EQ(server.told(),
                  "[SERVER] ann joined the chat!\n[ann] hello\n"
                  "[SERVER] ann left the chat\n");
      });
}

// A line without an end, in pieces, of more than anybody has memory for: told of once.
Task<Result<>> go_on_and_on(Endpoint server, Heard& heard) {
  auto stream = co_await TcpStream::connect(server);
  if (!stream) co_return stream.error();
  if (const auto sent = co_await stream->write_all("ann\n"); !sent) co_return sent;
  const std::string piece(50'000, 'x');
  for (int i = 0; i < 20; ++i) {
    if (const auto sent = co_await stream->write_all(piece); !sent) co_return sent;
  }
  if (const auto sent = co_await stream->write_all("\nshort\n/users\n"); !sent) co_return sent;
  co_return co_await hear(*stream, heard, k_users);
}

SIM_TEST(SimulatedChatLines, PassOverALineWithoutEnd) {
  sim::Pair pair(world, {.delay = 5ms});
  Server server(pair.server);
  pair.server.faults() = {.short_reads = 0.1};
  pair.server.serve(serve(server));
  Heard heard;
  pair.client.run(go_on_and_on(chat_at(pair.server), heard));
  const sim::Verdict verdict = world.run();
  EXPECT_TRUE(verdict) << verdict.describe();
  const auto lines = lines_of(heard.text);
  EXPECT_EQ(std::ranges::count(lines, "[SERVER] That line is too long: nothing of it was said"), 1);
  const auto told = lines_of(server.told());
  EXPECT_EQ(std::ranges::count(told, "[ann] short"), 1);
  EXPECT_EQ(std::ranges::count_if(told, [](auto& line) { return is_by(line, "ann"); }), 1);
}

// All at once and without waiting for answers, as a pipe does it: it gets them all before the end.
Task<Result<>> pipe(Endpoint server, Heard& heard) {
  auto stream = co_await TcpStream::connect(server);
  if (!stream) co_return stream.error();
  const auto sent = co_await stream->write_all("ann\n/users\nhello\n/rooms\nbye");
  if (!sent) co_return sent;
  if (const auto ended = co_await stream->shutdown_write(); !ended) co_return ended;
  const auto heard_all = co_await hear(*stream, heard, "");
  heard.has_ended = heard_all.has_value();
  co_return heard_all;
}

SIM_TEST(SimulatedChatLines, AnswerAPipeToItsEnd) {
  sim::Pair pair(world, {.delay = 5ms, .loss = 0.02});
  Server server(pair.server);
  pair.server.faults() = {.short_reads = 0.3, .short_writes = 0.5};
  pair.server.serve(serve(server));
  Heard heard;
  pair.client.run(pipe(chat_at(pair.server), heard));
  const sim::Verdict verdict = world.run();
  EXPECT_TRUE(verdict) << verdict.describe();
  EXPECT_EQ(heard.text,
            "Enter your username: [SERVER] ann joined the chat!\n[SERVER] Welcome to the chat!\n"
            "[SERVER] Online users: witness, ann\n[SERVER] Rooms: #lobby (2)\n");
  EXPECT_EQ(server.told(),
            "[SERVER] ann joined the chat!\n[ann] hello\n[ann] bye\n[SERVER] ann left the chat\n");
}

// --- the end of the server -----------------------------------------------------------------------

Task<Result<>> wait_for(Duration time) { co_return co_await sleep_for(time); }

Task<Result<>> serve_for(Server& server, Duration time) {
  return either(serve(server), wait_for(time));
}

Task<Result<>> stay(Endpoint server, std::string name, Heard& heard) {
  auto stream = co_await TcpStream::connect(server);
  if (!stream) co_return stream.error();
  if (const auto sent = co_await stream->write_all(name + '\n'); !sent) co_return sent;
  const auto heard_all = co_await hear(*stream, heard, "");
  heard.has_ended = heard_all.has_value();
  co_return heard_all;
}

SIM_TEST(SimulatedChatLines, AreToldThatTheServerGoesDown) {
  sim::Pair pair(world, {.delay = 5ms});
  Server server(pair.server);
  pair.server.run(serve_for(server, 5s));
  Heard ann;
  Heard bob;
  pair.client.run(stay(chat_at(pair.server), "ann", ann));
  pair.client.run(stay(chat_at(pair.server), "bob", bob));
  const sim::Verdict verdict = world.run();
  EXPECT_TRUE(verdict) << verdict.describe();
  for (const Heard& heard : {ann, bob}) {
    EXPECT_TRUE(heard.text.ends_with("[SERVER] The server is going down\n")) << heard.text;
  }
  EXPECT_EQ(server.hub->user_count(), 1U);
}

}  // namespace
}  // namespace patchbay
