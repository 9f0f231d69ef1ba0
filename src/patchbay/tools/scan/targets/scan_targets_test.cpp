#include "patchbay/tools/scan/targets/scan_targets.hpp"

#include <gtest/gtest.h>
#include <stdlib.h>
#include <unistd.h>

#include <fstream>

#include "patchbay/net/resolve.hpp"
#include "patchbay/tools/scan/targets/target_file.hpp"

namespace patchbay {
namespace {

using Names = std::vector<LookedUpName>;
using Words = std::vector<std::string>;

LookedUpName found(const char* name, std::initializer_list<const char*> addresses) {
  std::vector<IpAddress> all;
  for (const char* text : addresses) all.push_back(IpAddress::parse(text).value());
  return {name, all};
}
LookedUpName failed(const char* name, ResolveFailure failure = ResolveFailure::no_such_name) {
  return {name, resolve_error(failure, name)};
}

std::string told(const Failure& failure) {
  return failure.what + " / " + failure.why + " / " + failure.remedy;
}

std::string written(const IpSet& set) {
  std::string all;
  for (const IpRange& range : set.ranges()) all += (all.empty() ? "" : " ") + range.to_string();
  return all;
}

struct Asked {
  Words scan;
  Words exclude = {};
  Words always = {};
  Names names = {};
  Family family = Family::any;
  TargetLimits limits = {};
};

std::expected<TargetSet, Failure> settle(const Asked& asked) {
  ScanTargets targets(asked.family, asked.limits);
  const std::pair<TargetUse, const Words&> all[] = {{TargetUse::scan, asked.scan},
                                                    {TargetUse::exclude, asked.exclude},
                                                    {TargetUse::exclude_always, asked.always}};
  for (const auto& [use, words] : all) {
    for (const std::string& word : words) {
      if (auto done = targets.add(use, word); !done) return std::unexpected(done.error());
    }
  }
  return targets.settle(asked.names);
}

std::string hosts(const Asked& asked) {
  const auto set = settle(asked);
  return set ? written(set->hosts) : told(set.error());
}

class Folder {
 public:
  Folder() { EXPECT_NE(::mkdtemp(path_), nullptr); }
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;
  ~Folder() {
    for (const std::string& file : files_) ::unlink(file.c_str());
    ::rmdir(path_);
  }
  std::string file(const std::string& name, std::string_view text) {
    files_.push_back(std::string(path_) + "/" + name);
    std::ofstream(files_.back()) << text;
    return files_.back();
  }

 private:
  char path_[32] = "/tmp/patchbay-targets-XXXXXX";
  std::vector<std::string> files_;
};

TEST(ScanTargets, WhatOverlapsIsOne) {
  EXPECT_EQ(
      hosts({.scan = {"10.0.0.0/25", "10.0.0.100-200", "10.0.0.7,10.0.0.201", "::1", "::/127"}}),
      "10.0.0.0-10.0.0.201 ::-::1");
}

TEST(ScanTargets, WhatIsExcludedIsNotInIt) {
  const auto set = settle({.scan = {"10.0.0.0/24", "2001:db8::/120"},
                           .exclude = {"10.0.0.0,255", "10.0.0.10-19,2001:db8::80/121"},
                           .always = {"10.0.0.15-24", "10.9.0.0/16"}});
  ASSERT_TRUE(set);
  EXPECT_EQ(written(set->hosts), "10.0.0.1-10.0.0.9 10.0.0.25-10.0.0.254 2001:db8::-2001:db8::7f");
  EXPECT_EQ(static_cast<int>(set->excluded), 2 + 10 + 128);
  EXPECT_EQ(static_cast<int>(set->excluded_always), 5);
}

TEST(ScanTargets, NamesGiveAllTheirAddresses) {
  const auto set = settle({.scan = {"web1", "10.0.0.9", "web2,nobody"},
                           .names = {found("web1", {"10.0.0.1", "fd00::1"}),
                                     found("web2", {"10.0.0.2", "10.0.0.1"}), failed("nobody")}});
  ASSERT_TRUE(set);
  EXPECT_EQ(written(set->hosts), "10.0.0.1-10.0.0.2 10.0.0.9-10.0.0.9 fd00::1-fd00::1");
  EXPECT_EQ(set->names.size(), 3U);
  EXPECT_EQ(set->names.at("10.0.0.1"), "web1");
  EXPECT_EQ(set->names.at("10.0.0.2"), "web2");
  EXPECT_EQ(set->names.at("fd00::1"), "web1");
  ASSERT_EQ(set->failures.size(), 1U);
  EXPECT_EQ(set->failures[0].name, "nobody");
  EXPECT_EQ(set->failures[0].error.why(), "no such name exists");
}

TEST(ScanTargets, ANameIsLookedUpOnce) {
  ScanTargets targets;
  for (const TargetUse use : {TargetUse::scan, TargetUse::scan, TargetUse::exclude}) {
    ASSERT_TRUE(targets.add(use, "web1,10.0.0.1,web2,web1"));
  }
  EXPECT_EQ(targets.names(), (Words{"web1", "web2"}));
}

TEST(ScanTargets, AnExcludedNameTakesAllItsAddresses) {
  const auto set = settle({.scan = {"10.0.0.0/30", "fd00::/126", "db"},
                           .exclude = {"db"},
                           .names = {found("db", {"10.0.0.1", "fd00::2"})}});
  ASSERT_TRUE(set);
  EXPECT_EQ(written(set->hosts),
            "10.0.0.0-10.0.0.0 10.0.0.2-10.0.0.3 fd00::-fd00::1 fd00::3-fd00::3");
  EXPECT_TRUE(set->names.empty());
}

TEST(ScanTargets, AnExcludedNameThatIsNotKnownIsDanger) {
  EXPECT_EQ(hosts({.scan = {"10.0.0.0/30"}, .exclude = {"db"}, .names = {failed("db")}}),
            "cannot exclude db / its addresses are not known: no such name exists / exclude it by "
            "its addresses: as it is, a scan might reach it");
  EXPECT_TRUE(hosts({.scan = {"10.0.0.1"}, .always = {"db"}, .names = {}})
                  .starts_with("cannot exclude db / its addresses are not known"));
  // It has no address of the family that is scanned.
  EXPECT_EQ(hosts({.scan = {"10.0.0.1"},
                   .exclude = {"db"},
                   .names = {failed("db", ResolveFailure::no_address_of_family)},
                   .family = Family::v4}),
            "10.0.0.1-10.0.0.1");
}

TEST(ScanTargets, OneFamilyLeavesTheOtherOut) {
  const auto set =
      settle({.scan = {"10.0.0.1", "::1", "fd00::/64"}, .exclude = {"::1"}, .family = Family::v4});
  ASSERT_TRUE(set);
  EXPECT_EQ(written(set->hosts), "10.0.0.1-10.0.0.1");
  EXPECT_EQ(set->left_out, 2U);
  EXPECT_EQ(static_cast<int>(set->excluded), 0);
  EXPECT_EQ(hosts({.scan = {"::1"}, .family = Family::v4}),
            "cannot scan: no target is left / all that is named is IPv6, and IPv4 alone (-4) was "
            "asked for / leave out -4");
}

TEST(ScanTargets, NothingLeftIsRefused) {
  EXPECT_EQ(hosts({.scan = {}}),
            "cannot scan: no target is named / neither the command nor a file of it has one / "
            "patchbay scan 192.0.2.0/24");
  EXPECT_EQ(hosts({.scan = {"10.0.0.0/16"}, .exclude = {"10.0.0.0/17"}, .always = {"10.0.0.0/8"}}),
            "cannot scan: no target is left / 65,536 addresses are named, and all of that is "
            "excluded, 32,768 of them by /etc/patchbay/scan-exclude / name other targets, or "
            "exclude less");
  // Not where names have failed: then those are told.
  const auto set = settle({.scan = {"nobody"}, .names = {failed("nobody")}});
  ASSERT_TRUE(set);
  EXPECT_TRUE(set->hosts.empty());
  EXPECT_EQ(set->failures.size(), 1U);
}

TEST(ScanTargets, RangesThatJoinHaveRoom) {
  Asked asked{.scan = {}, .limits = {.ranges = 100}};
  for (int i = 0; i < 1000; ++i) asked.scan.push_back("10.0.0." + std::to_string(i % 50));
  EXPECT_EQ(hosts(asked), "10.0.0.0-10.0.0.49");
  asked.scan.clear();
  for (int i = 0; i < 101; ++i) asked.scan.push_back("10.0." + std::to_string(i) + ".1");
  EXPECT_EQ(hosts(asked),
            "cannot use the target 10.0.100.1 / 100 ranges of addresses are named already / name "
            "whole networks, as in 10.0.0.0/8");
}

TEST(ScanTargets, NamesHaveALimit) {
  EXPECT_EQ(
      hosts({.scan = {"a", "b", "a", "c"}, .limits = {.names = 2}}),
      "cannot use the target c / 2 names are to be looked up already / scan some of them at a "
      "time, or name them by their addresses");
}

TEST(ScanTargets, FilesAreRead) {
  Folder folder;
  ScanTargets targets;
  ASSERT_TRUE(targets.add_file(TargetUse::scan,
                               folder.file("in", "# the lab\n10.0.0.0/29 web1\n\n::1 # itself\n")));
  ASSERT_TRUE(targets.add_file(TargetUse::exclude, folder.file("out", "10.0.0.3,5\n")));
  ASSERT_TRUE(targets.add_system_exclusions(folder.file("always", "10.0.0.0\n")));
  ASSERT_TRUE(targets.add_system_exclusions("/nonexistent/scan-exclude"));
  const auto set = targets.settle({found("web1", {"10.0.1.1"})});
  ASSERT_TRUE(set);
  EXPECT_EQ(written(set->hosts),
            "10.0.0.1-10.0.0.2 10.0.0.4-10.0.0.4 10.0.0.6-10.0.0.7 10.0.1.1-10.0.1.1 ::1-::1");
  EXPECT_EQ(static_cast<int>(set->excluded_always), 1);
  ScanTargets others;
  const auto bad = others.add_file(TargetUse::scan, folder.file("bad", "10.0.0.1\n10.0.0.300\n"));
  ASSERT_FALSE(bad);
  EXPECT_TRUE(bad.error().what.starts_with("cannot use the target 10.0.0.300 in line 2 of /tmp/"));
  EXPECT_FALSE(others.add_file(TargetUse::scan, "/nonexistent"));
  // What cannot be read does not exclude nothing.
  EXPECT_FALSE(others.add_system_exclusions("/proc"));
}

// Hours of somebody's list: no more than a piece of it is in memory as text.
TEST(ScanTargets, AMillionLinesAreKeptAsRanges) {
  ScanTargets targets;
  std::string piece;
  TargetLines lines([&](std::string_view word) { return targets.add(TargetUse::scan, word); });
  for (unsigned i = 0; i < 1'000'000; ++i) {
    const unsigned number = i * 2;  // none touches the next
    piece += "10." + std::to_string(number >> 16 & 255) + "." + std::to_string(number >> 8 & 255) +
             "." + std::to_string(number & 255) + "\n";
    if (piece.size() < 60'000) continue;
    ASSERT_TRUE(lines.feed(piece));
    piece.clear();
  }
  ASSERT_TRUE(lines.feed(piece));
  ASSERT_TRUE(lines.end());
  const auto set = targets.settle({});
  ASSERT_TRUE(set);
  EXPECT_EQ(static_cast<int>(set->hosts.size()), 1'000'000);
  EXPECT_EQ(set->hosts.at(999'999).to_string(), "10.30.132.126");
}

}  // namespace
}  // namespace patchbay
