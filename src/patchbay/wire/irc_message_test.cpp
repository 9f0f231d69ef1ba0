#include "patchbay/wire/irc_message.hpp"

#include <gtest/gtest.h>

#include <random>
#include <vector>

namespace patchbay {
namespace {

using namespace std::string_view_literals;
using Words = std::vector<std::string_view>;

struct Parsed {
  std::string_view line;
  std::string_view source;
  std::string_view command;
  Words parameters;
};

Words parameters_of(const IrcMessage& message) {
  const auto all = message.all();
  return {all.begin(), all.end()};
}

// Lines that parsers of IRC are held to, in the words of this page.
TEST(IrcMessage, TakesALineApart) {
  for (const Parsed& wanted : std::vector<Parsed>{
           {"foo bar baz asdf", "", "foo", {"bar", "baz", "asdf"}},
           {"foo", "", "foo", {}},
           {":coolguy foo bar baz asdf", "coolguy", "foo", {"bar", "baz", "asdf"}},
           {"foo bar baz :asdf quux", "", "foo", {"bar", "baz", "asdf quux"}},
           {"foo bar baz :", "", "foo", {"bar", "baz", ""}},
           {"foo bar baz ::asdf", "", "foo", {"bar", "baz", ":asdf"}},
           {":coolguy foo bar baz :  asdf quux ", "coolguy", "foo", {"bar", "baz", "  asdf quux "}},
           {":coolguy PRIVMSG bar :lol :) ", "coolguy", "PRIVMSG", {"bar", "lol :) "}},
           {":coolguy foo bar baz :  ", "coolguy", "foo", {"bar", "baz", "  "}},
           {"@a=b;c=32;k;rt=ql7 foo", "", "foo", {}},
           {"@c;h=;a=b :quux ab cd", "quux", "ab", {"cd"}},
           {":src JOIN #chan", "src", "JOIN", {"#chan"}},
           {":src JOIN :#chan", "src", "JOIN", {"#chan"}},
           {":src AWAY", "src", "AWAY", {}},
           {":src AWAY ", "src", "AWAY", {}},
           {":src AWAY :", "src", "AWAY", {""}},
           {":cool\tguy foo bar baz", "cool\tguy", "foo", {"bar", "baz"}},
           {":coolguy!ag@net\x03w\x03ork.admin PRIVMSG foo :bar baz",
            "coolguy!ag@net\x03w\x03ork.admin",
            "PRIVMSG",
            {"foo", "bar baz"}},
           {":SomeOp MODE #channel +oo SomeUser :AnotherUser",
            "SomeOp",
            "MODE",
            {"#channel", "+oo", "SomeUser", "AnotherUser"}},
           // Blanks more than needed, as some servers send them.
           {":irc.example 432  #momo :Erroneous Nickname: Illegal characters",
            "irc.example",
            "432",
            {"#momo", "Erroneous Nickname: Illegal characters"}},
           {":irc.example MODE #tckk +n ", "irc.example", "MODE", {"#tckk", "+n"}},
           {":irc.example MODE #foo-bar +o foobar  ",
            "irc.example",
            "MODE",
            {"#foo-bar", "+o", "foobar"}},
           {"@time=1   :a   PING   b   ", "a", "PING", {"b"}},
       }) {
    const auto message = parse_irc(wanted.line);
    ASSERT_TRUE(message) << wanted.line;
    EXPECT_EQ(message->source, wanted.source) << wanted.line;
    EXPECT_EQ(message->command, wanted.command) << wanted.line;
    EXPECT_EQ(parameters_of(*message), wanted.parameters) << wanted.line;
  }
}

TEST(IrcMessage, RefusesWhatHasNoCommandOrCannotBeALine) {
  for (const std::string_view line :
       {""sv, " "sv, "  PING a"sv, "@a=b"sv, "@a=b "sv, ":ann"sv, ":ann "sv, "@a :ann "sv, "@"sv,
        ":"sv, "PING a\0b"sv, "PING a\r"sv, "PING a\nQUIT"sv, "\nPING"sv}) {
    EXPECT_FALSE(parse_irc(line)) << line;
  }
}

TEST(IrcMessage, PutsFurtherParametersIntoTheFifteenth) {
  const auto message = parse_irc("c 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 :17 18");
  ASSERT_TRUE(message);
  EXPECT_EQ(message->count, k_irc_parameters);
  EXPECT_EQ(message->parameter(13), "14");
  EXPECT_EQ(message->parameter(14), "15 16 :17 18");
  EXPECT_EQ(message->parameter(15), "");
}

TEST(IrcMessage, ComparesCommandsWithoutRegardToCase) {
  EXPECT_TRUE(parse_irc("privMsg a b")->is("PRIVMSG"));
  EXPECT_FALSE(parse_irc("PRIVMSGS a b")->is("PRIVMSG"));
}

// --- tags ---

TEST(IrcMessage, ReadsTags) {
  const auto message = parse_irc("@a=b\\\\and\\nk;c=72\\s45;d=gh\\:764;e;f=;vendor/g=1 foo");
  ASSERT_TRUE(message);
  EXPECT_EQ(irc_tag(message->tags, "a"), "b\\and\nk");
  EXPECT_EQ(irc_tag(message->tags, "c"), "72 45");
  EXPECT_EQ(irc_tag(message->tags, "d"), "gh;764");
  EXPECT_EQ(irc_tag(message->tags, "e"), "");
  EXPECT_EQ(irc_tag(message->tags, "f"), "");
  EXPECT_EQ(irc_tag(message->tags, "vendor/g"), "1");
  EXPECT_EQ(irc_tag(message->tags, "g"), std::nullopt);
  EXPECT_EQ(irc_tag(message->tags, "A"), std::nullopt) << "keys have a case";
}

TEST(IrcMessage, TakesTheLastTagOfAKey) {
  EXPECT_EQ(irc_tag("a=1;b=3;c=4;a=5", "a"), "5");
  EXPECT_EQ(irc_tag("a=1;b=3;vendor/b=8", "b"), "3");
  EXPECT_EQ(irc_tag("a=1;;;a;", "a"), "");
}

TEST(IrcMessage, DropsABackslashThatEscapesNothing) {
  EXPECT_EQ(unescape_irc_tag_value("value\\1"), "value1");
  EXPECT_EQ(unescape_irc_tag_value("value1\\"), "value1");
  EXPECT_EQ(unescape_irc_tag_value("value\\\\ntest"), "value\\ntest");
  EXPECT_EQ(unescape_irc_tag_value("\\\\\\\\\\:\\\\s\\s\\r\\n"), "\\\\;\\s \r\n");
}

TEST(IrcMessage, EscapesTagValuesSoThatTheyStandInALine) {
  std::string out = "key=";
  append_irc_tag_value(out, "a;b c\\d\r\n\0e"sv);
  EXPECT_EQ(out, "key=a\\:b\\sc\\\\d\\r\\ne");
  EXPECT_EQ(unescape_irc_tag_value(std::string_view(out).substr(4)), "a;b c\\d\r\ne");
}

// --- writing ---

std::string written(const IrcMessage& message) {
  std::string out;
  return append_irc(out, message) ? out : "(refused)" + out;
}

IrcMessage message_of(std::string_view command, const Words& parameters) {
  IrcMessage message{.command = command, .count = parameters.size()};
  for (std::size_t i = 0; i < parameters.size(); ++i) message.parameters[i] = parameters[i];
  return message;
}

TEST(IrcMessage, WritesALineThatReadsTheSame) {
  EXPECT_EQ(written(message_of("PING", {})), "PING\r\n");
  EXPECT_EQ(written(message_of("JOIN", {"#a"})), "JOIN #a\r\n");
  EXPECT_EQ(written(message_of("PRIVMSG", {"#a", "b c"})), "PRIVMSG #a :b c\r\n");
  EXPECT_EQ(written(message_of("PRIVMSG", {"#a", ":)"})), "PRIVMSG #a ::)\r\n");
  EXPECT_EQ(written(message_of("TOPIC", {"#a", ""})), "TOPIC #a :\r\n");
  IrcMessage full = message_of("NOTICE", {"ann", "hi"});
  full.tags = "time=1;msgid=2";
  full.source = "bob!b@host";
  EXPECT_EQ(written(full), "@time=1;msgid=2 :bob!b@host NOTICE ann hi\r\n");
}

TEST(IrcMessage, WritesNothingThatWouldReadOtherwise) {
  for (const IrcMessage& message :
       {message_of("", {}), message_of("A B", {}), message_of(":A", {}), message_of("@A", {}),
        message_of("A", {"", "b"}), message_of("A", {"b c", "d"}), message_of("A", {":b", "c"}),
        message_of("A", {"b\r\nQUIT"}), message_of("A", {"b\nQUIT", "c"}),
        message_of("A", {"b\0c"sv}), message_of("A\n", {})}) {
    EXPECT_EQ(written(message), "(refused)");
  }
  IrcMessage tagged = message_of("A", {});
  tagged.tags = "a=b c";
  EXPECT_EQ(written(tagged), "(refused)");
  tagged.tags = {};
  tagged.source = "ann\r\n";
  EXPECT_EQ(written(tagged), "(refused)");
}

TEST(IrcMessage, ReadsWhatItWrites) {
  std::mt19937 random(1459);
  const std::string_view letters = "ab:@ #;\\";
  std::uniform_int_distribution<std::size_t> letter(0, letters.size() - 1);
  std::uniform_int_distribution<std::size_t> length(0, 5);
  const auto word = [&] {
    std::string text(length(random), ' ');
    for (char& c : text) c = letters[letter(random)];
    return text;
  };
  std::size_t wrote = 0;
  for (int i = 0; i < 20'000; ++i) {
    std::vector<std::string> words(2 + 1 + length(random));
    for (std::string& one : words) one = word();
    IrcMessage message{.tags = words[0], .source = words[1], .command = words[2]};
    for (std::size_t at = 3; at < words.size(); ++at) {
      message.parameters[message.count++] = words[at];
    }
    std::string line;
    if (!append_irc(line, message)) continue;
    ++wrote;
    ASSERT_TRUE(line.ends_with("\r\n"));
    const auto read = parse_irc(std::string_view(line).substr(0, line.size() - 2));
    ASSERT_TRUE(read) << line;
    EXPECT_EQ(read->tags, message.tags) << line;
    EXPECT_EQ(read->source, message.source) << line;
    EXPECT_EQ(read->command, message.command) << line;
    EXPECT_EQ(parameters_of(*read), parameters_of(message)) << line;
  }
  EXPECT_GT(wrote, 200U);
}

// --- names and masks ---

TEST(IrcMessage, FoldsLettersOfAsciiOnly) {
  EXPECT_EQ(fold_irc("Ann[]\\~\xc3\x84"), "ann[]\\~\xc3\x84");
  EXPECT_TRUE(same_irc_name("#Lobby", "#lobby"));
  EXPECT_FALSE(same_irc_name("ann{", "ann["));
}

TEST(IrcMessage, FitsMasks) {
  for (const auto& [mask, text] : std::vector<std::pair<std::string_view, std::string_view>>{
           {"", ""},
           {"*", ""},
           {"*", "anything"},
           {"**?**", "x"},
           {"ann!*@*", "Ann!a@host.example"},
           {"*!*@*.EXAMPLE", "ann!a@host.example"},
           {"*a*b*c", "xxaxxbxxbxxc"},
           {"a?c", "abc"},
           {"a?c",
            "a\xc3\xa4"
            "c"},
           {"*?c",
            "\xe6\x97\xa5"
            "c"},
           {"a\\*c", "a*c"},
           {"a\\?c", "a?c"},
           {"a\\\\c", "a\\c"},
           {"a\\c", "a\\c"},
           {"*\\*", "abc*"},
       }) {
    EXPECT_TRUE(matches_irc_mask(mask, text)) << mask << " " << text;
  }
  for (const auto& [mask, text] : std::vector<std::pair<std::string_view, std::string_view>>{
           {"", "a"},
           {"a", ""},
           {"?", ""},
           {"a?c", "ac"},
           {"a?c", "abbc"},
           {"ann", "anna"},
           {"*ann", "anna"},
           {"a\\*c", "abc"},
           {"a\\?c", "abc"},
           {"*a*b*c", "xxbxxaxxc"},
           {"*!*@*", "ann@host"},
       }) {
    EXPECT_FALSE(matches_irc_mask(mask, text)) << mask << " " << text;
  }
}

// Whoever goes back to each star takes 2^60 steps for this.
TEST(IrcMessage, FitsHostileMasksToo) {
  std::string mask;
  for (int i = 0; i < 60; ++i) mask += "*a";
  mask += "*b";
  EXPECT_FALSE(matches_irc_mask(mask, std::string(400, 'a')));
  EXPECT_TRUE(matches_irc_mask(mask, std::string(400, 'a') + "b"));
}

}  // namespace
}  // namespace patchbay
