#include "patchbay/base/result.hpp"

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <type_traits>

namespace patchbay {
namespace {

static_assert(std::is_trivially_copyable_v<Error>);
static_assert(std::is_trivially_destructible_v<Error>);
static_assert(sizeof(Error) <= 80);
static_assert(std::is_convertible_v<Error, Result<int>>);
static_assert(std::is_convertible_v<Error, Result<>>);
static_assert(std::is_nothrow_move_constructible_v<Result<std::unique_ptr<int>>>);

Result<int> half(int number) {
  if (number % 2 != 0) return Error(Fault::limit, "halve");
  return number / 2;
}

Result<> check(bool good) {
  if (!good) return Error(Fault::integrity, "check");
  return ok();
}

TEST(Result, HoldsAValue) {
  const auto result = half(8);
  ASSERT_TRUE(result);
  EXPECT_EQ(*result, 4);
}

TEST(Result, HoldsAnError) {
  const auto result = half(7);
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().fault(), Fault::limit);
}

TEST(Result, OfNothingTellsSuccessFromFailure) {
  EXPECT_TRUE(check(true));
  ASSERT_FALSE(check(false));
  EXPECT_EQ(check(false).error().fault(), Fault::integrity);
}

TEST(Result, PassesAnErrorOnUnderAnotherType) {
  const Result<std::string> outer = []() -> Result<std::string> {
    const auto inner = half(1);
    if (!inner) return inner.error();
    return std::to_string(*inner);
  }();
  ASSERT_FALSE(outer);
  EXPECT_STREQ(outer.error().operation(), "halve");
}

TEST(Result, MovesWhatCannotBeCopied) {
  Result<std::unique_ptr<int>> result = std::make_unique<int>(7);
  ASSERT_TRUE(result);
  const std::unique_ptr<int> taken = std::move(*result);
  EXPECT_EQ(*taken, 7);
}

}  // namespace
}  // namespace patchbay
