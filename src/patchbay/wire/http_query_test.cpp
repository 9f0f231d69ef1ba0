#include "patchbay/wire/http_query.hpp"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace patchbay {
namespace {

std::vector<std::string> members_of(std::string_view query) {
  std::vector<std::string> all;
  while (const auto member = next_query_member(query)) all.emplace_back(*member);
  return all;
}

TEST(HttpQuery, IsCutAtItsAmpersands) {
  using Members = std::vector<std::string>;
  EXPECT_EQ(members_of(""), Members());
  EXPECT_EQ(members_of("a"), Members({"a"}));
  EXPECT_EQ(members_of("a=1&b=%26&c"), Members({"a=1", "b=%26", "c"}));
  EXPECT_EQ(members_of("&&a&"), Members({"", "", "a"}));
}

TEST(HttpQuery, HasAValueForTheFirstOfAName) {
  EXPECT_EQ(query_value("sort=size&order=desc", "order"), "desc");
  EXPECT_EQ(query_value("a=1&a=2", "a"), "1");
  EXPECT_EQ(query_value("a=b=c", "a"), "b=c");
  EXPECT_EQ(query_value("a=", "a"), "");
  EXPECT_EQ(query_value("ab=1&a=2", "a"), "2");
  EXPECT_EQ(query_value("a&b", "a"), "");
  EXPECT_EQ(query_value("", "a"), "");
}

}  // namespace
}  // namespace patchbay
