#include "patchbay/http/folder_archive.hpp"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <map>
#include <random>
#include <thread>

#include "patchbay/base/unprivileged_fixture.hpp"
#include "patchbay/http/source_fixture.hpp"
#include "patchbay/http/temporary_folder_fixture.hpp"
#include "patchbay/net/child_process.hpp"

namespace patchbay {
namespace {

using std::filesystem::path;

Task<Drained> pack(FolderArchive archive, std::size_t most) {
  const auto source = co_await archive_folder(std::move(archive));
  if (!source) co_return Drained{.fault = source.error()};
  co_return co_await drain(**source, most);
}

std::string packed(FolderArchive archive) {
  auto loop = Loop::make();
  const auto drained = (*loop)->run(pack(std::move(archive), 64 * 1024));
  EXPECT_FALSE(drained.fault) << drained.fault->describe();
  return drained.text();
}

std::string read_file(const path& name) {
  std::ifstream file(name, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

// "name" or "name/" to content.
using Tree = std::map<std::string, std::string>;

Tree tree_of(const path& top) {
  Tree tree;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(top)) {
    std::string name = entry.path().string().substr(top.string().size() + 1);
    if (entry.is_directory()) {
      tree[name + "/"] = "";
    } else {
      tree[name] = read_file(entry.path());
    }
  }
  return tree;
}

Task<int> run_program(std::vector<std::string> command, std::string& errors) {
  auto child = ChildProcess::start({.command = command, .environment = {"LC_ALL=C.UTF-8"}});
  EXPECT_TRUE(child) << child.error().describe();
  if (!child) co_return -1;
  for (;;) {
    const auto data = co_await child->errors().receive(Deadline::after(60s));
    if (!data || data->empty()) break;
    errors += data->text();
  }
  co_return (co_await child->wait(Deadline::after(60s))).value_or(-1);
}

// By a program that is none of ours.
void unpack(ArchiveFormat format, const std::string& bytes, const TemporaryFolder& into) {
  const TemporaryFolder place;
  place.write("archive", bytes);
  const std::string file = place.path("archive"), to = into.path();
  const std::vector<std::string> command =
      format == ArchiveFormat::tar
          ? std::vector<std::string>{"tar", "--warning=no-unknown-keyword", "-xpf", file, "-C", to}
          : std::vector<std::string>{"python3", "-m", "zipfile", "-e", file, to};
  auto loop = Loop::make();
  std::string errors;
  EXPECT_EQ((*loop)->run(run_program(command, errors)), 0) << errors;
  EXPECT_EQ(errors, "");
}

Tree unpacked(ArchiveFormat format, const std::string& bytes) {
  const TemporaryFolder into;
  unpack(format, bytes, into);
  return tree_of(into.path());
}

class ArchiveTest : public testing::TestWithParam<ArchiveFormat> {
 protected:
  Tree round_trip(FolderArchive archive) {
    archive.format = GetParam();
    return unpacked(GetParam(), packed(std::move(archive)));
  }
};
INSTANTIATE_TEST_SUITE_P(Each, ArchiveTest, testing::Values(ArchiveFormat::tar, ArchiveFormat::zip),
                         [](const auto& info) {
                           return info.param == ArchiveFormat::tar ? "tar" : "zip";
                         });

std::string noise(std::size_t size, std::mt19937& dice) {
  std::string text(size, '\0');
  for (char& c : text) c = static_cast<char>(dice() % 64);
  return text;
}

void grow(const TemporaryFolder& folder, const std::string& at, unsigned depth,
          std::mt19937& dice) {
  for (unsigned i = dice() % 6; i > 0; --i) {
    const std::string name = at + std::string(1 + dice() % 120, static_cast<char>('a' + i));
    if (depth < 5 && dice() % 3 == 0) {
      folder.make_folder(name);
      grow(folder, name + "/", depth + 1, dice);
    } else {
      const std::size_t size = dice() % 2 == 0 ? dice() % 1000 : dice() % 300'000;
      folder.write(name, noise(size, dice));
    }
  }
}

TEST_P(ArchiveTest, UnpacksToTheSameTree) {
  for (unsigned seed = 0; seed < 5; ++seed) {
    std::mt19937 dice(seed);
    const TemporaryFolder folder;
    folder.write("always", "there");
    grow(folder, "", 0, dice);
    EXPECT_TRUE(round_trip({.folder = folder.opened()}) == tree_of(folder.path()))
        << "seed " << seed;
  }
}

TEST_P(ArchiveTest, KeepsNamesOfAnyScript) {
  const TemporaryFolder folder;
  folder.write("\xc3\xbcml\xc3\xa4ut/\xe6\x97\xa5\xe6\x9c\xac.txt", "a");
  folder.write("blank and 'quote\" <b>", "b");
  folder.write(std::string(200, 'x') + "/" + std::string(200, 'y') + "\xc3\xa9", "c");
  EXPECT_EQ(round_trip({.folder = folder.opened()}), tree_of(folder.path()));
}

TEST_P(ArchiveTest, HasOneFolderAtTheTop) {
  const TemporaryFolder folder;
  folder.write("a/b", "1");
  EXPECT_EQ(round_trip({.folder = folder.opened(), .name = "photos"}),
            (Tree{{"photos/", ""}, {"photos/a/", ""}, {"photos/a/b", "1"}}));
}

TEST_P(ArchiveTest, OfAnEmptyFolderIsOne) {
  const TemporaryFolder folder;
  EXPECT_EQ(round_trip({.folder = folder.opened()}), Tree{});
  EXPECT_EQ(round_trip({.folder = folder.opened(), .name = "top"}), (Tree{{"top/", ""}}));
}

TEST_P(ArchiveTest, LeavesOutWhatIsNobodysBusiness) {
  const TemporaryFolder folder;
  folder.write("file", "1");
  folder.write(".hidden", "2");
  folder.write(".git/config", "3");
  folder.write("sub/.env", "4");
  ASSERT_EQ(::mkfifo(folder.path("sub/pipe").c_str(), 0600), 0);
  EXPECT_EQ(round_trip({.folder = folder.opened()}), (Tree{{"file", "1"}, {"sub/", ""}}));
}

TEST_P(ArchiveTest, LeavesOutLinksAndSaysSo) {
  const TemporaryFolder folder;
  folder.write("file", "1");
  std::filesystem::create_symlink("file", folder.path("inside"));
  std::filesystem::create_symlink("/etc", folder.path("outside"));
  const Tree tree = round_trip({.folder = folder.opened(), .name = "top"});
  ASSERT_EQ(tree.size(), 3u);
  EXPECT_TRUE(tree.contains("top/file"));
  EXPECT_EQ(tree.at("top/patchbay-note.txt"),
            "Not everything in this archive is as it was in the folder.\n\n"
            "2 symbolic links left out.\n");
}

TEST_P(ArchiveTest, LeavesOutWhatIsNotWanted) {
  const TemporaryFolder folder;
  folder.write("public/a", "1");
  folder.write("secret/b", "2");
  folder.write("public/secret/c", "3");
  const auto wanted = [](std::string_view name) { return name != "secret"; };
  EXPECT_EQ(
      round_trip({.folder = folder.opened(), .wanted = wanted}),
      (Tree{{"public/", ""}, {"public/a", "1"}, {"public/secret/", ""}, {"public/secret/c", "3"}}));
}

TEST_P(ArchiveTest, EndsAtItsLimitsAndSaysSo) {
  const TemporaryFolder folder;
  for (const char* name : {"1/2/3/4/file", "1/2/file"}) folder.write(name, "x");
  const Tree shallow = round_trip({.folder = folder.opened(), .most_depth = 3});
  EXPECT_TRUE(shallow.contains("1/2/file"));
  EXPECT_FALSE(shallow.contains("1/2/3/"));
  EXPECT_NE(shallow.at("patchbay-note.txt").find("1/2/3: left out: it is too deep\n"),
            std::string::npos);
  const Tree small = round_trip({.folder = folder.opened(), .most_entries = 3});
  EXPECT_EQ(small.size(), 4u);
  EXPECT_NE(small.at("patchbay-note.txt").find("an archive has at most 3 files and folders\n"),
            std::string::npos);
  // Each folder that it is in takes memory.
  const auto budget = std::make_shared<MemoryBudget>(835 * 1024);
  const Tree little = round_trip({.folder = folder.opened(), .memory = MemoryShare(budget)});
  EXPECT_FALSE(little.contains("1/2/file"));
  EXPECT_NE(little.at("patchbay-note.txt").find("there is no memory left for archives\n"),
            std::string::npos);
  EXPECT_EQ(budget->held_bytes(), 0u);
}

TEST_P(ArchiveTest, DoesNotHideAFileBehindItsNote) {
  const TemporaryFolder folder;
  folder.write("patchbay-note.txt", "mine");
  std::filesystem::create_symlink("/etc", folder.path("link"));
  const Tree tree = round_trip({.folder = folder.opened()});
  EXPECT_EQ(tree.at("patchbay-note.txt"), "mine");
  EXPECT_TRUE(tree.contains("patchbay-note-2.txt"));
}

struct Changed {
  Tree tree;
  std::string note;
};

// Packs a folder that `change` changes when the first piece is made: by then a file is open.
Task<std::string> pack_while(FolderArchive archive, const std::function<void()>& change) {
  const auto source = co_await archive_folder(std::move(archive));
  EXPECT_TRUE(source);
  if (!source) co_return "";
  change();
  co_return (co_await drain(**source)).text();
}

Changed changed_meanwhile(ArchiveFormat format, const TemporaryFolder& folder,
                          const std::function<void()>& change) {
  auto loop = Loop::make();
  const std::string bytes =
      (*loop)->run(pack_while({.folder = folder.opened(), .format = format}, change));
  Changed changed{.tree = unpacked(format, bytes)};
  changed.note = changed.tree["patchbay-note.txt"];
  return changed;
}

std::string random_text(std::size_t size) {
  std::mt19937 dice(7);
  std::string text(size, '\0');
  for (char& c : text) c = static_cast<char>(dice() | 1);  // no zero in it
  return text;
}

TEST_P(ArchiveTest, StaysValidWhenAFileShrinks) {
  const TemporaryFolder folder;
  const std::string content = random_text(1'000'000);
  folder.write("file", content);
  const auto changed = changed_meanwhile(
      GetParam(), folder, [&] { std::filesystem::resize_file(folder.path("file"), 600'000); });
  const std::string& got = changed.tree.at("file");
  EXPECT_TRUE(got.substr(0, 600'000) == content.substr(0, 600'000));
  if (GetParam() == ArchiveFormat::tar) {
    EXPECT_TRUE(got.substr(600'000) == std::string(400'000, '\0'));
    EXPECT_NE(changed.note.find("file: only the first 600000 bytes of 1000000 are right, the rest "
                                "is zeros: it became shorter while it was read\n"),
              std::string::npos)
        << changed.note;
  } else {
    EXPECT_EQ(got.size(), 600'000u);
    EXPECT_NE(changed.note.find("600000 bytes of 1000000 are here"), std::string::npos);
  }
}

TEST_P(ArchiveTest, StaysValidWhenAFileGrows) {
  const TemporaryFolder folder;
  const std::string content = random_text(1'000'000);
  folder.write("file", content);
  const auto changed =
      changed_meanwhile(GetParam(), folder, [&] { folder.write("file", content + "and more"); });
  EXPECT_TRUE(changed.tree.at("file") == content);
  EXPECT_NE(changed.note.find("file: it grew while it was read"), std::string::npos);
}

TEST_P(ArchiveTest, SaysWhatVanished) {
  const TemporaryFolder folder;
  for (const char* name : {"a", "b", "c"}) folder.write(name, random_text(400'000));
  const auto changed = changed_meanwhile(GetParam(), folder, [&] {
    for (const char* name : {"a", "b", "c"}) std::filesystem::remove(folder.path(name));
  });
  ASSERT_EQ(changed.tree.size(), 2u);  // the one that was open, and the note
  for (const char* name : {"a", "b", "c"}) {
    const bool is_noted =
        changed.note.find(std::string(name) + ": left out: no file") != std::string::npos;
    EXPECT_NE(is_noted, changed.tree.contains(name)) << name;
  }
}

// What may not be read is missing, and the note says what.
TEST_P(ArchiveTest, SaysWhatMayNotBeRead) {
  const TemporaryFolder folder;
  folder.write("open", "1");
  folder.write("closed", "2");
  folder.write("sub/file", "3");
  ASSERT_EQ(::chmod(folder.path("closed").c_str(), 0), 0);
  ASSERT_EQ(::chmod(folder.path("sub").c_str(), 0), 0);
  std::string bytes;
  std::jthread([&] {
    EXPECT_TRUE(give_up_reading_everything());
    bytes = packed({.folder = folder.opened(), .format = GetParam()});
  }).join();
  ASSERT_EQ(::chmod(folder.path("sub").c_str(), 0755), 0);
  const Tree tree = unpacked(GetParam(), bytes);
  EXPECT_EQ(tree.at("open"), "1");
  EXPECT_FALSE(tree.contains("closed"));
  EXPECT_FALSE(tree.contains("sub/file"));
  const std::string& note = tree.at("patchbay-note.txt");
  for (const char* name : {"closed", "sub"}) {
    EXPECT_NE(note.find(std::string(name) + ": left out: "), note.npos) << note;
  }
}

TEST_P(ArchiveTest, FollowsNoLinkThatTakesThePlaceOfAFolder) {
  const TemporaryFolder outside;
  outside.write("secret", "s");
  const TemporaryFolder folder;
  folder.write("a", random_text(400'000));
  folder.write("b", random_text(400'000));
  folder.write("sub/file", "x");
  const auto changed = changed_meanwhile(GetParam(), folder, [&] {
    std::filesystem::remove_all(folder.path("sub"));
    std::filesystem::create_symlink(outside.path(), folder.path("sub"));
  });
  EXPECT_FALSE(changed.tree.contains("sub/secret"));
}

TEST_P(ArchiveTest, ComesInBoundedPieces) {
  const TemporaryFolder folder;
  for (const char* name : {"a", "b", "c"}) folder.write(name, random_text(2'000'000));
  auto loop = Loop::make();
  const auto drained =
      (*loop)->run(pack({.folder = folder.opened(), .format = GetParam()}, 10'000'000));
  EXPECT_GT(drained.pieces.size(), 20u);
  for (const std::string& piece : drained.pieces) EXPECT_LT(piece.size(), 300'000u);
}

TEST_P(ArchiveTest, FailsBeforeItBegins) {
  const TemporaryFolder folder;
  const auto unread = std::make_shared<const HttpFile>(
      ::open(folder.path().c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
  auto loop = Loop::make();
  const auto drained =
      (*loop)->run(pack({.folder = unread, .name = "top", .format = GetParam()}, 64 * 1024));
  ASSERT_TRUE(drained.fault);
  EXPECT_EQ(drained.fault->what(), "cannot read the folder");
}

TEST(TarArchive, KeepsModeAndTimeAndNobodysName) {
  const TemporaryFolder folder;
  folder.write("script", "#!/bin/sh\n");
  ASSERT_EQ(::chmod(folder.path("script").c_str(), 04751), 0);
  const timespec times[2] = {{.tv_sec = 784111777, .tv_nsec = 5},
                             {.tv_sec = 784111777, .tv_nsec = 5}};
  ASSERT_EQ(::utimensat(AT_FDCWD, folder.path("script").c_str(), times, 0), 0);
  const std::string bytes = packed({.folder = folder.opened()});
  ASSERT_GE(bytes.size(), 512u);
  EXPECT_EQ(bytes.substr(0, 7), std::string("script\0", 7));
  // User and group, and their names.
  EXPECT_EQ(bytes.substr(108, 7), "000000 ");
  EXPECT_EQ(bytes.substr(116, 7), "000000 ");
  EXPECT_EQ(bytes.substr(265, 64), std::string(64, '\0'));
  const TemporaryFolder into;
  unpack(ArchiveFormat::tar, bytes, into);
  struct stat found;
  ASSERT_EQ(::stat(into.path("script").c_str(), &found), 0);
  EXPECT_EQ(found.st_mode & 07777u, 0751u);
  EXPECT_EQ(found.st_mtim.tv_sec, 784111777);
}

TEST(TarArchive, KeepsTheBytesOfNamesThatAreNotText) {
  const TemporaryFolder folder;
  folder.write("bad\xff\xfe", "1");
  folder.write("\xe2\x80\xae\ntxt", "2");
  EXPECT_EQ(unpacked(ArchiveFormat::tar, packed({.folder = folder.opened()})),
            tree_of(folder.path()));
}

TEST(ZipArchive, WritesNamesThatAreNotTextAsFarAsTheyAre) {
  const TemporaryFolder folder;
  folder.write("bad\xff", "1");
  EXPECT_EQ(unpacked(ArchiveFormat::zip,
                     packed({.folder = folder.opened(), .format = ArchiveFormat::zip})),
            (Tree{{"bad\xef\xbf\xbd", "1"}}));
}

}  // namespace
}  // namespace patchbay
