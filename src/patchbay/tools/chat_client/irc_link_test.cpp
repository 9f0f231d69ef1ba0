#include "patchbay/tools/chat_client/irc_link.hpp"

#include <gtest/gtest.h>

#include <algorithm>

#include "patchbay/wire/base64.hpp"

namespace patchbay::chat_client {
namespace {

using Kind = ChatEvent::Kind;
using Lines = std::vector<std::string>;

constexpr WallTime k_now{std::chrono::seconds(1'000)};

struct IrcLinkTest : testing::Test {
  void start(IrcLinkOptions options) {
    link = std::make_unique<IrcLink>(std::move(options));
    link->begin();
  }
  void start() { start({.nick = "ann", .rooms = {"#lobby"}}); }
  void hear(std::string_view line) { link->hear(line, k_now); }
  // Signed in, with these capabilities.
  void welcome(std::string_view capabilities = "") {
    if (!link) start();
    hear(":s CAP * LS :" + std::string(capabilities));
    hear(":s CAP * ACK :" + std::string(capabilities));
    hear(":s 001 ann :Welcome");
    link->take_lines();
    link->take_events();
  }
  ChatEvent only() {
    auto events = link->take_events();
    EXPECT_EQ(events.size(), 1U);
    return events.empty() ? ChatEvent{} : events.front();
  }
  void expect_lines(const Lines& expected) { EXPECT_EQ(link->take_lines(), expected); }

  std::unique_ptr<IrcLink> link;
};

// --- signing in ----------------------------------------------------------------------------------

TEST_F(IrcLinkTest, SignsInWithoutCapabilities) {
  start();
  expect_lines({"CAP LS 302", "NICK ann", "USER ann 0 * :ann"});
  hear(":s 421 * CAP :Unknown command");
  hear(":s 001 ann :Welcome");
  EXPECT_TRUE(link->welcomed());
  expect_lines({"JOIN #lobby"});
}

TEST_F(IrcLinkTest, AsksForWhatItKnows) {
  start();
  link->take_lines();
  hear(":s CAP * LS * :server-time unknown/thing sasl=PLAIN");
  expect_lines({});
  hear(":s CAP * LS :batch message-tags");
  expect_lines({"CAP REQ :batch message-tags server-time"});
  hear(":s CAP ann ACK :batch message-tags server-time");
  expect_lines({"CAP END"});
}

TEST_F(IrcLinkTest, GoesOnWhenItsWishIsRefused) {
  start();
  link->take_lines();
  hear(":s CAP * LS :batch");
  hear(":s CAP * NAK :batch");
  expect_lines({"CAP REQ :batch", "CAP END"});
}

TEST_F(IrcLinkTest, TakesAnotherNameWhereItsOwnIsTaken) {
  start();
  link->take_lines();
  hear(":s 433 * ann :Nickname is already in use");
  expect_lines({"NICK ann_"});
  hear(":s 001 ann_ :Welcome");
  EXPECT_EQ(link->own_name(), "ann_");
}

TEST_F(IrcLinkTest, GivesUpWhereAllItsNamesAreTaken) {
  start();
  for (int i = 0; i < 10; ++i) hear(":s 433 * ann :Nickname is already in use");
  ASSERT_TRUE(link->refusal());
  EXPECT_EQ(link->refusal()->failure.why, "Nickname is already in use");
}

TEST_F(IrcLinkTest, SignsInWithAPassword) {
  start({.nick = "ann", .account = SaslAccount{"ann", "secret"}, .may_be_plain = true});
  link->take_lines();
  hear(":s CAP * LS :sasl=PLAIN");
  hear(":s CAP * ACK :sasl");
  expect_lines({"CAP REQ :sasl", "AUTHENTICATE PLAIN"});
  hear("AUTHENTICATE +");
  expect_lines({"AUTHENTICATE " + encode_base64(std::string("\0ann\0secret", 11))});
  hear(":s 900 ann ann!ann@h ann :You are now logged in");
  hear(":s 903 ann :SASL authentication successful");
  expect_lines({"CAP END"});
  EXPECT_FALSE(link->refusal());
}

TEST_F(IrcLinkTest, DoesNotSayThePasswordInTheClear) {
  start({.nick = "ann", .account = SaslAccount{"ann", "secret"}});
  hear(":s CAP * LS :sasl=PLAIN");
  hear(":s CAP * ACK :sasl");
  ASSERT_TRUE(link->refusal());
  EXPECT_EQ(link->refusal()->code, exit_permission);
  for (const std::string& line : link->take_lines()) EXPECT_EQ(line.find("AUTH"), line.npos);
}

TEST_F(IrcLinkTest, DoesNotComeInWithoutTheAccountItWasGiven) {
  start({.nick = "ann", .account = SaslAccount{"ann", "secret"}, .may_be_plain = true});
  hear(":s 001 ann :Welcome");
  EXPECT_TRUE(link->refusal());
  EXPECT_FALSE(link->welcomed());
}

TEST_F(IrcLinkTest, DoesNotBelieveAServerThatProvedNothing) {
  start({.nick = "ann", .account = SaslAccount{"ann", "secret"}, .nonce = "n"});
  hear(":s CAP * LS :sasl=SCRAM-SHA-256");
  hear(":s CAP * ACK :sasl");
  hear("AUTHENTICATE +");
  hear(":s 903 ann :SASL authentication successful");
  EXPECT_TRUE(link->refusal());
}

TEST_F(IrcLinkTest, FallsBackToPlainWhereItIsAllThereIs) {
  start({.nick = "ann", .account = SaslAccount{"ann", "secret"}, .may_be_plain = true});
  hear(":s CAP * LS :sasl");
  hear(":s CAP * ACK :sasl");
  link->take_lines();
  hear(":s 908 ann PLAIN,EXTERNAL :are available SASL mechanisms");
  hear(":s 904 ann :SASL authentication failed");
  expect_lines({"AUTHENTICATE PLAIN"});
  hear("AUTHENTICATE +");
  hear(":s 904 ann :SASL authentication failed");
  ASSERT_TRUE(link->refusal());
  EXPECT_EQ(link->refusal()->code, exit_permission);
}

// --- what is said --------------------------------------------------------------------------------

TEST_F(IrcLinkTest, HearsWhatIsSaid) {
  welcome("server-time message-tags");
  hear("@time=2026-03-01T12:00:00.500Z;msgid=x1 :bob!b@h PRIVMSG #lobby :good morning");
  const ChatEvent event = only();
  EXPECT_EQ(event.kind, Kind::said);
  EXPECT_EQ(event.room, "#lobby");
  EXPECT_EQ(event.line.from, "bob");
  EXPECT_EQ(event.line.text, "good morning");
  EXPECT_EQ(event.line.id, "x1");
  EXPECT_EQ(rfc3339(event.line.at), "2026-03-01T12:00:00.500000Z");
}

TEST_F(IrcLinkTest, APrivateTalkHasTheNameOfTheOther) {
  welcome("echo-message");
  hear(":bob!b@h PRIVMSG ann :psst");
  EXPECT_EQ(only().room, "bob");
  hear(":ANN!a@h PRIVMSG bob :what?");
  const ChatEvent echoed = only();
  EXPECT_EQ(echoed.room, "bob");
  EXPECT_TRUE(echoed.own);
}

TEST_F(IrcLinkTest, AnActionIsOne) {
  welcome();
  hear(
      ":bob!b@h PRIVMSG #lobby :\x01"
      "ACTION waves\x01");
  const ChatEvent event = only();
  EXPECT_EQ(event.line.kind, ChatLine::Kind::action);
  EXPECT_EQ(event.line.text, "waves");
}

TEST_F(IrcLinkTest, AnswersNoQuestionOfStrangers) {
  welcome();
  hear(":bob!b@h PRIVMSG ann :\x01VERSION\x01");
  EXPECT_EQ(only().line.text, "(CTCP) VERSION");
  expect_lines({});
}

TEST_F(IrcLinkTest, SaysItsOwnWordsToItselfWhereTheServerDoesNot) {
  welcome();
  link->wish({.kind = ChatWish::Kind::say, .room = "#lobby", .text = "hello"}, k_now);
  expect_lines({"PRIVMSG #lobby :hello"});
  EXPECT_TRUE(only().own);
  link.reset();
  welcome("echo-message");
  link->wish({.kind = ChatWish::Kind::action, .room = "#lobby", .text = "waves"}, k_now);
  expect_lines(
      {"PRIVMSG #lobby :\x01"
       "ACTION waves\x01"});
  EXPECT_TRUE(link->take_events().empty());
}

TEST_F(IrcLinkTest, CutsWhatIsTooLongForALine) {
  welcome();
  std::string text;
  for (int i = 0; i < 300; ++i) text += "世界 ";
  link->wish({.kind = ChatWish::Kind::say, .room = "#lobby", .text = text}, k_now);
  const Lines lines = link->take_lines();
  EXPECT_GT(lines.size(), 4U);
  for (const std::string& line : lines) {
    EXPECT_LE(line.size() + std::string(":ann!user@host \r\n").size(), k_irc_line_bytes);
    EXPECT_TRUE(line.starts_with("PRIVMSG #lobby :世界"));
  }
}

TEST_F(IrcLinkTest, SendsOneLineForOne) {
  welcome();
  link->wish({.kind = ChatWish::Kind::say, .room = "#lobby", .text = "a\r\nQUIT :x"}, k_now);
  expect_lines({"PRIVMSG #lobby :aQUIT :x"});
}

TEST_F(IrcLinkTest, SaysNothingBeforeTheWelcome) {
  start();
  link->take_lines();
  link->wish({.kind = ChatWish::Kind::say, .room = "#lobby", .text = "hello"}, k_now);
  expect_lines({});
  link->wish({.kind = ChatWish::Kind::quit, .text = "bye"}, k_now);
  expect_lines({"QUIT :bye"});
}

// --- who is there --------------------------------------------------------------------------------

TEST_F(IrcLinkTest, GathersNamesUntilTheirEnd) {
  welcome("multi-prefix userhost-in-names");
  hear(":s 005 ann PREFIX=(qov)~@+ CHANTYPES=# :are supported");
  hear(":s 353 ann = #lobby :~@ann!a@h +bob!b@h");
  hear(":s 353 ann = #lobby :carl!c@h");
  EXPECT_TRUE(link->take_events().empty());
  hear(":s 366 ann #LOBBY :End of NAMES");
  const ChatEvent event = only();
  EXPECT_EQ(event.kind, Kind::members);
  EXPECT_EQ(event.members, (std::vector<ChatMember>{{"ann", "~@"}, {"bob", "+"}, {"carl", ""}}));
}

TEST_F(IrcLinkTest, TellsWhoComesAndGoes) {
  welcome();
  hear(":bob!b@h JOIN #lobby account :Bob B");
  EXPECT_EQ(only().kind, Kind::joined);
  hear(":bob!b@h PART #lobby :bye");
  EXPECT_EQ(only().text, "bye");
  hear(":bob!b@h NICK rob");
  EXPECT_EQ(only().target, "rob");
  hear(":rob!b@h QUIT :timeout");
  EXPECT_EQ(only().kind, Kind::quit);
  hear(":carl!c@h KICK #lobby ann :spam");
  EXPECT_TRUE(only().own);
  hear(":ann!a@h NICK :anna");
  EXPECT_TRUE(only().own);
  EXPECT_EQ(link->own_name(), "anna");
}

TEST_F(IrcLinkTest, ModesGiveAndTakeRanks) {
  welcome();
  hear(":bob!b@h MODE #lobby +kov-v key ann carl dora");
  const auto events = link->take_events();
  ASSERT_EQ(events.size(), 4U);
  EXPECT_EQ(events[0].target, "ann");
  EXPECT_EQ(events[0].text, "@");
  EXPECT_EQ(events[1].target, "carl");
  EXPECT_TRUE(events[1].own);
  EXPECT_EQ(events[2].target, "dora");
  EXPECT_FALSE(events[2].own);
}

TEST_F(IrcLinkTest, ARoomThatIsNotToBeEnteredIsNamed) {
  welcome();
  hear(":s 474 ann #lobby :Cannot join channel (+b)");
  const ChatEvent event = only();
  EXPECT_EQ(event.kind, Kind::refused);
  EXPECT_EQ(event.room, "#lobby");
  EXPECT_EQ(event.text, "#lobby: Cannot join channel (+b)");
}

// --- history -------------------------------------------------------------------------------------

TEST_F(IrcLinkTest, AsksForHistoryOnTheWayIn) {
  start({.nick = "ann", .rooms = {"#lobby"}, .history = 500});
  welcome("draft/chathistory batch");
  hear(":s 005 ann CHATHISTORY=80 :are supported");
  hear(":ann!a@h JOIN #lobby");
  expect_lines({"CHATHISTORY LATEST #lobby * 80"});
}

TEST_F(IrcLinkTest, HistoryIsOneEvent) {
  welcome("draft/chathistory batch message-tags server-time");
  hear(":s BATCH +1 chathistory #lobby");
  hear("@batch=1;time=2026-03-01T12:00:00.000Z :bob!b@h PRIVMSG #lobby :one");
  hear(":bob!b@h PRIVMSG #lobby :live");
  EXPECT_EQ(only().line.text, "live");
  hear("@batch=1;time=2026-03-01T12:00:01.000Z :bob!b@h PRIVMSG #lobby :two");
  hear(":s BATCH -1");
  const ChatEvent event = only();
  EXPECT_EQ(event.kind, Kind::history);
  EXPECT_EQ(event.room, "#lobby");
  ASSERT_EQ(event.lines.size(), 2U);
  EXPECT_EQ(event.lines[1].text, "two");
}

TEST_F(IrcLinkTest, AsksForWhatWasBefore) {
  welcome("draft/chathistory");
  link->wish({.kind = ChatWish::Kind::history, .room = "#lobby", .count = 50, .before_id = "x1"},
             k_now);
  link->wish({.kind = ChatWish::Kind::history,
              .room = "#lobby",
              .count = 50,
              .before_time = "2026-03-01T12:00:00.000Z"},
             k_now);
  expect_lines({"CHATHISTORY BEFORE #lobby msgid=x1 50",
                "CHATHISTORY BEFORE #lobby timestamp=2026-03-01T12:00:00.000Z 50"});
}

TEST_F(IrcLinkTest, SearchesWhereTheServerCan) {
  welcome("soju.im/search");
  link->wish({.kind = ChatWish::Kind::search, .room = "#lobby", .text = "a; b"}, k_now);
  expect_lines({"SEARCH text=a\\:\\sb;in=#lobby;limit=50"});
}

// --- and the rest --------------------------------------------------------------------------------

TEST_F(IrcLinkTest, AnswersPings) {
  welcome();
  hear("PING :a b");
  expect_lines({"PONG :a b"});
}

TEST_F(IrcLinkTest, AFenceIsAnsweredByItsOwnPong) {
  welcome();
  link->fence();
  expect_lines({"PING :patchbay-1"});
  hear(":s PONG s :other");
  EXPECT_TRUE(link->take_events().empty());
  hear(":s PONG s :patchbay-1");
  EXPECT_EQ(only().kind, Kind::fenced);
}

TEST_F(IrcLinkTest, StandsWhateverComes) {
  welcome("batch message-tags draft/chathistory");
  for (const char* line : {"",
                           ":",
                           "@",
                           "@ :x",
                           ":s",
                           ":s 001",
                           ":s 005",
                           ":s 353",
                           ":s 366",
                           ":s 352",
                           ":s 322",
                           ":s 433",
                           ":s 464",
                           ":s 474",
                           ":s 904",
                           ":s 908",
                           ":s 999",
                           ":s CAP",
                           ":s CAP * LS",
                           "AUTHENTICATE",
                           "BATCH",
                           "BATCH +",
                           "BATCH -",
                           "BATCH -nothing",
                           ":b!b@h PRIVMSG",
                           ":b!b@h PRIVMSG #x",
                           ":b!b@h PRIVMSG #x :",
                           ":b!b@h PRIVMSG #x :\x01",
                           ":b MODE #x +ooo",
                           ":b NICK",
                           ":b KICK",
                           ":b JOIN",
                           "JOIN #x",
                           ":b TOPIC",
                           "PING",
                           "PONG",
                           "ERROR",
                           "FAIL",
                           "FAIL X",
                           "NOTE",
                           ":b INVITE",
                           ":b MODE"}) {
    hear(line);
  }
  EXPECT_FALSE(link->refusal());
}

TEST(ServerTime, IsReadAsItIsWritten) {
  const auto time = parse_server_time("2026-03-01T12:34:56.789Z");
  ASSERT_TRUE(time);
  EXPECT_EQ(rfc3339(*time), "2026-03-01T12:34:56.789000Z");
  for (const char* text : {"", "2026-03-01", "2026-02-30T12:00:00.000Z", "2026-03-01T24:00:00.000Z",
                           "2026-03-01T12:00:00Z", "2026-03-01T12:00:00.000",
                           "x026-03-01T12:00:00.000Z", "2026-03-01T12:00:00.000Zx"}) {
    EXPECT_FALSE(parse_server_time(text)) << text;
  }
}

}  // namespace
}  // namespace patchbay::chat_client
