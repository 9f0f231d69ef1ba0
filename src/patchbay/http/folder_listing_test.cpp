#include "patchbay/http/folder_listing.hpp"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <nlohmann/json.hpp>

#include "patchbay/http/source_fixture.hpp"
#include "patchbay/http/temporary_folder_fixture.hpp"
#include "patchbay/net/group.hpp"

namespace patchbay {
namespace {

using Json = nlohmann::json;

Task<Drained> list(FolderListing listing, std::size_t most) {
  const auto source = co_await list_folder(std::move(listing));
  if (!source) co_return Drained{.fault = source.error()};
  co_return co_await drain(**source, most);
}

Drained listed(FolderListing listing, std::size_t most = 64 * 1024) {
  auto loop = Loop::make();
  return (*loop)->run(list(std::move(listing), most));
}

Json json_of(const TemporaryFolder& folder, FolderOrder order = {}, bool dotfiles = false) {
  const auto drained = listed({.folder = folder.opened(),
                               .form = FolderForm::json,
                               .heading = {.path = "/", .order = order},
                               .dotfiles = dotfiles});
  EXPECT_FALSE(drained.fault);
  return Json::parse(drained.text());
}

std::vector<std::string> names_in(const Json& json) {
  std::vector<std::string> names;
  for (const Json& entry : json["entries"]) names.push_back(entry["name"]);
  return names;
}

using Names = std::vector<std::string>;

void set_time(const TemporaryFolder& folder, const char* name, std::int64_t seconds) {
  const timespec times[2] = {{.tv_sec = seconds, .tv_nsec = 0}, {.tv_sec = seconds, .tv_nsec = 0}};
  EXPECT_EQ(::utimensat(AT_FDCWD, folder.path(name).c_str(), times, 0), 0);
}

// Quicker than to open and to close each.
void make_files(const TemporaryFolder& folder, unsigned count) {
  const HttpFile open(folder.open());
  for (unsigned i = 0; i < count; ++i) {
    const std::string name = "file-" + std::to_string(100'000 + i * 7919ull % count) + ".txt";
    ASSERT_EQ(::mknodat(open.descriptor(), name.c_str(), S_IFREG | 0644, 0), 0);
  }
}

TEST(FolderListing, HasFoldersFirstThenAllByName) {
  const TemporaryFolder folder;
  for (const char* name : {"b", "a", "B", "ab", "a-longer-name", "a-longer-nbme", "\xff", "z"}) {
    folder.write(name, name);
  }
  folder.make_folder("y");
  folder.make_folder("c");
  EXPECT_EQ(names_in(json_of(folder)), (Names{"c", "y", "B", "a", "a-longer-name", "a-longer-nbme",
                                              "ab", "b", "z", "\xef\xbf\xbd"}));
  EXPECT_EQ(names_in(json_of(folder, {.descending = true})),
            (Names{"y", "c", "\xef\xbf\xbd", "z", "b", "ab", "a-longer-nbme", "a-longer-name", "a",
                   "B"}));
}

TEST(FolderListing, SortsBySizeAndByTime) {
  const TemporaryFolder folder;
  folder.write("large", std::string(5000, 'x'));
  folder.write("small", "x");
  folder.write("alike", "y");
  folder.make_folder("old");
  folder.make_folder("new");
  set_time(folder, "large", 3000);
  set_time(folder, "small", 1000);
  set_time(folder, "alike", 2000);
  set_time(folder, "old", 10);
  set_time(folder, "new", 20);
  EXPECT_EQ(names_in(json_of(folder, {.by = FolderSort::size})),
            (Names{"new", "old", "alike", "small", "large"}));
  EXPECT_EQ(names_in(json_of(folder, {.by = FolderSort::size, .descending = true})),
            (Names{"new", "old", "large", "alike", "small"}));
  EXPECT_EQ(names_in(json_of(folder, {.by = FolderSort::time})),
            (Names{"old", "new", "small", "alike", "large"}));
  EXPECT_EQ(names_in(json_of(folder, {.by = FolderSort::time, .descending = true})),
            (Names{"new", "old", "large", "alike", "small"}));
}

TEST(FolderListing, SortsAsTheBytesOfTheNamesDo) {
  const TemporaryFolder folder;
  Names names;
  for (unsigned i = 0; i < 600; ++i) {
    std::string name = i % 3 == 0 ? "common-prefix-" : "";
    for (unsigned rest = i * 2654435761u; rest > 0; rest /= 5) name += "ab\x80\xc3~"[rest % 5];
    if (name.empty() || std::ranges::find(names, name) != names.end()) continue;
    folder.write(name, "");
    names.push_back(name);
  }
  std::ranges::sort(names);
  const std::string page = listed({.folder = folder.opened(), .heading = {.path = "/"}}).text();
  std::size_t at = 0;
  for (const std::string& name : names) {
    std::string href;
    for (const char c : name) {
      href += c == '\x80' ? "%80" : c == '\xc3' ? "%C3" : std::string(1, c);
    }
    at = page.find("<a href=\"" + href + "\">", at);
    ASSERT_NE(at, page.npos) << href;
  }
}

TEST(FolderListing, SaysWhatKindEachEntryIs) {
  const TemporaryFolder folder;
  folder.write("file", "abc");
  folder.write(".hidden", "abc");
  folder.make_folder("sub");
  std::filesystem::create_symlink("file", folder.path("to-file"));
  std::filesystem::create_symlink("/nowhere", folder.path("to-nowhere"));
  ASSERT_EQ(::mkfifo(folder.path("pipe").c_str(), 0600), 0);
  const Json json = json_of(folder);
  EXPECT_EQ(names_in(json), (Names{"sub", "file", "to-file", "to-nowhere"}));
  EXPECT_EQ(json["entries"][0]["type"], "folder");
  EXPECT_EQ(json["entries"][1]["type"], "file");
  EXPECT_EQ(json["entries"][1]["size_bytes"], 3);
  EXPECT_EQ(json["entries"][2]["type"], "link");
  EXPECT_EQ(names_in(json_of(folder, {}, true)),
            (Names{"sub", ".hidden", "file", "to-file", "to-nowhere"}));
}

TEST(FolderListing, HasTheLongestNamesThatThereAre) {
  const TemporaryFolder folder;
  const std::string longest(255, 'n');
  folder.write(longest, "");
  folder.write(longest.substr(1), "");
  EXPECT_EQ(names_in(json_of(folder)), (Names{longest.substr(1), longest}));
}

TEST(FolderListing, OfAnEmptyFolderIsWhole) {
  const TemporaryFolder folder;
  EXPECT_EQ(json_of(folder), (Json{{"path", "/"}, {"entries", Json::array()}, {"complete", true}}));
}

TEST(FolderListing, FailsBeforeItBegins) {
  const TemporaryFolder folder;
  folder.write("file", "abc");
  const auto no_folder =
      std::make_shared<const HttpFile>(::open(folder.path("file").c_str(), O_RDONLY | O_CLOEXEC));
  const auto drained = listed({.folder = no_folder});
  ASSERT_TRUE(drained.fault);
  EXPECT_TRUE(drained.pieces.empty());
  EXPECT_EQ(drained.fault->code(), ENOTDIR);
  const auto unread = std::make_shared<const HttpFile>(
      ::open(folder.path().c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
  EXPECT_EQ(listed({.folder = unread}).fault->what(), "cannot read the folder");
}

TEST(FolderListing, OfARemovedFolderIsEmpty) {
  const TemporaryFolder folder;
  folder.make_folder("sub");
  const auto sub = std::make_shared<const HttpFile>(folder.open("sub"));
  std::filesystem::remove(folder.path("sub"));
  const auto drained = listed({.folder = sub, .form = FolderForm::json});
  EXPECT_FALSE(drained.fault);
  EXPECT_TRUE(Json::parse(drained.text())["entries"].empty());
}

TEST(FolderListing, EndsAtItsLimitsAndSaysSo) {
  const TemporaryFolder folder;
  for (const char* name : {"a", "b", "c", "d"}) folder.write(name, "");
  const auto entries = [&](std::size_t most_entries, std::size_t most_name_bytes) {
    const auto drained = listed({.folder = folder.opened(),
                                 .form = FolderForm::json,
                                 .most_entries = most_entries,
                                 .most_name_bytes = most_name_bytes});
    const Json json = Json::parse(drained.text());
    EXPECT_EQ(json["complete"], json["entries"].size() == 4) << drained.text();
    return json["entries"].size();
  };
  EXPECT_EQ(entries(4, 1000), 4u);
  EXPECT_EQ(entries(3, 1000), 3u);
  EXPECT_EQ(entries(0, 1000), 0u);
  EXPECT_EQ(entries(100, 5), 2u);
  const auto page = listed({.folder = folder.opened(), .most_entries = 2}).text();
  EXPECT_NE(page.find("the list ends after 2 names"), page.npos);
}

TEST(FolderListing, ComesInPiecesOfWhateverSizeIsAskedFor) {
  const TemporaryFolder folder;
  make_files(folder, 300);
  const auto whole = listed({.folder = folder.opened()});
  for (const std::size_t most : {1u, 7u, 1000u, 1'000'000u}) {
    const auto drained = listed({.folder = folder.opened()}, most);
    EXPECT_TRUE(drained.text() == whole.text()) << most;
  }
}

Task<> list_while_it_changes(const TemporaryFolder& folder, unsigned count, std::string& page) {
  const auto source = co_await list_folder({.folder = folder.opened()});
  EXPECT_TRUE(source);
  if (!source) co_return;
  std::string room(1'000'000, '\0');
  const auto head = co_await (*source)->read(std::as_writable_bytes(std::span(room)));
  EXPECT_TRUE(head);
  // Only a part of the names has been read by now.
  EXPECT_EQ(room.find("<tr><td><a href=\"file"), room.npos);
  for (unsigned i = 0; i < count; i += 2) {
    std::filesystem::remove(folder.path("file-" + std::to_string(100'000 + i) + ".txt"));
  }
  page = room.substr(0, head.value_or(0)) + (co_await drain(**source)).text();
}

TEST(FolderListing, LeavesOutWhatVanishesMeanwhile) {
  const TemporaryFolder folder;
  constexpr unsigned k_count = 20'000;
  make_files(folder, k_count);
  std::string page;
  auto loop = Loop::make();
  (*loop)->run(list_while_it_changes(folder, k_count, page));
  std::size_t at = 0;
  for (unsigned i = 1; i < k_count; i += 2) {
    at = page.find("\"file-" + std::to_string(100'000 + i) + ".txt\"", at);
    ASSERT_NE(at, page.npos) << i;
  }
  EXPECT_EQ(page.find("file-100002.txt"), page.npos);
  EXPECT_NE(page.find("10000 files"), page.npos);
}

TEST(FolderListing, OfALargeFolderComesInBoundedPieces) {
  const TemporaryFolder folder;
  constexpr unsigned k_count = 100'000;
  make_files(folder, k_count);
  const auto drained = listed({.folder = folder.opened()}, 10'000'000);
  ASSERT_FALSE(drained.fault);
  EXPECT_LT(drained.pieces.front().size(), 4096u);
  for (const std::string& piece : drained.pieces) EXPECT_LT(piece.size(), 130u * 1024);
  const std::string page = drained.text();
  std::size_t rows = 0;
  for (std::size_t at = 0; (at = page.find("<tr><td>", at)) != page.npos; ++at) ++rows;
  EXPECT_EQ(rows, k_count + 0u);
  EXPECT_TRUE(page.ends_with("</html>\n"));
}

// What its names would take beyond its memory is not listed, and the listing says so.
TEST(FolderListing, KeepsToItsMemory) {
  const TemporaryFolder folder;
  make_files(folder, 50'000);
  const auto budget = std::make_shared<MemoryBudget>(4u << 20);
  const auto list = [&] {
    return listed(
        {.folder = folder.opened(), .form = FolderForm::json, .memory = MemoryShare(budget)});
  };
  const auto drained = list();
  ASSERT_FALSE(drained.fault);
  const Json json = Json::parse(drained.text());
  EXPECT_EQ(json["complete"], false);
  EXPECT_GT(json["entries"].size(), 8'000u);
  EXPECT_LT(json["entries"].size(), 50'000u);
  EXPECT_EQ(budget->held_bytes(), 0u);
  MemoryShare others(budget);
  ASSERT_TRUE(others.hold(3u << 20));
  const auto refused = list();
  ASSERT_TRUE(refused.fault);
  EXPECT_EQ(refused.fault->fault(), Fault::limit);
}

Task<Result<std::size_t>> read_late(const TemporaryFolder& folder) {
  const auto source = co_await list_folder({.folder = folder.opened()});
  std::string room(1'000'000, '\0');
  const auto into = std::as_writable_bytes(std::span(room));
  EXPECT_TRUE(co_await (*source)->read(into));
  co_return co_await (*source)->read(into, Deadline::after(-1s));
}

Task<> cancel_and_read(TaskGroup& group, const TemporaryFolder& folder,
                       Result<std::size_t>& result) {
  const auto source = co_await list_folder({.folder = folder.opened()});
  std::string room(1'000'000, '\0');
  const auto into = std::as_writable_bytes(std::span(room));
  EXPECT_TRUE(co_await (*source)->read(into));
  group.cancel();
  result = co_await (*source)->read(into);
}

TEST(FolderListing, EndsWhenItIsLateOrCancelled) {
  const TemporaryFolder folder;
  make_files(folder, 10'000);
  auto loop = Loop::make();
  EXPECT_EQ((*loop)->run(read_late(folder)).error().fault(), Fault::timed_out);
  Result<std::size_t> result = 0;
  (*loop)->run(with_group(cancel_and_read, std::ref(folder), std::ref(result)));
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().fault(), Fault::cancelled);
}

}  // namespace
}  // namespace patchbay
