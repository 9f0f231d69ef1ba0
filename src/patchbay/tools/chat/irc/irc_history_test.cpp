#include "patchbay/tools/chat/irc/irc_chat_fixture.hpp"
#include "patchbay/tools/chat/room/chat_recent.hpp"

namespace patchbay {
namespace {

// What is kept, and how often it was asked.
class KeptInMemory final : public ChatHistory {
 public:
  void keep(SharedChatMessage message) override { messages.push_back(std::move(message)); }
  void keep_topic(std::string_view, std::string_view, const ChatTopic&) override {}

  Task<Result<std::vector<ChatMessage>>> read(ChatHistoryQuery query) override {
    ++asked;
    if (fails) co_return Error(Fault::storage, "read the history", "the disk is gone");
    ChatRoom room;
    for (const SharedChatMessage& each : messages) {
      if (each->key == query.key) room.recent.push_back(each);
    }
    std::vector<ChatMessage> found;
    const auto all = read_recent(room, query, true);
    for (const SharedChatMessage& each : *all) found.push_back(*each);
    co_return found;
  }
  Task<Result<std::vector<ChatMessage>>> search(ChatSearch search) override {
    ++asked;
    searched = std::move(search);
    if (fails) co_return Error(Fault::storage, "search the history", "the disk is gone");
    co_return std::vector<ChatMessage>();
  }
  Task<Result<std::vector<ChatTarget>>> targets(std::vector<std::string> keys, WallTime, WallTime,
                                                std::size_t) override {
    std::vector<ChatTarget> found;
    for (const SharedChatMessage& each : messages) {
      if (std::ranges::find(keys, each->key) == keys.end()) continue;
      std::erase_if(found, [&](const ChatTarget& other) { return other.key == each->key; });
      found.push_back({.key = each->key, .to = each->to, .latest = each->at});
    }
    co_return found;
  }

  std::vector<SharedChatMessage> messages;
  std::size_t asked = 0;
  bool fails = false;
  ChatSearch searched;
};

struct IrcHistory : IrcChat {
  IrcClient ann{server, "ann"};
  IrcClient full{server, "full", k_full_irc};

  void SetUp() override {
    ann.says("JOIN #room");
    full.says("JOIN #room");
    ann.heard();
  }
  void say(int from, int to) {
    for (int i = from; i <= to; ++i) ann.says("PRIVMSG #room :line " + std::to_string(i));
    full.heard();
  }
};

TEST_F(IrcHistory, TheLatestInABatch) {
  say(1, 3);
  EXPECT_EQ(full.says("@label=h CHATHISTORY LATEST #ROOM * 2"),
            "@label=h :irc.example BATCH +1 chathistory #room\n"
            "@batch=1;time=2026-01-01T00:00:00.000Z;msgid=M "
            ":ann!ann_u@192.0.2.3 PRIVMSG #room :line 2\n"
            "@batch=1;time=2026-01-01T00:00:00.000Z;msgid=M "
            ":ann!ann_u@192.0.2.3 PRIVMSG #room :line 3\n"
            ":irc.example BATCH -1\n");
  EXPECT_EQ(ann.says("CHATHISTORY LATEST #room * 1"),
            ":ann!ann_u@192.0.2.3 PRIVMSG #room :line 3\n");
}

TEST_F(IrcHistory, AroundAMessage) {
  say(1, 5);
  const std::string id = chat_message_id(hub.find_room("#room")->recent[2]->id);
  const auto lines = [&](const std::string& question) {
    std::string text;
    const std::string told = ann.says(question);
    for (std::size_t at = told.find(":line "); at != told.npos; at = told.find(":line ", at + 1)) {
      text += told[at + 6];
    }
    return text;
  };
  EXPECT_EQ(lines("CHATHISTORY BEFORE #room msgid=" + id + " 9"), "12");
  EXPECT_EQ(lines("CHATHISTORY AFTER #room msgid=" + id + " 1"), "4");
  EXPECT_EQ(lines("CHATHISTORY AROUND #room msgid=" + id + " 3"), "234");
  EXPECT_EQ(lines("CHATHISTORY LATEST #room msgid=" + id + " 9"), "45");
  EXPECT_EQ(lines("CHATHISTORY BEFORE #room timestamp=2027-01-01T00:00:00.000Z 2"), "45");
  EXPECT_EQ(lines("CHATHISTORY AFTER #room timestamp=2025-01-01T00:00:00.000Z 2"), "12");
}

TEST_F(IrcHistory, AnEmptyBatchIsAnAnswer) {
  EXPECT_EQ(full.says("CHATHISTORY LATEST #room * 5"),
            ":irc.example BATCH +1 chathistory #room\n"
            ":irc.example BATCH -1\n");
}

TEST_F(IrcHistory, NotOfRoomsThatOneIsNotIn) {
  ann.says("JOIN #other\nPRIVMSG #other :hush");
  EXPECT_EQ(full.says("CHATHISTORY LATEST #other * 5"),
            ":irc.example FAIL CHATHISTORY INVALID_TARGET LATEST #other "
            ":Messages could not be retrieved\n");
  EXPECT_EQ(full.says("CHATHISTORY LATEST ann * 5"),
            ":irc.example FAIL CHATHISTORY INVALID_TARGET LATEST ann "
            ":Messages could not be retrieved\n");
  EXPECT_EQ(full.says("CHATHISTORY JUMP #room * 5"),
            ":irc.example FAIL CHATHISTORY INVALID_PARAMS JUMP :Unknown command\n");
}

struct IrcKeptHistory : IrcChat {
  KeptInMemory kept;
  ChatHub keeping{std::make_shared<const ChatSettings>(small_settings()), &kept, nullptr};
  IrcServer keeper = server_of(keeping);
  IrcClient ann{keeper, "ann"};
  IrcClient full{keeper, "full", irc::batch};

  static ChatSettings small_settings() {
    ChatSettings settings = settings_of_irc();
    settings.history.in_memory = 3;
    return settings;
  }
  void SetUp() override {
    keeping.set_account(ann.user, "Ann");
    keeping.set_account(full.user, "Full");
    ann.says("JOIN #room");
    full.says("JOIN #room");
    for (int i = 1; i <= 5; ++i) ann.says("PRIVMSG #room :line " + std::to_string(i));
    full.heard();
  }
};

TEST_F(IrcKeptHistory, IsAskedForWhatTheRoomHasForgotten) {
  const std::string three = full.says("CHATHISTORY LATEST #room * 3");
  EXPECT_EQ(kept.asked, 0U);
  const std::string four = full.says("CHATHISTORY LATEST #room * 4");
  EXPECT_EQ(kept.asked, 1U);
  EXPECT_EQ(four,
            ":irc.example BATCH +2 chathistory #room\n"
            "@batch=2 :ann!ann_u@192.0.2.3 PRIVMSG #room :line 2\n"
            "@batch=2 :ann!ann_u@192.0.2.3 PRIVMSG #room :line 3\n"
            "@batch=2 :ann!ann_u@192.0.2.3 PRIVMSG #room :line 4\n"
            "@batch=2 :ann!ann_u@192.0.2.3 PRIVMSG #room :line 5\n"
            ":irc.example BATCH -2\n");
  kept.fails = true;
  EXPECT_EQ(full.says("CHATHISTORY LATEST #room * 4"),
            ":irc.example FAIL CHATHISTORY MESSAGE_ERROR LATEST #room "
            ":Messages could not be retrieved\n");
}

TEST_F(IrcKeptHistory, BetweenTwoAccounts) {
  ann.says("PRIVMSG full :psst");
  full.says("PRIVMSG ann :what?");
  const std::string_view both =
      "@batch=1 :ann!ann_u@192.0.2.3 PRIVMSG full :psst\n"
      "@batch=1 :full!full_u@192.0.2.4 PRIVMSG ann :what?\n";
  EXPECT_EQ(
      full.says("CHATHISTORY LATEST ann * 9"),
      ":irc.example BATCH +1 chathistory ann\n" + std::string(both) + ":irc.example BATCH -1\n");
  // Also when the other one is gone.
  ann.user.leave("gone");
  full.heard();
  const std::string later = full.says("CHATHISTORY LATEST ann * 9");
  EXPECT_NE(later.find("PRIVMSG full :psst\n"), later.npos);
  IrcClient nosy(keeper, "nosy");
  EXPECT_EQ(nosy.says("CHATHISTORY LATEST full * 9"),
            ":irc.example FAIL CHATHISTORY INVALID_TARGET LATEST full "
            ":Messages could not be retrieved\n");
}

TEST_F(IrcKeptHistory, Targets) {
  ann.says("PRIVMSG full :psst");
  const std::string past = "timestamp=2025-01-01T00:00:00.000Z";
  const std::string future = "timestamp=2027-01-01T00:00:00.000Z";
  full.heard();
  EXPECT_EQ(full.says("CHATHISTORY TARGETS " + past + ' ' + future + " 9"),
            ":irc.example BATCH +1 draft/chathistory-targets\n"
            "@batch=1 :irc.example CHATHISTORY TARGETS #room 2026-01-01T00:00:00.000Z\n"
            "@batch=1 :irc.example CHATHISTORY TARGETS ann 2026-01-01T00:00:00.000Z\n"
            ":irc.example BATCH -1\n");
  EXPECT_EQ(full.says("CHATHISTORY TARGETS " + past + ' ' + future + " 1"),
            ":irc.example BATCH +2 draft/chathistory-targets\n"
            "@batch=2 :irc.example CHATHISTORY TARGETS #room 2026-01-01T00:00:00.000Z\n"
            ":irc.example BATCH -2\n");
  EXPECT_EQ(full.says("CHATHISTORY TARGETS " + future + ' ' + past + " 1"),
            ":irc.example BATCH +3 draft/chathistory-targets\n"
            "@batch=3 :irc.example CHATHISTORY TARGETS ann 2026-01-01T00:00:00.000Z\n"
            ":irc.example BATCH -3\n");
  EXPECT_EQ(full.says("CHATHISTORY TARGETS " + future + ' ' + future + " 9"),
            ":irc.example BATCH +4 draft/chathistory-targets\n"
            ":irc.example BATCH -4\n");
}

// --- SEARCH --------------------------------------------------------------------------------------

TEST_F(IrcHistory, SearchesWhatRoomsRemember) {
  ann.says("JOIN #other\nPRIVMSG #other :Tea is secret");
  full.says("PRIVMSG #room :any tea left?");
  ann.says("PRIVMSG #room :The TEA is gone\nPRIVMSG #room :coffee then");
  full.heard();
  const std::string begin = ":irc.example BATCH +1 soju.im/search\n";
  const std::string tags = "@batch=1;time=2026-01-01T00:00:00.000Z;msgid=M ";
  EXPECT_EQ(full.says("SEARCH text=tea"),
            begin + tags + ":full!full_u@192.0.2.4 PRIVMSG #room :any tea left?\n" + tags +
                ":ann!ann_u@192.0.2.3 PRIVMSG #room :The TEA is gone\n:irc.example BATCH -1\n");
  EXPECT_NE(full.says("SEARCH text=gone\\stea;from=ANN;in=#room;limit=1").find("The TEA is gone\n"),
            std::string::npos);
  EXPECT_EQ(full.says("SEARCH text=tea;after=2027-01-01T00:00:00.000Z"),
            ":irc.example BATCH +3 soju.im/search\n:irc.example BATCH -3\n");
}

TEST_F(IrcHistory, SearchesOnlyWhereOneIs) {
  ann.says("JOIN #other\nPRIVMSG #other :Tea is secret");
  EXPECT_EQ(full.says("SEARCH text=tea;in=#other"),
            ":irc.example FAIL SEARCH INVALID_PARAMS in :Invalid parameters\n");
  IrcClient nosy(server, "nosy", irc::batch);
  EXPECT_EQ(nosy.says("SEARCH text=tea"),
            ":irc.example BATCH +1 soju.im/search\n"
            ":irc.example BATCH -1\n");
  EXPECT_EQ(full.says("SEARCH limit=none"),
            ":irc.example FAIL SEARCH INVALID_PARAMS limit :Invalid parameters\n");
  EXPECT_EQ(full.says("SEARCH before=noon"),
            ":irc.example FAIL SEARCH INVALID_PARAMS before :Invalid parameters\n");
}

TEST_F(IrcKeptHistory, SearchesWhatIsKept) {
  EXPECT_EQ(full.says("SEARCH text=good\\smorning;from=ann;limit=7"),
            ":irc.example BATCH +1 soju.im/search\n:irc.example BATCH -1\n");
  EXPECT_EQ(kept.searched.text, "good morning");
  EXPECT_EQ(kept.searched.keys, std::vector<std::string>{"#room"});
  EXPECT_EQ(kept.searched.from, "ann");
  EXPECT_EQ(kept.searched.limit, 7U);
  full.says("PART #room");
  kept.asked = 0;
  full.says("SEARCH text=good");
  EXPECT_EQ(kept.asked, 0U);
  ann.heard();
  kept.fails = true;
  EXPECT_EQ(ann.says("SEARCH text=good"),
            ":irc.example FAIL SEARCH INTERNAL_ERROR :The search could not be run\n");
}

}  // namespace
}  // namespace patchbay
