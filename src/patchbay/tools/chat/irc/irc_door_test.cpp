// The doors of IRC on a simulated network: who comes in, who is thrown out, and when.
#include "patchbay/tools/chat/irc/irc_door.hpp"

#include <gtest/gtest.h>
#include <sodium.h>

#include <memory>
#include <string>
#include <vector>

#include "patchbay/net/serve.hpp"
#include "patchbay/net/sim/peers_fixture.hpp"

namespace patchbay {
namespace {

constexpr std::uint16_t k_port = 6667;

// --- the server ----------------------------------------------------------------------------------

Task<> come_in(TcpStream stream, IrcServer& server) {
  const Endpoint peer = stream.peer().value_or(Endpoint());
  co_await talk_irc(server, std::move(stream), peer, false);
}

struct Seen {
  std::size_t users = 0;
  std::size_t clients = 0;
};

Task<Result<>> look_around(ChatHub& hub, ChatDoorkeeper& doorkeeper, Seen& seen) {
  for (;;) {
    seen = {.users = hub.user_count(), .clients = doorkeeper.clients()};
    if (const auto slept = co_await sleep_for(100ms); !slept) co_return slept;
  }
}

Task<Result<>> serve_chat(ChatSettings settings, Seen& seen) {
  settings.server_name = "here";
  ChatHub hub(std::make_shared<const ChatSettings>(std::move(settings)), nullptr, nullptr);
  ChatDoorkeeper doorkeeper;
  ChatPasswordDesk passwords;
  IrcServer server{.hub = hub, .doorkeeper = doorkeeper, .passwords = passwords, .version = "test"};
  auto listener = TcpListener::bind(Endpoint(IpAddress::any(Family::v4), k_port));
  if (!listener) co_return listener.error();
  co_return co_await both(both(hub.run(), look_around(hub, doorkeeper, seen)),
                          serve_each(*listener, come_in, std::ref(server)));
}

// --- clients -------------------------------------------------------------------------------------

struct Visitor {
  TcpStream stream;
  std::string heard = {};
  bool has_ended = false;
};

Task<Result<Visitor>> visit(Endpoint server, std::string text) {
  auto stream = co_await TcpStream::connect(server);
  if (!stream) co_return stream.error();
  if (const auto said = co_await stream->write_all(text); !said) co_return said.error();
  co_return Visitor{.stream = std::move(*stream)};
}

// Until it has heard this, or the server has ended.
Task<> hear(Visitor& visitor, std::string_view part) {
  while (!visitor.has_ended && !visitor.heard.contains(part)) {
    const auto data = co_await visitor.stream.receive();
    visitor.has_ended = !data || data->empty();
    if (data) visitor.heard += data->text();
  }
}

std::string introduction(std::string_view name) {
  const std::string text(name);
  return "NICK " + text + "\r\nUSER " + text + " 0 * :" + text + "\r\n";
}

Task<Result<Visitor>> enter(Endpoint server, std::string name) {
  auto visitor = co_await visit(server, introduction(name));
  if (visitor) co_await hear(*visitor, " 422 ");
  co_return visitor;
}

std::size_t count(std::string_view text, std::string_view part) {
  std::size_t found = 0;
  for (std::size_t at = text.find(part); at != text.npos; at = text.find(part, at + 1)) ++found;
  return found;
}

Duration now() { return Loop::current().now().time_since_epoch(); }

struct Ending {
  std::string heard;
  Duration took{};  // until its end, or until it had heard what it waited for
  bool has_ended = false;
};

class IrcDoor : public testing::Test {
 protected:
  Endpoint door() const { return Endpoint(pair_.server.address(), k_port); }
  void run() {
    pair_.server.serve(serve_chat(settings_, seen_));
    sim::run(world_);
  }

  sim::World world_{1};
  sim::Pair pair_{world_};
  ChatSettings settings_;
  Seen seen_;
  Ending outcome_;
};

#define VISIT(visitor, made)    \
  auto visitor = co_await made; \
  EXPECT_TRUE(visitor);         \
  if (!visitor) co_return;      \
  static_assert(true)

// --- the way in ----------------------------------------------------------------------------------

Task<> half_register(Endpoint server, std::string text, Ending& outcome) {
  VISIT(visitor, visit(server, text));
  const Duration began = now();
  // A byte now and then does not prolong it.
  for (int i = 0; i < 4; ++i) {
    [[maybe_unused]] const auto slept = co_await sleep_for(2s);
    [[maybe_unused]] const auto said = co_await visitor->stream.write_all("x");
  }
  co_await hear(*visitor, "nothing");
  outcome = {.heard = visitor->heard, .took = now() - began, .has_ended = visitor->has_ended};
}
TEST_F(IrcDoor, ThrowsOutWhoDoesNotSayInTimeWhoItIs) {
  pair_.client.run(half_register(door(), "NICK ann\r\n", outcome_));
  run();
  EXPECT_TRUE(outcome_.has_ended);
  EXPECT_TRUE(outcome_.heard.contains("ERROR :")) << outcome_.heard;
  EXPECT_GE(outcome_.took, 9s);
  EXPECT_LE(outcome_.took, 12s);
}
TEST_F(IrcDoor, ThrowsOutWhoSaysNothing) {
  pair_.client.run(half_register(door(), "C", outcome_));
  run();
  EXPECT_TRUE(outcome_.has_ended);
  EXPECT_LE(outcome_.took, 12s);
}

Task<> fill_the_hall(Endpoint server, std::string& refused, std::string& later) {
  std::vector<Visitor> visitors;
  for (int i = 0; i < 3; ++i) {
    VISIT(visitor, visit(server, "NICK ann\r\n"));
    if (i == 2) {
      co_await hear(*visitor, "nothing");
      refused = visitor->heard;
    }
    visitors.push_back(std::move(*visitor));
  }
  // Who has a name no longer waits.
  [[maybe_unused]] const auto said = co_await visitors[0].stream.write_all("USER a 0 * :a\r\n");
  co_await hear(visitors[0], " 422 ");
  VISIT(visitor, enter(server, "ben"));
  later = visitor->heard;
}
TEST_F(IrcDoor, HasRoomForFewWhoWait) {
  settings_.limits.waiting_per_address = 2;
  std::string refused, later;
  pair_.client.run(fill_the_hall(door(), refused, later));
  run();
  EXPECT_TRUE(refused.contains("ERROR :Closing link: 10.0.0.2 (Too many connections")) << refused;
  EXPECT_TRUE(later.contains(" 001 ben ")) << later;
}

// --- lines ---------------------------------------------------------------------------------------

Task<> send_long_lines(Endpoint server, Ending& outcome) {
  VISIT(visitor, enter(server, "ann"));
  // Without an end, as it once kept a core of another server busy.
  for (int i = 0; i < 40; ++i) {
    const auto said = co_await visitor->stream.write_all(std::string(512, 'x'));
    EXPECT_TRUE(said);
  }
  [[maybe_unused]] const auto said = co_await visitor->stream.write_all("\r\nPING still\r\nPI");
  co_await hear(*visitor, ":still");
  [[maybe_unused]] const auto rest = co_await visitor->stream.write_all("NG again\n");
  co_await hear(*visitor, ":again");
  outcome = {.heard = visitor->heard, .has_ended = visitor->has_ended};
}
TEST_F(IrcDoor, PassesOverALineThatIsTooLong) {
  pair_.server.faults() = {.short_reads = 0.3};
  pair_.client.run(send_long_lines(door(), outcome_));
  run();
  EXPECT_FALSE(outcome_.has_ended) << outcome_.heard;
  EXPECT_EQ(count(outcome_.heard, " 417 "), 1U);
}

Task<> send_many(Endpoint server, int lines, std::string last, Ending& outcome) {
  VISIT(visitor, enter(server, "ann"));
  const Duration began = now();
  std::string text;
  for (int i = 0; i < lines; ++i) text += "PING x\r\n";
  [[maybe_unused]] const auto said = co_await visitor->stream.write_all(text + "PING last\r\n");
  co_await hear(*visitor, last);
  outcome = {.heard = visitor->heard, .took = now() - began, .has_ended = visitor->has_ended};
}
TEST_F(IrcDoor, DelaysAFlood) {
  pair_.client.run(send_many(door(), 40, ":last", outcome_));
  run();
  EXPECT_FALSE(outcome_.has_ended);
  EXPECT_EQ(count(outcome_.heard, "PONG here :x"), 40U);
  EXPECT_GE(outcome_.took, 14s);
  EXPECT_LE(outcome_.took, 16s);
}
TEST_F(IrcDoor, EndsAFloodThatDoesNotStop) {
  pair_.client.run(send_many(door(), 10'000, "nothing", outcome_));
  run();
  EXPECT_TRUE(outcome_.has_ended);
  EXPECT_TRUE(outcome_.heard.contains("(Excess flood)")) << outcome_.heard.size();
  EXPECT_GE(outcome_.took, 30s);
  EXPECT_LE(outcome_.took, 35s);
}
TEST_F(IrcDoor, DelaysNobodyWhereFloodsAreAllowed) {
  settings_.limits.flood = false;
  pair_.client.run(send_many(door(), 1000, ":last", outcome_));
  run();
  EXPECT_EQ(count(outcome_.heard, "PONG here :x"), 1000U);
  EXPECT_LE(outcome_.took, 5s);
}

// --- silence and ends ----------------------------------------------------------------------------

Task<> be_silent(Endpoint server, bool answers, Ending& outcome) {
  VISIT(visitor, enter(server, "ann"));
  const Duration began = now();
  visitor->heard.clear();
  co_await hear(*visitor, "PING :here\r\n");
  EXPECT_GE(now() - began, 119s);
  EXPECT_LE(now() - began, 121s);
  if (answers) {
    [[maybe_unused]] const auto said = co_await visitor->stream.write_all("PONG here\r\n");
    visitor->heard.clear();
  }
  co_await hear(*visitor, answers ? "PING :here\r\n" : "nothing");
  outcome = {.heard = visitor->heard, .took = now() - began, .has_ended = visitor->has_ended};
}
TEST_F(IrcDoor, EndsWhoIsSilentForTooLong) {
  pair_.client.run(be_silent(door(), false, outcome_));
  run();
  EXPECT_TRUE(outcome_.has_ended);
  EXPECT_TRUE(outcome_.heard.contains("(Ping timeout: 240 seconds)")) << outcome_.heard;
  EXPECT_GE(outcome_.took, 239s);
  EXPECT_LE(outcome_.took, 242s);
}
TEST_F(IrcDoor, KeepsWhoAnswers) {
  pair_.client.run(be_silent(door(), true, outcome_));
  run();
  EXPECT_FALSE(outcome_.has_ended);
  EXPECT_GE(outcome_.took, 239s);
}

Task<> quit_beside(Endpoint server, bool says_so, std::string& heard, std::string& last) {
  VISIT(ann, enter(server, "ann"));
  VISIT(ben, enter(server, "ben"));
  [[maybe_unused]] const auto a = co_await ann->stream.write_all("JOIN #a\r\n");
  co_await hear(*ann, " 366 ");
  [[maybe_unused]] const auto b = co_await ben->stream.write_all("JOIN #a\r\n");
  co_await hear(*ben, " 366 ");
  if (says_so) {
    [[maybe_unused]] const auto said = co_await ben->stream.write_all("QUIT :bye\r\n");
    co_await hear(*ben, "nothing");
    last = ben->heard;
  } else {
    ben->stream.close();
  }
  co_await hear(*ann, " QUIT ");
  heard = ann->heard;
}
TEST_F(IrcDoor, TellsOthersOfAnEnd) {
  std::string heard, last;
  pair_.client.run(quit_beside(door(), true, heard, last));
  run();
  EXPECT_TRUE(heard.contains(":ben!~ben@10.0.0.2 QUIT :Quit: bye\r\n")) << heard;
  EXPECT_TRUE(last.ends_with("ERROR :Closing link: 10.0.0.2 (Quit: bye)\r\n")) << last;
}
TEST_F(IrcDoor, TellsOthersOfALostConnection) {
  std::string heard, last;
  pair_.client.run(quit_beside(door(), false, heard, last));
  run();
  EXPECT_TRUE(heard.contains(":ben!~ben@10.0.0.2 QUIT :Connection ")) << heard;
}

Task<> be_killed(Endpoint server, Ending& outcome) {
  VISIT(ann, enter(server, "ann"));
  VISIT(ben, enter(server, "ben"));
  const Duration began = now();
  [[maybe_unused]] const auto said =
      co_await ann->stream.write_all("OPER root sesame\r\nKILL ben :too loud\r\n");
  co_await hear(*ben, "nothing");
  outcome = {.heard = ben->heard, .took = now() - began, .has_ended = ben->has_ended};
}
TEST_F(IrcDoor, WakesWhoIsToldToGo) {
  char hash[crypto_pwhash_STRBYTES];
  ASSERT_EQ(
      crypto_pwhash_str(hash, "sesame", 6, crypto_pwhash_OPSLIMIT_MIN, crypto_pwhash_MEMLIMIT_MIN),
      0);
  settings_.operators = {{.name = "root", .hash = hash}};
  pair_.client.run(be_killed(door(), outcome_));
  run();
  EXPECT_TRUE(outcome_.has_ended);
  EXPECT_TRUE(outcome_.heard.contains("(Killed by ann: too loud)")) << outcome_.heard;
  EXPECT_LE(outcome_.took, 5s);
}

Task<> leave_quickly(Endpoint server) {
  for (int i = 0; i < 5; ++i) {
    VISIT(visitor, enter(server, "ann" + std::to_string(i)));
    visitor->stream.close();
  }
  [[maybe_unused]] const auto slept = co_await sleep_for(5s);
}
TEST_F(IrcDoor, ForgetsWhoHasLeft) {
  settings_.limits.clients_per_address = 100;
  pair_.client.run(leave_quickly(door()));
  run();
  EXPECT_EQ(seen_.users, 0U);
  EXPECT_EQ(seen_.clients, 0U);
}

}  // namespace
}  // namespace patchbay
