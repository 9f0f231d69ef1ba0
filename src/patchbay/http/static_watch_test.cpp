// Files that change while a FileWatch runs. The cache does not look by itself here: what it gives
// anew, it was told of.
#include <fcntl.h>
#include <sys/stat.h>

#include <filesystem>
#include <thread>

#include "patchbay/http/file_watch_fixture.hpp"
#include "patchbay/http/static_folder.hpp"
#include "patchbay/net/denied_call_fixture.hpp"

namespace patchbay {
namespace {

constexpr FileCacheOptions k_never_looks = {.checked = 1h, .loaded = 1h};

std::shared_ptr<StaticFolder> serve(const WatchedFolder& in, StaticFolderOptions options = {}) {
  if (options.cache.checked == FileCacheOptions().checked) options.cache = k_never_looks;
  options.watch = in.watch;
  auto folder = StaticFolder::open(in.files.path().string(), std::move(options));
  EXPECT_TRUE(folder);
  return *folder;
}

struct Got {
  std::string body;  // of a small file; the status of anything else
  std::string coding = {};
  bool at_once = false;  // without a look
};

Task<Got> get(StaticFolder& folder, std::string_view path, std::string_view accepted = {}) {
  HttpRequest request{.method = "GET", .target = path, .path = path};
  if (!accepted.empty()) request.fields.add("accept-encoding", accepted);
  auto now = folder.answer_now(request);
  const bool at_once = now.has_value();
  const HttpResponse response = at_once ? std::move(*now) : co_await folder.answer(request);
  const auto* const whole = std::get_if<std::shared_ptr<const HttpPrepared>>(&response.body);
  if (whole == nullptr) co_return Got{std::to_string(response.status)};
  Got got{.body = (*whole)->body, .at_once = at_once};
  for (const auto& [name, value] : (*whole)->fields) {
    if (name == "Content-Encoding") got.coding = value;
  }
  co_return got;
}

// Until it is served from memory; what is asked for once only is not watched.
Task<> warm(StaticFolder& folder, std::string_view path, std::string_view body) {
  EXPECT_EQ((co_await get(folder, path)).body, body);
  EXPECT_EQ((co_await get(folder, path)).body, body);
  const Got third = co_await get(folder, path);
  EXPECT_EQ(third.body, body);
  EXPECT_TRUE(third.at_once);
}

Task<> replaces(WatchedFolder& in) {
  in.files.write("a.txt", "old");
  in.files.write("b.txt", "other");
  const auto folder = serve(in);
  co_await warm(*folder, "/a.txt", "old");
  // The folder is watched by now: no look is needed any more.
  EXPECT_EQ((co_await get(*folder, "/b.txt")).body, "other");
  EXPECT_TRUE((co_await get(*folder, "/b.txt")).at_once);
  EXPECT_TRUE(in.follow());
  for (int i = 0; i < 20; ++i) {
    const std::string content = "new " + std::to_string(i);
    in.files.write(".a.txt.part", content);
    std::filesystem::rename(in.files.path(".a.txt.part"), in.files.path("a.txt"));
    co_await in.heard.hears("a.txt");
    EXPECT_EQ((co_await get(*folder, "/a.txt")).body, content);
  }
  EXPECT_TRUE((co_await get(*folder, "/b.txt")).at_once);
}
TEST(StaticWatch, ServesAFileThatWasReplacedAtOnce) { watched(replaces); }

// No comparison would show it: the same length, the same time, the same file.
Task<> changes_unseen(WatchedFolder& in) {
  const std::string path = in.files.path("a.txt").string();
  in.files.write("a.txt", "old");
  struct stat before;
  EXPECT_EQ(::stat(path.c_str(), &before), 0);
  const auto folder = serve(in);
  co_await warm(*folder, "/a.txt", "old");
  EXPECT_TRUE(in.follow());
  in.files.write("a.txt", "new");
  const timespec times[2] = {before.st_atim, before.st_mtim};
  EXPECT_EQ(::utimensat(AT_FDCWD, path.c_str(), times, 0), 0);
  co_await in.heard.hears("a.txt");
  EXPECT_EQ((co_await get(*folder, "/a.txt")).body, "new");
  EXPECT_TRUE((co_await get(*folder, "/a.txt")).at_once);
}
TEST(StaticWatch, ServesAFileThatWasWrittenToAtOnce) { watched(changes_unseen); }

Task<> goes_and_comes(WatchedFolder& in) {
  in.files.write("sub/index.html", "old");
  const auto folder = serve(in);
  co_await warm(*folder, "/sub/", "old");
  EXPECT_EQ(in.watch->size(), 1U);
  EXPECT_TRUE(in.follow("sub"));
  std::filesystem::remove(in.files.path("sub/index.html"));
  co_await in.heard.hears("index.html");
  EXPECT_NE((co_await get(*folder, "/sub/")).body, "old");
  EXPECT_EQ((co_await get(*folder, "/sub/index.html")).body, "404");
  in.files.write("sub/index.html", "new");
  co_await in.heard.hears("index.html");
  co_await warm(*folder, "/sub/", "new");
}
TEST(StaticWatch, NoticesAtOnceWhatCameAndWent) { watched(goes_and_comes); }

// As a new version of a site is put in place.
Task<> moves_folders(WatchedFolder& in) {
  in.files.write("site/a.txt", "old");
  in.files.write("next/a.txt", "new");
  const auto folder = serve(in);
  co_await warm(*folder, "/site/a.txt", "old");
  EXPECT_TRUE(in.follow("site"));
  std::filesystem::rename(in.files.path("site"), in.files.path("last"));
  std::filesystem::rename(in.files.path("next"), in.files.path("site"));
  co_await in.heard.hears("(ended)");
  co_await warm(*folder, "/site/a.txt", "new");
  EXPECT_EQ(in.watch->size(), 1U);
}
TEST(StaticWatch, FollowsAPathToAnotherFolder) { watched(moves_folders); }

// That a link leads elsewhere nobody tells: a look shows it, and the new place is watched.
Task<> turns_a_link(WatchedFolder& in) {
  in.files.write("one/a.txt", "one");
  in.files.write("two/a.txt", "two!");
  std::filesystem::create_symlink("one", in.files.path("now"));
  const auto folder = serve(in, {.cache = {.checked = 0s}});
  for (int i = 0; i < 2; ++i) EXPECT_EQ((co_await get(*folder, "/now/a.txt")).body, "one");
  std::filesystem::create_symlink("two", in.files.path("next"));
  std::filesystem::rename(in.files.path("next"), in.files.path("now"));
  for (int i = 0; i < 2; ++i) EXPECT_EQ((co_await get(*folder, "/now/a.txt")).body, "two!");
  EXPECT_EQ(in.watch->size(), 1U);
  EXPECT_TRUE(in.follow("two"));
  EXPECT_EQ(in.watch->size(), 1U) << "another folder is watched";
}
TEST(StaticWatch, WatchesWhereALinkLeadsNow) { watched(turns_a_link); }

Task<> packs_beside(WatchedFolder& in) {
  in.files.write("a.txt", "plain");
  const auto folder = serve(in);
  co_await warm(*folder, "/a.txt", "plain");
  EXPECT_TRUE(in.follow());
  in.files.write("a.txt.br", "as brotli");
  co_await in.heard.hears("a.txt.br");
  EXPECT_EQ((co_await get(*folder, "/a.txt", "br")).body, "as brotli");
  EXPECT_EQ((co_await get(*folder, "/a.txt", "br")).coding, "br");
}
TEST(StaticWatch, NoticesAtOnceAFormThatWasPackedLater) { watched(packs_beside); }

// The second who asks is answered without a look, so by what the first had packed.
Task<> packs_once(WatchedFolder& in) {
  const std::string content(2000, 'a');
  in.files.write("a.txt", content);
  const auto folder = serve(in);
  co_await warm(*folder, "/a.txt", content);
  const Got first = co_await get(*folder, "/a.txt", "gzip");
  EXPECT_EQ(first.coding, "gzip");
  EXPECT_FALSE(first.at_once);
  const Got second = co_await get(*folder, "/a.txt", "gzip");
  EXPECT_TRUE(second.at_once);
  EXPECT_EQ(second.coding, "gzip");
  EXPECT_EQ(second.body, first.body);
  EXPECT_FALSE((co_await get(*folder, "/a.txt", "br")).at_once) << "each coding by itself";
  EXPECT_TRUE((co_await get(*folder, "/a.txt", "br")).at_once);
}
TEST(StaticWatch, KeepsWhatItHasPacked) { watched(packs_once); }

Task<> packs_in_peace(WatchedFolder& in) {
  in.files.write("a.txt", std::string(2000, 'a'));
  const auto folder = serve(in);
  co_await warm(*folder, "/a.txt", std::string(2000, 'a'));
  EXPECT_EQ((co_await get(*folder, "/a.txt", "gzip")).coding, "gzip");
  EXPECT_TRUE(in.follow());
  in.files.write("a.txt", std::string(2000, 'b'));
  co_await in.heard.hears("a.txt");
  const Got got = co_await get(*folder, "/a.txt", "gzip");
  EXPECT_EQ(got.body, std::string(2000, 'b'));
  EXPECT_EQ(got.coding, "");
}
TEST(StaticWatch, DoesNotPackWhatChangesAllTheTime) { watched(packs_in_peace); }

Task<> overflows(WatchedFolder& in) {
  in.files.write("a.txt", "old");
  const auto folder = serve(in);
  co_await warm(*folder, "/a.txt", "old");
  EXPECT_TRUE(in.follow());
  in.overflow();
  in.files.write("a.txt", "new!");
  co_await in.heard.hears("(lost)");
  EXPECT_EQ((co_await get(*folder, "/a.txt")).body, "new!");
}
TEST(StaticWatch, LooksAtEverythingAgainWhenEventsWereLost) { watched(overflows); }

Task<> lets_go(WatchedFolder& in) {
  const auto folder = serve(in, {.cache = {.files = 8, .checked = 1h, .loaded = 1h}});
  for (int i = 0; i < 40; ++i) {
    const std::string path = "sub" + std::to_string(i) + "/a.txt";
    in.files.write(path, "a");
    co_await warm(*folder, "/" + path, "a");
    EXPECT_LE(in.watch->size(), 8U);
  }
  in.files.write("b.txt", "b");
  for (int i = 0; i < 40; ++i) EXPECT_EQ((co_await get(*folder, "/b.txt")).body, "b");
  const auto other = serve(in);
  co_await warm(*other, "/sub39/a.txt", "a");
}
TEST(StaticWatch, LetsGoOfFoldersWithTheirLastFile) { watched(lets_go); }

Task<> leaves_all(WatchedFolder& in) {
  in.files.write("a.txt", "a");
  co_await warm(*serve(in), "/a.txt", "a");
  EXPECT_EQ(in.watch->size(), 0U);
}
TEST(StaticWatch, LetsGoOfAllWithItsFolder) { watched(leaves_all); }

// Without a watch to be had files are looked at by the time, as ever; here each time.
Task<> looks_by_time(WatchedFolder& in) {
  in.files.write("a.txt", "old");
  const auto unwatched = serve(in);
  co_await warm(*unwatched, "/a.txt", "old");
  const auto folder = serve(in, {.cache = {.checked = 0s}});
  for (int i = 0; i < 3; ++i) EXPECT_EQ((co_await get(*folder, "/a.txt")).body, "old");
  in.files.write("a.txt", "new!");
  EXPECT_EQ((co_await get(*folder, "/a.txt")).body, "new!");
  EXPECT_EQ(in.watch->size(), 0U);
}
TEST(StaticWatch, FallsBackToLooksWhereNothingCanBeWatched) {
  bool may_filter = false;
  std::jthread([&] {
    may_filter = deny_call(SYS_inotify_add_watch, ENOSPC);
    if (may_filter) watched(looks_by_time, {}, {.notice = [](std::string_view) {}});
  }).join();
  if (!may_filter) GTEST_SKIP() << "this process may not filter its own system calls";
}
TEST(StaticWatch, FallsBackToLooksWhereNoPlaceIsLeft) { watched(looks_by_time, {.folders = 0}); }

}  // namespace
}  // namespace patchbay
