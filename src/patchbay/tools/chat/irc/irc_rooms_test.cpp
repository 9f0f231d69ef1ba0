#include "patchbay/tools/chat/irc/irc_chat_fixture.hpp"

namespace patchbay {
namespace {

struct IrcRooms : IrcChat {
  IrcClient ann{server, "ann"};
  IrcClient bobby{server, "bobby"};
};

// --- JOIN ----------------------------------------------------------------------------------------

TEST_F(IrcRooms, WhoComesFirstIsOperator) {
  EXPECT_EQ(ann.says("JOIN #room"),
            ":ann!ann_u@192.0.2.3 JOIN #room\n"
            ":irc.example 353 ann = #room :@ann\n"
            ":irc.example 366 ann #room :End of /NAMES list\n");
  EXPECT_EQ(bobby.says("join #ROOM"),
            ":bobby!bobby_u@192.0.2.5 JOIN #room\n"
            ":irc.example 353 bobby = #room :bobby @ann\n"
            ":irc.example 366 bobby #room :End of /NAMES list\n");
  EXPECT_EQ(ann.heard(), ":bobby!bobby_u@192.0.2.5 JOIN #room\n");
  EXPECT_EQ(bobby.says("JOIN #room"), "");
}

TEST_F(IrcRooms, SeveralRoomsWithTheirKeys) {
  ann.says("JOIN #a,#b,#c\nMODE #a +k one\nMODE #b +k two");
  bobby.says("JOIN #a,#b,#c one,two");
  EXPECT_EQ(bobby.user.seats.size(), 3U);
  EXPECT_EQ(bobby.says("JOIN 0"),
            ":bobby!bobby_u@192.0.2.5 PART #c\n"
            ":bobby!bobby_u@192.0.2.5 PART #b\n"
            ":bobby!bobby_u@192.0.2.5 PART #a\n");
  EXPECT_EQ(bobby.says("JOIN #a,#b two,one"),
            ":irc.example 475 bobby #a :Cannot join channel (+k)\n"
            ":irc.example 475 bobby #b :Cannot join channel (+k)\n");
  EXPECT_EQ(bobby.user.seats.size(), 0U);
}

TEST_F(IrcRooms, TheTopicIsTold) {
  ann.says("JOIN #room\nTOPIC #room :tea at five");
  EXPECT_EQ(bobby.says("JOIN #room"),
            ":bobby!bobby_u@192.0.2.5 JOIN #room\n"
            ":irc.example 332 bobby #room :tea at five\n"
            ":irc.example 333 bobby #room ann!ann_u@192.0.2.3 :1767225600\n"
            ":irc.example 353 bobby = #room :bobby @ann\n"
            ":irc.example 366 bobby #room :End of /NAMES list\n");
}

TEST_F(IrcRooms, NoNamesForWhoDoesNotWantThem) {
  IrcClient quiet(server, "quiet", irc::no_implicit_names);
  EXPECT_EQ(quiet.says("JOIN #room"), ":quiet!quiet_u@192.0.2.5 JOIN #room\n");
  EXPECT_EQ(quiet.says("NAMES #room"),
            ":irc.example 353 quiet = #room :@quiet\n"
            ":irc.example 366 quiet #room :End of /NAMES list\n");
}

TEST_F(IrcRooms, AFullClientIsToldMore) {
  IrcClient full(server, "full", k_full_irc);
  hub.set_account(full.user, "Full");
  full.heard();
  EXPECT_EQ(full.says("@label=x1 JOIN #room"),
            "@label=x1 :irc.example BATCH +1 labeled-response\n"
            "@batch=1;time=2026-01-01T00:00:00.000Z;msgid=M;account=Full "
            ":full!full_u@192.0.2.4 JOIN #room Full :The real full\n"
            "@batch=1 :irc.example 353 full = #room :@full!full_u@192.0.2.4\n"
            "@batch=1 :irc.example 366 full #room :End of /NAMES list\n"
            ":irc.example BATCH -1\n");
  ann.says("JOIN #room");
  EXPECT_EQ(full.heard(),
            "@time=2026-01-01T00:00:00.000Z;msgid=M "
            ":ann!ann_u@192.0.2.3 JOIN #room * :The real ann\n");
}

TEST_F(IrcRooms, WhyNotToJoin) {
  EXPECT_EQ(bobby.says("JOIN room"), ":irc.example 403 bobby room :No such channel\n");
  EXPECT_EQ(bobby.says("JOIN #" + std::string(64, 'x')),
            ":irc.example 476 bobby #" + std::string(64, 'x') + " :Invalid channel name\n");
  EXPECT_EQ(bobby.says("JOIN"),
            ":irc.example 461 bobby JOIN :There is something missing behind the command\n");
  ann.says("JOIN #room\nMODE #room +i");
  EXPECT_EQ(bobby.says("JOIN #room"), ":irc.example 473 bobby #room :Cannot join channel (+i)\n");
  ann.says("MODE #room -i+l 1");
  EXPECT_EQ(bobby.says("JOIN #room"), ":irc.example 471 bobby #room :Cannot join channel (+l)\n");
  ann.says("MODE #room -l+b bobby");
  EXPECT_EQ(bobby.says("JOIN #room"), ":irc.example 474 bobby #room :Cannot join channel (+b)\n");
  ann.says("MODE #room +e *!*@192.0.2.5");
  EXPECT_EQ(bobby.says("JOIN #room").substr(0, 40), ":bobby!bobby_u@192.0.2.5 JOIN #room\n:irc");
}

TEST_F(IrcRooms, NotTooManyRooms) {
  ChatSettings settings = settings_of_irc();
  settings.limits.rooms_per_user = 2;
  use(settings);
  ann.says("JOIN #a,#b");
  EXPECT_EQ(ann.says("JOIN #c"), ":irc.example 405 ann #c :You have joined too many channels\n");
}

// --- PART ----------------------------------------------------------------------------------------

TEST_F(IrcRooms, Leaving) {
  ann.says("JOIN #a,#b");
  bobby.says("JOIN #a");
  ann.heard();
  EXPECT_EQ(ann.says("PART #a,#b :good night"),
            ":ann!ann_u@192.0.2.3 PART #a :good night\n"
            ":ann!ann_u@192.0.2.3 PART #b :good night\n");
  EXPECT_EQ(bobby.heard(), ":ann!ann_u@192.0.2.3 PART #a :good night\n");
  EXPECT_EQ(ann.says("PART #a"), ":irc.example 442 ann #a :You're not on that channel\n");
  EXPECT_EQ(ann.says("PART #b"), ":irc.example 403 ann #b :No such channel\n");
}

// --- NAMES ---------------------------------------------------------------------------------------

TEST_F(IrcRooms, NamesOfRanks) {
  IrcClient multi(server, "multi", irc::multi_prefix);
  ann.says("JOIN #room\nMODE #room +v ann");
  EXPECT_EQ(multi.says("NAMES #room"),
            ":irc.example 353 multi = #room :@+ann\n"
            ":irc.example 366 multi #room :End of /NAMES list\n");
  EXPECT_EQ(bobby.says("NAMES #room"),
            ":irc.example 353 bobby = #room :@ann\n"
            ":irc.example 366 bobby #room :End of /NAMES list\n");
  ann.says("MODE #room -o ann");
  EXPECT_EQ(multi.says("NAMES #room"),
            ":irc.example 353 multi = #room :+ann\n"
            ":irc.example 366 multi #room :End of /NAMES list\n");
}

TEST_F(IrcRooms, NamesOfWhatIsSecretAndWhoIsInvisible) {
  ann.says("JOIN #secret\nMODE #secret +s");
  EXPECT_EQ(ann.says("NAMES #secret"),
            ":irc.example 353 ann @ #secret :@ann\n"
            ":irc.example 366 ann #secret :End of /NAMES list\n");
  const std::string end = ":irc.example 366 bobby #secret :End of /NAMES list\n";
  EXPECT_EQ(bobby.says("NAMES #secret"), end);
  EXPECT_EQ(bobby.says("NAMES #none"), ":irc.example 366 bobby #none :End of /NAMES list\n");
  EXPECT_EQ(bobby.says("NAMES"), ":irc.example 366 bobby * :End of /NAMES list\n");

  ann.says("JOIN #open\nMODE ann +i");
  EXPECT_EQ(bobby.says("NAMES #open"), ":irc.example 366 bobby #open :End of /NAMES list\n");
  bobby.says("JOIN #open");
  EXPECT_EQ(bobby.says("NAMES #open"),
            ":irc.example 353 bobby = #open :bobby @ann\n"
            ":irc.example 366 bobby #open :End of /NAMES list\n");
}

TEST_F(IrcRooms, ManyNamesAreSeveralLines) {
  ann.says("JOIN #room");
  std::vector<std::unique_ptr<IrcClient>> many;
  for (int i = 0; i < 100; ++i) {
    many.push_back(std::make_unique<IrcClient>(server, "somebody" + std::to_string(i)));
    many.back()->says("JOIN #room");
  }
  ann.heard();
  const std::string names = ann.says("NAMES #room");
  std::size_t lines = 0;
  std::size_t words = 0;
  for (std::string_view rest = names; !rest.empty(); ++lines) {
    const std::string_view line = rest.substr(0, rest.find('\n'));
    rest.remove_prefix(line.size() + 1);
    EXPECT_LE(line.size(), 510U);
    if (!line.starts_with(":irc.example 353 ann = #room :")) continue;
    words += 1 + static_cast<std::size_t>(std::ranges::count(line.substr(30), ' '));
  }
  EXPECT_EQ(words, 101U);
  EXPECT_EQ(lines, 4U);  // of 1,100 bytes of names
}

// --- TOPIC, INVITE, KICK -------------------------------------------------------------------------

TEST_F(IrcRooms, Topics) {
  ann.says("JOIN #room");
  bobby.says("JOIN #room");
  ann.heard();
  EXPECT_EQ(bobby.says("TOPIC #room"), ":irc.example 331 bobby #room :No topic is set\n");
  EXPECT_EQ(bobby.says("TOPIC #room :mine"),
            ":irc.example 482 bobby #room :You're not channel operator\n");
  EXPECT_EQ(ann.says("TOPIC #room :tea"), ":ann!ann_u@192.0.2.3 TOPIC #room :tea\n");
  EXPECT_EQ(bobby.heard(), ":ann!ann_u@192.0.2.3 TOPIC #room :tea\n");
  EXPECT_EQ(bobby.says("TOPIC #room"),
            ":irc.example 332 bobby #room :tea\n"
            ":irc.example 333 bobby #room ann!ann_u@192.0.2.3 :1767225600\n");
  EXPECT_EQ(ann.says("TOPIC #room :"), ":ann!ann_u@192.0.2.3 TOPIC #room :\n");
  EXPECT_EQ(bobby.says("PART #room\nTOPIC #room :mine"),
            ":ann!ann_u@192.0.2.3 TOPIC #room :\n"
            ":bobby!bobby_u@192.0.2.5 PART #room\n"
            ":irc.example 442 bobby #room :You're not on that channel\n");
  EXPECT_EQ(bobby.says("TOPIC #none"), ":irc.example 403 bobby #none :No such channel\n");
}

TEST_F(IrcRooms, Invitations) {
  IrcClient cy(server, "cy", irc::invite_notify);
  ann.says("JOIN #room\nMODE #room +i");
  EXPECT_EQ(bobby.says("INVITE"), ":irc.example 337 bobby :End of /INVITE list\n");
  EXPECT_EQ(ann.says("INVITE bobby #room"), ":irc.example 341 ann bobby :#room\n");
  EXPECT_EQ(bobby.heard(), ":ann!ann_u@192.0.2.3 INVITE bobby #room\n");
  EXPECT_EQ(bobby.says("INVITE"),
            ":irc.example 336 bobby :#room\n"
            ":irc.example 337 bobby :End of /INVITE list\n");
  bobby.says("JOIN #room");
  ann.heard();
  EXPECT_EQ(ann.says("INVITE bobby #room"),
            ":irc.example 443 ann bobby #room :is already on channel\n");
  EXPECT_EQ(bobby.says("INVITE cy #room"),
            ":irc.example 482 bobby #room :You're not channel operator\n");
  EXPECT_EQ(cy.says("INVITE ann #room"), ":irc.example 442 cy #room :You're not on that channel\n");
  EXPECT_EQ(ann.says("INVITE nobody #room"), ":irc.example 401 ann nobody :No such nick/channel\n");
  EXPECT_EQ(ann.says("INVITE bobby"), ":irc.example 461 ann INVITE :Not enough parameters\n");
}

TEST_F(IrcRooms, OperatorsWhoWantToHearOfInvitations) {
  IrcClient cy(server, "cy", irc::invite_notify);
  cy.says("JOIN #room");
  ann.says("JOIN #room");
  cy.says("MODE #room +o ann");
  ann.heard();
  ann.says("INVITE bobby #room");
  EXPECT_EQ(cy.heard(), ":ann!ann_u@192.0.2.3 INVITE bobby #room\n");
}

TEST_F(IrcRooms, Kicks) {
  IrcClient cy(server, "cy");
  ann.says("JOIN #room");
  bobby.says("JOIN #room");
  cy.says("JOIN #room");
  ann.heard();
  bobby.heard();
  EXPECT_EQ(bobby.says("KICK #room cy"),
            ":irc.example 482 bobby #room :You're not channel operator\n");
  EXPECT_EQ(ann.says("KICK #room bobby,cy :enough of this"),
            ":ann!ann_u@192.0.2.3 KICK #room bobby :enough of this\n"
            ":ann!ann_u@192.0.2.3 KICK #room cy :enough of this\n");
  EXPECT_EQ(bobby.heard(), ":ann!ann_u@192.0.2.3 KICK #room bobby :enough of this\n");
  EXPECT_EQ(ann.says("KICK #room bobby"),
            ":irc.example 441 ann bobby #room :They aren't on that channel\n");
  EXPECT_EQ(ann.says("KICK #room nobody"), ":irc.example 401 ann nobody :No such nick/channel\n");
  EXPECT_EQ(ann.says("KICK #none bobby"), ":irc.example 403 ann #none :No such channel\n");
  EXPECT_EQ(ann.says("KICK #room ann"), ":ann!ann_u@192.0.2.3 KICK #room ann :ann\n");
}

TEST_F(IrcRooms, NotTooManyKicksAtOnce) {
  ann.says("JOIN #room");
  const std::string told = ann.says("KICK #room a,b,c,d,e,f");
  EXPECT_TRUE(told.ends_with(":irc.example 407 ann e :Too many targets: the rest is not done\n"))
      << told;
}

}  // namespace
}  // namespace patchbay
