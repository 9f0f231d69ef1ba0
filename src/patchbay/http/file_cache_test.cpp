#include "patchbay/http/file_cache.hpp"

#include <gtest/gtest.h>

namespace patchbay {
namespace {

constexpr Instant k_start{1000s};

std::shared_ptr<StaticFile> file_of_size(std::size_t bytes) {
  auto file = std::make_shared<StaticFile>();
  file->identity.size = bytes;
  file->identity.whole = HttpPrepared::make(200, {}, std::string(bytes, 'x'));
  return file;
}

TEST(FileCache, IsFreshForASecondAndKnownForTen) {
  FileCache cache;
  const auto file = file_of_size(10);
  cache.put("/a", file, k_start);
  EXPECT_EQ(cache.fresh("/a", k_start + 999ms), file.get());
  EXPECT_EQ(cache.fresh("/a", k_start + 1s), nullptr);
  EXPECT_EQ(cache.known("/a", k_start + 9s), file);
  EXPECT_EQ(cache.known("/a", k_start + 10s), nullptr);
  EXPECT_EQ(cache.fresh("/b", k_start), nullptr);
  EXPECT_EQ(cache.known("/b", k_start), nullptr);
}

TEST(FileCache, IsFreshAgainWhenItWasFoundTheSame) {
  FileCache cache;
  const auto file = file_of_size(10);
  cache.put("/a", file, k_start);
  cache.put("/a", file, k_start + 9s);
  EXPECT_EQ(cache.fresh("/a", k_start + 9s + 500ms), file.get());
  // It was read ten seconds ago all the same.
  EXPECT_EQ(cache.known("/a", k_start + 10s), nullptr);
  const auto other = file_of_size(20);
  cache.put("/a", other, k_start + 11s);
  EXPECT_EQ(cache.known("/a", k_start + 20s), other);
  EXPECT_EQ(cache.size(), 1U);
}

TEST(FileCache, KeepsSoManyFilesAndNoMore) {
  FileCache cache({.files = 8});
  for (int i = 0; i < 8; ++i) cache.put("/" + std::to_string(i), file_of_size(10), k_start);
  EXPECT_EQ(cache.size(), 8U);
  EXPECT_NE(cache.fresh("/0", k_start), nullptr);  // used lately
  cache.put("/8", file_of_size(10), k_start);
  EXPECT_EQ(cache.size(), 6U);
  EXPECT_NE(cache.fresh("/0", k_start), nullptr);
  EXPECT_NE(cache.fresh("/8", k_start), nullptr);
  EXPECT_EQ(cache.fresh("/1", k_start), nullptr);
}

TEST(FileCache, KeepsSoMuchMemoryAndNoMore) {
  FileCache cache({.memory_bytes = 100'000});
  std::size_t most = 0;
  for (int i = 0; i < 200; ++i) {
    cache.put("/" + std::to_string(i), file_of_size(10'000), k_start);
    most = std::max(most, cache.memory_bytes());
  }
  EXPECT_LE(most, 100'000U);
  EXPECT_GT(most, 60'000U);
  cache.put("/large", file_of_size(500'000), k_start);
  EXPECT_LE(cache.memory_bytes(), 100'000U);
}

// A form that was packed later counts too.
TEST(FileCache, CountsWhatAFileGrowsBy) {
  FileCache cache;
  const auto file = file_of_size(1000);
  cache.put("/a", file, k_start);
  const std::size_t before = cache.memory_bytes();
  Representation packed{.coding = ContentCoding::gzip, .size = 300};
  packed.whole = HttpPrepared::make(200, {}, std::string(300, 'x'));
  file->coded_as(ContentCoding::gzip) = std::move(packed);
  cache.put("/a", file, k_start);
  EXPECT_EQ(cache.memory_bytes(), before + 300);
  cache.forget("/a");
  EXPECT_EQ(cache.memory_bytes(), 0U);
  EXPECT_EQ(cache.size(), 0U);
  cache.forget("/a");
}

}  // namespace
}  // namespace patchbay
