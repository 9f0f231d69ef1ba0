#include "patchbay/tools/chat/irc/irc_chat_fixture.hpp"

namespace patchbay {
namespace {

struct IrcQueries : IrcChat {
  IrcClient ann{server, "ann"};
  IrcClient bobby{server, "bobby"};

  static std::size_t count(std::string_view text, std::string_view what) {
    std::size_t found = 0;
    for (std::size_t at = text.find(what); at != text.npos; at = text.find(what, at + 1)) ++found;
    return found;
  }
};

// --- LIST ----------------------------------------------------------------------------------------

struct IrcListing : IrcQueries {
  static constexpr std::string_view k_begin = ":irc.example 321 bobby Channel :Users  Name\n";
  static constexpr std::string_view k_end = ":irc.example 323 bobby :End of /LIST\n";
  static constexpr std::string_view k_lobby = ":irc.example 322 bobby #lobby 0 :\n";

  // What stands between the two.
  std::string rooms(std::string_view line) {
    const std::string told = bobby.says(line);
    EXPECT_TRUE(told.starts_with(k_begin) && told.ends_with(k_end)) << told;
    return told.substr(k_begin.size(), told.size() - k_begin.size() - k_end.size());
  }
};

TEST_F(IrcListing, RoomsInTheirOrder) {
  ann.says("JOIN #tea,#coffee,#secret\nTOPIC #tea :at five\nMODE #secret +s");
  EXPECT_EQ(rooms("LIST"), ":irc.example 322 bobby #coffee 1 :\n" + std::string(k_lobby) +
                               ":irc.example 322 bobby #tea 1 :at five\n");
  EXPECT_EQ(ann.says("LIST #secret"),
            ":irc.example 321 ann Channel :Users  Name\n"
            ":irc.example 322 ann #secret 1 :\n"
            ":irc.example 323 ann :End of /LIST\n");
  EXPECT_EQ(rooms("LIST #secret"), "");
}

TEST_F(IrcListing, SomeOfThem) {
  ann.says("JOIN #tea,#coffee,#tee");
  bobby.says("JOIN #tea");
  EXPECT_EQ(rooms("LIST #TE*"),
            ":irc.example 322 bobby #tea 2 :\n"
            ":irc.example 322 bobby #tee 1 :\n");
  EXPECT_EQ(rooms("LIST #te*,!*ee"), ":irc.example 322 bobby #tea 2 :\n");
  EXPECT_EQ(rooms("LIST >1"), ":irc.example 322 bobby #tea 2 :\n");
  EXPECT_EQ(rooms("LIST <1"), k_lobby);
  EXPECT_EQ(rooms("LIST >0,<2"),
            ":irc.example 322 bobby #coffee 1 :\n"
            ":irc.example 322 bobby #tee 1 :\n");
  EXPECT_EQ(rooms("LIST #coffee,#tea"),
            ":irc.example 322 bobby #coffee 1 :\n"
            ":irc.example 322 bobby #tea 2 :\n");
}

TEST_F(IrcListing, MoreThanAPage) {
  ChatSettings settings = settings_of_irc();
  settings.limits.rooms_per_user = 5000;
  settings.limits.soft_send_bytes = 1024 * 1024;
  use(settings);
  for (int i = 0; i < 1200; ++i) ann.says("JOIN #r" + std::to_string(i));
  const std::string told = rooms("LIST #r*");
  EXPECT_EQ(count(told, " 322 "), 1200U);
  std::vector<std::string_view> lines;
  for (std::string_view rest = told; !rest.empty();) {
    lines.push_back(rest.substr(0, rest.find('\n')));
    rest.remove_prefix(lines.back().size() + 1);
  }
  EXPECT_TRUE(std::ranges::is_sorted(lines));
  EXPECT_EQ(std::ranges::adjacent_find(lines), lines.end());
}

Task<> take_slowly(IrcClient& client, std::string& taken, std::size_t& most, bool& done) {
  while (!done) {
    most = std::max(most, ChatHub::waiting_bytes(client.user));
    taken += ChatHub::take(client.user, 1000);
    if (!co_await sleep_for(1ms)) co_return;
  }
  most = std::max(most, ChatHub::waiting_bytes(client.user));
  taken += ChatHub::take(client.user, 16 * 1024 * 1024);
}

Task<> list_for(IrcClient& client, bool& done) {
  co_await client.user.take("LIST");
  done = true;
}

Task<> list_beside_a_reader(TaskGroup& group, IrcClient& client, std::string& taken,
                            std::size_t& most) {
  bool done = false;
  group.spawn(take_slowly, std::ref(client), std::ref(taken), std::ref(most), std::ref(done));
  co_await list_for(client, done);
}

// However long a list is, no more of it waits than a client may have waiting.
TEST_F(IrcListing, AtThePaceOfWhoeverReads) {
  ChatSettings settings = settings_of_irc();
  settings.limits.rooms_per_user = 5000;
  settings.limits.soft_send_bytes = 4096;
  use(settings);
  for (int i = 0; i < 1200; ++i) ann.says("JOIN #r" + std::to_string(i));
  std::string taken;
  std::size_t most = 0;
  loop->run(with_group(list_beside_a_reader, std::ref(bobby), std::ref(taken), std::ref(most)));
  EXPECT_EQ(count(taken, " 322 "), 1201U);
  EXPECT_LE(most, 8192U);
}

// --- WHO -----------------------------------------------------------------------------------------

TEST_F(IrcQueries, WhoIsInARoom) {
  IrcClient multi(server, "multi", irc::multi_prefix);
  ann.says("JOIN #room\nMODE #room +v ann\nMODE ann +B");
  bobby.says("JOIN #room");
  hub.set_away(bobby.user, "out");
  bobby.user.is_operator = true;
  EXPECT_EQ(multi.says("WHO #room"),
            ":irc.example 352 multi #room bobby_u 192.0.2.5 irc.example bobby G* "
            ":0 The real bobby\n"
            ":irc.example 352 multi #room ann_u 192.0.2.3 irc.example ann HB@+ :0 The real ann\n"
            ":irc.example 315 multi #room :End of WHO list\n");
  EXPECT_EQ(multi.says("WHO #room o"),
            ":irc.example 352 multi #room bobby_u 192.0.2.5 irc.example bobby G* "
            ":0 The real bobby\n"
            ":irc.example 315 multi #room :End of WHO list\n");
  EXPECT_EQ(multi.says("WHO #none"), ":irc.example 315 multi #none :End of WHO list\n");
}

TEST_F(IrcQueries, WhoByMask) {
  EXPECT_EQ(bobby.says("WHO a*"),
            ":irc.example 352 bobby * ann_u 192.0.2.3 irc.example ann H :0 The real ann\n"
            ":irc.example 315 bobby a* :End of WHO list\n");
  EXPECT_EQ(bobby.says("WHO ANN"),
            ":irc.example 352 bobby * ann_u 192.0.2.3 irc.example ann H :0 The real ann\n"
            ":irc.example 315 bobby ANN :End of WHO list\n");
  EXPECT_EQ(count(bobby.says("WHO 192.0.2.?"), " 352 "), 2U);
  EXPECT_EQ(count(bobby.says("WHO *"), " 352 "), 2U);
  EXPECT_EQ(count(bobby.says("WHO"), " 352 "), 2U);
  ann.says("MODE ann +i");
  EXPECT_EQ(count(bobby.says("WHO *"), " 352 "), 1U);
  ann.says("JOIN #room");
  bobby.says("JOIN #room");
  EXPECT_EQ(count(bobby.says("WHO *"), " 352 "), 2U);
}

TEST_F(IrcQueries, WhoWithFields) {
  ann.says("JOIN #room");
  hub.set_account(ann.user, "Ann");
  ann.heard();
  EXPECT_EQ(bobby.says("WHO #room %tcuihsnfdlaor,42"),
            ":irc.example 354 bobby 42 #room ann_u 192.0.2.3 192.0.2.3 irc.example ann H@ 0 0 "
            "Ann n/a :The real ann\n"
            ":irc.example 315 bobby #room :End of WHO list\n");
  EXPECT_EQ(bobby.says("WHO bobby %na"),
            ":irc.example 354 bobby bobby 0\n"
            ":irc.example 315 bobby bobby :End of WHO list\n");
  EXPECT_EQ(bobby.says("WHO bobby o%n"), ":irc.example 315 bobby bobby :End of WHO list\n");
}

TEST_F(IrcQueries, AddressesAreHiddenWhereTheyShouldBe) {
  ChatSettings settings = settings_of_irc();
  settings.shows_addresses = false;
  use(settings);
  EXPECT_EQ(bobby.says("WHO ann %in").substr(0, 45),
            ":irc.example 354 bobby 255.255.255.255 ann\n:i");
  EXPECT_EQ(count(bobby.says("WHOIS ann"), " 338 "), 0U);
  EXPECT_EQ(count(ann.says("WHOIS ann"), " 338 "), 1U);
  bobby.user.is_operator = true;
  EXPECT_EQ(count(bobby.says("WHOIS ann"), " 338 "), 1U);
}

TEST_F(IrcQueries, NotTooManyOfAMask) {
  std::vector<std::unique_ptr<IrcClient>> many;
  for (int i = 0; i < 600; ++i) {
    many.push_back(std::make_unique<IrcClient>(server, "x" + std::to_string(i)));
  }
  const std::string told = bobby.says("WHO x*");
  EXPECT_EQ(count(told, " 352 "), 500U);
  EXPECT_TRUE(
      told.ends_with(":irc.example 416 bobby WHO :Too many matches: these are some\n"
                     ":irc.example 315 bobby x* :End of WHO list\n"));
}

// --- WHOIS, WHOWAS -------------------------------------------------------------------------------

TEST_F(IrcQueries, WhoSomebodyIs) {
  EXPECT_EQ(bobby.says("WHOIS ann"),
            ":irc.example 311 bobby ann ann_u 192.0.2.3 * :The real ann\n"
            ":irc.example 312 bobby ann irc.example :Patchbay chat\n"
            ":irc.example 338 bobby ann 192.0.2.3 :is actually using host\n"
            ":irc.example 317 bobby ann 0 1767225600 :seconds idle, signon time\n"
            ":irc.example 318 bobby ann :End of /WHOIS list\n");
  ann.says("JOIN #room,#secret\nMODE #secret +s\nMODE ann +B");
  hub.set_away(ann.user, "out");
  hub.set_account(ann.user, "Ann");
  ann.user.is_operator = true;
  ann.user.is_secure = true;
  EXPECT_EQ(bobby.says("WHOIS irc.example ANN"),
            ":irc.example 311 bobby ann ann_u 192.0.2.3 * :The real ann\n"
            ":irc.example 319 bobby ann :@#room\n"
            ":irc.example 312 bobby ann irc.example :Patchbay chat\n"
            ":irc.example 301 bobby ann :out\n"
            ":irc.example 313 bobby ann :is an IRC operator\n"
            ":irc.example 330 bobby ann Ann :is logged in as\n"
            ":irc.example 335 bobby ann :is a bot\n"
            ":irc.example 338 bobby ann 192.0.2.3 :is actually using host\n"
            ":irc.example 671 bobby ann :is using a secure connection\n"
            ":irc.example 317 bobby ann 0 1767225600 :seconds idle, signon time\n"
            ":irc.example 318 bobby ANN :End of /WHOIS list\n");
  EXPECT_EQ(count(ann.says("WHOIS ann"), "@#room @#secret\n"), 1U);
  EXPECT_EQ(bobby.says("WHOIS nobody"),
            ":irc.example 401 bobby nobody :No such nick/channel\n"
            ":irc.example 318 bobby nobody :End of /WHOIS list\n");
  EXPECT_EQ(bobby.says("WHOIS"), ":irc.example 431 bobby :No nickname given\n");
}

TEST_F(IrcQueries, WhoSomebodyWas) {
  EXPECT_EQ(bobby.says("WHOWAS cy"),
            ":irc.example 406 bobby cy :There was no such nickname\n"
            ":irc.example 369 bobby cy :End of WHOWAS\n");
  {
    IrcClient cy(server, "cy");
  }
  EXPECT_EQ(bobby.says("WHOWAS CY"),
            ":irc.example 314 bobby cy cy_u 192.0.2.2 * :The real cy\n"
            ":irc.example 312 bobby cy irc.example :2026-01-01T00:00:00.000Z\n"
            ":irc.example 369 bobby CY :End of WHOWAS\n");
  ASSERT_TRUE(hub.rename(ann.user, "anna"));
  EXPECT_EQ(count(bobby.says("WHOWAS ann"), " 314 bobby ann "), 1U);
}

TEST_F(IrcQueries, OfTheDepartedTheLatestAreKnown) {
  for (int i = 0; i < 600; ++i) IrcClient passer_by(server, "x" + std::to_string(i));
  EXPECT_EQ(hub.departures().size(), 500U);
  EXPECT_EQ(hub.departures().front().source.name, "x599");
}

}  // namespace
}  // namespace patchbay
