#include "patchbay/tools/chat/history/chat_pages.hpp"

#include "patchbay/tools/chat/history/chat_history_fixture.hpp"

namespace patchbay {
namespace {

using Way = ChatHistoryQuery::Way;

ChatPoint id(std::uint64_t n) { return {.id = 1000 + n, .at = {}}; }
ChatPoint at(std::uint64_t n) { return {.id = {}, .at = second(n)}; }

class ChatPagesTest : public ChatHistoryTest {
 protected:
  // Numbers 1 to 9 in the lobby, with some of another room between them.
  void SetUp() override {
    auto shelf = this->shelf();
    std::vector<SharedChatMessage> messages = said_from(1, 9);
    messages.insert(messages.begin() + 3, said(50, {.key = "#ops", .text = "other"}));
    ASSERT_TRUE(shelf.store(messages, {}));
  }
  std::string read(ChatHistoryQuery query) {
    query.key = "#lobby";
    return numbers(pages_->read(query));
  }
  std::string search(ChatSearch search) {
    if (search.keys.empty()) search.keys = {"#lobby"};
    return numbers(pages_->search(search));
  }
  void open() { pages_.emplace(pages()); }

  std::optional<ChatPages> pages_;
};

TEST_F(ChatPagesTest, GiveWhatWasKept) {
  auto shelf = this->shelf();
  const auto message = std::make_shared<const ChatMessage>(
      ChatMessage{.id = 2000,
                  .sequence = 7,
                  .key = "ann bob",
                  .to = "Bob",
                  .at = second(7),
                  .tone = ChatTone::action,
                  .from = {.name = "Ann", .user = "a", .host = "2001:db8::1", .account = "ann"},
                  .text = "waves \x02 \xe2\x98\xba",
                  .tags = "+reply=17"});
  ASSERT_TRUE(shelf.store(std::vector<SharedChatMessage>{message}, {}));
  auto pages = this->pages();
  const auto read = pages.read({.key = "ann bob"});
  ASSERT_TRUE(read && read->size() == 1U);
  const ChatMessage& kept = read->front();
  EXPECT_EQ(kept.id, message->id);
  EXPECT_EQ(kept.sequence, 7U);
  EXPECT_EQ(kept.key, "ann bob");
  EXPECT_EQ(kept.to, "Bob");
  EXPECT_EQ(kept.at, message->at);
  EXPECT_EQ(kept.tone, ChatTone::action);
  EXPECT_EQ(kept.from.name, "Ann");
  EXPECT_EQ(kept.from.user, "a");
  EXPECT_EQ(kept.from.host, "2001:db8::1");
  EXPECT_EQ(kept.from.account, "ann");
  EXPECT_EQ(kept.text, message->text);
  EXPECT_EQ(kept.tags, "+reply=17");
}

TEST_F(ChatPagesTest, ReadInEveryWay) {
  open();
  EXPECT_EQ(read({.limit = 3}), "7 8 9");
  EXPECT_EQ(read({.limit = 100}), "1 2 3 4 5 6 7 8 9");
  EXPECT_EQ(read({.way = Way::latest, .from = id(7)}), "8 9");
  EXPECT_EQ(read({.way = Way::before, .from = id(5), .limit = 2}), "3 4");
  EXPECT_EQ(read({.way = Way::before, .from = at(1)}), "");
  EXPECT_EQ(read({.way = Way::after, .from = at(5), .limit = 2}), "6 7");
  EXPECT_EQ(read({.way = Way::after, .from = id(9)}), "");
  EXPECT_EQ(read({.way = Way::around, .from = id(5), .limit = 3}), "4 5 6");
  EXPECT_EQ(read({.way = Way::around, .from = id(5), .limit = 1}), "5");
  EXPECT_EQ(read({.way = Way::around, .from = at(1), .limit = 4}), "1 2 3 4");
  EXPECT_EQ(read({.way = Way::between, .from = id(2), .to = id(6)}), "3 4 5");
  EXPECT_EQ(read({.way = Way::between, .from = id(2), .to = id(8), .limit = 2}), "3 4");
  EXPECT_EQ(read({.way = Way::between, .from = id(8), .to = id(2), .limit = 2}), "6 7");
  EXPECT_EQ(read({.way = Way::between, .from = at(2), .to = id(4)}), "3");
  EXPECT_EQ(read({.way = Way::between, .from = id(4), .to = id(4)}), "");
  EXPECT_EQ(numbers(pages_->read({.key = "#nowhere"})), "");
}

// A time between two messages, and an id that belongs to something else, are places too.
TEST_F(ChatPagesTest, FindPlacesBetweenMessages) {
  open();
  const ChatPoint between = {.id = {}, .at = second(4) + std::chrono::milliseconds(500)};
  EXPECT_EQ(read({.way = Way::before, .from = between, .limit = 2}), "3 4");
  EXPECT_EQ(read({.way = Way::after, .from = between, .limit = 2}), "5 6");
  EXPECT_EQ(read({.way = Way::after, .from = id(50)}), "");
  EXPECT_EQ(read({.way = Way::before, .from = id(50), .limit = 1}), "9");
}

TEST_F(ChatPagesTest, SearchForWords) {
  auto shelf = this->shelf();
  const std::vector<SharedChatMessage> more = {
      said(10, {.text = "the switch 192.0.2.1 is down"}),
      said(11, {.text = "192 switches, 0 of them 2 or 1"}),
      said(12, {.text = "Über den Router", .from = "Bob"}),
      said(13, {.text = "say \"router\" OR not"}),
      said(14, {.key = "#ops", .text = "the router of others"}),
  };
  ASSERT_TRUE(shelf.store(more, {}));
  open();
  EXPECT_EQ(search({.text = "router"}), "12 13");
  EXPECT_EQ(search({.text = "ROUTER uber"}), "12");
  EXPECT_EQ(search({.text = "router", .keys = {"#ops", "#lobby", "#none"}}), "12 13 14");
  EXPECT_EQ(search({.text = "router", .keys = {"#ops", "#lobby"}, .limit = 2}), "13 14");
  EXPECT_EQ(search({.text = "router", .from = "bob"}), "12");
  EXPECT_EQ(search({.text = "192.0.2.1"}), "10");
  EXPECT_EQ(search({.text = "\"router\" OR"}), "13");
  EXPECT_EQ(search({.text = "rout*"}), "") << "no word is cut";
  EXPECT_EQ(search({.text = "message", .before = second(4)}), "1 2 3");
  EXPECT_EQ(search({.text = "message", .after = second(7)}), "8 9");
  EXPECT_EQ(search({.text = "message", .limit = 2}), "8 9");
  EXPECT_EQ(search({.text = "message", .before = second(8), .limit = 2}), "6 7") << "the next page";
  EXPECT_EQ(search({.text = "!!!"}), "");
  EXPECT_EQ(search({.text = ""}), "");
}

TEST_F(ChatPagesTest, TellWhereSomethingWasSaid) {
  auto shelf = this->shelf();
  ASSERT_TRUE(
      shelf.store(std::vector<SharedChatMessage>{said(60, {.key = "ann bob", .to = "Bob"})}, {}));
  auto pages = this->pages();
  const auto list = [&](WallTime from, WallTime to, std::size_t limit) {
    std::string text;
    const auto targets = pages.targets({"#lobby", "#ops", "ann bob", "#none"}, from, to, limit);
    EXPECT_TRUE(targets);
    for (const ChatTarget& target : *targets) {
      text += fmt::format("{} {} {};", target.key, target.to, (target.latest - k_first_day) / 1s);
    }
    return text;
  };
  EXPECT_EQ(list(second(0), second(100), 10), "#lobby #lobby 9;#ops #ops 50;ann bob Bob 60;");
  EXPECT_EQ(list(second(100), second(0), 10), "#lobby #lobby 9;#ops #ops 50;ann bob Bob 60;");
  EXPECT_EQ(list(second(9), second(60), 10), "#ops #ops 50;");
  EXPECT_EQ(list(second(0), second(5), 10), "#lobby #lobby 4;");
  EXPECT_EQ(list(second(0), second(100), 2), "#ops #ops 50;ann bob Bob 60;");
}

TEST_F(ChatPagesTest, KnowTheRoomsOfBefore) {
  auto shelf = this->shelf();
  const std::vector<ChatTopicNote> notes = {
      {.key = "#quiet", .room = "#Quiet", .topic = {.text = "hush", .by = "ann", .at = second(1)}},
      {.key = "#ops", .room = "#Ops", .topic = {.text = "on call", .by = "bob", .at = second(2)}}};
  ASSERT_TRUE(shelf.store(std::vector<SharedChatMessage>{said(60, {.key = "ann bob"})}, notes));
  auto pages = this->pages();
  const auto rooms = pages.rooms(2, 100);
  ASSERT_TRUE(rooms && rooms->size() == 3U) << "what two say to each other is no room";
  EXPECT_EQ((*rooms)[0].room, "#ops");
  EXPECT_EQ((*rooms)[0].past.topic.text, "on call");
  EXPECT_EQ((*rooms)[0].past.topic.by, "bob");
  EXPECT_EQ((*rooms)[0].past.topic.at, second(2));
  EXPECT_EQ((*rooms)[1].room, "#lobby");
  EXPECT_EQ((*rooms)[1].past.last_sequence, 9U);
  ASSERT_EQ((*rooms)[1].past.recent.size(), 2U);
  EXPECT_EQ((*rooms)[1].past.recent.front()->text, "message 8");
  EXPECT_EQ((*rooms)[2].room, "#Quiet");
  EXPECT_EQ((*rooms)[2].past.topic.text, "hush");

  const auto few = pages.rooms(5, 3);
  ASSERT_TRUE(few && few->size() == 3U);
  EXPECT_EQ((*few)[0].past.recent.size(), 1U);
  EXPECT_EQ((*few)[1].past.recent.size(), 2U) << "memory has an end";
}

}  // namespace
}  // namespace patchbay
