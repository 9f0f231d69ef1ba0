#include <gtest/gtest.h>

#include <algorithm>
#include <string>

#include "patchbay/tools/chat/chat_plan.hpp"
#include "patchbay/tools/read_file.hpp"

namespace patchbay {
namespace {

using Failures = std::vector<Failure>;

ChatServeOptions options_of(std::string_view text, ChatServeOptions flags = {}) {
  const auto read = read_chat_file(text, "conf/chat.toml", flags);
  EXPECT_TRUE(read) << read.error().front().what << ": " << read.error().front().why;
  return flags;
}

Failures faults_of(std::string_view text) {
  ChatServeOptions options;
  const auto read = read_chat_file(text, "chat.toml", options);
  return read ? Failures() : read.error();
}

// The only thing that is wrong.
Failure fault_of(std::string_view text) {
  const Failures faults = faults_of(text);
  EXPECT_EQ(faults.size(), 1U) << text;
  return faults.empty() ? Failure() : faults.front();
}

TEST(ChatFile, TheExampleIsReadWhole) {
  const auto text = read_whole_file(PATCHBAY_DOCS "/tools/chat.toml", 100'000);
  ASSERT_TRUE(text);
  const ChatServeOptions options = options_of(*text);
  EXPECT_EQ(options.settings.server_name, "chat.example.net");
  EXPECT_EQ(options.lines, std::vector<std::string>{"*:6000"});
  EXPECT_EQ(options.settings.lasting_rooms, (std::vector<std::string>{"#ops", "#network"}));
  EXPECT_FALSE(options.settings.shows_addresses);
  const ChatLimits& limits = options.settings.limits;
  EXPECT_TRUE(limits.flood);
  EXPECT_FALSE(limits.flood_loopback);
  EXPECT_EQ(limits.rooms_per_user, 50U);
  EXPECT_EQ(limits.hard_send_bytes, 256U * 1024);
  EXPECT_EQ(options.settings.history.keep, Duration(8760h));
  ASSERT_EQ(options.settings.operators.size(), 1U);
  EXPECT_EQ(options.settings.operators[0].mask, "*@10.0.0.*");
}

TEST(ChatFile, AWrongKeyNamesItsLineAndWhatWasMeant) {
  const Failure top = fault_of("name = \"a.lab\"\nlobbby = \"#a\"\n");
  EXPECT_EQ(top.what, "chat.toml:2: nothing is called 'lobbby' here");
  EXPECT_EQ(top.remedy, "did you mean 'lobby'?");
  const Failure inner = fault_of("[limits]\nflood = true\nclient = 3\n");
  EXPECT_EQ(inner.what, "chat.toml:3: nothing is called 'client' here");
  EXPECT_EQ(inner.remedy, "did you mean 'clients'?");
}

TEST(ChatFile, TellsAllThatIsWrongInTheOrderOfItsLines) {
  const Failures faults =
      faults_of("lobby = 3\n[limits]\nclients = \"many\"\n[history]\npage = 0\n");
  ASSERT_EQ(faults.size(), 3U);
  EXPECT_TRUE(faults[0].what.starts_with("chat.toml:1:")) << faults[0].what;
  EXPECT_TRUE(faults[1].what.starts_with("chat.toml:3:")) << faults[1].what;
  EXPECT_TRUE(faults[2].what.starts_with("chat.toml:5:")) << faults[2].what;
}

TEST(ChatFile, ARefusedFileChangesNothing) {
  ChatServeOptions options;
  options.settings.network = "Mine";
  EXPECT_FALSE(read_chat_file("network = \"Theirs\"\nnonsense = 1\n", "chat.toml", options));
  EXPECT_EQ(options.settings.network, "Mine");
}

TEST(ChatFile, TakesNoPasswordAsItIsTyped) {
  EXPECT_EQ(fault_of("password = \"secret\"\n").what,
            "chat.toml:1: 'password' is not one that was hashed");
  EXPECT_EQ(fault_of("[[operator]]\nname = \"ann\"\npassword = \"secret\"\n").what,
            "chat.toml:1: an operator has no name or no password");
}

TEST(ChatFile, AFlagWinsOverIt) {
  ChatServeOptions flags;
  flags.irc = {"7000"};
  flags.settings.network = "Flag";
  const ChatServeOptions options =
      options_of("irc = [\"6667\"]\nnetwork = \"File\"\nlines = [\"6000\"]\n", flags);
  EXPECT_EQ(options.irc, std::vector<std::string>{"7000"});
  EXPECT_EQ(options.lines, std::vector<std::string>{"6000"});
  EXPECT_EQ(options.settings.network, "Flag");
}

TEST(ChatFile, PathsBeginAtItsFolder) {
  const ChatServeOptions options = options_of("db = \"chat.db\"\nmotd = \"/etc/motd\"\n");
  EXPECT_EQ(options.db, "conf/chat.db");
  EXPECT_EQ(options.motd_file, "/etc/motd");
}

TEST(ChatFile, ACertificateNeedsItsKey) {
  EXPECT_EQ(fault_of("tls-cert = \"a.crt\"\n").what,
            "chat.toml:1: 'tls-cert' needs 'tls-key' beside it");
}

// --- plans ---------------------------------------------------------------------------------------

TEST(ChatPlan, WithoutDoorsHasOneOfEachOnThisHostWithoutTls) {
  const auto plan = make_chat_plan({});
  ASSERT_TRUE(plan);
  ASSERT_EQ(plan->addresses.size(), 3U);
  for (const ChatAddress& address : plan->addresses) {
    EXPECT_TRUE(address.endpoint.address().is_loopback());
    EXPECT_NE(address.door, ChatDoor::ircs);
  }
}

TEST(ChatPlan, NeedsACertificateForADoorWithTls) {
  const auto plan = make_chat_plan({.ircs = {"6697"}});
  ASSERT_FALSE(plan);
  EXPECT_EQ(plan.error().what, "a door with TLS needs a certificate");
}

TEST(ChatPlan, RefusesARoomThatCanBeNone) {
  ChatServeOptions options;
  options.settings.lasting_rooms = {"lobby"};
  const auto plan = make_chat_plan(options);
  ASSERT_FALSE(plan);
  EXPECT_EQ(plan.error().what, "'lobby' cannot be a room");
}

TEST(ChatPlan, CannotMoveDoorsWhileItRuns) {
  const auto one = make_chat_plan({.lines = {"6000"}});
  const auto two = make_chat_plan({.lines = {"6001"}});
  ASSERT_TRUE(one && two);
  EXPECT_FALSE(why_chat_restart(*one, *one));
  EXPECT_TRUE(why_chat_restart(*one, *two));
}

}  // namespace
}  // namespace patchbay
