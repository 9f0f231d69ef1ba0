#include "patchbay/tools/chat/lines/lines_session.hpp"

#include <gtest/gtest.h>

#include <memory>
#include <span>
#include <utility>
#include <vector>

#include "patchbay/net/loop.hpp"
#include "patchbay/net/sim/lone_host.hpp"

namespace patchbay {
namespace {

// Clients without a connection: what they type is taken, and what they are shown is asked for.
class Client {
 public:
  Client(LinesServer& server, Scope& root, std::uint16_t port) : server_(server), scope_(&root) {
    const Endpoint peer(*IpAddress::parse("127.0.0.1"), port);
    auto ticket = server.doorkeeper.admit(peer.address(), server.hub.settings().limits);
    session_ = std::make_unique<LinesSession>(server, stream_, peer, scope_, std::move(*ticket));
    session_->begin();
  }
  ~Client() { session_->leave("over"); }

  void type(std::string_view line) {
    Task<> task = session_->take(line);
    task.set_scope(scope_);
    task.start();
    EXPECT_TRUE(task.done()) << line;
  }
  // What it was shown since it was asked last.
  std::string shown() { return server_.hub.take(*session_, 1024 * 1024); }
  // What a line is answered with, and what had come before is forgotten.
  std::string answer(std::string_view line) {
    shown();
    type(line);
    return shown();
  }
  LinesSession& session() { return *session_; }

 private:
  LinesServer& server_;
  Scope scope_;
  Stream stream_{Port::closed(), -1};
  std::unique_ptr<LinesSession> session_;
};

struct Lines : testing::Test {
  std::unique_ptr<Loop> loop = std::move(*sim::make_lone_loop({}));
  LoopGuard guard{*loop};
  ChatHub hub{std::make_shared<const ChatSettings>(), nullptr, nullptr};
  ChatDoorkeeper doorkeeper;
  ChatPasswordDesk passwords;
  LinesServer server{.hub = hub, .doorkeeper = doorkeeper, .passwords = passwords};
  Scope root{nullptr};
  std::uint16_t next_port = 50001;

  void use(const ChatSettings& settings) {
    hub.exchange_settings(std::make_shared<const ChatSettings>(settings));
  }
  std::unique_ptr<Client> connect() { return std::make_unique<Client>(server, root, next_port++); }
  std::unique_ptr<Client> connect(std::string_view name) {
    auto client = connect();
    client->type(name);
    client->shown();
    return client;
  }
};

// --- the tutorial's dialogue ---------------------------------------------------------------------

TEST_F(Lines, HoldTheTutorialsDialogue) {
  const auto ann = connect();
  EXPECT_EQ(ann->shown(), "Enter your username: ");
  EXPECT_EQ(ann->answer("ann"), "[SERVER] ann joined the chat!\n[SERVER] Welcome to the chat!\n");
  auto bob = connect();
  EXPECT_EQ(bob->answer("bob"), "[SERVER] bob joined the chat!\n[SERVER] Welcome to the chat!\n");
  EXPECT_EQ(ann->shown(), "[SERVER] bob joined the chat!\n");
  EXPECT_EQ(ann->answer("hello"), "");
  EXPECT_EQ(bob->shown(), "[ann] hello\n");
  EXPECT_EQ(bob->answer("/users"), "[SERVER] Online users: ann, bob\n");
  EXPECT_EQ(bob->answer("/USERS"), "[SERVER] Online users: ann, bob\n");
  EXPECT_EQ(bob->answer("/Quit"), "");
  EXPECT_TRUE(bob->session().is_over());
  EXPECT_EQ(bob->session().last_words(), "");
  bob.reset();
  EXPECT_EQ(ann->shown(), "[SERVER] bob left the chat\n");
}

TEST_F(Lines, CallWhoeverGivesNoNameByThePort) {
  const auto client = connect();
  EXPECT_EQ(client->answer("  "),
            "[SERVER] User_50001 joined the chat!\n[SERVER] Welcome to the chat!\n");
}

TEST_F(Lines, MakeNamesOfWhatIsTyped) {
  const auto one = connect();
  EXPECT_EQ(one->answer(" Ann Two\r"),
            "[SERVER] Ann_Two joined the chat!\n[SERVER] Welcome to the chat!\n");
  const auto two = connect();
  EXPECT_TRUE(two->answer("ann two").starts_with("[SERVER] ann_two_2 joined")) << "in use";
  const auto three = connect();
  EXPECT_TRUE(three
                  ->answer("b\x7f"
                           "carl")
                  .starts_with("[SERVER] carl joined"));
}

// --- who may not be called what he likes ---------------------------------------------------------

TEST_F(Lines, LetNobodyBeTheServerOrSomebodyElse) {
  const auto bob = connect("bob");
  for (const std::string_view name : {"SERVER", "[SERVER]", "s3rver", "\u0455\u0435rver", "###"}) {
    const auto client = connect();
    const std::string answer = client->answer(name);
    EXPECT_TRUE(answer.starts_with("[SERVER] Nobody can be called that: ")) << name;
    EXPECT_TRUE(answer.ends_with("\nEnter your username: ")) << name;
    EXPECT_TRUE(client->answer("carl").starts_with("[SERVER] carl"));
  }
  for (const std::string_view name : {"BOB", "b0b", "b\u043eb", "[bob]", "bob\u200b",
                                      "\u202e"
                                      "bob"}) {
    const auto client = connect();
    const std::string answer = client->answer(name);
    EXPECT_FALSE(answer.starts_with("[SERVER] bob joined")) << name << ": " << answer;
    EXPECT_TRUE(answer.contains("_2 joined the chat!")) << name << ": " << answer;
  }
}

TEST_F(Lines, LetNobodyForgeALineOrActOnATerminal) {
  const auto ann = connect("ann");
  const auto bob = connect("bob");
  for (const auto& [typed, shown] : std::vector<std::pair<std::string_view, std::string_view>>{
           {"hi\r[SERVER] all go home", "[bob] hi[SERVER] all go home\n"},
           {"[SERVER] all go home", "[bob] [SERVER] all go home\n"},
           {"[ann] I quit", "[bob] [ann] I quit\n"},
           {"\x1b[2J\x1b]0;owned\x07"
            "hi",
            "[bob] [2J]0;ownedhi\n"},
           {"\u009b"
            "31mhi",
            "[bob] 31mhi\n"},
           {"\u202e"
            "evil\u2066",
            "[bob] evil\n"},
           {"a\u200b\u200d\ufeff"
            "b",
            "[bob] ab\n"},
           {"caf\xe9", "[bob] caf\ufffd\n"},
           {"<script>alert(1)</script>", "[bob] <script>alert(1)</script>\n"},
           {"/me [SERVER] dies", "* bob [SERVER] dies\n"},
           {"/me -> ann] psst", "* bob -> ann] psst\n"},
           {"/msg ann [SERVER] hi", "[bob -> ann] [SERVER] hi\n"},
           {"//quit", "[bob] /quit\n"},
       }) {
    ann->shown();
    bob->type(typed);
    EXPECT_EQ(ann->shown(), shown);
  }
}

TEST_F(Lines, SayNothingWhereNothingIsLeft) {
  const auto ann = connect("ann");
  const auto bob = connect("bob");
  ann->shown();
  EXPECT_EQ(bob->answer("\x01\x02\x1b"), "[SERVER] There is nothing in it that can be said\n");
  EXPECT_EQ(bob->answer("\u200b"), "[SERVER] There is nothing in it that can be said\n");
  EXPECT_EQ(bob->answer(""), "");
  EXPECT_EQ(ann->shown(), "");
}

// --- rooms ---------------------------------------------------------------------------------------

TEST_F(Lines, SpeakInTheRoomThatWasJoinedLast) {
  const auto ann = connect("ann");
  const auto bob = connect("bob");
  ann->shown();
  EXPECT_EQ(bob->answer("/join dev"),
            "[SERVER] bob joined #dev\n[SERVER] What you type is said in #dev now\n");
  EXPECT_EQ(ann->answer("/join #Dev"),
            "[SERVER] ann joined #dev\n[SERVER] What you type is said in #dev now\n");
  EXPECT_EQ(bob->answer("hello"), "");
  EXPECT_EQ(ann->shown(), "[bob@#dev] hello\n");
  EXPECT_EQ(ann->answer("/join #lobby"), "[SERVER] What you type is said in #lobby now\n");
  ann->type("back");
  EXPECT_TRUE(bob->shown().ends_with("[ann] back\n"));
  EXPECT_EQ(ann->answer("/rooms"), "[SERVER] Rooms: #dev (2), #lobby (2)\n");
  EXPECT_EQ(ann->answer("/users #dev"), "[SERVER] Users in #dev: ann, bob (op)\n");
}

TEST_F(Lines, LeaveRooms) {
  const auto ann = connect("ann");
  ann->type("/join #dev");
  EXPECT_EQ(ann->answer("/part"),
            "[SERVER] ann left #dev\n[SERVER] What you type is said in #lobby now\n");
  EXPECT_EQ(ann->answer("/part #lobby bye"),
            "[SERVER] ann left #lobby: bye\n"
            "[SERVER] You are in no room: /join one, /rooms says which there are\n");
  EXPECT_EQ(ann->answer("hello"),
            "[SERVER] You are in no room: /join one, /rooms says which there are\n");
  EXPECT_EQ(ann->answer("/part #dev"), "[SERVER] There is no such room\n");
}

TEST_F(Lines, SpeakElsewhereWhenSentOutOfARoom) {
  const auto ann = connect("ann");
  const auto bob = connect("bob");
  ann->type("/join #dev");
  bob->type("/join #dev");
  ASSERT_TRUE(hub.kick(ann->session(), "#dev", "bob", "loud"));
  EXPECT_TRUE(bob->shown().ends_with("[SERVER] bob was sent out of #dev by ann: loud\n"));
  ann->shown();
  bob->type("why?");
  EXPECT_EQ(ann->shown(), "[bob] why?\n");
}

TEST_F(Lines, TellWhyARoomStaysShut) {
  const auto ann = connect("ann");
  const auto bob = connect("bob");
  ann->type("/join #dev");
  const ChatModeChange key{.set = true, .mode = ChatMode::key, .argument = "open"};
  ASSERT_TRUE(hub.change_modes(ann->session(), "#dev", std::span(&key, 1)));
  EXPECT_EQ(bob->answer("/join #dev"), "[SERVER] That room has a key: /join ROOM KEY\n");
  EXPECT_TRUE(bob->answer("/join #dev open").starts_with("[SERVER] bob joined #dev\n"));
  EXPECT_EQ(bob->answer("/join #a,b"), "[SERVER] No room can be called that\n");
  EXPECT_EQ(bob->answer("/join"), "[SERVER] Write it /join ROOM\n");
}

TEST_F(Lines, SetAndShowTopics) {
  const auto ann = connect("ann");
  EXPECT_EQ(ann->answer("/topic"), "[SERVER] #lobby has no topic\n");
  EXPECT_EQ(ann->answer("/topic mine"), "[SERVER] Only the room's operators may do that\n");
  ann->type("/join #dev");
  EXPECT_EQ(ann->answer("/topic links"), "[SERVER] ann set the topic of #dev: links\n");
  EXPECT_EQ(ann->answer("/topic"), "[SERVER] Topic of #dev: links\n");
  const auto bob = connect("bob");
  EXPECT_EQ(bob->answer("/join #dev"),
            "[SERVER] bob joined #dev\n[SERVER] What you type is said in #dev now\n"
            "[SERVER] Topic of #dev: links\n");
}

// --- the rest of what can be typed ---------------------------------------------------------------

TEST_F(Lines, Rename) {
  const auto ann = connect("ann");
  const auto bob = connect("bob");
  ann->shown();
  EXPECT_EQ(bob->answer("/nick Bob Two"), "[SERVER] bob is now Bob_Two\n");
  EXPECT_EQ(ann->shown(), "[SERVER] bob is now Bob_Two\n");
  EXPECT_EQ(bob->answer("/nick ANN"), "[SERVER] Somebody is called that already, or nearly so\n");
  EXPECT_EQ(bob->answer("/nick SERVER"), "[SERVER] Nobody can be called that\n");
  EXPECT_EQ(bob->answer("/nick"), "[SERVER] Write it /nick NAME\n");
}

TEST_F(Lines, TellOneUserAlone) {
  const auto ann = connect("ann");
  const auto bob = connect("bob");
  const auto eve = connect("eve");
  ann->shown();
  EXPECT_EQ(bob->answer("/msg ann psst"), "");
  EXPECT_EQ(ann->shown(), "[bob -> ann] psst\n");
  EXPECT_EQ(eve->shown(), "");
  hub.set_away(ann->session(), "lunch");
  EXPECT_EQ(bob->answer("/msg ann psst"), "[SERVER] ann is away: lunch\n");
  EXPECT_EQ(bob->answer("/msg nobody psst"), "[SERVER] There is nobody of that name\n");
  EXPECT_EQ(bob->answer("/msg ann"), "[SERVER] Write it /msg USER TEXT\n");
}

TEST_F(Lines, ShowWhatWasSaidBefore) {
  const auto ann = connect("ann");
  EXPECT_EQ(ann->answer("/history"), "[SERVER] Nothing has been said in #lobby yet\n");
  for (const std::string_view line : {"one", "two", "three"}) ann->type(line);
  const auto bob = connect("bob");
  const std::string all = bob->answer("/history");
  EXPECT_TRUE(all.starts_with("[SERVER] What was said in #lobby, by the time of UTC:\n")) << all;
  EXPECT_TRUE(all.contains(" [ann] one\n")) << all;
  EXPECT_TRUE(all.ends_with(" [ann] three\n")) << all;
  const std::string last = bob->answer("/history 1");
  EXPECT_FALSE(last.contains("two")) << last;
  EXPECT_TRUE(last.ends_with(" [ann] three\n")) << last;
  EXPECT_EQ(bob->answer("/history x"), "[SERVER] Write it /history COUNT\n");
  EXPECT_EQ(bob->answer("/history 0"), "[SERVER] Write it /history COUNT\n");
  EXPECT_EQ(bob->answer("/history -1"), "[SERVER] Write it /history COUNT\n");
}

TEST_F(Lines, ShowNewcomersTheLastLinesWhereTheOperatorWantsThat) {
  ChatSettings settings;
  settings.history.on_join = 2;
  use(settings);
  const auto ann = connect("ann");
  for (const std::string_view line : {"one", "two", "three"}) ann->type(line);
  const auto bob = connect();
  const std::string shown = bob->answer("bob");
  EXPECT_FALSE(shown.contains("one")) << shown;
  EXPECT_TRUE(shown.contains("Welcome to the chat!\n")) << shown;
  EXPECT_TRUE(shown.ends_with(" [ann] three\n")) << shown;
}

TEST_F(Lines, HelpWithCommands) {
  const auto ann = connect("ann");
  EXPECT_TRUE(ann->answer("/help").contains("[SERVER] /msg USER TEXT "));
  EXPECT_EQ(ann->answer("/dan\x1b[2Jce"),
            "[SERVER] There is no /dan[2Jce: /help says what there is\n");
}

TEST_F(Lines, SayALongTextInSeveralMessages) {
  ChatSettings settings;
  settings.limits.flood = false;
  use(settings);
  const auto ann = connect("ann");
  const auto bob = connect("bob");
  ann->shown();
  std::string text;
  for (int i = 0; i < 150; ++i) text += "word ";
  bob->type(text);
  std::string heard = ann->shown();
  std::string together;
  while (!heard.empty()) {
    const std::string line = heard.substr(0, heard.find('\n'));
    heard.erase(0, line.size() + 1);
    ASSERT_TRUE(line.starts_with("[bob] word")) << line;
    ASSERT_TRUE(line.ends_with("word")) << "between words: " << line;
    ASSERT_LE(line.size(), 390U + 6U);
    together += line.substr(6) + ' ';
  }
  EXPECT_EQ(together, text);
}

// --- limits --------------------------------------------------------------------------------------

TEST_F(Lines, AreSlowedDownAndThenCut) {
  const auto ann = connect("ann");
  const Instant begin = loop->now();
  for (int i = 0; i < 9; ++i) ann->type("spam");
  EXPECT_EQ(ann->session().next(), begin) << "a burst may be";
  for (int i = 0; i < 5; ++i) ann->type("spam");
  EXPECT_GT(ann->session().next(), begin);
  EXPECT_FALSE(ann->session().is_over());
  for (int i = 0; i < 100; ++i) ann->type("spam");
  EXPECT_TRUE(ann->session().is_over());
  EXPECT_EQ(ann->session().last_words(), "[SERVER] You type faster than anybody reads\n");
}

TEST_F(Lines, AreNotSlowedDownWhereTheOperatorDoesNotWantIt) {
  ChatSettings settings;
  settings.limits.flood_loopback = false;
  use(settings);
  const auto ann = connect("ann");
  for (int i = 0; i < 200; ++i) ann->type("/users");
  EXPECT_EQ(ann->session().next(), loop->now());
  EXPECT_FALSE(ann->session().is_over());
}

TEST_F(Lines, HaveToGiveANameInTime) {
  const auto client = connect();
  EXPECT_EQ(client->session().patience().at(), loop->now() + 10s);
  client->type("ann");
  EXPECT_TRUE(client->session().patience().is_never());
}

TEST_F(Lines, EndForAReasonThatTheClientIsTold) {
  const auto ann = connect("ann");
  ann->session().cut("Told to go");
  EXPECT_TRUE(ann->session().is_over());
  EXPECT_EQ(ann->session().last_words(), "[SERVER] Told to go\n");
  ann->session().cut("again");
  EXPECT_EQ(ann->session().last_words(), "[SERVER] Told to go\n");
}

TEST_F(Lines, AreNotForAChatOfAccounts) {
  ChatSettings settings;
  settings.accounts.required = true;
  use(settings);
  const auto client = connect();
  EXPECT_TRUE(client->session().is_over());
  EXPECT_TRUE(client->session().last_words().contains("account"));
}

TEST_F(Lines, TellWhoIsBannedFromTheLobby) {
  const auto ann = connect("ann");
  ann->type("/join #hall");
  const ChatModeChange ban{.set = true, .mode = ChatMode::ban, .argument = "eve!*@*"};
  ASSERT_TRUE(hub.change_modes(ann->session(), "#hall", std::span(&ban, 1)));
  ChatSettings settings;
  settings.lobby = "#hall";
  use(settings);
  const auto eve = connect("eve");
  EXPECT_TRUE(eve->session().is_over());
  EXPECT_EQ(eve->session().last_words(), "[SERVER] You are banned from that room\n");
}

}  // namespace
}  // namespace patchbay
