#include "patchbay/http/static_folder.hpp"

#include <sys/stat.h>

#include <filesystem>
#include <functional>
#include <thread>

#include "patchbay/base/unprivileged_fixture.hpp"
#include "patchbay/http/static_site_fixture.hpp"
#include "patchbay/net/denied_call_fixture.hpp"

namespace patchbay {
namespace {

constexpr std::string_view k_page = "Accept: text/html,*/*;q=0.8\r\n";

TEST(StaticFolder, SendsAFileWithWhatIsKnownOfIt) {
  StaticSite site;
  site.write("a.html", "<p>a</p>");
  const HttpHeardAnswer answer = site.get("/a.html");
  EXPECT_EQ(answer.status, 200);
  EXPECT_EQ(answer.body, "<p>a</p>");
  EXPECT_EQ(answer.field("content-type"), "text/html; charset=utf-8");
  EXPECT_EQ(answer.field("content-length"), "8");
  EXPECT_EQ(answer.field("last-modified"), k_file_date);
  EXPECT_EQ(answer.field("accept-ranges"), "bytes");
  EXPECT_EQ(answer.field("x-content-type-options"), "nosniff");
  const std::string etag = answer.field("etag");
  EXPECT_TRUE(etag.size() > 10 && etag.front() == '"' && etag.back() == '"') << etag;
}

TEST(StaticFolder, TellsTypesByTheirNames) {
  StaticSite site;
  for (const char* name : {"a.css", "a.JS", "a.png", "a.unknown", "README"}) site.write(name, "x");
  EXPECT_EQ(site.get("/a.css").field("content-type"), "text/css; charset=utf-8");
  EXPECT_EQ(site.get("/a.JS").field("content-type"), "text/javascript; charset=utf-8");
  EXPECT_EQ(site.get("/a.png").field("content-type"), "image/png");
  EXPECT_EQ(site.get("/a.unknown").field("content-type"), "application/octet-stream");
  EXPECT_EQ(site.get("/README").field("content-type"), "application/octet-stream");
}

TEST(StaticFolder, SendsEmptySmallAndLargeFiles) {
  StaticSite site;
  for (const std::size_t size : {0U, 1U, 32'768U, 32'769U, 3'000'000U}) {
    site.write("a.bin", sim::pattern(size));
    const HttpHeardAnswer answer = site.get("/a.bin");
    EXPECT_EQ(answer.body, sim::pattern(size)) << size;
    EXPECT_EQ(answer.field("content-length"), std::to_string(size));
    const HttpHeardAnswer head = site.head("/a.bin");
    EXPECT_EQ(head.status, 200);
    EXPECT_EQ(head.field("content-length"), std::to_string(size));
    EXPECT_EQ(head.field("etag"), answer.field("etag"));
  }
}

TEST(StaticFolder, FindsNamesHoweverTheyAreWritten) {
  StaticSite site;
  site.write("a b/ä&\\.txt", "found");
  for (const char* path :
       {"/a%20b/%C3%A4&%5C.txt", "/a%20b/%C3%A4%26%5c%2Etxt", "/x/../a%20b/./%C3%A4&%5C.txt"}) {
    EXPECT_EQ(site.get(path).body, "found") << path;
  }
  EXPECT_EQ(site.get("/a%20b/%C3%A4&%5C.txt?a=b").body, "found");
}

// As nginx and miniserve do it. What a client is led to has no bare one.
TEST(StaticFolder, SendsFilesWhoseNamesHaveControlCharacters) {
  StaticSite site;
  site.write("line\nbreak\x7f.txt", "found");
  site.write("tab\t\r\n/inside", "inside");
  const HttpHeardAnswer found = site.get("/line%0Abreak%7F.txt");
  EXPECT_EQ(found.body, "found");
  EXPECT_EQ(found.field("content-type"), "text/plain; charset=utf-8");
  EXPECT_EQ(site.get("/line%0abreak%7f.txt").body, "found");
  EXPECT_EQ(site.get("/tab%09%0D%0A/inside").body, "inside");
  const HttpHeardAnswer led = site.get("/tab%09%0d%0a");
  EXPECT_EQ(led.status, 308);
  EXPECT_EQ(led.field("location"), "/tab%09%0D%0A/");
  EXPECT_EQ(site.status("/other%0A"), 404);
  const std::string page = site.get("/").body;
  EXPECT_NE(page.find("<a href=\"line%0Abreak%7F.txt\">"), std::string::npos);
  EXPECT_NE(page.find("<a href=\"tab%09%0D%0A/\">"), std::string::npos);
}

TEST(StaticFolder, RefusesPathsThatAreNone) {
  StaticSite site;
  site.write("a", "a");
  for (const char* path :
       {"/../a", "/%2e%2e/a", "/a%2Fb", "//a", "/a//", "/%00a", "/a%00", "/%zz"}) {
    EXPECT_EQ(site.status(path), 400) << path;
  }
  EXPECT_EQ(site.status("/A"), 404);
  EXPECT_EQ(site.status("/a/"), 404);
  EXPECT_EQ(site.status("/a/b"), 404);
  EXPECT_EQ(site.status("/" + std::string(300, 'a')), 404);
}

TEST(StaticFolder, IsOnlyRead) {
  StaticSite site;
  site.write("a", "a");
  for (const char* method : {"POST", "PUT", "DELETE"}) {
    const HttpHeardAnswer answer = ask(*site.open(), get_of("/a", {}, method));
    EXPECT_EQ(answer.status, 405) << method;
    EXPECT_EQ(answer.field("allow"), "GET, HEAD");
  }
}

// --- folders -------------------------------------------------------------------------------------

TEST(StaticFolder, ShowsTheIndexOfAFolder) {
  StaticSite site;
  site.write("index.html", "root");
  site.write("sub/index.html", "sub");
  site.write("none/a.txt", "a");
  EXPECT_EQ(site.get("/").body, "root");
  EXPECT_EQ(site.get("/sub/").body, "sub");
  EXPECT_EQ(site.get("/sub/").field("content-type"), "text/html; charset=utf-8");
  EXPECT_NE(site.get("/none/").body.find("a.txt"), std::string::npos);
  site.options.lists = false;
  EXPECT_EQ(site.status("/none/"), 404);
  EXPECT_EQ(site.get("/sub/").body, "sub");
  site.options.index = "start.html";
  EXPECT_EQ(site.status("/sub/"), 404);
}

TEST(StaticFolder, LeadsToTheSlashOfAFolder) {
  StaticSite site;
  site.files.make_folder("sub/b c");
  const auto location = [&](std::string_view target) {
    const HttpHeardAnswer answer = site.get(target);
    EXPECT_EQ(answer.status, 308) << target;
    return answer.field("location");
  };
  EXPECT_EQ(location("/sub"), "/sub/");
  EXPECT_EQ(location("/sub?sort=size&x=//y"), "/sub/?sort=size&x=//y");
  EXPECT_EQ(location("/sub/b%20c"), "/sub/b%20c/");
  EXPECT_EQ(location("/x/../sub"), "/sub/");
  EXPECT_EQ(location("http://site.test/sub"), "/sub/");
}

// "//evil.test" would be another host.
TEST(StaticFolder, LeadsToNoOtherHost) {
  StaticSite site;
  site.files.make_folder("evil.test");
  site.files.make_folder("\\evil.test");
  EXPECT_EQ(site.status("//evil.test"), 400);
  EXPECT_EQ(site.status("/.//evil.test"), 400);
  EXPECT_EQ(site.get("/x/../evil.test").field("location"), "/evil.test/");
  EXPECT_EQ(site.get("/%5Cevil.test").field("location"), "/%5Cevil.test/");
}

TEST(StaticFolder, LeadsToTheSlashBelowWhereItIsMounted) {
  StaticSite site;
  site.files.make_folder("sub");
  HttpRouter router;
  router.mount("/files", site.open());
  const auto location = [&router](std::string_view target) {
    const HttpHeardAnswer answer = ask(router, get_of(target));
    EXPECT_EQ(answer.status, 308) << target;
    return answer.field("location");
  };
  EXPECT_EQ(location("/files/sub?a"), "/files/sub/?a");
  EXPECT_EQ(location("http://site.test/files/sub"), "/files/sub/");
  EXPECT_EQ(location("http://site.test/files/sub?a=/b"), "/files/sub/?a=/b");
}

// What is linked there without a path would be looked for beside it.
TEST(StaticFolder, LeadsToTheSlashOfWhereItIsMounted) {
  StaticSite site;
  site.write("index.html", "index");
  HttpRouter router;
  router.mount("/files", site.open());
  for (int i = 0; i < 2; ++i) {  // the second time the index is in memory
    EXPECT_EQ(ask(router, get_of("/files/")).body, "index");
    EXPECT_EQ(ask(router, get_of("http://site.test/files/")).body, "index");
    for (const char* target : {"/files", "http://site.test/files"}) {
      const HttpHeardAnswer answer = ask(router, get_of(target));
      EXPECT_EQ(answer.status, 308) << target;
      EXPECT_EQ(answer.field("location"), "/files/");
    }
  }
  EXPECT_EQ(ask(router, get_of("/files?sort=size")).field("location"), "/files/?sort=size");
  EXPECT_EQ(site.get("http://site.test").body, "index");
  EXPECT_EQ(site.get("http://site.test?a").body, "index");
}

TEST(StaticFolder, ListsForMachinesWhenAskedTo) {
  StaticSite site;
  site.write("a.txt", "a");
  const HttpHeardAnswer answer = site.get("/", "Accept: application/json\r\n");
  EXPECT_EQ(answer.field("content-type"), "application/json");
  EXPECT_EQ(answer.field("vary"), "Accept, Accept-Encoding");
  const HttpHeardAnswer page = site.get("/", k_page);
  EXPECT_EQ(page.field("content-type"), "text/html; charset=utf-8");
  EXPECT_NE(page.field("content-security-policy"), "");
  EXPECT_EQ(site.head("/").body, "");
}

// --- what is not shown ---------------------------------------------------------------------------

TEST(StaticFolder, HidesNamesThatBeginWithADot) {
  StaticSite site;
  site.write(".git/config", "secret");
  site.write("a/.env", "secret");
  site.write(".well-known/security.txt", "open");
  for (const char* path : {"/.git/config", "/a/.env", "/%2Egit/config", "/.git/", "/.git"}) {
    EXPECT_EQ(site.status(path), 404) << path;
  }
  EXPECT_EQ(site.get("/.well-known/security.txt").body, "open");
  EXPECT_EQ(site.get("/").body.find("git"), std::string::npos);
  site.options.dotfiles = true;
  EXPECT_EQ(site.get("/a/.env").body, "secret");
}

TEST(StaticFolder, FollowsLinksThatStayInside) {
  StaticSite site;
  site.write("a/b.txt", "inside");
  std::filesystem::create_symlink("a/b.txt", site.files.path("link"));
  std::filesystem::create_symlink("a", site.files.path("folder"));
  EXPECT_EQ(site.get("/link").body, "inside");
  EXPECT_EQ(site.get("/folder/b.txt").body, "inside");
}

TEST(StaticFolder, FollowsNoLinkThatLeadsOut) {
  StaticSite site;
  TemporaryFolder outside;
  outside.write("secret", "secret");
  site.write("a/x", "x");
  std::filesystem::create_symlink(outside.path("secret"), site.files.path("file"));
  std::filesystem::create_symlink(outside.path(), site.files.path("folder"));
  std::filesystem::create_symlink("../..", site.files.path("a/up"));
  std::filesystem::create_symlink("/proc/self/root", site.files.path("magic"));
  std::filesystem::create_symlink("loop", site.files.path("loop"));
  for (const char* path :
       {"/file", "/folder", "/folder/", "/folder/secret", "/a/up/", "/magic/etc/passwd", "/loop"}) {
    EXPECT_EQ(site.status(path), 404) << path;
  }
}

TEST(StaticFolder, SendsNothingButFiles) {
  StaticSite site;
  ASSERT_EQ(::mkfifo(site.files.path("pipe").c_str(), 0600), 0);
  EXPECT_EQ(site.status("/pipe"), 404);
}

TEST(StaticFolder, TellsOfFilesThatMayNotBeRead) {
  StaticSite site;
  site.write("a", "a");
  ASSERT_EQ(::chmod(site.files.path("a").c_str(), 0), 0);
  int status = 0;
  std::jthread([&] {
    EXPECT_TRUE(give_up_reading_everything());
    status = site.status("/a");
  }).join();
  EXPECT_EQ(status, 403);
}

TEST(StaticFolder, ShowsNoListingInPlaceOfAnIndexThatCannotBeRead) {
  StaticSite site;
  site.write("closed/index.html", "index");
  site.write("out/a.txt", "a");
  site.files.make_folder("folder/index.html");
  ASSERT_EQ(::chmod(site.files.path("closed/index.html").c_str(), 0), 0);
  std::filesystem::create_symlink("/etc/hostname", site.files.path("out/index.html"));
  std::vector<int> statuses;
  std::jthread([&] {
    EXPECT_TRUE(give_up_reading_everything());
    for (const char* path : {"/closed/", "/out/", "/folder/"}) {
      statuses.push_back(site.status(path));
    }
  }).join();
  EXPECT_EQ(statuses, (std::vector{403, 404, 200}));
}

// On a thread whose kernel refuses to open files with that error.
void where_opening_fails(int code, const std::function<void()>& test) {
  bool may_filter = false;
  std::jthread([&] {
    may_filter = deny_call(SYS_openat2, code);
    if (may_filter) test();
  }).join();
  if (!may_filter) GTEST_SKIP() << "this process may not filter its own system calls";
}

TEST(StaticFolder, TellsAFailingDiskFromAFileThatIsNotThere) {
  StaticSite site({.fallback = "app.html"});
  where_opening_fails(EIO, [&] { EXPECT_EQ(site.status("/a", k_page), 500); });
  where_opening_fails(EMFILE, [&] { EXPECT_EQ(site.status("/a", k_page), 503); });
}

TEST(StaticFolder, OpensNothingWhereTheKernelCannotKeepToTheFolder) {
  const TemporaryFolder files;
  for (const int code : {ENOSYS, EINVAL, EPERM}) {
    where_opening_fails(code, [&] {
      const auto folder = StaticFolder::open(files.path().string());
      ASSERT_FALSE(folder);
      EXPECT_EQ(folder.error().code(), code);
      EXPECT_NE(folder.error().describe().find("5.12"), std::string::npos);
    });
  }
}

// One whose names may not be read, and one whose files may not be reached.
TEST(StaticFolder, TellsOfFoldersThatMayNotBeRead) {
  StaticSite site({.archives = true});
  site.write("nameless/a.txt", "a");
  site.write("locked/index.html", "index");
  ASSERT_EQ(::chmod(site.files.path("nameless").c_str(), 0311), 0);
  ASSERT_EQ(::chmod(site.files.path("locked").c_str(), 0644), 0);
  std::jthread([&] {
    EXPECT_TRUE(give_up_reading_everything());
    for (const char* path : {"/nameless/", "/nameless/?archive=tar", "/nameless/?archive=zip",
                             "/locked/index.html", "/locked/none"}) {
      EXPECT_EQ(site.status(path), 403) << path;
      EXPECT_EQ(site.status(path, "Accept: application/json\r\n"), 403) << path;
    }
    EXPECT_EQ(site.get("/nameless/a.txt").body, "a");
    EXPECT_EQ(site.status("/"), 200);
  }).join();
  for (const char* name : {"nameless", "locked"}) {
    EXPECT_EQ(::chmod(site.files.path(name).c_str(), 0755), 0);
  }
}

// --- one file ------------------------------------------------------------------------------------

TEST(StaticFolder, ServesOneFileAlone) {
  StaticSite site;
  site.write("a.txt", "a");
  site.write("b.txt", "b");
  const auto folder = StaticFolder::open(site.files.path("a.txt").string());
  ASSERT_TRUE(folder);
  EXPECT_EQ(ask(**folder, get_of("/")).body, "a");
  EXPECT_EQ(ask(**folder, get_of("/a.txt")).body, "a");
  EXPECT_EQ(ask(**folder, get_of("/b.txt")).status, 404);
  EXPECT_EQ(ask(**folder, get_of("/?archive=tar")).body, "a");
}

TEST(StaticFolder, OpensNothingThatIsNotThere) {
  TemporaryFolder files;
  const auto folder = StaticFolder::open(files.path("nothing").string());
  ASSERT_FALSE(folder);
  EXPECT_NE(folder.error().describe().find("nothing"), std::string::npos);
}

// --- instead of what is not there ----------------------------------------------------------------

TEST(StaticFolder, FallsBackForThePagesOfAnApplication) {
  StaticSite site({.fallback = "app.html"});
  site.write("app.html", "the app");
  site.write("a.js", "code");
  EXPECT_EQ(site.get("/users/7", k_page).body, "the app");
  EXPECT_EQ(site.get("/users/7", k_page).status, 200);
  EXPECT_EQ(site.get("/a.js", k_page).body, "code");
  EXPECT_EQ(site.status("/users/7.js", k_page), 404);
  EXPECT_EQ(site.status("/users/7", "Accept: application/json\r\n"), 404);
  EXPECT_EQ(site.status("/users/7"), 404);
}

TEST(StaticFolder, SendsPagesOfItsOwnForErrors) {
  StaticSite site({.error_files = {{404, "404.html"}}});
  site.write("404.html", "<p>gone");
  const HttpHeardAnswer answer = site.get("/nothing");
  EXPECT_EQ(answer.status, 404);
  EXPECT_EQ(answer.body, "<p>gone");
  EXPECT_EQ(answer.field("etag"), "");
  EXPECT_EQ(answer.field("cache-control"), "no-store");
  EXPECT_EQ(site.status("/nothing", "If-None-Match: *\r\n"), 404);
  std::filesystem::remove(site.files.path("404.html"));
  EXPECT_EQ(site.status("/nothing"), 404);
}

// A page that is shown in place of others is not thereby one that can be asked for.
TEST(StaticFolder, ShowsAHiddenErrorPageOnlyAsOne) {
  StaticSite site({.error_files = {{404, ".errors/404.html"}}});
  site.write(".errors/404.html", "<p>gone");
  const HttpHeard heard =
      site.hear({{.bytes = get_of("/nothing") + get_of("/.errors/404.html"), .ends = true}});
  EXPECT_EQ(heard.statuses(), (std::vector{404, 404}));
}

// --- archives ------------------------------------------------------------------------------------

TEST(StaticFolder, SendsAFolderAsAnArchive) {
  StaticSite site({.archives = true});
  site.write("sub/a.txt", "a");
  site.write("sub/secret/b.txt", "b");
  const HttpHeardAnswer tar = site.get("/sub/?archive=tar");
  EXPECT_EQ(tar.field("content-type"), "application/x-tar");
  EXPECT_EQ(tar.field("content-disposition"), "attachment; filename*=UTF-8''sub.tar");
  EXPECT_NE(tar.body.find("secret/b.txt"), std::string::npos);
  EXPECT_TRUE(site.get("/sub/?archive=zip").body.starts_with("PK"));
  EXPECT_FALSE(site.get("/sub/?archive=exe").body.starts_with("PK"));
  site.options.archives = false;
  EXPECT_EQ(site.get("/sub/?archive=tar").field("content-type"), "text/html; charset=utf-8");
}

TEST(StaticFolder, LeavesOutOfAnArchiveWhatIsNotWanted) {
  StaticSite site({.archives = true, .wanted = [](std::string_view asked, std::string_view entry) {
                     EXPECT_EQ(asked, "sub");
                     return !entry.starts_with("sub/secret");
                   }});
  site.write("sub/a.txt", "a");
  site.write("sub/.hidden", "h");
  site.write("sub/secret/b.txt", "b");
  const std::string tar = site.get("/sub/?archive=tar").body;
  EXPECT_NE(tar.find("a.txt"), std::string::npos);
  EXPECT_EQ(tar.find("secret"), std::string::npos);
  EXPECT_EQ(tar.find("hidden"), std::string::npos);
}

}  // namespace
}  // namespace patchbay
