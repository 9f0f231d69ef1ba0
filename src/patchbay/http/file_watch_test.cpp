#include "patchbay/http/file_watch.hpp"

#include <sys/stat.h>

#include <filesystem>
#include <thread>

#include "patchbay/http/file_watch_fixture.hpp"
#include "patchbay/net/denied_call_fixture.hpp"
#include "patchbay/net/sim/lone_host.hpp"

namespace patchbay {
namespace {

Task<> hears_of_files(WatchedFolder& in) {
  in.files.write("a", "old");
  in.files.write("b", "new");
  EXPECT_TRUE(in.follow());
  in.files.write("a", "in place");
  co_await in.heard.hears("a");
  std::filesystem::rename(in.files.path("b"), in.files.path("a"));
  co_await in.heard.hears("a");
  EXPECT_EQ(::chmod(in.files.path("a").c_str(), 0600), 0);
  co_await in.heard.hears("a");
  std::filesystem::remove(in.files.path("a"));
  co_await in.heard.hears("a");
  std::filesystem::create_symlink("nowhere", in.files.path("link"));
  co_await in.heard.hears("link");
  in.files.make_folder("sub");
  co_await in.heard.hears("sub");
  const std::string longest(255, 'x');
  in.files.write(longest, "");
  co_await in.heard.hears(longest);
}
TEST(FileWatch, TellsOfWhateverHappensInAFolder) { watched(hears_of_files); }

Task<> hears_of_ends(WatchedFolder& in) {
  for (const char* name : {"removed", "moved"}) in.files.make_folder(name);
  EXPECT_TRUE(in.follow("removed"));
  EXPECT_TRUE(in.follow(in.other, "moved"));
  EXPECT_EQ(in.watch->size(), 2U);
  std::filesystem::remove(in.files.path("removed"));
  co_await in.heard.hears("(ended)");
  std::filesystem::rename(in.files.path("moved"), in.files.path("elsewhere"));
  co_await in.other.hears("(ended)");
  EXPECT_EQ(in.watch->size(), 0U);
  in.files.make_folder("moved");
  EXPECT_TRUE(in.follow(in.other, "moved"));
  in.files.write("moved/a", "");
  co_await in.other.hears("a");
  EXPECT_TRUE(in.other.lines.empty());
  EXPECT_EQ(::chmod(in.files.path("moved").c_str(), 0700), 0);
  co_await in.other.hears("(lost)");
}
TEST(FileWatch, TellsOfTheEndOfAFolder) { watched(hears_of_ends); }

Task<> shares(WatchedFolder& in) {
  const auto one = in.follow();
  const auto two = in.follow(in.other);
  EXPECT_TRUE(one && one == two && one == in.follow());
  EXPECT_EQ(in.watch->size(), 1U);
  in.files.write("a", "");
  co_await in.heard.hears("a");
  co_await in.other.hears("a");
  in.watch->leave(*one, in.heard);
  in.files.write("b", "");
  co_await in.other.hears("b");
  EXPECT_TRUE(in.heard.lines.empty());
  in.watch->leave(*one, in.other);
  EXPECT_EQ(in.watch->size(), 0U);
  in.watch->leave(*one, in.other);
  in.watch->use(*one);
}
TEST(FileWatch, SharesAFolderAmongFollowers) { watched(shares); }

Task<> loses(WatchedFolder& in) {
  EXPECT_TRUE(in.follow());
  in.overflow();
  co_await in.heard.hears("(lost)");
  in.files.write("a", "");
  co_await in.heard.hears("a");
}
TEST(FileWatch, SaysWhenMoreHappenedThanIsKept) { watched(loses); }

Task<> has_one_place(WatchedFolder& in) {
  in.files.make_folder("sub");
  EXPECT_TRUE(in.follow());
  EXPECT_FALSE(in.follow(in.other, "sub"));
  EXPECT_EQ(in.watch->size(), 1U);
  in.files.write("sub/a", "");
  in.files.write("b", "");
  co_await in.heard.hears("b");
  EXPECT_TRUE(in.other.lines.empty());
  EXPECT_TRUE(in.follow());  // that one has its place
}
TEST(FileWatch, LeavesPlacesToWhoNeedsThem) { watched(has_one_place, {.folders = 1}); }

Task<> has_one_place_in_turns(WatchedFolder& in) {
  in.files.make_folder("sub");
  EXPECT_TRUE(in.follow());
  EXPECT_TRUE(in.follow(in.other, "sub"));
  EXPECT_EQ(in.heard.lines, std::vector<std::string>{"(ended)"});
  EXPECT_EQ(in.watch->size(), 1U);
  in.files.write("sub/a", "");
  co_await in.other.hears("a");
}
TEST(FileWatch, GivesThePlaceOfWhoeverWasNotUsedToAnother) {
  watched(has_one_place_in_turns, {.folders = 1, .kept = 0s});
}

Task<> is_refused(WatchedFolder& in) {
  EXPECT_FALSE(in.follow());
  EXPECT_FALSE(in.follow());
  EXPECT_EQ(in.watch->size(), 0U);
  co_return;
}
TEST(FileWatch, SaysOnceThatTheSystemHasNoMore) {
  bool may_filter = false;
  std::vector<std::string> notices;
  std::jthread([&] {
    may_filter = deny_call(SYS_inotify_add_watch, ENOSPC);
    const auto note = [&](std::string_view text) { notices.emplace_back(text); };
    if (may_filter) watched(is_refused, {}, {.notice = note});
  }).join();
  if (!may_filter) GTEST_SKIP() << "this process may not filter its own system calls";
  ASSERT_EQ(notices.size(), 1U);
  EXPECT_NE(notices[0].find("max_user_watches"), std::string::npos) << notices[0];
}

Task<> makes_none() {
  const auto watch = FileWatch::make();
  EXPECT_FALSE(watch);
  co_return;
}
TEST(FileWatch, IsNotForASimulatedHost) {
  auto loop = sim::make_lone_loop({});
  ASSERT_TRUE(loop);
  (*loop)->run(makes_none());
}
TEST(FileWatch, IsNotToBeHadWhenTheUserHasTooMany) {
  bool may_filter = false;
  std::jthread([&] {
    auto loop = Loop::make();
    may_filter = deny_call(SYS_inotify_init1, EMFILE);
    if (may_filter) (*loop)->run(makes_none());
  }).join();
  if (!may_filter) GTEST_SKIP() << "this process may not filter its own system calls";
}

Task<> outlives_its_watch(WatchedFolder& in) {
  EXPECT_FALSE(in.follow()) << "nobody runs it";
  EXPECT_TRUE(co_await either(in.watch->run(), as_result(
                                                   [](WatchedFolder& in) -> Task<> {
                                                     EXPECT_TRUE(in.follow());
                                                     co_return;
                                                   },
                                                   in)));
  EXPECT_EQ(in.heard.lines, std::vector<std::string>{"(ended)"});
  EXPECT_FALSE(in.follow());
}
Task<> make_and_outlive() {
  WatchedFolder folder;
  auto watch = FileWatch::make();
  EXPECT_TRUE(watch);
  if (!watch) co_return;
  folder.watch = *watch;
  co_await outlives_its_watch(folder);
}
TEST(FileWatch, EndsWithItsTask) {
  auto loop = Loop::make();
  ASSERT_TRUE(loop);
  (*loop)->run(make_and_outlive());
}

}  // namespace
}  // namespace patchbay
