#include "patchbay/tools/chat/irc/irc_chat_fixture.hpp"

namespace patchbay {
namespace {

struct IrcTalk : IrcChat {
  IrcClient ann{server, "ann"};
  IrcClient bobby{server, "bobby"};
  IrcClient full{server, "full", k_full_irc};

  void SetUp() override {
    for (IrcClient* const client : {&ann, &bobby, &full}) client->says("JOIN #room");
    for (IrcClient* const client : {&ann, &bobby, &full}) client->heard();
  }
};

TEST_F(IrcTalk, InARoom) {
  EXPECT_EQ(ann.says("PRIVMSG #ROOM :good morning"), "");
  EXPECT_EQ(bobby.heard(), ":ann!ann_u@192.0.2.3 PRIVMSG #room :good morning\n");
  EXPECT_EQ(full.heard(),
            "@time=2026-01-01T00:00:00.000Z;msgid=M "
            ":ann!ann_u@192.0.2.3 PRIVMSG #room :good morning\n");
  ann.says("NOTICE #room :lunch");
  EXPECT_EQ(bobby.heard(), ":ann!ann_u@192.0.2.3 NOTICE #room :lunch\n");
}

TEST_F(IrcTalk, ToAUser) {
  EXPECT_EQ(ann.says("PRIVMSG bobby :psst"), "");
  EXPECT_EQ(bobby.heard(), ":ann!ann_u@192.0.2.3 PRIVMSG bobby :psst\n");
  hub.set_away(bobby.user, "asleep");
  EXPECT_EQ(ann.says("PRIVMSG BOBBY :psst"), ":irc.example 301 ann bobby :asleep\n");
  EXPECT_EQ(ann.says("NOTICE bobby :psst"), "");
}

TEST_F(IrcTalk, TheEchoIsLabeled) {
  EXPECT_EQ(full.says("@label=7 PRIVMSG #room :hello"),
            "@label=7;time=2026-01-01T00:00:00.000Z;msgid=M "
            ":full!full_u@192.0.2.4 PRIVMSG #room :hello\n");
  EXPECT_EQ(full.says("@label=8 PRIVMSG nobody :hello"),
            "@label=8 :irc.example 401 full nobody :No such nick/channel\n");
}

TEST_F(IrcTalk, SeveralTargets) {
  ann.says("PRIVMSG #room,full :both");
  EXPECT_EQ(bobby.heard(), ":ann!ann_u@192.0.2.3 PRIVMSG #room :both\n");
  EXPECT_EQ(full.heard(),
            "@time=2026-01-01T00:00:00.000Z;msgid=M "
            ":ann!ann_u@192.0.2.3 PRIVMSG #room :both\n"
            "@time=2026-01-01T00:00:00.000Z;msgid=M "
            ":ann!ann_u@192.0.2.3 PRIVMSG full :both\n");
  EXPECT_EQ(ann.says("PRIVMSG bobby,bobby,bobby,bobby,full :five"),
            ":irc.example 407 ann full :Too many targets: the rest is not told\n");
}

TEST_F(IrcTalk, WhatIsWrong) {
  EXPECT_EQ(ann.says("PRIVMSG"), ":irc.example 411 ann :No recipient given (PRIVMSG)\n");
  EXPECT_EQ(ann.says("PRIVMSG bobby"), ":irc.example 412 ann :No text to send\n");
  EXPECT_EQ(ann.says("PRIVMSG bobby :"), ":irc.example 412 ann :No text to send\n");
  EXPECT_EQ(ann.says("PRIVMSG nobody :x"), ":irc.example 401 ann nobody :No such nick/channel\n");
  EXPECT_EQ(ann.says("PRIVMSG #none :x"), ":irc.example 401 ann #none :No such nick/channel\n");
  IrcClient cy(server, "cy");
  EXPECT_EQ(cy.says("PRIVMSG #room :x"), ":irc.example 404 cy #room :Cannot send to channel\n");
}

TEST_F(IrcTalk, ANoticeIsNeverAnswered) {
  for (const std::string_view line :
       {"NOTICE", "NOTICE bobby", "NOTICE bobby :", "NOTICE nobody :x", "NOTICE #none :x",
        "NOTICE a,b,c,d,e,f :x", "NOTICE @#none :x"}) {
    EXPECT_EQ(ann.says(line), "") << line;
  }
}

TEST_F(IrcTalk, Actions) {
  ann.says(
      "PRIVMSG #room :\x01"
      "ACTION waves\x01");
  EXPECT_EQ(bobby.heard(),
            ":ann!ann_u@192.0.2.3 PRIVMSG #room :\x01"
            "ACTION waves\x01\n");
  const ChatRoom* room = hub.find_room("#room");
  EXPECT_EQ(room->recent.back()->tone, ChatTone::action);
  EXPECT_EQ(room->recent.back()->text, "waves");
  // Some clients leave the end out.
  ann.says(
      "PRIVMSG #room :\x01"
      "ACTION waves");
  EXPECT_EQ(bobby.heard(),
            ":ann!ann_u@192.0.2.3 PRIVMSG #room :\x01"
            "ACTION waves\x01\n");
  EXPECT_EQ(ann.says("PRIVMSG #room :\x01"
                     "ACTION\x01"),
            ":irc.example 412 ann :No text to send\n");
}

TEST_F(IrcTalk, OtherRequestsAreHandedOn) {
  ann.says("PRIVMSG bobby :\x01PING 12345\x01");
  EXPECT_EQ(bobby.heard(), ":ann!ann_u@192.0.2.3 PRIVMSG bobby :\x01PING 12345\x01\n");
  ann.says("NOTICE bobby :\x01PING 12345\x01");
  EXPECT_EQ(bobby.heard(), ":ann!ann_u@192.0.2.3 NOTICE bobby :\x01PING 12345\x01\n");
  EXPECT_EQ(ann.says("PRIVMSG bobby :\x01\x01"), ":irc.example 412 ann :No text to send\n");
}

TEST_F(IrcTalk, WhatATerminalWouldActOnIsLeftOut) {
  ann.says(
      "PRIVMSG bobby :a\x1b[31mb\x07"
      "c\x02"
      "bold\x0f");
  EXPECT_EQ(bobby.heard(),
            ":ann!ann_u@192.0.2.3 PRIVMSG bobby :a[31mbc\x02"
            "bold\x0f\n");
}

TEST_F(IrcTalk, ToOperatorsAlone) {
  ann.says("MODE #room +v full");
  for (IrcClient* const client : {&ann, &bobby, &full}) client->heard();
  EXPECT_EQ(full.says("PRIVMSG @#room :a word"),
            "@time=2026-01-01T00:00:00.000Z;msgid=M "
            ":full!full_u@192.0.2.4 PRIVMSG @#room :a word\n");
  EXPECT_EQ(ann.heard(), ":full!full_u@192.0.2.4 PRIVMSG @#room :a word\n");
  EXPECT_EQ(bobby.heard(), "");
  ann.says("PRIVMSG +#room :another");
  EXPECT_EQ(full.heard(),
            "@time=2026-01-01T00:00:00.000Z;msgid=M "
            ":ann!ann_u@192.0.2.3 PRIVMSG +#room :another\n");
  EXPECT_EQ(bobby.heard(), "");
}

TEST_F(IrcTalk, TagsOfClients) {
  full.says("@+typing=active;label=1;time=2000-01-01T00:00:00.000Z;+x TAGMSG bobby,full");
  EXPECT_EQ(bobby.heard(), "");
  IrcClient cy(server, "cy", irc::message_tags);
  full.says("@+draft/reply=5;account=root;msgid=77 PRIVMSG cy :yes");
  EXPECT_EQ(cy.heard(), "@msgid=M;+draft/reply=5 :full!full_u@192.0.2.4 PRIVMSG cy :yes\n");
  full.says("@+typing=active TAGMSG cy");
  EXPECT_EQ(cy.heard(), "@msgid=M;+typing=active :full!full_u@192.0.2.4 TAGMSG cy\n");
  // Who has not said that it knows tags sends none.
  bobby.says("@+draft/reply=5 PRIVMSG cy :no");
  EXPECT_EQ(cy.heard(), "@msgid=M :bobby!bobby_u@192.0.2.5 PRIVMSG cy :no\n");
  bobby.says("@+typing=active TAGMSG cy");
  EXPECT_EQ(cy.heard(), "");
}

}  // namespace
}  // namespace patchbay
