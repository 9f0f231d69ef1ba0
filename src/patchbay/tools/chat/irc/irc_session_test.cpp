#include "patchbay/tools/chat/irc/irc_session.hpp"

#include <gtest/gtest.h>

#include "patchbay/tools/chat/irc/irc_session_fixture.hpp"

namespace patchbay {
namespace {

using namespace std::string_literals;

class Session : public IrcTest {};

// --- lines ---------------------------------------------------------------------------------------

TEST_F(Session, AsksWhoItIsFirst) {
  const auto client = connect();
  EXPECT_EQ(numbers(say(*client, "JOIN #a")), "451");
  EXPECT_EQ(numbers(say(*client, "NOTHING")), "451");
  EXPECT_EQ(answer(*client, "PING x"), ":here PONG here :x");
}

TEST_F(Session, SaysWhatIsWrongWithACommand) {
  const auto ann = enter("ann");
  EXPECT_EQ(answer(*ann, "NOTHING at all"), ":here 421 ann NOTHING :There is no such command");
  EXPECT_EQ(answer(*ann, "KILL"),
            ":here 461 ann KILL :There is something missing behind the command");
  EXPECT_EQ(answer(*ann, "oper x"),
            ":here 461 ann OPER :There is something missing behind the command");
}

TEST_F(Session, PassesOverWhatIsNoLine) {
  const auto ann = enter("ann");
  for (const std::string& line : {""s, " "s, ":only"s, "@a=b"s, "PING a\0b"s, "PING a\rPING b"s}) {
    EXPECT_TRUE(say(*ann, line).empty()) << line;
  }
}

TEST_F(Session, TakesALineOfTheLimitAndNoLonger) {
  const auto ann = enter("ann");
  const auto line_of = [](std::size_t bytes) { return "PING :" + std::string(bytes - 6, 'x'); };
  EXPECT_EQ(numbers(say(*ann, line_of(510))), "PONG");
  EXPECT_EQ(numbers(say(*ann, line_of(511))), "417");
  const std::string tags = "@+a=" + std::string(4094 - 3, 'y') + ' ';
  EXPECT_EQ(tags.size(), 4096U);
  EXPECT_EQ(numbers(say(*ann, tags + line_of(510))), "PONG");
  EXPECT_EQ(numbers(say(*ann, "@x" + tags.substr(1) + line_of(510))), "417");
  EXPECT_EQ(numbers(say(*ann, tags + line_of(511))), "417");
}

TEST_F(Session, WritesNoLongerLines) {
  const auto ann = enter("ann");
  const std::string long_token = "PING :" + std::string(503, 'x');
  EXPECT_EQ(answer(*ann, long_token).size(), 510U);
}

TEST_F(Session, TakesNothingButUtf8) {
  const auto ann = enter("ann");
  EXPECT_EQ(answer(*ann, "PRIVMSG ann :\xff"),
            ":here FAIL * INVALID_UTF8 :This server takes nothing but UTF-8");
}

TEST_F(Session, KeepsParametersApart) {
  const auto ann = enter("ann");
  ann->session.reply(401, {"two words", "text"});
  ann->session.reply(401, {":x", "text"});
  ann->session.reply(401, {"", ""});
  EXPECT_EQ(hear(*ann),
            (IrcLines{":here 401 ann * :text", ":here 401 ann * :text", ":here 401 ann * :"}));
}

// --- labels --------------------------------------------------------------------------------------

constexpr std::string_view k_labels = "labeled-response batch";

TEST_F(Session, LabelsAnAnswerOfOneLine) {
  const auto ann = enter("ann", k_labels);
  EXPECT_EQ(answer(*ann, "@label=x\\:y PING z"), "@label=x\\:y :here PONG here :z");
  EXPECT_EQ(answer(*ann, "@label=1 NOTHING"),
            "@label=1 :here 421 ann NOTHING :There is no such command");
}

TEST_F(Session, AcknowledgesACommandWithoutAnAnswer) {
  const auto ann = enter("ann", k_labels);
  EXPECT_EQ(answer(*ann, "@label=1 PONG x"), "@label=1 :here ACK");
  EXPECT_TRUE(say(*ann, "PONG x").empty());
}

TEST_F(Session, MakesABatchOfALabeledAnswerOfSeveralLines) {
  settings_.motd = {"one"};
  const auto ann = enter("ann", k_labels);
  EXPECT_EQ(
      say(*ann, "@label=1 MOTD"),
      (IrcLines{"@label=1 :here BATCH +1 labeled-response",
                "@batch=1 :here 375 ann :- here: message of the day",
                "@batch=1 :here 372 ann :- one",
                "@batch=1 :here 376 ann :That was the message of the day", ":here BATCH -1"}));
}

TEST_F(Session, LabelsNothingWhereTheClientKnowsNone) {
  for (const std::string_view known : {"labeled-response", "batch", "message-tags"}) {
    const auto ann = enter("ann", known);
    EXPECT_EQ(answer(*ann, "@label=1 PING z"), ":here PONG here :z") << known;
    EXPECT_TRUE(say(*ann, "@label=1 PONG z").empty());
  }
}

TEST_F(Session, LabelsNothingWithALongLabel) {
  const auto ann = enter("ann", k_labels);
  EXPECT_EQ(answer(*ann, "@label=" + std::string(65, 'x') + " PING z"), ":here PONG here :z");
}

// A command with a batch of its own is asked for in another file; here it is done by hand.
TEST_F(Session, BatchesOnlyWhereTheClientKnowsThem) {
  const auto ann = enter("ann");
  EXPECT_EQ(ann->session.begin_batch("chathistory", "#a"), "");
  ann->session.reply_line(":here NOTICE ann :x");
  ann->session.end_batch();
  EXPECT_EQ(hear(*ann), IrcLines{":here NOTICE ann :x"});
}

// --- ends ----------------------------------------------------------------------------------------

TEST_F(Session, EndsForTheFirstReason) {
  const auto ann = enter("ann");
  const auto ben = enter("ben");
  say(*ann, "JOIN #a");
  say(*ben, "JOIN #a");
  hear(*ann);
  say(*ben, "QUIT :off to bed");
  ben->session.cut("Too slow");
  EXPECT_TRUE(ben->session.is_over());
  EXPECT_TRUE(say(*ben, "PING x").empty()) << "nothing is read any more";
  ben->session.leave("Connection closed");
  ben->session.leave("Connection closed");
  const IrcLines heard = hear(*ann);
  ASSERT_EQ(heard.size(), 1U);
  EXPECT_TRUE(heard.front().ends_with("QUIT :Quit: off to bed")) << heard.front();
  EXPECT_EQ(ben->session.last_words(), "ERROR :Closing link: 127.0.0.1 (Quit: off to bed)\r\n");
}

TEST_F(Session, CutsWhoFloods) {
  settings_.limits.flood = true;
  settings_.limits.commands = {.per_second = 0.01, .burst = 4};
  const auto ann = enter("ann");
  for (int i = 0; i < 4; ++i) EXPECT_EQ(numbers(say(*ann, "PING x")), "PONG");
  EXPECT_TRUE(say(*ann, "PING x").empty());
  EXPECT_TRUE(ann->session.is_over());
  EXPECT_EQ(ann->session.farewell(), "Excess flood");
}

TEST_F(Session, WritesFramesForWebSockets) {
  Client ann(server(), irc::text_frames);
  loop_->run(ann.session.take("PING x"));
  EXPECT_EQ(ChatHub::take(ann.session, 1 << 20), "\x81\x12:here PONG here :x");
}

}  // namespace
}  // namespace patchbay
