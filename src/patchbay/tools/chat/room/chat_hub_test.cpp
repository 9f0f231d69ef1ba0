#include <set>

#include "patchbay/tools/chat/room/chat_hub_fixture.hpp"

namespace patchbay {
namespace {

using Kind = ChatEvent::Kind;

struct ChatRooms : ChatHubFixture {
  PlainUser ann{hub, face, "ann"};
  PlainUser bob{hub, face, "bob"};

  void gather(std::string_view room = "#lobby") {
    ASSERT_TRUE(hub.join(ann, room));
    ASSERT_TRUE(hub.join(bob, room));
    ann.heard();
    bob.heard();
  }
};

TEST_F(ChatRooms, TellAllOthersWhatOneSays) {
  gather();
  say(ann, "#lobby", "hello");
  EXPECT_EQ(bob.heard(), "ann said hello to #lobby\n");
  EXPECT_EQ(ann.heard(), "");
  EXPECT_EQ(ann.echoed.back(), Kind::said);
}

TEST_F(ChatRooms, SayOnceForAllOfAVariant) {
  gather();
  PlainUser eve(hub, face, "eve", 7);
  ASSERT_TRUE(hub.join(eve, "#lobby"));
  const std::size_t before = face.rendered;
  say(ann, "#lobby", "hello");
  EXPECT_EQ(face.rendered - before, 2U);  // three hear the room, in two variants
  EXPECT_EQ(eve.heard(), "7 ann said hello to #lobby\n");
}

TEST_F(ChatRooms, KeepTheOrderOfWhatSeveralSay) {
  gather();
  PlainUser eve(hub, face, "eve");
  ASSERT_TRUE(hub.join(eve, "#lobby"));
  ann.heard();
  for (int i = 0; i < 3; ++i) {
    say(ann, "#lobby", fmt::format("a{}", i));
    say(bob, "#lobby", fmt::format("b{}", i));
  }
  EXPECT_EQ(eve.heard(),
            "ann said a0 to #lobby\nbob said b0 to #lobby\nann said a1 to #lobby\n"
            "bob said b1 to #lobby\nann said a2 to #lobby\nbob said b2 to #lobby\n");
  EXPECT_EQ(ann.heard(), "bob said b0 to #lobby\nbob said b1 to #lobby\nbob said b2 to #lobby\n");
}

TEST_F(ChatRooms, SendWhatIsForOneAloneBehindWhatTheRoomSaidBefore) {
  gather();
  say(ann, "#lobby", "first");
  bob.send("an answer\n");
  say(ann, "#lobby", "last");
  EXPECT_EQ(bob.heard(), "ann said first to #lobby\nan answer\nann said last to #lobby\n");
}

TEST_F(ChatRooms, StillSendWhatWasSaidBeforeSomebodyLeft) {
  gather();
  say(ann, "#lobby", "before");
  ASSERT_TRUE(hub.part(bob, "#lobby", "enough"));
  say(ann, "#lobby", "after");
  EXPECT_EQ(bob.heard(), "ann said before to #lobby\n");
  EXPECT_EQ(ann.heard(), "bob left #lobby: enough\n");
}

TEST_F(ChatRooms, TellOfAQuitOnceWhoeverSharesMoreThanOneRoom) {
  gather();
  gather("#other");
  PlainUser eve(hub, face, "eve");
  ASSERT_TRUE(hub.join(eve, "#other"));
  bob.heard();
  hub.leave(ann, "bye");
  EXPECT_EQ(bob.heard(), "ann is gone: bye\n");
  EXPECT_EQ(eve.heard(), "ann is gone: bye\n");
  EXPECT_EQ(hub.find_room("#lobby")->members.size(), 1U);
  EXPECT_EQ(hub.find_user("ann"), nullptr);
}

TEST_F(ChatRooms, KnowWhereEverybodySitsWhenOneInTheMiddleLeaves) {
  gather();
  PlainUser eve(hub, face, "eve");
  PlainUser dan(hub, face, "dan");
  ASSERT_TRUE(hub.join(eve, "#lobby"));
  ASSERT_TRUE(hub.join(dan, "#lobby"));
  ASSERT_TRUE(hub.part(bob, "#lobby", ""));
  ASSERT_TRUE(hub.part(ann, "#lobby", ""));
  std::set<std::string> names;
  for (const ChatMember& member : hub.find_room("#lobby")->members) {
    EXPECT_EQ(hub.find_room("#lobby")->find(*member.user), &member);
    names.insert(member.user->source.name);
  }
  EXPECT_EQ(names, (std::set<std::string>{"dan", "eve"}));
  eve.heard();
  say(dan, "#lobby", "hello");
  EXPECT_EQ(eve.heard(), "dan said hello to #lobby\n");
}

TEST_F(ChatRooms, NumberWhatIsSaidWithoutGaps) {
  gather();
  EXPECT_EQ(say(ann, "#lobby", "one")->sequence, 1U);
  const auto tags = hub.say(ann, "#lobby", ChatTone::tags, "", "+typing=active");
  ASSERT_TRUE(tags);
  EXPECT_EQ((*tags)->sequence, 0U);
  const auto two = say(bob, "#lobby", "two");
  EXPECT_EQ(two->sequence, 2U);
  EXPECT_GT(two->id, (*tags)->id);
}

TEST_F(ChatRooms, RememberARoomThatEverybodyLeft) {
  gather("#talk");
  say(ann, "#talk", "one");
  ASSERT_TRUE(hub.part(ann, "#talk", ""));
  ASSERT_TRUE(hub.part(bob, "#talk", ""));
  EXPECT_EQ(hub.find_room("#talk"), nullptr);
  ASSERT_TRUE(hub.join(bob, "#talk"));
  EXPECT_EQ(hub.find_room("#talk")->recent.size(), 1U);
  EXPECT_EQ(say(bob, "#talk", "two")->sequence, 2U);
}

TEST_F(ChatRooms, MakeWhoeverComesFirstTheirOperatorUnlessTheyLast) {
  ASSERT_TRUE(hub.join(ann, "#new"));
  EXPECT_TRUE(hub.find_room("#new")->find(ann)->is_op());
  ASSERT_TRUE(hub.join(ann, "#lobby"));
  EXPECT_FALSE(hub.find_room("#lobby")->find(ann)->is_op());
}

TEST_F(ChatRooms, SwitchAVariantWithoutLosingALine) {
  gather();
  say(ann, "#lobby", "old");
  hub.set_variant(bob, {.face = &face, .bits = 3});
  say(ann, "#lobby", "new");
  EXPECT_EQ(bob.heard(), "ann said old to #lobby\n3 ann said new to #lobby\n");
  EXPECT_EQ(hub.find_room("#lobby")->logs.size(), 2U);
}

// --- names ---------------------------------------------------------------------------------------

TEST_F(ChatRooms, RefuseANameThatSomebodyHas) {
  PlainUser other(hub, face, "");
  EXPECT_EQ(hub.enter(other, "ANN").error(), ChatRefusal::name_in_use);
  EXPECT_EQ(hub.enter(other, "[SERVER]").error(), ChatRefusal::name_wrong);
  EXPECT_EQ(hub.rename(bob, "Ann").error(), ChatRefusal::name_in_use);
  EXPECT_TRUE(hub.rename(ann, "Ann"));
  EXPECT_EQ(hub.find_user("ann"), &ann);
  EXPECT_EQ(hub.free_name(other, "bob"), "bob_2");
}

TEST_F(ChatRooms, TellOfANewName) {
  gather();
  ASSERT_TRUE(hub.rename(ann, "anna"));
  EXPECT_EQ(bob.heard(), "ann is anna\n");
  EXPECT_EQ(hub.find_user("ann"), nullptr);
  EXPECT_EQ(hub.find_user("anna"), &ann);
}

TEST_F(ChatRooms, HoldTheNameOfWhoeverIsBanned) {
  gather("#strict");
  const ChatModeChange ban{.mode = ChatMode::ban, .argument = "bob!*@*"};
  ASSERT_TRUE(hub.change_modes(ann, "#strict", {&ban, 1}));
  EXPECT_EQ(hub.rename(bob, "rob").error(), ChatRefusal::name_held);
  EXPECT_EQ(hub.say(bob, "#strict", ChatTone::message, "hi").error(), ChatRefusal::not_heard);
}

TEST_F(ChatRooms, TellWhoWatchesOfComingAndGoing) {
  ASSERT_TRUE(hub.watch(ann, "eve"));
  {
    PlainUser eve(hub, face, "Eve");
    EXPECT_EQ(ann.heard(), "Eve is there\n");
    ASSERT_TRUE(hub.rename(eve, "eva"));
    EXPECT_EQ(ann.heard(), "Eve is not there\n");
  }
  hub.unwatch(ann, "EVE");
  PlainUser eve(hub, face, "eve");
  EXPECT_EQ(ann.heard(), "");
}

// --- rules ---------------------------------------------------------------------------------------

struct ChatRules : ChatRooms {
  void SetUp() override { gather("#room"); }
  // What becomes of one change that ann makes.
  std::optional<ChatRefusal> change(ChatModeChange wanted) {
    const auto refused = hub.change_modes(ann, "#room", {&wanted, 1});
    if (!refused) return refused.error();
    if (refused->empty()) return std::nullopt;
    return refused->front().why;
  }
  ChatRefusal joining(ChatUser& user, std::string_view key = "") {
    const auto joined = hub.join(user, "#room", key);
    EXPECT_FALSE(joined);
    return joined ? ChatRefusal::not_op : joined.error();
  }
  PlainUser eve{hub, face, "eve"};
};

TEST_F(ChatRules, KeepOutWhoeverHasNotTheKey) {
  EXPECT_EQ(change({.mode = ChatMode::key, .argument = "secret"}), std::nullopt);
  EXPECT_EQ(joining(eve), ChatRefusal::wrong_key);
  EXPECT_EQ(joining(eve, "Secret"), ChatRefusal::wrong_key);
  EXPECT_TRUE(hub.join(eve, "#room", "secret"));
}

TEST_F(ChatRules, KeepOutTheBannedButForTheExcepted) {
  EXPECT_EQ(change({.mode = ChatMode::ban, .argument = "*!*@host"}), std::nullopt);
  EXPECT_EQ(joining(eve), ChatRefusal::banned);
  EXPECT_EQ(change({.mode = ChatMode::ban_except, .argument = "eve!*@*"}), std::nullopt);
  EXPECT_TRUE(hub.join(eve, "#room"));
}

TEST_F(ChatRules, KeepOutTheUninvitedAndTheSurplus) {
  EXPECT_EQ(change({.mode = ChatMode::invite_only}), std::nullopt);
  EXPECT_EQ(joining(eve), ChatRefusal::invite_only);
  EXPECT_EQ(hub.invite(bob, "#room", "eve").error(), ChatRefusal::not_op);
  ASSERT_TRUE(hub.invite(ann, "#room", "eve"));
  EXPECT_EQ(eve.heard(), "ann invites to #room\n");
  EXPECT_TRUE(hub.join(eve, "#room"));
  PlainUser dan(hub, face, "dan");
  EXPECT_EQ(change({.set = false, .mode = ChatMode::invite_only}), std::nullopt);
  EXPECT_EQ(change({.mode = ChatMode::limit, .argument = "3"}), std::nullopt);
  EXPECT_EQ(joining(dan), ChatRefusal::room_full);
}

TEST_F(ChatRules, SilenceWhoeverHasNoRank) {
  EXPECT_EQ(change({.mode = ChatMode::moderated}), std::nullopt);
  EXPECT_EQ(hub.say(bob, "#room", ChatTone::message, "hi").error(), ChatRefusal::not_heard);
  EXPECT_EQ(hub.say(eve, "#room", ChatTone::message, "hi").error(), ChatRefusal::not_heard);
  EXPECT_EQ(change({.mode = ChatMode::voice, .argument = "BOB"}), std::nullopt);
  EXPECT_TRUE(hub.say(bob, "#room", ChatTone::message, "hi"));
  EXPECT_EQ(change({.mode = ChatMode::voice, .argument = "eve"}), ChatRefusal::target_not_a_member);
}

TEST_F(ChatRules, AreForOperatorsToChange) {
  const ChatModeChange wish{.mode = ChatMode::moderated};
  EXPECT_EQ(hub.change_modes(bob, "#room", {&wish, 1}).error(), ChatRefusal::not_op);
  EXPECT_EQ(hub.change_modes(eve, "#room", {&wish, 1}).error(), ChatRefusal::not_a_member);
  EXPECT_EQ(hub.kick(bob, "#room", "ann", "").error(), ChatRefusal::not_op);
  EXPECT_EQ(hub.set_topic(bob, "#room", "mine").error(), ChatRefusal::not_op);
  ASSERT_TRUE(hub.set_topic(ann, "#room", "ours"));
  EXPECT_EQ(bob.heard(), "ann set ours of #room\n");
}

TEST_F(ChatRules, AreToldOnceAndOnlyWhereSomethingChanged) {
  const std::vector<ChatModeChange> wishes{
      {.mode = ChatMode::moderated}, {.mode = ChatMode::moderated}, {.mode = ChatMode::secret}};
  ASSERT_TRUE(hub.change_modes(ann, "#room", wishes));
  EXPECT_EQ(bob.heard(), "ann changed 2\n");
  ASSERT_TRUE(hub.change_modes(ann, "#room", wishes));
  EXPECT_EQ(bob.heard(), "");
}

TEST_F(ChatRules, PutOutWhoeverIsKickedAfterTellingHim) {
  ASSERT_TRUE(hub.kick(ann, "#room", "bob", "spam"));
  EXPECT_EQ(bob.heard(), "ann kicked bob: spam\n");
  say(ann, "#room", "quiet now");
  EXPECT_EQ(bob.heard(), "");
}

TEST_F(ChatRules, HaveListsOfALimitedLength) {
  ChatSettings settings;
  settings.limits.list_entries = 1;
  use(settings);
  EXPECT_EQ(change({.mode = ChatMode::ban, .argument = "a!*@*"}), std::nullopt);
  EXPECT_EQ(change({.mode = ChatMode::ban, .argument = "b!*@*"}), ChatRefusal::list_full);
}

TEST_F(ChatRules, LimitHowManyRoomsThereAre) {
  ChatSettings settings;
  settings.limits.rooms = 3;  // the lobby, #room, and one more
  settings.limits.rooms_per_user = 2;
  use(settings);
  ASSERT_TRUE(hub.join(eve, "#three"));
  EXPECT_EQ(hub.join(eve, "#four").error(), ChatRefusal::too_many_rooms_here);
  ASSERT_TRUE(hub.join(eve, "#room"));
  EXPECT_EQ(hub.join(eve, "#lobby").error(), ChatRefusal::too_many_rooms);
}

}  // namespace
}  // namespace patchbay
