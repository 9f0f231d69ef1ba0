#include "patchbay/wire/chat_line.hpp"

#include <gtest/gtest.h>

#include <array>
#include <random>
#include <vector>

namespace patchbay {
namespace {

using Kind = ChatShown::Kind;

// --- what is typed ---

struct Typed {
  std::string_view line;
  ChatVerb verb;
  std::string_view target;
  std::string_view text;
};

TEST(ChatLine, KnowsWhatATypedLineMeans) {
  for (const Typed& wanted : std::vector<Typed>{
           {"hello", ChatVerb::say, "", "hello"},
           {"  hello you \t\r", ChatVerb::say, "", "hello you"},
           {"", ChatVerb::nothing, "", ""},
           {" \t ", ChatVerb::nothing, "", ""},
           {"/quit", ChatVerb::quit, "", ""},
           {"/QUIT", ChatVerb::quit, "", ""},
           {"/quit  good night ", ChatVerb::quit, "", "good night"},
           {"/users", ChatVerb::users, "", ""},
           {"/Users #dev", ChatVerb::users, "#dev", ""},
           {"/names", ChatVerb::users, "", ""},
           {"/join #dev", ChatVerb::join, "#dev", ""},
           {"/join dev\tsecret", ChatVerb::join, "dev", "secret"},
           {"/join", ChatVerb::join, "", ""},
           {"/part", ChatVerb::part, "", ""},
           {"/leave #dev bye now", ChatVerb::part, "#dev", "bye now"},
           {"/rooms", ChatVerb::rooms, "", ""},
           {"/list", ChatVerb::rooms, "", ""},
           {"/nick Ann Two", ChatVerb::nick, "", "Ann Two"},
           {"/msg bob are you there?", ChatVerb::tell, "bob", "are you there?"},
           {"/msg bob", ChatVerb::tell, "bob", ""},
           {"/me waves", ChatVerb::act, "", "waves"},
           {"/topic what we do", ChatVerb::topic, "", "what we do"},
           {"/history 20", ChatVerb::history, "", "20"},
           {"/help", ChatVerb::help, "", ""},
           {"/?", ChatVerb::help, "", ""},
           {"/dance now", ChatVerb::unknown, "dance", "now"},
           {"/", ChatVerb::unknown, "", ""},
           {"//usr/bin", ChatVerb::say, "", "/usr/bin"},
           {" /usr/bin", ChatVerb::say, "", "/usr/bin"},
           {"a /quit", ChatVerb::say, "", "a /quit"},
       }) {
    const ChatInput input = parse_chat_input(wanted.line);
    EXPECT_EQ(input.verb, wanted.verb) << wanted.line;
    EXPECT_EQ(input.target, wanted.target) << wanted.line;
    EXPECT_EQ(input.text, wanted.text) << wanted.line;
  }
}

TEST(ChatLine, TakesBackWhatWasTakenBack) {
  EXPECT_EQ(take_back("hello"), "hello");
  EXPECT_EQ(take_back("helo\x08lo"), "hello");
  EXPECT_EQ(take_back("helo\x7flo"), "hello");
  EXPECT_EQ(take_back("gr\u00fc\x7fun"), "grun") << "a character and not a byte";
  EXPECT_EQ(take_back("\u65e5\u672c\x08\x08\x08x"), "x");
  EXPECT_EQ(take_back("wrong\x15right"), "right");
  EXPECT_EQ(take_back("\x08\x7f\x15"), "");
  EXPECT_EQ(take_back("a\x80\x80\x08"), "");
}

// --- what is shown ---

std::string line_of(const ChatShown& shown) {
  std::string out;
  append_chat_line(out, shown);
  return out;
}

TEST(ChatLine, ShowsLinesAsTheTutorialDid) {
  EXPECT_EQ(line_of({.kind = Kind::notice, .text = "ann joined the chat!"}),
            "[SERVER] ann joined the chat!\n");
  EXPECT_EQ(line_of({.kind = Kind::said, .from = "ann", .text = "hi"}), "[ann] hi\n");
}

TEST(ChatLine, ShowsWhatTheTutorialDidNotHave) {
  EXPECT_EQ(line_of({.kind = Kind::said, .from = "ann", .room = "#dev", .text = "hi"}),
            "[ann@#dev] hi\n");
  EXPECT_EQ(line_of({.kind = Kind::act, .from = "ann", .text = "waves"}), "* ann waves\n");
  EXPECT_EQ(line_of({.kind = Kind::act, .from = "ann", .room = "#dev", .text = "waves"}),
            "* ann@#dev waves\n");
  EXPECT_EQ(line_of({.kind = Kind::told, .from = "ann", .to = "bob", .text = "psst"}),
            "[ann -> bob] psst\n");
}

TEST(ChatLine, TellsNoLineForAnother) {
  for (const std::string_view line :
       {"", "[", "[ann", "[ann]", "ann: hi", "* ", "*", "* ann", "*  x", "[] hi", "[@#dev] hi",
        "[ann@] hi", "[ -> bob] hi", "[ann -> ] hi", "* @#dev waves", "Enter your username: "}) {
    EXPECT_FALSE(parse_chat_line(line)) << line;
  }
}

// Names as chat_name lets them be, and any text: the line says who it is from.
TEST(ChatLine, ReadsWhatItShows) {
  constexpr auto k_names = std::to_array<std::string_view>({"ann", "bob", "j.doe", "a^b|c-_"});
  constexpr auto k_rooms = std::to_array<std::string_view>({"", "#dev", "##a@b", "#->"});
  constexpr auto k_words = std::to_array<std::string_view>(
      {"hi", "[SERVER]", "[bob]", "]", "->", "* bob", "@#dev", "-> bob]", "  ", "*"});
  std::mt19937 random(6000);
  const auto pick = [&random](const auto& from) {
    return from[std::uniform_int_distribution<std::size_t>(0, from.size() - 1)(random)];
  };
  for (int i = 0; i < 20'000; ++i) {
    ChatShown shown{.kind = static_cast<Kind>(i % 4)};
    if (shown.kind != Kind::notice) shown.from = pick(k_names);
    if (shown.kind == Kind::told) shown.to = pick(k_names);
    if (shown.kind == Kind::said || shown.kind == Kind::act) shown.room = pick(k_rooms);
    std::string text;
    for (int words = i % 5; words > 0; --words) (text += pick(k_words)) += ' ';
    shown.text = text;
    const std::string line = line_of(shown);
    const auto read = parse_chat_line(std::string_view(line).substr(0, line.size() - 1));
    ASSERT_TRUE(read) << line;
    ASSERT_EQ(*read, shown) << line;
  }
}

}  // namespace
}  // namespace patchbay
