#include "patchbay/http/http_uploads.hpp"

#include <fmt/format.h>
#include <sys/stat.h>
#include <sys/syscall.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <set>
#include <thread>

#include "patchbay/http/compressor.hpp"
#include "patchbay/http/source_fixture.hpp"
#include "patchbay/http/static_site_fixture.hpp"
#include "patchbay/net/denied_call_fixture.hpp"

namespace patchbay {
namespace {

struct Store : StaticSite {
  explicit Store(HttpUploadOptions with = {}) : uploads(with) {}

  std::shared_ptr<HttpUploads> open() const {
    auto handler = HttpUploads::open(StaticSite::open(), files.path().string(), uploads);
    EXPECT_TRUE(handler);
    return *handler;
  }
  HttpHeardAnswer ask_for(std::string request) const { return ask(*open(), std::move(request)); }
  HttpHeardAnswer put(std::string_view target, std::string_view content,
                      std::string_view lines = {}) const {
    return ask_for(body_of("PUT", target, content, lines));
  }
  HttpHeardAnswer post(std::string_view target, std::string_view form,
                       std::string_view lines = {}) const {
    return ask_for(
        body_of("POST", target, form,
                "Content-Type: multipart/form-data; boundary=----Web7\r\n" + std::string(lines)));
  }
  HttpHeard hear(std::vector<HttpSaid> script, HttpLimits limits = {}) const {
    const auto handler = open();
    return HttpWorld(*handler, {.limits = limits}).hear(std::move(script));
  }
  std::string read(std::string_view name) const {
    std::ifstream file(files.path(name), std::ios::binary);
    return {std::istreambuf_iterator<char>(file), {}};
  }
  // All there is, hidden or not.
  std::set<std::string> names() const {
    std::set<std::string> all;
    for (const auto& entry : std::filesystem::recursive_directory_iterator(files.path())) {
      all.insert(std::filesystem::relative(entry.path(), files.path()).string());
    }
    return all;
  }

  HttpUploadOptions uploads;
};

using Names = std::set<std::string>;

std::string part(std::string_view name, std::string_view content) {
  return fmt::format(
      "------Web7\r\nContent-Disposition: form-data; name=\"file\"; filename=\"{}\"\r\n"
      "Content-Type: text/plain\r\n\r\n{}\r\n",
      name, content);
}
constexpr std::string_view k_form_end = "------Web7--\r\n";

// --- PUT (RFC 9110 section 9.3.4) ----------------------------------------------------------------

TEST(Rfc9110, S9_3_4_MakesAFileOrReplacesIt) {
  const Store store;
  store.files.make_folder("sub");
  const HttpHeardAnswer made = store.put("/sub/a%20b.txt", "one");
  EXPECT_EQ(made.status, 201);
  EXPECT_EQ(made.field("location"), "/sub/a%20b.txt");
  EXPECT_EQ(store.read("sub/a b.txt"), "one");
  const HttpHeardAnswer replaced = store.put("/sub/a%20b.txt", "two and more");
  EXPECT_EQ(replaced.status, 204);
  EXPECT_EQ(store.read("sub/a b.txt"), "two and more");
  EXPECT_EQ(store.put("/empty", "").status, 201);
  EXPECT_EQ(store.names(), (Names{"sub", "sub/a b.txt", "empty"}));
}

TEST(HttpUploads, StoresWhatIsLargeOrComesInChunks) {
  const Store store;
  const std::string content = sim::pattern(1'500'000);
  EXPECT_EQ(store.put("/large", content).status, 201);
  EXPECT_EQ(store.read("large"), content);
  std::string chunked = get_of("/chunked", "Transfer-Encoding: chunked\r\n", "PUT");
  for (std::size_t at = 0; at < content.size(); at += 100'000) {
    chunked += chunk_head(100'000) + content.substr(at, 100'000) + "\r\n";
  }
  EXPECT_EQ(store.ask_for(chunked + std::string(k_last_chunk)).status, 201);
  EXPECT_EQ(store.read("chunked"), content);
}

TEST(HttpUploads, GivesLeaveToWhoWaitsForIt) {
  const Store store;
  const HttpHeard heard =
      store.hear({{.bytes = get_of("/a", "Content-Length: 3\r\nExpect: 100-continue\r\n", "PUT")},
                  {.bytes = "one", .after = 1s, .ends = true}});
  EXPECT_EQ(heard.statuses(), (std::vector{100, 201}));
  EXPECT_EQ(store.read("a"), "one");
}

TEST(HttpUploads, SaysNoBeforeTheBodyComes) {
  const Store store({.most_bytes = 100});
  const HttpHeard heard = store.hear(
      {{.bytes = get_of("/a", "Content-Length: 101\r\nExpect: 100-continue\r\n", "PUT")}});
  EXPECT_EQ(heard.only().status, 413);
}

TEST(HttpUploads, KeepsToTheConditionsOfAPut) {
  Store store;
  EXPECT_EQ(store.put("/a", "one", "If-Match: *\r\n").status, 412);
  EXPECT_EQ(store.put("/a", "one", "If-None-Match: *\r\n").status, 201);
  EXPECT_EQ(store.put("/a", "two", "If-None-Match: *\r\n").status, 412);
  EXPECT_EQ(store.read("a"), "one");
  store.set_time("a", k_file_time);
  const std::string etag = ask(*store.open(), get_of("/a")).field("etag");
  EXPECT_EQ(store.put("/a", "two", "If-Match: \"x\"\r\n").status, 412);
  EXPECT_EQ(store.put("/a", "two", "If-Unmodified-Since: Mon, 13 Nov 2023 00:00:00 GMT\r\n").status,
            412);
  EXPECT_EQ(store.put("/a", "two", "If-Match: " + etag + "\r\n").status, 204);
  EXPECT_EQ(store.put("/a", "three", "If-Match: " + etag + "\r\n").status, 412);
  EXPECT_EQ(store.read("a"), "two");
  EXPECT_EQ(store.names(), Names{"a"});
}

// Two at once who both want to be the first: one is.
TEST(HttpUploads, MakesAFileForOneOfThoseWhoAskForANewOne) {
  const Store store;
  const auto handler = store.open();
  HttpWorld it(*handler);
  std::vector<HttpHeard*> all;
  for (const char* content : {"one", "two"}) {
    all.push_back(
        &it.client({{.bytes = get_of("/a", "Content-Length: 3\r\nIf-None-Match: *\r\n", "PUT")},
                    {.bytes = content, .after = 1s, .ends = true}}));
  }
  it.run();
  std::multiset<int> statuses;
  for (const HttpHeard* heard : all) statuses.insert(heard->only().status);
  EXPECT_EQ(statuses, (std::multiset{201, 412}));
  EXPECT_EQ(store.names(), Names{"a"});
}

// Two at once who want to replace what they both have seen: one does, and the other is told that it
// is not there any more.
TEST(HttpUploads, ReplacesAFileForOneOfThoseWhoHaveSeenIt) {
  for (const bool by_tag : {true, false}) {
    SCOPED_TRACE(by_tag);
    Store store;
    store.write("a", "old");
    const auto handler = store.open();
    const std::string seen = by_tag ? "If-Match: " + ask(*handler, get_of("/a")).field("etag")
                                    : "If-Unmodified-Since: " + std::string(k_file_date);
    HttpWorld it(*handler);
    std::vector<HttpHeard*> all;
    for (const char* content : {"one", "two"}) {
      all.push_back(
          &it.client({{.bytes = get_of("/a", "Content-Length: 3\r\n" + seen + "\r\n", "PUT")},
                      {.bytes = content, .after = 1s, .ends = true}}));
    }
    it.run();
    std::multiset<int> statuses;
    for (const HttpHeard* heard : all) statuses.insert(heard->only().status);
    EXPECT_EQ(statuses, (std::multiset{204, 412}));
    EXPECT_EQ(store.read("a"), all[0]->only().status == 204 ? "one" : "two");
    EXPECT_EQ(store.names(), Names{"a"});
  }
}

TEST(HttpUploads, TellsWhoMadeAFileAtTheLastMoment) {
  const Store store;
  const auto handler = store.open();
  HttpWorld it(*handler);
  std::vector<HttpHeard*> all;
  for (const char* content : {"one", "two"}) {
    all.push_back(&it.client({{.bytes = get_of("/a", "Content-Length: 3\r\n", "PUT")},
                              {.bytes = content, .after = 1s, .ends = true}}));
  }
  it.run();
  std::multiset<int> statuses;
  for (const HttpHeard* heard : all) statuses.insert(heard->only().status);
  EXPECT_EQ(statuses, (std::multiset{201, 204}));
}

TEST(HttpUploads, PutsFilesIntoFoldersThatAreThereOnly) {
  const Store store;
  store.files.make_folder("sub");
  store.files.write("file", "x");
  for (const char* path : {"/nowhere/a", "/file/a", "/sub", "/sub/", "/", "/new/"}) {
    EXPECT_EQ(store.put(path, "x").status, 409) << path;
  }
  EXPECT_EQ(store.put("/" + std::string(300, 'a'), "x").status, 414);
  EXPECT_EQ(store.names(), (Names{"sub", "file"}));
}

TEST(HttpUploads, PutsNothingOutsideOfItsFolder) {
  const Store store;
  TemporaryFolder outside;
  outside.write("a", "secret");
  std::filesystem::create_symlink(outside.path(), store.files.path("out"));
  std::filesystem::create_symlink(outside.path("a"), store.files.path("link"));
  EXPECT_EQ(store.put("/out/a", "x").status, 409);
  EXPECT_EQ(store.put("/../a", "x").status, 400);
  EXPECT_EQ(store.put("/a%0A", "x").status, 400);
  EXPECT_EQ(store.put("/%2e%2e%2fa", "x").status, 400);
  // A link itself is replaced, and not what it leads to.
  EXPECT_EQ(store.put("/link", "x").status / 100, 2);
  EXPECT_FALSE(std::filesystem::is_symlink(store.files.path("link")));
  std::ifstream file(outside.path("a"));
  EXPECT_EQ(std::string(std::istreambuf_iterator<char>(file), {}), "secret");
}

// --- limits --------------------------------------------------------------------------------------

TEST(HttpUploads, RefusesWhatIsTooLong) {
  const Store store({.most_bytes = 1000});
  const std::string content(1001, 'x');
  EXPECT_EQ(store.put("/a", content.substr(1)).status, 201);
  EXPECT_EQ(store.put("/b", content).status, 413);
  const std::string head = get_of("/c", "Transfer-Encoding: chunked\r\n", "PUT");
  EXPECT_EQ(store.ask_for(head + chunk_head(1001) + content + "\r\n0\r\n\r\n").status, 413);
  EXPECT_EQ(store.post("/", part("d", content.substr(1)) + std::string(k_form_end)).status, 413);
  EXPECT_EQ(store.names(), Names{"a"});
}

// A bomb is stored as the bytes that it has, or not at all: nothing is unpacked here.
TEST(HttpUploads, UnpacksNothing) {
  const Store store({.most_bytes = 1000});
  const std::string bomb = compress_now(std::string(700'000, '\0'), ContentCoding::gzip);
  ASSERT_LT(bomb.size(), 1000U);
  EXPECT_EQ(store.put("/a.gz", bomb).status, 201);
  EXPECT_EQ(store.read("a.gz"), bomb);
  for (const char* coding :
       {"gzip", "deflate", "br", "zstd", "x-gzip", "identity, gzip", "gzip, gzip"}) {
    const std::string line = fmt::format("Content-Encoding: {}\r\n", coding);
    EXPECT_EQ(store.put("/b", bomb, line).status, 415) << coding;
  }
  const std::string packed = "Transfer-Encoding: gzip, chunked\r\n";
  EXPECT_EQ(store.ask_for(get_of("/b", packed, "PUT") + "0\r\n\r\n").status, 501);
  EXPECT_EQ(store.names(), Names{"a.gz"});
}

TEST(HttpUploads, RefusesMoreFilesInAFormThanItTakes) {
  const Store store;
  std::string form;
  for (int i = 0; i < 1001; ++i) form += part(i == 0 ? "a" : "", "x");
  EXPECT_EQ(store.post("/", form + std::string(k_form_end)).status, 413);
}

TEST(HttpUploads, RefusesALengthThatNoDiskHas) {
  const Store store;
  const std::string most = "Content-Length: 9223372036854775807\r\n";
  EXPECT_EQ(store.ask_for(get_of("/a", most, "PUT")).status, 413);
  const std::string chunked = get_of("/a", "Transfer-Encoding: chunked\r\n", "PUT");
  EXPECT_EQ(store.ask_for(chunked + "10000000000000000\r\nabc").status, 400);
  EXPECT_EQ(store.names(), Names{});
}

TEST(HttpUploads, RefusesWhatItWouldStoreWrongly) {
  const Store store;
  const HttpHeardAnswer packed = store.put("/a", "x", "Content-Encoding: gzip\r\n");
  EXPECT_EQ(packed.status, 415);
  EXPECT_EQ(packed.field("accept-encoding"), "identity");
  EXPECT_EQ(
      store.post("/", part("a", "x") + std::string(k_form_end), "Content-Encoding: br\r\n").status,
      415);
  EXPECT_EQ(store.put("/a", "x", "Content-Range: bytes 0-0/10\r\n").status, 400);
  EXPECT_EQ(store.names(), Names{});
}

TEST(HttpUploads, LeavesNothingOfWhatWasCutShort) {
  const Store store;
  store.files.write("old", "old");
  const std::string half = std::string(300'000, 'x');
  for (const char* path : {"/new", "/old"}) {
    const HttpHeard heard = store.hear(
        {{.bytes = get_of(path, "Content-Length: 600000\r\n", "PUT") + half, .ends = true}});
    EXPECT_EQ(heard.only().status, 400) << path;
  }
  const HttpHeard slow =
      store.hear({{.bytes = get_of("/new", "Content-Length: 9\r\n", "PUT") + "x"}}, {.grace = 5s});
  EXPECT_EQ(slow.only().status, 408);
  const HttpHeard chunked = store.hear(
      {{.bytes = get_of("/new", "Transfer-Encoding: chunked\r\n", "PUT") + "3\r\nabcX\r\n"}});
  EXPECT_EQ(chunked.only().status, 400);
  EXPECT_EQ(store.names(), Names{"old"});
  EXPECT_EQ(store.read("old"), "old");
}

// Many may send slowly.
Task<int> put_from(HttpHandler& handler, HttpSource& body) {
  HttpRequest request{.method = "PUT", .target = "/a", .path = "/a"};
  request.body = &body;
  co_return (co_await handler.answer(request)).status;
}

TEST(HttpUploads, TakesMemoryForWhatHasCome) {
  const Store store;
  MeasuredSource body({"a few", std::string(600'000, 'x')});
  EXPECT_EQ((*Loop::make())->run(put_from(*store.open(), body)), 201);
  EXPECT_EQ(store.read("a").size(), 600'005U);
  EXPECT_EQ(body.rooms[0], 16'384U);
  EXPECT_EQ(body.rooms[1], 16'384U - 5);
  EXPECT_EQ(*std::ranges::max_element(body.rooms), 262'144U);
}

// --- who may -------------------------------------------------------------------------------------

TEST(HttpUploads, TakesNoHiddenNames) {
  Store store;
  store.files.make_folder(".git");
  for (const char* path : {"/.bashrc", "/.git/config", "/%2Ehtaccess", "/..x"}) {
    EXPECT_EQ(store.put(path, "x").status, 403) << path;
  }
  EXPECT_EQ(store.post("/", part(".bashrc", "x") + std::string(k_form_end)).status, 403);
  EXPECT_EQ(store.names(), Names{".git"});
  store.uploads.dotfiles = true;
  EXPECT_EQ(store.put("/.bashrc", "x").status, 201);
}

// Whoever puts a file there can have a certificate for this host.
TEST(HttpUploads, TakesNoNamesThatAreWellKnown) {
  Store store;
  store.files.make_folder(".well-known/acme-challenge");
  const Names before = store.names();
  EXPECT_EQ(store.put("/.well-known/acme-challenge/x", "x").status, 403);
  EXPECT_EQ(store.put("/.well-known/x", "x").status, 403);
  EXPECT_EQ(store.post("/.well-known/", part("x", "x") + std::string(k_form_end)).status, 403);
  EXPECT_EQ(store.post("/", part(".well-known", "x") + std::string(k_form_end)).status, 403);
  EXPECT_EQ(store.names(), before);
  store.uploads.dotfiles = true;
  EXPECT_EQ(store.put("/.well-known/acme-challenge/x", "x").status, 201);
}

TEST(HttpUploads, TakesNothingFromPagesOfOtherOrigins) {
  const Store store;
  for (const char* origin : {"http://evil.test", "null", "http://site.test.evil.test",
                             "http://site.test:8080", "site.test", "http://evil.test/site.test"}) {
    const std::string line = fmt::format("Origin: {}\r\n", origin);
    EXPECT_EQ(store.put("/a", "x", line).status, 403) << origin;
    EXPECT_EQ(store.post("/", part("a", "x") + std::string(k_form_end), line).status, 403);
  }
  EXPECT_EQ(store.names(), Names{});
  EXPECT_EQ(store.put("/a", "x", "Origin: http://site.test\r\n").status, 201);
  EXPECT_EQ(store.put("/b", "x", "Origin: https://SITE.test\r\n").status, 201);
}

TEST(HttpUploads, LeavesOtherMethodsToTheHandlerBehindIt) {
  const Store store;
  store.files.write("a", "content");
  EXPECT_EQ(store.ask_for(get_of("/a")).body, "content");
  EXPECT_EQ(store.ask_for(get_of("/a", {}, "DELETE")).status, 405);
  EXPECT_EQ(store.names(), Names{"a"});
}

// --- forms (RFC 7578) ----------------------------------------------------------------------------

TEST(HttpUploads, StoresTheFilesOfAForm) {
  const Store store;
  store.files.make_folder("sub");
  const std::string other =
      "------Web7\r\nContent-Disposition: form-data; name=\"note\"\r\n\r\nno file\r\n"
      "------Web7\r\nContent-Disposition: form-data; name=\"none\"; filename=\"\"\r\n\r\n\r\n";
  const std::string large = sim::pattern(700'000);
  const HttpHeardAnswer answer = store.post(
      "/sub/", part("a.txt", "one") + other + part("ä b.txt", large) + std::string(k_form_end));
  EXPECT_EQ(answer.status, 303);
  EXPECT_EQ(answer.field("location"), "/sub/");
  EXPECT_EQ(store.read("sub/a.txt"), "one");
  EXPECT_EQ(store.read("sub/ä b.txt"), large);
  EXPECT_EQ(store.names(), (Names{"sub", "sub/a.txt", "sub/ä b.txt"}));
}

TEST(HttpUploads, StoresAFormThatComesInSmallPieces) {
  const Store store;
  const std::string form = part("a.txt", "one\r\n------Web\r\ntwo") + std::string(k_form_end);
  std::vector<HttpSaid> script{
      {.bytes = get_of("/",
                       fmt::format("Content-Type: multipart/form-data; boundary=----Web7\r\n"
                                   "Content-Length: {}\r\n",
                                   form.size()),
                       "POST")}};
  for (const char byte : form) script.push_back({.bytes = {byte}, .after = 5ms});
  script.back().ends = true;
  EXPECT_EQ(store.hear(std::move(script)).only().status, 303);
  EXPECT_EQ(store.read("a.txt"), "one\r\n------Web\r\ntwo");
}

// Some browsers send whole paths. Only the name at their end counts.
TEST(HttpUploads, TakesTheLastSegmentOfAName) {
  const Store store;
  store.files.make_folder("sub");
  for (const char* name : {"sub/a", "../b", "C:\\\\dir\\\\c", "/etc/d"}) {
    (void)store.post("/", part(name, "x") + std::string(k_form_end));
  }
  for (const std::string& name : store.names()) {
    EXPECT_EQ(name.find('/'), std::string::npos) << name;
  }
  EXPECT_FALSE(std::filesystem::exists(store.files.path("../b")));
  EXPECT_EQ(store.names(), (Names{"sub", "a", "b", "c", "d"}));
}

TEST(HttpUploads, ReplacesNothingByAForm) {
  const Store store;
  store.files.write("a", "old");
  EXPECT_EQ(store.post("/", part("a", "new") + std::string(k_form_end)).status, 409);
  EXPECT_EQ(store.read("a"), "old");
  EXPECT_EQ(store.names(), Names{"a"});
}

TEST(HttpUploads, RefusesFormsThatAreNone) {
  const Store store;
  EXPECT_EQ(store.ask_for(body_of("POST", "/", "a=b")).status, 415);
  EXPECT_EQ(store.ask_for(body_of("POST", "/", "a=b", "Content-Type: text/plain\r\n")).status, 415);
  EXPECT_EQ(store.post("/", k_form_end).status, 400);
  EXPECT_EQ(store.post("/", part("a", "cut short")).status, 400);
  EXPECT_EQ(store.post("/nowhere/", part("a", "x") + std::string(k_form_end)).status, 409);
  EXPECT_EQ(store.names(), Names{});
}

// --- disks ---------------------------------------------------------------------------------------

// A system call that fails as on a full disk, on a thread that has nothing else to do.
int status_when_denied(const Store& store, long call, int error, std::string request) {
  int status = 0;
  std::jthread([&] {
    if (!deny_call(call, error)) return;
    status = store.ask_for(std::move(request)).status;
  }).join();
  return status;
}

TEST(HttpUploads, TellsOfAFullDiskAndLeavesNothing) {
  const Store store;
  store.files.write("old", "old");
  EXPECT_EQ(status_when_denied(store, SYS_write, ENOSPC, body_of("PUT", "/a", "x")), 507);
  EXPECT_EQ(status_when_denied(store, SYS_fsync, ENOSPC, body_of("PUT", "/old", "x")), 507);
  EXPECT_EQ(status_when_denied(store, SYS_write, EDQUOT, body_of("PUT", "/a", "x")), 507);
  EXPECT_EQ(status_when_denied(store, SYS_write, EIO, body_of("PUT", "/a", "x")), 500);
  EXPECT_EQ(status_when_denied(store, SYS_write, EFBIG, body_of("PUT", "/a", "x")), 413);
  const std::string made = body_of("PUT", "/a", "x", "If-None-Match: *\r\n");
  EXPECT_EQ(status_when_denied(store, SYS_renameat2, EROFS, made), 403);
  EXPECT_EQ(store.names(), Names{"old"});
  EXPECT_EQ(store.read("old"), "old");
}

// What was stored whole before the disk was full stays, and nothing of what came then.
TEST(HttpUploads, TellsOfADiskThatIsFullInTheMiddleOfAForm) {
  const Store store;
  const std::string form =
      body_of("POST", "/", part("a", "x") + part("b", "y") + std::string(k_form_end),
              "Content-Type: multipart/form-data; boundary=----Web7\r\n");
  EXPECT_EQ(status_when_denied(store, SYS_write, ENOSPC, form), 507);
  EXPECT_EQ(status_when_denied(store, SYS_fsync, EDQUOT, form), 507);
  EXPECT_EQ(status_when_denied(store, SYS_write, EFBIG, form), 413);
  EXPECT_EQ(status_when_denied(store, SYS_renameat2, ENOSPC, form), 507);
  EXPECT_EQ(store.names(), Names{});
  EXPECT_EQ(store.ask_for(form).status, 303);
  EXPECT_EQ(store.names(), (Names{"a", "b"}));
}

// A file system that does not rename to a name only if it is free: a second name does it.
TEST(HttpUploads, MakesAFileWhereTheKernelCannotRenameToAFreeName) {
  const Store store;
  const std::string made = body_of("PUT", "/a", "one", "If-None-Match: *\r\n");
  EXPECT_EQ(status_when_denied(store, SYS_renameat2, EINVAL, made), 201);
  EXPECT_EQ(status_when_denied(store, SYS_renameat2, EINVAL, made), 412);
  EXPECT_EQ(store.read("a"), "one");
  EXPECT_EQ(store.names(), Names{"a"});
}

TEST(HttpUploads, KeepsToTheUmask) {
  const Store store;
  const mode_t before = ::umask(027);
  EXPECT_EQ(store.put("/a", "x").status, 201);
  ::umask(before);
  struct stat status;
  ASSERT_EQ(::stat(store.files.path("a").c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777, 0640U);
}

}  // namespace
}  // namespace patchbay
