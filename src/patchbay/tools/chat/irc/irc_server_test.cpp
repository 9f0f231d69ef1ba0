// What is asked about the server, what operators do, and who is here.
#include <gtest/gtest.h>

#include "patchbay/tools/chat/irc/irc_session_fixture.hpp"

namespace patchbay {
namespace {

class AboutServer : public IrcTest {};

TEST_F(AboutServer, TellsTheMessageOfTheDay) {
  settings_.motd = {"one", "two"};
  const auto ann = enter("ann");
  EXPECT_EQ(numbers(say(*ann, "MOTD")), "375 372 372 376");
}

TEST_F(AboutServer, SaysThatThereIsNoMessageOfTheDay) {
  const auto ann = enter("ann");
  EXPECT_EQ(numbers(say(*ann, "MOTD")), "422");
}

TEST_F(AboutServer, CountsUsers) {
  const auto ann = enter("ann");
  const auto ben = enter("ben");
  ben->session.is_operator = true;
  const IrcLines lines = say(*ann, "LUSERS");
  EXPECT_EQ(numbers(lines), "251 252 253 254 255 265 266");
  EXPECT_TRUE(lines[0].contains("There are 2 users"));
  EXPECT_TRUE(lines[1].starts_with(":here 252 ann 1 :"));
  EXPECT_TRUE(lines[5].starts_with(":here 265 ann 2 2 :"));
}

TEST_F(AboutServer, SaysWhatItIs) {
  const auto ann = enter("ann");
  EXPECT_EQ(numbers(say(*ann, "VERSION")).substr(0, 7), "351 005");
  EXPECT_EQ(numbers(say(*ann, "TIME")), "391");
  EXPECT_EQ(numbers(say(*ann, "INFO")), "371 371 371 371 374");
  EXPECT_EQ(numbers(say(*ann, "ADMIN")), "423");
  EXPECT_EQ(answer(*ann, "ADMIN x").substr(0, 15), ":here 423 ann h");
  EXPECT_EQ(numbers(say(*ann, "LINKS")), "364 365");
}

TEST_F(AboutServer, TellsFigures) {
  settings_.operators = {{.name = "root", .hash = "", .mask = "*@192.0.2.*"}};
  const auto ann = enter("ann");
  EXPECT_EQ(numbers(say(*ann, "STATS u")), "242 219");
  EXPECT_EQ(numbers(say(*ann, "STATS m")), "481 219");
  EXPECT_EQ(numbers(say(*ann, "STATS o")), "481 219");
  ann->session.is_operator = true;
  EXPECT_EQ(numbers(say(*ann, "STATS m")), "212 212 212 212 219");
  const IrcLines lines = say(*ann, "STATS o");
  EXPECT_EQ(lines.front(), ":here 243 ann O *@192.0.2.* * :root");
  EXPECT_EQ(answer(*ann, "STATS"), ":here 219 ann * :That was all of it");
  EXPECT_EQ(numbers(say(*ann, "STATS zzz")), "219");
}

TEST_F(AboutServer, Helps) {
  const auto ann = enter("ann");
  const IrcLines lines = say(*ann, "HELP");
  EXPECT_NE(find(lines, "PRIVMSG"), "");
  EXPECT_EQ(numbers(say(*ann, "HELP oper")), "704 706");
  EXPECT_EQ(numbers(say(*ann, "HELP nothing")), "524");
}

// --- operators -----------------------------------------------------------------------------------

class Operators : public IrcTest {
 protected:
  Operators() {
    settings_.operators = {{.name = "root", .hash = cheap_hash(), .mask = "*@127.0.0.1"},
                           {.name = "far", .hash = cheap_hash(), .mask = "*@192.0.2.1"}};
    settings_.accounts.tries_per_minute = 3;
  }
};

TEST_F(Operators, ProveWhoTheyAre) {
  const auto ann = enter("ann");
  EXPECT_EQ(numbers(say(*ann, "OPER root Sesame")), "464");
  EXPECT_EQ(numbers(say(*ann, "OPER far sesame")), "464") << "from somewhere else";
  EXPECT_FALSE(ann->session.is_operator);
  EXPECT_EQ(say(*ann, "OPER root sesame").back(), ":ann!~ann@127.0.0.1 MODE ann :+o");
  EXPECT_TRUE(ann->session.is_operator);
}

TEST_F(Operators, WaitAfterTooManyTries) {
  const auto ann = enter("ann");
  for (int i = 0; i < 3; ++i) say(*ann, "OPER root x");
  EXPECT_TRUE(answer(*ann, "OPER root sesame").contains("Too many tries"));
  EXPECT_FALSE(ann->session.is_operator);
}

TEST_F(Operators, AloneDoWhatIsTheirs) {
  const auto ann = enter("ann");
  const auto ben = enter("ben");
  for (const char* const line : {"KILL ben :x", "REHASH", "WALLOPS :x"}) {
    EXPECT_EQ(numbers(say(*ann, line)), "481") << line;
  }
  EXPECT_FALSE(ben->session.is_over());
}

TEST_F(Operators, EndOthers) {
  const auto ann = enter("ann");
  const auto ben = enter("ben");
  ann->session.is_operator = true;
  EXPECT_EQ(numbers(say(*ann, "KILL nobody :x")), "401");
  EXPECT_TRUE(say(*ann, "KILL ben :too loud").empty());
  EXPECT_EQ(ben->session.farewell(), "Killed by ann: too loud");
}

TEST_F(Operators, HaveTheSettingsReadAgain) {
  std::string failure;
  rehash_ = [&failure] { return failure; };
  const auto ann = enter("ann");
  ann->session.is_operator = true;
  EXPECT_EQ(numbers(say(*ann, "REHASH")), "382");
  failure = "line 3:\nwrong";
  EXPECT_EQ(answer(*ann, "REHASH"), ":here FAIL REHASH WRONG_SETTINGS :line 3: wrong");
}

TEST_F(Operators, CannotHaveReadWhatIsNotThere) {
  const auto ann = enter("ann");
  ann->session.is_operator = true;
  EXPECT_TRUE(answer(*ann, "REHASH").contains("FAIL REHASH NO_SETTINGS"));
}

TEST_F(Operators, TellWhoWantsToHear) {
  const auto ann = enter("ann");
  const auto ben = enter("ben");
  const auto eve = enter("eve");
  ann->session.is_operator = true;
  ben->session.hears_wallops = true;
  const IrcLines heard = say(*ann, "WALLOPS :all well");
  EXPECT_EQ(heard, IrcLines{":ann!~ann@127.0.0.1 WALLOPS :all well"});
  EXPECT_EQ(hear(*ben), heard);
  EXPECT_TRUE(hear(*eve).empty());
}

// --- presence ------------------------------------------------------------------------------------

class Presence : public IrcTest {};

TEST_F(Presence, GoesAway) {
  const auto ann = enter("ann");
  EXPECT_EQ(numbers(say(*ann, "AWAY :lunch")), "306");
  EXPECT_EQ(ann->session.away, "lunch");
  EXPECT_EQ(numbers(say(*ann, "AWAY")), "305");
  EXPECT_EQ(ann->session.away, "");
}

TEST_F(Presence, ChangesItsRealName) {
  const auto ann = enter("ann", "setname");
  EXPECT_EQ(answer(*ann, "SETNAME :Ann the first"), ":ann!~ann@127.0.0.1 SETNAME :Ann the first");
  EXPECT_EQ(ann->session.real_name, "Ann the first");
  EXPECT_TRUE(answer(*ann, "SETNAME :").contains("FAIL SETNAME INVALID_REALNAME"));
}

TEST_F(Presence, IsAskedFor) {
  const auto ann = enter("ann");
  const auto ben = enter("ben");
  ben->session.is_operator = true;
  say(*ben, "AWAY :x");
  EXPECT_EQ(answer(*ann, "ISON ben nobody :ANN ben"), ":here 303 ann :ben ann ben");
  EXPECT_EQ(answer(*ann, "USERHOST ann nobody ben"),
            ":here 302 ann :ann=+~ann@127.0.0.1 ben*=-~ben@127.0.0.1");
  EXPECT_EQ(answer(*ann, "USERHOST a b c d e ann"), ":here 302 ann :") << "of five at most";
  EXPECT_EQ(numbers(say(*ann, "ISON")), "461");
}

TEST_F(Presence, IsWatched) {
  const auto ann = enter("ann");
  EXPECT_EQ(answer(*ann, "MONITOR + ben"), ":here 731 ann :ben");
  auto ben = enter("ben");
  // One line for all who watch: to nobody by name, and from whom it comes goes without saying.
  EXPECT_EQ(hear(*ann), IrcLines{"730 * :ben!~ben@127.0.0.1"});
  EXPECT_EQ(say(*ann, "MONITOR + ben,eve,b@d"),
            (IrcLines{":here 730 ann :ben!~ben@127.0.0.1", ":here 731 ann :eve"}));
  EXPECT_EQ(say(*ann, "MONITOR L"),
            (IrcLines{":here 732 ann :ben,eve", ":here 733 ann :That is all of your list"}));
  EXPECT_EQ(numbers(say(*ann, "MONITOR S")), "730 731");
  ben = nullptr;
  EXPECT_EQ(hear(*ann), IrcLines{"731 * :ben"});
  EXPECT_TRUE(say(*ann, "MONITOR - ben").empty());
  EXPECT_EQ(say(*ann, "MONITOR L").front(), ":here 732 ann :eve");
  EXPECT_TRUE(say(*ann, "MONITOR C").empty());
  EXPECT_EQ(numbers(say(*ann, "MONITOR L")), "733");
  EXPECT_EQ(numbers(say(*ann, "MONITOR x")), "461");
  EXPECT_EQ(numbers(say(*ann, "MONITOR")), "461");
}

TEST_F(Presence, IsWatchedWithinLimits) {
  settings_.limits.watches = 2;
  const auto ann = enter("ann");
  EXPECT_EQ(say(*ann, "MONITOR + a,b,c,d"),
            (IrcLines{":here 731 ann :a,b", ":here 734 ann 2 c,d :Your list is full"}));
  EXPECT_TRUE(ann->session.watched.size() == 2);
}

TEST_F(Presence, CallsThemAsItsClientDoes) {
  const auto ann = enter("ann");
  EXPECT_EQ(answer(*ann, "MONITOR + Iris10"), ":here 731 ann :Iris10");
  EXPECT_EQ(say(*ann, "MONITOR + iris10,IRIS10").size(), 1U);
  EXPECT_EQ(say(*ann, "MONITOR L").front(), ":here 732 ann :Iris10");
  say(*ann, "MONITOR - IRIS10");
  EXPECT_EQ(numbers(say(*ann, "MONITOR L")), "733");
}

TEST_F(Presence, ListsManyInSeveralLines) {
  const auto ann = enter("ann");
  for (char c = 'a'; c <= 'z'; ++c) say(*ann, "MONITOR + " + std::string(30, c));
  const IrcLines lines = say(*ann, "MONITOR L");
  EXPECT_EQ(numbers(lines), "732 732 733");
  for (const std::string& line : lines) EXPECT_LE(line.size(), 510U);
}

}  // namespace
}  // namespace patchbay
