#include "patchbay/wire/http_condition.hpp"

#include <gtest/gtest.h>

#include <array>
#include <string>

#include "patchbay/wire/http_date.hpp"

namespace patchbay {
namespace {

using namespace std::chrono_literals;
using enum ConditionVerdict;

constexpr std::chrono::sys_seconds k_modified(784111777s);
constexpr std::chrono::sys_seconds k_now = k_modified + 1000h;

const std::string k_same_date = format_http_date(k_modified);
const std::string k_earlier = format_http_date(k_modified - 1s);
const std::string k_later = format_http_date(k_modified + 1s);

constexpr Validators k_file = {.etag = "\"v1\"", .modified = k_modified};
constexpr Validators k_weak_file = {.etag = "W/\"v1\"", .modified = k_modified};
constexpr Validators k_nothing = {.exists = false};

ConditionVerdict judge_get(const HttpConditions& conditions, const Validators& file = k_file) {
  return judge_conditions(conditions, file, true, k_now);
}

ConditionVerdict judge_put(const HttpConditions& conditions, const Validators& file = k_file) {
  return judge_conditions(conditions, file, false, k_now);
}

TEST(HttpCondition, ProceedsWithoutAny) {
  EXPECT_EQ(judge_get({}), proceed);
  EXPECT_EQ(judge_put({}), proceed);
  EXPECT_EQ(judge_put({}, k_nothing), proceed);
}

TEST(HttpCondition, IfMatchComparesStrongly) {
  EXPECT_EQ(judge_put({.if_match = "\"v1\""}), proceed);
  EXPECT_EQ(judge_put({.if_match = "\"v0\", \"v1\""}), proceed);
  EXPECT_EQ(judge_put({.if_match = "\"v0\""}), failed);
  EXPECT_EQ(judge_put({.if_match = "W/\"v1\""}), failed);
  EXPECT_EQ(judge_put({.if_match = "\"v1\""}, k_weak_file), failed);
  EXPECT_EQ(judge_get({.if_match = "\"v0\""}), failed);
  EXPECT_EQ(judge_put({.if_match = "v1"}), failed) << "what cannot be read matches nothing";
}

TEST(HttpCondition, IfMatchStarAsksForExistence) {
  EXPECT_EQ(judge_put({.if_match = "*"}), proceed);
  EXPECT_EQ(judge_put({.if_match = "*"}, k_nothing), failed);
  EXPECT_EQ(judge_put({.if_match = "\"v1\""}, k_nothing), failed);
}

TEST(HttpCondition, IfNoneMatchComparesWeakly) {
  EXPECT_EQ(judge_get({.if_none_match = "\"v1\""}), not_modified);
  EXPECT_EQ(judge_get({.if_none_match = "W/\"v1\""}), not_modified);
  EXPECT_EQ(judge_get({.if_none_match = "\"v1\""}, k_weak_file), not_modified);
  EXPECT_EQ(judge_get({.if_none_match = "\"v0\", \"v1\""}), not_modified);
  EXPECT_EQ(judge_get({.if_none_match = "\"v0\""}), proceed);
  EXPECT_EQ(judge_put({.if_none_match = "\"v1\""}), failed);
  EXPECT_EQ(judge_put({.if_none_match = "\"v0\""}), proceed);
}

TEST(HttpCondition, IfNoneMatchStarCreatesOnly) {
  EXPECT_EQ(judge_put({.if_none_match = "*"}, k_nothing), proceed);
  EXPECT_EQ(judge_put({.if_none_match = "*"}), failed);
  EXPECT_EQ(judge_get({.if_none_match = "*"}), not_modified);
  EXPECT_EQ(judge_put({.if_none_match = "\"v1\""}, k_nothing), proceed);
}

TEST(HttpCondition, AnUnreadableIfNoneMatchWritesNothing) {
  EXPECT_EQ(judge_get({.if_none_match = "v1"}), proceed);
  EXPECT_EQ(judge_put({.if_none_match = "v1"}), failed);
  EXPECT_EQ(judge_put({.if_none_match = "*, *"}), failed);
  EXPECT_EQ(judge_put({.if_none_match = "\"v0\", v1"}), failed);
}

TEST(HttpCondition, IfModifiedSinceIsForSafeMethods) {
  EXPECT_EQ(judge_get({.if_modified_since = k_same_date}), not_modified);
  EXPECT_EQ(judge_get({.if_modified_since = k_later}), not_modified);
  EXPECT_EQ(judge_get({.if_modified_since = k_earlier}), proceed);
  EXPECT_EQ(judge_put({.if_modified_since = k_same_date}), proceed);
  EXPECT_EQ(judge_get({.if_modified_since = "Sunday, 06-Nov-94 08:49:37 GMT"}), not_modified);
}

TEST(HttpCondition, IfUnmodifiedSinceGuardsAllMethods) {
  EXPECT_EQ(judge_put({.if_unmodified_since = k_same_date}), proceed);
  EXPECT_EQ(judge_put({.if_unmodified_since = k_later}), proceed);
  EXPECT_EQ(judge_put({.if_unmodified_since = k_earlier}), failed);
  EXPECT_EQ(judge_get({.if_unmodified_since = k_earlier}), failed);
}

TEST(HttpCondition, IgnoresDatesThatCannotBeRead) {
  EXPECT_EQ(judge_get({.if_modified_since = "yesterday"}), proceed);
  EXPECT_EQ(judge_put({.if_unmodified_since = "yesterday"}), proceed);
  const std::string two = k_earlier + ", " + k_earlier;
  EXPECT_EQ(judge_put({.if_unmodified_since = two}), proceed);
}

TEST(HttpCondition, IgnoresDatesForWhatHasNone) {
  const Validators undated = {.etag = "\"v1\""};
  EXPECT_EQ(judge_get({.if_modified_since = k_later}, undated), proceed);
  EXPECT_EQ(judge_put({.if_unmodified_since = k_earlier}, undated), proceed);
  EXPECT_EQ(judge_put({.if_unmodified_since = k_earlier}, k_nothing), proceed);
}

TEST(HttpCondition, TagsGoBeforeDates) {
  EXPECT_EQ(judge_put({.if_match = "\"v1\"", .if_unmodified_since = k_earlier}), proceed);
  EXPECT_EQ(judge_put({.if_match = "\"v0\"", .if_unmodified_since = k_later}), failed);
  EXPECT_EQ(judge_get({.if_none_match = "\"v0\"", .if_modified_since = k_later}), proceed);
  EXPECT_EQ(judge_get({.if_none_match = "\"v1\"", .if_modified_since = k_earlier}), not_modified);
  EXPECT_EQ(judge_get({.if_none_match = "v1", .if_modified_since = k_later}), proceed);
}

TEST(HttpCondition, TheGuardGoesBeforeTheNews) {
  EXPECT_EQ(judge_get({.if_match = "\"v0\"", .if_none_match = "\"v1\""}), failed);
  EXPECT_EQ(judge_get({.if_match = "\"v1\"", .if_none_match = "\"v1\""}), not_modified);
  EXPECT_EQ(judge_get({.if_modified_since = k_same_date, .if_unmodified_since = k_same_date}),
            not_modified);
}

// Section 13.2.2 once more, as the text has it: each step is true, false or absent.
enum class Step : std::uint8_t { absent, is_true, is_false };

ConditionVerdict by_the_text(Step match, Step unmodified, Step none_match, Step modified,
                             bool safe_method) {
  if (match == Step::is_false) return failed;
  if (match == Step::absent && unmodified == Step::is_false) return failed;
  if (none_match == Step::is_false) return safe_method ? not_modified : failed;
  if (safe_method && none_match == Step::absent && modified == Step::is_false) return not_modified;
  return proceed;
}

std::string_view field_for(Step step, std::string_view if_true, std::string_view if_false) {
  if (step == Step::absent) return {};
  return step == Step::is_true ? if_true : if_false;
}

TEST(HttpCondition, FollowsTheOrderOfTheRfcInEveryCombination) {
  constexpr std::array steps = {Step::absent, Step::is_true, Step::is_false};
  for (int code = 0; code < 3 * 3 * 3 * 3 * 2; ++code) {
    const Step match = steps.at(static_cast<std::size_t>(code % 3));
    const Step unmodified = steps.at(static_cast<std::size_t>(code / 3 % 3));
    const Step none_match = steps.at(static_cast<std::size_t>(code / 9 % 3));
    const Step modified = steps.at(static_cast<std::size_t>(code / 27 % 3));
    const bool safe_method = code / 81 == 1;
    const HttpConditions conditions = {
        .if_match = field_for(match, "\"v1\"", "\"v0\""),
        .if_none_match = field_for(none_match, "\"v0\"", "\"v1\""),
        .if_modified_since = field_for(modified, k_earlier, k_later),
        .if_unmodified_since = field_for(unmodified, k_later, k_earlier),
    };
    EXPECT_EQ(judge_conditions(conditions, k_file, safe_method, k_now),
              by_the_text(match, unmodified, none_match, modified, safe_method))
        << code;
  }
}

TEST(HttpCondition, IfRangeHoldsForTheVeryTag) {
  EXPECT_TRUE(if_range_holds("", k_file, k_now));
  EXPECT_TRUE(if_range_holds("\"v1\"", k_file, k_now));
  EXPECT_FALSE(if_range_holds("\"v0\"", k_file, k_now));
  EXPECT_FALSE(if_range_holds("W/\"v1\"", k_file, k_now));
  EXPECT_FALSE(if_range_holds("W/\"v1\"", k_weak_file, k_now));
  EXPECT_FALSE(if_range_holds("\"v1\"", k_weak_file, k_now));
  EXPECT_FALSE(if_range_holds("\"v1\", \"v2\"", k_file, k_now));
  EXPECT_FALSE(if_range_holds("*", k_file, k_now));
  EXPECT_FALSE(if_range_holds("\"v1\"", Validators{.modified = k_modified}, k_now));
  EXPECT_FALSE(if_range_holds("\"v1\"", k_nothing, k_now));
}

TEST(HttpCondition, IfRangeHoldsForTheVeryDate) {
  EXPECT_TRUE(if_range_holds(k_same_date, k_file, k_now));
  EXPECT_FALSE(if_range_holds(k_earlier, k_file, k_now));
  EXPECT_FALSE(if_range_holds(k_later, k_file, k_now)) << "a later date is no match";
  EXPECT_FALSE(if_range_holds(k_same_date, Validators{.etag = "\"v1\""}, k_now));
  EXPECT_FALSE(if_range_holds("yesterday", k_file, k_now));
}

TEST(HttpCondition, IfRangeTrustsNoDateOfThisSecond) {
  EXPECT_FALSE(if_range_holds(k_same_date, k_file, k_modified));
  EXPECT_TRUE(if_range_holds(k_same_date, k_file, k_modified + 1s));
}

}  // namespace
}  // namespace patchbay
