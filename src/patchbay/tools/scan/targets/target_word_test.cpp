#include "patchbay/tools/scan/targets/target_word.hpp"

#include <gtest/gtest.h>

namespace patchbay {
namespace {

constexpr std::size_t k_most = 100'000;

// What a word names: ranges, "name", or what is wrong with it.
std::string read(std::string_view word, std::size_t most = k_most) {
  IpSpans spans;
  const auto kind = read_target(word, spans, most);
  if (!kind) return kind.error().what + " / " + kind.error().why + " / " + kind.error().remedy;
  if (*kind == TargetKind::name) return spans.size() == 0 ? "name" : "a name with addresses";
  EXPECT_EQ(*kind == TargetKind::v6, spans.v4.empty()) << word;
  std::string all;
  for (const IpRange& range : IpSet(spans).ranges()) {
    all += (all.empty() ? "" : " ") +
           (range.first == range.last ? range.first.to_string() : range.to_string());
  }
  return all;
}

std::size_t count(std::string_view word) {
  IpSpans spans;
  EXPECT_TRUE(read_target(word, spans, std::size_t{1} << 26)) << word;
  return spans.size();
}

std::string split(std::string_view list) {
  std::string all;
  for (const std::string_view word : split_targets(list)) all += "[" + std::string(word) + "]";
  return all;
}

TEST(TargetWord, AddressesAndNetworks) {
  EXPECT_EQ(read("192.0.2.7"), "192.0.2.7");
  EXPECT_EQ(read("10.0.0.7/24"), "10.0.0.0-10.0.0.255");
  EXPECT_EQ(read("10.0.0.0/255.255.255.252"), "10.0.0.0-10.0.0.3");
  EXPECT_EQ(read("0.0.0.0/0"), "0.0.0.0-255.255.255.255");
  EXPECT_EQ(read("2001:db8::1"), "2001:db8::1");
  EXPECT_EQ(read("[2001:db8::1]"), "2001:db8::1");
  EXPECT_EQ(read("2001:db8::/120"), "2001:db8::-2001:db8::ff");
}

TEST(TargetWord, RangesOfWholeAddresses) {
  EXPECT_EQ(read("10.0.0.1-10.0.1.40"), "10.0.0.1-10.0.1.40");
  EXPECT_EQ(read("2001:db8::1-2001:db8::ff"), "2001:db8::1-2001:db8::ff");
}

TEST(TargetWord, RangesOfOctets) {
  EXPECT_EQ(read("10.0.0.1-40"), "10.0.0.1-10.0.0.40");
  EXPECT_EQ(read("10.0.0-3.1,7"),
            "10.0.0.1 10.0.0.7 10.0.1.1 10.0.1.7 10.0.2.1 10.0.2.7 10.0.3.1 10.0.3.7");
  EXPECT_EQ(read("10.0.0,5.3-4,4-6,9"), "10.0.0.3-10.0.0.6 10.0.0.9 10.0.5.3-10.0.5.6 10.0.5.9");
  EXPECT_EQ(read("10.0.3-4.*"), "10.0.3.0-10.0.4.255");
  EXPECT_EQ(read("10.1-2,7.*.0-255"), "10.1.0.0-10.2.255.255 10.7.0.0-10.7.255.255");
  EXPECT_EQ(read("255.255.255.254-255"), "255.255.255.254-255.255.255.255");
  EXPECT_EQ(read("*.*.*.*"), "0.0.0.0-255.255.255.255");
}

// What is one range is kept as one.
TEST(TargetWord, FewRangesForManyAddresses) {
  EXPECT_EQ(count("*.*.*.*"), 1U);
  EXPECT_EQ(count("10.*.*.*"), 1U);
  EXPECT_EQ(count("10-11.3-5,9.*.*"), 4U);
  EXPECT_EQ(count("192.168.*.1"), 256U);
  EXPECT_EQ(count("10.*.*.1-20"), 65'536U);
}

TEST(TargetWord, ThereIsALimit) {
  EXPECT_EQ(read("10.*.*.1", 65'535),
            "cannot use the target 10.*.*.1 / it is 65536 ranges, and 65535 have room / name whole "
            "networks, as in 10.0.0.0/8");
  EXPECT_NE(read("10.*.*.1", 65'536).find("10.0.1.1 "), std::string::npos);
  IpSpans full;
  full.v4.emplace_back(1, 1);
  EXPECT_FALSE(read_target("10.0.0.1", full, 1));
  EXPECT_FALSE(read_target("web1", full, 1));
}

TEST(TargetWord, NamesAreLeftToTheResolver) {
  for (const char* word :
       {"web1", "web1.lab", "web-1.lab.", "3com.com", "10-0-0-1.lab", "a_b", "10.0.0.1-web"}) {
    EXPECT_EQ(read(word), "name") << word;
  }
}

TEST(TargetWord, RefusesWithTheFix) {
  EXPECT_EQ(
      read("10.0.0.40-1"),
      "cannot use the target 10.0.0.40-1 / the range 40-1 ends before it begins / write 1-40");
  EXPECT_EQ(read("10.0.0.9-10.0.0.1"),
            "cannot use the target 10.0.0.9-10.0.0.1 / the range ends before it begins / write "
            "10.0.0.1-10.0.0.9");
  EXPECT_EQ(read("::9-::1"),
            "cannot use the target ::9-::1 / the range ends before it begins / write ::1-::9");
  EXPECT_EQ(read("10.0.0.256"),
            "cannot use the target 10.0.0.256 / '256' is not 0 to 255 / write each octet as 7, "
            "1-40, 1,7 or *");
  EXPECT_EQ(read("010.0.0.1"),
            "cannot use the target 010.0.0.1 / '010' begins with a zero / write each octet as 7, "
            "1-40, 1,7 or *");
  EXPECT_EQ(read("10.0.0"),
            "cannot use the target 10.0.0 / an IPv4 address has four numbers, and this has 3 / "
            "write four numbers, as in 192.0.2.1");
  EXPECT_EQ(read("443"),
            "cannot use the target 443 / an IPv4 address has four numbers, and this has 1 / "
            "write four numbers, as in 192.0.2.1; or, where it is a port, -p 443");
  EXPECT_EQ(read("10.0-3.0.0/24"),
            "cannot use the target 10.0-3.0.0/24 / it has both ranges and the length of a prefix / "
            "write the networks one by one, or all octets as ranges: 10.0.0-3.*");
  EXPECT_EQ(read("web1.lab/24"),
            "cannot use the target web1.lab/24 / a prefix needs an address, and this is a name / "
            "write the network by its address, as in 192.0.2.0/24");
  EXPECT_EQ(read("http://web1.lab:8080/x"),
            "cannot use the target http://web1.lab:8080/x / it is a URL, and a target is a host / "
            "write web1.lab");
  EXPECT_EQ(read("web1.lab:22"),
            "cannot use the target web1.lab:22 / a target has no port / write web1.lab -p 22");
  EXPECT_EQ(read("10.0.0.0/33"),
            "cannot use the target 10.0.0.0/33 / what is behind the slash is no length of a prefix "
            "/ write 0 to 32, or a mask as 255.255.255.0");
}

TEST(TargetWord, AnInterfaceIsTheScans) {
  EXPECT_EQ(read("fe80::1%eth0"),
            "cannot use the target fe80::1%eth0 / an interface belongs to the whole scan, and not "
            "to one of its addresses / write fe80::1 and -e eth0");
  EXPECT_TRUE(read("[fe80::1%eth0]").ends_with("/ write fe80::1 and -e eth0"));
  EXPECT_TRUE(read("fe80::%1/64").starts_with("cannot use the target fe80::%1/64 / an interface"));
}

TEST(TargetWord, RubbishIsRefusedAndShownSafely) {
  for (const char* word : {"",
                           "-",
                           "*",
                           "/",
                           ".",
                           ",",
                           "10.0.0.",
                           "10..0.1",
                           "1.2.3.4.5",
                           "10.0.0.1,",
                           "10.0.0.-5",
                           "10.0.0.1-2-3",
                           "1.2.3.4/-1",
                           ":::",
                           "::/129",
                           "2001:db8::1-5",
                           "10.0.0.1-::1",
                           "a..b",
                           "a b",
                           "\x1b[31m",
                           "%",
                           "::%"}) {
    EXPECT_TRUE(read(word).starts_with("cannot use ")) << word << ": " << read(word);
  }
  EXPECT_TRUE(read("\x1b[31mred").starts_with("cannot use the target \\x1b[31mred / "));
  EXPECT_LT(read(std::string(100'000, '1')).size(), 400U);
}

TEST(TargetWord, ACommaPartsWordsOrValues) {
  EXPECT_EQ(split("10.0.0.1"), "[10.0.0.1]");
  EXPECT_EQ(split("10.0.0.1,7"), "[10.0.0.1,7]");
  EXPECT_EQ(split("10.0.0.1,10.0.0.2"), "[10.0.0.1][10.0.0.2]");
  EXPECT_EQ(split("10.0.0-3.1,7,10.1.0.1,web1,::1"), "[10.0.0-3.1,7][10.1.0.1][web1][::1]");
  EXPECT_EQ(split("10,11.0,1.0.1,2-5,*"), "[10,11.0,1.0.1,2-5,*]");
  EXPECT_EQ(split("10.0.0.0/24,10.1.0.0/16"), "[10.0.0.0/24][10.1.0.0/16]");
  EXPECT_EQ(split("web1,7"), "[web1][7]");
  EXPECT_EQ(split("10.0.0.1-10.0.0.5,10.0.0.9"), "[10.0.0.1-10.0.0.5][10.0.0.9]");
  EXPECT_EQ(split(""), "[]");
  EXPECT_EQ(split("a,,b,"), "[a][][b][]");
}

}  // namespace
}  // namespace patchbay
