#include "patchbay/net/ip_set.hpp"

#include <gtest/gtest.h>

#include <random>
#include <set>

namespace patchbay {
namespace {

std::vector<IpRange> ranges(std::initializer_list<const char*> texts) {
  std::vector<IpRange> all;
  for (const char* text : texts) all.push_back(IpRange::parse(text).value());
  return all;
}

std::string words(const IpSet& set) {
  std::string all;
  for (const IpRange& range : set.ranges()) all += (all.empty() ? "" : " ") + range.to_string();
  return all;
}

TEST(IpSet, JoinsWhatOverlapsAndTouches) {
  const IpSet set(ranges({"10.0.0.8-10.0.0.20", "10.0.0.0/29", "10.0.0.15-30", "10.0.0.40"}));
  EXPECT_EQ(words(set), "10.0.0.0-10.0.0.30 10.0.0.40-10.0.0.40");
  EXPECT_TRUE(set.size() == 32);
}

TEST(IpSet, KeepsTheEndsOfTheNumbers) {
  const IpSet all(ranges({"0.0.0.0/0", "255.255.255.255", "::/0"}));
  EXPECT_EQ(all.ranges().size(), 2U);
  EXPECT_TRUE(all.size() == ~IpNumber{0});  // it saturates
  EXPECT_TRUE(all.contains(IpAddress::parse("ffff::").value()));
  EXPECT_EQ(all.at(last_number(Family::v4)).to_string(), "255.255.255.255");
  EXPECT_EQ(all.at(last_number(Family::v4) + 1).to_string(), "::");
}

TEST(IpSet, WhatIsExcludedIsNotInIt) {
  const auto in = ranges({"10.0.0.0/24", "10.0.2.0/24"});
  EXPECT_EQ(words({in, ranges({"10.0.0.0-10.0.0.9", "10.0.0.20", "10.0.0.250-10.0.2.5"})}),
            "10.0.0.10-10.0.0.19 10.0.0.21-10.0.0.249 10.0.2.6-10.0.2.255");
  EXPECT_TRUE(IpSet(in, ranges({"0.0.0.0/0"})).empty());
  EXPECT_TRUE(IpSet(in, ranges({"0.0.0.0/0"})).size() == 0);
  EXPECT_EQ(words({in, ranges({"::/0"})}), words(IpSet(in)));
  EXPECT_EQ(words({ranges({"0.0.0.0/0"}), ranges({"0.0.0.0", "255.255.255.255"})}),
            "0.0.0.1-255.255.255.254");
}

TEST(IpSet, BecomesNetworksAgain) {
  std::string all;
  for (const IpNetwork& one :
       IpSet(ranges({"10.0.0.0/25", "10.0.0.128/25", "::2/127"})).networks()) {
    all += one.to_string() + " ";
  }
  EXPECT_EQ(all, "10.0.0.0/24 ::2/127 ");
}

TEST(IpSet, IsMadeOfSpansJustAsOfRanges) {
  IpSpans spans;
  for (const IpRange& range : ranges({"10.0.0.9", "::5", "10.0.0.0/29", "10.0.0.8", "::/126"})) {
    spans.add(range);
  }
  EXPECT_EQ(spans.size(), 5U);
  IpSpans twice = spans;
  twice.add(spans);
  EXPECT_EQ(twice.size(), 10U);
  twice.settle();
  EXPECT_EQ(twice.size(), 3U);
  EXPECT_EQ(words(IpSet(twice)), "10.0.0.0-10.0.0.9 ::-::3 ::5-::5");
  EXPECT_EQ(words(IpSet(spans)), words(IpSet(twice)));
}

TEST(IpSet, TellsHowManyStandBefore) {
  const IpSet set(ranges({"10.0.0.10-19", "10.0.0.30-39", "::10-::1f"}));
  const auto index = [&](const char* text) {
    return static_cast<int>(set.index_of(IpAddress::parse(text).value()));
  };
  EXPECT_EQ(index("10.0.0.9"), 0);
  EXPECT_EQ(index("10.0.0.10"), 0);
  EXPECT_EQ(index("10.0.0.12"), 2);
  EXPECT_EQ(index("10.0.0.20"), 10);
  EXPECT_EQ(index("10.0.0.31"), 11);
  EXPECT_EQ(index("255.255.255.255"), 20);
  EXPECT_EQ(index("::"), 20);
  EXPECT_EQ(index("::11"), 21);
  EXPECT_EQ(index("ffff::"), 36);
  EXPECT_EQ(static_cast<int>(set.count_in(ranges({"10.0.0.19-30"}).front())), 2);
  EXPECT_EQ(static_cast<int>(set.count_in(ranges({"10.0.0.20-29"}).front())), 0);
  EXPECT_EQ(static_cast<int>(set.count_in(ranges({"::/0"}).front())), 16);
  const IpSet all(ranges({"0.0.0.0/0", "::/0"}));
  EXPECT_TRUE(all.count_in(ranges({"0.0.0.0/0"}).front()) == last_number(Family::v4) + 1);
  EXPECT_TRUE(all.index_of(IpAddress::parse("::").value()) == last_number(Family::v4) + 1);
}

TEST(IpSet, ASetWithoutAnotherIsBothApart) {
  const IpSet set(ranges({"10.0.0.0/24", "::/126"}));
  EXPECT_EQ(words(set.without(IpSet(ranges({"10.0.0.0/25", "::2", "11.0.0.0/8"})))),
            "10.0.0.128-10.0.0.255 ::-::1 ::3-::3");
  EXPECT_TRUE(set.without(set).empty());
  EXPECT_TRUE(set.without(set).size() == 0);
  EXPECT_EQ(words(set.without(IpSet())), words(set));
}

// Against the plainest set there is.
TEST(IpSet, IsWhatASetOfNumbersIs) {
  std::mt19937 chance(7);  // NOLINT: the same at each run
  const auto number = [&chance](std::uint32_t below) {
    return static_cast<std::uint32_t>(chance() % below);
  };
  for (int run = 0; run < 300; ++run) {
    std::set<std::uint32_t> plain;
    std::vector<IpRange> in, out;
    for (auto* list : {&in, &out}) {
      for (std::uint32_t i = number(6); i > 0; --i) {
        const std::uint32_t first = number(250), last = first + number(20);
        list->push_back({address_of(first, Family::v4), address_of(last, Family::v4)});
      }
    }
    for (const IpRange& range : in) {
      for (IpNumber n = number_of(range.first); n <= number_of(range.last); ++n) {
        plain.insert(static_cast<std::uint32_t>(n));
      }
    }
    for (const IpRange& range : out) {
      for (IpNumber n = number_of(range.first); n <= number_of(range.last); ++n) {
        plain.erase(static_cast<std::uint32_t>(n));
      }
    }
    const IpSet set(in, out);
    ASSERT_TRUE(set.size() == plain.size());
    IpNumber index = 0;
    for (const std::uint32_t n : plain) {
      ASSERT_EQ(set.at(index++), address_of(n, Family::v4));
      ASSERT_TRUE(set.contains(address_of(n, Family::v4)));
    }
    for (std::uint32_t n = 0; n < 280; ++n) {
      ASSERT_EQ(set.contains(address_of(n, Family::v4)), plain.contains(n));
    }
  }
}

}  // namespace
}  // namespace patchbay
