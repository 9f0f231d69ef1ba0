#include "patchbay/tools/chat/irc/irc_mode_request.hpp"

#include <gtest/gtest.h>

namespace patchbay {
namespace {

IrcModeRequest read(const std::vector<std::string_view>& words) { return read_irc_modes(words); }

// "+o ann, -m": the changes, as they are understood.
std::string changes(const std::vector<std::string_view>& words) {
  std::string text;
  for (const ChatModeChange& change : read(words).changes) {
    if (!text.empty()) text += ", ";
    text += change.set ? '+' : '-';
    text += irc_letter_of(change.mode);
    if (!change.argument.empty()) text += ' ' + change.argument;
  }
  return text;
}

// "k x: why", of letters that nobody knows the letter alone.
std::string problems(const std::vector<std::string_view>& words) {
  std::string text;
  for (const IrcModeProblem& problem : read(words).problems) {
    if (!text.empty()) text += ", ";
    text += problem.letter;
    if (!problem.argument.empty()) (text += ' ') += problem.argument;
    if (!problem.why.empty()) (text += ": ") += problem.why;
  }
  return text;
}

TEST(IrcModeRequest, LettersAndArguments) {
  EXPECT_EQ(changes({"+m"}), "+m");
  EXPECT_EQ(changes({"ims"}), "+i, +m, +s");
  EXPECT_EQ(changes({"+ov-v+t", "ann", "bob", "cy"}), "+o ann, +v bob, -v cy, +t");
  EXPECT_EQ(changes({"+-+n--t"}), "+n, -t");
  EXPECT_EQ(changes({"+kl", "word", "20"}), "+k word, +l 20");
  EXPECT_EQ(changes({"-kl", "word"}), "-k, -l");
  EXPECT_EQ(changes({"-kl"}), "-k, -l");
  EXPECT_EQ(changes({}), "");
  EXPECT_EQ(changes({""}), "");
}

TEST(IrcModeRequest, MasksAreMadeWhole) {
  EXPECT_EQ(changes({"+b-b", "ann", "*@192.0.2.*"}), "+b ann!*@*, -b *!*@192.0.2.*");
  EXPECT_EQ(whole_irc_mask("ann!a@host"), "ann!a@host");
  EXPECT_EQ(whole_irc_mask("ann!a"), "ann!a@*");
  EXPECT_EQ(whole_irc_mask("ann@host"), "*!ann@host");
  EXPECT_EQ(whole_irc_mask(std::string(1000, 'x')), std::string(128, 'x') + "!*@*");
}

TEST(IrcModeRequest, ListsAreAskedForWithoutAMask) {
  const IrcModeRequest request = read({"beb+I"});
  EXPECT_EQ(request.lists,
            (std::vector<ChatMode>{ChatMode::ban, ChatMode::ban_except, ChatMode::invite_except}));
  EXPECT_TRUE(request.changes.empty());
  EXPECT_TRUE(request.problems.empty());
}

TEST(IrcModeRequest, SaysWhatIsWrong) {
  EXPECT_EQ(problems({"+xm"}), "x");
  EXPECT_EQ(problems({"+o"}), "o: A nickname is missing");
  EXPECT_EQ(problems({"+k"}), "k: This cannot be a key");
  EXPECT_EQ(problems({"+k", "a,b"}), "k a,b: This cannot be a key");
  EXPECT_EQ(problems({"+k", std::string(33, 'k')}),
            "k " + std::string(33, 'k') + ": This cannot be a key");
  EXPECT_EQ(problems({"+l"}), "l: This cannot be a limit");
  for (const std::string_view limit : {"0", "-1", "x", "9x", "99999999999"}) {
    EXPECT_EQ(problems({"+l", limit}), "l " + std::string(limit) + ": This cannot be a limit");
  }
  EXPECT_EQ(problems({"+b", ":x"}), "b :x: This is no mask");
  EXPECT_EQ(problems({"+b", "a b"}), "b a b: This is no mask");
  EXPECT_EQ(problems({"+b", "\xff"}), "b \xff: This is no mask");
}

TEST(IrcModeRequest, IsLimited) {
  EXPECT_EQ(changes({"+vvvvvvvv", "a", "b", "c", "d", "e", "f", "g", "h"}),
            "+v a, +v b, +v c, +v d, +v e, +v f");
  std::string long_line;
  for (int i = 0; i < 200; ++i) long_line += "+m-m";
  EXPECT_LE(read({long_line}).changes.size(), 18U);
  EXPECT_EQ(read({"+xyzXYZ"}).problems.size(), 4U);
}

}  // namespace
}  // namespace patchbay
