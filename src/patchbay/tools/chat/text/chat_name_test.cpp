#include "patchbay/tools/chat/text/chat_name.hpp"

#include <gtest/gtest.h>

#include <array>
#include <random>

#include "patchbay/base/text.hpp"

namespace patchbay {
namespace {

using namespace std::string_view_literals;

constexpr std::size_t k_longest = 32;

bool may_be_user(std::string_view name) { return why_no_user_name(name, k_longest) == nullptr; }
bool may_be_room(std::string_view name) { return why_no_room_name(name, 64) == nullptr; }
std::string make(std::string_view typed) { return make_user_name(typed, k_longest); }

// --- users ---

TEST(ChatName, TakesNamesOfPeople) {
  for (const std::string_view name :
       {"ann", "A", "Ann_2", "j.doe", "x-ray", "a^b|c", "_007", "User_50123", "observer",
        "Nguy\u1ec5n_V\u0103n_A", "J\u00fcrgen", "\u0418\u0432\u0430\u043d", "\u592a\u90ce",
        "\u0639\u0644\u064a", "e\u0301mile", "\u0928\u092e\u0938\u094d\u0924\u0947"}) {
    EXPECT_TRUE(may_be_user(name)) << name << ": " << why_no_user_name(name, k_longest);
  }
}

TEST(ChatName, RefusesWhatForgesALineOrIsNeededByIrc) {
  for (const std::string_view name :
       {""sv,           " "sv,     "two words"sv, "tab\tbed"sv, "[SERVER]"sv,   "bob]"sv,
        "(bob)"sv,      "{bob}"sv, "<bob>"sv,     "bob\r"sv,    "bob\n[ann]"sv, "bob\0"sv,
        "bob\x1b[2J"sv, "\x7f"sv,  "bob\u0085"sv, "bob,ann"sv,  "bob@host"sv,   "bob!x"sv,
        "a:b"sv,        "*"sv,     "b?b"sv,       "#bob"sv,     "&bob"sv,       "$bob"sv,
        "%bob"sv,       "+bob"sv,  "~bob"sv,      "b/b"sv,      "\"bob\""sv,    "'bob'"sv,
        "b`b"sv,        "b\\b"sv,  "1bob"sv,      "-bob"sv,     ".bob"sv,       "bob\xff"sv,
        "\u0301bob"sv}) {
    EXPECT_FALSE(may_be_user(name)) << escape_terminal(name);
  }
}

TEST(ChatName, RefusesWhatIsHiddenOrTurnsTextAround) {
  for (const std::string_view name :
       {"bo\u202eb", "bo\u2066b", "bo\u200eb", "bo\u061cb", "bo\u200bb", "bo\u200db", "bo\u2060b",
        "\ufeffbob", "bo\u00adb", "bob\ufe0f", "bo\u3164b", "bo\u00a0b", "bo\u3000b", "bo\u2028b",
        "bo\u2800b", "\ue000", "\U000e0062"}) {
    EXPECT_FALSE(may_be_user(name)) << escape_terminal(name);
  }
}

// What only becomes a bracket, a blank or a digit in its compatible form.
TEST(ChatName, RefusesWhatHidesInAForm) {
  for (const std::string_view name :
       {"\uff3bSERVER\uff3d", "bob\u3015", "\u2474", "\ufdfa", "\u037abob", "\uff11bob", "a\u2100",
        "\u00bdbob", "\U0001f427"}) {
    EXPECT_FALSE(may_be_user(name)) << name;
  }
}

TEST(ChatName, RefusesWhatLooksLikeTheServer) {
  for (const std::string_view name : {
           "SERVER",
           "server",
           "SeRvEr",
           "SERVER_",
           "_server_",
           "the-SERVER",
           "server.2",
           "SERVER1",
           "5erver",
           "S3RV3R",
           "SERUER",
           "\uff33\uff25\uff32\uff36\uff25\uff32",                          // full width
           "S\u0415RV\u0415R",                                              // Cyrillic E
           "\u0455\u0435\u0433\u0475\u0435\u0433",                          // all Cyrillic
           "ser\u03bder",                                                   // Greek nu
           "\U0001d412\U0001d404\U0001d411\U0001d415\U0001d404\U0001d411",  // mathematical
           "s\u00e9rv\u00e8r",
           "s\u0323erver",
           "\u13daERVER",
           "\ua4e2ERVER",
       }) {
    EXPECT_FALSE(may_be_user(name)) << name;
  }
  for (const std::string_view name : {"observer", "servers", "serve", "MyServer", "Severin"}) {
    EXPECT_TRUE(may_be_user(name)) << name;
  }
}

TEST(ChatName, CountsCharactersAndNotBytes) {
  EXPECT_EQ(why_no_user_name("abcd", 4), nullptr);
  EXPECT_STREQ(why_no_user_name("abcde", 4), "it is too long");
  EXPECT_EQ(why_no_user_name("\u592a\u90ce\u592a\u90ce", 4), nullptr);
  EXPECT_NE(why_no_user_name("\u592a\u90ce\u592a\u90ce\u592a", 4), nullptr);
}

// --- rooms ---

TEST(ChatName, TakesAndRefusesRooms) {
  for (const std::string_view name : {"#lobby", "##linux", "#c++", "#a", "#r&d", "#\u65e5\u672c",
                                      "#no.1", "#1", "#what?", "#server", "#\U0001f427"}) {
    EXPECT_TRUE(may_be_room(name)) << name << ": " << why_no_room_name(name, 64);
  }
  for (const std::string_view name :
       {""sv,         "#"sv,         "lobby"sv,    "&lobby"sv,   "#a b"sv,
        "#a,b"sv,     "#a:b"sv,      "#a\x07"sv,   "#a\n"sv,     "#a]"sv,
        "#a] hi"sv,   "#<a>"sv,      "#a\u202e"sv, "#a\u200b"sv, "#a\u00a0"sv,
        "#a\u2800"sv, "#a\uff0cb"sv, "#a\xff"sv,   "#a\0"sv,     "\uff03lobby"sv}) {
    EXPECT_FALSE(may_be_room(name)) << escape_terminal(name);
  }
  EXPECT_EQ(why_no_room_name("#abc", 4), nullptr);
  EXPECT_NE(why_no_room_name("#abcd", 4), nullptr);
}

// --- folding ---

void expect_same(std::string_view a, std::string_view b) {
  EXPECT_EQ(fold_chat_name(a), fold_chat_name(b)) << a << " and " << b;
}
void expect_others(std::string_view a, std::string_view b) {
  EXPECT_NE(fold_chat_name(a), fold_chat_name(b)) << a << " and " << b;
}

TEST(ChatName, FoldsWhatIsTheSameToTheEye) {
  expect_same("Ann", "aNN");
  expect_same("\u00c4rger", "\u00e4rger");
  expect_same("\u00e9mile", "e\u0301mile");                // put together or not
  expect_same("ann", "\uff41\uff2e\uff4e");                // full width
  expect_same("ann", "\U0001d41a\U0001d427\U0001d427");    // mathematical
  expect_same("pavel", "\u0440\u0430\u0475\u0435\u04cf");  // Cyrillic
  expect_same("anna", "\u0430nn\u0430");                   // mixed
  expect_same("pat", "\u03c1\u03b1\u03c4");                // Greek
  expect_same("bob", "b0b");
  expect_same("BOB", "B0B");
  expect_same("will", "wi11");
  expect_same("Will", "WILL");
  expect_same("Will", "w|ll");
  expect_same("al", "AI");
  expect_same("stra\u00dfe", "STRASSE");
  expect_same("\u0418\u0432\u0430\u043d", "\u0438\u0412\u0410\u041d");
  expect_same("caf\u00e9", "caf\u0435\u0301");  // a Cyrillic letter with an accent
}

TEST(ChatName, KeepsOthersApart) {
  expect_others("ann", "anna");
  expect_others("ann_2", "ann_3");
  expect_others("User_50123", "User_50124");
  expect_others("j\u00fcrgen", "jurgen");
  expect_others("ann", "an_n");
}

TEST(ChatName, FoldsRoomsByAlphabetsButNotByDigits) {
  expect_same("#Lobby", "#lobby");
  expect_same("#lobby", "#l\u043ebb\u0443");
  expect_same("#lobby", "#\uff4cobby");
  expect_others("#lab1", "#labl");
  expect_others("#r0", "#ro");
  expect_others("#vi", "#vl");
}

TEST(ChatName, FoldsWhateverComes) {
  EXPECT_EQ(fold_chat_name("A\xff"), "a\xff");
  EXPECT_EQ(fold_chat_name(""), "");
  EXPECT_FALSE(fold_chat_name("\u200b").empty());
}

TEST(ChatName, FoldsOnlyOnce) {
  constexpr auto k_pieces = std::to_array<std::string_view>(
      {"a",      "I",      "l",      "0",      "O",      "_",      "\u0301",
       "\u0327", "\u0307", "\u0456", "\u0435", "\u0131", "\u0130", "\u00df",
       "\u1e9e", "\u03c3", "\u03c2", "\u03f2", "\u0390", "\u1f80", "\uff29",
       "\ufb01", "\u13da", "\uab70", "\uac00", "\u1100", "\u1161", "\U0001d412"});
  std::mt19937 random(39);
  std::uniform_int_distribution<std::size_t> piece(0, k_pieces.size() - 1);
  for (int i = 0; i < 20'000; ++i) {
    std::string name = i % 2 == 0 ? "" : "#";
    for (int left = 1 + i % 5; left > 0; --left) name += k_pieces[piece(random)];
    const std::string folded = fold_chat_name(name);
    ASSERT_FALSE(folded.empty());
    ASSERT_EQ(fold_chat_name(folded), folded) << name;
  }
}

// --- made of what was typed ---

TEST(ChatName, IsMadeOfWhatWasTyped) {
  EXPECT_EQ(make("ann"), "ann");
  EXPECT_EQ(make("  Nguy\u1ec5n V\u0103n A \r"), "Nguy\u1ec5n_V\u0103n_A");
  EXPECT_EQ(make("two  blanks"), "two__blanks");
  EXPECT_EQ(make("a\tb\u00a0"
                 "c\u3000"
                 "d"),
            "a_b_c_d");
  EXPECT_EQ(make("[bob]"), "bob");
  EXPECT_EQ(make("O'Neil"), "ONeil");
  EXPECT_EQ(make("\x1b[31mbob\u202e\u200b\xff"), "_31mbob");
  EXPECT_EQ(make("007"), "_007");
  EXPECT_EQ(make("-x"), "_-x");
  EXPECT_EQ(make("\u0301x"), "x");
  EXPECT_EQ(make("#!@,:"), "");
  EXPECT_EQ(make("   "), "");
  EXPECT_EQ(make(""), "");
  EXPECT_EQ(make("\U0001f427 penguin"), "penguin");
  EXPECT_EQ(make_user_name("abcdef", 4), "abcd");
  EXPECT_EQ(make_user_name("ab cd", 3), "ab_");
  EXPECT_EQ(make_user_name("1234", 1), "_");
  EXPECT_EQ(make_user_name("abc", 0), "");
}

TEST(ChatName, MakesNamesThatMayBe) {
  constexpr auto k_pieces = std::to_array<std::string_view>(
      {"a",      "Z",      "7",      "-",      ".",      "_",      " ",         "\t",
       "[",      "]",      "\x1b",   "\n",     "\xff",   "\u0301", "\u202e",    "\u200d",
       "\u00a0", "\ufdfa", "\uff11", "\u037a", "\u0435", "\u592a", "\U0001f427"});
  std::mt19937 random(1459);
  std::uniform_int_distribution<std::size_t> piece(0, k_pieces.size() - 1);
  for (int i = 0; i < 20'000; ++i) {
    std::string typed;
    for (int left = i % 9; left > 0; --left) typed += k_pieces[piece(random)];
    const std::string name = make_user_name(typed, 5);
    if (name.empty()) continue;
    ASSERT_EQ(why_no_user_name(name, 5), nullptr)
        << escape_terminal(typed) << " gave " << escape_terminal(name);
    ASSERT_EQ(make_user_name(name, 5), name);
  }
}

}  // namespace
}  // namespace patchbay
