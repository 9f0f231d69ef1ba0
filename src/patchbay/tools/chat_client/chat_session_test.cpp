// Sessions and feeds against scripted servers, on the simulated network, where waiting takes no
// time.
#include "patchbay/tools/chat_client/chat_session.hpp"

#include <gtest/gtest.h>

#include <algorithm>

#include "patchbay/net/conformance/engine_test.hpp"
#include "patchbay/tools/chat_client/chat_feed.hpp"
#include "patchbay/tools/chat_client/irc_server_fixture.hpp"

namespace patchbay::chat_client {
namespace {

class ChatSessions : public EngineFixture {
 protected:
  void SetUp() override { start({"simulated", sim::make_lone_loop, true}); }
};

class NotingView final : public ChatView {
 public:
  void happened(const ChatEvent& event) override { events.push_back(event); }
  void connection(const ChatConnection& connection) override { states.push_back(connection.state); }

  std::vector<ChatEvent> events;
  std::vector<ChatState> states;
};

struct Talk {
  IrcServerScript script = {};
  IrcServerLog log = {};
  ChatPlan plan = {.nick = "ann", .rooms = {"#lobby"}, .timeout = 10s};
  std::string input = {};
  ChatModel model = ChatModel();
  NotingView view = {};
  std::optional<Result<>> ended = {};
  std::optional<ChatRefusal> refusal = {};
};

Task<Result<>> talk_to(TcpListener& listener, Talk& talk) {
  talk.plan.to = {listener.local().address().to_string(), listener.local().port()};
  auto input = co_await connect_pair();
  if (!input) co_return input.error();
  const auto typed = co_await input->client.write_all(talk.input);
  if (!typed) co_return typed;
  const auto closed = co_await input->client.shutdown_write();
  if (!closed) co_return closed;
  Output out({.quiet = true});
  ChatSession session(talk.plan, "", talk.model, talk.view, 0);
  ChatFeed feed(session, talk.model, out, {.room = "#lobby", .patience = talk.plan.timeout});
  talk.ended = co_await either(session.run(), feed.run(input->server));
  talk.refusal = session.refusal();
  co_return ok();
}

Task<> hold(Talk& talk) {
  auto listener = TcpListener::bind(loopback());
  CO_ASSERT(listener);
  [[maybe_unused]] const auto ended =
      co_await either(talk_to(*listener, talk), serve_irc(*listener, talk.script, talk.log));
  CO_ASSERT(talk.ended);
}

std::string numbered_lines(int count) {
  std::string text;
  for (int i = 0; i < count; ++i) text += "line " + std::to_string(i) + "\n";
  return text;
}

// Each at least once, and in their order.
void expect_all_said(const IrcServerLog& log, int count) {
  int next = 0;
  for (const std::string& line : log.said) {
    if (line == "line " + std::to_string(next)) ++next;
  }
  EXPECT_EQ(next, count);
}

TEST_F(ChatSessions, ABotSaysAllItReadsAndLeaves) {
  Talk talk{.input = numbered_lines(100) + "\n/quit is said\nno end"};
  run(hold(talk));
  EXPECT_TRUE(*talk.ended);
  EXPECT_EQ(talk.log.said.size(), 102U);
  expect_all_said(talk.log, 100);
  EXPECT_EQ(talk.log.said[100], "/quit is said");
  EXPECT_EQ(talk.log.said[101], "no end");
  EXPECT_EQ(talk.log.quits, 1);
  EXPECT_EQ(talk.view.states, (std::vector<ChatState>{ChatState::connecting, ChatState::signing_in,
                                                      ChatState::online, ChatState::over}));
}

TEST_F(ChatSessions, ABotThatLosesItsConnectionSaysItAgain) {
  Talk talk{.script = {.hang_up_after = 7, .hang_ups = 3}, .input = numbered_lines(100)};
  run(hold(talk));
  EXPECT_TRUE(*talk.ended);
  EXPECT_EQ(talk.log.connections, 4);
  expect_all_said(talk.log, 100);
  EXPECT_EQ(std::ranges::count(talk.view.states, ChatState::waiting), 3);
  EXPECT_EQ(std::ranges::count(talk.log.lines, "JOIN #lobby"), 4);
}

TEST_F(ChatSessions, OnceIsOnce) {
  Talk talk{.script = {.hang_up_after = 7, .hang_ups = 3}, .input = numbered_lines(100)};
  talk.plan.once = true;
  run(hold(talk));
  EXPECT_FALSE(*talk.ended);
  EXPECT_EQ(talk.log.connections, 1);
}

TEST_F(ChatSessions, ARoomThatIsNotToBeEnteredEndsABot) {
  Talk talk{.script = {.join_answer = ":s 474 ann #lobby :Cannot join channel (+b)"},
            .input = numbered_lines(3)};
  run(hold(talk));
  EXPECT_FALSE(*talk.ended);
  ASSERT_TRUE(talk.refusal);
  EXPECT_EQ(talk.refusal->failure.what, "cannot enter #lobby");
  EXPECT_TRUE(talk.log.said.empty());
}

TEST_F(ChatSessions, AServerThatDoesNotWelcomeIsGivenUp) {
  Talk talk{.script = {.welcomes = false}, .input = numbered_lines(3)};
  talk.plan.timeout = 5s;
  run(hold(talk));
  ASSERT_FALSE(*talk.ended);
  EXPECT_EQ(talk.ended->error().fault(), Fault::timed_out);
  EXPECT_EQ(talk.log.connections, 1);
}

TEST_F(ChatSessions, AServerThatTellsNothingIsWaitedForSoLong) {
  Talk talk{.script = {.answers_pings = false}, .input = numbered_lines(3)};
  talk.plan.timeout = 3s;
  run(hold(talk));
  EXPECT_TRUE(*talk.ended);
  expect_all_said(talk.log, 3);
  EXPECT_EQ(talk.log.quits, 1);
}

TEST_F(ChatSessions, NobodyThereIsAFailureAtOnce) {
  Talk talk;
  const auto nobody = [](Talk& where) -> Task<> {
    where.plan.to = {"127.0.0.1", 1};
    ChatSession session(where.plan, "", where.model, where.view, 0);
    where.ended = co_await session.run();
  };
  run(nobody(talk));
  ASSERT_TRUE(talk.ended);
  ASSERT_FALSE(*talk.ended);
  EXPECT_EQ(talk.ended->error().fault(), Fault::refused);
}

// --- the line mode -------------------------------------------------------------------------------

struct LinesLog {
  std::vector<std::string> heard = {};
};

// The tutorial's server for one client.
Task<Result<>> serve_lines(TcpListener& listener, LinesLog& log) {
  auto stream = co_await listener.accept();
  if (!stream) co_return stream.error();
  const auto prompted = co_await stream->write_all(std::string_view("Enter your username: "));
  if (!prompted) co_return prompted;
  LineSplitter lines(1000);
  for (;;) {
    const auto piece = co_await stream->receive();
    if (!piece) co_return piece.error();
    if (piece->empty()) co_return Error(Fault::closed, "hear");
    std::string_view rest = piece->text();
    while (const auto line = lines.next(rest)) {
      log.heard.emplace_back(line->text);
      std::string out;
      if (log.heard.size() == 1) {
        out = "[SERVER] ann joined the chat!\n[SERVER] Welcome to the chat!\n";
      }
      if (line->text == "/users") out = "[SERVER] Online users: ann\n";
      if (const auto sent = co_await stream->write_all(out); !sent) co_return sent;
      if (line->text == "/quit") {
        stream->close();
        Event never;
        co_return co_await never.wait();
      }
    }
  }
}

Task<> hold_lines(Talk& talk, LinesLog& log) {
  auto listener = TcpListener::bind(loopback());
  CO_ASSERT(listener);
  [[maybe_unused]] const auto ended =
      co_await either(talk_to(*listener, talk), serve_lines(*listener, log));
  CO_ASSERT(talk.ended);
}

TEST_F(ChatSessions, SpeaksTheDialogueOfTheTutorial) {
  Talk talk{.input = "hello\n/users are many\n"};
  talk.plan.face = ChatFace::lines;
  LinesLog log;
  run(hold_lines(talk, log));
  EXPECT_TRUE(*talk.ended);
  EXPECT_EQ(log.heard,
            (std::vector<std::string>{"ann", "hello", "//users are many", "/users", "/quit"}));
}

}  // namespace
}  // namespace patchbay::chat_client
