#include "patchbay/tools/chat_client/chat_plan.hpp"

#include <gtest/gtest.h>

namespace patchbay::chat_client {
namespace {

constexpr const char* k_pin = "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff";

ChatPlan plan_of(const ChatJoinFlags& flags, std::string_view user = "ann") {
  const auto plan = plan_chat(flags, user);
  EXPECT_TRUE(plan) << flags.to;
  return plan.value_or(ChatPlan{});
}

TEST(ChatPlan, EachFaceHasItsPort) {
  EXPECT_EQ(plan_of({.to = "host"}).to.port, 6667);
  EXPECT_EQ(plan_of({.to = "host", .tls = true}).to.port, 6697);
  EXPECT_EQ(plan_of({.to = "host", .face = ChatFace::lines}).to.port, 6000);
  EXPECT_EQ(plan_of({.to = "host:7000"}).to.port, 7000);
  EXPECT_EQ(plan_of({.to = "::1"}).to.host, "::1");
  EXPECT_EQ(plan_of({.to = "[::1]:7000"}).to.port, 7000);
}

TEST(ChatPlan, AUrlIsForWebSockets) {
  const ChatPlan plan = plan_of({.to = "https://host:8443", .face = ChatFace::websocket});
  EXPECT_TRUE(plan.tls);
  EXPECT_EQ(plan.to.port, 8443);
  EXPECT_EQ(plan.path, "/chat/socket");
  EXPECT_EQ(plan_of({.to = "http://host/irc", .face = ChatFace::websocket}).path, "/irc");
  EXPECT_FALSE(plan_of({.to = "host:8080", .face = ChatFace::websocket}).tls);
  EXPECT_FALSE(plan_chat({.to = "http://host"}, "ann"));
}

TEST(ChatPlan, TheNameIsThatOfTheUser) {
  EXPECT_EQ(plan_of({.to = "host"}).nick, "ann");
  EXPECT_EQ(plan_of({.to = "host"}, "2nd user").nick, "nduser");
  EXPECT_EQ(plan_of({.to = "host"}, "").nick, "guest");
  EXPECT_EQ(plan_of({.to = "host", .nick = "bob"}).nick, "bob");
  for (const char* nick : {"", "a b", "a,b", "a!b", "a\nb", "*"}) {
    EXPECT_FALSE(plan_chat({.to = "host", .nick = nick}, "ann")) << nick;
  }
}

TEST(ChatPlan, RoomsHaveTheirSign) {
  EXPECT_EQ(plan_of({.to = "host"}).rooms, std::vector<std::string>{"#lobby"});
  EXPECT_EQ(plan_of({.to = "host", .rooms = {"ops", "&x"}}).rooms,
            (std::vector<std::string>{"#ops", "&x"}));
  for (const char* room : {"", "#", "#a b", "#a,b", "#a\nb"}) {
    EXPECT_FALSE(plan_chat({.to = "host", .rooms = {room}}, "ann")) << room;
  }
}

TEST(ChatPlan, TrustIsAboutTls) {
  EXPECT_FALSE(plan_chat({.to = "host", .pins = {k_pin}}, "ann"));
  EXPECT_FALSE(plan_chat({.to = "host", .insecure = true}, "ann"));
  EXPECT_FALSE(plan_chat({.to = "host", .tls = true, .pins = {"xyz"}}, "ann"));
  EXPECT_EQ(plan_of({.to = "host", .tls = true, .pins = {k_pin}}).tls->pins.size(), 1U);
  EXPECT_TRUE(plan_of({.to = "host", .tls = true}).tls->verify);
}

TEST(ChatPlan, TheLineModeHasNoAccounts) {
  EXPECT_FALSE(plan_chat({.to = "host", .face = ChatFace::lines, .sasl = "ann"}, "ann"));
}

}  // namespace
}  // namespace patchbay::chat_client
