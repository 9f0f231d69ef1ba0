#include "patchbay/tools/chat/irc/irc_chat_fixture.hpp"

namespace patchbay {
namespace {

struct IrcModes : IrcChat {
  IrcClient ann{server, "ann"};
  IrcClient bobby{server, "bobby"};

  void SetUp() override {
    ann.says("JOIN #room");
    bobby.says("JOIN #room");
    ann.heard();
  }
};

TEST_F(IrcModes, OfARoom) {
  EXPECT_EQ(bobby.says("MODE #room"),
            ":irc.example 324 bobby #room +nt\n"
            ":irc.example 329 bobby #room :1767225600\n");
  EXPECT_EQ(ann.says("MODE #room +imskl-n word 20"),
            ":ann!ann_u@192.0.2.3 MODE #room +imskl-n word 20\n");
  EXPECT_EQ(bobby.heard(), ":ann!ann_u@192.0.2.3 MODE #room +imskl-n word 20\n");
  EXPECT_EQ(bobby.says("MODE #room"),
            ":irc.example 324 bobby #room +imstkl word 20\n"
            ":irc.example 329 bobby #room :1767225600\n");
  IrcClient cy(server, "cy");
  EXPECT_EQ(cy.says("MODE #room"), ":irc.example 403 cy #room :No such channel\n");
  ann.says("MODE #room -s");
  EXPECT_EQ(cy.says("MODE #room"),
            ":irc.example 324 cy #room +imtkl * 20\n"
            ":irc.example 329 cy #room :1767225600\n");
  EXPECT_EQ(ann.says("MODE #room -k whatever"), ":ann!ann_u@192.0.2.3 MODE #room -k *\n");
}

TEST_F(IrcModes, WhatChangesNothingIsNotTold) {
  EXPECT_EQ(ann.says("MODE #room +nt"), "");
  EXPECT_EQ(ann.says("MODE #room +o ann"), "");
  EXPECT_EQ(bobby.heard(), "");
}

TEST_F(IrcModes, Ranks) {
  EXPECT_EQ(bobby.says("MODE #room +o bobby"),
            ":irc.example 482 bobby #room :You're not channel operator\n");
  EXPECT_EQ(ann.says("MODE #room +v-v BOBBY bobby"),
            ":ann!ann_u@192.0.2.3 MODE #room +v-v bobby bobby\n");
  EXPECT_EQ(ann.says("MODE #room +oo bobby nobody"),
            ":ann!ann_u@192.0.2.3 MODE #room +o bobby\n"
            ":irc.example 401 ann nobody :No such nick/channel\n");
  IrcClient cy(server, "cy");
  EXPECT_EQ(ann.says("MODE #room +v cy"),
            ":irc.example 441 ann cy #room :They aren't on that channel\n");
  EXPECT_EQ(cy.says("MODE #room +v cy"), ":irc.example 442 cy #room :You're not on that channel\n");
}

TEST_F(IrcModes, Lists) {
  EXPECT_EQ(bobby.says("MODE #room b"), ":irc.example 368 bobby #room :End of channel ban list\n");
  EXPECT_EQ(ann.says("MODE #room +beI *!*@a b c!d@e"),
            ":ann!ann_u@192.0.2.3 MODE #room +beI *!*@a b!*@* c!d@e\n");
  bobby.heard();
  EXPECT_EQ(bobby.says("MODE #room +beI"),
            ":irc.example 367 bobby #room *!*@a ann!ann_u@192.0.2.3 :1767225600\n"
            ":irc.example 368 bobby #room :End of channel ban list\n"
            ":irc.example 348 bobby #room b!*@* ann!ann_u@192.0.2.3 :1767225600\n"
            ":irc.example 349 bobby #room :End of channel exception list\n"
            ":irc.example 346 bobby #room c!d@e ann!ann_u@192.0.2.3 :1767225600\n"
            ":irc.example 347 bobby #room :End of channel invite list\n");
  EXPECT_EQ(ann.says("MODE #room -b *!*@a"), ":ann!ann_u@192.0.2.3 MODE #room -b *!*@a\n");
}

TEST_F(IrcModes, AListIsFull) {
  ChatSettings settings = settings_of_irc();
  settings.limits.list_entries = 1;
  use(settings);
  EXPECT_EQ(ann.says("MODE #room +bb x y"),
            ":ann!ann_u@192.0.2.3 MODE #room +b x!*@*\n"
            ":irc.example 478 ann #room b :Channel list is full\n");
}

TEST_F(IrcModes, WhatIsWrong) {
  EXPECT_EQ(ann.says("MODE #room +y"), ":irc.example 472 ann y :is unknown mode char to me\n");
  EXPECT_EQ(ann.says("MODE #room +l many"),
            ":irc.example 696 ann #room l many :This cannot be a limit\n");
  EXPECT_EQ(ann.says("MODE #room +o"), ":irc.example 696 ann #room o * :A nickname is missing\n");
  EXPECT_EQ(ann.says("MODE #none +m"), ":irc.example 403 ann #none :No such channel\n");
}

TEST_F(IrcModes, OfAUser) {
  EXPECT_EQ(ann.says("MODE ann"), ":irc.example 221 ann :+\n");
  EXPECT_EQ(ann.says("MODE ann +iB"), ":ann!ann_u@192.0.2.3 MODE ann :+iB\n");
  EXPECT_EQ(ann.says("MODE ANN"), ":irc.example 221 ann :+Bi\n");
  EXPECT_EQ(ann.says("MODE ann -i+w"), ":ann!ann_u@192.0.2.3 MODE ann :-i+w\n");
  EXPECT_EQ(ann.says("MODE ann +w"), "");
  EXPECT_EQ(ann.says("MODE ann +z"), ":irc.example 501 ann :Unknown MODE flag\n");
  EXPECT_EQ(ann.says("MODE bobby"), ":irc.example 502 ann :Cannot change mode for other users\n");
  EXPECT_EQ(ann.says("MODE bobby +i"),
            ":irc.example 502 ann :Cannot change mode for other users\n");
  EXPECT_EQ(ann.says("MODE nobody"), ":irc.example 401 ann nobody :No such nick/channel\n");
}

TEST_F(IrcModes, NobodyBecomesOperatorSo) {
  EXPECT_EQ(ann.says("MODE ann +o"), "");
  EXPECT_FALSE(ann.user.is_operator);
  ann.user.is_operator = true;
  EXPECT_EQ(ann.says("MODE ann -o"), ":ann!ann_u@192.0.2.3 MODE ann :-o\n");
  EXPECT_FALSE(ann.user.is_operator);
}

}  // namespace
}  // namespace patchbay
