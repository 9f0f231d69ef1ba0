#include "patchbay/tools/chat/history/chat_shelf.hpp"

#include "patchbay/tools/chat/history/chat_history_fixture.hpp"

namespace patchbay {
namespace {

using ChatShelfTest = ChatHistoryTest;

// All passes of forget(), however many it takes.
void forget_all(ChatShelf& shelf, const ChatKeeping& keeping, WallTime now, std::size_t most = 2) {
  for (int passes = 0; passes < 1000; ++passes) {
    const auto more = shelf.forget(keeping, now, most);
    ASSERT_TRUE(more) << more.error().describe();
    if (!*more) return;
  }
  FAIL() << "it has no end";
}

TEST_F(ChatShelfTest, GoesOnWhereItWas) {
  {
    ASSERT_TRUE(shelf().store(said_from(1, 3), {}));
  }
  {
    ASSERT_TRUE(shelf().store(said_from(4, 5), {}));
  }
  EXPECT_EQ(all_in("#lobby"), "1 2 3 4 5");
}

// Two rooms of one batch, and whatever order their messages come in.
TEST_F(ChatShelfTest, KeepsRoomsApart) {
  auto shelf = this->shelf();
  std::vector<SharedChatMessage> mixed;
  for (std::uint64_t n = 1; n <= 6; ++n) {
    mixed.push_back(said(n, {.key = n % 2 == 0 ? "#even" : "#odd", .sequence = (n + 1) / 2}));
  }
  ASSERT_TRUE(shelf.store(mixed, {}));
  EXPECT_EQ(all_in("#odd"), "1 3 5");
  EXPECT_EQ(all_in("#even"), "2 4 6");
}

// Private messages have no number of their own, and a number that came before is not believed.
TEST_F(ChatShelfTest, GivesANumberWhereThereIsNone) {
  auto shelf = this->shelf();
  const std::vector<SharedChatMessage> messages = {
      said(1, {.sequence = 8}), said(2, {.sequence = 8}), said(3, {.sequence = 2}),
      said(4, {.sequence = 20})};
  ASSERT_TRUE(shelf.store(messages, {}));
  auto pages = this->pages();
  const auto read = pages.read({.key = "#lobby"});
  ASSERT_TRUE(read && read->size() == 4U);
  EXPECT_EQ(numbers(read), "1 2 3 4");
  EXPECT_EQ((*read)[2].sequence, 10U);
  EXPECT_EQ((*read)[3].sequence, 20U);
}

TEST_F(ChatShelfTest, StoresAllOfABatchOrNothing) {
  auto shelf = this->shelf();
  ASSERT_TRUE(shelf.store(said_from(1, 2), {}));
  {
    const FullDisk full(std::filesystem::file_size(path() + "-wal") + 8192);
    EXPECT_FALSE(shelf.store(said_from(3, 1000), {}));
  }
  EXPECT_EQ(all_in("#lobby"), "1 2");
  ASSERT_TRUE(shelf.store(said_from(3, 4), {}));
  EXPECT_EQ(all_in("#lobby"), "1 2 3 4");
}

// Between them a program may be killed, a disk be full, and private talks have no numbers of their
// own: nothing is missing afterwards, nothing is there twice, and the order is as it was said.
TEST_F(ChatShelfTest, FilesWhatWasAppendedAlsoAfterAnEndInBetween) {
  {
    auto shelf = this->shelf();
    ASSERT_TRUE(shelf.append(said_from(1, 6), {}));
    ASSERT_TRUE(shelf.append(std::vector{said(7, {.key = "#a"}), said(8)}, {}));
    EXPECT_EQ(shelf.unfiled(), 8U);
    const auto is_complete = shelf.file(3);
    ASSERT_TRUE(is_complete);
    EXPECT_FALSE(*is_complete);
    ASSERT_TRUE(shelf.append(said_from(9, 10), {}));
    EXPECT_EQ(shelf.unfiled(), 7U);
  }
  {
    auto shelf = this->shelf();
    EXPECT_EQ(all_in("#lobby"), "1 2 3 4 5 6 8 9 10");
    EXPECT_EQ(all_in("#a"), "7");
    ASSERT_TRUE(shelf.append(std::vector{said(11, {.key = "a b", .sequence = 1})}, {}));
    {
      const FullDisk full(0);
      EXPECT_FALSE(shelf.append(std::vector{said(12, {.key = "a b", .sequence = 1})}, {}));
    }
    ASSERT_TRUE(shelf.append(std::vector{said(13, {.key = "a b", .sequence = 1})}, {}));
    for (bool is_complete = false; !is_complete;) {
      const auto filed = shelf.file(1);
      ASSERT_TRUE(filed);
      is_complete = *filed;
    }
    EXPECT_EQ(shelf.unfiled(), 0U);
  }
  EXPECT_EQ(all_in("a b"), "11 13");
  auto pages = this->pages();
  const auto found = pages.search({.text = "message", .keys = {"#lobby"}});
  EXPECT_EQ(numbers(found), "1 2 3 4 5 6 8 9 10");
}

TEST_F(ChatShelfTest, ForgetsWhatIsTooOld) {
  auto shelf = this->shelf();
  ASSERT_TRUE(shelf.store(said_from(1, 9), {}));
  ASSERT_TRUE(shelf.store(said_from(1, 3, {.key = "#old"}), {}));
  forget_all(shelf, {.age = 10s}, second(15));
  EXPECT_EQ(all_in("#lobby"), "5 6 7 8 9");
  EXPECT_EQ(all_in("#old"), "");
  auto pages = this->pages();
  EXPECT_EQ(*pages.knows("#old"), false) << "nothing is left of it";
  EXPECT_EQ(numbers(pages.search({.text = "message", .keys = {"#lobby"}})), "5 6 7 8 9");
  ASSERT_TRUE(shelf.store(said_from(10, 10, {.key = "#old"}), {}));
  EXPECT_EQ(all_in("#old"), "10");
}

TEST_F(ChatShelfTest, ForgetsBeyondANumberOfLines) {
  auto shelf = this->shelf();
  ASSERT_TRUE(shelf.store(said_from(1, 9), {}));
  ASSERT_TRUE(shelf.store(said_from(1, 2, {.key = "#short"}), {}));
  forget_all(shelf, {.lines = 3}, second(100));
  EXPECT_EQ(all_in("#lobby"), "7 8 9");
  EXPECT_EQ(all_in("#short"), "1 2");
  forget_all(shelf, {}, second(1'000'000));
  EXPECT_EQ(all_in("#lobby"), "7 8 9") << "no limit";
}

// A room with a topic stays known, and its numbers go on.
TEST_F(ChatShelfTest, KeepsTheTopicOfAnEmptyRoom) {
  auto shelf = this->shelf();
  const std::vector<ChatTopicNote> notes = {
      {.key = "#lobby", .room = "#lobby", .topic = {.text = "hello", .by = "ann", .at = {}}}};
  ASSERT_TRUE(shelf.store(said_from(1, 9), notes));
  forget_all(shelf, {.age = 1s}, second(100));
  EXPECT_EQ(all_in("#lobby"), "");
  auto pages = this->pages();
  const auto rooms = pages.rooms(10, 10);
  ASSERT_TRUE(rooms && rooms->size() == 1U);
  EXPECT_EQ(rooms->front().past.topic.text, "hello");
  EXPECT_EQ(rooms->front().past.last_sequence, 9U);
  ASSERT_TRUE(this->shelf().store(std::vector<SharedChatMessage>{said(10, {.sequence = 1})}, {}));
  const auto read = pages.read({.key = "#lobby"});
  ASSERT_TRUE(read && read->size() == 1U);
  EXPECT_EQ(read->front().sequence, 10U);
}

}  // namespace
}  // namespace patchbay
