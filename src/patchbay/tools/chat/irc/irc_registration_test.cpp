#include "patchbay/tools/chat/irc/irc_registration.hpp"

#include <gtest/gtest.h>

#include "patchbay/tools/chat/irc/irc_session_fixture.hpp"

namespace patchbay {
namespace {

class Registration : public IrcTest {
 protected:
  static std::string caps_of(const IrcLines& lines) {
    std::string caps;
    for (const std::string& line : lines) caps += line.substr(line.rfind(':') + 1) + ' ';
    return caps;
  }
};

TEST_F(Registration, WelcomesWhoHasSaidAll) {
  const auto client = connect();
  EXPECT_TRUE(say(*client, "NICK ann").empty());
  const IrcLines lines = say(*client, "USER ann 0 * :Ann of here");
  EXPECT_EQ(numbers(lines), "001 002 003 004 005 005 005 251 253 254 255 265 266 422");
  EXPECT_EQ(lines.front(), ":here 001 ann :Welcome to Net, ann!~ann@127.0.0.1");
  EXPECT_EQ(client->session.real_name, "Ann of here");
  EXPECT_FALSE(client->session.newcomer);
}

TEST_F(Registration, TakesItInAnyOrder) {
  const auto client = connect();
  say(*client, "USER a!b@c%20d 0 * :x");
  EXPECT_EQ(numbers(say(*client, "NICK ann")).substr(0, 3), "001");
  EXPECT_EQ(client->session.source.user, "~abc20d");
}

TEST_F(Registration, TellsClientsWhatTheyHaveToKnow) {
  settings_.network = "My Net";
  const auto client = connect();
  say(*client, "NICK ann");
  const IrcLines lines = say(*client, "USER ann 0 * :Ann");
  std::string all;
  for (const std::string& line : lines) {
    if (line.contains(" 005 ")) all += line + ' ';
  }
  for (const char* const token :
       {"CASEMAPPING=ascii", "CHANTYPES=#", "CHANMODES=beI,k,l,imnst", "PREFIX=(ov)@+",
        "NICKLEN=32", "CHANNELLEN=64", "STATUSMSG=@+", "WHOX", "UTF8ONLY", "MONITOR=100",
        "MSGREFTYPES=msgid,timestamp", "CHATHISTORY=100", "NETWORK=My\\x20Net", "BOT=B",
        "EXCEPTS=e", "INVEX=I", "SAFELIST"}) {
    EXPECT_TRUE(all.contains(" " + std::string(token) + " ")) << token;
  }
}

TEST_F(Registration, RefusesNames) {
  const auto ann = enter("ann");
  const auto client = connect();
  EXPECT_EQ(numbers(say(*client, "NICK")), "431");
  EXPECT_EQ(numbers(say(*client, "NICK a!b")), "432");
  EXPECT_EQ(numbers(say(*client, "NICK [SERVER]")), "432");
  EXPECT_EQ(numbers(say(*client, "NICK :with blank")), "432");
  EXPECT_EQ(numbers(say(*client, "NICK " + std::string(33, 'n'))), "432");
  EXPECT_EQ(numbers(say(*client, "NICK ANN")), "433");
  say(*client, "USER x 0 * :x");
  EXPECT_FALSE(client->session.is_registered);
  EXPECT_EQ(numbers(say(*client, "NICK ben")).substr(0, 3), "001");
}

// Two may ask for the same name before either of them is in.
TEST_F(Registration, GivesANameToWhoIsFirst) {
  const auto one = connect();
  const auto two = connect();
  say(*one, "NICK ann");
  say(*two, "NICK ann");
  say(*one, "USER x 0 * :x");
  EXPECT_TRUE(one->session.is_registered);
  EXPECT_EQ(numbers(say(*two, "USER x 0 * :x")), "433");
  EXPECT_FALSE(two->session.is_registered);
  EXPECT_EQ(numbers(say(*two, "NICK ben")).substr(0, 3), "001");
}

TEST_F(Registration, ReservesTheNamesOfAccounts) {
  accounts_ = std::make_unique<OneAccount>();
  const auto client = connect();
  say(*client, "NICK bob");
  EXPECT_EQ(numbers(say(*client, "USER x 0 * :x")), "433");
}

TEST_F(Registration, IsDoneOnce) {
  const auto ann = enter("ann");
  EXPECT_EQ(numbers(say(*ann, "USER x 0 * :x")), "462");
  EXPECT_EQ(numbers(say(*ann, "PASS x")), "462");
}

TEST_F(Registration, ChangesNamesLater) {
  const auto ann = enter("ann");
  const auto ben = enter("ben");
  EXPECT_EQ(answer(*ann, "NICK eve"), ":ann!~ann@127.0.0.1 NICK eve");
  EXPECT_EQ(ann->session.source.name, "eve");
  EXPECT_EQ(numbers(say(*ann, "NICK ben")), "433");
  EXPECT_EQ(numbers(say(*ann, "NICK b@n")), "432");
  EXPECT_EQ(numbers(say(*ann, "NICK")), "431");
}

TEST_F(Registration, AsksForThePassword) {
  settings_.password_hash = cheap_hash();
  const auto right = connect();
  say(*right, "PASS sesame");
  say(*right, "NICK ann");
  EXPECT_EQ(numbers(say(*right, "USER x 0 * :x")).substr(0, 3), "001");

  const auto wrong = connect();
  EXPECT_EQ(numbers(say(*wrong, "PASS Sesame")), "464");
  EXPECT_TRUE(wrong->session.is_over());

  const auto none = connect();
  say(*none, "NICK ben");
  EXPECT_EQ(numbers(say(*none, "USER x 0 * :x")), "464");
  EXPECT_TRUE(none->session.is_over());
}

TEST_F(Registration, AsksForAnAccountWhereThatIsSo) {
  accounts_ = std::make_unique<OneAccount>();
  settings_.accounts.required = true;
  const auto client = connect();
  say(*client, "NICK ann");
  EXPECT_TRUE(answer(*client, "USER x 0 * :x").contains("FAIL * ACCOUNT_REQUIRED_TO_CONNECT"));
  EXPECT_TRUE(client->session.is_over());
}

TEST_F(Registration, AnswersPings) {
  const auto ann = enter("ann");
  EXPECT_EQ(answer(*ann, "PING :a b"), ":here PONG here :a b");
  EXPECT_EQ(numbers(say(*ann, "PING")), "409");
  EXPECT_TRUE(say(*ann, "PONG here").empty());
  EXPECT_TRUE(say(*ann, "ERROR :x").empty());
}

// --- capabilities --------------------------------------------------------------------------------

TEST_F(Registration, WaitsForTheEndOfCapabilities) {
  const auto client = connect();
  say(*client, "CAP LS 302");
  say(*client, "NICK ann");
  EXPECT_TRUE(say(*client, "USER ann 0 * :Ann").empty());
  EXPECT_EQ(numbers(say(*client, "CAP END")).substr(0, 3), "001");
  EXPECT_TRUE(say(*client, "CAP END").empty());
}

TEST_F(Registration, ListsCapabilities) {
  const auto client = connect();
  const IrcLines lines = say(*client, "CAP LS 302");
  for (const std::string& line : lines) EXPECT_LE(line.size(), 510U);
  EXPECT_TRUE(lines.back().starts_with(":here CAP * LS :"));
  const std::string caps = caps_of(lines);
  for (const char* const name : {"message-tags", "server-time", "account-tag", "draft/chathistory",
                                 "echo-message", "labeled-response", "batch", "chghost"}) {
    EXPECT_TRUE(caps.contains(name)) << name;
  }
  EXPECT_FALSE(caps.contains("sasl")) << "nobody can log in";
  EXPECT_FALSE(caps.contains("sts")) << "only when asked for";
  EXPECT_TRUE(client->session.has(irc::cap_notify)) << "302 means that";
}

TEST_F(Registration, ListsCapabilitiesInSeveralLines) {
  settings_.server_name = std::string(240, 'h');
  const auto client = connect();
  const IrcLines lines = say(*client, "CAP LS 302");
  ASSERT_GT(lines.size(), 1U);
  EXPECT_TRUE(lines.front().contains(" CAP * LS * :"));
  EXPECT_TRUE(lines.back().contains(" CAP * LS :"));
}

TEST_F(Registration, ListsValuesToThoseWhoReadThem) {
  accounts_ = std::make_unique<OneAccount>();
  settings_.sts_seconds = 1000;
  settings_.sts_port = 6697;
  const auto client = connect();
  EXPECT_TRUE(caps_of(say(*client, "CAP LS 302")).contains("sasl=PLAIN,SCRAM-SHA-256"));
  EXPECT_TRUE(caps_of(say(*client, "CAP LS 302")).contains("sts=duration=1000,port=6697"));
  const std::string old = caps_of(say(*client, "CAP LS"));
  EXPECT_TRUE(old.contains("sasl "));
  EXPECT_FALSE(old.contains("="));
  EXPECT_FALSE(old.contains("sts"));
  client->session.is_secure = false;
  const std::string plain = caps_of(say(*client, "CAP LS 302"));
  EXPECT_TRUE(plain.contains("sasl=SCRAM-SHA-256 "));
  EXPECT_TRUE(plain.contains("sts=port=6697 "));
}

TEST_F(Registration, GivesCapabilitiesAllOrNone) {
  const auto ann = enter("ann");
  EXPECT_EQ(answer(*ann, "CAP REQ :server-time batch"), ":here CAP ann ACK :server-time batch");
  EXPECT_TRUE(ann->session.has(irc::server_time | irc::batch));
  EXPECT_EQ(answer(*ann, "CAP REQ :away-notify nothing"), ":here CAP ann NAK :away-notify nothing");
  EXPECT_FALSE(ann->session.has(irc::away_notify));
  EXPECT_EQ(answer(*ann, "CAP REQ :-batch echo-message"), ":here CAP ann ACK :-batch echo-message");
  EXPECT_FALSE(ann->session.has(irc::batch));
  EXPECT_EQ(answer(*ann, "CAP LIST"), ":here CAP ann LIST :echo-message server-time");
  EXPECT_EQ(answer(*ann, "CAP REQ sts"), ":here CAP ann NAK :sts");
  EXPECT_EQ(answer(*ann, "CAP REQ sasl"), ":here CAP ann NAK :sasl");
  EXPECT_EQ(numbers(say(*ann, "CAP FOO")), "410");
  EXPECT_EQ(numbers(say(*ann, "CAP")), "410");
}

TEST_F(Registration, KeepsCapNotifyForThoseWhoReadValues) {
  const auto ann = enter("ann");
  EXPECT_EQ(answer(*ann, "CAP REQ cap-notify"), ":here CAP ann ACK :cap-notify");
  EXPECT_EQ(answer(*ann, "CAP REQ -cap-notify"), ":here CAP ann ACK :-cap-notify");
  say(*ann, "CAP LS 302");
  EXPECT_EQ(answer(*ann, "CAP REQ -cap-notify"), ":here CAP ann NAK :-cap-notify");
}

TEST_F(Registration, WritesEventsAsWasAskedFor) {
  const auto ann = enter("ann", "extended-join");
  EXPECT_EQ(ann->session.variant.bits, irc::extended_join);
  const IrcLines lines = say(*ann, "JOIN #a");
  EXPECT_EQ(lines.front(), ":ann!~ann@127.0.0.1 JOIN #a * :ann");
}

}  // namespace
}  // namespace patchbay
