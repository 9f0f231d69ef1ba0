#include "patchbay/tools/chat/history/chat_scribe.hpp"

#include <sched.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <condition_variable>
#include <csignal>
#include <mutex>
#include <new>

#include "patchbay/store/transaction.hpp"
#include "patchbay/tools/chat/history/chat_history_fixture.hpp"

namespace patchbay {
namespace {

constexpr Duration k_long = 60s;  // no test waits for it to end

// What the operator is told.
class Told {
 public:
  std::function<void(std::string)> listener() {
    return [this](std::string text) {
      const std::lock_guard lock(mutex_);
      said_.push_back(std::move(text));
      changed_.notify_all();
    };
  }
  // Until so many things were told.
  void wait_for(std::size_t count) {
    std::unique_lock lock(mutex_);
    EXPECT_TRUE(changed_.wait_for(lock, k_long, [&] { return said_.size() >= count; }));
  }
  std::vector<std::string> said() {
    const std::lock_guard lock(mutex_);
    return said_;
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<std::string> said_;
};

class ChatScribeTest : public ChatHistoryTest {
 protected:
  Told told_;
};

TEST_F(ChatScribeTest, StoresWhatIsPut) {
  {
    ChatScribe scribe(shelf(), {}, told_.listener());
    for (const auto& message : said_from(1, 5)) scribe.put(message);
    EXPECT_TRUE(scribe.wait_until_stored(scribe.put_so_far(), k_long));
    EXPECT_EQ(all_in("#lobby"), "1 2 3 4 5");
    scribe.put(said(6));
  }
  EXPECT_EQ(all_in("#lobby"), "1 2 3 4 5 6") << "what waits is written at the end";
  EXPECT_TRUE(told_.said().empty());
}

TEST_F(ChatScribeTest, GathersMessagesIntoOneCommit) {
  ChatScribe scribe(shelf(), {.gather = k_long, .most_rows = 4}, told_.listener());
  for (const auto& message : said_from(1, 8)) scribe.put(message);
  EXPECT_TRUE(scribe.wait_until_stored(8, k_long));
  const ChatScribeCounters counters = scribe.counters();
  EXPECT_EQ(counters.stored, 8U);
  EXPECT_EQ(counters.commits, 2U);
  EXPECT_EQ(counters.waiting, 0U);
}

TEST_F(ChatScribeTest, HurriesForWhoWaits) {
  ChatScribe scribe(shelf(), {.gather = k_long}, told_.listener());
  scribe.put(said(1));
  EXPECT_TRUE(scribe.wait_until_stored(1, k_long));
}

TEST_F(ChatScribeTest, NeedsNoThread) {
  {
    ChatScribe scribe(shelf(), {.most_rows = 3, .has_thread = false}, told_.listener());
    for (const auto& message : said_from(1, 4)) scribe.put(message);
    EXPECT_EQ(all_in("#lobby"), "1 2 3");
    EXPECT_TRUE(scribe.wait_until_stored(4, k_long));
    EXPECT_EQ(all_in("#lobby"), "1 2 3 4");
    scribe.forget({.lines = 1}, second(100));
    EXPECT_EQ(all_in("#lobby"), "4");
    scribe.put(said(5));
  }
  EXPECT_EQ(all_in("#lobby"), "4 5");
}

TEST_F(ChatScribeTest, KeepsTheLastTopic) {
  {
    ChatScribe scribe(shelf(), {}, told_.listener());
    scribe.put(ChatTopicNote{.key = "#lobby", .room = "#lobby", .topic = {.text = "one"}});
    scribe.put(ChatTopicNote{.key = "#lobby", .room = "#lobby", .topic = {.text = "two"}});
  }
  auto pages = this->pages();
  const auto rooms = pages.rooms(0, 0);
  ASSERT_TRUE(rooms && rooms->size() == 1U);
  EXPECT_EQ(rooms->front().past.topic.text, "two");
}

TEST_F(ChatScribeTest, ForgetsBetweenMessages) {
  {
    ChatScribe scribe(shelf(), {}, told_.listener());
    for (const auto& message : said_from(1, 2000)) scribe.put(message);
    EXPECT_TRUE(scribe.wait_until_stored(2000, k_long));
    scribe.forget({.lines = 2}, second(3000));
    scribe.put(said(2001));
  }
  ChatShelf rest = shelf();  // whatever was not forgotten before the end
  while (*rest.forget({.lines = 2}, second(3000), 500)) continue;
  EXPECT_EQ(all_in("#lobby"), "2000 2001");
}

// The chat goes on, nothing waits, and what is wrong is told once.
TEST_F(ChatScribeTest, WaitsForAFullDisk) {
  {
    ChatScribe scribe(shelf(), {.most_waiting = 10, .retry = 1ms}, told_.listener());
    {
      const FullDisk full(0);
      for (const auto& message : said_from(1, 12)) scribe.put(message);
      told_.wait_for(2);
      EXPECT_FALSE(scribe.wait_until_stored(12, 1ms));
      EXPECT_EQ(scribe.counters().lost, 2U);
      EXPECT_EQ(scribe.counters().stored, 0U);
    }
    EXPECT_TRUE(scribe.wait_until_stored(12, k_long)) << "there is room again";
    EXPECT_EQ(scribe.counters().stored, 10U);
  }
  const auto said = told_.said();
  ASSERT_EQ(said.size(), 3U) << fmt::format("{}", fmt::join(said, "; "));
  EXPECT_TRUE(std::ranges::any_of(said, [](const std::string& text) {
    return text.find("the disk is full") != std::string::npos;
  }));
  EXPECT_EQ(said.back(), "the chat's history is written again; 2 messages of before are lost");
  EXPECT_EQ(all_in("#lobby"), "1 2 3 4 5 6 7 8 9 10");
}

// The end comes while the disk is full: it is tried once more, and that is all.
TEST_F(ChatScribeTest, TellsWhatWasLostAtTheEnd) {
  auto shelf = this->shelf();
  {
    const FullDisk full(0);
    ChatScribe scribe(std::move(shelf), {.retry = k_long}, told_.listener());
    for (const auto& message : said_from(1, 3)) scribe.put(message);
    told_.wait_for(1);
  }
  ASSERT_EQ(told_.said().size(), 2U);
  EXPECT_EQ(told_.said().back(),
            "3 messages are not in the chat's history: its disk did not take them");
  EXPECT_EQ(all_in("#lobby"), "");
}

// A disk that is slow, as seen from here: another connection holds the file.
TEST_F(ChatScribeTest, LosesWhatASlowDiskHasNoRoomFor) {
  auto other = open_chat_database(path());
  ASSERT_TRUE(other);
  ChatScribe scribe(shelf(), {.most_waiting = 5}, told_.listener());
  {
    const auto held = Transaction::begin(*other);
    ASSERT_TRUE(held);
    for (const auto& message : said_from(1, 8)) scribe.put(message);
    EXPECT_EQ(scribe.counters().lost, 3U);
    EXPECT_EQ(scribe.counters().waiting, 5U);
  }
  EXPECT_TRUE(scribe.wait_until_stored(8, k_long));
  EXPECT_EQ(all_in("#lobby"), "1 2 3 4 5");
  EXPECT_EQ(scribe.counters().waiting, 0U);
}

// Whoever says more is told to wait, as long as the disk takes something at all.
TEST_F(ChatScribeTest, SaysThatItIsBehind) {
  auto other = open_chat_database(path());
  ASSERT_TRUE(other);
  ChatScribe scribe(shelf(), {.behind_from = 3}, told_.listener());
  {
    const auto held = Transaction::begin(*other);
    ASSERT_TRUE(held);
    for (const auto& message : said_from(1, 2)) scribe.put(message);
    EXPECT_FALSE(scribe.is_behind());
    scribe.put(said(3));
    EXPECT_TRUE(scribe.is_behind());
  }
  EXPECT_TRUE(scribe.wait_until_stored(3, k_long));
  EXPECT_FALSE(scribe.is_behind());
}

// --- a program that is killed ---

// What the program that is killed says it knows to be stored.
struct Acknowledged {
  std::atomic<std::uint64_t> messages = 0;
};

// Never returns: it writes until it is killed.
[[noreturn]] void write_until_killed(const std::string& path, std::uint64_t first,
                                     Acknowledged& acknowledged) {
  auto shelf = ChatShelf::open(path);
  if (!shelf) ::_exit(1);
  ChatScribe scribe(std::move(*shelf), {}, [](const std::string&) { ::_exit(2); });
  for (std::uint64_t n = first;; ++n) {
    scribe.put(said(n));
    if (n % 7 != 0) continue;
    if (scribe.wait_until_stored(scribe.put_so_far(), k_long)) acknowledged.messages = n;
  }
}

TEST_F(ChatScribeTest, LosesNothingAcknowledgedWhenItIsKilled) {
  void* const memory = ::mmap(nullptr, sizeof(Acknowledged), PROT_READ | PROT_WRITE,
                              MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  ASSERT_NE(memory, MAP_FAILED);
  auto* const acknowledged = ::new (memory) Acknowledged;
  std::uint64_t last = 0;
  for (int round = 0; round < 5; ++round) {
    const pid_t child = ::fork();
    ASSERT_GE(child, 0);
    if (child == 0) write_until_killed(path(), last + 1, *acknowledged);
    const std::uint64_t enough = last + 50 + static_cast<std::uint64_t>(round) * 17;
    int status = 0;
    pid_t ended = 0;
    while (acknowledged->messages < enough && ended == 0) {
      ended = ::waitpid(child, &status, WNOHANG);
      ::sched_yield();
    }
    ASSERT_EQ(ended, 0) << "it ended by itself, with " << status;
    ::kill(child, SIGKILL);
    ::waitpid(child, &status, 0);
    const std::uint64_t sure = acknowledged->messages;

    (void)shelf();  // as a restart does, which files what was not filed
    auto pages = this->pages();
    const auto all = pages.read({.key = "#lobby", .limit = 10'000});
    ASSERT_TRUE(all) << all.error().describe();
    ASSERT_GE(all->size(), sure);
    for (std::size_t i = 0; i < all->size(); ++i) {
      ASSERT_EQ((*all)[i].sequence, i + 1) << "a message is missing, or there twice";
      ASSERT_EQ((*all)[i].id, 1001 + i);
    }
    const auto found = pages.search({.text = fmt::format("message {}", sure), .keys = {"#lobby"}});
    EXPECT_EQ(numbers(found), fmt::format("{}", sure));
    last = all->size();
  }
  auto database = open_chat_database(path());
  ASSERT_TRUE(database);
  auto check = database->prepare("PRAGMA integrity_check");
  ASSERT_TRUE(check);
  Rows rows = check->rows();
  ASSERT_EQ(rows.next(), true);
  EXPECT_EQ(rows.text(0), "ok");
  ::munmap(memory, sizeof(Acknowledged));
}

}  // namespace
}  // namespace patchbay
