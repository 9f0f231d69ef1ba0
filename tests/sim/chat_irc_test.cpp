// The door of IRC on a bad network, with clients who say whatever they like: nobody stays behind,
// and whoever asks for an answer has it, or its connection ends.
#include <fmt/format.h>

#include <array>
#include <memory>
#include <string>
#include <string_view>

#include "patchbay/net/serve.hpp"
#include "patchbay/net/sim/peers_fixture.hpp"
#include "patchbay/net/sim/seeds.hpp"
#include "patchbay/tools/chat/irc/irc_door.hpp"

namespace patchbay {
namespace {

using namespace std::string_view_literals;

constexpr std::uint16_t k_port = 6667;

struct Server {
  explicit Server(sim::Host& host) {
    const LoopGuard guard(host.loop());
    hub = std::make_unique<ChatHub>(std::make_shared<const ChatSettings>(), nullptr, nullptr);
    doorkeeper = std::make_unique<ChatDoorkeeper>();
    passwords = std::make_unique<ChatPasswordDesk>();
    irc = std::make_unique<IrcServer>(IrcServer{
        .hub = *hub, .doorkeeper = *doorkeeper, .passwords = *passwords, .version = "test"});
  }

  std::unique_ptr<ChatHub> hub;
  std::unique_ptr<ChatDoorkeeper> doorkeeper;
  std::unique_ptr<ChatPasswordDesk> passwords;
  std::unique_ptr<IrcServer> irc;
};

Task<> come_in(TcpStream stream, IrcServer& server) {
  const Endpoint peer = stream.peer().value_or(Endpoint());
  return talk_irc(server, std::move(stream), peer, false);
}

Task<Result<>> serve_irc(Server& server) {
  auto listener = TcpListener::bind(Endpoint(IpAddress::any(Family::v4), k_port));
  if (!listener) co_return listener.error();
  co_return co_await both(server.hub->run(), serve_each(*listener, come_in, std::ref(*server.irc)));
}

constexpr std::array<std::string_view, 34> k_lines = {
    "NICK {}\r\n",
    "USER a 0 * :b\r\n",
    "NICK {}\r\nUSER a 0 * :b\r\n",
    "CAP LS 302\r\n",
    "CAP REQ :batch labeled-response message-tags echo-message server-time\r\n",
    "CAP END\r\n",
    "AUTHENTICATE PLAIN\r\n",
    "AUTHENTICATE *\r\n",
    "PASS x\r\n",
    "JOIN #a\r\n",
    "JOIN #a,#b,#c\r\n",
    "PART #a\r\n",
    "JOIN 0\r\n",
    "PRIVMSG #a :hello\r\n",
    "@label=x PRIVMSG #a :hello\r\n",
    "PRIVMSG c1 :hello\r\n",
    "NOTICE #b :x\r\n",
    "@+typing=active TAGMSG #a\r\n",
    "TOPIC #a :t\r\n",
    "MODE #a +kl key 3\r\n",
    "MODE #a -kl+b *!*@*\r\n",
    "KICK #a c2 :out\r\n",
    "INVITE c1 #b\r\n",
    "@label=y WHO #a\r\n",
    "WHOIS c1\r\n",
    "LIST\r\n",
    "NAMES #a\r\n",
    "AWAY :gone\r\n",
    "MONITOR + c1,c2,c3\r\n",
    "CHATHISTORY LATEST #a * 10\r\n",
    "QUIT :enough\r\n",
    "\xff\xfe\r\n",
    "PING a\0b\r\n"sv,
    ":x y z\n\n\r\r\n"};

Task<> talk_nonsense(Endpoint server, int number, Chance chance) {
  [[maybe_unused]] const auto waited =
      co_await sleep_for(std::chrono::milliseconds(chance.bits() % 3000));
  auto stream = co_await TcpStream::connect(server, Deadline::after(1min));
  if (!stream) co_return;
  const auto lines = chance.bits() % 40;
  for (std::uint64_t i = 0; i < lines; ++i) {
    std::string line(k_lines[chance.bits() % k_lines.size()]);
    if (const std::size_t at = line.find("{}"); at != line.npos) {
      line.replace(at, 2, fmt::format("c{}", number + static_cast<int>(chance.bits() % 2)));
    }
    if (chance.happens(0.05)) line = std::string(chance.bits() % 10'000, 'x');
    if (const auto said = co_await stream->write_all(line); !said) co_return;
    if (chance.happens(0.02)) co_return;
  }
  if (const auto said = co_await stream->write_all("\r\nPING the-end\r\n"); !said) co_return;
  std::string heard;
  while (!heard.contains("the-end")) {
    // What tells of a reset may be lost, and then nothing comes any more.
    const auto data = co_await stream->receive(Deadline::after(10min));
    if (!data || data->empty()) co_return;
    heard += data->text();
  }
}

// Long after the last of them.
Task<> look_who_is_left(Server& server) {
  [[maybe_unused]] const auto slept = co_await sleep_for(20min);
  EXPECT_EQ(server.hub->user_count(), 0U);
  EXPECT_EQ(server.doorkeeper->clients(), 0U);
  EXPECT_EQ(server.doorkeeper->waiting(), 0U);
}

SIM_TEST(SimulatedIrc, ForgetsWhoeverComesAndGoes) {
  sim::Pair pair(world, {.delay = 5ms, .jitter = 2ms, .loss = 0.02});
  Server server(pair.server);
  pair.server.faults() = {.short_reads = 0.3, .short_writes = 0.1};
  pair.client.faults() = {.short_reads = 0.1};
  pair.server.serve(serve_irc(server));
  for (int i = 0; i < 6; ++i) {
    pair.client.run(talk_nonsense(Endpoint(pair.server.address(), k_port), i,
                                  world.chance_for(fmt::format("client {}", i))));
  }
  world.every(2s, [&] { pair.server.reset_connection(); });
  pair.server.run(look_who_is_left(server));
  const sim::Verdict verdict = world.run();
  EXPECT_TRUE(verdict) << verdict.describe();
}

}  // namespace
}  // namespace patchbay
