#include "patchbay/http/result_cache.hpp"

#include <gtest/gtest.h>

namespace patchbay {
namespace {

ResultCache::Value value(std::size_t size, char fill = 'x') {
  return std::make_shared<const std::string>(size, fill);
}

TEST(ResultCache, FindsWhatWasPut) {
  ResultCache cache(100'000);
  EXPECT_EQ(cache.find("a"), nullptr);
  cache.put("a", value(10, 'a'));
  cache.put("b", value(20, 'b'));
  ASSERT_NE(cache.find("a"), nullptr);
  EXPECT_EQ(*cache.find("a"), std::string(10, 'a'));
  EXPECT_EQ(*cache.find("b"), std::string(20, 'b'));
  EXPECT_EQ(cache.hits(), 3u);
  EXPECT_EQ(cache.misses(), 1u);
}

TEST(ResultCache, ForgetsWhatWasNotAskedForLongest) {
  ResultCache cache(4 * 1000);
  for (const char* key : {"a", "b", "c"}) cache.put(key, value(900));
  EXPECT_NE(cache.find("a"), nullptr);
  cache.put("d", value(700));
  EXPECT_EQ(cache.find("b"), nullptr);
  EXPECT_NE(cache.find("a"), nullptr);
  EXPECT_NE(cache.find("c"), nullptr);
  EXPECT_NE(cache.find("d"), nullptr);
}

TEST(ResultCache, NeverTakesMoreThanItMay) {
  constexpr std::size_t k_capacity = 50'000;
  ResultCache cache(k_capacity);
  for (unsigned i = 0; i < 2'000; ++i) {
    cache.put("key " + std::to_string(i * 7 % 300), value(i * 37 % 14'000));
    ASSERT_LE(cache.size_bytes(), k_capacity);
  }
  EXPECT_GT(cache.count(), 3u);
}

TEST(ResultCache, CountsEmptyValuesAndLongKeysToo) {
  ResultCache cache(10'000);
  for (int i = 0; i < 1'000; ++i) cache.put(std::to_string(i), value(0));
  EXPECT_LE(cache.count(), 50u);
  cache.put(std::string(5'000, 'k'), value(0));
  EXPECT_EQ(cache.find(std::string(5'000, 'k')), nullptr);
}

TEST(ResultCache, PutsANewValueInThePlaceOfAnOldOne) {
  ResultCache cache(10'000);
  cache.put("a", value(1'000));
  const auto held = cache.find("a");
  const std::size_t size = cache.size_bytes();
  cache.put("a", value(1'001, 'y'));
  EXPECT_EQ(cache.count(), 1u);
  EXPECT_EQ(cache.size_bytes(), size + 1);
  EXPECT_EQ(*cache.find("a"), std::string(1'001, 'y'));
  EXPECT_EQ(*held, std::string(1'000, 'x'));
}

TEST(ResultCache, DoesNotGiveAllUpForOneLargeValue) {
  ResultCache cache(10'000);
  cache.put("a", value(1'000));
  cache.put("large", value(3'000));
  EXPECT_EQ(cache.find("large"), nullptr);
  EXPECT_NE(cache.find("a"), nullptr);
  cache.put("a", value(3'000));  // what was there is out of date all the same
  EXPECT_EQ(cache.find("a"), nullptr);
}

TEST(ResultCache, IsEmptyAfterClear) {
  ResultCache cache(10'000);
  cache.put("a", value(1'000));
  cache.clear();
  EXPECT_EQ(cache.find("a"), nullptr);
  EXPECT_EQ(cache.size_bytes(), 0u);
  EXPECT_EQ(cache.count(), 0u);
}

}  // namespace
}  // namespace patchbay
