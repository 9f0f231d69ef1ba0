#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>

#include "patchbay/tools/chat/chat_cli.hpp"
#include "patchbay/tools/chat/history/chat_history_fixture.hpp"
#include "patchbay/tools/command_fixture.hpp"

namespace patchbay {
namespace {

class ChatLogCli : public ChatHistoryTest {
 protected:
  CommandRan run(CommandWords words, bool json = false) const {
    Command patchbay("patchbay", "", nullptr);
    Command& chat = patchbay.group("chat", "");
    declare_chat_log(chat);
    words.emplace_back("db", path());
    return run_command(*chat.find("log"), words, {.json = json});
  }
  void store(const std::vector<SharedChatMessage>& messages) {
    auto opened = shelf();
    ASSERT_TRUE(opened.store(messages, {}));
  }
};

TEST_F(ChatLogCli, PrintsWhatWasSaid) {
  const auto action = std::make_shared<const ChatMessage>(ChatMessage{.id = 1003,
                                                                      .sequence = 3,
                                                                      .key = "#lobby",
                                                                      .to = "#lobby",
                                                                      .at = second(3),
                                                                      .tone = ChatTone::action,
                                                                      .from = {.name = "ann"},
                                                                      .text = "waves"});
  store({said(1), said(2, {.from = "bob"}), action});
  const CommandRan ran = run({{"", "lobby"}});
  EXPECT_EQ(ran.code, exit_ok) << ran.err;
  EXPECT_EQ(ran.out,
            "2020-01-01 00:00:01 [ann] message 1\n"
            "2020-01-01 00:00:02 [bob] message 2\n"
            "2020-01-01 00:00:03 * ann waves\n");
  EXPECT_EQ(run({{"", "#LOBBY"}}).out, ran.out);
}

TEST_F(ChatLogCli, PrintsJson) {
  store({said(1, {.text = "say \"hi\""})});
  const CommandRan ran = run({{"", "lobby"}}, true);
  EXPECT_EQ(ran.code, exit_ok) << ran.err;
  EXPECT_NE(ran.out.find(R"({"type":"message","ts":"2020-01-01T00:00:01.000000Z",)"
                         R"("id":"00000000000003e9","sequence":1,"room":"#lobby","from":"ann",)"
                         R"("account":"","tone":"message","text":"say \"hi\""})"),
            std::string::npos)
      << ran.out;
  EXPECT_NE(ran.out.find(R"("messages":1)"), std::string::npos);
}

TEST_F(ChatLogCli, EscapesWhatComesFromStrangers) {
  store({said(1, {.text = "\x1b[2J\xe2\x80\xae evil \xc2\x9b", .from = "a\x1b]0;x\x07"})});
  const CommandRan ran = run({{"", "lobby"}});
  for (const char c : ran.out) {
    EXPECT_TRUE(c == '\n' || (c >= ' ' && c < 0x7f)) << static_cast<int>(c);
  }
}

TEST_F(ChatLogCli, ChoosesWhichOnes) {
  store(said_from(1, 2500));
  const auto lines = [&](CommandWords words) {
    words.emplace_back("", "lobby");
    const CommandRan ran = run(words);
    EXPECT_EQ(ran.code, exit_ok) << ran.err;
    return std::ranges::count(ran.out, '\n');
  };
  EXPECT_EQ(lines({}), 100);
  EXPECT_EQ(lines({{"last", "3"}}), 3);
  EXPECT_EQ(lines({{"last", "2400"}}), 2400);
  EXPECT_EQ(lines({{"since", "2020-01-01"}}), 2500) << "page after page";
  EXPECT_EQ(lines({{"since", "2020-01-01 00:00:10"}, {"until", "2020-01-01T00:00:20Z"}}), 10);
  EXPECT_EQ(lines({{"since", "2020-01-01 00:41:35"}, {"last", "50"}}), 6);
  EXPECT_EQ(lines({{"until", "2020-01-01 00:00:05"}, {"last", "2"}}), 2);
  EXPECT_EQ(lines({{"until", "2020-01-01 00:00:05"}}), 4);
  EXPECT_EQ(lines({{"search", "message 2500"}}), 1);
  EXPECT_EQ(lines({{"search", "message"}, {"last", "7"}}), 7);
  EXPECT_EQ(lines({{"search", "message"}, {"until", "2020-01-01 00:00:05"}}), 4);
  EXPECT_EQ(lines({{"since", "2021-01-01"}}), 0);
}

TEST_F(ChatLogCli, SaysWhatIsWrong) {
  EXPECT_EQ(run({{"", "lobby"}}).code, exit_failed) << "there is no file";
  EXPECT_FALSE(std::filesystem::exists(path()));
  store({said(1)});
  const CommandRan missing = run({{"", "lob\x1b"}});
  EXPECT_EQ(missing.code, exit_failed);
  EXPECT_NE(missing.err.find("there is no room #lob\\x1b"), std::string::npos) << missing.err;
  const CommandRan wrong = run({{"", "lobby"}, {"since", "soon"}});
  EXPECT_EQ(wrong.code, exit_usage);
  EXPECT_NE(wrong.err.find("soon"), std::string::npos);
}

}  // namespace
}  // namespace patchbay
